#!/bin/sh
# unpack.sh ARCHIVE DIRECTORY [SHA256]: puts the programs of a released archive (a URL or a path) into DIRECTORY/bin.
set -eu
archive=$1
directory=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
  printf 'unpack.sh: %s\n' "$1" >&2
  exit 69
}

case $archive in
*://*)
  curl --fail --silent --show-error --location --output "$scratch/archive" "$archive" ||
    fail "the archive cannot be fetched: $archive"
  ;;
*) cp "$archive" "$scratch/archive" || fail "there is no archive $archive" ;;
esac
if [ -n "${3-}" ]; then
  printf '%s  %s\n' "$3" "$scratch/archive" | sha256sum --check --status ||
    fail "the archive's SHA-256 is not $3"
fi
mkdir -p "$scratch/content" "$directory/bin"
tar -xf "$scratch/archive" -C "$scratch/content" || fail "the archive cannot be unpacked: $archive"
find "$scratch/content" -type f -name 'llmos-*' -perm -u+x -exec mv -f {} "$directory/bin/" \;
[ -x "$directory/bin/llmos-hook" ] || fail "the archive has no llmos-hook: $archive"
