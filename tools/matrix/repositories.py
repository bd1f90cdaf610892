"""The repositories of one run, and what git and llmos-hook say of one."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import hermetic
from governed import NO_HOOKS, STATE
from hermetic import Done

from .operation import FIXTURE, TAGS

LIMIT = 60  # seconds that one command may take

# Names that git, or we, move without bringing code anywhere (githooks(5), reference-transaction).
EXEMPT = re.compile(r"refs/(stash$|notes/|remotes/|tags/|prefetch/|bisect/|replace/|llmos/|original/)")


class Repositories:
    """The scratch directory of one run, with a template for each phase, and for the twin without hooks."""

    def __init__(self, scratch: Path, programs: Path):
        self.scratch, self.programs = scratch, programs

    def run(self, root: Path, *words: str, at: Path | None = None, check: bool = False, **more: str) -> Done:
        environment = hermetic.environment(
            root / "home",
            self.programs,
            author=("A U Thor", "author@example.com"),
            committer=("C O Mitter", "committer@example.com"),
            date=1766900000,
            FILTER_BRANCH_SQUELCH_WARNING="1",
        )
        at = at or root / "repo sitóry"
        done = hermetic.run(words, at=at, environment=environment | more, seconds=LIMIT)
        if check and done.returncode:
            sys.exit(f"matrix: {hermetic.failure(words, done)}")
        return done

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
        self.run(forbid, "llmos-hook", "--quiet", "set", "FEATURE_DEVELOPMENT", "QA", "--reason", "test", check=True)
        for root in (allow, forbid):
            self.run(root, "sh", "-c", TAGS, check=True)
            self.run(root, "llmos-hook", "sync", "server", check=True)
        twin = self.copy("allow", "twin")
        self.run(twin, "llmos-hook", "uninstall", check=True)
        ours = "refs/llmos refs/notes/llmos refs/notes/llmos-remotes"
        delete = f"git for-each-ref --format='delete %(refname)' {ours} | git update-ref --stdin"
        self.run(twin, "sh", "-c", delete, check=True)
        self.run(twin, "rm", "-rf", ".git/llmos", STATE)
        # What is there already, and therefore lands nowhere: all branches, here and on the remote.
        at = self.run(allow, "git", "for-each-ref", "--format=%(objectname)", "refs/heads", "refs/remotes").stdout
        self.tags = self.run(forbid, "git", "for-each-ref", "--format=%(objectname)", "refs/tags").stdout.split()
        there = self.run(
            allow, "git", "for-each-ref", "--format=%(objectname)", "refs/heads", at=allow / "remote.git"
        ).stdout
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

    def has(self, words: str) -> bool:
        """Whether git knows a command, such as `history reword`, or its option, such as `commit --trailer`."""
        command, *rest = words.split()
        done = self.run(self.scratch / "twin", "git", command, "-h")
        text = done.stdout + done.stderr
        known = (
            re.search(rf"--(\[no-\])?{word[2:]}\b" if word.startswith("--") else f"git {command} {word}", text)
            for word in rest
        )
        return "is not a git command" not in text and all(known)

    def refuses(self, version: str) -> bool:
        """Whether git is at least of this version, such as `2.46`; no version is none."""
        numbers = re.compile(r"\d+")
        said = self.run(self.scratch / "twin", "git", "version").stdout
        wanted = [int(number) for number in numbers.findall(version)]
        return bool(wanted) and [int(number) for number in numbers.findall(said)[: len(wanted)]] >= wanted

    # MARK: What is there

    def tips(self, root: Path) -> dict[str, str]:
        """Where every branch stands, every worktree's HEAD, and any other name that can carry code."""
        lines = self.run(root, "git", "for-each-ref", "--format=%(refname) %(objectname)").stdout.splitlines()
        names = {name: id for name, id in (line.split() for line in lines) if not EXEMPT.match(name)}
        at = None
        for line in self.run(root, "git", "worktree", "list", "--porcelain").stdout.splitlines():
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
        return self.run(root, *words, check=True).stdout.split()

    def refused_by(self, root: Path) -> str:
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

    def reported(self, root: Path, at: Path | None = None) -> str:
        """Whether `status` says that something landed; its words."""
        for words in (["status"], ["status", "--json"]):
            done = self.run(root, "llmos-hook", *words, at=at)
            for line in (done.stderr + done.stdout).splitlines():
                if words[-1] == "--json" and line.startswith("{"):
                    quarantine = json.loads(line).get("quarantine")
                    if quarantine:
                        return json.dumps(quarantine)
                elif re.search(r"quarantine|landed|violation", line, re.IGNORECASE):
                    return line
        return ""

    def served(self, root: Path, commit: str) -> str:
        """`refused`, or what the server itself says of a commit that it takes."""
        if not self.push(root, commit):
            return "refused"
        there = root / "server.git"
        lines = json.loads(self.run(root, "llmos-hook", "verify", "--json", "pushed", at=there).stdout)["commits"]
        self.run(root, "git", "update-ref", "-d", "refs/heads/pushed", at=there)
        return next((line["verdict"] for line in lines if line["commit"] == commit), "not named")

    def pushes(self, root: Path, commit: str) -> bool:
        """Whether the server takes a commit from a client whose hooks are off."""
        done = self.push(root, commit)
        self.run(root, "git", "update-ref", "-d", "refs/heads/pushed", at=root / "server.git")
        return done

    def push(self, root: Path, commit: str) -> bool:
        """Pushes it to the server, where it is `pushed` then; whether that is taken."""
        self.run(root, "llmos-hook", "sync", "server")
        # git does not push from a shallow repository; a server has a home of its own.
        (root / "repo sitóry/.git/shallow").unlink(missing_ok=True)
        home = {"HOME": str(root / "server.git")}
        done = self.run(root, "git", *NO_HOOKS, "push", "-q", "server", f"+{commit}:refs/heads/pushed", **home)
        return done.returncode == 0
