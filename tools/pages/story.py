"""A project with a past: six features, some of them side by side, a gate that failed, two incidents, a violation.

Everything is done by the real programs with real git. They know no other time than the clock's, so at the end all
times are put where the story has them: in the commits, the ledgers, what the hooks wrote down, and the notes.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

import hermetic
from governed import NO_HOOKS

MINUTE, HOUR, DAY = 60, 3600, 86400
PEOPLE = [
    ("Ada Ivanova", "ada@example.invalid"),
    ("Grace Wu", "grace@example.invalid"),
    ("Léa Müller", "lea@example.invalid"),
]


class Story:
    """A repository, its worktrees, and the clock of the story."""

    def __init__(self, root: Path, programs: Path, name: str = "shop") -> None:
        self.root, self.programs = root, programs
        self.main = root / name
        self.main.mkdir(parents=True)
        (root / "home").mkdir()
        self.here = self.main
        # It ends a little before now.
        self.now = int(time.time()) - 23 * DAY
        self.seen: dict[str, int] = {}
        self.person = PEOPLE[0]
        self.number = 0

    # MARK: Doing

    def run(self, *words: str, good: Iterable[int] = (0,), **more: str) -> str:
        """Runs a program in the worktree at hand, at the story's time."""
        variables = hermetic.environment(
            self.root / "home", self.programs, author=self.person, date=self.now, **({"LLMOS_ACTOR": "OWNER"} | more)
        )
        done = hermetic.run(words, at=self.here, environment=variables, seconds=120)
        if done.returncode not in good:
            raise SystemExit(hermetic.failure(words, done))
        self.note()
        return done.stdout

    def git(self, *words: str, **more: str) -> str:
        return self.run("git", *words, **more)

    def hook(self, *words: str, **more: str) -> str:
        return self.run(str(self.programs / "llmos-hook"), *words, **more)

    def note(self) -> None:
        """Remembers what is new since the last call as of now."""
        variables = hermetic.environment(self.root / "home", self.programs)
        words = ["git", "for-each-ref", "--format=%(objectname)", "refs/heads", "refs/llmos/ledger"]
        for tip in hermetic.run(words, at=self.main, environment=variables).stdout.split():
            self.seen.setdefault(tip, self.now)

    def wait(self, seconds: float) -> None:
        self.now += int(seconds)

    def write(self, path: str, text: str) -> None:
        file = self.here / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    # MARK: What happens

    def commits(self, feature: str, count: int, *, over: float) -> None:
        """Commits of people, and every third of an agent through step."""
        for turn in range(count):
            self.wait(over / count)
            self.number += 1
            self.person = PEOPLE[self.number % len(PEOPLE)]
            self.write(f"src/{feature}/part{turn % 7}.txt", f"{feature} {self.number}\n")
            subject = f"{['Add', 'Check', 'Simplify', 'Name', 'Test'][self.number % 5]} part {turn % 7} of {feature}"
            if self.number % 3 == 0:
                self.hook("step", "-m", subject, "src", LLMOS_AGENT="DEV", LLMOS_ACTOR="")
            else:
                self.git("add", "-A", "src", "docs")
                self.git("commit", "-qm", subject)

    def brief(self, feature: str, title: str) -> None:
        self.hook("set", "FEATURE_DEVELOPMENT", "BRIEF", "--context", f"feature_slug={feature}")
        self.write(f"docs/features/{feature}/feature_brief.md", f"# {title}\n\nWhat it is for, and for whom.\n")

    def next(self, hours: float, count: int = 1) -> None:
        for _ in range(count):
            self.wait(hours * HOUR)
            self.hook("next-phase", "--reason", "agreed")

    def deploy(self, environment: str, hours: float = 1) -> None:
        self.hook("set", "DEPLOYMENT", "PRE_DEPLOY", "--context", f"target_environment={environment}")
        self.next(hours, 3)

    def gate(self, *, passes: bool) -> None:
        """A quality gate, set in the phase at hand."""
        self.hook("set", "QUALITY_GATE")
        self.next(2)
        self.wait(HOUR)
        auditor = {"LLMOS_AGENT": "QUALITY_AUDITOR", "LLMOS_ACTOR": ""}
        self.hook("verdict", "PASS" if passes else "FAIL", **auditor)

    def worktree(self, name: str) -> Path:
        """A worktree beside the main one, with a branch of its own."""
        self.here = self.main
        directory = self.root / name
        self.git("worktree", "add", "-q", str(directory), "-b", f"feature/{name}")
        return directory


