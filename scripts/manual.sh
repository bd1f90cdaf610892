#!/bin/sh
# manual.sh [--check] [PROGRAM]: writes man/*.1 and docs/commands.md from the command definitions of the built program.
# With --check it writes nothing, and ends with 1 when a file is not what the definitions say.
#
# Builds first, unless PROGRAM, a llmos-hook, is named, or LLMOS_HOOK_BIN names a directory with one in it.
exec python3 -B "$(dirname -- "$0")/../tools" manual "$@"
