#!/usr/bin/env python3
"""Sweeps over system calls: at the N-th of each kind the program dies, or the call fails, for every N.

After each, nothing may be lost, and the next call must succeed: faults_cases.py tells for each command what that
means. Call it through scripts/faults.sh.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from faults_case import LLMOS, Case, Failure
from faults_cases import CASES

# Every call that changes something, or on whose success something rests.
CALLS = {
    "rename": "rename,renameat,renameat2",
    "unlink": "unlink,unlinkat,rmdir",
    "link": "link,linkat,symlink,symlinkat",
    "mkdir": "mkdir,mkdirat",
    "openat": "openat",
    "write": "write,pwrite64",
    "fsync": "fsync,fdatasync",
    "chmod": "chmod,fchmod,fchmodat",
    "flock": "flock",
    "spawn": "clone,clone3,vfork,execve",
}
FAILING = ["rename", "link", "mkdir", "openat", "write"]
ERRORS = ["ENOSPC", "EIO", "EACCES"]
WAKING = re.compile(r'write\(\d+, "\\1(\\0){7}", 8\) .*INJECTED')
LIMIT = 2_000  # a sweep that goes on for longer has a mistake
DEADLINE = None  # after which no further point is begun


def strike(case: Case, name: str, calls: str, fault: str, number: int, follow: bool, odd: bool) -> bool:
    """Strikes a copy once and checks it.

    Returns whether there was such a call at all.
    """
    work = case.copy(name)
    log = case.home / f"{case.name}-{name}.strace"
    inject = f"inject={calls}:{fault}:when={number}"
    child = subprocess.Popen(
        ["strace", *(["-f"] if follow else []), "-qq", "-o", str(log), "-e", f"trace={calls}", "-e", "signal=none",
         "-e", inject, LLMOS, *case.command],
        cwd=work / case.inside, env=case.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, errors="replace", start_new_session=True,
    )
    try:
        _, errors = child.communicate(timeout=45)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
        # A runtime that cannot wake its own threads hangs; no disk and no permission makes such a write fail.
        if WAKING.search(log.read_text(errors="replace")):
            return True
        raise
    done = subprocess.CompletedProcess(child.args, child.returncode, "", errors)
    text = log.read_text(errors="replace")
    if "INJECTED" not in text and "killed by SIGKILL" not in text and done.returncode == 0:
        return False
    case.check(work, done, odd)
    shutil.rmtree(work)
    log.unlink()
    return True


def sweep(case: Case, kind: str, fault: str, follow: bool, first: int, stride: int) -> tuple[int, list[str]]:
    """All points of one kind, until a run goes through without one.

    Every other point is repaired in one way, the rest in the other; with all processes struck it is the other
    way round.
    """
    points, lost = 0, []
    for number in range(first, LIMIT, stride):
        if DEADLINE and time.monotonic() > DEADLINE:
            return points, lost
        odd = bool((number // stride + follow) % 2)
        name = f"{kind}-{fault.replace('=', '-')}-{int(follow)}"
        try:
            if not strike(case, name, CALLS[kind], fault, number, follow, odd):
                return points, lost
        except (Failure, subprocess.TimeoutExpired, OSError) as error:
            where = "all processes" if follow else "llmos-hook"
            lost.append(f"{case.name}: {kind} {fault} at {number}, {where}, {'odd' if odd else 'even'}: {error}")
        points += 1
    return points, lost + [f"{case.name} {kind} {fault}: no end"]


def main() -> int:
    parser = argparse.ArgumentParser(prog="faults.sh", description=__doc__)
    parser.add_argument("what", nargs="*", metavar="CASE", help=f"{', '.join(CASES)}; all by default")
    parser.add_argument("--quick", action="store_true", help="every seventh point, or fewer, of one case each")
    parser.add_argument("--calls", help=f"only these, with commas between: {', '.join(CALLS)}")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every N-th point")
    parser.add_argument("--first", type=int, default=1, metavar="N", help="begin with the N-th point")
    parser.add_argument("--minutes", type=float, help="begin no further point after this time, and say so")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    if wrong := set(options.what) - set(CASES):
        parser.error(f"there is no case {', '.join(sorted(wrong))}")
    calls = options.calls.split(",") if options.calls else list(CALLS)
    if wrong := set(calls) - set(CALLS):
        parser.error(f"there is no call {', '.join(sorted(wrong))}")
    if options.minutes:
        global DEADLINE
        DEADLINE = time.monotonic() + 60 * options.minutes
    with tempfile.TemporaryDirectory(prefix="llmos-faults-") as scratch:
        home = Path(scratch)
        groups = [CASES[name] for name in options.what or CASES]
        cases = [case for group in groups for case in (group[:1] if options.quick else group)]
        for case in cases:
            case.settle(home)
        stride = max(7, options.every) if options.quick else options.every
        kills = [(kind, "signal=SIGKILL") for kind in calls]
        errors = [(kind, f"error={error}") for kind in FAILING if kind in calls for error in ERRORS]
        jobs = [
            (case, kind, fault, follow, options.first, stride)
            for case in cases
            for kind, fault in kills + (errors if case.errors else [])
            for follow in (False, True)
        ]
        total, lost, table = 0, [], {}
        with ThreadPoolExecutor(options.jobs) as pool:
            for job, (points, losses) in zip(jobs, pool.map(lambda job: sweep(*job), jobs)):
                fault = job[2].split("=")[1]
                tried, failed = table.get((job[0].name, fault), (0, 0))
                table[job[0].name, fault] = (tried + points, failed + len(losses))
                total += points
                lost += losses
        print("| case | fault | points tried | lost |\n| --- | --- | ---: | ---: |")
        for (case, fault), (points, failed) in table.items():
            print(f"| {case} | {fault} | {points:,} | {failed} |")
        print(f"| all | | {total:,} | {len(lost)} |")
        if DEADLINE and time.monotonic() > DEADLINE:
            print("\nThe time was over before all points were tried.")
        for text in lost[:20]:
            print(text, file=sys.stderr)
        if lost and os.environ.get("LLMOS_FAULTS_KEEP"):
            shutil.copytree(home, os.environ["LLMOS_FAULTS_KEEP"], symlinks=True)
        return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
