#!/bin/sh
# bench.sh [NAME...] [--json FILE] [--write]: measures llmos-hook; exits 1 when a bound is missed.
# bench.sh --compare OLD.json NEW.json [--tolerance 1.15]: compares two results.
#
# Builds first, unless LLMOS_HOOK_BIN names a directory with llmos-hook and llmos-gate in it.
# docs/benchmarks.md tells what is measured.
set -eu
root=$(CDPATH='' cd "$(dirname -- "$0")/.." && pwd)

builds=yes
for word; do
  case $word in
  --compare | --help | -h) builds=no ;;
  esac
done

if [ "$builds" = yes ] && [ -z "${LLMOS_HOOK_BIN:-}" ]; then
  # Standard output is for the tables alone.
  "$root/scripts/build.sh" >&2
  LLMOS_HOOK_BIN=$root/.build-release/bin
  export LLMOS_HOOK_BIN
fi
exec python3 "$root/Benchmarks/bench.py" "$@"
