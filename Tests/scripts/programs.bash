# What the tests of the scripts share: a directory of their own, and a PATH of a few programs.
# shellcheck disable=SC2034 # who loads this uses the names

# $place: a directory with a space in its name. $programs: the stubs, first on PATH, to begin with one of
# llmos-hook. Behind it is nothing but links to the system's programs that scripts use.
make_place() {
  root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
  place="$BATS_TEST_TMPDIR/a place"
  programs="$BATS_TEST_TMPDIR/programs"
  local name system="$BATS_TEST_TMPDIR/system"
  mkdir -p "$place" "$programs" "$system" "$BATS_TEST_TMPDIR/home"
  for name in bash cat chmod cp dirname env find git grep id ln ls mkdir mktemp mv readlink rm sed sh sort touch uname wc; do
    ln -s "$(command -v "$name")" "$system/$name"
  done
  # shellcheck disable=SC2016 # for the stub to expand
  stub "$programs/llmos-hook" '[ $# -eq 0 ] || printf "<%s>\n" "$@"; exit "${LLMOS_STUB_EXIT:-0}"'
  export HOME="$BATS_TEST_TMPDIR/home" PATH="$programs:$system" GIT_CONFIG_NOSYSTEM=1
  unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE XDG_CONFIG_HOME
}

# $1 a file, $2 the shell commands that it runs. What a link leads to is never written.
stub() {
  rm -f "$1"
  printf '#!/bin/sh\n%s\n' "$2" >"$1"
  chmod +x "$1"
}

# The arguments as the stub of llmos-hook prints them.
lines() { printf '<%s>\n' "$@"; }
