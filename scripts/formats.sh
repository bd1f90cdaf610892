#!/bin/sh
# formats.sh [FILTER]: the integration tests in repositories of other formats than git's old one: SHA-256, with references in
# a reftable where the git that is first on PATH makes them (2.45 and newer). FILTER as `swift test --filter` has it.
#
# Needs built tests and programs (swift build --build-tests; scripts/build.sh).
set -eu
CDPATH='' cd "$(dirname -- "$0")/.."
export LLMOS_HOOK_BIN="${LLMOS_HOOK_BIN:-$PWD/.build-release/bin}" GIT_DEFAULT_HASH=sha256
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
format="SHA-256"
if GIT_DEFAULT_REF_FORMAT=reftable git init -q "$place" && [ -d "$place/.git/reftable" ]; then
  export GIT_DEFAULT_REF_FORMAT=reftable
  format="$format and reftable"
fi
printf 'formats.sh: %s, %s\n' "$format" "$(git --version)"
swift test --skip-build --filter "${1:-IntegrationTests}"
