#!/bin/sh
# venv.sh DIRECTORY PACKAGE==VERSION...: prints the path of a Python environment with these packages. It is made once
# below DIRECTORY; other versions make another one. Needs PyPI then, and Python's venv.
set -eu
directory=$1
shift
venv=$directory/$(echo "$*" | cksum | tr -d ' ')
if ! [ -e "$venv/complete" ] || ! "$venv/bin/python" -c '' 2>/dev/null; then
  rm -rf "$venv"
  mkdir -p "$directory"
  if python3 -m venv "$venv" >&2 && "$venv/bin/pip" install --quiet --disable-pip-version-check "$@" >&2; then
    : >"$venv/complete"
  else
    echo "venv.sh: needs PyPI for $*, and python3 with venv (./install.sh --test-packages)" >&2
    exit 69
  fi
fi
printf '%s\n' "$venv"
