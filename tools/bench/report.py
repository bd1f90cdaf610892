"""What is printed, written and compared."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from math import inf
from pathlib import Path

from documents import table

from .figures import Result
from .peers import PEERS
from .running import Bench


def machine(bench: Bench) -> dict:
    """What the figures depend on. No host name and no path: the file is to be shared."""

    def first_value(path: str, key: str) -> str:
        lines = Path(path).read_text().splitlines()
        return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(key)), "unknown")

    def libgit2(program: str) -> str:
        done = subprocess.run(["ldd", bench.binaries / program], capture_output=True, text=True, check=False)
        return "shared" if "libgit2" in done.stdout else "static"

    return {
        "cpu": first_value("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "memory GiB": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": platform.freedesktop_os_release()["PRETTY_NAME"],
        "kernel": platform.release(),
        "git": bench.call("git", "--version", directory=bench.scratch).split()[2],
        "python": platform.python_version(),
        "libgit2 in llmos-hook": libgit2("llmos-hook"),
        "libgit2 in llmos-gate": libgit2("llmos-gate"),
        **PEERS,
        "load average before": round(os.getloadavg()[0], 2),
    }


def section(name: str, title: str, result: Result) -> str:
    verdicts = [
        {
            "bound": check.what,
            "measured": check.value,
            "limit": "-" if check.limit is None else f"{check.limit:g}",
            "result": "reported" if check.limit is None else "pass" if check.passed else "FAIL",
        }
        for check in result.checks
    ]
    return "\n\n".join([f"### {name}: {title}", table(result.rows), table(verdicts)])


def compare(old: Path, new: Path, tolerance: float) -> int:
    """Compares the checked figures of two result files; those that only one has are not judged."""

    def figures(path: Path) -> dict[tuple[str, str], float]:
        found = json.loads(path.read_text())["benchmarks"]
        return {(name, check["what"]): check["value"] for name in found for check in found[name]["checks"]}

    before, after = figures(old), figures(new)
    rows = [
        {
            "benchmark": name,
            "figure": what,
            "old": before[name, what],
            "new": value,
            "new to old": value / before[name, what] if before[name, what] else inf if value else 1.0,
            "result": "pass" if value <= before[name, what] * tolerance else "FAIL",
        }
        for (name, what), value in after.items()
        if (name, what) in before
    ]
    if not rows:
        sys.exit("bench: the two files have no figure in common")
    print(table(rows))
    return int(any(row["result"] == "FAIL" for row in rows))


def updated(written: str, sections: list[str]) -> list[str]:
    """The sections of a document in which some were measured anew, or first; the machine and the others stay."""
    old = [part.strip() for part in written.split("\n### ")]
    new = {text.split(":")[0]: text for text in (part.removeprefix("### ") for part in sections)}
    parts = [new.get(part.split(":")[0], part) for part in old]
    known = {part.split(":")[0] for part in old}
    parts += [text for name, text in new.items() if name not in known]
    return [parts[0], *("### " + part for part in parts[1:])]
