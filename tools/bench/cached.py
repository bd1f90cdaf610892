"""Repositories that take minutes to make: they are made once and kept in a cache."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from governed import LEDGER, NO_HOOKS, STATE

from .running import AUTHOR, WARM_UPS, Bench, entries

CACHE = Path(
    os.environ.get("LLMOS_BENCH_CACHE")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "llmos-hook-bench"
).absolute()


# The generated repository: commit i rewrites 40 files from number 39.5 i on, so that the last 1,000
# commits touch some 39,500 different ones.
FILES, COMMITS, REWRITTEN, STEP = 100_000, 2_000, 40, 39.5

# The 100th transition and the 10,000th; the rounds in a pass around each.
FEW, MANY, AROUND = 100, 10_000, 50

# Notes, and the code commits in whose repository they are; the rounds around each.
NOTES, NOTES_AROUND = {100: 10_000, 10_000: 10_000, 100_000: 100_000}, 100

# What verify judges: commits, and the ledger entries between them.
JUDGED, ENTRIES = 100_000, 1_000


def large_repository(bench: Bench) -> Path:
    """The generated repository, checked out and without any trace of llmos-hook."""
    home = CACHE / f"large-{FILES}-{COMMITS}-{REWRITTEN}-{STEP}"
    if not (home / "complete").exists():
        print(f"bench: generating {FILES:,} files and {COMMITS:,} commits", file=sys.stderr)
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        bench.call("git", "init", "-q", "-b", "main", "--template=", "repository", directory=home)
        stream = home / "stream"
        with stream.open("w") as out:
            out.writelines(history())
        with stream.open() as source:
            bench.call("git", "fast-import", "--quiet", directory=home / "repository", stdin=source)
        stream.unlink()
        bench.call("git", "pack-refs", "--all", directory=home / "repository")
        bench.call("git", "reset", "-q", "--hard", directory=home / "repository")
        (home / "complete").touch()
    directory = home / "repository"
    remove_programs(directory)
    ours = bench.call("git", "for-each-ref", "--format=%(refname)", "refs/llmos", "refs/notes", directory=directory)
    for name in ours.split():
        bench.call("git", "update-ref", "-d", name, directory=directory)
    (directory / STATE).unlink(missing_ok=True)
    return directory


def remove_programs(directory: Path) -> None:
    """Takes away the programs that `install` put in; a repository in the cache outlives them."""
    for name in ["hooks", "llmos"]:
        shutil.rmtree(directory / ".git" / name, ignore_errors=True)


def imported_commit(number: int, message: str) -> str:
    """The head of a commit in the stream for git fast-import, one a minute."""
    person = f"{AUTHOR[0]} <{AUTHOR[1]}> {1_600_000_000 + 60 * number} +0000"
    return f"commit refs/heads/main\ncommitter {person}\ndata {len(message)}\n{message}\n"


def history() -> Iterator[str]:
    """The stream for git fast-import: everything in the first commit, then 40 files in each."""

    def file(number: int, text: str) -> str:
        # A prime step spreads neighbours over the directories, as the files of a real change are.
        place = number * 7919 % FILES
        path = f"d{place // 1000:02}/e{place // 100 % 10}/f{place % 100:02}.txt"
        return f"M 644 inline {path}\ndata {len(text)}\n{text}\n"

    yield imported_commit(0, "first")
    for number in range(FILES):
        yield file(number, f"file {number}\n" * 8)
    for turn in range(1, COMMITS + 1):
        yield imported_commit(turn, f"commit {turn}")
        start = int(turn * STEP)
        for number in range(start, start + REWRITTEN):
            yield file(number % FILES, f"file {number % FILES}\n" * 8 + f"commit {turn}\n")
        if turn % 20 == 0:
            yield f"reset refs/tags/v{turn // 20}\nfrom refs/heads/main\n\n"


def form(bench: Bench) -> str:
    """A digest of the version and of everything that it writes, but for times and names of objects.

    Ledgers and notes in the cache have it in their name, so that none is read by a version that would
    have written another.
    """
    directory = bench.scratch / "form"
    if not directory.exists():
        bench.call(bench.llmos, "set", "MAINTENANCE", "UPDATE", directory=bench.governed("form"))
        bench.call(bench.llmos, "allow", "--commits", "HEAD", "--reason", "x", directory=directory)
    written = [
        bench.call(*command, directory=directory)
        for command in [
            [bench.llmos, "--version"],
            ["git", "ls-tree", LEDGER],
            ["git", "log", "-1", "--format=%B", LEDGER],
            *(["git", "cat-file", "-p", f"{LEDGER}:{name}"] for name in [STATE, "gate", "entry.json"]),
            ["git", "notes", "--ref=llmos", "show", "HEAD"],
        ]
    ]
    return sha256(re.sub("[0-9a-f]{40}|[0-9a-f]{16}|[0-9]", "", "".join(written)).encode()).hexdigest()[:12]


def working_copy(bench: Bench, cached: Path, name: str) -> Path:
    """A copy of a repository in the cache, governed by the programs of this run.

    It shares the files of the object database, which git never rewrites.
    """
    directory = bench.scratch / name

    def copy(source: str, target: str) -> None:
        (os.link if "/.git/objects/" in source else shutil.copy2)(source, target)

    shutil.copytree(cached, directory, copy_function=copy)
    bench.call(bench.llmos, "install", "--no-scripts", directory=directory)
    return directory


def ledgers(bench: Bench) -> dict[int, Path]:
    """Repositories whose ledgers end a little before the 100th and the 10,000th transition.

    All transitions are real ones, one process each; the objects stay loose, as they were written.
    """
    home = CACHE / f"ledgers-{FEW}-{MANY}-{AROUND}-{form(bench)}"
    starts = {size: size - AROUND - 2 * WARM_UPS for size in [FEW, MANY]}
    if not (home / "complete").exists():
        print(f"bench: making {MANY:,} transitions, which takes minutes", file=sys.stderr)
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        directory = bench.governed("ledger")
        script = """
            i=$2
            while [ "$i" -lt "$3" ]; do
                "$1" --quiet set MAINTENANCE UPDATE && "$1" --quiet set MAINTENANCE DOCUMENTATION || exit
                i=$((i + 2))
            done
            """
        done = entries(bench, directory)
        for size, start in starts.items():
            bench.call("sh", "-c", script, "sh", bench.llmos, str(done), str(start), directory=directory)
            done = entries(bench, directory)
            if done != start:
                sys.exit(f"bench: {done} entries in the ledger where {start} belong")
            shutil.copytree(directory, home / str(size))
            remove_programs(home / str(size))
        shutil.rmtree(directory)
        (home / "complete").touch()
    return {size: home / str(size) for size in starts}


def annotated(bench: Bench) -> dict[int, Path]:
    """Repositories with notes, a little fewer than the 100th, the 10,000th and the 100,000th.

    All are packed by git gc.
    """
    home = CACHE / f"notes-{'-'.join(map(str, NOTES))}-{NOTES_AROUND}-{form(bench)}"
    if not (home / "complete").exists():
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        for size, commits in NOTES.items():
            wanted = size - NOTES_AROUND // 2 - WARM_UPS
            print(f"bench: making {wanted:,} notes", file=sys.stderr)
            directory = home / str(size)
            bench.call("git", "init", "-q", "-b", "main", "--template=", str(size), directory=home)
            stream = home / "stream"
            with stream.open("w") as out:
                out.write(imported_commit(0, "first") + "M 644 inline README\ndata 5\ntiny\n\n")
                out.writelines(imported_commit(turn, f"commit {turn}") for turn in range(1, commits))
            with stream.open() as source:
                bench.call("git", "fast-import", "--quiet", directory=directory, stdin=source)
            stream.unlink()
            bench.call("git", "reset", "-q", "--hard", directory=directory)
            bench.call(bench.llmos, "install", directory=directory)
            bench.call(bench.llmos, "set", "MAINTENANCE", "UPDATE", directory=directory)
            # In parts, because an entry names every commit that it answers for.
            for start in range(0, wanted, 10_000):
                span = f"HEAD~{min(start + 10_000, wanted)}..HEAD~{start}"
                bench.call(bench.llmos, "allow", "--commits", span, "--reason", "x", directory=directory)
            found = len(bench.call("git", "notes", "--ref=llmos", "list", directory=directory).splitlines())
            if found != wanted:
                sys.exit(f"bench: {found} notes where {wanted} belong")
            bench.call("git", "gc", "--quiet", "--prune=now", directory=directory)
            remove_programs(directory)
        (home / "complete").touch()
    return {size: home / str(size) for size in NOTES}


def judged(bench: Bench) -> Path:
    """A repository with commits that are all proved, a ledger entry every so many of them."""
    home = CACHE / f"judged-{JUDGED}-{ENTRIES}-{form(bench)}"
    directory = home / "repository"
    if not (home / "complete").exists():
        print(f"bench: making {JUDGED:,} commits and {ENTRIES:,} entries", file=sys.stderr)
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        bench.call("git", "init", "-q", "-b", "main", "--template=", "repository", directory=home)
        imported(bench, directory, JUDGED)
        bench.call(bench.llmos, "install", "--no-scripts", directory=directory)
        bench.call(bench.llmos, "set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "test", directory=directory)
        commits = bench.call("git", "rev-list", "--reverse", "imported", directory=directory).split()
        step = JUDGED // (ENTRIES - 2)
        for tip in commits[step::step]:
            bench.call("git", *NO_HOOKS, "update-ref", "refs/heads/main", tip, directory=directory)
            command = [bench.llmos, "--quiet", "set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "test"]
            bench.call(*command, directory=directory)
        bench.call("git", *NO_HOOKS, "update-ref", "refs/heads/main", commits[-1], directory=directory)
        bench.call("git", "gc", "--quiet", "--prune=now", directory=directory)
        remove_programs(directory)
        (home / "complete").touch()
    return directory


def imported(bench: Bench, directory: Path, commits: int) -> None:
    """Imports commits of a file each as the branch `imported`; `main` stands at the first of them."""
    stream = directory / ".git/stream"
    with stream.open("w") as out:
        for turn in range(commits):
            text = f"line {turn}\n"
            out.write(imported_commit(turn, f"commit {turn}").replace("refs/heads/main", "refs/heads/imported"))
            out.write(f"M 644 inline d{turn % 50}/f{turn % 1000}\ndata {len(text)}\n{text}\n")
    with stream.open() as source:
        bench.call("git", "fast-import", "--quiet", directory=directory, stdin=source)
    stream.unlink()
    first = bench.call("git", "rev-list", "--max-parents=0", "imported", directory=directory).strip()
    bench.call("git", "update-ref", "refs/heads/main", first, directory=directory)
    bench.call("git", "reset", "-q", "--hard", directory=directory)
