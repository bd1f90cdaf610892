"""The peers: other programs that run hooks, each set up to run the same grep in the same three hooks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import programs
from governed import STATE

from .cached import CACHE
from .figures import Contender
from .running import COMMIT, Bench

# Pinned, so that two runs compare the same programs; the key of their directory in the cache.
PEERS = {"pre-commit": "4.7.0", "prek": "0.5.11", "lefthook": "2.2.2"}
FIRED = ["pre-commit", "prepare-commit-msg", "commit-msg"]
GREP = f"grep -q IMPLEMENTATION {STATE}"


def peers() -> dict[str, Path]:
    """Installs the peers from PyPI; for lefthook the native program that its wrapper starts."""
    wanted = [f"{name}=={version}" for name, version in PEERS.items()]
    command = [programs.ROOT / "scripts/venv.sh", CACHE / "peers", *wanted]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(done.returncode)
    home = Path(done.stdout.strip())
    found = {name: home / "bin" / name for name in PEERS}
    native = list(home.glob("lib/*/site-packages/lefthook/bin/lefthook-linux-*/lefthook"))
    if native:
        found["lefthook"] = native[0]
    return found


def peer_contenders(bench: Bench, state: dict[str, str]) -> list[Contender]:
    """The peers, each set up to run the same grep in the same three hooks."""
    paths = peers()
    pre_commit_yaml = f"""\
repos:
  - repo: local
    hooks:
      - id: gate
        name: gate
        language: system
        entry: {GREP}
        stages: [{", ".join(FIRED)}]
        always_run: true
        pass_filenames: false
"""
    lefthook_yaml = "".join(f"{hook}:\n  commands:\n    gate:\n      run: {GREP}\n" for hook in FIRED)
    contenders = []
    for name, every in [("lefthook", 2), ("prek", 2), ("pre-commit", 10)]:
        program = str(paths[name])
        files = {".pre-commit-config.yaml": pre_commit_yaml, "lefthook.yml": lefthook_yaml}
        directory = bench.repository(name, state | files)
        types = [] if name == "lefthook" else [word for hook in FIRED for word in ("-t", hook)]
        bench.call(program, "install", *types, directory=directory)
        # Without LEFTHOOK_BIN, lefthook's hook starts the program once more to see that it is there.
        extra = {"LEFTHOOK_BIN": program} if name == "lefthook" else {}
        contenders.append(Contender(name, COMMIT, directory, every=every, environment=extra))
    return contenders
