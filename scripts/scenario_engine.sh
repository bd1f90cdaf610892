#!/bin/sh
# scenario_engine.sh: the commands of the scenario engine.
#   ./scripts/scenario_engine.sh run|execute|status|set SCENARIO [PHASE]|next-phase
# execute runs only the current phase. llmos-hook does all the work.
set -u
top=$(dirname -- "$0")/..
action=${1:-run}
[ $# -eq 0 ] || shift
case $action in
  --help | -h | help)
    echo "usage: scenario_engine.sh run|execute|status|set SCENARIO [PHASE]|next-phase"
    echo "run drives the scenario (without an action, too), execute only its current phase; status"
    echo "shows where it stands, set enters a scenario, next-phase ends the phase."
    exit 0
    ;;
  run | status | set | next-phase) set -- "$action" "$@" ;;
  execute) set -- run --once "$@" ;;
  *)
    case $action in
      r[nu]*) meant=run ;;
      e*) meant=execute ;;
      st* | sat*) meant=status ;;
      se*) meant='set' ;;
      n* | *phase) meant=next-phase ;;
      *) meant= ;;
    esac
    echo "scenario_engine.sh: unknown action: $action${meant:+; did you mean $meant?}" >&2
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
