"""The pictures of the README."""

from __future__ import annotations

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
    page = scratch / "report.html"
    hook("report", "--all", "--html", str(page))
    with Browser() as browser:
        for theme in ["light", "dark"]:
            browser.open(page, width=1200, dark=theme == "dark")
            browser.picture(out / f"report-{theme}.png", height=1150)
