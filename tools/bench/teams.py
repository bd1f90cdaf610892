"""What teams do: many worktrees of one clone, a `sync` that has nothing to bring, and the check of a host's CI."""

from __future__ import annotations

from pathlib import Path

import programs
from governed import NO_HOOKS

from .cached import working_copy
from .exchange import in_memory
from .figures import Check, Contender, Result, rows
from .running import Bench
from .sealed import sealed

# Features of a clone, each with its worktree, in the smaller and in the larger one.
FEW, MANY = 50, 200

ROUNDS = 30

# Commits with an entry each, which the check of a host reads the first time.
CHECKED = 10_000


def teams(bench: Bench) -> Result:
    """`feature start`, `sync` of nothing, `status --all` and `run --all` with 50 and 200 features"""
    # In memory: ext4 looks for a place for each new file longer, the more files were removed in the last seconds.
    with in_memory(bench) as there:
        started, synced = starting(there), syncing(there)
        shown, driven = [], []
        for count in [FEW, MANY]:
            place = clone(there, f"features-{count}", count)
            status = [bench.llmos, "status", "--all"]
            # Everyone waits for its role, which run tells by its exit code.
            run = ["sh", "-c", f"'{bench.llmos}' --quiet run --all --jobs 2; [ $? = 3 ]"]
            shown.append(Contender(f"llmos-hook status --all, {count} features", status, place))
            driven.append(Contender(f"llmos-hook run --all, {count} features", run, place))
        there.interleave(started, ROUNDS)
        there.interleave(synced, 3 * ROUNDS)
        there.interleave(shown, ROUNDS)
        there.interleave(driven, 7)
    groups = [started, synced, shown, driven]
    return Result(
        [row for group in groups for row in rows(group, floor=group[0])],
        [
            Check("feature start to git worktree add", started[1].median / started[0].median, 1.5),
            Check("sync of nothing to git fetch of nothing", synced[1].median / synced[0].median, 1.5),
            Check(f"the same, with {FEW} ledgers", synced[3].median / synced[2].median, 1.5),
            Check(f"ms of status --all, {FEW} features", shown[0].median, 300),
            Check("status --all, one of many worktrees to one of few", each(shown), 1.3),
            Check("run --all, one of many worktrees to one of few", each(driven), 1.3),
        ],
    )


def each(pair: list[Contender]) -> float:
    """What a worktree costs among many, to one among few; the main worktree counts too."""
    few, many = pair
    return (many.median / (MANY + 1)) / (few.median / (FEW + 1))


def starting(bench: Bench) -> list[Contender]:
    """A worktree with a branch of its own, made by git and by us, with the same hooks."""
    place = bench.governed("started")
    branch, tree = "feature/again", "../started-again"
    gone = f"""
        git worktree remove --force {tree}; git branch -qD {branch}
        git update-ref -d refs/llmos/ledger/started-again
        """
    prepare = [["sh", "-c", f"export GIT_CONFIG_PARAMETERS=\"'core.hooksPath=/dev/null'\"; ({gone}) 2>&1; true"]]
    add = ["git", "worktree", "add", "-q", "-b", branch, tree]
    return [
        Contender("git worktree add", add, place, prepare=prepare),
        Contender("llmos-hook feature start", [bench.llmos, "feature", "start", "again"], place, prepare=prepare),
        Contender("git worktree add, without hooks", ["git", *NO_HOOKS, *add[1:]], place, prepare=prepare),
    ]


def syncing(bench: Bench) -> list[Contender]:
    """A fetch and a sync of a clone that has everything, with one ledger and with many."""
    contenders = []
    for count in [0, FEW]:
        place = clone(bench, f"synced-{count}", count)
        bench.call("git", "init", "-q", "--bare", "../remote-" + place.name, directory=place)
        bench.call("git", "remote", "add", "origin", "../remote-" + place.name, directory=place)
        bench.call(bench.llmos, "sync", "origin", directory=place)
        bench.call("git", *NO_HOOKS, "push", "-q", "-u", "origin", "main", directory=place)
        bench.call(bench.llmos, "sync", directory=place)
        named = f"{count + 1} ledger{'s' if count else ''}"
        contenders += [
            Contender(f"git fetch, {named}", ["git", "fetch"], place),
            Contender(f"llmos-hook sync, {named}", [bench.llmos, "sync"], place),
        ]
    return contenders


def clone(bench: Bench, name: str, features: int) -> Path:
    """A governed repository with so many features in progress."""
    place = bench.governed(name)
    for number in range(features):
        bench.call(bench.llmos, "--quiet", "feature", "start", f"f{number}", directory=place)
    return place


def first(bench: Bench) -> Result:
    """the check of a host's CI (docs/ci/verify.sh) on 10,000 commits with an entry each, which nothing is known of"""
    place = working_copy(bench, sealed(bench, CHECKED), "checked")
    bench.call("git", "init", "-q", "--bare", "-b", "main", "../host", directory=place)
    bench.call("git", "remote", "add", "origin", "../host", directory=place)
    bench.call(bench.llmos, "--quiet", "sync", "origin", directory=place)
    bench.call("git", *NO_HOOKS, "push", "-q", "origin", "main", directory=place)
    check = f"PATH='{bench.binaries}':$PATH '{programs.ROOT}/docs/ci/verify.sh' '{bench.scratch}/host'"
    away = [["rm", "-rf", "cloned"]]
    clone = ["git", "clone", "-q", "--bare", "host", "cloned"]
    contenders = [
        Contender("git clone --bare", clone, bench.scratch, prepare=away),
        Contender("docs/ci/verify.sh, all commits", ["sh", "-c", check], bench.scratch),
        Contender("docs/ci/verify.sh, the newest commit", ["sh", "-c", f"{check} main~1..main"], bench.scratch),
    ]
    bench.interleave(contenders, 5)
    return Result(
        rows(contenders, floor=contenders[0]),
        [Check(f"seconds of {each.name}", each.median / 1000, 10) for each in contenders[1:]],
    )
