#!/bin/sh
# matrix.sh [--group G] [--only NAME] [--json FILE] [--write]: every way in which git, or something like it,
# moves a branch, tried with the release programs; exits 1 unless each is blocked or noticed, and nothing is
# broken. docs/enforcement.md has the table; --write puts it there.
#
# Builds first, unless LLMOS_HOOK_BIN names a directory with llmos-hook in it. The other implementations of
# git come from PyPI, once, into LLMOS_MATRIX_CACHE (~/.cache/llmos-hook-matrix).
set -eu
root=$(CDPATH='' cd "$(dirname -- "$0")/.." && pwd)
# Pinned, so that two runs try the same programs; a change makes a new directory in the cache.
packages="pygit2==1.21.0 dulwich==1.2.21 GitPython==3.2.1"

cache=${LLMOS_MATRIX_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/llmos-hook-matrix}
venv=$cache/$(echo "$packages" | cksum | tr -d ' ')
if [ ! -e "$venv/complete" ]; then
  rm -rf "$venv"
  mkdir -p "$cache"
  # shellcheck disable=SC2086
  if python3 -m venv "$venv" >&2 && "$venv/bin/pip" install --quiet --disable-pip-version-check $packages >&2; then
    : >"$venv/complete"
  else
    echo "matrix.sh: needs PyPI for $packages, and python3 with venv (./install.sh --test-packages)" >&2
    exit 69
  fi
fi

if [ -z "${LLMOS_HOOK_BIN:-}" ]; then
  # Standard output is for the table alone.
  "$root/scripts/build.sh" >&2
  LLMOS_HOOK_BIN=$root/.build-release/bin
  export LLMOS_HOOK_BIN
fi
exec "$venv/bin/python" "$root/scripts/matrix.py" "$@"
