"""A soak: several worktrees of one repository, a clone and a server, at work at once, and killed at random.

Each place has a worker that draws its commands from a seeded generator; some are killed after a random time,
alone or with all their children. At the end nothing that was committed, completed or recorded may be missing.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import governed
import programs

from .judge import judge
from .place import LLMOS, Place


def prepare(server: Place, one: Place, two: Place, three: Place, clone: Place) -> None:
    """A server, a repository with three worktrees, and a clone, all governed and in a phase that allows commits."""
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
    one.ask("git", "clone", "-q", str(server.at), str(clone.at), check=True)
    for place in (one, two, three, clone):
        place.ask(LLMOS, "install", check=True)
        place.ask(LLMOS, "set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "test", check=True)
    one.ask(LLMOS, "sync", check=True)


def work(places: list[Place], minutes: float) -> None:
    """Lets all of them work at once, then mends what the last kills left."""
    end = time.monotonic() + 60 * minutes
    workers = [threading.Thread(target=place.work, args=(end,)) for place in places]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    # A git that outlived its parent ends by itself.
    time.sleep(5)
    for place in places:
        place.mend(final=True)


def main() -> int:
    parser = programs.parser("soak", __doc__)
    parser.add_argument("minutes", nargs="?", type=float, default=15)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--kills", type=float, default=0.25, metavar="SHARE", help="of commands that are killed")
    options = parser.parse_intermixed_args()
    where = programs.directory()
    print(f"soak.sh {options.minutes:g} --seed {options.seed} --kills {options.kills:g}", flush=True)
    tally: Counter = Counter()
    faults: list[str] = []
    with tempfile.TemporaryDirectory(prefix="llmos-soak-") as scratch:
        home = Path(scratch)
        server, *places = (
            Place(home / name, home, where, f"{options.seed} {name}", options.kills, tally, faults)
            for name in ["server", "one", "two", "three", "clone"]
        )
        prepare(server, *places)
        work(places, options.minutes)
        lost = faults + judge(places, server)
        commits = sum(len(place.commits) for place in places)
        entries = sum(len(place.entries) for place in places)
        print(
            f"{tally['operations']:,} operations, {tally['kills']:,} kills, {commits:,} commits, "
            f"{entries:,} ledger entries, {len(set(governed.records(server.git))):,} records: {len(lost)} lost"
        )
        print("; ".join(f"{name}: {count}" for name, count in sorted(tally.items()) if name.startswith("exit")))
        for text in Place.said if os.environ.get("LLMOS_SOAK_TELL") else []:
            print(text, file=sys.stderr)
        for text in lost[:20]:
            print(text, file=sys.stderr)
        if lost and os.environ.get("LLMOS_SOAK_KEEP"):
            shutil.copytree(home, os.environ["LLMOS_SOAK_KEEP"], symlinks=True)
        return 1 if lost else 0
