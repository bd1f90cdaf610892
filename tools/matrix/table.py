"""What came of each operation, and the table of it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Row:
    """What came of one operation."""

    group: str
    name: str
    kind: str
    forbidding: str = ""  # blocked, landed, same
    hook: str = ""  # which hook blocked it
    ends_with: str = ""  # what ends what the refusal left behind
    noticed: str = ""
    verify: str = ""
    server: str = ""
    allowing: str = ""
    proof: str = ""  # verify where the phase allows commits
    blind: str = ""  # the same, with the hooks off
    problems: list[str] = field(default_factory=list)  # why it counts as broken

    @property
    def landed(self) -> bool:
        return self.forbidding == "landed"

    @property
    def unnoticed(self) -> bool:
        return self.landed and self.kind == "brings" and not self.proven and not self.alarmed

    @property
    def proven(self) -> bool:
        """The owner merged proven work, in whatever phase: a hook let it in."""
        return self.landed and self.noticed == "no" and self.verify == self.server == "DERIVED"

    @property
    def alarmed(self) -> bool:
        return self.noticed == "yes" and self.verify == "VIOLATION"

    @property
    def accepted(self) -> bool:
        """It landed and a server takes it, although nothing proves it."""
        return self.landed and not set(self.server.split()) <= {"refused", "DERIVED"}


def table(rows: list[Row]) -> str:
    lines = []
    for group in dict.fromkeys(row.group for row in rows):
        lines += [f"### {group[0].upper()}{group[1:]}", ""]
        heads = ["operation", "where the phase forbids commits", "where it allows them"]
        heads += ["verify there", "and with the hooks off"]
        lines += [f"| {' | '.join(heads)} |", "| --- " * len(heads) + "|"]
        for row in (row for row in rows if row.group == group):
            name = f"`{row.name}`" if row.name.startswith(("git ", "./")) else row.name
            cells = [name, said(row), row.allowing or "–", row.proof or "–", row.blind or "–"]
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines + totals(rows))


def said(row: Row) -> str:
    if row.forbidding == "blocked":
        return f"blocked by {row.hook}" + (f"; `{row.ends_with}` ends it" if row.ends_with else "")
    if row.landed:
        notice = (
            "let in"
            if row.kind in ("incoming", "derived") or row.proven
            else "lands; " + ("reported" if row.noticed == "yes" else "NOT REPORTED")
        )
        return f"{notice}; verify: {row.verify}; server: {row.server}"
    if row.kind == "refused":
        return "–"
    return row.forbidding or "–"


def totals(rows: list[Row]) -> list[str]:
    landed = [row for row in rows if row.landed]
    figures = {
        "operations": len(rows),
        "that bring a new commit": sum(row.kind == "brings" for row in rows),
        "blocked where the phase forbids commits": sum(
            row.forbidding == "blocked" and row.kind == "brings" for row in rows
        ),
        "landed": sum(row.kind == "brings" for row in landed),
        "of these reported by the next `status`": sum(row.noticed == "yes" and row.kind == "brings" for row in landed),
        "of these a VIOLATION for `verify`": sum(row.verify == "VIOLATION" and row.kind == "brings" for row in landed),
        "of these refused by the server": sum(row.server == "refused" and row.kind == "brings" for row in landed),
        "of these the owner's merges of proven work": sum(row.proven and row.kind == "brings" for row in landed),
        "of these taken, since their content proves them": sum(
            row.server == "DERIVED" and row.kind == "brings" for row in landed
        ),
        "blocked though the commit is not new": sum(
            row.forbidding == "blocked" and row.kind == "strict" for row in rows
        ),
        "let in from a remote-tracking branch": sum(row.kind == "incoming" for row in landed),
        "a host's, let in and DERIVED": sum(row.kind == "derived" and row.verify == "DERIVED" for row in landed),
        "proved where the phase allows commits": sum(bool(row.proof) and "UNSEEN" not in row.proof for row in rows),
        "UNSEEN there": sum("UNSEEN" in row.proof for row in rows),
        "UNSEEN there with the hooks off": sum("UNSEEN" in row.blind for row in rows),
        "that nobody, or no agent, may do, refused": sum(row.allowing == "refused" for row in rows),
        "that bring no commit, the same in both phases": sum(
            row.kind == "none" and (row.forbidding, row.allowing) == ("same", "same") and not row.problems
            for row in rows
        ),
        "unnoticed": sum(row.unnoticed for row in rows),
        "taken by the server": sum(row.accepted for row in rows),
        "broken": sum(bool(row.problems) for row in rows),
    }
    return ["| total | |", "| --- | ---: |", *(f"| {name} | {value} |" for name, value in figures.items())]
