#!/bin/sh
# ways.sh [--check]: asks the built agent-hook about every way round the process that Tests/IntegrationTests/Fixtures/commands.tsv
# has, and writes the table in docs/agents.md. With --check it writes nothing, and ends with 1 when the table differs.
#
# Builds first, unless LLMOS_HOOK_BIN names a directory with a llmos-hook in it.
exec python3 -B "$(dirname -- "$0")/../tools" ways "$@"
