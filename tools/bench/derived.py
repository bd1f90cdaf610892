"""Squashes of pull requests whose branches a host has deleted: verify finds what each was made from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from governed import LEDGER, NO_HOOKS

from .figures import Check, Contender, Result, rows
from .running import AUTHOR, Bench
from .sealed import checksum

# Pull requests, each a squash on main of so many landed commits, begun so many squashes before.
REQUESTS, COMMITS, BEHIND = 1_000, 20, 5


def history(base: str) -> Iterator[bytes]:
    """The stream for git fast-import: each request's commits, then its squash on main."""
    person = f"{AUTHOR[0]} <{AUTHOR[1]}> 1600000000 +0000"
    mark, mains = 0, [base]
    for request in range(REQUESTS):
        before, content = mains[max(0, len(mains) - 1 - BEHIND)], b""
        for number in range(COMMITS + 1):
            mark += 1
            is_squash = number == COMMITS
            branch = "main" if is_squash else f"request-{request}"
            parent = mains[-1] if is_squash else before
            if not is_squash:
                content += b"line %d\n" % number
            yield f"commit refs/heads/{branch}\nmark :{mark}\nauthor {person}\ncommitter {person}\n".encode()
            yield f"data 2\nx\nfrom {parent}\nM 100644 inline {request % 50}/{request}\n".encode()
            yield b"data %d\n%s\n" % (len(content), content)
            before = f":{mark}"
        mains.append(f":{mark}")


def landings(entry: str, names: list[str]) -> Iterator[str]:
    """The lines that hooks would have written, for all but the squashes."""
    for request in range(REQUESTS):
        old = "-"
        for number in range(COMMITS):
            new = names[request * (COMMITS + 1) + number]
            line = f"1 {entry} made 1600000000 OWNER {old} {new} {new} refs/heads/request-{request}"
            yield f"\n{line} {checksum(line)}\n"
            old = new


def squashes(bench: Bench) -> Result:
    """`llmos-hook verify` of 1,000 squashes, whose branches with 20,000 landings are gone"""
    directory: Path = bench.governed("squashes")
    enter = [bench.llmos, "--quiet", "set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "test"]
    bench.call(*enter, directory=directory)
    base, entry = (bench.call("git", "rev-parse", name, directory=directory).strip() for name in ["HEAD", LEDGER])
    stream, marks = bench.scratch / "squashes.stream", bench.scratch / "squashes.marks"
    stream.write_bytes(b"".join(history(base)))
    with stream.open() as source:
        bench.call(
            "git", *NO_HOOKS, "fast-import", "--quiet", f"--export-marks={marks}", directory=directory, stdin=source
        )
    marked = [line[1:].split() for line in marks.read_text().splitlines()]
    names = [name for _, name in sorted(marked, key=lambda pair: int(pair[0]))]
    with (directory / ".git/llmos/landings/main").open("a") as log:
        log.writelines(landings(entry, names))
    bench.call("git", "reset", "-q", "--hard", directory=directory)
    bench.call(*enter, directory=directory)
    gone = "".join(f"delete refs/heads/request-{request}\n" for request in range(REQUESTS))
    stream.write_text(gone)
    with stream.open() as source:
        bench.call("git", *NO_HOOKS, "update-ref", "--stdin", directory=directory, stdin=source)
    contenders = [
        Contender("git rev-parse HEAD", ["git", "rev-parse", "HEAD"], directory),
        Contender(
            "llmos-hook verify",
            [bench.llmos, "--quiet", "verify"],
            directory,
            prepare=[["rm", "-f", ".git/llmos/verified.text"]],
            every=5,
        ),
        Contender("llmos-hook verify, again", [bench.llmos, "--quiet", "verify"], directory),
    ]
    bench.interleave(contenders, 15)
    text = bench.call(bench.llmos, "verify", "--json", directory=directory)
    table = rows(contenders, floor=contenders[0])
    return Result(
        table,
        [
            Check("seconds of llmos-hook verify", contenders[1].median / 1000, 10),
            Check("verified again, to git rev-parse HEAD", table[2]["ratio"], 5),
            Check("squashes that are not DERIVED", REQUESTS - text.count('"verdict":"DERIVED"'), 0),
        ],
    )
