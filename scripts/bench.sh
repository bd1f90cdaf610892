#!/bin/sh
# bench.sh [NAME...] [--json FILE] [--write]: measures llmos-hook; exits 1 when a bound is missed.
# bench.sh --compare OLD.json NEW.json [--tolerance 1.15]: compares two results.
#
# Builds first, unless LLMOS_HOOK_BIN names a directory with llmos-hook and llmos-gate in it.
# docs/benchmarks.md tells what is measured.
exec python3 -B "$(dirname -- "$0")/../tools" bench "$@"
