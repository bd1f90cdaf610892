"""A case of a sweep: how it begins, its command, and what must hold after it was struck. See faults_cases.py."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import sys
from collections import Counter
from pathlib import Path

STATE = "SCENARIO_STATE.yml"
LEDGER = "refs/llmos/ledger/main"
LLMOS = str(Path(os.environ.get("LLMOS_HOOK_BIN") or sys.exit("faults: LLMOS_HOOK_BIN is not set")).absolute() / "llmos-hook")
Done = subprocess.CompletedProcess


class Failure(Exception):
    pass


class Case:
    """A directory before a command. `inside` is where in it the command runs."""

    inside = "."

    def __init__(self, name: str, command: list[str], errors: bool = True):
        """`errors`: whether failing calls are tried too, not only kills."""
        self.name, self.command, self.errors = name, command, errors

    def settle(self, home: Path) -> None:
        """Makes the template below `home`."""
        self.home, self.template = home, home / f"template-{self.name}"
        self.environment = {
            "HOME": str(home), "PATH": os.pathsep.join([str(Path(LLMOS).parent), "/usr/bin", "/bin"]),
            "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C.UTF-8", "LLMOS_ACTOR": "OWNER",
            "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.invalid",
            "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.invalid",
        }
        self.template.mkdir()
        self.prepare(self.template)

    def prepare(self, at: Path) -> None:
        raise NotImplementedError

    def check(self, at: Path, done: Done, odd: bool) -> None:
        """`done` is the struck command; `odd` alternates between two ways of repair."""
        raise NotImplementedError

    def run(self, *words: str, at: Path, check: bool = True) -> Done:
        done = subprocess.run(
            words, cwd=at, env=self.environment, capture_output=True, text=True, errors="replace",
            stdin=subprocess.DEVNULL, timeout=120,
        )
        if check and done.returncode:
            raise Failure(f"{' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
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
            raise Failure(f"again: exit {ended.returncode}\n{ended.stderr}\nfirst: exit {done.returncode} {done.stderr}")

    def patiently(self, *words: str, at: Path) -> Done:
        """llmos-hook, again while it says 75: a git that outlived its parent holds a lock until it ends."""
        for _ in range(200):
            ended = self.run(LLMOS, *words, at=at, check=False)
            if ended.returncode != 75:
                break
        return ended

    def records(self, at: Path) -> list[str]:
        """The lines of all notes, sorted."""
        blobs = [line.split()[0] for line in self.git("notes", "--ref=llmos", "list", at=at).splitlines()]
        return sorted(line for blob in blobs for line in self.git("cat-file", "blob", blob, at=at).splitlines())

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
        found = Counter(record["entry"] for record in map(json.loads, records) if record["kind"] == "phase-completed")
        for entry in self.completions(at):
            if found[entry] != 1:
                raise Failure(f"the completed phase of entry {entry} has {found[entry]} records")
        locks = [str(path) for path in (at / ".git").rglob("*.lock")]
        if locks:
            raise Failure(f"locks are left: {locks}")

    def completions(self, at: Path) -> list[str]:
        """The entries of the ledger that complete a phase."""
        log = self.git("log", "--first-parent", "--format=%H %s", LEDGER, at=at)
        return [line.split()[0] for line in log.splitlines() if line.split()[1] == "phase-completed:"]

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
        lines = []
        for directory, names, files in os.walk(at / inside):
            if ".git" in names:
                names.remove(".git")
            for name in files + [name for name in names if (Path(directory) / name).is_symlink()]:
                path = Path(directory) / name
                if path == at / STATE:
                    continue
                mode = path.lstat().st_mode
                content = os.readlink(path).encode() if stat.S_ISLNK(mode) else path.read_bytes()
                digest = hashlib.sha1(content).hexdigest()
                lines.append(f"{path.relative_to(at)} {stat.S_IFMT(mode):o} {bool(mode & 0o100)} {digest}")
        return sorted(lines)
