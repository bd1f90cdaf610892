"""A whole rollback in a repository of 100,000 files."""

from __future__ import annotations

import subprocess
from time import perf_counter_ns

from governed import NO_HOOKS

from .cached import large_repository
from .figures import Check, Contender, Result, rows
from .running import Bench, own_peak_memory

ROUNDS = 5


def rollback(bench: Bench) -> Result:
    """a whole rollback (backup, move, commit, verification, records) with 100,000 files"""
    large = large_repository(bench)
    tip = bench.call("git", "rev-parse", "main", directory=large).strip()
    bench.call(bench.llmos, "install", "--no-scripts", directory=large)
    bench.call(bench.llmos, "set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "test", directory=large)
    back = ["git", *NO_HOOKS, "reset", "-q", "--hard", tip]
    # Nobody rolls back in the second in which git wrote the files, for which it would read them all again to
    # tell whether they changed since (gitformat-index(5), "racy").
    settle = ["sh", "-c", "sleep 1.1; git status"]
    try:
        contenders = [
            Contender(name, [*command, f"{tip}~{commits}"], large, prepare=[back, settle])
            for name, command, commits in [
                ("git reset --hard, 1,000 commits back", ["git", "reset", "-q", "--hard"], 1000),
                ("llmos-hook rollback, 1,000 commits back", [bench.llmos, "rollback", "--quiet"], 1000),
                ("the same with --mode reset", [bench.llmos, "rollback", "--quiet", "--mode", "reset"], 1000),
                ("llmos-hook rollback, 100 commits back", [bench.llmos, "rollback", "--quiet"], 100),
                ("llmos-hook rollback, 10 commits back", [bench.llmos, "rollback", "--quiet"], 10),
            ]
        ]
        bench.interleave(contenders, ROUNDS)
        bench.call(*back, directory=large)
        # Memory of the process or any git that it waited for, of git alone, and of the process alone.
        command = [bench.llmos, "rollback", "--quiet", f"{tip}~1000"]
        peak = bench.peak_memory(Contender("peak", command, large), runs=1)
        bench.call(*back, directory=large)
        reset = ["git", "reset", "-q", "--hard", f"{tip}~1000"]
        gits = bench.peak_memory(Contender("gits", reset, large), runs=1)
        bench.call(*back, directory=large)
        own = own_peak_memory(bench, command, large)
        bench.call(*back, directory=large)
        bench.call(*settle, directory=large)
        start = perf_counter_ns()
        bench.call("git", "revert", "--no-commit", f"{tip}~1000..{tip}", directory=large)
        revert = (perf_counter_ns() - start) / 1e6
    finally:
        subprocess.run(["git", "revert", "--quit"], cwd=large, env=bench.environment, capture_output=True, check=False)
        bench.call(*back, directory=large)
    table = rows(contenders, floor=contenders[0])
    ours = contenders[1].median
    table.append(
        {"what": "git revert --no-commit, 1,000 commits", "runs": 1, "median ms": revert, "10 % ms": revert}
        | {"90 % ms": revert, "ratio": revert / contenders[0].median}
    )
    return Result(
        table,
        [
            Check("llmos-hook rollback to git reset --hard", table[1]["ratio"], 1.5),
            Check("llmos-hook rollback to git revert of the range", ours / revert, 1 / 40),
            Check("peak MB of llmos-hook", own, 150),
            Check("peak of llmos-hook or a git that it runs, to git reset --hard", peak / gits),
        ],
    )
