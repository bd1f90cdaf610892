#!/usr/bin/env python3
"""Measures llmos-hook against floors and peers, as ratios within one run.

docs/benchmarks.md tells what is measured and why. Call it through scripts/bench.sh.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from math import inf
from pathlib import Path
from random import Random
from statistics import median, quantiles
from time import perf_counter_ns, sleep

CACHE = Path(
    os.environ.get("LLMOS_BENCH_CACHE")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "llmos-hook-bench"
).absolute()

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
BEGIN, END = "<!-- what scripts/bench.sh --write printed -->", "<!-- the end of what it printed -->"

# Pinned, so that two runs compare the same programs; the key of their directory in the cache.
PEERS = {"pre-commit": "4.7.0", "prek": "0.5.11", "lefthook": "2.2.2"}

MEMORY = Path("/dev/shm")
PATH = "/usr/local/bin:/usr/bin:/bin"
NAME, EMAIL = "Bench", "bench@example.invalid"
COMMIT = ["git", "commit", "--allow-empty", "-qm", "x"]
STATE = "SCENARIO_STATE.yml"
BACKSTOP = "reference-transaction"
FIRED = ["pre-commit", "prepare-commit-msg", "commit-msg"]
GREP = f"grep -q IMPLEMENTATION {STATE}"
WARM_UPS = 3
ROLLBACKS = 5
NO_HOOKS = ["-c", "core.hooksPath=/dev/null"]
LEDGER = "refs/llmos/ledger/main"

# The generated repository: commit i rewrites 40 files from number 39.5 i on, so that the last 1,000
# commits touch some 39,500 different ones.
FILES, COMMITS, REWRITTEN, STEP = 100_000, 2_000, 40, 39.5

# The 10,000th transition and the 100th; the rounds in a pass around each, and how often that is repeated.
FEW, MANY, AROUND, PASSES = 100, 10_000, 50, 4

# Notes, and the code commits in whose repository they are; the rounds around each.
NOTES, NOTES_AROUND = {100: 10_000, 10_000: 10_000, 100_000: 100_000}, 100

# What verify judges: commits, and the ledger entries between them. References that one fetch brings, and
# the commits of one push.
JUDGED, ENTRIES = 100_000, 1_000
FETCHED, PUSHED = 10_000, 1_000

# The processes of the crowd, and how often each of them calls `set` and `next-phase`.
CROWD, PAIRS = 20, 25


# MARK: What a benchmark hands back


@dataclass
class Check:
    """A figure with a limit; the less, the better. Without a limit it is only reported."""

    what: str
    value: float
    limit: float | None = None

    @property
    def passed(self) -> bool:
        return self.limit is None or self.value <= self.limit


@dataclass
class Result:
    rows: list[dict]
    checks: list[Check]


@dataclass
class Contender:
    name: str
    command: list[str]
    directory: Path
    prepare: list[list[str]] = field(default_factory=list)  # run before each round, not timed
    every: int = 1  # takes part in every n-th round only; for slow ones
    environment: dict[str, str] = field(default_factory=dict)
    samples: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return median(self.samples)


# MARK: Running programs


@dataclass
class Bench:
    """The scratch directory of one run and the environment that everything runs in."""

    scratch: Path
    binaries: Path
    environment: dict[str, str]

    @property
    def llmos(self) -> str:
        return str(self.binaries / "llmos-hook")

    def call(self, *command: str, directory: Path, stdin=subprocess.DEVNULL) -> str:
        """Runs a command that is not timed."""
        done = subprocess.run(
            command, cwd=directory, env=self.environment, stdin=stdin, capture_output=True, text=True
        )
        if done.returncode:
            sys.exit(f"bench: {' '.join(command)}: exit {done.returncode}\n{done.stderr}")
        return done.stdout

    def ready(self, contender: Contender) -> None:
        for command in contender.prepare:
            self.call(*command, directory=contender.directory)

    def time(self, contender: Contender) -> float:
        """Runs a contender once.

        Returns milliseconds from before the spawn until after the wait.
        """
        self.ready(contender)
        program = shutil.which(contender.command[0], path=PATH)
        environment = self.environment | contender.environment
        errors = self.scratch / "stderr"
        streams = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, str(errors), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
        ]
        os.chdir(contender.directory)
        start = perf_counter_ns()
        pid = os.posix_spawn(program, contender.command, environment, file_actions=streams)
        _, status = os.waitpid(pid, 0)
        elapsed = perf_counter_ns() - start
        if status:
            code = os.waitstatus_to_exitcode(status)
            sys.exit(f"bench: {contender.name}: exit {code}\n{errors.read_text()}")
        return elapsed / 1e6

    def interleave(self, contenders: list[Contender], rounds: int) -> None:
        """Times all contenders round by round.

        The order is drawn anew each round, so that none always runs behind the same other one; the seed
        is fixed, so that two runs draw the same orders.
        """
        draw = Random(0)
        for contender in contenders:
            for _ in range(WARM_UPS):
                self.time(contender)
        for turn in range(rounds):
            for contender in draw.sample(contenders, len(contenders)):
                if turn % contender.every == 0:
                    contender.samples.append(self.time(contender))

    def compile(self, name: str, source: str, *options: str) -> Path:
        program = self.scratch / name
        if not program.exists():
            (self.scratch / f"{name}.c").write_text(source)
            self.call("cc", "-O2", *options, "-o", str(program), f"{name}.c", directory=self.scratch)
        return program

    def no_op(self, *options: str) -> Path:
        return self.compile("no-op" + "".join(options), "int main(void) { return 0; }\n", *options)

    def peak_memory(self, contender: Contender, runs: int = 5) -> float:
        """Runs a contender some times and returns the peak of its resident memory in MB (10^6 bytes).

        A process that Python starts begins with Python's own peak, so a small program starts it.
        """
        starter = self.compile(
            "starter",
            """
            #include <stdio.h>
            #include <sys/resource.h>
            #include <sys/wait.h>
            #include <unistd.h>
            int main(int count, char **words) {
              pid_t child = fork();
              if (child == 0) {
                if (!freopen("/dev/null", "w", stdout)) return 1;
                execvp(words[1], words + 1);
                _exit(127);
              }
              int status;
              struct rusage usage;
              if (wait4(child, &status, 0, &usage) != child || status != 0) return 1;
              printf("%ld", usage.ru_maxrss);
              return 0;
            }
            """,
            "-static",
        )
        peaks = []
        for _ in range(runs):
            self.ready(contender)
            peaks.append(int(self.call(str(starter), *contender.command, directory=contender.directory)))
        return max(peaks) * 1024 / 1e6

    def repository(self, name: str, files: dict[str, str] | None = None) -> Path:
        """A repository with one commit, and no hooks."""
        directory = self.scratch / name
        directory.mkdir()
        self.call("git", "init", "-q", "-b", "main", "--template=", directory=directory)
        for path, text in ({"README": "tiny\n"} | (files or {})).items():
            (directory / path).write_text(text)
        self.call("git", "add", ".", directory=directory)
        self.call("git", "commit", "-qm", "first", directory=directory)
        return directory

    def governed(self, name: str, phase: str = "IMPLEMENTATION") -> Path:
        """A repository with llmos-hook in it, in a phase that allows commits unless another is named."""
        directory = self.repository(name)
        self.call(self.llmos, "install", directory=directory)
        self.call(self.llmos, "set", "FEATURE_DEVELOPMENT", phase, directory=directory)
        return directory


def rows(contenders: list[Contender], floor: Contender, base: Contender | None = None) -> list[dict]:
    """The table of a comparison. With a base, its median is taken off before the ratio."""
    bottom = base.median if base else 0.0
    table = []
    for contender in contenders:
        tenths = quantiles(contender.samples, n=10)
        row = {
            "what": contender.name,
            "runs": len(contender.samples),
            "median ms": contender.median,
            "10 % ms": tenths[0],
            "90 % ms": tenths[-1],
        }
        if base:
            row["overhead ms"] = contender.median - bottom
        row["ratio"] = (contender.median - bottom) / (floor.median - bottom)
        table.append(row)
    return table


# MARK: What is made once and kept in the cache


def peers() -> dict[str, Path]:
    """Installs the peers from PyPI; for lefthook the native program that its wrapper starts."""
    wanted = [f"{name}=={version}" for name, version in PEERS.items()]
    home = CACHE / "-".join(["peers", *wanted])
    programs = {name: home / "bin" / name for name in PEERS}
    if not (home / "complete").exists():
        shutil.rmtree(home, ignore_errors=True)
        for command in [[sys.executable, "-m", "venv", str(home)], [str(home / "bin/pip"), "install", "-q", *wanted]]:
            if subprocess.run(command, stdout=sys.stderr).returncode:
                sys.exit("bench: the peers need PyPI and python3's venv, which ./install.sh --test-packages installs")
        (home / "complete").touch()
    native = list(home.glob("lib/*/site-packages/lefthook/bin/lefthook-linux-*/lefthook"))
    programs["lefthook"] = native[0] if native else programs["lefthook"]
    return programs


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
    ours = bench.call(
        "git", "for-each-ref", "--format=%(refname)", "refs/llmos", "refs/notes", directory=directory
    )
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
    person = f"{NAME} <{EMAIL}> {1_600_000_000 + 60 * number} +0000"
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


def entries(bench: Bench, directory: Path) -> int:
    """The entries of a ledger, counted by git: all but the first have the one before as first parent."""
    count = ["git", "rev-list", "--first-parent", "--count", LEDGER, "^HEAD"]
    return int(bench.call(*count, directory=directory))


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
        bench.call(bench.llmos, "set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", directory=directory)
        commits = bench.call("git", "rev-list", "--reverse", "imported", directory=directory).split()
        step = JUDGED // (ENTRIES - 2)
        for tip in commits[step::step]:
            bench.call("git", *NO_HOOKS, "update-ref", "refs/heads/main", tip, directory=directory)
            command = [bench.llmos, "--quiet", "set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION"]
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


# MARK: The benchmarks


def commit(bench: Bench) -> Result:
    """a whole `git commit --allow-empty -qm x` in a tiny repository"""
    governed = bench.governed("llmos")
    # The bound is for three hooks against three; with the backstop it is four against four.
    three = bench.governed("llmos-three")
    (three / ".git/hooks" / BACKSTOP).unlink()
    state = {STATE: (governed / STATE).read_text()}

    def hooked(name: str, put, hooks: list[str] = FIRED) -> Path:
        directory = bench.repository(name, state)
        (directory / ".git/hooks").mkdir()
        for hook in hooks:
            put(directory / ".git/hooks" / hook)
        return directory

    def script(path: Path) -> None:
        path.write_text(f"#!/bin/sh\nexec {GREP}\n")
        path.chmod(0o755)

    no_op = bench.no_op("-static")
    contenders = [
        Contender("no hooks", COMMIT, bench.repository("none", state)),
        Contender("static no-op", COMMIT, hooked("static", lambda path: os.link(no_op, path))),
        Contender("llmos-hook, three hooks", COMMIT, three),
        Contender(
            "static no-op, with reference-transaction",
            COMMIT,
            hooked("static-four", lambda path: os.link(no_op, path), [*FIRED, BACKSTOP]),
        ),
        Contender("llmos-hook, with reference-transaction", COMMIT, governed),
        Contender("sh and grep", COMMIT, hooked("sh", script)),
        *peer_contenders(bench, state),
    ]
    bench.interleave(contenders, 200)
    table = rows(contenders, floor=contenders[1], base=contenders[0])
    overhead = {row["what"]: row["overhead ms"] for row in table}
    ours = overhead["llmos-hook, three hooks"]
    whole = overhead["llmos-hook, with reference-transaction"]
    return Result(
        table,
        [
            Check("overhead, llmos-hook to static no-op", ours / overhead["static no-op"], 3),
            Check("overhead, llmos-hook to prek", ours / overhead["prek"], 1 / 5),
            Check(
                "overhead, all hooks to static no-op",
                whole / overhead["static no-op, with reference-transaction"],
                3,
            ),
            Check("overhead, all hooks to prek", whole / overhead["prek"], 1 / 2),
        ],
    )


def peer_contenders(bench: Bench, state: dict[str, str]) -> list[Contender]:
    """The peers, each set up to run the same grep in the same three hooks."""
    programs = peers()
    pre_commit_yaml = f"""\
