#!/bin/sh
# step.sh: commits through the gate of llmos-hook.
#   ./step.sh [-m] [TEXT] [--amend] [--push] [--] [PATH]...
# The first word that is not an option is the text; without a text, or with an empty one, it is the UTC time.
set -u
top=$(dirname -- "$0")

text=
has_text=
options=
count=$#
while [ "$count" -gt 0 ]; do
  word=$1
  shift
  count=$((count - 1))
  case $word in
    -m | --message)
      has_text=1
      if [ "$count" -gt 0 ]; then
        text=$1
        shift
        count=$((count - 1))
      fi
      ;;
    --message=*)
      text=${word#--message=}
      has_text=1
      ;;
    -m*)
      text=${word#-m}
      has_text=1
      ;;
    --amend | --push | --quiet) options="$options $word" ;;
    --help | -h)
      echo "usage: ./step.sh [-m] [TEXT] [--amend] [--push] [--] [PATH]..."
      echo "Commits through the gate: the paths; else what is staged; else everything not ignored."
      echo "The message is [ROLE] SCENARIO:PHASE TEXT; without TEXT, the UTC time. --amend replaces"
      echo "the last commit, --push pushes afterwards. LLMOS_AGENT=ROLE says whose commit it is."
      exit 0
      ;;
    --)
      while [ "$count" -gt 0 ]; do
        word=$1
        shift
        count=$((count - 1))
        set -- "$@" "$word"
      done
      ;;
    -*)
      echo "step.sh: there is no option $word" >&2
      echo "  next: ./step.sh [-m] [TEXT] [--amend] [--push] [--] [PATH]..." >&2
      exit 64
      ;;
    *)
      if [ -z "$has_text" ]; then
        text=$word
        has_text=1
      else
        set -- "$@" "$word"
      fi
      ;;
  esac
done
set -- -- "$@"
[ -z "$text" ] || set -- "--message=$text" "$@"
# shellcheck disable=SC2086 # the options are single words of our own
set -- step $options "$@"

common=$(git -C "$top" rev-parse --path-format=absolute --git-common-dir 2>/dev/null) || common=
if [ -n "$common" ] && [ -x "$common/llmos/bin/llmos-hook" ]; then
  exec "$common/llmos/bin/llmos-hook" "$@"
elif command -v llmos-hook >/dev/null 2>&1; then
  exec llmos-hook "$@"
fi
echo "step.sh: llmos-hook is not installed here, so nothing was committed" >&2
echo "  next: put llmos-hook on PATH, then llmos-hook install" >&2
exit 69
