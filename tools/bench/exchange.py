"""What comes from others: `git fetch`, `git push` to a server that judges, and `verify`."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from governed import LEDGER, NO_HOOKS

from .cached import imported, judged, working_copy
from .figures import Check, Contender, Result, rows
from .running import BACKSTOP, COMMIT, Bench

MEMORY = Path("/dev/shm")

# References that one fetch brings, and the commits of one push.
FETCHED, PUSHED = 10_000, 1_000

# The rounds of a fetch that takes seconds.
ROUNDS = 5


def fetch(bench: Bench) -> Result:
    """`git fetch` of 10,000 new references in one transaction, and of 1,111 with one each"""
    # Without --atomic git 2.39 runs a transaction, and its hooks, for each reference by itself.
    # In memory: a disk takes anything from one second to five for 10,000 small files.
    with tempfile.TemporaryDirectory(prefix="bench-", dir=MEMORY if MEMORY.is_dir() else bench.scratch) as scratch:
        return fetch_in(replace(bench, scratch=Path(scratch)))


def fetch_in(bench: Bench) -> Result:
    source = bench.repository("fetched")
    tip = bench.call("git", "rev-parse", "HEAD", directory=source).strip()
    lines = "".join(f"create refs/heads/branch-{number} {tip}\n" for number in range(FETCHED))
    (bench.scratch / "lines").write_text(lines)
    with (bench.scratch / "lines").open() as stdin:
        bench.call("git", "update-ref", "--stdin", directory=source, stdin=stdin)
    bench.call("git", "pack-refs", "--all", directory=source)
    no_op = bench.repository("fetching-no-op")
    (no_op / ".git/hooks").mkdir()
    os.link(bench.no_op("-static"), no_op / ".git/hooks" / BACKSTOP)
    places = {
        "no hooks": bench.repository("fetching"),
        "static no-op": no_op,
        "llmos-hook": bench.governed("fetching-governed"),
    }
    for directory in places.values():
        bench.call("git", "remote", "add", "origin", str(source), directory=directory)

    def fetching(*options: str) -> list[Contender]:
        before = [["rm", "-rf", ".git/refs/remotes", ".git/FETCH_HEAD"]]
        command = ["git", "fetch", "-q", *options]
        what = " ".join(command[:2] + list(options[:-2]))
        return [Contender(f"{what}, {name}", command, place, prepare=before) for name, place in places.items()]

    whole = fetching("--atomic", "origin", "+refs/heads/*:refs/remotes/origin/*")
    # 9, 90 to 99, 900 to 999, 9,000 to 9,999.
    single = fetching("origin", "+refs/heads/branch-9*:refs/remotes/origin/branch-9*")
    bench.interleave(whole, 2 * ROUNDS)
    bench.interleave(single, ROUNDS)
    table = rows(whole, floor=whole[0]) + rows(single, floor=single[0])
    return Result(
        table,
        [
            Check("git fetch --atomic of 10,000 references, with to without", table[2]["ratio"], 1.15),
            Check("git fetch of 1,111 references, one each, to static no-op", single[2].median / single[1].median),
        ],
    )


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
