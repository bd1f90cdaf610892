#!/bin/sh
# package.sh make | same | try ROOT...: makes the packages that users install, and tries them in bare systems
# (tools/packages/__init__.py says more).
#
# make needs git, file and dpkg-deb, and builds; try needs root.
set -eu
exec python3 -B "$(dirname -- "$0")/../tools" packages "$@"
