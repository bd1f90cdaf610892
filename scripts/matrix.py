#!/usr/bin/env python3
"""Runs every operation of matrix_operations.py with real git, and prints what llmos-hook does about it.

In a phase that forbids commits an operation that brings one is blocked, or it lands, and then the next
`status` reports it, `verify` calls it a VIOLATION and a server refuses it. In a phase that allows commits,
and for operations that bring none, everything is as in a twin repository without hooks. Call it through
scripts/matrix.sh.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import stat
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

from matrix_operations import FIXTURE, PRELUDE, TAGS, Operation, operations

STATE = "SCENARIO_STATE.yml"
DOCUMENT = Path(__file__).resolve().parent.parent / "docs/enforcement.md"
BEGIN, END = "<!-- matrix: begin -->", "<!-- matrix: end -->"
BINARIES = Path(os.environ.get("LLMOS_HOOK_BIN") or sys.exit("matrix: LLMOS_HOOK_BIN is not set")).absolute()
FREE = ["git", "-c", "core.hooksPath=/dev/null"]
LIMIT = 60  # seconds that one command may take

# Names that git, or we, move without bringing code anywhere (githooks(5), reference-transaction).
EXEMPT = re.compile(r"refs/(stash$|notes/|remotes/|tags/|prefetch/|bisect/|replace/|llmos/|original/)")

# What an operation in progress leaves below .git.
MARKS = [
    "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "REBASE_HEAD", "BISECT_LOG", "SQUASH_MSG", "AUTO_MERGE",
    "rebase-merge", "rebase-apply", "sequencer", "index.lock", "HEAD.lock", "ORIG_HEAD", "FETCH_HEAD",
]

# Words of a script that leaves something in the index by itself.
STAGING = r"edit|add|commit|squash|apply|stash|-n\b|symbolic-ref|rebase|revert|cherry_pick"

# How each of them is ended, as a person would do it.
ENDINGS = [
    ("rebase-apply/applying", "am --abort"), ("rebase-merge", "rebase --abort"), ("rebase-apply", "rebase --abort"),
    ("CHERRY_PICK_HEAD", "cherry-pick --abort"), ("REVERT_HEAD", "revert --abort"), ("sequencer", "cherry-pick --quit"),
    ("MERGE_HEAD", "merge --abort"), ("BISECT_LOG", "bisect reset"),
]


@dataclass
class Outcome:
    code: int
    out: str
    err: str


@dataclass
class Row:
    """What came of one operation."""

    group: str
    name: str
    kind: str
    forbidding: str = ""  # blocked, landed, same
    hook: str = ""  # which hook blocked it
    ends_with: str = ""  # what ends what the refusal left behind
    noticed: str = ""
    verify: str = ""
    server: str = ""
    allowing: str = ""
    problems: list[str] = field(default_factory=list)  # why it counts as broken

    @property
    def landed(self) -> bool:
        return self.forbidding == "landed"

    @property
    def unnoticed(self) -> bool:
        return self.landed and self.kind != "incoming" and (self.noticed != "yes" or self.verify != "VIOLATION")

    @property
    def accepted(self) -> bool:
        """It landed and a server takes it."""
        return self.landed and self.server != "refused"


class Matrix:
    """The scratch directory of one run, with a template for each phase, and for the twin without hooks."""

    def __init__(self, scratch: Path):
        self.scratch = scratch

    def environment(self, root: Path) -> dict[str, str]:
        return {
            "HOME": str(root / "home"), "PATH": f"{BINARIES}:/usr/local/bin:/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "A U Thor", "GIT_AUTHOR_EMAIL": "author@example.com",
            "GIT_COMMITTER_NAME": "C O Mitter", "GIT_COMMITTER_EMAIL": "committer@example.com",
            "GIT_AUTHOR_DATE": "1766900000 +0000", "GIT_COMMITTER_DATE": "1766900000 +0000", "TZ": "UTC",
            "LC_ALL": "C.UTF-8", "GIT_TERMINAL_PROMPT": "0", "GIT_EDITOR": "true", "FILTER_BRANCH_SQUELCH_WARNING": "1",
        }

    def run(self, root: Path, *words: str, at: Path | None = None, check: bool = False, **more: str) -> Outcome:
        done = subprocess.run(
            words, cwd=at or root / "repo sitóry", env=self.environment(root) | more, capture_output=True, text=True,
            errors="replace", stdin=subprocess.DEVNULL, timeout=LIMIT,
        )
        if check and done.returncode:
            sys.exit(f"matrix: {' '.join(words)[:200]}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return Outcome(done.returncode, done.stdout, done.stderr)

    # MARK: Templates

    def build(self) -> None:
        allow = self.scratch / "allow"
        (allow / "home").mkdir(parents=True)
        (allow / "repo sitóry").mkdir()
        older = {"GIT_AUTHOR_DATE": "1766800000 +0000", "GIT_COMMITTER_DATE": "1766800000 +0000"}
        self.run(allow, "git", "init", "-q", "-b", "main", check=True)
        self.run(allow, "sh", "-c", FIXTURE, check=True, **older)
        self.serve(allow)
        forbid = self.copy("allow", "forbid")
        self.run(forbid, "llmos-hook", "--quiet", "set", "FEATURE_DEVELOPMENT", "QA", check=True)
        for root in (allow, forbid):
            self.run(root, "sh", "-c", TAGS, check=True)
            self.run(root, "llmos-hook", "sync", "server", check=True)
        twin = self.copy("allow", "twin")
        self.run(twin, "llmos-hook", "uninstall", check=True)
        self.run(
            twin, "sh", "-c", "git for-each-ref --format='delete %(refname)' refs/llmos refs/notes/llmos refs/notes/llmos-remotes | git update-ref --stdin",
            check=True)
        self.run(twin, "rm", "-rf", ".git/llmos", STATE)
        # What is there already, and therefore lands nowhere: all branches, here and on the remote.
        at = self.run(allow, "git", "for-each-ref", "--format=%(objectname)", "refs/heads", "refs/remotes").out
        self.tags = self.run(forbid, "git", "for-each-ref", "--format=%(objectname)", "refs/tags").out.split()
        there = self.run(
            allow, "git", "for-each-ref", "--format=%(objectname)", "refs/heads", at=allow / "remote.git").out
        self.known = sorted(set(at.split() + there.split()))

    def serve(self, root: Path) -> None:
        """Makes ../server.git with the hooks of a server."""
        self.run(root, "git", "clone", "-q", "--bare", "../remote.git", "../server.git", check=True)
        self.run(root, "llmos-hook", "install", "--server", "--repo", "../server.git", check=True)
        self.run(root, "git", "remote", "add", "server", "../server.git", check=True)
        # Nothing of the server is a remote-tracking branch: it is there to judge.
        self.run(root, "git", "config", "--unset-all", "remote.server.fetch", check=True)
        self.run(root, "git", "config", "remote.server.skipFetchAll", "true", check=True)

    def copy(self, template: str, name: str) -> Path:
        subprocess.run(["cp", "-a", str(self.scratch / template), str(self.scratch / name)], check=True)
        return self.scratch / name

    # MARK: One operation

    def perform(self, operation: Operation, root: Path, script: str | None = None) -> Outcome:
        more = dict(operation.environment)
        if script is None:
            script = operation.script
            trace = root / "trace"
            trace.mkdir()
            more["GIT_TRACE2_EVENT"] = str(trace)
        if operation.python:
            return self.run(root, sys.executable, "-c", script, **more)
        return self.run(root, "sh", "-c", f"set -e\n{PRELUDE}\n{script}", **more)

    def tips(self, root: Path) -> dict[str, str]:
        """Where every branch stands, every worktree's HEAD, and any other name that can carry code."""
        lines = self.run(root, "git", "for-each-ref", "--format=%(refname) %(objectname)").out.splitlines()
        names = {name: id for name, id in (line.split() for line in lines) if not EXEMPT.match(name)}
        at = None
        for line in self.run(root, "git", "worktree", "list", "--porcelain").out.splitlines():
            if line.startswith("worktree "):
                at = line[9:]
            elif line.startswith("HEAD ") and set(line[5:]) != {"0"}:
                names[f"HEAD of {at}"] = line[5:]
        return names

    def landed(self, root: Path) -> dict[str, list[str]]:
        """The new commits by the name that has them."""
        tips = self.tips(root)
        if not self.new(root, *tips.values()):
            return {}
        found = {name: self.new(root, id, is_head=name.startswith("HEAD of ")) for name, id in tips.items()}
        return {name: commits for name, commits in found.items() if commits}

    def new(self, root: Path, *ids: str, is_head: bool = False) -> list[str]:
        """The commits, newest first, that were nowhere before. To look at a tag that is there lands nothing."""
        hidden = self.known + (self.tags if is_head else [])
        words = ["git", "--no-replace-objects", "rev-list", "--ignore-missing", *sorted(set(ids)), "--not", *hidden]
        return self.run(root, *words, check=True).out.split()

    def hooks(self, root: Path) -> str:
        """The hook that refused, as git tells it."""
        for path in sorted((root / "trace").iterdir(), key=lambda path: path.name):
            children = {}
            for line in path.read_text(errors="replace").splitlines():
                event = json.loads(line)
                if event["event"] == "child_start" and event.get("child_class") == "hook":
                    children[event["child_id"]] = event["hook_name"]
                elif event["event"] == "child_exit" and event["code"] and event["child_id"] in children:
                    return children[event["child_id"]]
        return ""

    def end(self, row: Row, root: Path) -> None:
        """Ends what a refusal left in progress; that must always be possible."""
        gits = [root / "repo sitóry/.git", *(root / "repo sitóry/.git/worktrees").glob("*")]
        for git in gits:
            at = root / "repo sitóry" if git.name == ".git" else Path((git / "gitdir").read_text().strip()).parent
            for mark, command in ENDINGS:
                if (git / mark).exists():
                    done = self.run(root, "git", *command.split(), at=at)
                    row.ends_with = f"git {command}"
                    if done.code:
                        row.problems.append(f"git {command} after the refusal: exit {done.code}: {first(done.err)}")
            left = [mark for mark, _ in ENDINGS if (git / mark).exists()]
            if left:
                row.problems.append(f"left behind: {' '.join(left)}")

    def swallow(self, row: Row, root: Path) -> None:
        """git has already moved the files of a refused fast-forward or reset: no later commit takes them over."""
        if not self.run(root, "git", "diff", "--cached", "--name-only").out:
            return
        self.run(root, "llmos-hook", "--quiet", "set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION")
        mine = ["sh", "-c", "echo mine >mine; git add mine; git commit -qm mine && git show --name-only --format= HEAD"]
        done = self.run(root, *mine)
        if done.code == 0 and done.out != "mine\n":
            row.problems.append(f"forbidding: the next commit swallows {' '.join(done.out.split())}")
            return
        row.ends_with = "git restore --source=HEAD --staged --worktree :/"
        self.run(root, *row.ends_with.split())
        done = self.run(root, *mine)
        if done.out != "mine\n":
            row.problems.append(f"forbidding: it cannot be cleaned up: {first(done.err)} {' '.join(done.out.split())}")

    def reported(self, root: Path, at: Path | None = None) -> str:
        """Whether `status` says that something landed; its words."""
        for words in (["status"], ["status", "--json"]):
            done = self.run(root, "llmos-hook", *words, at=at)
            for line in (done.err + done.out).splitlines():
                if words[-1] == "--json" and line.startswith("{"):
                    quarantine = json.loads(line).get("quarantine")
                    if quarantine:
                        return json.dumps(quarantine)
                elif re.search(r"quarantine|landed|violation", line, re.IGNORECASE):
                    return line
        return ""

    def judge(self, row: Row, root: Path, landed: dict[str, list[str]]) -> None:
        """What is said of commits that landed: by the next status, by verify, by the server."""
        everywhere = self.reported(root)
        row.noticed = "yes"
        for name in landed:
            # A branch is everybody's; a detached HEAD may be its own worktree's alone.
            own = Path(name[8:]) if name.startswith("HEAD of ") else None
            if not everywhere and not (own and self.reported(root, own)):
                row.noticed = "no"
        verdicts = set()
        for name, commits in landed.items():
            done = self.run(root, "llmos-hook", "verify", "--json", commits[0])
            try:
                lines = json.loads(done.out)["commits"]
            except (ValueError, KeyError):
                verdicts.add(f"exit {done.code}: {first(done.err)}")
                continue
            said = {line["commit"]: line["verdict"] for line in lines}
            verdicts |= {said.get(commit, "not named") for commit in commits}
        row.verify = " ".join(sorted(verdicts))
        row.server = "refused"
        if any(self.pushes(root, commit) for commit in {commits[0] for commits in landed.values()}):
            row.server = "accepted"

    def hold(self, row: Row, root: Path) -> None:
        """The process does not go on over what landed."""
        if row.noticed == "yes" and self.reported(root):
            done = self.run(root, "llmos-hook", "next-phase")
            if done.code != 1 or "quarantine" not in done.err:
                row.problems.append(f"forbidding: it landed, and next-phase goes on: exit {done.code}: {first(done.err)}")

    def pushes(self, root: Path, commit: str) -> bool:
        """Whether the server takes a commit from a client whose hooks are off."""
        self.run(root, "llmos-hook", "sync", "server")
        # git does not push from a shallow repository; a server has a home of its own.
        (root / "repo sitóry/.git/shallow").unlink(missing_ok=True)
        home = {"HOME": str(root / "server.git")}
        done = self.run(root, *FREE, "push", "-q", "server", f"+{commit}:refs/heads/pushed", **home)
        if done.code:
            return False
        self.run(root, "git", "update-ref", "-d", "refs/heads/pushed", at=root / "server.git")
        return True

    def try_all(self, operation: Operation) -> Row:
        row = Row(operation.group, operation.name, operation.kind)
        name = hashlib.sha1(f"{operation.group}\n{operation.name}".encode()).hexdigest()[:10]
        roots = {kind: self.copy(kind, f"{name} tést {kind}") for kind in ("forbid", "allow", "twin")}
        for root in roots.values():
            self.run(root, "git", "update-index", "-q", "--refresh")
        try:
            if operation.kind == "refused":
                self.try_refused(operation, row, roots["allow"])
            else:
                self.try_phases(operation, row, roots)
        except subprocess.TimeoutExpired as error:
            row.problems.append(f"not done after {LIMIT} s: {str(error.cmd)[-200:]}")
        except Exception as error:  # a mistake of ours, which must not pass for a result
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
            row.problems.append(f"the preparations failed: {first(done.err)}")
            return
        row.hook = self.hooks(root) or "llmos-hook"
        self.end(row, root)
        after = self.run(root, "git", "for-each-ref", "--format=%(refname) %(objectname)", "refs/heads").out
        if done.code and "llmos-hook: " in done.err and after == ready.read_text():
            row.allowing = "refused"
        else:
            row.allowing = "BROKEN"
            row.problems.append(f"not refused: exit {done.code}: {first(done.err)}")

    def try_phases(self, operation: Operation, row: Row, roots: dict[str, Path]) -> None:
        twin = self.perform(operation, roots["twin"], operation.twin or operation.script)
        if twin.code != operation.code:
            row.problems.append(f"without hooks: exit {twin.code}: {first(twin.err)}")
            return
        brings = bool(self.landed(roots["twin"]))
        if operation.kind != "strict" and brings != (operation.kind != "none"):
            row.problems.append(f"without hooks it brings {'a' if brings else 'no'} commit")
            return
        expected = Picture(self, roots["twin"])
        allowed = self.perform(operation, roots["allow"])
        row.allowing = self.compare(row, "allowing", expected, twin, allowed, roots["allow"])
        if brings and operation.kind == "brings" and row.allowing == "same":
            tips = {commits[0] for commits in self.landed(roots["allow"]).values()}
            if not all(self.pushes(roots["allow"], commit) for commit in tips):
                row.problems.append("allowing: the server refuses it")

        forbidden = self.perform(operation, roots["forbid"])
        if operation.kind == "none" or operation.kind == "strict" and forbidden.code == twin.code:
            row.forbidding = self.compare(row, "forbidding", expected, twin, forbidden, roots["forbid"])
            if row.forbidding != "same":
                row.hook = self.hooks(roots["forbid"])
        else:
            landed = self.landed(roots["forbid"]) if brings else {}
            if landed:
                row.forbidding = "landed"
                self.judge(row, roots["forbid"], landed)
                self.hold(row, roots["forbid"])
                return
            row.forbidding = "blocked"
            row.hook = self.hooks(roots["forbid"])
            said = forbidden.out + forbidden.err + "".join(
                path.read_text(errors="replace") for path in [roots["forbid"] / "o"] if path.exists())
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
        alarm = self.reported(root)
        if alarm:
            row.problems.append(f"forbidding: nothing landed, and status says: {alarm}")
        head = self.run(root, "git", "rev-parse", "-q", "--verify", "HEAD").out.strip()
        if not head or self.new(root, head):
            return  # unborn, or a look at a tag's commit, which is new to every branch
        verdicts = self.run(root, "llmos-hook", "verify", "--json", head).out
        if '"VIOLATION","reason' in verdicts:
            row.problems.append("forbidding: nothing landed, and verify names a VIOLATION")
        if not self.pushes(root, head):
            row.problems.append("forbidding: nothing landed, and the server refuses HEAD")

    def compare(
        self, row: Row, phase: str, expected: Picture, twin: Outcome, done: Outcome, root: Path
    ) -> str:
        found = Picture(self, root)
        differences = []
        if twin.code != done.code:
            differences.append(f"exit {done.code} instead of {twin.code}: {first(done.err)}")
        differences += expected.differences(found)
        row.problems += [f"{phase}: {text}" for text in differences[:3]]
        return "BROKEN" if differences else "same"


