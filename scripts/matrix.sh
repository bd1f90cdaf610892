#!/bin/sh
# matrix.sh [--group G] [--only NAME] [--json FILE] [--write]: every way in which git, or something like it,
# moves a branch, tried with the release programs; exits 1 unless each is blocked or noticed, and nothing is
# broken. docs/enforcement.md has the table; --write puts it there.
#
# Builds first, unless LLMOS_HOOK_BIN names a directory with llmos-hook in it. The other implementations of
# git come from PyPI, once, into LLMOS_MATRIX_CACHE (~/.cache/llmos-hook-matrix).
set -eu
scripts=$(dirname -- "$0")
cache=${LLMOS_MATRIX_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/llmos-hook-matrix}
# Pinned, so that two runs try the same programs.
venv=$("$scripts/venv.sh" "$cache" pygit2==1.21.0 dulwich==1.2.21 GitPython==3.2.1)
exec "$venv/bin/python" -B "$scripts/../tools" matrix "$@"
