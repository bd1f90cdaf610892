"""Measures llmos-hook against floors and peers, as ratios within one run.

docs/benchmarks.md tells what is measured and why.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import documents
import hermetic
import programs

from . import derived, exchange, hooks, references, rollbacks, sealed, teams, transitions
from .cached import CACHE
from .report import compare, machine, section, updated
from .running import AUTHOR, Bench

DOCUMENT = programs.ROOT / "docs/benchmarks.md"
MARKS = "<!-- what scripts/bench.sh --write printed -->", "<!-- the end of what it printed -->"

# Each one's docs are its title.
BENCHMARKS = {
    "commit": hooks.commit,
    "formats": hooks.formats,
    "decision": hooks.decision,
    "flat": hooks.flat,
    "status": hooks.status,
    "disk": hooks.disk,
    "next-phase": transitions.next_phase,
    "transitions": transitions.transitions,
    "notes": transitions.notes,
    "log": transitions.log,
    "crowd": transitions.crowd,
    "rollback": rollbacks.rollback,
    "fetch": exchange.fetch,
    "single": exchange.single,
    "verify": exchange.verify,
    "receive": exchange.receive,
    "references": references.references,
    "rewriting": references.rewriting,
    "entries": sealed.entries,
    "crowded": sealed.crowded,
    "written": sealed.written,
    "squashes": derived.squashes,
    "teams": teams.teams,
    "first": teams.first,
}


def measure(names: list[str], source: Path, output: Path | None, document: Path | None) -> int:
    """Prints what is measured as it comes; then writes it to a file, and into the document's section."""
    CACHE.mkdir(parents=True, exist_ok=True)
    start = Path.cwd()
    # The programs are copied, so that a build during the run cannot change what is measured.
    with tempfile.TemporaryDirectory(prefix="run-", dir=CACHE) as scratch:
        home, binaries = Path(scratch) / "home", Path(scratch) / "bin"
        home.mkdir()
        shutil.copytree(source, binaries)
        # Without the programs on PATH: what is measured is called by its path.
        bench = Bench(Path(scratch), binaries, hermetic.environment(home, author=AUTHOR))
        report = {"schema": 1, "machine": machine(bench), "benchmarks": {}}
        sections = [documents.table([{"machine": key, "": value} for key, value in report["machine"].items()])]
        print(sections[0], end="\n\n")
        passed = True
        try:
            for name in names:
                result = BENCHMARKS[name](bench)
                sections.append(section(name, BENCHMARKS[name].__doc__, result))
                print(sections[-1], end="\n\n", flush=True)
                checks = [asdict(check) | {"passed": check.passed} for check in result.checks]
                report["benchmarks"][name] = {"rows": result.rows, "checks": checks}
                passed = passed and all(check.passed for check in result.checks)
        finally:
            os.chdir(start)
    if output:
        output.write_text(json.dumps(report, indent=2) + "\n")
    if document:
        if len(names) < len(BENCHMARKS):
            sections = updated(documents.between(document, *MARKS), sections[1:])
        documents.replace(document, *MARKS, "\n\n".join(sections))
    return 0 if passed else 1


def main() -> int:
    parser = programs.parser("bench", f"{__doc__}\nBenchmarks: {', '.join(BENCHMARKS)}; all when none is named.")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--write", action="store_true", help=f"put the tables into docs/{DOCUMENT.name}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to a file")
    parser.add_argument("--compare", type=Path, nargs=2, metavar=("OLD", "NEW"), help="compare two such files")
    parser.add_argument(
        "--tolerance", type=float, default=1.15, metavar="RATIO", help="new to old that still passes (1.15)"
    )
    options = parser.parse_intermixed_args()
    if options.compare:
        return compare(*options.compare, options.tolerance)
    programs.known(parser, "benchmark", options.names, BENCHMARKS)
    # So that the scratch directory goes away on kill(1) too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    names = options.names or list(BENCHMARKS)
    return measure(names, programs.directory(), options.json, DOCUMENT if options.write else None)
