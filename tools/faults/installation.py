"""An installation that is struck."""

from __future__ import annotations

import shutil
from pathlib import Path

from .case import LLMOS, Case, Done, Failure


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
        return lines + [
            str(path)
            for path in at.rglob("*")
            if "llmos" in path.name and "refs" not in path.parts and "logs" not in path.parts
        ]

    def check(self, at: Path, done: Done, odd: bool) -> None:
        for name, content in self.hooks.items():
            hook, kept = at / ".git/hooks" / name, at / ".git/hooks.llmos-kept" / name
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
