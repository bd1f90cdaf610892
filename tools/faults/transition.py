"""A move of the state that is struck."""

from __future__ import annotations

from pathlib import Path

from .case import LLMOS, Case, Done, Failure


class Transition(Case):
    """A move of the state: before or after, complete in either, and the same command goes on from there."""

    def prepare(self, at: Path) -> None:
        self.git("init", "-q", "-b", "main", at=at)
        for name in ["one", "two"]:
            (at / name).write_text(name)
        self.git("add", ".", at=at)
        self.git("commit", "-qm", "one", at=at)
        self.run(LLMOS, "install", "--no-scripts", at=at)
        # A phase that forbids commits: its artifacts are the engine's to commit, with an entry that says so.
        self.run(LLMOS, "set", "MAINTENANCE", "UPDATE", at=at)
        self.run(LLMOS, "next-phase", at=at)
        self.run(LLMOS, "set", "MAINTENANCE", "UPDATE", at=at)
        (at / "one").write_text("edited")
        (at / "two").write_text("staged")
        self.git("add", "two", at=at)
        (at / "untracked").mkdir()
        (at / "untracked/file").write_text("new")
        self.before, self.notes, self.kept = self.place(at), self.records(at), self.files(at)
        work = self.copy("reference")
        self.run(LLMOS, *self.command, at=work)
        self.after = self.place(work)

    def check(self, at: Path, done: Done, odd: bool) -> None:
        found = self.place(at)
        if found not in (self.before, self.after):
            raise Failure(f"the state is {found}")
        if done.returncode == 0:
            # What was told to be done is done.
            if found != self.after:
                raise Failure("success was told, and it was none")
            self.consistent(at, self.notes)
        self.again(at, done)
        self.consistent(at, self.notes)
        if self.files(at) != self.kept:
            raise Failure("files are changed")
        if "--checkpoint" in self.command and self.git("status", "--porcelain", at=at):
            raise Failure("the checkpoint does not have everything")
