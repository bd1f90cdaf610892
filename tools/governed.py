"""What a governed repository holds, as the tools look at it: with git alone, never with the code that is tried."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

STATE = "SCENARIO_STATE.yml"
LEDGER = "refs/llmos/ledger/main"
NO_HOOKS = ["-c", "core.hooksPath=/dev/null"]

# Runs `git WORD...` in some repository and returns what it prints.
Git = Callable[..., str]


def records(git: Git) -> list[str]:
    """The lines of all notes, sorted."""
    blobs = [line.split()[0] for line in git("notes", "--ref=llmos", "list").splitlines()]
    return sorted(line for blob in blobs for line in git("cat-file", "blob", blob).splitlines())


def chain(git: Git, ledger: str = LEDGER) -> dict[str, str]:
    """The entries of a ledger, newest first: the commit's name, and the kind that its subject tells."""
    lines = git("log", "--first-parent", "--format=%H %s", ledger).splitlines()
    return {line.split()[0]: line.split()[1].removesuffix(":") for line in lines}


def miscounted(entries: dict[str, str], records: Iterable[str]) -> list[str]:
    """The entries that complete a phase and have not exactly one record in the notes."""
    found = Counter(record["entry"] for record in map(json.loads, records) if record["kind"] == "phase-completed")
    return [
        f"the entry {entry}, which completes a phase, has {found[entry]} records"
        for entry, kind in entries.items()
        if kind == "phase-completed" and found[entry] != 1
    ]


def files(at: Path) -> Iterator[tuple[str, int, str]]:
    """Every file below `at` that is not git's and not the state: path, mode, digest of its content.

    A symlink is a file whose content is where it leads.
    """
    for directory, names, leaves in os.walk(at):
        if ".git" in names:
            names.remove(".git")
        for leaf in leaves + [name for name in names if (Path(directory) / name).is_symlink()]:
            path = Path(directory) / leaf
            name = str(path.relative_to(at))
            if name in (STATE, ".git"):
                continue
            mode = path.lstat().st_mode
            content = bytes(path.readlink()) if stat.S_ISLNK(mode) else path.read_bytes()
            yield name, mode, hashlib.sha1(content).hexdigest()