def first(text: str) -> str:
    """The line that says why."""
    lines = [line for line in text.splitlines() if line.strip()]
    ours = [line for line in lines if "llmos-hook: " in line]
    return (ours or lines or [""])[0][:160]


# MARK: What there is afterwards


class Picture:
    """Everything an operation may have changed, without what differs in any two runs: the ids of new
    commits, the trailers in their messages, our own references and files.
    """

    def __init__(self, matrix: Matrix, root: Path):
        self.matrix, self.root = matrix, root
        self.lines = {}
        for at in self.repositories():
            self.lines |= {f"{at.relative_to(root)}: {key}": value for key, value in self.look(at).items()}

    def repositories(self) -> list[Path]:
        found = []
        for directory, names, files in os.walk(self.root):
            if ".git" in names or ".git" in files or {"HEAD", "config"} <= set(files) and "objects" in names:
                found.append(Path(directory))
            names[:] = [
                name for name in names if name not in (".git", "objects", "trace", "server.git", "home") and "objects" not in names
            ]
        return sorted(found)

    def git(self, at: Path, *words: str) -> str:
        return self.matrix.run(self.root, "git", "--no-replace-objects", *words, at=at, GIT_OPTIONAL_LOCKS="0").out

    def look(self, at: Path) -> dict[str, str]:
        result = {}
        names = self.commits(at)
        reference = "%(refname)%00%(objectname)%00%(*objectname)%00%(objecttype)%00%(symref)%00%(contents:subject)"
        for line in self.git(at, "for-each-ref", f"--format={reference}").splitlines():
            name, id, peeled, kind, target, subject = line.split("\0")
            if name.startswith(("refs/llmos/", "refs/notes/llmos")) or name == "refs/notes/commits":
                continue
            if kind == "commit":
                subject = ""
            result[plain(name)] = f"{kind} {target} {names.get(peeled or id, peeled or id)} {subject}"
        result["notes"] = str(len(self.git(at, "notes", "list").splitlines()))
        head = self.git(at, "symbolic-ref", "-q", "HEAD") or "detached"
        result["HEAD"] = f"{head.strip()} {names.get(self.git(at, 'rev-parse', '-q', '--verify', 'HEAD').strip())}"
        reflog = self.git(at, "reflog", "show", "--format=%gs", "HEAD")
        result["reflog of HEAD"] = plain(reflog.replace(str(self.root), ""))
        git = Path(self.git(at, "rev-parse", "--absolute-git-dir").strip())
        result["in progress"] = " ".join(mark for mark in MARKS if (git / mark).exists())
        if (at / ".git").exists():
            own = lambda text: "\n".join(line for line in text.splitlines() if STATE not in line)  # noqa: E731
            result["status"] = own(self.git(at, "status", "--porcelain", "-uall", "--ignored"))
            result["index"] = own(self.git(at, "ls-files", "-s"))
            result |= {f"file {name}": text for name, text in files(at)}
        return result

    def commits(self, at: Path) -> dict[str, str]:
        """A name for each commit that is the same wherever the same was done."""
        shape = "%H%x00%T%x00%P%x00%an <%ae> %at%x00%B%x01"
        text = self.git(
            at, "log", "--topo-order", "--reverse", f"--format={shape}", "--exclude=refs/llmos/*",
            "--exclude=refs/notes/*", "--all",
        )
        names = {}
        for record in text.split("\x01"):
            if "\0" not in record:
                continue
            id, tree, parents, author, message = record.strip("\n").split("\0")
            # A library may take the clock for the date.
            author = re.sub(r"\d+$", lambda at: "now" if abs(time.time() - int(at[0])) < 3600 else at[0], author)
            words = [line for line in message.splitlines() if line and not re.match(r"(Scenario|Agent): ", line)]
            parts = [tree, author, plain("\n".join(words)), *(names.get(parent, parent) for parent in parents.split())]
            names[id] = hashlib.sha1("\0".join(parts).encode()).hexdigest()[:10] + " " + "".join(words[:1])
        return names

    def differences(self, other: Picture) -> list[str]:
        result = []
        for key in sorted(self.lines.keys() | other.lines.keys()):
            wanted, found = self.lines.get(key), other.lines.get(key)
            if wanted != found:
                result.append(f"{key}: {short(found)} instead of {short(wanted)}")
        return result


