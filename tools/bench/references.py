"""What may not grow with references, worktrees or history: a commit, a rebase, a cherry-pick."""

from __future__ import annotations

import os
from pathlib import Path

from governed import NO_HOOKS

from .cached import imported
from .figures import Check, Contender, Result, rows
from .peers import FIRED
from .running import BACKSTOP, COMMIT, Bench

# References and worktrees beside the one that is committed to.
REFERENCES, WORKTREES = 100_000, 200

# The history in which branches are rewritten; the commits that are.
HISTORY, TAGS, REBASED, PICKED = 80_000, 1_000, 100, 50


def references(bench: Bench) -> Result:
    """`git commit` beside 100,000 branches, 100,000 tags, and 200 worktrees with a ledger each"""
    places = {"tiny": "", "100,000 branches": "heads", "100,000 tags": "tags", "200 worktrees": ""}
    contenders = []
    for number, (name, kind) in enumerate(places.items()):
        for hooks in [False, True]:
            label = f"references-{number}-{int(hooks)}"
            directory = bench.governed(label) if hooks else bench.repository(label)
            if kind:
                tip = bench.call("git", "rev-parse", "HEAD", directory=directory).strip()
                lines = sorted(f"{tip} refs/{kind}/n{count}\n" for count in range(REFERENCES))
                packed = directory / ".git/packed-refs"
                packed.write_text("# pack-refs with: peeled fully-peeled sorted \n" + "".join(lines))
                bench.call("git", *NO_HOOKS, "pack-refs", "--all", directory=directory)
            if name == "200 worktrees":
                for count in range(WORKTREES):
                    tree = bench.scratch / f"{label}-{count}"
                    add = ["git", *NO_HOOKS, "worktree", "add", "-q", "-b", f"w{count}", str(tree)]
                    bench.call(*add, directory=directory)
                    if hooks:
                        bench.call(
                            bench.llmos,
                            "set",
                            "FEATURE_DEVELOPMENT",
                            "IMPLEMENTATION",
                            "--reason",
                            "test",
                            directory=tree,
                        )
            contenders.append(Contender(f"{name}, {'with' if hooks else 'without'} hooks", COMMIT, directory))
    bench.interleave(contenders, 60)
    table = rows(contenders, floor=contenders[0])
    overhead = {
        name: contenders[2 * number + 1].median - contenders[2 * number].median for number, name in enumerate(places)
    }
    return Result(
        table,
        [
            Check(f"overhead of a commit, {name} to tiny", overhead[name] / overhead["tiny"], 1.3)
            for name in list(places)[1:]
        ],
    )


def rewriting(bench: Bench) -> Result:
    """`git rebase` of 100 commits and `git cherry-pick` of 50, in 80,000 commits and 1,000 tags"""

    def prepared(name: str, install) -> Path:
        directory = bench.scratch / f"rewriting-{name}"
        bench.call("git", "init", "-q", "-b", "main", "--template=", str(directory), directory=bench.scratch)
        imported(bench, directory, HISTORY)
        bench.call("git", "reset", "-q", "--hard", "imported", directory=directory)
        lines = "".join(f"create refs/tags/v{number} refs/heads/main\n" for number in range(TAGS))
        (bench.scratch / "lines").write_text(lines)
        with (bench.scratch / "lines").open() as stdin:
            bench.call("git", "update-ref", "--stdin", directory=directory, stdin=stdin)
        bench.call("git", "gc", "-q", directory=directory)
        install(directory)
        script = f"""
            git checkout -q -b topic
            for i in $(seq {REBASED}); do echo $i >t$i; git add t$i; git commit -qm "topic $i" || exit; done
            git branch kept; git checkout -q main; echo m >m; git add m; git commit -qm m; git tag start
            """
        bench.call("sh", "-c", script, directory=directory)
        return directory

    def no_op(directory: Path) -> None:
        (directory / ".git/hooks").mkdir(exist_ok=True)
        for hook in [*FIRED, BACKSTOP, "pre-rebase", "post-rewrite"]:
            os.link(bench.no_op("-static"), directory / ".git/hooks" / hook)

    def ours(directory: Path) -> None:
        bench.call(bench.llmos, "install", "--no-scripts", directory=directory)
        bench.call(bench.llmos, "set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "test", directory=directory)

    places = {"static no-op": prepared("no-op", no_op), "llmos-hook": prepared("ours", ours)}

    def back(branch: str, to: str) -> list[list[str]]:
        return [["git", *NO_HOOKS, "checkout", "-q", branch], ["git", *NO_HOOKS, "reset", "-q", "--hard", to]]

    rebases = [
        Contender(f"git rebase of {REBASED}, {name}", ["git", "rebase", "-q", "main"], place, back("topic", "kept"))
        for name, place in places.items()
    ]
    picks = [
        Contender(
            f"git cherry-pick of {PICKED}, {name}",
            ["git", "cherry-pick", f"kept~{PICKED}..kept"],
            place,
            back("main", "start"),
        )
        for name, place in places.items()
    ]
    # A rebase onto the branch where it is to begin anew each time.
    for place in places.values():
        for command in back("main", "start"):
            bench.call(*command, directory=place)
    bench.interleave(rebases, 5)
    bench.interleave(picks, 5)
    table = rows(rebases, floor=rebases[0]) + rows(picks, floor=picks[0])
    return Result(
        table,
        [Check(f"{pair[1].name} to static no-op", pair[1].median / pair[0].median, 2.5) for pair in [rebases, picks]],
    )
