#!/usr/bin/env python3
"""A soak: several worktrees of one repository, a clone and a server, at work at once, and killed at random.

Each place has a worker that draws its commands from a seeded generator; some are killed after a random time,
alone or with all their children. At the end nothing that was committed, completed or recorded may be missing.
Call it through scripts/soak.sh.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

BIN = Path(os.environ.get("LLMOS_HOOK_BIN") or sys.exit("soak: LLMOS_HOOK_BIN is not set")).absolute()
LLMOS = str(BIN / "llmos-hook")
# Done, refused, waiting for a role, nothing to do, somebody else was first. Anything else is a fault.
FINE = {0, 1, 3, 66, 75}
# git's own locks, which it leaves when it is killed. (Ours, below refs/llmos and refs/notes, must need nobody.)
LOCKS = ["index.lock", "HEAD.lock", "packed-refs.lock", "config.lock", "gc.pid"]


class Place:
    """A worktree and the worker in it."""

    def __init__(self, at: Path, home: Path, seed: str, kills: float, tally: Counter, faults: list[str]):
        self.at, self.random, self.kills = at, random.Random(seed), kills
        self.tally, self.faults, self.number = tally, faults, 0
        self.environment = {
            "HOME": str(home), "PATH": os.pathsep.join([str(BIN), "/usr/bin", "/bin"]), "GIT_CONFIG_NOSYSTEM": "1",
            "LC_ALL": "C.UTF-8", "LLMOS_ACTOR": "OWNER", "GIT_AUTHOR_NAME": at.name, "GIT_AUTHOR_EMAIL": "a@example.invalid",
            "GIT_COMMITTER_NAME": at.name, "GIT_COMMITTER_EMAIL": "a@example.invalid", "GIT_EDITOR": "true",
        }
        self.commits: set[str] = set()
        self.entries: set[str] = set()
        self.records: set[str] = set()

    # MARK: Commands

    def ask(self, *words: str, check: bool = False) -> subprocess.CompletedProcess:
        """A command that is never killed."""
        done = subprocess.run(
            words, cwd=self.at, env=self.environment, capture_output=True, text=True, errors="replace",
            stdin=subprocess.DEVNULL, timeout=180,
        )
        if check and done.returncode:
            raise RuntimeError(f"{self.at.name}: {' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def do(self, *words: str, agent: bool = False) -> bool:
        """A command that may be killed. Returns whether it succeeded."""
        environment = dict(self.environment)
        if agent:
            del environment["LLMOS_ACTOR"]
            environment["LLMOS_AGENT"] = "DEV"
        with tempfile.TemporaryFile("w+", errors="replace") as errors:
            child = subprocess.Popen(
                words, cwd=self.at, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors,
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

    said: list[str] = []

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
        except Exception as error:  # noqa: BLE001: a worker that ends early must be seen
            self.faults.append(f"{self.at.name}: the worker ended: {error!r}")

    def see(self) -> None:
        """Remembers what is there now and must be there at the end."""
        self.commits.add(self.git("rev-parse", "HEAD"))
        ledger = self.git("rev-parse", "-q", "--verify", self.ledger)
        if ledger:
            self.entries.add(ledger)
        if self.random.random() < 0.1:
            self.records |= records(self)

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
        for path in [*common.glob("refs/heads/*.lock"), *common.glob("refs/remotes/**/*.lock"), *common.glob("refs/tags/*.lock")]:
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
        self.do("git", "commit", "-qm", f"commit {self.number}", *(["--no-verify"] if self.random.random() < 0.3 else []))

    def implement(self) -> None:
        self.do(LLMOS, "set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--context", f"ticket={self.number}")

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
        return {path.name: path.read_bytes() for path in self.at.iterdir() if path.is_file() and path.name.startswith(self.at.name)}

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
            self.do(LLMOS, "-C", str(other), "set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION")
            self.do("git", "-C", str(other), "commit", "-q", "--allow-empty", "-m", "elsewhere")
            self.do(LLMOS, "-C", str(other), "next-phase")
        # One whose `add` was killed is locked, and no fetch works before it is gone (git-worktree(1), "unlock").
        self.ask("git", "worktree", "unlock", str(other))
        self.ask("git", "worktree", "remove", "--force", str(other))
        shutil.rmtree(other, ignore_errors=True)
        self.ask("git", "worktree", "prune")


OPERATIONS = {
    Place.step: 10, Place.commit: 10, Place.implement: 8, Place.maintain: 3, Place.next: 6, Place.checkpoint: 6,
    Place.rollback: 4, Place.sync: 3, Place.push: 2, Place.switch: 4, Place.gc: 1, Place.worktree: 1,
}


def records(place: Place) -> set[str]:
    """The lines of all notes."""
    listed = place.git("notes", "--ref=llmos", "list").splitlines()
    return {line for row in listed for line in place.git("cat-file", "blob", row.split()[0]).splitlines()}


def judge(places: list[Place], server: Place) -> list[str]:
    """What is missing or wrong at the end."""
    lost: list[str] = []
    for place in places + places:
        if (done := place.ask(LLMOS, "sync")).returncode:
            lost.append(f"{place.at.name}: sync: exit {done.returncode}: {done.stderr}")
    common = records(server)
    for place in places:
        name = place.at.name
        place.ask(LLMOS, "restore")
        for words in (LLMOS, "doctor"), (LLMOS, "verify", "--strict"), ("git", "fsck", "--no-progress", "--no-dangling"):
            if (done := place.ask(*words)).returncode:
                lost.append(f"{name}: {' '.join(words[-2:])}: exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        reached = set(place.git("rev-list", "--all", "--reflog").split())
        lost += [f"{name}: the commit {commit} is nowhere" for commit in sorted(place.commits - reached)]
        chain = place.git("log", "--first-parent", "--format=%H %s", place.ledger).splitlines()
        lost += [f"{name}: the entry {entry} is not in the ledger" for entry in place.entries - {line[:40] for line in chain}]
        here = records(place)
        lost += [f"{name}: the record is gone: {line}" for line in place.records - here]
        if here != common:
            lost.append(f"{name} and the server have other records: {len(here ^ common)}")
        completions = Counter(record["entry"] for record in map(json.loads, here) if record["kind"] == "phase-completed")
        for line in chain:
            if line.split()[1] == "phase-completed:" and completions[line[:40]] != 1:
                lost.append(f"{name}: the entry {line} has {completions[line[:40]]} records")
        sealed = place.ask("git", "show", f"{place.ledger}:SCENARIO_STATE.yml").stdout
        if (place.at / "SCENARIO_STATE.yml").read_text() != sealed:
            lost.append(f"{name}: the state file is not the sealed one")
    for words in (LLMOS, "verify", "--strict"), ("git", "fsck", "--no-progress", "--no-dangling"):
        if (done := server.ask(*words)).returncode:
            lost.append(f"server: {' '.join(words)}: exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return lost


def main() -> int:
    parser = argparse.ArgumentParser(prog="soak.sh", description=__doc__)
    parser.add_argument("minutes", nargs="?", type=float, default=15)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--kills", type=float, default=0.25, metavar="SHARE", help="of commands that are killed")
    options = parser.parse_args()
    print(f"soak.sh {options.minutes:g} --seed {options.seed} --kills {options.kills:g}", flush=True)
    tally: Counter = Counter()
    faults: list[str] = []
    with tempfile.TemporaryDirectory(prefix="llmos-soak-") as scratch:
        home = Path(scratch)
        make = lambda name: Place(home / name, home, f"{options.seed} {name}", options.kills, tally, faults)  # noqa: E731
        server, one, two, three, clone = map(make, ["server", "one", "two", "three", "clone"])
        for place in (server, one):
            place.at.mkdir()
        server.ask("git", "init", "-q", "--bare", "-b", "main", check=True)
        one.ask("git", "init", "-q", "-b", "main", check=True)
        one.ask("git", "remote", "add", "origin", str(server.at), check=True)
        (one.at / ".gitignore").write_text("/step.sh\n/llmos\n/scripts\n")
        for words in ["add", "."], ["commit", "-qm", "one"], ["push", "-q", "-u", "origin", "main"]:
            one.ask("git", *words, check=True)
        server.ask(LLMOS, "install", "--server", check=True)
        one.ask(LLMOS, "install", check=True)
        for place in (two, three):
            one.ask("git", "worktree", "add", "-q", "-b", place.at.name, str(place.at), check=True)
        subprocess.run(["git", "clone", "-q", str(server.at), str(clone.at)], env=one.environment, check=True)
        places = [one, two, three, clone]
        for place in places:
            place.ask(LLMOS, "install", check=True)
            place.ask(LLMOS, "set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", check=True)
        one.ask(LLMOS, "sync", check=True)
        end = time.monotonic() + 60 * options.minutes
        workers = [threading.Thread(target=place.work, args=(end,)) for place in places]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        # A git that outlived its parent ends by itself.
        time.sleep(5)
        for place in places:
            place.mend(final=True)
        lost = faults + judge(places, server)
        commits = sum(len(place.commits) for place in places)
        entries = sum(len(place.entries) for place in places)
        print(
            f"{tally['operations']:,} operations, {tally['kills']:,} kills, {commits:,} commits, {entries:,} ledger entries, "
            f"{len(records(server)):,} records: {len(lost)} lost"
        )
        print("; ".join(f"{name}: {count}" for name, count in sorted(tally.items()) if name.startswith("exit")))
        for text in Place.said if os.environ.get("LLMOS_SOAK_TELL") else []:
            print(text, file=sys.stderr)
        for text in lost[:20]:
            print(text, file=sys.stderr)
        if lost and os.environ.get("LLMOS_SOAK_KEEP"):
            shutil.copytree(home, os.environ["LLMOS_SOAK_KEEP"], symlinks=True)
        return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
