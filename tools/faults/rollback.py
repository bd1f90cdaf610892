"""A rollback that is struck."""

from __future__ import annotations

import json
from pathlib import Path

from .case import LLMOS, Case, Done, Failure


class Rollback(Case):
    """Exactly as before or exactly at the target, after `rollback --continue` or `rollback --abort`."""

    def prepare(self, at: Path) -> None:
        """Every kind of change there is between two trees, and every kind of uncommitted work."""
        git = lambda *words: self.git(*words, at=at)  # noqa: E731
        git("init", "-q", "-b", "main")
        (at / ".gitignore").write_text("*.log\n")
        for number in range(12):
            (at / f"changed-{number}").write_text(f"old {number}\n" * 50)
        (at / "removed/deep").mkdir(parents=True)
        (at / "removed/deep/file").write_text("removed later\n")
        (at / "removed.log").write_text("tracked once\n")
        git("add", "-f", "removed.log")
        (at / "mode").write_text("#!/bin/sh\n")
        (at / "becomes-directory").write_text("a file\n")
        (at / "becomes-file").mkdir()
        (at / "becomes-file/inner").write_text("inner\n")
        (at / "link").symlink_to("changed-1")
        (at / "staged").write_text("staged\n")
        (at / "edited").write_text("edited\n")
        git("add", ".")
        git("commit", "-qm", "one")
        git("tag", "v1")
        for number in range(12):
            (at / f"changed-{number}").write_text(f"new {number}\n" * 40)
        git("rm", "-rqf", "removed", "removed.log", "becomes-directory", "becomes-file")
        (at / "mode").chmod(0o755)
        (at / "becomes-directory").mkdir()
        (at / "becomes-directory/inner").write_text("inner\n")
        (at / "becomes-file").write_text("a file\n")
        (at / "link").unlink()
        (at / "link").symlink_to("elsewhere")
        (at / "added").write_text("added\n")
        git("add", ".")
        git("commit", "-qm", "two")
        self.run(LLMOS, "install", at=at)
        self.run(LLMOS, "set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "test", at=at)
        if self.name != "clean":
            (at / "staged").write_text("staged anew\n")
            (at / "both").write_text("new and staged\n")
            git("add", "staged", "both")
            (at / "both").write_text("and edited\n")
            (at / "edited").write_text("edited anew\n")
            (at / "changed-3").unlink()
            (at / "removed.log").write_text("ignored, and in the way\n")
            (at / "removed").mkdir()
            (at / "removed/deep").write_text("untracked, and in the way\n")
            (at / "untracked/deep").mkdir(parents=True)
            (at / "untracked/deep/file").write_text("untracked\n")
            (at / "kept.log").write_text("ignored\n")
        if self.name == "undo":
            self.run(LLMOS, "rollback", "v1", "--force", at=at)
        self.before = self.fingerprint(at)
        work = self.copy("reference")
        self.run(LLMOS, *self.command, at=work)
        self.after = self.fingerprint(work)
        if self.before == self.after:
            raise Failure("the command changes nothing")

    def check(self, at: Path, done: Done, odd: bool) -> None:
        way = "--continue" if odd else "--abort"
        ended = self.patiently("rollback", way, at=at)
        if ended.returncode not in (0, 66) and "already finished" not in ended.stderr:
            raise Failure(f"rollback {way}: exit {ended.returncode}\n{ended.stderr}\nfirst: {done.stderr}")
        found = self.fingerprint(at)
        wanted = {"before": self.before, "after": self.after}
        if ended.returncode == 0 and not (at / ".git/llmos/rollback.json").exists():
            wanted.pop("before" if way == "--continue" else "after", None)
        if found not in wanted.values():
            for key, text in [("found", found), ("before", self.before), ("after", self.after)]:
                (self.home / key).write_text(text)
            raise Failure(f"neither before nor after; then {way}: {ended.stderr}\nfirst: {done.stderr}")
        if (at / ".git/index.lock").exists():
            raise Failure("index.lock is left")
        status = json.loads(self.run(LLMOS, "status", "--json", at=at).stdout)
        if status["pending_rollback"] or (status["scenario"] != "FEATURE_DEVELOPMENT" and ended.returncode == 0):
            raise Failure(f"the state is {status}")
        self.git("fsck", "--no-progress", at=at)
