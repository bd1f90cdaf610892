"""Writes the table of ways round the process in docs/agents.md: what agent-hook says to each of them."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import hermetic
import programs

LINES = programs.ROOT / "Tests" / "IntegrationTests" / "Fixtures" / "commands.tsv"
PAGE = programs.ROOT / "docs" / "agents.md"
BEGIN, END = "<!-- scripts/ways.sh -->", "<!-- /scripts/ways.sh -->"
PHASES = ["IMPLEMENTATION", "QA"]


def lines() -> list[tuple[str, str]]:
    """The ways round: what each does, and the command line."""
    rows = [line.split("\t") for line in LINES.read_text().splitlines() if not line.startswith("#")]
    return [(way, json.loads(command)) for kind, way, command in rows if kind in ("V", "U")]


def repository(at: Path, phase: str, environment: dict[str, str]) -> None:
    """A governed repository that stands in a phase."""
    at.mkdir()
    setup = f"""
      git init -q -b main && mkdir src && echo x >src/x.py && printf 'node_modules\\ndist\\n' >.gitignore &&
      git add . && git commit -qm x && llmos-hook install && llmos-hook set FEATURE_DEVELOPMENT {phase} \
        --context feature_slug=x --reason test
    """
    done = hermetic.run(["sh", "-ec", setup], at=at, environment=environment)
    if done.returncode:
        sys.exit("ways: " + done.stderr)


def is_refused(command: str, at: Path, environment: dict[str, str]) -> bool:
    call = {
        "hook_event_name": "PreToolUse",
        "cwd": str(at),
        "tool_name": "Bash",
        "tool_input": {"command": command},
    }
    file = at.parent / "call.json"
    file.write_text(json.dumps(call))
    with file.open() as stdin:
        done = hermetic.run(
            ["llmos-hook", "agent-hook", "claude-code"], at=at, environment=environment, seconds=60, stdin=stdin
        )
    return '"deny"' in done.stdout


def cell(command: str) -> str:
    text = command.replace("\n", "\u23ce").replace("|", "\\|")
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def table() -> str:
    with tempfile.TemporaryDirectory() as directory:
        top = Path(directory)
        (top / "home").mkdir()
        environment = hermetic.environment(top / "home", programs.directory())
        for phase in PHASES:
            repository(top / phase, phase, environment)
        found: dict[str, list[tuple[str, bool]]] = {}
        for way, command in lines():
            refused = all(is_refused(command, top / phase, environment) for phase in PHASES)
            found.setdefault(way, []).append((command, refused))
    rows = ["| way | lines | refused | such as |", "| --- | --- | --- | --- |"]
    for way, tried in found.items():
        refused = sum(1 for _, is_refused in tried if is_refused)
        short = sorted(tried, key=lambda row: len(row[0]))[len(tried) // 3]
        rows.append(f"| {way} | {len(tried)} | {refused} | {cell(short[0])} |")
    return "\n".join(rows)


def main() -> int:
    parser = programs.parser("ways", __doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 when the table differs")
    options = parser.parse_args()
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    new = f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"
    if new == page:
        return 0
    if options.check:
        print("ways.sh: the table in docs/agents.md is not what agent-hook says", file=sys.stderr)
        print("  next: scripts/ways.sh", file=sys.stderr)
        return 1
    PAGE.write_text(new)
    return 0
