"""The operations of the matrix: ways to bring a commit, and ways that bring none.

Each runs in the repository that `FIXTURE` makes, under `sh -e` behind `PRELUDE`, or in Python.
"""

from __future__ import annotations

from dataclasses import replace

from ..operation import Operation
from .agents import AGENT, STEPS, TAMPERING
from .around import BY_HAND, BY_HAND_PYTHON, HOOKS_OFF, LIBRARIES
from .commits import COMMIT, MAIL, MERGE, MOVES, PICK, REBASE
from .hosts import HOSTS
from .known import INCOMING, STRICT
from .newer import NEEDS, NEWER
from .nothing import NONE
from .plumbing import PLUMBING, SYMBOLIC, TRANSFER, WORKTREE


def operations() -> list[Operation]:
    """All of them, in the order of the table."""
    dev = {"LLMOS_AGENT": "DEV"}
    groups = {
        "commit": COMMIT,
        "merge": MERGE,
        "cherry-pick and revert": PICK,
        "rebase": REBASE,
        "am and stash": MAIL,
        "reset, checkout, branch": MOVES,
        "plumbing": PLUMBING,
        "fetch, pull, push": TRANSFER,
        "worktree and submodule": WORKTREE,
        "hooks switched off": HOOKS_OFF,
        "files written by hand": BY_HAND,
    }
    result = [Operation(group, *item) for group, items in groups.items() for item in items.items()]
    result += [Operation("symbolic references", *item, refused_from="2.46") for item in SYMBOLIC.items()]
    result += [Operation("files written by hand", *item, python=True) for item in BY_HAND_PYTHON.items()]
    result += [Operation("other implementations", *item, python=True) for item in LIBRARIES.items()]
    result += [Operation("agent", *item, "refused", environment=dev) for item in AGENT.items()]
    result += [Operation("tampering", *item, "refused") for item in TAMPERING.items()]
    result += [Operation("agent", name, script, environment=dev, twin=twin) for name, (script, twin) in STEPS.items()]
    result += [Operation("commits that no branch has", *item, "strict") for item in STRICT.items()]
    result += [Operation("remote-tracking branches", *item, "incoming") for item in INCOMING.items()]
    result += [Operation("merges by a host", *item, "derived") for item in HOSTS.items()]
    result += [Operation("newer git", name, script, needs=words) for name, (words, script) in NEWER.items()]
    for group, items in NONE.items():
        for name, script in items.items():
            text, code = script if isinstance(script, tuple) else (script, 0)
            result.append(Operation(f"no commit: {group}", name, text, "none", python=group == "libraries", code=code))
    return [replace(one, needs=one.needs or NEEDS.get(one.name, "")) for one in result]
