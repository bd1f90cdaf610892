#!/bin/sh
# faults.sh [CASE…] [--quick]: kills and fails the programs at every system call that changes something,
# and checks that nothing is lost. docs/reliability.md tells what is tried.
#
# Builds first, unless LLMOS_HOOK_BIN names a directory with llmos-hook in it. Needs strace and Python 3.
set -eu
root=$(CDPATH='' cd "$(dirname -- "$0")/.." && pwd)
if [ -z "${LLMOS_HOOK_BIN:-}" ]; then
  "$root/scripts/build.sh" >&2
  LLMOS_HOOK_BIN=$root/.build-release/bin
  export LLMOS_HOOK_BIN
fi
command -v strace >/dev/null || {
  echo "faults.sh: strace is missing" >&2
  exit 69
}
exec python3 -B "$root/scripts/faults.py" "$@"
