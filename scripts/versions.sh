# shellcheck shell=sh
# versions.sh: what gits.sh and libgit2s.sh have in common. They source it, and set these before:
#   product   what they build: the word for it in messages
#   cache     the directory of what is built: one below it for each tag
# It takes DIR-OF-SOURCE off the arguments, which leaves the tags, goes to the top of the project, and sets
#   source    the clone to build from
#   logs      the directory of what was said: TAG.WHAT
#   failed    0; 1 as soon as something that was tried has failed
set -eu
: "${product:?}" "${cache:?}"
if [ $# = 0 ] || [ "$1" = --help ]; then
  sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
  exit 64
fi
source=$(CDPATH='' cd "$1" && pwd)
shift
CDPATH='' cd "$(dirname -- "$0")/.."
logs=$cache/logs
mkdir -p "$logs"
failed=0

# The newest tag of a pattern.
newest() { # $1 pattern
  git -C "$source" -c versionsort.suffix=-rc tag --list "$1" --sort=-version:refname | sed q
}

# Runs it, logs what it says, and says how it went.
try() { # $1 tag, $2 what, rest: the command
  tag=$1
  what=$2
  shift 2
  result=pass
  # shellcheck disable=SC2034 # they exit with it
  "$@" >"$logs/$tag.$what" 2>&1 </dev/null || result=FAIL failed=1
  printf '%s: %s %s: %s: %s; log: %s\n' "${0##*/}" "$product" "${tag#v}" "$what" "$result" "$logs/$tag.$what"
  [ "$result" = pass ]
}

# Ends where a version does not build.
must() { # as try
  try "$@" || {
    tail -n 20 "$logs/$tag.$what"
    exit 69
  }
}
