"""What comes from others: `git fetch`, `git push` to a server that judges, and `verify`."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from governed import LEDGER, NO_HOOKS

from .cached import imported, judged, working_copy
from .figures import Check, Contender, Result, rows
from .running import BACKSTOP, COMMIT, Bench

MEMORY = Path("/dev/shm")

# References that one fetch brings, and the commits of one push.
FETCHED, PUSHED = 10_000, 1_000

# References that git moves one by one, and tags that are deleted at once.
SINGLE, TAGS = 3_000, 1_500

# The rounds of what takes seconds.
ROUNDS = 5


def fetch(bench: Bench) -> Result:
    """`git fetch` of 10,000 new references in one transaction"""
    with in_memory(bench) as there:
        whole = fetching(places(there, FETCHED, ["no hooks", "llmos-hook"]), "--atomic")
        bench.interleave(whole, 2 * ROUNDS)
    table = rows(whole, floor=whole[0])
    return Result(table, [Check("git fetch --atomic of 10,000 references, with to without", table[1]["ratio"], 1.15)])


def single(bench: Bench) -> Result:
    """`git fetch` of 3,000 references one by one, `git remote remove` of them, `git tag -d` of 1,500"""
    # Without --atomic git 2.39 runs a transaction, and its hooks, for each reference by itself.
    with in_memory(bench) as there:
        directories = places(there, SINGLE, ["static no-op", "llmos-hook"])
        removing, tags = [], []
        for name, place in directories.items():
            fetched = [["git", "remote", "add", "again", "../fetched"], ["git", *NO_HOOKS, "fetch", "-q", "again"]]
            remove = ["git", "remote", "remove", "again"]
            removing.append(Contender(f"git remote remove, {name}", remove, place, prepare=fetched))
            names = [f"v{number}" for number in range(TAGS)]
            tip = there.call("git", "rev-parse", "HEAD", directory=place).strip()
            lines = place / ".git/lines"
            lines.write_text("".join(f"create refs/tags/{tag} {tip}\n" for tag in names))
            tag = [["sh", "-c", f"git {' '.join(NO_HOOKS)} update-ref --stdin <.git/lines"]]
            tags.append(Contender(f"git tag -d, {name}", ["git", "tag", "-d", *names], place, prepare=tag))
        pairs = [fetching(directories), removing, tags]
        for pair in pairs:
            bench.interleave(pair, ROUNDS)
    return Result(
        [row for pair in pairs for row in rows(pair, floor=pair[0])],
        [
            Check(f"{what}, to static no-op", pair[1].median / pair[0].median, 1.2)
            for what, pair in zip(
                ["git fetch of 3,000 references, one each", "git remote remove of them", "git tag -d of 1,500"],
                pairs,
                strict=True,
            )
        ],
    )


@contextmanager
def in_memory(bench: Bench) -> Iterator[Bench]:
    """The same bench in memory: a disk takes anything from one second to five for 10,000 small files."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=MEMORY if MEMORY.is_dir() else bench.scratch) as scratch:
        yield replace(bench, scratch=Path(scratch))


def places(bench: Bench, count: int, names: list[str]) -> dict[str, Path]:
    """A repository for each of the names, with one remote that has as many branches."""
    source = bench.repository("fetched")
    tip = bench.call("git", "rev-parse", "HEAD", directory=source).strip()
    lines = "".join(f"create refs/heads/branch-{number} {tip}\n" for number in range(count))
    (bench.scratch / "lines").write_text(lines)
    with (bench.scratch / "lines").open() as stdin:
        bench.call("git", "update-ref", "--stdin", directory=source, stdin=stdin)
    bench.call("git", "pack-refs", "--all", directory=source)
    no_op = bench.repository("fetching-no-op")
    (no_op / ".git/hooks").mkdir()
    os.link(bench.no_op("-static"), no_op / ".git/hooks" / BACKSTOP)
    made = {"no hooks": bench.repository, "static no-op": lambda _: no_op, "llmos-hook": bench.governed}
    directories = {name: made[name](f"fetching {name}") for name in names}
    for directory in directories.values():
        bench.call("git", "remote", "add", "origin", str(source), directory=directory)
    return directories


