"""Tables in Markdown, and the part of a document that a tool writes."""

from __future__ import annotations

from pathlib import Path


def table(rows: list[dict]) -> str:
    """A table whose columns are the keys of the first row; columns of numbers are right-aligned."""

    def text(value: object) -> str:
        if isinstance(value, float):
            return f"{value:.3f}" if 0 < value < 0.1 else f"{value:.2f}"
        return f"{value:,}" if isinstance(value, int) else str(value)

    def line(words) -> str:
        return "| " + " | ".join(words) + " |"

    marks = ["---:" if isinstance(value, int | float) else "---" for value in rows[0].values()]
    return "\n".join([line(rows[0]), line(marks), *(line(map(text, row.values())) for row in rows)])


def between(document: Path, begin: str, end: str) -> str:
    """What stands between two marks, without the blank lines around it."""
    return document.read_text().split(begin)[1].split(end)[0].strip()


def replace(document: Path, begin: str, end: str, text: str) -> None:
    """Writes a text between two marks, with a blank line above and below."""
    before, rest = document.read_text().split(begin)
    document.write_text(f"{before}{begin}\n\n{text}\n\n{end}{rest.split(end)[1]}")
