"""Runs programs, measures them, and makes the repositories that they run in."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from shutil import which
from time import perf_counter_ns, sleep

import hermetic
from governed import LEDGER

from .figures import Contender

AUTHOR = ("Bench", "bench@example.invalid")
COMMIT = ["git", "commit", "--allow-empty", "-qm", "x"]
BACKSTOP = "reference-transaction"
WARM_UPS = 3


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
        done = hermetic.run(command, at=directory, environment=self.environment, stdin=stdin)
        if done.returncode:
            sys.exit(f"bench: {hermetic.failure(command, done)}")
        return done.stdout

    def ready(self, contender: Contender) -> None:
        for command in contender.prepare:
            self.call(*command, directory=contender.directory)

    def time(self, contender: Contender) -> float:
        """Runs a contender once.

        Returns milliseconds from before the spawn until after the wait.
        """
        self.ready(contender)
        program = which(contender.command[0], path=self.environment["PATH"])
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

    def repository(self, name: str, files: dict[str, str] | None = None, form: Iterable[str] = ()) -> Path:
        """A repository with one commit, and no hooks; `form` is what `git init` is told of its format."""
        directory = self.scratch / name
        directory.mkdir()
        self.call("git", "init", "-q", "-b", "main", "--template=", *form, directory=directory)
        for path, text in ({"README": "tiny\n"} | (files or {})).items():
            (directory / path).write_text(text)
        self.call("git", "add", ".", directory=directory)
        self.call("git", "commit", "-qm", "first", directory=directory)
        return directory

    def governed(self, name: str, phase: str = "IMPLEMENTATION", form: Iterable[str] = ()) -> Path:
        """A repository with llmos-hook in it, in a phase that allows commits unless another is named."""
        directory = self.repository(name, form=form)
        self.call(self.llmos, "install", directory=directory)
        self.call(self.llmos, "set", "FEATURE_DEVELOPMENT", phase, "--reason", "test", directory=directory)
        return directory


def entries(bench: Bench, directory: Path) -> int:
    """The entries of a ledger, counted by git: all but the first have the one before as first parent."""
    count = ["git", "rev-list", "--first-parent", "--count", LEDGER, "^HEAD"]
    return int(bench.call(*count, directory=directory))


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
