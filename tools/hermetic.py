"""The environment of everything that the tools run, made from nothing.

No setting of the user's git, no mark of an agent, no LLMOS_ variable but the ones that are asked for.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

Done = subprocess.CompletedProcess


def search_path(programs: Path | None = None) -> str:
    """PATH: the programs that are tried, the git that is first on the caller's PATH, the system's programs."""
    git = shutil.which("git")
    if not git:
        sys.exit("tools: git is needed, and there is none on PATH")
    # abspath(3) and not the file behind a link: a git finds its parts by the name that it is called by.
    places = [*([str(programs)] if programs else []), str(Path(git).absolute().parent)]
    places += ["/usr/local/bin", "/usr/bin", "/bin"]
    return os.pathsep.join(dict.fromkeys(places))


def environment(
    home: Path,
    programs: Path | None = None,
    *,
    author: tuple[str, str] = ("A", "a@example.invalid"),
    committer: tuple[str, str] | None = None,
    date: int | None = None,
    **more: str,
) -> dict[str, str]:
    """Variables for a process whose HOME is `home`, with `programs` first on its PATH.

    `committer` is the author unless it is named; `date` is the time of all that it commits, in seconds of
    Unix, and the clock's when there is none; `more` is added as it is.
    """
    committer = committer or author
    dates = {} if date is None else {"GIT_AUTHOR_DATE": f"{date} +0000", "GIT_COMMITTER_DATE": f"{date} +0000"}
    return {
        "HOME": str(home),
        "PATH": search_path(programs),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_EDITOR": "true",
        "GIT_AUTHOR_NAME": author[0],
        "GIT_AUTHOR_EMAIL": author[1],
        "GIT_COMMITTER_NAME": committer[0],
        "GIT_COMMITTER_EMAIL": committer[1],
        **dates,
        **more,
    }


def run(
    words: Iterable[str], *, at: Path, environment: dict[str, str], seconds: int | None = None, stdin=subprocess.DEVNULL
) -> Done[str]:
    """Runs a command to its end and keeps what it prints, whatever its exit code.

    Raises `subprocess.TimeoutExpired` when it takes longer than `seconds`.
    """
    return subprocess.run(
        [*words],
        cwd=at,
        env=environment,
        stdin=stdin,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=seconds,
        check=False,
    )


def failure(words: Iterable[str], done: Done[str]) -> str:
    """The words for a command that should have succeeded, with all that it printed."""
    return f"{' '.join(words)[:500]}: exit {done.returncode}\n{done.stdout}{done.stderr}"
