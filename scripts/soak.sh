#!/bin/sh
# soak.sh [MINUTES] [--seed N]: several worktrees, a clone and a server at work at once for so long (15 minutes by
# default), with commands killed at random; then looks whether anything is lost. docs/reliability.md tells what.
#
# Builds first, unless LLMOS_HOOK_BIN names a directory with llmos-hook in it. Needs Python 3.
set -eu
root=$(CDPATH='' cd "$(dirname -- "$0")/.." && pwd)
if [ -z "${LLMOS_HOOK_BIN:-}" ]; then
  "$root/scripts/build.sh" >&2
  LLMOS_HOOK_BIN=$root/.build-release/bin
  export LLMOS_HOOK_BIN
fi
exec python3 "$root/scripts/soak.py" "$@"
