"""Many ledger entries and many ledgers, written by ourselves: real ones would take half an hour."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from hashlib import sha1
from pathlib import Path

from governed import LEDGER, NO_HOOKS

from .cached import CACHE, form, imported, remove_programs, working_copy
from .figures import Check, Contender, Result, rows
from .running import AUTHOR, COMMIT, Bench

# Commits with an entry each; the ledgers of a server, the entries of each, the commits of a push.
SEALED, LEDGERS, LENGTH, PUSHED = 100_000, 1_000, 100, 10

# The landings of the transition whose bytes are counted.
LANDED = 50

PARTS = ["SCENARIO_STATE.yml", "branches", "entry.json", "gate", "landed"]


def name(kind: str, content: bytes) -> str:
    """An object's name (gitformat-pack in git's technical documentation)."""
    return sha1(f"{kind} {len(content)}\0".encode() + content).hexdigest()


def checksum(text: str) -> str:
    """FNV-1a, 64 bits, as a line of `landed` ends in."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"{value:016x}"


def message(blobs: dict[str, bytes], sequence: int, head: str, state: str) -> str:
    """What the message of an entry's commit says (Sources/Core/Entry/EntryMessage.swift)."""
    at = re.search(rb'"at":"(.*?)"', blobs["entry.json"])[1].decode()
    said = re.sub(rb'"seq":\d+', b'"seq":0', re.sub(rb'"at":".*?"', b'"at":""', blobs["entry.json"].strip()))
    said = re.sub(rb'"head":"\w+"', b'"head":null', said)
    gate = re.sub(rb"(?m)^seq \d+$", b"seq 0", re.sub(rb"(?m)^head \w+\n", b"", blobs["gate"]))
    return (
        "transition: FEATURE_DEVELOPMENT:IMPLEMENTATION (set)\n\nllmos-entry 1\n"
        f"seq {sequence}\nat {at}\nhead {head}\nsaid {name('blob', said)}\ngate {name('blob', gate)}\n"
        f"state {state}\nreplaced -\n{blobs['landed'].decode()}"
    )


def stream(parts: dict[str, bytes], newest: str, commits: list[str], ledger: str = LEDGER) -> Iterator[bytes]:
    """The stream for git fast-import: an entry after each commit, which seals its landing.

    parts: of a real entry, whose name is `newest` and which stands at the first of the commits.
    """
    person = f"{AUTHOR[0]} <{AUTHOR[1]}> 1600000000 +0000"
    sequence = int(re.search(rb"^seq (\d+)$", parts["gate"], re.M)[1])
    same = {part: name("blob", parts[part]) for part in ["SCENARIO_STATE.yml", "branches"]}
    before, old = newest, commits[0]
    for head in commits[1:]:
        sequence += 1
        line = f"1 {before} made 1600000000 OWNER {old} {head} {head} refs/heads/main"
        said = re.sub(rb'"seq":\d+', b'"seq":%d' % sequence, parts["entry.json"])
        gate = re.sub(rb"(?m)^seq \d+$", b"seq %d" % sequence, parts["gate"])
        blobs = {
            "entry.json": re.sub(rb'"head":"\w+"', b'"head":"%s"' % head.encode(), said),
            "gate": re.sub(rb"(?m)^head \w+$", b"head " + head.encode(), gate),
            "landed": f"{line} {checksum(line)}\n".encode(),
        }
        for content in blobs.values():
            yield b"blob\ndata %d\n%s\n" % (len(content), content)
        ids = same | {part: name("blob", content) for part, content in blobs.items()}
        text = message(blobs, sequence, head, same["SCENARIO_STATE.yml"])
        yield f"commit {ledger}\nauthor {person}\ncommitter {person}\ndata {len(text)}\n{text}".encode()
        # The stream goes on from its own last commit.
        yield (f"from {before}\ndeleteall\n" if before == newest else "deleteall\n").encode()
        yield "".join(f"M 100644 {ids[part]} {part}\n" for part in PARTS).encode() + b"\n"
        tree = b"".join(b"100644 %s\0%s" % (part.encode(), bytes.fromhex(ids[part])) for part in PARTS)
        content = f"tree {name('tree', tree)}\nparent {before}\nauthor {person}\ncommitter {person}\n\n{text}"
        before, old = name("commit", content.encode()), head


