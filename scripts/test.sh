#!/bin/sh
# test.sh: every check of the project, from a clean clone: packages, build, format, shell scripts, tests.
# Stops at the first part that fails. No part runs without an end.
set -u
CDPATH='' cd "$(dirname -- "$0")/.." || exit 70
# With an empty HOME the package manager would keep its cache in the current directory.
[ -n "${HOME:-}" ] || unset HOME

# timeout(1) ends the whole process group of the command. It runs in the background, so that Ctrl-C,
# which that group does not get, is passed on.
part() { # $1 name, $2 seconds it may take, rest: the command
  name=$1
  limit=$2
  shift 2
  printf 'test.sh: %s ...\n' "$name"
  timeout -k 10 "$limit" "$@" </dev/null &
  running=$!
  code=0
  wait "$running" || code=$?
  running=
  case $code in
  0) printf 'test.sh: %s: passed\n' "$name" ;;
  124 | 137)
    printf 'test.sh: %s: FAILED: not done after %s s\n' "$name" "$limit"
    exit 1
    ;;
  *)
    printf 'test.sh: %s: FAILED (%s)\n' "$name" "$code"
    exit 1
    ;;
  esac
}

end() { # $1 exit code
  [ -z "$running" ] || kill "$running" 2>/dev/null
  exit "$1"
}
running=
trap 'end 130' INT
trap 'end 143' HUP TERM

LLMOS_HOOK_BIN=$PWD/.build-release/bin
export LLMOS_HOOK_BIN

part "packages" 600 ./install.sh --test-packages
part "release build" 900 scripts/build.sh
part "swift format" 120 swift format lint --strict --recursive Sources Tests Package.swift
part "shellcheck" 120 shellcheck install.sh step.sh llmos hooks/* scripts/*.sh docs/ci/*.sh tools/packages/install.sh .ci/run Tests/scripts/*
part "ruff" 120 scripts/ruff.sh
part "bats" 120 bats Tests/scripts
part "test build" 900 swift build --build-tests
part "swift test" 900 swift test --skip-build
part "other formats" 900 scripts/formats.sh
printf 'test.sh: all parts passed\n'
