"""What is struck: a table of cases.

`prepare` makes the template of which each point gets a copy; `check` is called after the command was struck,
repairs as a user would, and raises `Failure` for anything that is lost.
"""

from __future__ import annotations

from .exchange import Exchange
from .installation import Installation
from .rollback import Rollback
from .transition import Transition

CASES = {
    "rollback": [
        Rollback("dirty", ["rollback", "v1", "--force"]),
        Rollback("clean", ["rollback", "v1"], errors=False),
        Rollback("reset", ["rollback", "v1", "--mode", "reset", "--force"], errors=False),
        Rollback("undo", ["rollback", "--undo"], errors=False),
    ],
    "set": [Transition("set", ["set", "FEATURE_DEVELOPMENT", "QA", "--context", "incident_type=t42", "--reason", "a fault"])],
    "next-phase": [Transition("next-phase", ["next-phase", "--checkpoint"])],
    "install": [Installation("install", ["install"]), Installation("install-kept", ["install"])],
    "sync": [Exchange("sync", ["sync"])],
}
