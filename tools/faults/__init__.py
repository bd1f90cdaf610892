"""Sweeps over system calls: at the N-th of each kind the program dies, or the call fails, for every N.

After each, nothing may be lost, and the next call must succeed: faults/cases.py has the commands, and with
each what that means.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import documents
import programs

from .case import Case
from .cases import CASES
from .sweep import CALLS, ERRORS, FAILING, Sweep


def sweeps(cases: list[Case], calls: list[str], first: int, stride: int) -> list[Sweep]:
    """Every kill, and every error of a case that is tried with errors, without and with its children."""
    kills = [(kind, "signal=SIGKILL") for kind in calls]
    errors = [(kind, f"error={error}") for kind in FAILING if kind in calls for error in ERRORS]
    return [
        Sweep(case, kind, fault, follow, first, stride)
        for case in cases
        for kind, fault in kills + (errors if case.errors else [])
        for follow in (False, True)
    ]


def carry_out(jobs: list[Sweep], threads: int, deadline: float | None) -> list[str]:
    """Runs the sweeps, prints the table of what was tried, and returns what was lost."""
    lost, counts = [], {}
    with ThreadPoolExecutor(threads) as pool:
        for job, (points, losses) in zip(jobs, pool.map(lambda job: job.run(deadline), jobs), strict=True):
            tried, failed = counts.get((job.case.name, job.name), (0, 0))
            counts[job.case.name, job.name] = (tried + points, failed + len(losses))
            lost += losses
    counts["all", ""] = (sum(tried for tried, _ in counts.values()), len(lost))
    print(
        documents.table(
            [
                {"case": case, "fault": fault, "points tried": tried, "lost": failed}
                for (case, fault), (tried, failed) in counts.items()
            ]
        )
    )
    return lost


def main() -> int:
    parser = programs.parser("faults", __doc__)
    parser.add_argument("what", nargs="*", metavar="CASE", help=f"{', '.join(CASES)}; all by default")
    parser.add_argument("--quick", action="store_true", help="every seventh point, or fewer, of one case each")
    parser.add_argument("--calls", help=f"only these, with commas between: {', '.join(CALLS)}")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every N-th point")
    parser.add_argument("--first", type=int, default=1, metavar="N", help="begin with the N-th point")
    parser.add_argument("--minutes", type=float, help="begin no further point after this time, and say so")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_intermixed_args()
    programs.known(parser, "case", options.what, CASES)
    calls = options.calls.split(",") if options.calls else list(CALLS)
    programs.known(parser, "call", calls, CALLS)
    if not shutil.which("strace"):
        print("faults.sh: strace is missing", file=sys.stderr)
        return 69
    where = programs.directory()
    deadline = time.monotonic() + 60 * options.minutes if options.minutes else None
    with tempfile.TemporaryDirectory(prefix="llmos-faults-") as scratch:
        home = Path(scratch)
        groups = [CASES[name] for name in options.what or CASES]
        cases = [case for group in groups for case in (group[:1] if options.quick else group)]
        for case in cases:
            case.settle(home, where)
        stride = max(7, options.every) if options.quick else options.every
        lost = carry_out(sweeps(cases, calls, options.first, stride), options.jobs, deadline)
        if deadline and time.monotonic() > deadline:
            print("\nThe time was over before all points were tried.")
        for text in lost[:20]:
            print(text, file=sys.stderr)
        if lost and os.environ.get("LLMOS_FAULTS_KEEP"):
            shutil.copytree(home, os.environ["LLMOS_FAULTS_KEEP"], symlinks=True)
        return 1 if lost else 0