def files(at: Path) -> list[tuple[str, str]]:
    """Every file of a worktree that is not git's and not the state."""
    result = []
    for directory, names, leaves in os.walk(at):
        names[:] = [name for name in names if name != ".git"]
        for leaf in leaves:
            path = Path(directory) / leaf
            name = str(path.relative_to(at))
            if name in (STATE, ".git"):
                continue
            mode = path.lstat().st_mode
            content = os.readlink(path).encode() if stat.S_ISLNK(mode) else path.read_bytes()
            result.append((name, f"{bool(mode & 0o100)} {hashlib.sha1(content).hexdigest()[:10]}"))
    return result


def plain(text: str) -> str:
    """A text without ids, which differ with the trailers."""
    return re.sub(r"\b[0-9a-f]{7,40}\b", "ID", text)


def short(text: str | None) -> str:
    return "nothing" if text is None else repr(text[-100:])


# MARK: The table


def table(rows: list[Row]) -> str:
    lines = []
    for group in dict.fromkeys(row.group for row in rows):
        lines += [f"### {group[0].upper()}{group[1:]}", ""]
        lines += [
            "| operation | where the phase forbids commits | where it allows them |", "| --- | --- | --- |"
        ]
        for row in (row for row in rows if row.group == group):
            name = f"`{row.name}`" if row.name.startswith(("git ", "./")) else row.name
            lines.append(f"| {name} | {said(row)} | {row.allowing or '–'} |")
        lines.append("")
    return "\n".join(lines + totals(rows))


