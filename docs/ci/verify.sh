#!/bin/sh
# verify.sh URL [RANGE]: checks a repository's commits against its ledgers, in a bare copy, as a server does.
set -eu
[ $# -ge 1 ] || { echo "usage: verify.sh URL [RANGE]" >&2; exit 64; }
case $1 in
*:*) url=$1 ;;
*) url=$(cd "$1" && pwd) ;;
esac
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git init -q --bare "$copy"
git -C "$copy" fetch -q --no-tags "$url" '+refs/heads/*:refs/heads/*' '+refs/llmos/ledger/*:refs/llmos/ledger/*' \
  '+refs/notes/llmos*:refs/notes/llmos*'
git -C "$copy" symbolic-ref HEAD "$(git ls-remote --symref "$url" HEAD | sed -n 's/^ref: \(.*\)\tHEAD$/\1/p')"
llmos-hook -C "$copy" verify --strict "${2:-HEAD}"
