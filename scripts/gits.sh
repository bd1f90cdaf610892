#!/bin/sh
# gits.sh DIR-OF-GIT-SOURCE [TAG...]: builds versions of git from a clone of its source, once each, and runs the integration
# tests, those of the other formats and the matrix with each of them first on PATH. Without a TAG it takes the oldest that
# llmos-hook works with, 2.31, and the newest one there.
#
# Needs built tests and programs (swift build --build-tests; scripts/build.sh), a C compiler and zlib. The gits go into
# LLMOS_GITS_CACHE (~/.cache/llmos-hook-gits). GITS_RUN names what is run: tests, formats, matrix; all of them by default.
set -eu
product=git
cache=${LLMOS_GITS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/llmos-hook-gits}
# shellcheck source=scripts/versions.sh
. "$(dirname -- "$0")/versions.sh"
export LLMOS_HOOK_BIN="${LLMOS_HOOK_BIN:-$PWD/.build-release/bin}"
[ $# != 0 ] || set -- "$(newest 'v2.31.*')" "$(newest 'v[0-9]*')"

build() { # $1 tag
  [ ! -x "$cache/$1/bin/git" ] || return 0
  work=$(mktemp -d)
  git -C "$source" archive "$1" | tar -x -C "$work"
  printf '%s\n' "${1#v}" >"$work/version"
  # What fetches over the network and what is translated is not tried.
  must "$1" build make -C "$work" -j"$(nproc)" prefix="$cache/$1" CFLAGS=-O1 NO_RUST=1 NO_CURL=1 NO_EXPAT=1 NO_OPENSSL=1 \
    NO_GETTEXT=1 NO_TCLTK=1 NO_PYTHON=1 INSTALL_SYMLINKS=1 install
  rm -rf "$work"
}

with() { # $1 tag, $2 what, rest: the command, with that git first on PATH
  case " ${GITS_RUN:-tests formats matrix} " in
  *" $2 "*) ;;
  *) return 0 ;;
  esac
  tag=$1
  what=$2
  shift 2
  try "$tag" "$what" env PATH="$cache/$tag/bin:$PATH" "$@" || :
}

for tag; do build "$tag"; done
for tag; do
  with "$tag" tests swift test --skip-build --filter IntegrationTests
  with "$tag" formats scripts/formats.sh
  with "$tag" matrix scripts/matrix.sh
done
exit "$failed"