def said(row: Row) -> str:
    if row.forbidding == "blocked":
        return f"blocked by {row.hook}" + (f"; `{row.ends_with}` ends it" if row.ends_with else "")
    if row.landed:
        notice = "let in" if row.kind == "incoming" else "lands; " + (
            "reported" if row.noticed == "yes" else "NOT REPORTED")
        return f"{notice}; verify: {row.verify}; server: {row.server}"
    if row.kind == "refused":
        return "–"
    return row.forbidding or "–"


def totals(rows: list[Row]) -> list[str]:
    landed = [row for row in rows if row.landed]
    figures = {
        "operations": len(rows),
        "that bring a new commit": sum(row.kind == "brings" for row in rows),
        "blocked where the phase forbids commits": sum(row.forbidding == "blocked" and row.kind == "brings" for row in rows),
        "landed": sum(row.kind == "brings" for row in landed),
        "of these reported by the next `status`": sum(row.noticed == "yes" and row.kind == "brings" for row in landed),
        "of these a VIOLATION for `verify`": sum(row.verify == "VIOLATION" and row.kind == "brings" for row in landed),
        "of these refused by the server": sum(row.server == "refused" and row.kind == "brings" for row in landed),
        "blocked though the commit is not new": sum(row.forbidding == "blocked" and row.kind == "strict" for row in rows),
        "let in from a remote-tracking branch": sum(row.kind == "incoming" for row in landed),
        "that nobody, or no agent, may do, refused": sum(row.allowing == "refused" for row in rows),
        "that bring no commit, the same in both phases": sum(
            row.kind == "none" and (row.forbidding, row.allowing) == ("same", "same") and not row.problems for row in rows),
        "unnoticed": sum(row.unnoticed for row in rows),
        "taken by the server": sum(row.accepted for row in rows),
        "broken": sum(bool(row.problems) for row in rows),
    }
    return ["| total | |", "| --- | ---: |", *(f"| {name} | {value} |" for name, value in figures.items())]


