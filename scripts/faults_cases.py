"""What faults.py strikes: a table of cases.

`prepare` makes the template of which each point gets a copy; `check` is called after the command was struck,
repairs as a user would, and raises `Failure` for anything that is lost.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from faults_case import LEDGER, LLMOS, STATE, Case, Done, Failure


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
        self.run(LLMOS, "set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", at=at)
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
        if status["pending_rollback"] or status["scenario"] != "FEATURE_DEVELOPMENT" and ended.returncode == 0:
            raise Failure(f"the state is {status}")
        self.git("fsck", "--no-progress", at=at)


class Transition(Case):
    """A move of the state: before or after, complete in either, and the same command goes on from there."""

    def prepare(self, at: Path) -> None:
        self.git("init", "-q", "-b", "main", at=at)
        for name in ["one", "two"]:
            (at / name).write_text(name)
        self.git("add", ".", at=at)
        self.git("commit", "-qm", "one", at=at)
        self.run(LLMOS, "install", at=at)
        # A phase that forbids commits: its artifacts are the engine's to commit, with an entry that says so.
        self.run(LLMOS, "set", "MAINTENANCE", "UPDATE", at=at)
        self.run(LLMOS, "next-phase", at=at)
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


class Installation(Case):
    """No hook is lost at any time; again completes it; `uninstall` leaves what was there before."""

    def prepare(self, at: Path) -> None:
        self.git("init", "-q", "-b", "main", at=at)
        (at / "file").write_text("file")
        self.git("add", ".", at=at)
        self.git("commit", "-qm", "one", at=at)
        hooks = at / ".git/hooks"
        shutil.rmtree(hooks)
        hooks.mkdir()
        if self.name == "install-kept":
            (hooks / "library").write_text("# shared\n")
            (hooks / "pre-commit").write_text("#!/bin/sh\n. .git/hooks/library\n")
            (hooks / "pre-commit").chmod(0o755)
            (hooks / "real").write_text("#!/bin/sh\n")
            (hooks / "real").chmod(0o755)
            (hooks / "commit-msg").symlink_to("real")
            (hooks / "post-commit").write_text("#!/bin/sh\n")
            (hooks / "post-commit").chmod(0o755)
            (at / ".git/info/exclude").write_text("*.log\nno line end")
        self.hooks = {path.name: path.read_bytes() for path in hooks.iterdir()}
        self.before = self.picture(at)

    def picture(self, at: Path) -> list[str]:
        """Everything that `uninstall` has to bring back; the ledger and the notes stay."""
        lines = self.files(at) + self.files(at, ".git/hooks") + self.files(at, ".git/info")
        lines += self.git("config", "--local", "--list", at=at).splitlines()
        return lines + [str(path) for path in at.rglob("*") if "llmos" in path.name and "refs" not in path.parts and "logs" not in path.parts]

    def check(self, at: Path, done: Done, odd: bool) -> None:
        for name, content in self.hooks.items():
            hook, kept = at / ".git/hooks" / name, at / ".git/hooks/.llmos-kept" / name
            here = hook.read_bytes() if hook.exists() else None
            if here != content and not (here and b"llmos" in here and kept.exists() and kept.read_bytes() == content):
                raise Failure(f"the hook {name} is not there\nfirst: {done.stderr}")
        if done.returncode == 0:
            self.consistent(at, [])
        if odd or done.returncode == 0:
            self.again(at, done)
            self.consistent(at, [])
        taken = self.run(LLMOS, "uninstall", at=at, check=False)
        # Nothing was put in yet: then nothing has to go.
        if taken.returncode and not (taken.returncode == 66 and not odd):
            raise Failure(f"uninstall: exit {taken.returncode}\n{taken.stderr}\nfirst: {done.stderr}")
        if self.picture(at) != self.before:
            changed = set(self.picture(at)) ^ set(self.before)
            raise Failure(f"after uninstall: {sorted(changed)}\nfirst: {done.stderr}")


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
            dict(line.split()[::-1] for line in self.git("for-each-ref", "--format=%(objectname) %(refname)", "refs/llmos/ledger", at=side).splitlines())
            for side in (clone, server)
        )
        here[re.sub("ledger/", f"ledger/{own}/", LEDGER)] = here.pop(LEDGER)
        if here != there:
            raise Failure(f"{clone.name} has {here}, the server {there}")


CASES = {
    "rollback": [
        Rollback("dirty", ["rollback", "v1", "--force"]),
        Rollback("clean", ["rollback", "v1"], errors=False),
        Rollback("reset", ["rollback", "v1", "--mode", "reset", "--force"], errors=False),
        Rollback("undo", ["rollback", "--undo"], errors=False),
    ],
    "set": [Transition("set", ["set", "FEATURE_DEVELOPMENT", "QA", "--context", "ticket=42", "--reason", "a fault"])],
    "next-phase": [Transition("next-phase", ["next-phase", "--checkpoint"])],
    "install": [Installation("install", ["install"]), Installation("install-kept", ["install"])],
    "sync": [Exchange("sync", ["sync"])],
}
