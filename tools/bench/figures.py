"""What a benchmark measures and hands back."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles


@dataclass
class Check:
    """A figure with a limit; the less, the better. Without a limit it is only reported."""

    what: str
    value: float
    limit: float | None = None

    @property
    def passed(self) -> bool:
        return self.limit is None or self.value <= self.limit


@dataclass
class Result:
    rows: list[dict]
    checks: list[Check]


@dataclass
class Contender:
    name: str
    command: list[str]
    directory: Path
    prepare: list[list[str]] = field(default_factory=list)  # run before each round, not timed
    every: int = 1  # takes part in every n-th round only; for slow ones
    environment: dict[str, str] = field(default_factory=dict)
    samples: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return median(self.samples)


def rows(contenders: list[Contender], floor: Contender, base: Contender | None = None) -> list[dict]:
    """The table of a comparison. With a base, its median is taken off before the ratio."""
    bottom = base.median if base else 0.0
    table = []
    for contender in contenders:
        tenths = quantiles(contender.samples, n=10)
        row = {
            "what": contender.name,
            "runs": len(contender.samples),
            "median ms": contender.median,
            "10 % ms": tenths[0],
            "90 % ms": tenths[-1],
        }
        if base:
            row["overhead ms"] = contender.median - bottom
        row["ratio"] = (contender.median - bottom) / (floor.median - bottom)
        table.append(row)
    return table