def main() -> int:
    parser = argparse.ArgumentParser(prog="matrix.sh", description=__doc__)
    parser.add_argument("--group", action="append", metavar="G", help="only the group of this name")
    parser.add_argument("--only", action="append", metavar="NAME", help="only operations whose name has this in it")
    parser.add_argument("--json", metavar="FILE", help="write the rows there too")
    parser.add_argument("--write", action="store_true", help=f"put the table into docs/{DOCUMENT.name}")
    parser.add_argument("--list", action="store_true", help="print group and name of each operation")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    chosen = [
        operation for operation in operations()
        if (not options.group or operation.group in options.group)
        and (not options.only or any(word in operation.name for word in options.only))
    ]
    if options.list:
        for operation in chosen:
            print(f"{operation.group}: {operation.name}")
        return 0
    if not chosen:
        sys.exit("matrix: no operation of that name")
    if options.write and (options.group or options.only):
        sys.exit("matrix: --write needs all operations")
    with tempfile.TemporaryDirectory(prefix="llmos-matrix-") as scratch:
        matrix = Matrix(Path(scratch))
        matrix.build()
        with ThreadPoolExecutor(options.jobs) as pool:
            rows = list(pool.map(matrix.try_all, chosen))
    text = table(rows)
    print(text)
    if options.json:
        Path(options.json).write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    if options.write:
        before, rest = DOCUMENT.read_text().split(BEGIN)
        DOCUMENT.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.split(END)[1]}")
    bad = [row for row in rows if row.problems or row.unnoticed or row.accepted]
    for row in bad:
        why = list(row.problems)
        if row.unnoticed:
            why.append(f"landed; status reports it: {row.noticed}; verify: {row.verify}")
        if row.accepted:
            why.append("the server takes it")
        print(f"{row.group}: {row.name}: {'; '.join(why)}", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
