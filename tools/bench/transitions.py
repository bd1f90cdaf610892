"""What moves the state and reads the ledger: `next-phase`, `set`, `log`, one by one and in a crowd."""

from __future__ import annotations

import json
import subprocess
from time import perf_counter_ns

from governed import LEDGER, NO_HOOKS

from .cached import AROUND, FEW, MANY, NOTES_AROUND, annotated, ledgers, working_copy
from .figures import Check, Contender, Result, rows
from .running import COMMIT, Bench, entries

# How often the rounds around a transition are repeated.
PASSES = 4

# The processes of the crowd, and how often each of them calls `set` and `next-phase`.
CROWD, PAIRS = 20, 25


def next_phase(bench: Bench) -> Result:
    """`llmos-hook next-phase`, which seals a new state"""
    phase = "IMPACT_ANALYSIS"
    back = [bench.llmos, "set", "FEATURE_DEVELOPMENT", phase, "--reason", "test"]
    contenders = [
        Contender("git commit, no hooks", COMMIT, bench.repository("plain")),
        Contender(
            "llmos-hook next-phase",
            [bench.llmos, "next-phase"],
            bench.governed("next-phase", phase),
            prepare=[back],
        ),
    ]
    bench.interleave(contenders, 200)
    table = rows(contenders, floor=contenders[0])
    return Result(table, [Check("llmos-hook next-phase to git commit", table[1]["ratio"], 3)])


def transitions(bench: Bench) -> Result:
    """`llmos-hook set` around the 100th and around the 10,000th transition"""

    def enter(phase: str) -> list[str]:
        return [bench.llmos, "--quiet", "set", "MAINTENANCE", phase]

    contenders = []
    for size, cached in ledgers(bench).items():
        directory = working_copy(bench, cached, f"ledger-{size}")
        name = f"transitions around the {size:,}th"
        contenders.append(Contender(name, enter("UPDATE"), directory, prepare=[enter("DOCUMENTATION")]))
    starts = [bench.call("git", "rev-parse", LEDGER, directory=c.directory).strip() for c in contenders]
    for _ in range(PASSES):
        for contender, start in zip(contenders, starts, strict=True):
            rewind = ["git", *NO_HOOKS, "update-ref", LEDGER, start]
            bench.call(*rewind, directory=contender.directory)
            bench.call(bench.llmos, "restore", directory=contender.directory)
        bench.interleave(contenders, AROUND)
    return growing(bench, contenders, 1.2)


def growing(bench: Bench, contenders: list[Contender], limit: float) -> Result:
    """The table and the checks of contenders that do the same in repositories of growing size."""
    table, checks = rows(contenders, floor=contenders[0]), []
    for contender, row in zip(contenders, table, strict=True):
        row["peak MB"] = bench.peak_memory(contender)
    for contender, row in zip(contenders[1:], table[1:], strict=True):
        checks.append(Check(f"{contender.name} to the {FEW}th", row["ratio"], limit))
        checks.append(Check(f"{contender.name} to the {FEW}th, peak MB", row["peak MB"] / table[0]["peak MB"]))
    return Result(table, checks)


def notes(bench: Bench) -> Result:
    """`llmos-hook next-phase` around the 100th, the 10,000th and the 100,000th note"""
    prepare = [["git", *NO_HOOKS, *COMMIT[1:]], [bench.llmos, "set", "MAINTENANCE", "UPDATE"]]
    contenders = [
        Contender(
            f"notes around the {size:,}th",
            [bench.llmos, "next-phase"],
            working_copy(bench, cached, f"notes-{size}"),
            prepare=prepare,
        )
        for size, cached in annotated(bench).items()
    ]
    bench.interleave(contenders, NOTES_AROUND)
    return growing(bench, contenders, 1.5)


def log(bench: Bench) -> Result:
    """`llmos-hook log -n 20` on a ledger of 10,000 entries"""
    directory = working_copy(bench, ledgers(bench)[MANY], "log")
    contenders = [
        Contender(f"git log -n 20 {LEDGER}", ["git", "log", "-n", "20", LEDGER], directory),
        Contender("llmos-hook log -n 20", [bench.llmos, "log", "-n", "20"], directory),
    ]
    bench.interleave(contenders, 200)
    table = rows(contenders, floor=contenders[0])
    for contender, row in zip(contenders, table, strict=True):
        row["peak MB"] = bench.peak_memory(contender)
    return Result(table, [Check("llmos-hook log to git log", table[1]["ratio"], 3)])


def crowd(bench: Bench) -> Result:
    """20 processes that call `set` and `next-phase` 25 times each, at once, in one repository"""
    script = """
        i=0
        while [ "$i" -lt "$2" ]; do
            "$1" --quiet set MAINTENANCE UPDATE; echo "set $?"
            "$1" --quiet next-phase; echo "next-phase $?"
            i=$((i + 1))
        done
        """

    def run(name: str, processes: int, pairs: int) -> dict:
        directory = bench.governed(f"crowd-{processes}")
        before = entries(bench, directory)
        outputs = [bench.scratch / f"crowd-{processes}-{number}" for number in range(processes)]
        start = perf_counter_ns()
        workers = []
        for output in outputs:
            with output.open("w") as out:
                command = ["sh", "-c", script, "sh", bench.llmos, str(pairs)]
                streams = {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": subprocess.DEVNULL}
                workers.append(subprocess.Popen(command, cwd=directory, env=bench.environment, **streams))
        for worker in workers:
            worker.wait()
        seconds = (perf_counter_ns() - start) / 1e9
        calls = [line for output in outputs for line in output.read_text().splitlines()]
        done, refused = (sum(call.endswith(code) for call in calls) for code in [" 0", " 1"])
        found = entries(bench, directory) - before
        note = bench.call("git", "notes", "--ref=llmos", "show", "HEAD", directory=directory)
        records = {line for line in note.splitlines() if json.loads(line)["kind"] == "phase-completed"}
        return {
            "what": name,
            "calls": len(calls),
            "done": done,
            "refused": refused,
            "failed": len(calls) - done - refused,
            "ledger entries": found,
            "completions": calls.count("next-phase 0"),
            "records in notes": len(records),
            "seconds": seconds,
        }

    table = [
        run("one process", 1, CROWD * PAIRS),
        run(f"{CROWD} processes at once", CROWD, PAIRS),
    ]
    crowd = table[1]
    return Result(
        table,
        [
            Check("ledger entries lost", abs(crowd["done"] - crowd["ledger entries"]), 0),
            Check("records lost", abs(crowd["completions"] - crowd["records in notes"]), 0),
            Check("calls failed", crowd["failed"], 0),
            Check("20 processes to one, seconds", crowd["seconds"] / table[0]["seconds"]),
        ],
    )
