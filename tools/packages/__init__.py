"""Packages: what a user installs without building.

package.sh make [--output DIR]
    Builds a clean copy of HEAD, and makes of it, in DIR (default: dist):
    llmos-hook-VERSION-linux-ARCH.tar.xz   programs, man pages, completions, and install.sh to put them below a prefix
    llmos-hook_VERSION_ARCH.deb            for Debian and its kin: apt install ./FILE
    llmos_hook-VERSION-py3-none-….whl      for pip, pipx and uvx
    SHA256SUMS
    With LLMOS_HOOK_BIN set to a directory of built programs, these are taken and nothing is built.

package.sh same [--output DIR]
    Makes them a second time and compares: two builds of one commit give the same bytes.

package.sh try ROOT... [--output DIR] [--before DIR]
    Installs each of them in a copy of each ROOT, a bare system with git as debootstrap(8) makes it
    (debootstrap --variant=minbase --include=git SUITE ROOT), uses it in a new repository there, installs it once more,
    removes it, and looks whether commits are judged on. Where DIR has packages of another version, these are installed
    over it, and it over these. As root, because of chroot(8).

Exit codes: 0 done, 1 something is not as it should be, 69 a program is missing, 70 the build failed.
"""

from __future__ import annotations

import argparse
import filecmp
import sys
import tempfile
from pathlib import Path

from . import make, trial


def same(output: Path) -> int:
    """Makes the packages again elsewhere, and compares."""
    with tempfile.TemporaryDirectory() as other:
        names = make.packages(Path(other))
        differing = [name for name in names if not filecmp.cmp(output / name, Path(other) / name, shallow=False)]
    for name in names:
        print(f"{'differs' if name in differing else 'the same'}: {name}")
    return 1 if differing else 0


def main() -> int:
    """Runs what the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="package.sh", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("action", choices=["make", "same", "try"])
    parser.add_argument("roots", nargs="*", type=Path)
    parser.add_argument("--output", type=Path, default=Path("dist"))
    parser.add_argument("--before", type=Path)
    options = parser.parse_args()
    output = options.output.absolute()
    if (options.action == "try") != bool(options.roots):
        parser.error("try takes roots, and nothing else does")
    if options.action == "same":
        return same(output)
    if options.action == "try":
        passed = [trial.passes(root, output, options.before) for root in options.roots]
        return 0 if all(passed) else 1
    for name in make.packages(output):
        print(f"{(output / name).stat().st_size:>10,}  {output / name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