def template(bench: Bench, directory: Path) -> tuple[dict[str, bytes], str]:
    """The parts of the newest entry of a repository, and its name."""
    read = {part: ["git", "cat-file", "blob", f"{LEDGER}:{part}"] for part in PARTS[:-1]}
    parts = {part: bench.call(*command, directory=directory).encode() for part, command in read.items()}
    return parts, bench.call("git", "rev-parse", LEDGER, directory=directory).strip()


def sealed(bench: Bench, commits: int) -> Path:
    """A repository with a ledger entry after each of its commits."""
    home = CACHE / f"sealed-{commits}-{form(bench)}"
    directory = home / "repository"
    if not (home / "complete").exists():
        print(f"bench: making {commits:,} commits with an entry each", file=sys.stderr)
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        bench.call("git", "init", "-q", "-b", "main", "--template=", "repository", directory=home)
        imported(bench, directory, commits)
        bench.call(bench.llmos, "install", "--no-scripts", directory=directory)
        enter = [bench.llmos, "--quiet", "set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "test"]
        bench.call(*enter, directory=directory)
        bench.call(*enter, directory=directory)
        parts, newest = template(bench, directory)
        chain = bench.call("git", "rev-list", "--reverse", "imported", directory=directory).split()
        with (home / "stream").open("wb") as out:
            out.writelines(stream(parts, newest, chain))
        with (home / "stream").open() as source:
            bench.call("git", *NO_HOOKS, "fast-import", "--quiet", directory=directory, stdin=source)
        (home / "stream").unlink()
        bench.call("git", *NO_HOOKS, "update-ref", "refs/heads/main", chain[-1], directory=directory)
        bench.call("git", *NO_HOOKS, "branch", "-qD", "imported", directory=directory)
        bench.call("git", "reset", "-q", "--hard", directory=directory)
        bench.call("git", "gc", "--quiet", "--prune=now", directory=directory)
        remove_programs(directory)
        (home / "complete").touch()
    return directory


def entries(bench: Bench) -> Result:
    """`llmos-hook verify` and `doctor` of 100,000 commits with 100,000 entries"""
    directory = working_copy(bench, sealed(bench, SEALED), "sealed")
    log = ["git", "-c", "core.commitGraph=false", "log", "--format=%H %T"]
    contenders = [
        Contender("git log of both, no commit-graph", [*log, "HEAD", LEDGER], directory),
        Contender(
            "llmos-hook verify",
            [bench.llmos, "--quiet", "verify"],
            directory,
            prepare=[["rm", "-f", ".git/llmos/verified.text"]],
        ),
        Contender("llmos-hook doctor", [bench.llmos, "--quiet", "doctor"], directory),
    ]
    newest = [
        Contender("git log -1", ["git", "log", "-1"], directory),
        Contender("llmos-hook verify HEAD~1..", [bench.llmos, "--quiet", "verify", "HEAD~1.."], directory),
    ]
    bench.interleave(contenders, 5)
    bench.interleave(newest, 5)
    table = rows(contenders, floor=contenders[0]) + rows(newest, floor=newest[0])
    return Result(
        table,
        [
            Check("llmos-hook verify to git log of both", table[1]["ratio"], 3),
            Check("peak MB of llmos-hook verify", bench.peak_memory(contenders[1], 1), 250),
            Check("seconds of llmos-hook doctor", contenders[2].median / 1000, 5),
            Check("peak MB of llmos-hook doctor", bench.peak_memory(contenders[2], 1), 300),
            Check("llmos-hook verify HEAD~1.. to git log -1", table[4]["ratio"], 5),
        ],
    )


def crowded(bench: Bench) -> Result:
    """`git push` of 10 commits, and `sync`, to a server that has 1,000 other clones' ledgers of 100 entries"""
    directory = bench.scratch / "crowded"
    bench.call("git", "init", "-q", "-b", "main", "--template=", "crowded", directory=bench.scratch)
    imported(bench, directory, LENGTH + 1 + PUSHED)
    bench.call("git", *NO_HOOKS, "branch", "-m", "imported", "work", directory=directory)
    bench.call("git", "config", "llmos.clone", "0123456789abcdef", directory=directory)
    bench.call(bench.llmos, "install", "--no-scripts", directory=directory)
    enter = [bench.llmos, "--quiet", "set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "test"]
    bench.call(*enter, directory=directory)
    parts, newest = template(bench, directory)
    chain = bench.call("git", "rev-list", "--reverse", "work", directory=directory).split()
    servers = {name: bench.scratch / f"crowded-{name}" for name in ["plain", "governed"]}
    own = "refs/llmos/ledger/0123456789abcdef/main"
    with (bench.scratch / "ledgers").open("wb") as out:
        for number in range(LEDGERS):
            clone = b"%016x" % number
            of = parts | {"entry.json": parts["entry.json"].replace(b"0123456789abcdef", clone)}
            out.writelines(stream(of, newest, chain[: LENGTH + 1], f"refs/llmos/ledger/{clone.decode()}/main"))
    for name, server in servers.items():
        bench.call("git", "init", "-q", "--bare", "-b", "main", "--template=", str(server), directory=bench.scratch)
        bench.call("git", "remote", "add", name, str(server), directory=directory)
        start = f"{chain[LENGTH]}:refs/heads/main"
        bench.call("git", *NO_HOOKS, "push", "-q", name, start, f"{LEDGER}:{own}", directory=directory)
        with (bench.scratch / "ledgers").open() as source:
            bench.call("git", "fast-import", "--quiet", directory=server, stdin=source)
        bench.call("git", "gc", "-q", directory=server)
    bench.call("git", *NO_HOOKS, "reset", "-q", "--hard", chain[LENGTH], directory=directory)
    for _ in range(PUSHED):
        bench.call(*COMMIT, directory=directory)
    bench.call(*enter, directory=directory)
    bench.call(bench.llmos, "-C", str(servers["governed"]), "install", "--server", directory=directory)
    for name in servers:
        bench.call("git", "push", "-q", name, f"{LEDGER}:{own}", directory=directory)

    def forget(name: str) -> list[list[str]]:
        delete = ["git", *NO_HOOKS, "-C", str(servers[name]), "update-ref", "-d", "refs/heads/pushed"]
        return [["sh", "-c", '"$@" || true', "sh", *delete]]

    pushes = [
        Contender(f"git push, {words}", ["git", "push", "-q", name, "main:pushed"], directory, forget(name))
        for name, words in [("plain", "no hooks"), ("governed", "to llmos-hook")]
    ]
    bench.interleave(pushes, 10)
    two = [enter, enter]
    plain = " ".join(["git", *NO_HOOKS])
    exchange = f"{plain} fetch -q plain '+refs/llmos/*:refs/plain/*' && {plain} push -q plain {LEDGER}:{own}"
    syncs = [
        Contender("git fetch and push of two entries", ["sh", "-c", exchange], directory, two),
        Contender("llmos-hook sync of two entries", [bench.llmos, "--quiet", "sync", "governed"], directory, two),
    ]
    bench.interleave(syncs, 5)
    table = rows(pushes, floor=pushes[0]) + rows(syncs, floor=syncs[0])
    return Result(
        table,
        [
            Check("git push of 10 commits, with to without", table[1]["ratio"], 1.5),
            Check("llmos-hook sync to git fetch and push", table[3]["ratio"], 2),
        ],
    )


def written(bench: Bench) -> Result:
    """bytes of the objects that a transition writes, without landings and with 50"""
    directory = bench.governed("written")
    enter = [bench.llmos, "--quiet", "set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "test"]

    def size() -> int:
        return sum(path.stat().st_size for path in (directory / ".git/objects").rglob("*") if path.is_file())

    def transition() -> int:
        before = size()
        bench.call(*enter, directory=directory)
        return size() - before

    transition()
    empty = transition()
    for _ in range(LANDED):
        bench.call(*COMMIT, directory=directory)
    full = transition()
    table = [{"what": "no landing", "bytes": empty}, {"what": f"{LANDED} landings", "bytes": full}]
    return Result(
        table,
        [
            Check("bytes of a transition", empty, 3 * 1024),
            Check("bytes of a landing in it", (full - empty) / LANDED, 200),
        ],
    )