repos:
  - repo: local
    hooks:
      - id: gate
        name: gate
        language: system
        entry: {GREP}
        stages: [{", ".join(FIRED)}]
        always_run: true
        pass_filenames: false
"""
    lefthook_yaml = "".join(f"{hook}:\n  commands:\n    gate:\n      run: {GREP}\n" for hook in FIRED)
    contenders = []
    for name, every in [("lefthook", 2), ("prek", 2), ("pre-commit", 10)]:
        program = str(programs[name])
        files = {".pre-commit-config.yaml": pre_commit_yaml, "lefthook.yml": lefthook_yaml}
        directory = bench.repository(name, state | files)
        types = [] if name == "lefthook" else [word for hook in FIRED for word in ("-t", hook)]
        bench.call(program, "install", *types, directory=directory)
        # Without LEFTHOOK_BIN, lefthook's hook starts the program once more to see that it is there.
        extra = {"LEFTHOOK_BIN": program} if name == "lefthook" else {}
        contenders.append(Contender(name, COMMIT, directory, every=every, environment=extra))
    return contenders


def decision(bench: Bench) -> Result:
    """the process that decides, alone, and its peak resident memory"""
    directory = bench.governed("decision")
    hook = str(directory / ".git/hooks/pre-commit")
    contenders = [
        Contender("dynamic no-op", [str(bench.no_op())], directory),
        Contender(".git/hooks/pre-commit", [hook], directory),
        Contender("llmos-hook hook pre-commit", [bench.llmos, "hook", "pre-commit"], directory),
    ]
    bench.interleave(contenders, 300)
    table = rows(contenders, floor=contenders[0])
    checks = []
    for contender, row in zip(contenders, table):
        row["peak MB"] = bench.peak_memory(contender)
        if contender is not contenders[0]:
            checks.append(Check(f"{contender.name} to dynamic no-op", row["ratio"], 3))
            checks.append(Check(f"{contender.name}, peak MB", row["peak MB"], 20))
    return Result(table, checks)


def flat(bench: Bench) -> Result:
    """the same process in a repository of 100,000 files and 2,000 commits"""
    large = large_repository(bench)
    bench.call(bench.llmos, "install", "--no-scripts", directory=large)
    bench.call(bench.llmos, "set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", directory=large)
    tiny = bench.governed("flat")
    hook = ".git/hooks/pre-commit"
    contenders = [
        Contender(f"{name}, {size}", command(directory), directory)
        for name, command in [
            (hook, lambda directory: [str(directory / hook)]),
            ("llmos-hook hook pre-commit", lambda directory: [bench.llmos, "hook", "pre-commit"]),
        ]
        for size, directory in [("tiny", tiny), ("large", large)]
    ]
    bench.interleave(contenders, 200)
    table, checks = [], []
    for pair in (contenders[:2], contenders[2:]):
        table += rows(pair, floor=pair[0])
        checks.append(Check(f"{pair[1].name} to tiny", table[-1]["ratio"], 1.5))
    return Result(table, checks)


def status(bench: Bench) -> Result:
    """`llmos-hook status`, which a prompt may call"""
    directory = bench.governed("status")
    contenders = [
        Contender("git rev-parse HEAD", ["git", "rev-parse", "HEAD"], directory),
        Contender("llmos-hook status", [bench.llmos, "status"], directory),
    ]
    bench.interleave(contenders, 200)
    table = rows(contenders, floor=contenders[0])
    return Result(table, [Check("llmos-hook status to git rev-parse HEAD", table[1]["ratio"], 3)])


def disk(bench: Bench) -> Result:
    """bytes on disk of what is installed below `.git`, each inode counted once"""
    directory = bench.governed("disk") / ".git"

    def row(what: str, paths: Iterable[Path]) -> dict:
        files = [path.lstat() for path in paths if not path.is_dir()]
        sizes = {file.st_ino: file.st_blocks * 512 for file in files}
        total = sum(sizes.values())
        return {"what": what, "files": len(files), "inodes": len(sizes), "bytes on disk": total}

    hooks, programs = list((directory / "hooks").iterdir()), list((directory / "llmos").rglob("*"))
    table = [
        row("llmos-gate as built", [bench.binaries / "llmos-gate"]),
        row(".git/hooks", hooks),
        row(".git/hooks and .git/llmos", hooks + programs),
    ]
    size = [entry["bytes on disk"] for entry in table]
    return Result(
        table,
        [
            Check("hooks to llmos-gate", size[1] / size[0]),
            Check("hooks and .git/llmos to llmos-gate", size[2] / size[0]),
        ],
    )


def next_phase(bench: Bench) -> Result:
    """`llmos-hook next-phase`, which seals a new state"""
    phase = "IMPACT_ANALYSIS"
    back = [bench.llmos, "set", "FEATURE_DEVELOPMENT", phase]
    contenders = [
        Contender("git commit, no hooks", COMMIT, bench.repository("plain")),
        Contender(
            "llmos-hook next-phase",
            [bench.llmos, "next-phase"],
            bench.governed("next-phase", phase),
            prepare=[back],
        ),
    ]
    bench.interleave(contenders, 200)
    table = rows(contenders, floor=contenders[0])
    return Result(table, [Check("llmos-hook next-phase to git commit", table[1]["ratio"], 3)])


def transitions(bench: Bench) -> Result:
    """`llmos-hook set` around the 100th and around the 10,000th transition"""

    def enter(phase: str) -> list[str]:
        return [bench.llmos, "--quiet", "set", "MAINTENANCE", phase]

    contenders = []
    for size, cached in ledgers(bench).items():
        directory = working_copy(bench, cached, f"ledger-{size}")
        name = f"transitions around the {size:,}th"
        contenders.append(Contender(name, enter("UPDATE"), directory, prepare=[enter("DOCUMENTATION")]))
    starts = [bench.call("git", "rev-parse", LEDGER, directory=c.directory).strip() for c in contenders]
    for _ in range(PASSES):
        for contender, start in zip(contenders, starts):
            rewind = ["git", *NO_HOOKS, "update-ref", LEDGER, start]
            bench.call(*rewind, directory=contender.directory)
            bench.call(bench.llmos, "restore", directory=contender.directory)
        bench.interleave(contenders, AROUND)
    return growing(bench, contenders, 1.2)


def growing(bench: Bench, contenders: list[Contender], limit: float) -> Result:
    """The table and the checks of contenders that do the same in repositories of growing size."""
    table, checks = rows(contenders, floor=contenders[0]), []
    for contender, row in zip(contenders, table):
        row["peak MB"] = bench.peak_memory(contender)
    for contender, row in zip(contenders[1:], table[1:]):
        checks.append(Check(f"{contender.name} to the {FEW}th", row["ratio"], limit))
        checks.append(
            Check(f"{contender.name} to the {FEW}th, peak MB", row["peak MB"] / table[0]["peak MB"])
        )
    return Result(table, checks)


def notes(bench: Bench) -> Result:
    """`llmos-hook next-phase` around the 100th, the 10,000th and the 100,000th note"""
    prepare = [["git", *NO_HOOKS, *COMMIT[1:]], [bench.llmos, "set", "MAINTENANCE", "UPDATE"]]
    contenders = [
        Contender(
            f"notes around the {size:,}th",
            [bench.llmos, "next-phase"],
            working_copy(bench, cached, f"notes-{size}"),
            prepare=prepare,
        )
        for size, cached in annotated(bench).items()
    ]
    bench.interleave(contenders, NOTES_AROUND)
    return growing(bench, contenders, 1.5)


def log(bench: Bench) -> Result:
    """`llmos-hook log -n 20` on a ledger of 10,000 entries"""
    directory = working_copy(bench, ledgers(bench)[MANY], "log")
    contenders = [
        Contender(f"git log -n 20 {LEDGER}", ["git", "log", "-n", "20", LEDGER], directory),
        Contender("llmos-hook log -n 20", [bench.llmos, "log", "-n", "20"], directory),
    ]
    bench.interleave(contenders, 200)
    table = rows(contenders, floor=contenders[0])
    for contender, row in zip(contenders, table):
        row["peak MB"] = bench.peak_memory(contender)
    return Result(table, [Check("llmos-hook log to git log", table[1]["ratio"], 3)])


def crowd(bench: Bench) -> Result:
    """20 processes that call `set` and `next-phase` 25 times each, at once, in one repository"""
    script = """
        i=0
        while [ "$i" -lt "$2" ]; do
            "$1" --quiet set MAINTENANCE UPDATE; echo "set $?"
            "$1" --quiet next-phase; echo "next-phase $?"
            i=$((i + 1))
        done
        """

    def run(name: str, processes: int, pairs: int) -> dict:
        directory = bench.governed(f"crowd-{processes}")
        before = entries(bench, directory)
        outputs = [bench.scratch / f"crowd-{processes}-{number}" for number in range(processes)]
        start = perf_counter_ns()
        workers = []
        for output in outputs:
            with output.open("w") as out:
                command = ["sh", "-c", script, "sh", bench.llmos, str(pairs)]
                streams = {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": subprocess.DEVNULL}
                workers.append(subprocess.Popen(command, cwd=directory, env=bench.environment, **streams))
        for worker in workers:
            worker.wait()
        seconds = (perf_counter_ns() - start) / 1e9
        calls = [line for output in outputs for line in output.read_text().splitlines()]
        done, refused = (sum(call.endswith(code) for call in calls) for code in [" 0", " 1"])
        found = entries(bench, directory) - before
        note = bench.call("git", "notes", "--ref=llmos", "show", "HEAD", directory=directory)
        records = {line for line in note.splitlines() if json.loads(line)["kind"] == "phase-completed"}
        return {
            "what": name,
            "calls": len(calls),
            "done": done,
            "refused": refused,
            "failed": len(calls) - done - refused,
            "ledger entries": found,
            "completions": calls.count("next-phase 0"),
            "records in notes": len(records),
            "seconds": seconds,
        }

    table = [
        run("one process", 1, CROWD * PAIRS),
        run(f"{CROWD} processes at once", CROWD, PAIRS),
    ]
    crowd = table[1]
    return Result(
        table,
        [
            Check("ledger entries lost", abs(crowd["done"] - crowd["ledger entries"]), 0),
            Check("records lost", abs(crowd["completions"] - crowd["records in notes"]), 0),
            Check("calls failed", crowd["failed"], 0),
            Check("20 processes to one, seconds", crowd["seconds"] / table[0]["seconds"]),
        ],
    )


def own_peak_memory(bench: Bench, command: list[str], directory: Path) -> float:
    """Runs a command and returns its own peak resident memory in MB, without its children's."""
    peak = 0
    process = subprocess.Popen(
        command, cwd=directory, env=bench.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while process.poll() is None:
        status = Path(f"/proc/{process.pid}/status").read_text()
        found = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
        peak = max(peak, *map(int, found), 0)
        sleep(0.005)
    return peak * 1024 / 1e6


def rollback(bench: Bench) -> Result:
    """a whole rollback (backup, move, commit, verification, records) with 100,000 files"""
    large = large_repository(bench)
    tip = bench.call("git", "rev-parse", "main", directory=large).strip()
    bench.call(bench.llmos, "install", "--no-scripts", directory=large)
    bench.call(bench.llmos, "set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", directory=large)
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
        bench.interleave(contenders, ROLLBACKS)
        bench.call(*back, directory=large)
        # Memory of the process or any git that it waited for, of git alone, and of the process alone.
        command = [bench.llmos, "rollback", "--quiet", f"{tip}~1000"]
        peak = bench.peak_memory(Contender("peak", command, large), runs=1)
        bench.call(*back, directory=large)
        reset = ["/usr/bin/git", "reset", "-q", "--hard", f"{tip}~1000"]
        gits = bench.peak_memory(Contender("gits", reset, large), runs=1)
        bench.call(*back, directory=large)
        own = own_peak_memory(bench, command, large)
        bench.call(*back, directory=large)
        bench.call(*settle, directory=large)
        start = perf_counter_ns()
        bench.call("git", "revert", "--no-commit", f"{tip}~1000..{tip}", directory=large)
        revert = (perf_counter_ns() - start) / 1e6
    finally:
        subprocess.run(["git", "revert", "--quit"], cwd=large, env=bench.environment, capture_output=True)
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
    bench.interleave(whole, 2 * ROLLBACKS)
    bench.interleave(single, ROLLBACKS)
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
    bench.call(bench.llmos, "set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", directory=directory)
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


BENCHMARKS = {
    "commit": commit,
    "decision": decision,
    "flat": flat,
    "status": status,
    "disk": disk,
    "next-phase": next_phase,
    "transitions": transitions,
    "notes": notes,
    "log": log,
    "crowd": crowd,
    "rollback": rollback,
    "fetch": fetch,
    "verify": verify,
    "receive": receive,
}


# MARK: Reporting


def machine(bench: Bench) -> dict:
    """What the figures depend on. No host name and no path: the file is to be shared."""

    def first_value(path: str, key: str) -> str:
        lines = Path(path).read_text().splitlines()
        return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(key)), "unknown")

    def libgit2(program: str) -> str:
        done = subprocess.run(["ldd", bench.binaries / program], capture_output=True, text=True)
        return "shared" if "libgit2" in done.stdout else "static"

    return {
        "cpu": first_value("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "memory GiB": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": platform.freedesktop_os_release()["PRETTY_NAME"],
        "kernel": platform.release(),
        "git": bench.call("git", "--version", directory=bench.scratch).split()[2],
        "python": platform.python_version(),
        "libgit2 in llmos-hook": libgit2("llmos-hook"),
        "libgit2 in llmos-gate": libgit2("llmos-gate"),
        **PEERS,
        "load average before": round(os.getloadavg()[0], 2),
    }


def markdown(table: list[dict]) -> str:
    def text(value) -> str:
        if isinstance(value, float):
            return f"{value:.3f}" if 0 < value < 0.1 else f"{value:.2f}"
        return f"{value:,}" if isinstance(value, int) else str(value)

    def line(words) -> str:
        return "| " + " | ".join(words) + " |"

    marks = ["---:" if isinstance(value, int | float) else "---" for value in table[0].values()]
    return "\n".join([line(table[0]), line(marks), *(line(map(text, row.values())) for row in table)])


def section(name: str, result: Result) -> str:
    verdicts = [
        {
            "bound": check.what,
            "measured": check.value,
            "limit": "-" if check.limit is None else f"{check.limit:g}",
            "result": "reported" if check.limit is None else "pass" if check.passed else "FAIL",
        }
        for check in result.checks
    ]
    title = f"### {name}: {BENCHMARKS[name].__doc__}"
    return "\n\n".join([title, markdown(result.rows), markdown(verdicts)])


def compare(old: Path, new: Path, tolerance: float) -> int:
    """Compares the checked figures of two result files; those that only one has are not judged."""

    def figures(path: Path) -> dict[tuple[str, str], float]:
        found = json.loads(path.read_text())["benchmarks"]
        return {(name, check["what"]): check["value"] for name in found for check in found[name]["checks"]}

    before, after = figures(old), figures(new)
    table = [
        {
            "benchmark": name,
            "figure": what,
            "old": before[name, what],
            "new": value,
            "new to old": value / before[name, what] if before[name, what] else inf if value else 1.0,
            "result": "pass" if value <= before[name, what] * tolerance else "FAIL",
        }
        for (name, what), value in after.items()
        if (name, what) in before
    ]
    if not table:
        sys.exit("bench: the two files have no figure in common")
    print(markdown(table))
    return int(any(row["result"] == "FAIL" for row in table))


# MARK: The command line


def measure(names: list[str], source: Path, output: Path | None, document: Path | None) -> int:
    """Prints what is measured as it comes; then writes it to a file, and into the document's section."""
    CACHE.mkdir(parents=True, exist_ok=True)
    start = Path.cwd()
    # The programs are copied, so that a build during the run cannot change what is measured.
    with tempfile.TemporaryDirectory(prefix="run-", dir=CACHE) as scratch:
        home, binaries = Path(scratch) / "home", Path(scratch) / "bin"
        home.mkdir()
        shutil.copytree(source, binaries)
        # Made from nothing: no setting of the user's git, no mark of an agent, no LLMOS_ variable.
        environment = {
            "HOME": str(home),
            "PATH": PATH,
            "LANG": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": NAME,
            "GIT_AUTHOR_EMAIL": EMAIL,
            "GIT_COMMITTER_NAME": NAME,
            "GIT_COMMITTER_EMAIL": EMAIL,
        }
        bench = Bench(Path(scratch), binaries, environment)
        report = {"schema": 1, "machine": machine(bench), "benchmarks": {}}
        sections = [markdown([{"machine": key, "": value} for key, value in report["machine"].items()])]
        print(sections[0], end="\n\n")
        passed = True
        try:
            for name in names:
                result = BENCHMARKS[name](bench)
                sections.append(section(name, result))
                print(sections[-1], end="\n\n", flush=True)
                checks = [asdict(check) | {"passed": check.passed} for check in result.checks]
                report["benchmarks"][name] = {"rows": result.rows, "checks": checks}
                passed = passed and all(check.passed for check in result.checks)
        finally:
            os.chdir(start)
    if output:
        output.write_text(json.dumps(report, indent=2) + "\n")
    if document:
        before, rest = document.read_text().split(BEGIN)
        written, after = rest.split(END)
        if len(names) < len(BENCHMARKS):
            # Some of them: the machine and the others stay as they are.
            old = [part.strip() for part in written.split("\n### ")]
            new = {text.split(":")[0]: text for text in (part.removeprefix("### ") for part in sections[1:])}
            parts = [new.get(part.split(":")[0], part) for part in old]
            sections = [parts[0], *("### " + part for part in parts[1:])]
        document.write_text(before + "\n\n".join([BEGIN, *sections, END]) + after)
    return 0 if passed else 1


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="bench.sh", description="Benchmarks: " + ", ".join(BENCHMARKS) + "; all when none is named."
    )
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument(
        "--write", action="store_true", help=f"put the tables into docs/{DOCUMENT.name}"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to a file")
    parser.add_argument(
        "--compare", type=Path, nargs=2, metavar=("OLD", "NEW"), help="compare two such files"
    )
    parser.add_argument(
        "--tolerance", type=float, default=1.15, metavar="RATIO", help="new to old that still passes (1.15)"
    )
    options = parser.parse_intermixed_args()
    if options.compare:
        return compare(*options.compare, options.tolerance)
    for name in options.names:
        if name not in BENCHMARKS:
            parser.error(f"there is no benchmark {name}; there are: {', '.join(BENCHMARKS)}")
    source = os.environ.get("LLMOS_HOOK_BIN") or parser.error("LLMOS_HOOK_BIN names no directory of programs")
    # So that the scratch directory goes away on kill(1) too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    return measure(options.names or list(BENCHMARKS), Path(source).absolute(), options.json, DOCUMENT if options.write else None)


if __name__ == "__main__":
    sys.exit(main())
