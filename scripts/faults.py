#!/usr/bin/env python3
"""Sweeps over system calls: at the N-th of each kind the program dies, or the call fails, for every N.

After each, the repository must be exactly as before or exactly at the target: by itself, or after
`rollback --continue`, or after `rollback --abort`. Call it through scripts/faults.sh.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

STATE = "SCENARIO_STATE.yml"
LLMOS = str(Path(os.environ.get("LLMOS_HOOK_BIN") or sys.exit("faults: LLMOS_HOOK_BIN is not set")).absolute() / "llmos-hook")

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
LIMIT = 2_000  # a sweep that goes on for longer has a mistake
DEADLINE = None  # after which no further point is begun


class Failure(Exception):
    pass


class Case:
    """A repository before a command, and what it looks like before and after."""

    def __init__(self, name: str, home: Path, command: list[str]):
        self.name, self.home, self.command = name, home, command
        self.template = home / f"template-{name}"
        self.environment = {
            "HOME": str(home), "PATH": os.pathsep.join([str(Path(LLMOS).parent), "/usr/bin", "/bin"]),
            "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C.UTF-8", "LLMOS_ACTOR": "OWNER",
            "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.invalid",
            "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.invalid",
        }

    def run(self, *words: str, at: Path, check: bool = True) -> subprocess.CompletedProcess:
        done = subprocess.run(
            words, cwd=at, env=self.environment, capture_output=True, text=True, errors="replace",
            stdin=subprocess.DEVNULL, timeout=120,
        )
        if check and done.returncode:
            raise Failure(f"{' '.join(words)}: exit {done.returncode}\n{done.stderr}")
        return done

    def build(self) -> None:
        """Every kind of change there is between two trees, and every kind of uncommitted work."""
        at = self.template
        at.mkdir()
        git = lambda *words: self.run("git", *words, at=at)  # noqa: E731
        git("init", "-q", "-b", "main")
        (at / ".gitignore").write_text("*.log\n")
        for number in range(12):
            (at / f"changed-{number}").write_text(f"old {number}\n" * 50)
        (at / "removed/deep").mkdir(parents=True)
        (at / "removed/deep/file").write_text("removed later\n")
        (at / "removed.log").write_text("tracked once\n")
        git("add", "-f", "removed.log")
        (at / "mode").write_text("#!/bin/sh\n")
        (at / "becomes-directory").write_text("a file\n")
        (at / "becomes-file").mkdir()
        (at / "becomes-file/inner").write_text("inner\n")
        (at / "link").symlink_to("changed-1")
        (at / "staged").write_text("staged\n")
        (at / "edited").write_text("edited\n")
        git("add", ".")
        git("commit", "-qm", "one")
        git("tag", "v1")
        for number in range(12):
            (at / f"changed-{number}").write_text(f"new {number}\n" * 40)
        git("rm", "-rqf", "removed", "removed.log", "becomes-directory", "becomes-file")
        (at / "mode").chmod(0o755)
        (at / "becomes-directory").mkdir()
        (at / "becomes-directory/inner").write_text("inner\n")
        (at / "becomes-file").write_text("a file\n")
        (at / "link").unlink()
        (at / "link").symlink_to("elsewhere")
        (at / "added").write_text("added\n")
        git("add", ".")
        git("commit", "-qm", "two")
        self.run(LLMOS, "install", at=at)
        self.run(LLMOS, "set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", at=at)
        if self.name != "clean":
            (at / "staged").write_text("staged anew\n")
            (at / "both").write_text("new and staged\n")
            git("add", "staged", "both")
            (at / "both").write_text("and edited\n")
            (at / "edited").write_text("edited anew\n")
            (at / "changed-3").unlink()
            (at / "removed.log").write_text("ignored, and in the way\n")
            (at / "removed").mkdir()
            (at / "removed/deep").write_text("untracked, and in the way\n")
            (at / "untracked/deep").mkdir(parents=True)
            (at / "untracked/deep/file").write_text("untracked\n")
            (at / "kept.log").write_text("ignored\n")
        if self.name == "undo":
            self.run(LLMOS, "rollback", "v1", "--force", at=at)
        self.before = self.fingerprint(at)
        work = self.copy("reference")
        self.run(LLMOS, *self.command, at=work)
        self.after = self.fingerprint(work)
        if self.before == self.after:
            raise Failure("the command changes nothing")

    def copy(self, name: str) -> Path:
        work = self.home / f"{self.name}-{name}"
        self.run("rm", "-rf", str(work), at=self.home)
        self.run("cp", "-a", str(self.template), str(work), at=self.home)
        return work

    def fingerprint(self, at: Path) -> str:
        """Files, index and HEAD; commits by their trees and parents, since they carry the time."""
        lines = []
        for directory, names, files in os.walk(at):
            if ".git" in names:
                names.remove(".git")
            for name in files + [name for name in names if (Path(directory) / name).is_symlink()]:
                path = Path(directory) / name
                if path == at / STATE:
                    continue
                mode = path.lstat().st_mode
                content = os.readlink(path).encode() if stat.S_ISLNK(mode) else path.read_bytes()
                digest = hashlib.sha1(content).hexdigest()
                lines.append(f"{path.relative_to(at)} {stat.S_IFMT(mode):o} {bool(mode & 0o100)} {digest}")
        lines.sort()
        lines.append(self.run("git", "ls-files", "-s", at=at).stdout)
        lines.append(self.run("git", "status", "--porcelain=v2", "--branch", "-uall", at=at).stdout.split("\n", 1)[1])
        lines.append(self.run("git", "log", "--format=%T", at=at).stdout)
        return "\n".join(lines)

    # MARK: One point

    def strike(self, name: str, calls: str, fault: str, number: int, follow: bool, way: str) -> str | None:
        """Strikes once and repairs.

        Returns how it ended, or None when there was no such call any more.
        """
        work = self.copy(name)
        log = self.home / f"{self.name}-{name}.strace"
        inject = f"inject={calls}:{fault}:when={number}"
        done = self.run(
            "strace", *(["-f"] if follow else []), "-qq", "-o", str(log), "-e", f"trace={calls}", "-e", "signal=none",
            "-e", inject, LLMOS, *self.command, at=work, check=False,
        )
        text = log.read_text(errors="replace")
        if "INJECTED" not in text and "killed by SIGKILL" not in text and done.returncode == 0:
            return None
        # A git that outlived its parent holds the lock until it ends.
        for _ in range(200):
            ended = self.run(LLMOS, "rollback", way, at=work, check=False)
            if ended.returncode != 75:
                break
        if ended.returncode not in (0, 66) and "already finished" not in ended.stderr:
            raise Failure(f"rollback {way}: exit {ended.returncode}\n{ended.stderr}\nfirst: {done.stderr}")
        found = self.fingerprint(work)
        wanted = {"before": self.before, "after": self.after}
        if ended.returncode == 0 and not (work / ".git/llmos/rollback.json").exists():
            wanted.pop("before" if way == "--continue" else "after", None)
        match = [key for key, value in wanted.items() if value == found]
        if not match:
            (self.home / "found").write_text(found)
            (self.home / "before").write_text(self.before)
            (self.home / "after").write_text(self.after)
            raise Failure(f"neither before nor after; then {way}: {ended.stderr}\nfirst: {done.stderr}")
        if (work / ".git/index.lock").exists():
            raise Failure("index.lock is left")
        status = json.loads(self.run(LLMOS, "status", "--json", at=work).stdout)
        if status["pending_rollback"] or status["scenario"] != "FEATURE_DEVELOPMENT" and ended.returncode == 0:
            raise Failure(f"the state is {status}")
        self.run("git", "fsck", "--no-progress", at=work)
        shutil.rmtree(work)
        log.unlink()
        return "repaired" if ended.returncode == 0 else match[0]


def sweep(case: Case, kind: str, fault: str, follow: bool, first: int, stride: int) -> tuple[int, list[str]]:
    """All points of one kind, until a run goes through without one.

    Every other point is continued, the rest aborted; with all processes struck it is the other way round.
    """
    points, lost = 0, []
    for number in range(first, LIMIT, stride):
        if DEADLINE and time.monotonic() > DEADLINE:
            return points, lost
        way = "--continue" if (number // stride + follow) % 2 else "--abort"
        name = f"{kind}-{fault.replace('=', '-')}-{int(follow)}"
        try:
            if case.strike(name, CALLS[kind], fault, number, follow, way) is None:
                return points, lost
        except (Failure, subprocess.TimeoutExpired) as error:
            lost.append(f"{case.name}: {kind} {fault} at {number}, {'all processes' if follow else 'llmos-hook'}, {way}: {error}")
        points += 1
    return points, lost + [f"{case.name} {kind} {fault}: no end"]


def main() -> int:
    parser = argparse.ArgumentParser(prog="faults.sh", description=__doc__)
    parser.add_argument("what", nargs="?", choices=["rollback"], default="rollback")
    parser.add_argument("--quick", action="store_true", help="every seventh point, or fewer, of one case")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every N-th point")
    parser.add_argument("--first", type=int, default=1, metavar="N", help="begin with the N-th point")
    parser.add_argument("--minutes", type=float, help="begin no further point after this time, and say so")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    if options.minutes:
        global DEADLINE
        DEADLINE = time.monotonic() + 60 * options.minutes
    with tempfile.TemporaryDirectory(prefix="llmos-faults-") as scratch:
        home = Path(scratch)
        cases = [Case("dirty", home, ["rollback", "v1", "--force"])]
        if not options.quick:
            cases += [
                Case("clean", home, ["rollback", "v1"]),
                Case("reset", home, ["rollback", "v1", "--mode", "reset", "--force"]),
                Case("undo", home, ["rollback", "--undo"]),
            ]
        for case in cases:
            case.build()
        stride = max(7, options.every) if options.quick else options.every
        kills = [(kind, "signal=SIGKILL") for kind in CALLS]
        errors = [(kind, f"error={error}") for kind in FAILING for error in ERRORS]
        jobs = [
            (case, kind, fault, follow, options.first, stride)
            for case in cases
            for kind, fault in kills + (errors if case is cases[0] else [])
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
