#!/bin/sh
# verify.sh: checks a repository's commits against its ledgers, in a bare copy, as a server does.
set -u

usage() {
  cat <<'TEXT'
Usage: verify.sh [OPTION]... URL [RANGE]

Fetches the branches, pull requests, ledgers and notes of URL into a temporary bare copy, and runs
llmos-hook verify --strict over RANGE (A..B, or one commit with all of its history; default: HEAD).

  --format FORM    text, json, github, sarif or junit; default: text
  --output FILE    writes the result into FILE; what is wrong is said on stderr all the same
  --fork URL       also fetches the ledgers and notes of the fork that a pull request comes from. A ledger
                   is taken from there only if a server would take it

Of RANGE, names are looked up at URL (main, pull/7/head). An A that is only zeros, as hosts give for a
new branch, or that URL no longer has, means: what the default branch does not have.

Needs git 2.38 and llmos-hook on PATH. A token goes into git's own configuration, for example
GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=http.extraheader GIT_CONFIG_VALUE_0="Authorization: Bearer TOKEN".

Exit codes: 0 every commit is proven, 1 some are not, 64 usage, 66 no ledger, or a commit of RANGE is
not there, 69 a program is missing, 74 URL cannot be read.
TEXT
}

fail() { # $1 exit code, then what, why or what next, a line each
  code=$1
  shift
  if [ "$form" = github ]; then
    printf '::error title=llmos-hook::%s' "$1"
    [ $# -lt 2 ] || printf '%%0A%s' "$2"
    printf '\n'
  fi
  printf 'verify.sh: %s\n' "$1" >&2
  [ $# -lt 2 ] || printf '  %s\n' "$2" >&2
  exit "$code"
}

form=text
output=
fork=
while [ $# -gt 0 ]; do
  case $1 in
  --help | -h)
    usage
    exit 0
    ;;
  --format | --output | --fork)
    [ $# -gt 1 ] || fail 64 "$1 needs a value" "next: verify.sh --help"
    case $1 in
    --format) form=$2 ;;
    --output) output=$2 ;;
    --fork) fork=$2 ;;
    esac
    shift 2
    ;;
  --)
    shift
    break
    ;;
  -*) fail 64 "unknown option: $1" "next: verify.sh --help" ;;
  *) break ;;
  esac
done
{ [ $# -ge 1 ] && [ $# -le 2 ]; } || fail 64 "a URL is needed, and one range at most" "next: verify.sh --help"
for program in git llmos-hook; do
  command -v "$program" >/dev/null 2>&1 || fail 69 "$program is not on PATH" "next: install it"
done
range=${2:-HEAD}

absolute() { # $1 a URL or a path, as the caller meant it
  case $1 in
  *:*) printf '%s\n' "$1" ;;
  *) (cd "$1" 2>/dev/null && pwd) || fail 74 "there is no repository $1" ;;
  esac
}
url=$(absolute "$1") || exit $?
if [ -n "$fork" ]; then fork=$(absolute "$fork") || exit $?; fi

copy=$(mktemp -d) || fail 73 "cannot create a temporary directory"
trap 'rm -rf "$copy"' EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM
git init -q --bare "$copy" || exit 74

# Nothing that the caller's git has been told to do here: no hook, no identity, no merge driver.
in_copy() { git -C "$copy" -c user.name=verify.sh -c user.email=verify.sh@localhost "$@"; }

fetch() { # $1 where, rest: what
  in_copy fetch -q --no-tags --no-write-fetch-head "$@" 2>"$copy/said" && return
  sed -n '/^fatal:/{p;q;}' "$copy/said"
  return 1
}

# What a host keeps of pull requests: GitHub, Gitea and Forgejo; GitLab; Bitbucket. A squash that a host made is
# proven by the commits that it was made of, whose branch is often gone.
said=$(fetch "$url" '+refs/heads/*:refs/heads/*' '+refs/pull/*/head:refs/pull/*/head' \
  '+refs/merge-requests/*/head:refs/merge-requests/*/head' \
  '+refs/pull-requests/*/from:refs/pull-requests/*/from' \
  '+refs/llmos/ledger/*:refs/llmos/ledger/*' '+refs/notes/llmos*:refs/notes/llmos*') ||
  fail 74 "cannot fetch from the repository: $said" "next: git ls-remote URL shows why"