def fetching(directories: dict[str, Path], *options: str) -> list[Contender]:
    """A fetch that brings every branch of the remote anew, in each of the repositories."""
    before = [["rm", "-rf", ".git/refs/remotes", ".git/FETCH_HEAD"]]
    command = ["git", "fetch", "-q", *options]
    what = " ".join(["git", "fetch", *options])
    return [
        Contender(f"{what}, {name}", [*command, "origin"], place, prepare=before) for name, place in directories.items()
    ]


def verify(bench: Bench) -> Result:
    """`llmos-hook verify` of 100,000 commits and 1,000 entries, and again after one commit more"""
    directory = working_copy(bench, judged(bench), "judged")
    again = working_copy(bench, judged(bench), "judged-again")
    bench.call(bench.llmos, "verify", directory=again)
    bench.call(*COMMIT, directory=again)
    contenders = [
        # verify reads no commit-graph file, because anybody can write one; so the floor does not either.
        Contender(
            "git log --format='%H %T', no commit-graph",
            ["git", "-c", "core.commitGraph=false", "log", "--format=%H %T"],
            directory,
        ),
        Contender(
            "llmos-hook verify",
            [bench.llmos, "--quiet", "verify"],
            directory,
            prepare=[["rm", "-f", ".git/llmos/verified.text"]],
        ),
        Contender("git log --format='%H %T', with it", ["git", "log", "--format=%H %T"], directory),
    ]
    newer = [
        Contender("git rev-parse HEAD", ["git", "rev-parse", "HEAD"], again),
        Contender("llmos-hook verify, one commit since", [bench.llmos, "--quiet", "verify"], again),
    ]
    bench.interleave(contenders, 20)
    bench.interleave(newer, 200)
    table = rows(contenders, floor=contenders[0]) + rows(newer, floor=newer[0])
    return Result(
        table,
        [
            Check("llmos-hook verify to git log without a commit-graph", table[1]["ratio"], 1.5),
            Check("peak MB of llmos-hook verify", bench.peak_memory(contenders[1]), 200),
            Check("llmos-hook verify after one commit to git rev-parse HEAD", table[4]["ratio"], 5),
        ],
    )


def receive(bench: Bench) -> Result:
    """`git push` of 1,000 commits to a server that judges them"""
    directory = bench.scratch / "pushing"
    bench.call("git", "init", "-q", "-b", "main", "--template=", "pushing", directory=bench.scratch)
    imported(bench, directory, PUSHED + 1)
    contenders = []
    for name in ["plain", "governed"]:
        server = bench.scratch / f"server-{name}"
        bench.call("git", "init", "-q", "--bare", "-b", "main", "--template=", str(server), directory=bench.scratch)
        bench.call("git", "remote", "add", name, str(server), directory=directory)
        bench.call("git", "push", "-q", name, "main", directory=directory)
    bench.call("git", "config", "llmos.clone", "0123456789abcdef", directory=directory)
    bench.call(bench.llmos, "install", "--no-scripts", directory=directory)
    bench.call(bench.llmos, "set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "test", directory=directory)
    bench.call(bench.llmos, "-C", str(bench.scratch / "server-governed"), "install", "--server", directory=directory)
    bench.call("git", *NO_HOOKS, "branch", "-m", "imported", "work", directory=directory)
    for name in ["plain", "governed"]:
        # Both have the ledger, as it was before the commits were made.
        ledger = f"{LEDGER}:refs/llmos/ledger/0123456789abcdef/main"
        bench.call("git", "push", "-q", name, ledger, directory=directory)
        server = bench.scratch / f"server-{name}"
        shutil.copytree(server, f"{server}-before")
        again = [["rm", "-rf", str(server)], ["cp", "-a", f"{server}-before", str(server)]]
        what = "git push, no hooks" if name == "plain" else "git push, to llmos-hook"
        contenders.append(Contender(what, ["git", "push", "-q", name, "work"], directory, prepare=again))
    bench.interleave(contenders, 20)
    table = rows(contenders, floor=contenders[0])
    return Result(table, [Check("git push of 1,000 commits, with to without", table[1]["ratio"], 1.3)])
