"""A member of a team: somebody's worktree, the agent that steps in it, and the owner who moves its phases."""

from __future__ import annotations

import random
import threading
import time
from argparse import Namespace
from collections import Counter
from pathlib import Path

import hermetic

from .host import Host

LLMOS = "llmos-hook"
STRATEGIES = ["squash", "merge", "rebase"]
# Somebody else was first: the same command again.
BUSY = 75


class Team:
    """What all have in common."""

    def __init__(self, home: Path, where: Path, options: Namespace):
        self.home, self.programs, self.seed = home, where, options.seed
        self.clones, self.worktrees = options.clones, options.worktrees
        self.turns = threading.BoundedSemaphore(options.at_once)
        self.tally: Counter = Counter()
        self.verdicts: Counter = Counter()
        self.faults: list[str] = []
        self.locks: dict[Path, threading.Lock] = {}
        self.lock = threading.Lock()

    def clone_lock(self, at: Path) -> threading.Lock:
        """Two people do not type into one worktree at once."""
        with self.lock:
            return self.locks.setdefault(at, threading.Lock())


class Member:
    """A worktree and who works in it."""

    def __init__(self, team: Team, host: Host, at: Path, owner: Member | None = None):
        self.team, self.host, self.at = team, host, at
        # The clone's main worktree.
        self.owner = owner or self
        self.random = random.Random(f"{team.seed} {at.name}")
        self.forgets = self.is_plain = False
        # Who accepts what this one brings.
        self.reader: Member | None = None
        self.environment = hermetic.environment(
            team.home, team.programs, author=(at.name, "a@example.invalid"), LLMOS_ACTOR="OWNER"
        )

    # MARK: Commands

    def ask(self, *words: str, at: Path | None = None, agent: bool = False) -> hermetic.Done:
        environment = dict(self.environment)
        if agent:
            del environment["LLMOS_ACTOR"]
            environment["LLMOS_AGENT"] = "DEV"
        return hermetic.run(words, at=at or self.at, environment=environment, seconds=300)

    def must(self, *words: str, at: Path | None = None, agent: bool = False, again: bool = False) -> hermetic.Done:
        """A command that has to succeed, if need be when somebody else is ready."""
        for attempt in range(20):
            done = self.ask(*words, at=at, agent=agent)
            if done.returncode != BUSY or not again:
                break
            time.sleep(0.1 * attempt)
        if done.returncode:
            raise RuntimeError(f"{self.at.name}: {hermetic.failure(words, done)}")
        return done

    # MARK: Work

    def work(self, end: float, rounds: int | None) -> None:
        number = 0
        try:
            while number < rounds if rounds else time.monotonic() < end:
                with self.team.turns:
                    if self.is_plain:
                        self.play(number, self.reader)
                    else:
                        self.deliver(number)
                number += 1
        except Exception as error:  # noqa: BLE001 (a member that ends early must be seen)
            self.team.faults.append(f"{self.at.name}: {error}")

    def fetch(self) -> None:
        """Two fetches of one clone at once get in each other's way: that is git's."""
        with self.team.clone_lock(self.owner.at):
            self.must("git", "fetch", "-q", "origin")

    def write(self, branch: str, number: int) -> str:
        name = f"{branch.replace('/', '-')}-{number}"
        (self.at / name).write_text(f"{self.random.random()}\n" * self.random.randrange(1, 50))
        return name

    def deliver(self, number: int) -> None:
        """One pull request: the owner enters the phase, the agent steps, the owner pushes, the host merges."""
        branch = f"feature/{self.at.name}-{number}"
        self.must(LLMOS, "--quiet", "set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test")
        self.must(LLMOS, "--quiet", "sync", again=True)
        self.fetch()
        self.must("git", "switch", "-q", "-c", branch, "--no-track", "origin/main")
        for step in range(self.random.randrange(1, 4)):
            self.write(branch, step)
            self.must("git", "add", ".")
            self.must(LLMOS, "step", "-m", f"work {step} on {branch}", agent=True)
            self.team.tally["steps"] += 1
        self.must(LLMOS, "--quiet", "next-phase", "--reason", "a test")
        self.team.tally["phases"] += 2
        self.refused_work()
        self.push(branch)
        self.host.merge(branch, self.random.choice(STRATEGIES))
        self.follow()

    def refused_work(self) -> None:
        """An agent tries a phase that allows no commits: it is told so, and nothing lands."""
        if self.random.random() < 0.5:
            return
        path = self.at / self.write("late", 0)
        self.ask("git", "add", ".")
        done = self.ask(LLMOS, "step", "-m", "late", agent=True)
        if done.returncode != 1 or "next:" not in done.stderr:
            raise RuntimeError(f"a step where nothing lands: {hermetic.failure(['step'], done)}")
        self.ask("git", "rm", "-q", "--cached", "-f", path.name)
        path.unlink()

    def push(self, branch: str) -> None:
        """Who forgets `sync` is told, and does it then."""
        self.team.tally["pushes"] += 1
        if not self.forgets:
            self.must(LLMOS, "--quiet", "sync", "--push", again=True)
            return
        words = ["git", "push", "-q", "origin", branch]
        done = self.ask(*words)
        if done.returncode == 0 or "next: llmos-hook sync" not in done.stderr:
            raise RuntimeError(f"a push without sync: {hermetic.failure(words, done)}")
        self.team.tally["refused"] += 1
        self.must(LLMOS, "--quiet", "sync", again=True)
        self.must(*words)
        self.team.tally["passed"] += 1

    def follow(self) -> None:
        """Somebody of the clone brings its main up to date, in whatever phase it is."""
        if self.random.random() < 0.5:
            return
        with self.team.clone_lock(self.owner.at):
            self.must(LLMOS, "--quiet", "sync", at=self.owner.at, again=True)
            self.must("git", "pull", "-q", "--ff-only", at=self.owner.at)

    def play(self, number: int, reader: Member | None = None) -> list[str]:
        """The clone without our hooks: the strict server does not take its branch, and the host merges it all the same.

        The reader, an owner, accepts what was made; what a host makes on top of it is derived only then.
        """
        branch = f"plain-{number}"
        self.fetch()
        self.must("git", "switch", "-q", "-c", branch, "--no-track", "origin/main")
        self.must("git", "add", self.write(branch, number))
        self.must("git", "commit", "-qm", f"plain work {number}")
        words = ["git", "push", "-q", "origin", branch]
        done = self.ask(*words)
        if done.returncode == 0 or "next: llmos-hook sync" not in done.stderr:
            raise RuntimeError(f"a push without hooks: {hermetic.failure(words, done)}")
        made = self.host.merge(branch, self.random.choice(STRATEGIES), source=self.at)
        if reader:
            reader.accept(made)
        return made

    def accept(self, commits: list[str]) -> None:
        with self.team.clone_lock(self.at):
            self.must(LLMOS, "--quiet", "sync", again=True)
            self.must("git", "fetch", "-q")
            for commit in commits:
                self.must(LLMOS, "--quiet", "allow", "--commits", commit, "--reason", "read")
            self.must(LLMOS, "--quiet", "sync", again=True)
