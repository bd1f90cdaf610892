#!/bin/sh
# pages.sh check PAGE... | story DIRECTORY | pictures: looks at the report in a headless Chromium, and makes the
# pictures of the README (tools/pages/__init__.py says more).
#
# Needs chromium (./install.sh --test-packages), and axe-core, which comes from PyPI, once, into .build-tools. Builds
# first, unless LLMOS_HOOK_BIN names a directory with llmos-hook in it.
set -eu
scripts=$(dirname -- "$0")
# Pinned: another version of axe-core finds other things. Of the package only the script is used.
venv=$("$scripts/venv.sh" "$scripts/../.build-tools" --no-deps axe-playwright-python==0.1.8)
exec "$venv/bin/python" -B "$scripts/../tools" pages "$@"
