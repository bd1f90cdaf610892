"""What there is after an operation, for a comparison with what there is where no hooks are."""

from __future__ import annotations

import hashlib
import os
import re
import time
from pathlib import Path

from governed import STATE, files

from .repositories import Repositories

# What an operation in progress leaves below .git.
MARKS = [
    "MERGE_HEAD",
    "CHERRY_PICK_HEAD",
    "REVERT_HEAD",
    "REBASE_HEAD",
    "BISECT_LOG",
    "SQUASH_MSG",
    "AUTO_MERGE",
    "rebase-merge",
    "rebase-apply",
    "sequencer",
    "index.lock",
    "HEAD.lock",
    "ORIG_HEAD",
    "FETCH_HEAD",
]


class Picture:
    """Everything an operation may have changed, without what differs in any two runs: the ids of new
    commits, the trailers in their messages, our own references and files.
    """

    def __init__(self, repositories: Repositories, root: Path):
        self.all, self.root = repositories, root
        self.lines = {}
        for at in self.found():
            self.lines |= {f"{at.relative_to(root)}: {key}": value for key, value in self.look(at).items()}

    def found(self) -> list[Path]:
        found = []
        for directory, names, leaves in os.walk(self.root):
            if ".git" in names or ".git" in leaves or ({"HEAD", "config"} <= set(leaves) and "objects" in names):
                found.append(Path(directory))
            apart = (".git", "objects", "trace", "server.git", "home")
            names[:] = [name for name in names if name not in apart and "objects" not in names]
        return sorted(found)

    def git(self, at: Path, *words: str) -> str:
        return self.all.run(self.root, "git", "--no-replace-objects", *words, at=at, GIT_OPTIONAL_LOCKS="0").stdout

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
            result["status"] = others(self.git(at, "status", "--porcelain", "-uall", "--ignored"))
            result["index"] = others(self.git(at, "ls-files", "-s"))
            result |= {f"file {name}": f"{bool(mode & 0o100)} {digest[:10]}" for name, mode, digest in files(at)}
        return result

    def commits(self, at: Path) -> dict[str, str]:
        """A name for each commit that is the same wherever the same was done."""
        shape = "%H%x00%T%x00%P%x00%an <%ae> %at%x00%B%x01"
        text = self.git(
            at,
            "log",
            "--topo-order",
            "--reverse",
            f"--format={shape}",
            "--exclude=refs/llmos/*",
            "--exclude=refs/notes/*",
            "--all",
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


def others(text: str) -> str:
    """A text without the lines about the state file."""
    return "\n".join(line for line in text.splitlines() if STATE not in line)


def plain(text: str) -> str:
    """A text without ids, which differ with the trailers."""
    return re.sub(r"\b[0-9a-f]{7,40}\b", "ID", text)


def short(text: str | None) -> str:
    return "nothing" if text is None else repr(text[-100:])
