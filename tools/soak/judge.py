"""What is missing or wrong when the work is over."""

from __future__ import annotations

import governed
from governed import STATE
from hermetic import failure

from .place import LLMOS, Place


def judge(places: list[Place], server: Place) -> list[str]:
    """What is missing or wrong at the end."""
    lost: list[str] = []
    for place in places + places:
        if (done := place.ask(LLMOS, "sync")).returncode:
            lost.append(f"{place.at.name}: sync: exit {done.returncode}: {done.stderr}")
    common = set(governed.records(server.git))
    for place in places:
        name = place.at.name
        place.ask(LLMOS, "restore")
        for words in (
            (LLMOS, "doctor"),
            (LLMOS, "verify", "--strict"),
            ("git", "fsck", "--no-progress", "--no-dangling"),
        ):
            if (done := place.ask(*words)).returncode:
                lost.append(f"{name}: {failure(words, done)[-4000:]}")
        reached = set(place.git("rev-list", "--all", "--reflog").split())
        lost += [f"{name}: the commit {commit} is nowhere" for commit in sorted(place.commits - reached)]
        chain = governed.chain(place.git, place.ledger)
        lost += [f"{name}: the entry {entry} is not in the ledger" for entry in place.entries - chain.keys()]
        here = set(governed.records(place.git))
        lost += [f"{name}: the record is gone: {line}" for line in place.records - here]
        if here != common:
            lost.append(f"{name} and the server have other records: {len(here ^ common)}")
        lost += [f"{name}: {text}" for text in governed.miscounted(chain, here)]
        sealed = place.ask("git", "show", f"{place.ledger}:{STATE}").stdout
        if (place.at / STATE).read_text() != sealed:
            lost.append(f"{name}: the state file is not the sealed one")
    for words in (LLMOS, "verify", "--strict"), ("git", "fsck", "--no-progress", "--no-dangling"):
        if (done := server.ask(*words)).returncode:
            lost.append(f"server: {failure(words, done)[-4000:]}")
    return lost
