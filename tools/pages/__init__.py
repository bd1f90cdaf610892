"""pages.sh check PAGE... | story DIRECTORY | pictures [--out DIRECTORY]: looks at pages in a headless Chromium.

check     each page at 360, 800, 1400 and 2560 pixels, light, dark and printed: nothing overflows, every link leads
          somewhere, nothing is loaded or run, and axe-core finds nothing against WCAG 2.2 AA. With --shots it keeps a
          picture of each.
story     makes the repository of the pictures: six features, two incidents, a failed gate, a violation.
pictures  makes the pictures of the README from that repository.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import programs

from . import pictures, story
from .browser import Browser

WIDTHS = [360, 800, 1400, 2560]
# axe-core looks at what is narrow and what is not; between them nothing is new to it, and it is slow.
AXED = [360, 1400]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
HERE = Path(__file__).resolve().parent


def axe() -> str:
    """The text of axe-core, as the environment of scripts/pages.sh has it."""
    found = list(Path(sys.prefix).glob("lib/*/site-packages/*/axe.min.js"))
    if not found:
        sys.exit("pages: axe-core is needed; next: scripts/pages.sh, which fetches it")
    return found[0].read_text()


def looked(browser: Browser, page: Path, where: str, *, axed: bool) -> list[str]:
    """What is wrong with the page that is open."""
    wrong = browser.evaluate((HERE / "checks.js").read_text()) + browser.complaints()
    if not axed:
        return [f"{page.name}, {where}: {line}" for line in wrong]
    browser.evaluate(axe() + "; true")
    options = json.dumps({"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]})
    found = browser.evaluate(
        f"axe.run(document, {options}).then(r => r.violations.map(v => v.id + ': ' + v.help + ': '"
        " + v.nodes.slice(0, 3).map(n => n.target + ' ' + n.failureSummary).join('; ')))"
    )
    return [f"{page.name}, {where}: {line}" for line in wrong + found]


def tips(browser: Browser) -> list[str]:
    """With the keyboard alone, each bar of the timeline tells more, inside the window."""
    return browser.evaluate(
        """(() => {
          const wrong = [];
          for (const bar of [...document.querySelectorAll(".bar, .mark")].slice(0, 20)) {
            bar.focus();
            const box = bar.querySelector(".tip").getBoundingClientRect();
            const words = bar.textContent;
            if (document.activeElement !== bar) wrong.push("cannot be reached: " + words);
            const isShown = box.height >= 10 && box.bottom <= innerHeight + 1 && box.left >= 0;
            if (!isShown) wrong.push("tells nothing: " + words);
          }
          document.activeElement.blur();
          return wrong;
        })()"""
    )


def check(pages: list[Path], shots: Path | None) -> list[str]:
    wrong = []
    with Browser() as browser:
        for page in pages:
            for width in WIDTHS:
                for theme in ["light", "dark"]:
                    browser.open(page, width=width, dark=theme == "dark")
                    where = f"{width} px, {theme}"
                    if shots:
                        browser.picture(shots / f"{page.stem}-{width}-{theme}.png")
                    wrong += looked(browser, page, where, axed=width in AXED)
                    wrong += [f"{page.name}, {where}: {line}" for line in tips(browser)]
            # A4 without its margins.
            browser.open(page, width=718, media="print", dark=True)
            if shots:
                browser.picture(shots / f"{page.stem}-print.png")
                browser.printed(shots / f"{page.stem}.pdf")
            wrong += looked(browser, page, "printed", axed=False)
    return wrong


def main() -> int:
    parser = programs.parser("pages", __doc__)
    parser.add_argument("what", choices=["check", "story", "pictures"])
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--shots", type=Path, help="a directory for pictures of what was looked at")
    parser.add_argument("--out", type=Path, default=programs.ROOT / "docs/pictures", help="where the pictures go")
    options = parser.parse_args()
    if options.what == "check":
        if options.shots:
            options.shots.mkdir(parents=True, exist_ok=True)
        wrong = check(options.paths, options.shots)
        for line in wrong:
            print(line)
        print(f"pages: {len(options.paths)} looked at, {len(wrong)} things are wrong", file=sys.stderr)
        return 1 if wrong else 0
    if options.what == "story":
        for directory in options.paths:
            print(story.tell(directory, programs.directory()))
        return 0
    with tempfile.TemporaryDirectory(prefix="llmos-pages-") as scratch:
        pictures.make(Path(scratch), programs.directory(), options.out)
    return 0
