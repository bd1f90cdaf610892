"""A team at work at once: clones with several worktrees, agents that step, owners that move phases and push, a strict
server, and a host that squashes, merges and rebases their pull requests by plumbing.

One clone has no hooks of ours: the owner accepts what comes from it. One forgets `sync`. At the end every commit of
main must be proven but the last of the clone without hooks, and these too once the owner has accepted them.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import hermetic
import programs

from .host import Host
from .member import LLMOS, Member, Team

# What a commit of main may be.
PROVEN = {"SATISFIED", "CHECKPOINT", "DERIVED", "OVERRIDDEN", "PREDATES"}


def clone(team: Team, host: Host, name: str, worktrees: int) -> list[Member]:
    """A clone with our hooks, and a worktree for each of its features."""
    owner = Member(team, host, team.home / name)
    owner.must("git", "clone", "-q", str(host.at), str(owner.at), at=team.home)
    owner.must(LLMOS, "--quiet", "install", "--no-scripts")
    owner.must(LLMOS, "--quiet", "set", "MAINTENANCE")
    members = []
    for number in range(worktrees):
        slug = f"{name}-{number}"
        owner.must(LLMOS, "--quiet", "feature", "start", slug, "--dir", str(team.home / f"{name}-w{number}"))
        members.append(Member(team, host, team.home / f"{name}-w{number}", owner))
    return members


def prepare(team: Team) -> tuple[Host, list[Member]]:
    """The strict server, main with its first commit, three clones, and the two that do not do as they should."""
    host = Host(team, team.home / "server.git")
    first = Member(team, host, team.home / "first")
    first.at.mkdir()
    for words in (
        ["git", "init", "-q", "-b", "main"],
        ["git", "remote", "add", "origin", str(host.at)],
        [LLMOS, "--quiet", "install"],
    ):
        first.must(*words)
    (first.at / "README").write_text("one\n")
    first.must("git", "add", ".")
    first.must(LLMOS, "--quiet", "allow", "--once", "--reason", "the beginning")
    first.must("git", "commit", "-qm", "one")
    first.must(LLMOS, "--quiet", "sync", "--push")
    members: list[Member] = []
    for number in range(team.clones):
        members += clone(team, host, f"clone{number}", team.worktrees)
    forgetful = clone(team, host, "forgetful", 1)
    for one in forgetful:
        one.forgets = True
    plain = Member(team, host, team.home / "plain")
    plain.must("git", "clone", "-q", str(host.at), str(plain.at), at=team.home)
    plain.is_plain, plain.reader = True, members[0].owner
    return host, [*members, *forgetful, plain]


def judge(team: Team, host: Host, members: list[Member], last: set[str]) -> None:
    """What is not as it must be when the work is over.

    `last` is what the clone without hooks brought last, which nobody has accepted yet.
    """
    for one in members:
        if not one.is_plain:
            one.must(LLMOS, "sync", again=True)
            one.must(LLMOS, "sync", again=True, at=one.owner.at)
    mirror = Member(team, host, team.home / "mirror.git")
    mirror.must("git", "clone", "-q", "--mirror", str(host.at), str(mirror.at), at=team.home)

    reasons: dict[str, str] = {}

    def verdicts(*words: str) -> dict[str, str]:
        done = mirror.ask(LLMOS, "verify", "--strict", "--json", *words)
        if not done.stdout:
            team.faults.append(hermetic.failure(["verify", *words], done))
            return {}
        said = json.loads(done.stdout)
        team.faults.extend(f"verify finds: {text}" for text in said.get("findings", []))
        reasons.update((one["commit"], one["reason"]) for one in said["commits"])
        return {one["commit"]: one["verdict"] for one in said["commits"]}

    main = verdicts("main")
    team.verdicts = Counter(main.values())
    brought = {commit: kind for commit, kind in main.items() if kind not in PROVEN}
    for commit in brought.keys() - last:
        team.faults.append(f"main has {commit}, {brought[commit]}, {reasons[commit]}: {host.log.get(commit, 'a push')}")
    team.faults.extend(f"{commit} is {main.get(commit)}, and no hook saw it" for commit in last - brought.keys())
    if last:
        members[0].owner.accept(sorted(last))
        mirror.must("git", "remote", "update")
        left = {commit: kind for commit, kind in verdicts("main").items() if kind not in PROVEN}
        team.faults.extend(f"main still has {commit}, {kind}" for commit, kind in left.items())
    for one in members:
        if not one.is_plain:
            one.must(LLMOS, "doctor")


def main() -> int:
    parser = programs.parser("team", __doc__)
    parser.add_argument("minutes", nargs="?", type=float, default=10)
    parser.add_argument("--rounds", type=int, help="so many pull requests of each worktree, however long it takes")
    parser.add_argument("--clones", type=int, default=3)
    parser.add_argument("--worktrees", type=int, default=4, help="of each clone")
    parser.add_argument("--at-once", type=int, default=8, help="members at work at once")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--keep", metavar="DIR", help="where everything is copied when something is wrong")
    options = parser.parse_intermixed_args()
    where = programs.directory()
    with tempfile.TemporaryDirectory(prefix="llmos-team-", dir=programs.memory()) as scratch:
        team = Team(Path(scratch), where, options)
        begun = time.monotonic()
        host, members = prepare(team)
        end = time.monotonic() + 60 * options.minutes
        workers = [threading.Thread(target=one.work, args=(end, options.rounds)) for one in members]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        last = members[-1].play(-1)
        judge(team, host, members, set(last))
        counts = ", ".join(f"{kind} {count}" for kind, count in sorted(team.verdicts.items()))
        print(
            f"team.sh --seed {options.seed}: {len(members)} members, {time.monotonic() - begun:.0f} s, "
            f"{team.tally['steps']} steps, {team.tally['phases']} phases entered, {team.tally['pushes']} pushes "
            f"({team.tally['refused']} refused, {team.tally['passed']} of them passed after sync), "
            f"{len(host.log)} pull requests merged: {counts}; "
            f"{len(last)} not proven, of the clone without hooks; {len(team.faults)} faults"
        )
        for text in team.faults[:20]:
            print(text, file=sys.stderr)
        if team.faults and options.keep:
            shutil.copytree(scratch, options.keep, symlinks=True)
        return 1 if team.faults else 0
