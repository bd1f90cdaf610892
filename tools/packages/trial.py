"""Installs packages in a bare system, and uses them there."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

# What a new user does: a commit that is refused, one that lands, and what tells of both.
USE = r"""
set -eu
rm -rf "/root/of $1" && mkdir "/root/of $1" && cd "/root/of $1" && git init -q .
llmos-hook install >/dev/null
llmos-hook --quiet set FEATURE_DEVELOPMENT BRIEF --context feature_slug=trial
echo text >file && git add file
if git commit -qm "Add a file" 2>refusal; then echo "a commit landed in BRIEF" && exit 1; fi
grep -q "does not allow commit_changes" refusal
llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason trial
git commit -qm "Add a file"
LLMOS_AGENT=DEV ./step.sh "Add the rest" >/dev/null
llmos-hook --quiet doctor
[ "$(llmos-hook verify | grep -c ^SATISFIED)" -eq 2 ]
"""

# The package is gone, and its repositories are governed on.
AFTER = r"""
set -eu
if command -v llmos-hook; then exit 1; fi
cd "/root/of $1"
git commit -q --allow-empty -m "Land without the package"
git log -1 --format=%B | grep -q "^Scenario: FEATURE_DEVELOPMENT/IMPLEMENTATION"
if LLMOS_AGENT=DEV git commit -q --allow-empty -m "Slip through" 2>refusal; then exit 1; fi
grep -q "agents commit through step.sh" refusal
"""

# Another version was installed over it, older or newer: what is governed goes on, and the programs work with it.
ANOTHER = r"""
set -eu
cd "/root/of $1"
git commit -q --allow-empty -m "Land by the copy of the gate"
git log -1 --format=%B | grep -q "^Scenario: FEATURE_DEVELOPMENT/IMPLEMENTATION"
if LLMOS_AGENT=DEV git commit -q --allow-empty -m "Slip through" 2>refusal; then exit 1; fi
grep -q "agents commit through step.sh" refusal
llmos-hook --quiet status >/dev/null
cmp -s "$(command -v llmos-gate)" .git/llmos/bin/llmos-gate ||
  llmos-hook doctor | grep -q "of another version; next: llmos-hook install"
llmos-hook install >/dev/null
llmos-hook --quiet doctor
LLMOS_AGENT=DEV ./step.sh --amend "Land by the new one" >/dev/null
[ "$(llmos-hook verify | grep -c ^SATISFIED)" -ge 3 ]
"""

# By kind: how it is installed, where its programs are, how it is removed; {file} is the package.
KINDS = {
    ".tar.xz": ("/root/package/*/install.sh --prefix /usr/local", "/usr/local/bin", "rm /usr/local/bin/llmos-*"),
    ".deb": ("dpkg -i /root/package/{file}", "/usr/bin", "dpkg -r llmos-hook"),
    ".whl": (
        "python3 -m venv /opt/venv && /opt/venv/bin/pip install --no-index --force-reinstall /root/package/{file}",
        "/opt/venv/bin",
        "/opt/venv/bin/pip uninstall -y llmos-hook",
    ),
}


class System:
    """A copy of a root, with /proc, that is removed at the end."""

    def __init__(self, root: Path) -> None:
        """Copies it."""
        self.scratch = tempfile.TemporaryDirectory()
        self.root = Path(self.scratch.name) / "root"
        subprocess.run(["cp", "-a", "--reflink=auto", root, self.root], check=True)
        shutil.copy("/etc/resolv.conf", self.root / "etc/resolv.conf")
        subprocess.run(["mount", "-t", "proc", "proc", self.root / "proc"], check=True)

    def __enter__(self) -> System:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Removes it."""
        subprocess.run(["umount", self.root / "proc"], check=True)
        self.scratch.cleanup()

    def run(self, script: str, path: str = "", argument: str = "") -> str | None:
        """Runs a shell script inside.

        Returns: what it printed, where it failed; nil where it did not.
        """
        environment = {"PATH": f"{path}:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/root"}
        environment |= {f"GIT_{who}_NAME": "Trial" for who in ["AUTHOR", "COMMITTER"]}
        environment |= {f"GIT_{who}_EMAIL": "trial@example.org" for who in ["AUTHOR", "COMMITTER"]}
        command = ["chroot", str(self.root), "/bin/sh", "-c", script, "sh", argument]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return None if done.returncode == 0 else (done.stdout + done.stderr)[-3000:]


def passes(root: Path, output: Path, before: Path | None) -> bool:
    """Tries each package in a copy of a bare system, from and to those of another version, and says how it went."""
    name = next(
        line.split("=")[1].strip('"')
        for line in (root / "etc/os-release").read_text().splitlines()
        if line.startswith("PRETTY_NAME=")
    )
    good = True
    with System(root) as system:
        git = subprocess.run(["chroot", system.root, "git", "--version"], capture_output=True, text=True, check=True)
        print(f"{name}, {git.stdout.strip()}")
        place = system.root / "root/package"
        for kind, (install, programs, remove) in KINDS.items():
            file = put(output, kind, place)
            older = put(before, kind, system.root / "root/before") if before else None
            if kind == ".whl":
                prepare = "apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y python3-venv"
            else:
                prepare = "true"
            if older:
                earlier = install.format(file=older.name).replace("/root/package/", "/root/before/")
            install = install.format(file=file.name)
            first = [("what it needs", prepare), ("installed", install), ("used", USE)]
            if older:
                over = [
                    ("downgraded", earlier),
                    ("used with what a newer one made", ANOTHER),
                    ("used when older", USE),
                    ("upgraded", install),
                    ("used with what an older one made", ANOTHER),
                ]
            else:
                over = [("installed over itself", install), ("used again", USE)]
            for what, script in [*first, *over, ("removed", remove), ("commits are judged on", AFTER)]:
                problem = system.run(script, programs if "used" in what else "", kind)
                if problem is not None:
                    good = False
                    print(f"  {file.name}: NOT {what}\n{problem}")
                    break
            else:
                through = "downgraded, upgraded" if older else "installed again"
                print(f"  {file.name}: installed, used, {through}, removed; commits are judged on")
    return good


def put(packages: Path, kind: str, place: Path) -> Path:
    """Puts a package of a kind into an empty directory, unpacked where it is an archive.

    Returns: the package.
    """
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    file = next(path for path in sorted(packages.iterdir()) if path.name.endswith(kind))
    if kind == ".tar.xz":
        with tarfile.open(file) as content:
            content.extractall(place, filter="tar")
    else:
        shutil.copy(file, place)
    return file
