"""The programs that the tools try, and how a tool is called."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def directory() -> Path:
    """Where llmos-hook and llmos-gate are: in LLMOS_HOOK_BIN, else where scripts/build.sh now builds them."""
    if named := os.environ.get("LLMOS_HOOK_BIN"):
        if not (Path(named) / "llmos-hook").exists():
            sys.exit(f"tools: there is no llmos-hook in LLMOS_HOOK_BIN, {named}")
        return Path(named).absolute()
    # Standard output is for the results alone.
    if code := subprocess.run([ROOT / "scripts/build.sh"], stdout=sys.stderr, check=False).returncode:
        sys.exit(code)
    return ROOT / ".build-release/bin"


def parser(name: str, description: str) -> argparse.ArgumentParser:
    """A command line of scripts/NAME.sh, with the docs of the program as its help."""
    return argparse.ArgumentParser(
        prog=f"{name}.sh", description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def known(parser: argparse.ArgumentParser, kind: str, names: Iterable[str], all_names: Iterable[str]) -> None:
    """Ends with a message when a name is none of those that there are."""
    if wrong := [name for name in names if name not in all_names]:
        parser.error(f"there is no {kind} {', '.join(wrong)}; there are: {', '.join(all_names)}")


def memory() -> str | None:
    """Where many small files are made: in memory where there is room, else wherever the system has it (None)."""
    place = Path("/dev/shm")
    return str(place) if os.access(place, os.W_OK) and shutil.disk_usage(place).free > 4 << 30 else None
