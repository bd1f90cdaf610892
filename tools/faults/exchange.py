"""A sync that is struck."""

from __future__ import annotations

import re
from pathlib import Path

from governed import LEDGER, STATE

from .case import LLMOS, Case, Done, Failure


class Exchange(Case):
    """Two clones and a server: after the same command again, each side has everything of both."""

    inside = "a"

    def prepare(self, at: Path) -> None:
        self.git("init", "-q", "--bare", "-b", "main", "server", at=at)
        for clone in ["a", "b"]:
            self.git("init", "-q", "-b", "main", clone, at=at)
            self.git("remote", "add", "origin", "../server", at=at / clone)
        (at / "a/file").write_text("file")
        self.git("add", ".", at=at / "a")
        self.git("commit", "-qm", "one", at=at / "a")
        self.git("push", "-q", "origin", "main", at=at / "a")
        self.git("pull", "-q", "origin", "main", at=at / "b")
        for clone in ["a", "b", "a"]:
            work = at / clone
            if not (work / STATE).exists():
                self.run(LLMOS, "install", at=work)
            self.run(LLMOS, "set", "MAINTENANCE", "UPDATE", at=work)
            self.run(LLMOS, "next-phase", at=work)
            self.run(LLMOS, "sync", at=work)
        for clone in ["b", "a"]:
            self.run(LLMOS, "next-phase", at=at / clone)
        self.run(LLMOS, "sync", at=at / "b")
        self.notes = sorted(set(self.records(at / "a") + self.records(at / "b")))

    def check(self, at: Path, done: Done, odd: bool) -> None:
        a, b, server = at / "a", at / "b", at / "server"
        if done.returncode == 0:
            self.exchanged(a, server)
        self.again(a, done)
        self.exchanged(a, server)
        for clone in [b, a]:
            self.run(LLMOS, "sync", at=clone)
            self.exchanged(clone, server)
        for clone in [a, b]:
            self.consistent(clone, self.notes)
        self.git("fsck", "--no-progress", at=server)

    def exchanged(self, clone: Path, server: Path) -> None:
        if self.records(clone) != self.records(server) or set(self.notes) - set(self.records(server)):
            raise Failure(f"{clone.name} and the server have other records")
        own = self.git("config", "llmos.clone", at=clone).strip()
        here, there = (
            dict(
                line.split()[::-1]
                for line in self.git(
                    "for-each-ref", "--format=%(objectname) %(refname)", "refs/llmos/ledger", at=side
                ).splitlines()
            )
            for side in (clone, server)
        )
        here[re.sub("ledger/", f"ledger/{own}/", LEDGER)] = here.pop(LEDGER)
        if here != there:
            raise Failure(f"{clone.name} has {here}, the server {there}")
