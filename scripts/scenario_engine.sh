#!/bin/sh
# scenario_engine.sh: the scenario engine's command lines.
#   ./scripts/scenario_engine.sh run|execute|status|set SCENARIO [PHASE]|next-phase
# execute is one phase of run. Everything is done by llmos-hook.
set -u
top=$(dirname -- "$0")/..
action=${1:-run}
[ $# -eq 0 ] || shift
case $action in
  run | status | set | next-phase) set -- "$action" "$@" ;;
  execute) set -- run --once "$@" ;;
  *)
    echo "scenario_engine.sh: there is no action $action" >&2
    echo "  next: scenario_engine.sh run|execute|status|set SCENARIO [PHASE]|next-phase" >&2
    exit 64
    ;;
esac
common=$(git -C "$top" rev-parse --path-format=absolute --git-common-dir 2>/dev/null) || common=
if [ -n "$common" ] && [ -x "$common/llmos/bin/llmos-hook" ]; then
  exec "$common/llmos/bin/llmos-hook" -C "$top" "$@"
elif command -v llmos-hook >/dev/null 2>&1; then
  exec llmos-hook -C "$top" "$@"
fi
echo "scenario_engine.sh: llmos-hook is not installed here" >&2
echo "  next: put llmos-hook on PATH, then llmos-hook install" >&2
exit 69
