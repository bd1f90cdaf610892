#!/bin/sh
# soak.sh [MINUTES] [--seed N]: several worktrees, a clone and a server at work at once for so long (15 minutes by
# default), with commands killed at random; then looks whether anything is lost. docs/reliability.md tells what.
#
# Builds first, unless LLMOS_HOOK_BIN names a directory with llmos-hook in it. Needs Python 3.
exec python3 -B "$(dirname -- "$0")/../tools" soak "$@"
