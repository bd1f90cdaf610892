#!/bin/sh
# gits.sh DIR-OF-GIT-SOURCE [TAG...]: builds versions of git from a clone of its source, once each, and runs the integration
# tests, those of the other formats and the matrix with each of them first on PATH. Without a TAG it takes the oldest that
# llmos-hook works with, 2.31, and the newest one there.
#
# Needs built tests and programs (swift build --build-tests; scripts/build.sh), a C compiler and zlib. The gits go into
# LLMOS_GITS_CACHE (~/.cache/llmos-hook-gits). GITS_RUN names what is run: tests, formats, matrix; all of them by default.
set -eu
if [ $# = 0 ] || [ "$1" = --help ]; then
  sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
  exit 64
fi
source=$(CDPATH='' cd "$1" && pwd)
shift
CDPATH='' cd "$(dirname -- "$0")/.."
cache=${LLMOS_GITS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/llmos-hook-gits}
logs=$cache/logs
mkdir -p "$logs"
export LLMOS_HOOK_BIN="${LLMOS_HOOK_BIN:-$PWD/.build-release/bin}"

if [ $# = 0 ]; then
  tags() { git -C "$source" tag --list "$1" --sort=-version:refname; }
  oldest=$(tags 'v2.31.*' | head -n 1)
  newest=$(git -C "$source" -c versionsort.suffix=-rc tag --list 'v[0-9]*' --sort=-version:refname | head -n 1)
  set -- "$oldest" "$newest"
fi

build() { # $1 tag
  [ ! -x "$cache/$1/bin/git" ] || return 0
  printf 'gits.sh: building git %s ...\n' "${1#v}"
  work=$(mktemp -d)
  git -C "$source" archive "$1" | tar -x -C "$work"
  printf '%s\n' "${1#v}" >"$work/version"
  # What fetches over the network and what is translated is not tried.
  make -C "$work" -j"$(nproc)" prefix="$cache/$1" CFLAGS=-O1 NO_RUST=1 NO_CURL=1 NO_EXPAT=1 NO_OPENSSL=1 NO_GETTEXT=1 \
    NO_TCLTK=1 NO_PYTHON=1 INSTALL_SYMLINKS=1 install >"$logs/$1.build" 2>&1 || {
    tail -n 20 "$logs/$1.build"
    printf 'gits.sh: git %s does not build; log: %s\n' "${1#v}" "$logs/$1.build"
    exit 69
  }
  rm -rf "$work"
}

failed=0
try() { # $1 tag, $2 what, rest: the command
  tag=$1
  what=$2
  shift 2
  case " ${GITS_RUN:-tests formats matrix} " in
  *" $what "*) ;;
  *) return 0 ;;
  esac
  result=pass
  PATH=$cache/$tag/bin:$PATH "$@" >"$logs/$tag.$what" 2>&1 </dev/null || result=FAIL failed=1
  printf 'gits.sh: git %s: %s: %s; log: %s\n' "${tag#v}" "$what" "$result" "$logs/$tag.$what"
}

for tag; do build "$tag"; done
for tag; do
  try "$tag" tests swift test --skip-build --filter IntegrationTests
  try "$tag" formats scripts/formats.sh
  try "$tag" matrix scripts/matrix.sh
done
exit "$failed"
