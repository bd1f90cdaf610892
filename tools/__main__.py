"""python3 -B tools NAME [ARG]...: runs one of the project's own programs: bench, faults, manual, matrix, packages,
pages, soak, team, ways.

scripts/NAME.sh calls it so. Without -B Python would leave compiled files beside the sources.
"""

from __future__ import annotations

import sys
from importlib import import_module

PROGRAMS = ["bench", "faults", "manual", "matrix", "packages", "pages", "soak", "team", "ways"]

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in PROGRAMS:
        sys.exit(__doc__)
    sys.exit(import_module(sys.argv.pop(1)).main())
