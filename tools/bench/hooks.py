"""What a commit waits for: the hooks, the process that decides, `status`; and what they take on the disk."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from governed import STATE

from .cached import large_repository
from .figures import Check, Contender, Result, rows
from .peers import FIRED, GREP, peer_contenders
from .running import BACKSTOP, COMMIT, Bench


def commit(bench: Bench) -> Result:
    """a whole `git commit --allow-empty -qm x` in a tiny repository"""
    governed = bench.governed("llmos")
    # The bound is for three hooks against three; with the backstop it is four against four.
    three = bench.governed("llmos-three")
    (three / ".git/hooks" / BACKSTOP).unlink()
    state = {STATE: (governed / STATE).read_text()}

    def hooked(name: str, put, hooks: list[str] = FIRED) -> Path:
        directory = bench.repository(name, state)
        (directory / ".git/hooks").mkdir()
        for hook in hooks:
            put(directory / ".git/hooks" / hook)
        return directory

    def script(path: Path) -> None:
        path.write_text(f"#!/bin/sh\nexec {GREP}\n")
        path.chmod(0o755)

    no_op = bench.no_op("-static")
    contenders = [
        Contender("no hooks", COMMIT, bench.repository("none", state)),
        Contender("static no-op", COMMIT, hooked("static", lambda path: os.link(no_op, path))),
        Contender("llmos-hook, three hooks", COMMIT, three),
        Contender(
            "static no-op, with reference-transaction",
            COMMIT,
            hooked("static-four", lambda path: os.link(no_op, path), [*FIRED, BACKSTOP]),
        ),
        Contender("llmos-hook, with reference-transaction", COMMIT, governed),
        Contender("sh and grep", COMMIT, hooked("sh", script)),
        *peer_contenders(bench, state),
    ]
    bench.interleave(contenders, 200)
    table = rows(contenders, floor=contenders[1], base=contenders[0])
    overhead = {row["what"]: row["overhead ms"] for row in table}
    ours = overhead["llmos-hook, three hooks"]
    whole = overhead["llmos-hook, with reference-transaction"]
    return Result(
        table,
        [
            Check("overhead, llmos-hook to static no-op", ours / overhead["static no-op"], 3),
            Check("overhead, llmos-hook to prek", ours / overhead["prek"], 1 / 5),
            Check(
                "overhead, all hooks to static no-op",
                whole / overhead["static no-op, with reference-transaction"],
                3,
            ),
            Check("overhead, all hooks to prek", whole / overhead["prek"], 1 / 2),
        ],
    )


def formats(bench: Bench) -> Result:
    """a whole `git commit --allow-empty -qm x` where libgit2 does not open the repository"""
    # With references in a reftable where the git that is first on PATH makes one.
    form = ["--object-format=sha256"]
    version = bench.call("git", "--version", directory=bench.scratch).split()[2].split(".")
    name = "SHA-256"
    if tuple(map(int, version[:2])) >= (2, 45):
        form.append("--ref-format=reftable")
        name += ", reftable"
    plain, other = bench.governed("formats"), bench.governed("formats-other", form=form)
    state = {STATE: (plain / STATE).read_text()}
    peer = next(one for one in peer_contenders(bench, state) if one.name == "prek")
    pairs = [
        [
            Contender("SHA-1, files: no hooks", COMMIT, bench.repository("formats-none")),
            Contender("SHA-1, files: llmos-hook", COMMIT, plain),
            peer,
        ],
        [
            Contender(f"{name}: no hooks", COMMIT, bench.repository("formats-other-none", form=form)),
            Contender(f"{name}: llmos-hook", COMMIT, other),
        ],
    ]
    bench.interleave([contender for pair in pairs for contender in pair], 100)
    table = [row for pair in pairs for row in rows(pair, floor=pair[1], base=pair[0])]
    overhead = {row["what"]: row["overhead ms"] for row in table}
    ours = overhead[f"{name}: llmos-hook"]
    return Result(
        table,
        [
            Check("overhead, to SHA-1 and files", ours / overhead["SHA-1, files: llmos-hook"], 3),
            Check("overhead, to prek", ours / overhead["prek"], 1 / 2),
        ],
    )


def decision(bench: Bench) -> Result:
    """the process that decides, alone, and its peak resident memory"""
    directory = bench.governed("decision")
    hook = str(directory / ".git/hooks/pre-commit")
    contenders = [
        Contender("dynamic no-op", [str(bench.no_op())], directory),
        Contender(".git/hooks/pre-commit", [hook], directory),
        Contender("llmos-hook hook pre-commit", [bench.llmos, "hook", "pre-commit"], directory),
    ]
    bench.interleave(contenders, 300)
    table = rows(contenders, floor=contenders[0])
    checks = []
    for contender, row in zip(contenders, table, strict=True):
        row["peak MB"] = bench.peak_memory(contender)
        if contender is not contenders[0]:
            checks.append(Check(f"{contender.name} to dynamic no-op", row["ratio"], 3))
            checks.append(Check(f"{contender.name}, peak MB", row["peak MB"], 20))
    return Result(table, checks)


def flat(bench: Bench) -> Result:
    """the same process in a repository of 100,000 files and 2,000 commits"""
    large = large_repository(bench)
    bench.call(bench.llmos, "install", "--no-scripts", directory=large)
    bench.call(bench.llmos, "set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "test", directory=large)
    tiny = bench.governed("flat")
    hook = ".git/hooks/pre-commit"
    contenders = [
        Contender(f"{name}, {size}", command(directory), directory)
        for name, command in [
            (hook, lambda directory: [str(directory / hook)]),
            ("llmos-hook hook pre-commit", lambda directory: [bench.llmos, "hook", "pre-commit"]),
        ]
        for size, directory in [("tiny", tiny), ("large", large)]
    ]
    bench.interleave(contenders, 200)
    table, checks = [], []
    for pair in (contenders[:2], contenders[2:]):
        table += rows(pair, floor=pair[0])
        checks.append(Check(f"{pair[1].name} to tiny", table[-1]["ratio"], 1.5))
    return Result(table, checks)


def status(bench: Bench) -> Result:
    """`llmos-hook status`, which a prompt may call"""
    directory = bench.governed("status")
    contenders = [
        Contender("git rev-parse HEAD", ["git", "rev-parse", "HEAD"], directory),
        Contender("llmos-hook status", [bench.llmos, "status"], directory),
    ]
    bench.interleave(contenders, 200)
    table = rows(contenders, floor=contenders[0])
    return Result(table, [Check("llmos-hook status to git rev-parse HEAD", table[1]["ratio"], 3)])


def disk(bench: Bench) -> Result:
    """bytes on disk of what is installed below `.git`, each inode counted once"""
    directory = bench.governed("disk") / ".git"

    def row(what: str, paths: Iterable[Path]) -> dict:
        files = [path.lstat() for path in paths if not path.is_dir()]
        sizes = {file.st_ino: file.st_blocks * 512 for file in files}
        total = sum(sizes.values())
        return {"what": what, "files": len(files), "inodes": len(sizes), "bytes on disk": total}

    hooks, programs = list((directory / "hooks").iterdir()), list((directory / "llmos").rglob("*"))
    table = [
        row("llmos-gate as built", [bench.binaries / "llmos-gate"]),
        row(".git/hooks", hooks),
        row(".git/hooks and .git/llmos", hooks + programs),
    ]
    size = [entry["bytes on disk"] for entry in table]
    return Result(
        table,
        [
            Check("hooks to llmos-gate", size[1] / size[0]),
            Check("hooks and .git/llmos to llmos-gate", size[2] / size[0]),
        ],
    )