def tell(root: Path, programs: Path) -> Path:
    """Makes the repository below `root`, and returns its main worktree."""
    story = Story(root, programs)
    story.write("README", "A shop.\n")
    story.git("init", "-q", "-b", "main")
    story.git("add", "-A")
    story.git("commit", "-qm", "Begin")
    story.hook("install", "--no-scripts")
    story.next(3, 4)

    # A feature as it should be.
    story.wait(4 * HOUR)
    story.brief("login", "Customers log in with a passkey")
    story.next(5, 3)
    story.commits("login", 50, over=2.5 * DAY)
    story.next(3)
    story.next(4)
    story.next(2)
    story.git("tag", "v1.0")
    story.deploy("staging")
    story.deploy("production")

    # One whose gate fails, and is passed after the work was made anew.
    story.wait(6 * HOUR)
    story.brief("search", "Search finds what was misspelt")
    story.next(4, 3)
    target = story.git("rev-parse", "HEAD").strip()
    story.commits("search", 40, over=2 * DAY)
    story.gate(passes=False)
    story.wait(HOUR)
    story.hook("rollback", target, "--reason", "search slows down every page")
    story.hook("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "made anew after the rollback")
    story.commits("search", 30, over=1.5 * DAY)
    story.gate(passes=True)
    story.next(4, 2)

    # Two more, side by side with what follows.
    export = story.worktree("export")
    billing = story.worktree("billing")
    story.here = export
    story.brief("export", "Orders leave as a spreadsheet")
    story.here = billing
    story.brief("billing", "Bills are sent by the month")
    story.wait(3 * HOUR)
    story.hook(
        "set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "the design is that of the old billing, and agreed"
    )
    story.commits("billing", 30, over=DAY)
    story.here = export
    story.next(4, 3)
    story.commits("export", 45, over=1.5 * DAY)

    # A deployment that fails, and the incident after it.
    story.here = story.main
    story.hook("set", "DEPLOYMENT", "PRE_DEPLOY", "--context", "target_environment=production")
    story.next(1)
    story.wait(20 * MINUTE)
    story.hook("event", "deploy-failure", "--context", "incident_type=checkout-down")
    story.next(0.5, 3)
    story.wait(HOUR)
    story.hook("next-phase", "--reason", "checkout works again")
    story.wait(3 * HOUR)

    story.brief("profile", "A page of one's own")
    story.next(4)
    # Somebody who could not wait, with the hooks off; and the owner's yes to a hotfix.
    story.wait(HOUR)
    story.person = PEOPLE[1]
    story.hook("allow", "--once", "--reason", "the certificate expires tonight")
    story.write("certificate", "new\n")
    story.git("add", "certificate")
    story.git("commit", "-qm", "Renew the certificate")
    story.next(4, 2)
    story.commits("profile", 40, over=1.2 * DAY)
    story.next(2)
    story.next(3)

    story.hook("set", "INCIDENT_RECOVERY", "FREEZE", "--context", "incident_type=slow-database")
    story.next(1, 3)
    story.wait(HOUR)
    story.hook("next-phase", "--reason", "the index was missing")
    story.hook("set", "MAINTENANCE")
    story.next(3, 3)

    story.brief("theme", "The shop looks like the season")
    story.next(3)
    story.wait(2 * HOUR)
    story.person = PEOPLE[1]
    story.write("src/theme/colours.txt", "red\n")
    story.git("add", "-A", "src")
    story.git(*NO_HOOKS, "commit", "-qm", "Quick colours, before the design is agreed")
    story.wait(HOUR)
    story.hook("allow", "--commits", "HEAD", "--reason", "only colours; the design has them now")
    story.next(3, 2)
    story.commits("theme", 40, over=1.5 * DAY)

    story.here = billing
    story.next(2)
    story.write("src/billing/late.txt", "late\n")
    story.wait(HOUR)
    story.git("add", "-A", "src")
    story.git(*NO_HOOKS, "commit", "-qm", "One more thing, while QA looks at it")
    story.here = export
    story.commits("export", 22, over=DAY)
    rewrite(story)
    return story.main


# MARK: The times


def checksum(line: bytes) -> str:
    """FNV-1a, as a landing's line ends (Sources/Core/Landing/Landing.swift)."""
    value = 0xCBF29CE484222325
    for byte in line:
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


class Rewriting:
    """New names for old ones, with the story's times in what they name."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.names: dict[str, str] = {}
        self.environment = hermetic.environment(story.root / "home", story.programs)

    def git(self, *words: str, stdin: bytes | None = None) -> bytes:
        return subprocess.run(
            ["git", *NO_HOOKS, *words],
            cwd=self.story.main,
            env=self.environment,
            input=stdin,
            check=True,
            stdout=subprocess.PIPE,
        ).stdout

    def renamed(self, text: str) -> str:
        """Text with the new names in it; names are looked up word by word."""
        out, word = [], []
        for letter in text + "\0":
            if letter in "0123456789abcdef":
                word.append(letter)
                continue
            name = "".join(word)
            out.append(self.names.get(name, name) + letter)
            word = []
        return "".join(out)[:-1]

    def write(self, kind: str, content: bytes) -> str:
        return self.git("hash-object", "-w", "-t", kind, "--stdin", stdin=content).decode().strip()

    def commits(self) -> None:
        """Code: the engine's own commits have the clock's time."""
        started = self.story.now - 60 * DAY
        for old in self.git("rev-list", "--topo-order", "--reverse", "--branches").decode().split():
            raw = self.git("cat-file", "commit", old).decode()
            head, body = raw.split("\n\n", 1)
            lines = []
            for line in head.splitlines():
                if line.startswith(("author ", "committer ")) and old in self.story.seen:
                    words = line.rsplit(" ", 2)
                    if abs(int(words[1]) - self.story.seen[old]) > DAY / 2 or int(words[1]) < started:
                        words[1] = str(self.story.seen[old])
                    line = " ".join(words)
                lines.append(self.renamed(line) if line.startswith("parent ") else line)
            new = self.write("commit", ("\n".join(lines) + "\n\n" + body).encode())
            self.names[old] = new

    def landed(self, text: bytes) -> bytes:
        """A landing's line names entries and commits, and has a time and a checksum."""
        out = []
        for line in text.decode().split("\n"):
            words = line.split(" ")
            if len(words) == 10:
                at = self.story.seen.get(words[6])
                if at is not None:
                    words[3] = str(at)
                line = self.renamed(" ".join(words[:9]))
                line += " " + checksum(line.encode())
            out.append(line)
        return "\n".join(out).encode()

    def ledger(self, reference: str) -> None:
        times, last = {}, self.story.now
        for name in self.git("rev-list", "--first-parent", reference).decode().split():
            # Of entries that one command made, only the last was seen.
            times[name] = last = self.story.seen.get(name, last)
        for old in reversed(times):
            at = self.story.seen[old] = times[old]
            raw = self.git("cat-file", "commit", old).decode()
            head, body = raw.split("\n\n", 1)
            # A message that is its subject alone says nothing of the tree, which is another one from now on.
            body = body.split("\n", 1)[0] + "\n"
            tree = []
            for line in self.git("ls-tree", old).decode().splitlines():
                about, name = line.split("\t")
                mode, kind, blob = about.split()
                if name in ("gate", "entry.json", "landed", "branches"):
                    content = self.git("cat-file", "blob", blob)
                    if name == "landed":
                        content = self.landed(content)
                    elif name == "entry.json":
                        entry = json.loads(self.renamed(content.decode()))
                        entry["at"] = stamp(at)
                        content = json.dumps(entry, separators=(",", ":"), ensure_ascii=False).encode()
                    else:
                        content = self.renamed(content.decode()).encode()
                    blob = self.write("blob", content)
                    self.names[about.split()[2]] = blob
                tree.append(f"{mode} {kind} {blob}\t{name}")
            made = self.git("mktree", stdin=("\n".join(tree) + "\n").encode()).decode().strip()
            lines = []
            for line in head.splitlines():
                if line.startswith("tree "):
                    line = f"tree {made}"
                elif line.startswith(("author ", "committer ")):
                    words = line.rsplit(" ", 2)
                    line = f"{words[0]} {at} +0000"
                else:
                    line = self.renamed(line)
                lines.append(line)
            self.names[old] = self.write("commit", ("\n".join(lines) + "\n\n" + self.renamed(body)).encode())
        self.git("update-ref", reference, self.names[self.git("rev-parse", reference).decode().strip()])

    def notes(self) -> None:
        at = {self.names.get(name, name): moment for name, moment in self.story.seen.items()}
        kept: dict[str, list[str]] = {}
        for line in self.git("notes", "--ref=llmos", "list").decode().splitlines():
            blob, commit = line.split()
            for text in self.git("cat-file", "blob", blob).decode().splitlines():
                record = json.loads(self.renamed(text))
                record["at"] = stamp(at.get(record["entry"], self.story.now))
                kept.setdefault(self.names.get(commit, commit), []).append(
                    json.dumps(record, separators=(",", ":"), ensure_ascii=False)
                )
        self.git("update-ref", "-d", "refs/notes/llmos")
        for commit, lines in kept.items():
            self.git("notes", "--ref=llmos", "add", "-f", "-F", "-", commit, stdin="\n".join(lines).encode())


def stamp(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def rewrite(story: Story) -> None:
    """Puts all times where the story has them."""
    new = Rewriting(story)
    new.commits()
    heads = new.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/heads", "refs/tags").decode()
    ledgers = new.git("for-each-ref", "--format=%(refname)", "refs/llmos/ledger").decode().split()
    # The main one first: the others' first entries name its.
    for reference in sorted(ledgers, key=lambda name: not name.endswith("/main")):
        new.ledger(reference)
    for line in heads.splitlines():
        reference, old = line.split()
        new.git("update-ref", reference, new.names.get(old, old))
    new.notes()
    private = story.main / ".git/llmos"
    for log in (private / "landings").iterdir():
        log.write_bytes(new.landed(log.read_bytes()))
    for cached in story.main.glob(".git/**/llmos/verified.*"):
        cached.unlink()