default=$(in_copy ls-remote --symref "$url" HEAD 2>/dev/null | sed -n 's/^ref: \(.*\)\tHEAD$/\1/p')
[ -z "$default" ] || in_copy symbolic-ref HEAD "$default"

# MARK: A fork

# A stranger's ledger is taken only if a server would take it: the copy becomes one.
take_ledger() { # $1 its name behind refs/llmos/ledger/
  there=refs/llmos/incoming/fork/$1
  here=refs/llmos/ledger/$1
  [ "$(in_copy rev-parse "$there")" != "$(in_copy rev-parse -q --verify "$here")" ] || return 0
  if in_copy rev-parse -q --verify "$here" >/dev/null && in_copy merge-base --is-ancestor "$there" "$here"; then
    return 0
  fi
  in_copy push -q . "$there:$here" 2>"$copy/said" ||
    printf 'verify.sh: the ledger %s of the fork is not taken: %s\n' "$1" \
      "$(sed -n 's/^remote: llmos-hook: //p' "$copy/said" | sed 1q)" >&2
}

if [ -n "$fork" ]; then
  said=$(fetch "$fork" '+refs/llmos/ledger/*:refs/llmos/incoming/fork/*' '+refs/notes/llmos:refs/notes/llmos-fork') ||
    said=$(fetch "$fork" '+refs/llmos/ledger/*:refs/llmos/incoming/fork/*') ||
    fail 74 "cannot fetch from the fork: $said"
  llmos-hook --quiet -C "$copy" install --server || exit $?
  in_copy for-each-ref --format='%(refname)' refs/llmos/incoming/fork | while read -r name; do
    take_ledger "${name#refs/llmos/incoming/fork/}"
  done
  if in_copy rev-parse -q --verify refs/notes/llmos-fork >/dev/null; then
    in_copy -c core.hooksPath=/dev/null notes --ref=llmos merge -q -s cat_sort_uniq refs/notes/llmos-fork ||
      printf 'verify.sh: the notes of the fork are not taken\n' >&2
  fi
fi
[ -n "$(in_copy for-each-ref --count=1 refs/llmos/ledger)" ] ||
  fail 66 "no ledger is here, so nothing is proven" \
    "next: llmos-hook sync, in the clone that made the commits. Then run this check again"

# MARK: The range

# A commit that is there under no name yet: hosts that allow it give it by its name.
has() { # $1 a revision
  in_copy rev-parse -q --verify "$1^{commit}" >/dev/null && return
  for from in "$url" ${fork:+"$fork"}; do
    fetch "$from" "$1" >/dev/null && in_copy rev-parse -q --verify "$1^{commit}" >/dev/null && return
  done
  return 1
}

beyond_default() { # $1 a commit: what the default branch does not have of it, or all of it
  if [ -n "$default" ] && in_copy rev-parse -q --verify "$default" >/dev/null &&
    ! in_copy merge-base --is-ancestor "$1" "$default"; then
    printf '%s..%s\n' "$default" "$1"
  else
    printf '%s\n' "$1"
  fi
}

case $range in
-*) fail 64 "not a range: $range" "next: verify.sh --help" ;;
*...*) ;;
*..*)
  from=${range%%..*}
  to=${range#*..}
  has "$to" || fail 66 "$to is not there" "next: push it, then run this check again"
  case $from in
  *[!0]*) has "$from" || range=$(beyond_default "$to") ;;
  *) range=$(beyond_default "$to") ;;
  esac
  ;;
*) has "$range" || fail 66 "$range is not there" "next: push it, then run this check again" ;;
esac

# MARK: The check

code=0
if [ -n "$output" ]; then
  llmos-hook -C "$copy" verify --strict --format "$form" "$range" >"$output" || code=$?
else
  llmos-hook -C "$copy" verify --strict --format "$form" "$range" || code=$?
fi
exit "$code"
