#!/bin/sh
# install.sh [--prefix DIR]: puts llmos-hook's programs into DIR/bin, and its man pages and completions into DIR/share.
# DIR is ~/.local by default. To upgrade, run the new archive's. Exit codes: 0 done, 64 usage, 73 cannot write there.
set -u
here=$(CDPATH='' cd "$(dirname -- "$0")" && pwd) || exit 73

fail() { # $1 exit code, $2 what, $3 what next
  printf 'install.sh: %s\n  next: %s\n' "$2" "$3" >&2
  exit "$1"
}

case $# in
0)
  [ -n "${HOME:-}" ] || fail 64 "HOME is not set, so ~/.local is unknown" "./install.sh --prefix DIR"
  prefix=$HOME/.local
  ;;
*)
  case $1 in
  --help | -h)
    sed -n 's/^# //p' "$0"
    exit 0
    ;;
  --prefix=?*) prefix=${1#--prefix=} ;;
  --prefix) prefix=${2:-} ;;
  *) prefix= ;;
  esac
  [ -n "$prefix" ] || fail 64 "this takes --prefix DIR and nothing else" "./install.sh --prefix DIR"
  ;;
esac

# A program that runs is never written over: the new one takes its name.
(cd "$here" && find bin share -type f -o -type l) | while IFS= read -r file; do
  { mkdir -p "$(dirname -- "$prefix/$file")" && cp -P "$here/$file" "$prefix/$file.new.$$" &&
    mv -f "$prefix/$file.new.$$" "$prefix/$file"; } || exit 73
done || fail 73 "cannot write into $prefix" "./install.sh --prefix DIR, with a directory that you can write to"
"$prefix/bin/llmos-hook" --version >/dev/null || fail 73 "$prefix/bin/llmos-hook does not run here" "uname -m"
printf 'install.sh: installed llmos-hook %s in %s\n' "$("$prefix/bin/llmos-hook" --version)" "$prefix/bin"
case ":${PATH-}:" in
*":$prefix/bin:"*) ;;
*) printf "install.sh: add this to your shell's profile: export PATH=\"%s/bin:\$PATH\"\n" "$prefix" ;;
esac
