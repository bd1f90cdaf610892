#!/bin/sh
# libgit2s.sh DIR-OF-LIBGIT2-SOURCE [TAG...]: builds versions of libgit2 from a clone of its source, without a network, once
# each, builds the programs with each of them, and runs those integration tests that read and write most. Without a TAG it
# takes the oldest that llmos-hook builds with, 1.1, and what is checked out there.
#
# Needs built tests (swift build --build-tests), cmake and a C compiler. The libraries go into LLMOS_LIBGIT2S_CACHE
# (~/.cache/llmos-hook-libgit2s), the programs into .build-release-TAG. LIBGIT2S_FILTER names other tests, as
# `swift test --filter` has them.
set -eu
product=libgit2
cache=${LLMOS_LIBGIT2S_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/llmos-hook-libgit2s}
# shellcheck source=scripts/versions.sh
. "$(dirname -- "$0")/versions.sh"
[ $# != 0 ] || set -- "$(newest 'v1.1.*')" HEAD
tests='CommitTests|TransitionTests|EngineTests|FormatTests|RollbackTests|VerifyTests|SyncTests'

build() { # $1 tag
  # What is checked out may be another commit the next time.
  commit=$(git -C "$source" rev-parse "$1^{commit}")
  [ "$(cat "$cache/$1/commit" 2>/dev/null)" != "$commit" ] || return 0
  work=$(mktemp -d)
  mkdir "$work/source"
  git -C "$source" archive "$1" | tar -x -C "$work/source"
  # No HTTP, TLS and SSH, and nothing of the system: options that a version does not have are passed over.
  must "$1" cmake cmake -S "$work/source" -B "$work/build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$cache/$1" \
    -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_POLICY_VERSION_MINIMUM=3.5 -DBUILD_SHARED_LIBS=OFF -DBUILD_CLAR=OFF \
    -DBUILD_TESTS=OFF -DBUILD_CLI=OFF -DBUILD_EXAMPLES=OFF -DUSE_SSH=OFF -DUSE_HTTP=OFF -DUSE_HTTPS=OFF \
    -DUSE_GSSAPI=OFF -DUSE_HTTP_PARSER=builtin -DREGEX_BACKEND=builtin -DUSE_REGEX=builtin \
    -DUSE_BUNDLED_ZLIB=ON -DUSE_COMPRESSION=builtin
  must "$1" library cmake --build "$work/build" --parallel "$(nproc)" --target install
  printf '%s\n' "$commit" >"$cache/$1/commit"
  rm -rf "$work"
}

opens() { # $1 tag: whether it opens every format that git makes: prints "all"
  ! grep -q GIT_OID_SHA256_SIZE "$cache/$1/include/git2/oid.h" ||
    grep -q GIT_EXPERIMENTAL_SHA256 "$cache/$1/include/git2/oid.h" || echo all
}

for tag; do build "$tag"; done
for tag; do
  try "$tag" programs env LLMOS_LIBGIT2="$cache/$tag" scripts/build.sh || continue
  try "$tag" tests env LLMOS_LIBGIT2_OPENS="$(opens "$tag")" LLMOS_HOOK_BIN="$PWD/.build-release-$tag/bin" \
    swift test --skip-build --filter "${LIBGIT2S_FILTER:-$tests}" || :
done
exit "$failed"
