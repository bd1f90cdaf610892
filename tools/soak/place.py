"""A place where somebody works: a worktree, and the worker in it, who draws commands and mends what was killed."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import ClassVar

import governed
import hermetic

# The program that is tried, which the environment of a place has first on its PATH.
LLMOS = "llmos-hook"
# Done, refused, waiting for a role, nothing to do, somebody else was first. Anything else is a fault.
FINE = {0, 1, 3, 66, 75}
# git's own locks, which it leaves when it is killed. (Ours, below refs/llmos and refs/notes, must need nobody.)
LOCKS = ["index.lock", "HEAD.lock", "packed-refs.lock", "config.lock", "gc.pid"]


class Place:
    """A worktree and the worker in it."""

    # What commands said that ended with a code of none of FINE, of all places together.
    said: ClassVar[list[str]] = []

    def __init__(
        self, at: Path, home: Path, programs: Path, seed: str, kills: float, tally: Counter, faults: list[str]
    ):
        self.at, self.random, self.kills = at, random.Random(seed), kills
        self.tally, self.faults, self.number = tally, faults, 0
        self.environment = hermetic.environment(
            home, programs, author=(at.name, "a@example.invalid"), LLMOS_ACTOR="OWNER"
        )
        self.commits: set[str] = set()
        self.entries: set[str] = set()
        self.records: set[str] = set()

    # MARK: Commands

    def ask(self, *words: str, check: bool = False) -> hermetic.Done:
        """A command that is never killed."""
        done = hermetic.run(words, at=self.at, environment=self.environment, seconds=180)
        if check and done.returncode:
            raise RuntimeError(f"{self.at.name}: {hermetic.failure(words, done)}")
        return done

    def do(self, *words: str, agent: bool = False) -> bool:
        """A command that may be killed. Returns whether it succeeded."""
        environment = dict(self.environment)
        if agent:
            del environment["LLMOS_ACTOR"]
            environment["LLMOS_AGENT"] = "DEV"
        with tempfile.TemporaryFile("w+", errors="replace") as errors:
            child = subprocess.Popen(
                words,
                cwd=self.at,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
            )
            self.tally["operations"] += 1
            killed = False
            limit = self.random.expovariate(12) if self.random.random() < self.kills else 120
            try:
                child.wait(limit)
            except subprocess.TimeoutExpired:
                killed = limit < 120
                if not killed:
                    self.faults.append(f"{self.at.name}: {' '.join(words)} hangs")
                # Alone, so that its git outlives it, or with everything that it started.
                if killed and self.random.random() < 0.4:
                    child.kill()
                else:
                    os.killpg(child.pid, signal.SIGKILL)
                child.wait()
                self.tally["kills"] += killed
            errors.seek(0)
            said = errors.read()
        if killed or child.returncode == 0:
            return not killed
        ours = words[0] == LLMOS or words[0] == "./step.sh"
        if ours and child.returncode not in FINE:
            self.tally[f"exit {child.returncode}"] += 1
            if child.returncode == 70 or child.returncode < 0:
                self.faults.append(f"{self.at.name}: {' '.join(words)}: exit {child.returncode}: {said}")
            elif len(self.said) < 20:
                self.said.append(f"{self.at.name}: {' '.join(words)}: exit {child.returncode}: {said}")
        return False

    def git(self, *words: str) -> str:
        return self.ask("git", *words).stdout.strip()

    # MARK: What a worker does

    def work(self, end: float) -> None:
        try:
            while time.monotonic() < end:
                self.mend()
                self.random.choices(list(OPERATIONS), weights=list(OPERATIONS.values()))[0](self)
                self.see()
            self.mend(final=True)
        except Exception as error:  # noqa: BLE001 (a worker that ends early must be seen)
            self.faults.append(f"{self.at.name}: the worker ended: {error!r}")

    def see(self) -> None:
        """Remembers what is there now and must be there at the end."""
        self.commits.add(self.git("rev-parse", "HEAD"))
        ledger = self.git("rev-parse", "-q", "--verify", self.ledger)
        if ledger:
            self.entries.add(ledger)
        if self.random.random() < 0.1:
            self.records |= set(governed.records(self.git))

    @property
    def ledger(self) -> str:
        own = self.git("rev-parse", "--git-dir")
        return "refs/llmos/ledger/" + (Path(own).name if "/worktrees/" in own else "main")

    def mend(self, final: bool = False) -> None:
        """What a user does after a command was killed: remove git's own locks, end a rollback."""
        for name in LOCKS + ["logs/HEAD.lock", "ORIG_HEAD.lock"]:
            path = Path(self.git("rev-parse", "--path-format=absolute", "--git-path", name))
            self.unlock(path, final)
        common = Path(self.git("rev-parse", "--path-format=absolute", "--git-common-dir"))
        for path in [
            *common.glob("refs/heads/*.lock"),
            *common.glob("refs/remotes/**/*.lock"),
            *common.glob("refs/tags/*.lock"),
        ]:
            self.unlock(path, final)
        # On the server a git that was killed is its owner's to mend, whatever it held.
        for path in (self.at.parent / "server").glob("refs/**/*.lock"):
            self.unlock(path, final)
        self.ask(LLMOS, "restore")
        for attempt in range(100):
            status = self.ask(LLMOS, "status", "--json")
            if status.returncode or not json.loads(status.stdout)["pending_rollback"]:
                break
            ended = self.ask(LLMOS, "rollback", self.random.choice(["--continue", "--abort"]))
            if attempt == 99:
                self.faults.append(f"{self.at.name}: the rollback does not end: {ended.returncode} {ended.stderr}")
            time.sleep(0.1)
        if final or self.random.random() < 0.05:
            self.ask("git", "merge", "--abort")

    @staticmethod
    def unlock(path: Path, final: bool) -> None:
        try:
            if time.time() - path.stat().st_mtime > (1 if final else 4):
                path.unlink()
        except FileNotFoundError:
            pass

    def write(self) -> str:
        self.number += 1
        name = f"{self.at.name}-{self.random.randrange(30)}"
        (self.at / name).write_text(f"{self.number}\n" * self.random.randrange(1, 2000))
        return name

    def step(self) -> None:
        self.write()
        self.do("./step.sh", "-m", f"work {self.number}", agent=True)

    def commit(self) -> None:
        self.git("add", self.write())
        self.do(
            "git", "commit", "-qm", f"commit {self.number}", *(["--no-verify"] if self.random.random() < 0.3 else [])
        )

    def implement(self) -> None:
        self.do(
            LLMOS,
            "set",
            "FEATURE_DEVELOPMENT",
            "IMPLEMENTATION",
            "--reason",
            "test",
            "--context",
            f"incident_type=t{self.number}",
        )

    def maintain(self) -> None:
        self.do(LLMOS, "set", "MAINTENANCE", self.random.choice(["UPDATE", "DOCUMENTATION", "CLEANUP"]))

    def next(self) -> None:
        self.do(LLMOS, "next-phase")

    def checkpoint(self) -> None:
        self.write()
        self.do(LLMOS, "next-phase", "--checkpoint")

    def rollback(self) -> None:
        """Over uncommitted work, and back: the files must then be as before."""
        back = self.random.randrange(1, 5)
        if self.ask("git", "rev-parse", "-q", "--verify", f"HEAD~{back}").returncode:
            return
        self.write()
        before, head = self.files(), self.git("rev-parse", "HEAD^{tree}")
        self.do(LLMOS, "rollback", f"HEAD~{back}", "--mode", self.random.choice(["revert", "reset"]), "--force")
        self.mend()
        if self.random.random() < 0.6:
            self.do(LLMOS, "rollback", "--undo", "--force")
            self.mend()
            if self.git("rev-parse", "HEAD^{tree}") == head and self.files() != before:
                self.faults.append(f"{self.at.name}: rollback and undo lose uncommitted work")

    def files(self) -> dict[str, bytes]:
        return {
            path.name: path.read_bytes()
            for path in self.at.iterdir()
            if path.is_file() and path.name.startswith(self.at.name)
        }

    def sync(self) -> None:
        self.do(LLMOS, "sync")

    def push(self) -> None:
        if self.do(LLMOS, "sync"):
            self.do("git", "push", "-q", "origin", f"HEAD:refs/heads/{self.at.name}-{self.random.randrange(100000)}")

    def switch(self) -> None:
        branch = f"{self.at.name}-{self.random.choice('xy')}"
        if self.ask("git", "rev-parse", "-q", "--verify", f"refs/heads/{branch}").returncode:
            self.do("git", "switch", "-q", "-c", branch)
        else:
            self.do("git", "switch", "-q", branch)

    def gc(self) -> None:
        self.do("git", "gc", "--quiet")

    def worktree(self) -> None:
        """Adds one, works in it, removes it: its ledger stays without it."""
        other = self.at.parent / f"{self.at.name}-more-{self.number}"
        self.number += 1
        if self.do("git", "worktree", "add", "-q", "--detach", str(other)):
            self.do(LLMOS, "-C", str(other), "set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "test")
            self.do("git", "-C", str(other), "commit", "-q", "--allow-empty", "-m", "elsewhere")
            self.do(LLMOS, "-C", str(other), "next-phase")
        # One whose `add` was killed is locked, and no fetch works before it is gone (git-worktree(1), "unlock").
        self.ask("git", "worktree", "unlock", str(other))
        self.ask("git", "worktree", "remove", "--force", str(other))
        shutil.rmtree(other, ignore_errors=True)
        self.ask("git", "worktree", "prune")


OPERATIONS = {
    Place.step: 10,
    Place.commit: 10,
    Place.implement: 8,
    Place.maintain: 3,
    Place.next: 6,
    Place.checkpoint: 6,
    Place.rollback: 4,
    Place.sync: 3,
    Place.push: 2,
    Place.switch: 4,
    Place.gc: 1,
    Place.worktree: 1,
}
