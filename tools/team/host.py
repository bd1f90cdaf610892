"""The server of a team, and the host that merges pull requests on it by plumbing, as hosts do: no hook is asked."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import hermetic

if TYPE_CHECKING:
    from .member import Team


class Host:
    """A bare repository whose pushes are judged, and which merges by itself."""

    def __init__(self, team: Team, at: Path):
        self.at, self.lock, self.number = at, threading.Lock(), 0
        self.environment = hermetic.environment(
            team.home, team.programs, author=("Host", "host@example.invalid"), LLMOS_ACTOR="OWNER"
        )
        # What was merged, by the commit on main.
        self.log: dict[str, str] = {}
        at.mkdir()
        self.git("init", "-q", "--bare", "-b", "main")
        hermetic.run(["llmos-hook", "install", "--server"], at=at, environment=self.environment)
        self.git("config", "llmos.strict", "true")

    def git(self, *words: str) -> str:
        done = hermetic.run(["git", *words], at=self.at, environment=self.environment)
        if done.returncode:
            raise RuntimeError(hermetic.failure(["git", *words], done))
        return done.stdout.strip()

    def merge(self, branch: str, strategy: str, source: Path | None = None) -> list[str]:
        """Merges a pull request into main: `squash`, `merge` or `rebase`. Deletes the branch, and keeps the request.
        Returns what main has got.

        `source` is the repository of somebody who cannot push here: its branch came as a fork's does.
        """
        with self.lock:
            self.number += 1
            pull = f"refs/pull/{self.number}/head"
            if source:
                self.git("fetch", "-q", str(source), f"{branch}:{pull}")
            else:
                self.git("update-ref", pull, f"refs/heads/{branch}")
            old = self.git("rev-parse", "refs/heads/main")
            base = self.git("merge-base", old, pull)
            commits = self.git("rev-list", "--reverse", f"{base}..{pull}").split()
            if strategy == "rebase":
                made = self.replay(commits, onto=old)
            else:
                tree = self.git("merge-tree", "--write-tree", old, pull)
                parents = ["-p", old] + (["-p", pull] if strategy == "merge" else [])
                made = [self.git("commit-tree", *parents, "-m", f"{branch} (#{self.number})", tree)]
            self.git("update-ref", "refs/heads/main", made[-1], old)
            if not source:
                self.git("update-ref", "-d", f"refs/heads/{branch}")
            for commit in made:
                self.log[commit] = f"{strategy} of {branch} (#{self.number})"
            return made + commits if strategy == "merge" else made

    def replay(self, commits: list[str], onto: str) -> list[str]:
        """Each change again on top of another commit."""
        made = []
        for commit in commits:
            # Where both sides have one parent, that is the base, whatever git is installed (`--merge-base` is of 2.40).
            side = ["commit-tree", "-p", f"{commit}^", "-m", "side"]
            ours, theirs = self.git(*side, f"{onto}^{{tree}}"), self.git(*side, f"{commit}^{{tree}}")
            tree = self.git("merge-tree", "--write-tree", ours, theirs)
            onto = self.git("commit-tree", "-p", onto, "-m", self.git("log", "-1", "--format=%B", commit), tree)
            made.append(onto)
        return made
