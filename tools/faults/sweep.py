"""Strikes a case at the N-th system call of a kind, for every N."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass

from .case import LLMOS, Case, Failure

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


@dataclass(frozen=True)
class Sweep:
    """All points of one kind of call and one fault, of a case."""

    case: Case
    kind: str  # of CALLS
    fault: str  # as strace spells it: signal=SIGKILL, error=ENOSPC
    follow: bool  # whether the children of llmos-hook are struck too
    first: int = 1
    stride: int = 1

    @property
    def name(self) -> str:
        """The fault's own name."""
        return self.fault.split("=")[1]

    def run(self, deadline: float | None) -> tuple[int, list[str]]:
        """Strikes point after point, until a run goes through without one, or the deadline has passed.

        Every other point is repaired in one way, the rest in the other; with all processes struck it is the
        other way round. Returns how many points there were, and what was lost.
        """
        points, lost = 0, []
        for number in range(self.first, LIMIT, self.stride):
            if deadline and time.monotonic() > deadline:
                return points, lost
            odd = bool((number // self.stride + self.follow) % 2)
            try:
                if not self.strike(number, odd):
                    return points, lost
            except (Failure, subprocess.TimeoutExpired, OSError) as error:
                where = "all processes" if self.follow else "llmos-hook"
                way = "odd" if odd else "even"
                lost.append(f"{self.case.name}: {self.kind} {self.fault} at {number}, {where}, {way}: {error}")
            points += 1
        return points, [*lost, f"{self.case.name} {self.kind} {self.fault}: no end"]

    def strike(self, number: int, odd: bool) -> bool:
        """Strikes a copy once and checks it.

        Returns whether there was such a call at all.
        """
        case, calls = self.case, CALLS[self.kind]
        name = f"{self.kind}-{self.fault.replace('=', '-')}-{int(self.follow)}"
        work = case.copy(name)
        log = case.home / f"{case.name}-{name}.strace"
        trace = ["strace", *(["-f"] if self.follow else []), "-qq", "-o", str(log), "-e", f"trace={calls}"]
        inject = ["-e", "signal=none", "-e", f"inject={calls}:{self.fault}:when={number}"]
        child = subprocess.Popen(
            [*trace, *inject, LLMOS, *case.command],
            cwd=work / case.inside,
            env=case.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
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
