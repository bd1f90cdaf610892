"""A case of a sweep: how it begins, its command, and what must hold after it was struck."""

from __future__ import annotations

import json
import stat
from collections import Counter
from functools import partial
from pathlib import Path

import governed
import hermetic
from governed import LEDGER, STATE
from hermetic import Done

# The program that is tried, which the environment of a case has first on its PATH.
LLMOS = "llmos-hook"


class Failure(Exception):
    """Something was lost."""


class Case:
    """A directory before a command. `inside` is where in it the command runs."""

    inside = "."

    def __init__(self, name: str, command: list[str], errors: bool = True):
        """`errors`: whether failing calls are tried too, not only kills."""
        self.name, self.command, self.errors = name, command, errors

    def settle(self, home: Path, programs: Path) -> None:
        """Makes the template below `home`."""
        self.home, self.template = home, home / f"template-{self.name}"
        self.environment = hermetic.environment(home, programs, LLMOS_ACTOR="OWNER")
        self.template.mkdir()
        self.prepare(self.template)

    def prepare(self, at: Path) -> None:
        raise NotImplementedError

    def check(self, at: Path, done: Done, odd: bool) -> None:
        """`done` is the struck command; `odd` alternates between two ways of repair."""
        raise NotImplementedError

    def run(self, *words: str, at: Path, check: bool = True) -> Done:
        done = hermetic.run(words, at=at, environment=self.environment, seconds=120)
        if check and done.returncode:
            raise Failure(hermetic.failure(words, done))
        return done

    def git(self, *words: str, at: Path) -> str:
        return self.run("git", *words, at=at).stdout

    def copy(self, name: str) -> Path:
        work = self.home / f"{self.name}-{name}"
        self.run("rm", "-rf", str(work), at=self.home)
        self.run("cp", "-a", str(self.template), str(work), at=self.home)
        return work

    def again(self, at: Path, done: Done) -> None:
        """The same command again."""
        ended = self.patiently(*self.command, at=at)
        if ended.returncode:
            raise Failure(
                f"again: exit {ended.returncode}\n{ended.stderr}\nfirst: exit {done.returncode} {done.stderr}"
            )

    def patiently(self, *words: str, at: Path) -> Done:
        """llmos-hook, again while it says 75: a git that outlived its parent holds a lock until it ends."""
        for _ in range(200):
            ended = self.run(LLMOS, *words, at=at, check=False)
            if ended.returncode != 75:
                break
        return ended

    def records(self, at: Path) -> list[str]:
        """The lines of all notes, sorted."""
        return governed.records(partial(self.git, at=at))

    def consistent(self, at: Path, before: list[str]) -> None:
        """What must hold in every governed repository; `before`: records that must be there still."""
        self.run(LLMOS, "doctor", at=at)
        self.run(LLMOS, "verify", "--strict", at=at)
        self.git("fsck", "--no-progress", at=at)
        if (at / STATE).read_bytes() != self.git("show", f"{LEDGER}:{STATE}", at=at).encode():
            raise Failure("the state file is not the sealed one")
        records = self.records(at)
        if Counter(before) - Counter(records):
            raise Failure(f"records are lost: {Counter(before) - Counter(records)}")
        if wrong := governed.miscounted(governed.chain(partial(self.git, at=at)), records):
            raise Failure(wrong[0])
        locks = [str(path) for path in (at / ".git").rglob("*.lock")]
        if locks:
            raise Failure(f"locks are left: {locks}")

    def place(self, at: Path) -> str:
        status = json.loads(self.run(LLMOS, "status", "--json", at=at).stdout)
        return f"{status['scenario']}:{status['phase']}"

    def fingerprint(self, at: Path) -> str:
        """Files, index and HEAD; commits by their trees and parents, since they carry the time."""
        lines = self.files(at)
        lines.append(self.git("ls-files", "-s", at=at))
        lines.append(self.git("status", "--porcelain=v2", "--branch", "-uall", at=at).split("\n", 1)[1])
        lines.append(self.git("log", "--format=%T", at=at))
        return "\n".join(lines)

    def files(self, at: Path, inside: str = ".") -> list[str]:
        """A line a file below `inside`: path, kind, executable, content. Without the state file and .git."""
        return sorted(
            f"{inside}/{name} {stat.S_IFMT(mode):o} {bool(mode & 0o100)} {digest}"
            for name, mode, digest in governed.files(at / inside)
        )
