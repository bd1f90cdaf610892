"""One operation, tried where the phase forbids commits, where it allows them, and where no hooks are."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

from hermetic import Done

from .operation import PRELUDE, Operation
from .picture import Picture
from .repositories import LIMIT, Repositories
from .table import Row

# Words of a script that leaves something in the index by itself.
STAGING = r"edit|add|commit|squash|apply|stash|-n\b|symbolic-ref|rebase|revert|cherry_pick"

# What only a hook, or the owner, can make of a commit.
PROVEN = {"SATISFIED", "CHECKPOINT", "ROLLBACK", "OVERRIDDEN", "PREDATES"}

# Where some hooks or all are out of the way.
HOOKLESS = {"hooks switched off", "files written by hand", "other implementations"}

# How each of them is ended, as a person would do it.
ENDINGS = [
    ("rebase-apply/applying", "am --abort"),
    ("rebase-merge", "rebase --abort"),
    ("rebase-apply", "rebase --abort"),
    ("CHERRY_PICK_HEAD", "cherry-pick --abort"),
    ("REVERT_HEAD", "revert --abort"),
    ("sequencer", "cherry-pick --quit"),
    ("MERGE_HEAD", "merge --abort"),
    ("BISECT_LOG", "bisect reset"),
]


class Trial:
    """Tries operations in copies of the templates."""

    def __init__(self, repositories: Repositories):
        self.all = repositories

    def perform(self, operation: Operation, root: Path, script: str | None = None) -> Done:
        more = dict(operation.environment)
        if script is None:
            script = operation.script
            trace = root / "trace"
            trace.mkdir()
            more["GIT_TRACE2_EVENT"] = str(trace)
        if operation.python:
            return self.all.run(root, sys.executable, "-c", script, **more)
        return self.all.run(root, "sh", "-c", f"set -e\n{PRELUDE}\n{script}", **more)

    def end(self, row: Row, root: Path) -> None:
        """Ends what a refusal left in progress; that must always be possible."""
        gits = [root / "repo sitóry/.git", *(root / "repo sitóry/.git/worktrees").glob("*")]
        for git in gits:
            at = root / "repo sitóry" if git.name == ".git" else Path((git / "gitdir").read_text().strip()).parent
            for mark, command in ENDINGS:
                if (git / mark).exists():
                    done = self.all.run(root, "git", *command.split(), at=at)
                    row.ends_with = f"git {command}"
                    if done.returncode:
                        row.problems.append(
                            f"git {command} after the refusal: exit {done.returncode}: {first(done.stderr)}"
                        )
            left = [mark for mark, _ in ENDINGS if (git / mark).exists()]
            if left:
                row.problems.append(f"left behind: {' '.join(left)}")

    def swallow(self, row: Row, root: Path) -> None:
        """git has already moved the files of a refused fast-forward or reset: no later commit takes them over."""
        if not self.all.run(root, "git", "diff", "--cached", "--name-only").stdout:
            return
        self.all.run(root, "llmos-hook", "--quiet", "set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "test")
        mine = ["sh", "-c", "echo mine >mine; git add mine; git commit -qm mine && git show --name-only --format= HEAD"]
        done = self.all.run(root, *mine)
        if done.returncode == 0 and done.stdout != "mine\n":
            row.problems.append(f"forbidding: the next commit swallows {' '.join(done.stdout.split())}")
            return
        row.ends_with = "git restore --source=HEAD --staged --worktree :/"
        self.all.run(root, *row.ends_with.split())
        done = self.all.run(root, *mine)
        if done.stdout != "mine\n":
            row.problems.append(
                f"forbidding: it cannot be cleaned up: {first(done.stderr)} {' '.join(done.stdout.split())}"
            )

    def judge(self, row: Row, root: Path, landed: dict[str, list[str]]) -> None:
        """What is said of commits that landed: by the next status, by verify, by the server."""
        everywhere = self.all.reported(root)
        row.noticed = "yes"
        for name in landed:
            # A branch is everybody's; a detached HEAD may be its own worktree's alone.
            own = Path(name[8:]) if name.startswith("HEAD of ") else None
            if not everywhere and not (own and self.all.reported(root, own)):
                row.noticed = "no"
        row.verify = self.verdicts(root, landed)
        tips = {commits[0] for commits in landed.values()}
        row.server = " ".join(sorted({self.all.served(root, commit) for commit in tips}))

    def verdicts(self, root: Path, landed: dict[str, list[str]]) -> str:
        """What verify says of new commits, each verdict once."""
        verdicts = set()
        for commits in landed.values():
            done = self.all.run(root, "llmos-hook", "verify", "--json", commits[0])
            try:
                lines = json.loads(done.stdout)["commits"]
            except (ValueError, KeyError):
                verdicts.add(f"exit {done.returncode}: {first(done.stderr)}")
                continue
            said = {line["commit"]: line["verdict"] for line in lines}
            verdicts |= {said.get(commit, "not named") for commit in commits}
        return " ".join(sorted(verdicts))

    def prove(self, operation: Operation, row: Row, roots: dict[str, Path]) -> None:
        """What verify says where the phase allows commits: what a hook saw is proved, what none saw is not."""
        row.proof = self.verdicts(roots["allow"], self.all.landed(roots["allow"]))
        # Where a hook stands in the way in the other phase, it sees the commit in this one. Where only the
        # wrong one is left, it lets pass what nobody writes down.
        seen = row.forbidding == "blocked" or row.proven
        bad = {"UNSEEN", "UNPROVEN", "VIOLATION"} if seen else PROVEN
        if operation.group in HOOKLESS and seen:
            bad = set()
        if (bad | {"not named"}) & set(row.proof.split()):
            row.problems.append(f"allowing: verify says {row.proof} of what {'a' if seen else 'no'} hook saw")
        self.all.run(roots["blind"], "git", "config", "core.hooksPath", "../no-hooks")
        self.perform(operation, roots["blind"], operation.twin or operation.script)
        self.all.run(roots["blind"], "git", "config", "--unset-all", "core.hooksPath")
        row.blind = self.verdicts(roots["blind"], self.all.landed(roots["blind"]))
        if PROVEN & set(row.blind.split()):
            row.problems.append(f"allowing: verify says {row.blind} of what no hook saw")

    def hold(self, row: Row, root: Path) -> None:
        """The process does not go on over what landed."""
        if row.noticed == "yes" and self.all.reported(root):
            done = self.all.run(root, "llmos-hook", "next-phase")
            if done.returncode != 1 or "quarantine" not in done.stderr:
                row.problems.append(
                    f"forbidding: it landed, and next-phase goes on: exit {done.returncode}: {first(done.stderr)}"
                )

    def try_all(self, operation: Operation) -> Row:
        row = Row(operation.group, operation.name, operation.kind)
        name = hashlib.sha1(f"{operation.group}\n{operation.name}".encode()).hexdigest()[:10]
        roots = {kind: self.all.copy(kind, f"{name} tést {kind}") for kind in ("forbid", "allow", "twin")}
        roots["blind"] = self.all.copy("allow", f"{name} tést blind")
        for root in roots.values():
            self.all.run(root, "git", "update-index", "-q", "--refresh")
        try:
            if operation.kind == "refused":
                self.try_refused(operation, row, roots["allow"])
            else:
                self.try_phases(operation, row, roots)
                if operation.kind != "none":
                    self.prove(operation, row, roots)
        except subprocess.TimeoutExpired as error:
            row.problems.append(f"not done after {LIMIT} s: {str(error.cmd)[-200:]}")
        except Exception as error:  # noqa: BLE001 (a mistake of ours, which must not pass for a result)
            row.problems.append(f"the matrix failed: {error!r}")
        finally:
            for root in roots.values():
                subprocess.run(["rm", "-rf", str(root)], check=False)
        return row

    def try_refused(self, operation: Operation, row: Row, root: Path) -> None:
        """What an agent may not do, where commits are allowed."""
        done = self.perform(operation, root)
        ready = root / "ready"
        if not ready.exists():
            row.problems.append(f"the preparations failed: {first(done.stderr)}")
            return
        row.hook = self.all.refused_by(root) or "llmos-hook"
        self.end(row, root)
        after = self.all.run(root, "git", "for-each-ref", "--format=%(refname) %(objectname)", "refs/heads").stdout
        if done.returncode and "llmos-hook: " in done.stderr and after == ready.read_text():
            row.allowing = "refused"
        else:
            row.allowing = "BROKEN"
            row.problems.append(f"not refused: exit {done.returncode}: {first(done.stderr)}")

    def try_phases(self, operation: Operation, row: Row, roots: dict[str, Path]) -> None:
        twin = self.perform(operation, roots["twin"], operation.twin or operation.script)
        if twin.returncode != operation.code:
            row.problems.append(f"without hooks: exit {twin.returncode}: {first(twin.stderr)}")
            return
        brings = bool(self.all.landed(roots["twin"]))
        if operation.kind != "strict" and brings != (operation.kind != "none"):
            row.problems.append(f"without hooks it brings {'a' if brings else 'no'} commit")
            return
        expected = Picture(self.all, roots["twin"])
        allowed = self.perform(operation, roots["allow"])
        row.allowing = self.compare(row, "allowing", expected, twin, allowed, roots["allow"])
        if brings and operation.kind == "brings" and row.allowing == "same":
            tips = {commits[0] for commits in self.all.landed(roots["allow"]).values()}
            if not all(self.all.pushes(roots["allow"], commit) for commit in tips):
                row.problems.append("allowing: the server refuses it")

        forbidden = self.perform(operation, roots["forbid"])
        if operation.kind == "none" or (operation.kind == "strict" and forbidden.returncode == twin.returncode):
            row.forbidding = self.compare(row, "forbidding", expected, twin, forbidden, roots["forbid"])
            if row.forbidding != "same":
                row.hook = self.all.refused_by(roots["forbid"])
        else:
            landed = self.all.landed(roots["forbid"]) if brings else {}
            if landed:
                row.forbidding = "landed"
                self.judge(row, roots["forbid"], landed)
                if operation.kind == "derived" and (row.verify, row.server) != ("DERIVED", "DERIVED"):
                    row.problems.append(f"forbidding: verify says {row.verify}, and the server has it {row.server}")
                self.hold(row, roots["forbid"])
                return
            row.forbidding = "blocked"
            row.hook = self.all.refused_by(roots["forbid"])
            said = (
                forbidden.stdout
                + forbidden.stderr
                + "".join(path.read_text(errors="replace") for path in [roots["forbid"] / "o"] if path.exists())
            )
            if not row.hook and "llmos-hook: " in said:
                row.hook = "a hook that the library runs" if operation.python else operation.name.split()[0]
            if not row.hook:
                row.problems.append(f"forbidding: it fails, but no hook of ours refused: {first(said)}")
            self.end(row, roots["forbid"])
        self.spare(row, roots["forbid"])
        if row.forbidding == "blocked" and not re.search(STAGING, operation.script):
            self.swallow(row, roots["forbid"])

    def spare(self, row: Row, root: Path) -> None:
        """Where nothing landed, nobody says that something did."""
        alarm = self.all.reported(root)
        if alarm:
            row.problems.append(f"forbidding: nothing landed, and status says: {alarm}")
        head = self.all.run(root, "git", "rev-parse", "-q", "--verify", "HEAD").stdout.strip()
        if not head or self.all.new(root, head):
            return  # unborn, or a look at a tag's commit, which is new to every branch
        verdicts = self.all.run(root, "llmos-hook", "verify", "--json", head).stdout
        if '"VIOLATION","reason' in verdicts:
            row.problems.append("forbidding: nothing landed, and verify names a VIOLATION")
        if not self.all.pushes(root, head):
            row.problems.append("forbidding: nothing landed, and the server refuses HEAD")

    def compare(self, row: Row, phase: str, expected: Picture, twin: Done, done: Done, root: Path) -> str:
        found = Picture(self.all, root)
        differences = []
        if twin.returncode != done.returncode:
            differences.append(f"exit {done.returncode} instead of {twin.returncode}: {first(done.stderr)}")
        differences += expected.differences(found)
        row.problems += [f"{phase}: {text}" for text in differences[:3]]
        return "BROKEN" if differences else "same"


def first(text: str) -> str:
    """The line that says why."""
    lines = [line for line in text.splitlines() if line.strip()]
    ours = [line for line in lines if "llmos-hook: " in line]
    return (ours or lines or [""])[0][:160]
