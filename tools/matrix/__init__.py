"""Tries every operation of the matrix with real git, and prints what llmos-hook does about it.

In a phase that forbids commits an operation that brings one is blocked, or it lands, and then the next
`status` reports it, `verify` calls it a VIOLATION and a server refuses it. In a phase that allows commits,
and for operations that bring none, everything is as in a twin repository without hooks.
"""

from __future__ import annotations

import json
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

import documents
import programs

from .operations import operations
from .repositories import Repositories
from .table import Row, table
from .trial import Trial

DOCUMENT = programs.ROOT / "docs/enforcement.md"
MARKS = "<!-- matrix: begin -->", "<!-- matrix: end -->"


def main() -> int:
    parser = programs.parser("matrix", __doc__)
    parser.add_argument("--group", action="append", metavar="G", help="only the group of this name")
    parser.add_argument("--only", action="append", metavar="NAME", help="only operations whose name has this in it")
    parser.add_argument("--json", metavar="FILE", help="write the rows there too")
    parser.add_argument("--write", action="store_true", help=f"put the table into docs/{DOCUMENT.name}")
    parser.add_argument("--list", action="store_true", help="print group and name of each operation")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_intermixed_args()
    chosen = [
        operation
        for operation in operations()
        if (not options.group or operation.group in options.group)
        and (not options.only or any(word in operation.name for word in options.only))
    ]
    if options.list:
        for operation in chosen:
            print(f"{operation.group}: {operation.name}")
        return 0
    if not chosen:
        sys.exit("matrix: no operation of that name")
    if options.write and (options.group or options.only):
        sys.exit("matrix: --write needs all operations")
    where = programs.directory()
    with tempfile.TemporaryDirectory(prefix="llmos-matrix-") as scratch:
        repositories = Repositories(Path(scratch), where)
        repositories.build()
        missing = [operation for operation in chosen if operation.needs and not repositories.has(operation.needs)]
        chosen = [operation for operation in chosen if operation not in missing]
        chosen = [
            replace(operation, kind="refused") if repositories.refuses(operation.refused_from) else operation
            for operation in chosen
        ]
        with ThreadPoolExecutor(options.jobs) as pool:
            rows = list(pool.map(Trial(repositories).try_all, chosen))
        rows += [Row(one.group, one.name, one.kind, f"not tried: no `git {one.needs}` here") for one in missing]
    text = table(rows)
    print(text)
    if options.json:
        Path(options.json).write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    if options.write:
        documents.replace(DOCUMENT, *MARKS, text)
    bad = [row for row in rows if row.problems or row.unnoticed or row.accepted]
    for row in bad:
        why = list(row.problems)
        if row.unnoticed:
            why.append(f"landed; status reports it: {row.noticed}; verify: {row.verify}")
        if row.accepted:
            why.append("the server takes it")
        print(f"{row.group}: {row.name}: {'; '.join(why)}", file=sys.stderr)
    return 1 if bad else 0
