"""The pictures of the README."""

from __future__ import annotations

from html import escape
from pathlib import Path

import hermetic

from . import story
from .browser import Browser


def make(scratch: Path, programs: Path, out: Path) -> None:
    """Makes all of them into a directory."""
    out.mkdir(parents=True, exist_ok=True)
    repository = story.tell(scratch / "story", programs)
    environment = hermetic.environment(scratch / "story/home", programs, LLMOS_ACTOR="OWNER")

    def hook(*words: str) -> str:
        done = hermetic.run([str(programs / "llmos-hook"), *words], at=repository, environment=environment)
        if done.returncode:
            raise SystemExit(hermetic.failure(words, done))
        return done.stdout

    (out / "graph.svg").write_text(hook("graph", "--format", "svg", "--width", "1000"))
    lines = []
    for words in [["status"], ["log", "--graph", "-n", "24"]]:
        lines += [f"$ llmos-hook {' '.join(words)}", *hook(*words).splitlines(), ""]
    (out / "terminal.svg").write_text(terminal(lines[:-1]))
    page = scratch / "report.html"
    hook("report", "--all", "--html", str(page))
    with Browser() as browser:
        for theme in ["light", "dark"]:
            browser.open(page, width=1200, dark=theme == "dark")
            browser.picture(out / f"report-{theme}.png", height=1150)


def terminal(lines: list[str], columns: int = 100) -> str:
    """A picture of what a terminal shows, as wide as so many columns; what is longer is cut."""
    width, height, line = columns * 8 + 32, len(lines) * 19 + 28, 19
    shown = [text if len(text) <= columns else text[: columns - 1] + "…" for text in lines]
    texts = []
    for number, text in enumerate(shown):
        kind = "command" if text.startswith("$ ") else "printed"
        texts.append(f'<text class="{kind}" x="16" y="{26 + number * line}" xml:space="preserve">{escape(text)}</text>')
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width} {height}"',
            f'  width="{width}" height="{height}">',
            "<title>What llmos-hook prints on a terminal</title>",
            "<style>text{font:13px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#e6edf3}",
            ".command{fill:#79b8ff}</style>",
            '<rect width="100%" height="100%" rx="8" fill="#0d1117"/>',
            *texts,
            "</svg>",
            "",
        ]
    )
