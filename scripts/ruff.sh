#!/bin/sh
# ruff.sh: what ruff says of the Python programs, and whether they have its format. tools/ruff.toml has the rules.
# To mend what can be: the ruff that it prints with --where, as `ruff check --fix tools` and `ruff format tools`.
set -eu
CDPATH='' cd "$(dirname -- "$0")/.."
# Pinned: another version finds other things.
venv=$(scripts/venv.sh .build-tools ruff==0.17.6)
if [ "${1-}" = --where ]; then
  echo "$venv/bin/ruff"
  exit
fi
"$venv/bin/ruff" check --no-cache --quiet tools
"$venv/bin/ruff" format --no-cache --quiet --check tools
