#!/bin/sh
# faults.sh [CASE…] [--quick]: kills and fails the programs at every system call that changes something,
# and checks that nothing is lost. docs/reliability.md tells what is tried.
#
# Builds first, unless LLMOS_HOOK_BIN names a directory with llmos-hook in it. Needs strace and Python 3.
exec python3 -B "$(dirname -- "$0")/../tools" faults "$@"
