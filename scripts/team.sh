#!/bin/sh
# team.sh [MINUTES] [--rounds N] [--seed N]: three clones with four worktrees each, a strict server and a host that merges
# their pull requests at work at once for so long (10 minutes by default); then looks whether all of main is proven.
# docs/reliability.md tells what.
#
# Builds first, unless LLMOS_HOOK_BIN names a directory with llmos-hook in it. Needs Python 3.
exec python3 -B "$(dirname -- "$0")/../tools" team "$@"
