#!/bin/sh
# libgit2s.sh DIR-OF-LIBGIT2-SOURCE [TAG...]: builds versions of libgit2 from a clone of its source, without a network, once
# each, builds the programs with each of them, and runs those integration tests that read and write most. Without a TAG it
# takes the oldest that llmos-hook builds with, 1.1, and what is checked out there.
#
# Needs built tests (swift build --build-tests), cmake and a C compiler. The libraries go into LLMOS_LIBGIT2S_CACHE
# (~/.cache/llmos-hook-libgit2s), the programs into .build-release-TAG. LIBGIT2S_FILTER names other tests, as
# `swift test --filter` has them.
set -eu
if [ $# = 0 ] || [ "$1" = --help ]; then
  sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
  exit 64
fi
source=$(CDPATH='' cd "$1" && pwd)
shift
CDPATH='' cd "$(dirname -- "$0")/.."
cache=${LLMOS_LIBGIT2S_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/llmos-hook-libgit2s}
logs=$cache/logs
mkdir -p "$logs"
tests='CommitTests|TransitionTests|EngineTests|FormatTests|RollbackTests|VerifyTests|SyncTests'

[ $# != 0 ] || set -- "$(git -C "$source" tag --list 'v1.1.*' --sort=-version:refname | head -n 1)" HEAD

build() { # $1 tag
  # What is checked out may be another commit the next time.
  commit=$(git -C "$source" rev-parse "$1^{commit}")
  [ "$(cat "$cache/$1/commit" 2>/dev/null)" != "$commit" ] || return 0
  printf 'libgit2s.sh: building libgit2 %s ...\n' "${1#v}"
  work=$(mktemp -d)
  mkdir "$work/source"
  git -C "$source" archive "$1" | tar -x -C "$work/source"
  # No HTTP, TLS and SSH, and nothing of the system: options that a version does not have are passed over.
  {
    cmake -S "$work/source" -B "$work/build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$cache/$1" \
      -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_POLICY_VERSION_MINIMUM=3.5 -DBUILD_SHARED_LIBS=OFF -DBUILD_CLAR=OFF \
      -DBUILD_TESTS=OFF -DBUILD_CLI=OFF -DBUILD_EXAMPLES=OFF -DUSE_SSH=OFF -DUSE_HTTP=OFF -DUSE_HTTPS=OFF \
      -DUSE_GSSAPI=OFF -DUSE_HTTP_PARSER=builtin -DREGEX_BACKEND=builtin -DUSE_REGEX=builtin \
      -DUSE_BUNDLED_ZLIB=ON -DUSE_COMPRESSION=builtin &&
      cmake --build "$work/build" --parallel "$(nproc)" --target install
  } >"$logs/$1.libgit2" 2>&1 || {
    tail -n 20 "$logs/$1.libgit2"
    printf 'libgit2s.sh: libgit2 %s does not build; log: %s\n' "${1#v}" "$logs/$1.libgit2"
    exit 69
  }
  printf '%s\n' "$commit" >"$cache/$1/commit"
  rm -rf "$work"
}

failed=0
try() { # $1 tag, $2 what, rest: the command
  tag=$1
  what=$2
  shift 2
  result=pass
  "$@" >"$logs/$tag.$what" 2>&1 </dev/null || result=FAIL failed=1
  printf 'libgit2s.sh: libgit2 %s: %s: %s; log: %s\n' "${tag#v}" "$what" "$result" "$logs/$tag.$what"
  [ "$result" = pass ]
}

for tag; do build "$tag"; done
opens() { # $1 tag: whether it opens every format that git makes: prints "all"
  ! grep -q GIT_OID_SHA256_SIZE "$cache/$1/include/git2/oid.h" ||
    grep -q GIT_EXPERIMENTAL_SHA256 "$cache/$1/include/git2/oid.h" || echo all
}

for tag; do
  ! LLMOS_LIBGIT2=$cache/$tag try "$tag" build scripts/build.sh ||
    LLMOS_LIBGIT2_OPENS=$(opens "$tag") LLMOS_HOOK_BIN=$PWD/.build-release-$tag/bin try "$tag" tests \
      swift test --skip-build --filter "${LIBGIT2S_FILTER:-$tests}" || :
done
exit "$failed"
