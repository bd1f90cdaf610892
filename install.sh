#!/bin/sh
# install.sh: builds llmos-hook and installs it, and on request installs the gate into a repository.
set -u
caller=$PWD
root=$(CDPATH='' cd "$(dirname -- "$0")" && pwd) || exit 70
built=$root/.build-release/bin

usage() {
  cat <<'TEXT'
Usage: ./install.sh [--prefix DIR] [--demo] [REPO]
       ./install.sh --test-packages

Builds llmos-hook and installs it into DIR/bin, and its man pages and completions into DIR/share.
With REPO, installs the gate into that repository too. To upgrade, run it again.

  --prefix DIR     the directory of bin/ and share/; default: ~/.local
  --demo           show the gate at work in a temporary repository, which is removed afterwards.
                   Without --prefix and REPO, the programs are built but not installed
  --test-packages  only install the packages needed for building and testing
  --help           show this help

Needs Swift 6.2 or newer (https://www.swift.org/install), libgit2 and libyaml. On Debian and Ubuntu it installs
missing packages with apt-get, as root or through sudo.

Exit codes: 0 done, 1 the demo did not go as expected, 64 usage, 66 no such REPO, 69 a program or
library is missing, 70 the build failed, 73 cannot create a file.
TEXT
}

fail() { # $1 exit code, then a line each: what, why or what next
  code=$1
  shift
  printf 'install.sh: %s\n' "$1" >&2
  shift
  for line; do printf '  %s\n' "$line" >&2; done
  exit "$code"
}

say() { printf 'install.sh: %s\n' "$1"; }

absolute() { # $1 a path, as the caller meant it
  case $1 in
  /*) printf '%s\n' "$1" ;;
  *) printf '%s\n' "$caller/$1" ;;
  esac
}

# MARK: What the build needs

swift_is_there() {
  where='https://www.swift.org/install'
  command -v swift >/dev/null 2>&1 ||
    fail 69 "Swift 6.2 or newer is needed, and there is no swift on PATH" "next: install it from $where"
  found=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9]*\)\.\([0-9][0-9]*\).*/\1 \2/p')
  major=${found%% *}
  minor=${found##* }
  [ -n "$found" ] ||
    fail 69 "Swift 6.2 or newer is needed, and $(command -v swift) does not say its version" \
      "next: install it from $where"
  [ "$major" -gt 6 ] || { [ "$major" -eq 6 ] && [ "$minor" -ge 2 ]; } ||
    fail 69 "Swift 6.2 or newer is needed, and $(command -v swift) is $major.$minor" \
      "next: install it from $where"
}

has() { # $1 what; whether it is there, by whatever way it came
  case $1 in
  libgit2)
    pkg-config --exists libgit2 2>/dev/null ||
      [ "$(dpkg-query -W -f '${db:Status-Status}' libgit2-dev 2>/dev/null)" = installed ]
    ;;
  libyaml)
    pkg-config --exists yaml-0.1 2>/dev/null ||
      [ "$(dpkg-query -W -f '${db:Status-Status}' libyaml-dev 2>/dev/null)" = installed ]
    ;;
  binutils) command -v strip >/dev/null 2>&1 ;;
  chromium)
    for program in chromium chromium-browser google-chrome google-chrome-stable chrome; do
      command -v "$program" >/dev/null 2>&1 && return 0
    done
    return 1
    ;;
  venv) python3 -c 'import ensurepip, venv' 2>/dev/null ;;
  *) command -v "$1" >/dev/null 2>&1 ;;
  esac
}

packages_are_there() { # the programs and libraries that are needed
  missing=
  for name; do has "$name" || missing="$missing $name"; done
  [ -n "$missing" ] || return 0
  if command -v apt-get >/dev/null 2>&1; then
    # libgit2-dev depends on the packages that its static form needs: http-parser, mbedtls, pcre2, zlib.
    packages=$(printf '%s' "$missing" | sed 's/libgit2/libgit2-dev/; s/libyaml/libyaml-dev/; s/ssh-keygen/openssh-client/; s/ venv/ python3-venv/;
      s/ xmllint/ libxml2-utils/; s/ dot/ graphviz/')
    apt_install "$packages"
  else
    tell_command
  fi
  for name; do
    has "$name" || fail 69 "$name is still missing" "next: install it, then run this again"
  done
}

apt_install() { # $1 names of packages
  if [ "$(id -u)" -eq 0 ]; then
    as_root=
  elif command -v sudo >/dev/null 2>&1 && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
    as_root=sudo
  else
    fail 69 "missing:$1" "next: as root, apt-get install$1"
  fi
  say "installing$1"
  # Lists that are old, or cannot be renewed just now, often still do.
  log=$(
    $as_root apt-get update 2>&1
    # shellcheck disable=SC2086 # the names are words
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $1 2>&1
  ) || {
    printf '%s\n' "$log" >&2
    fail 69 "apt-get could not install$1" "next: see the messages of apt-get above"
  }
}

tell_command() {
  for name in dnf pacman apk brew; do
    command -v "$name" >/dev/null 2>&1 && break
    name=
  done
  case $name in
  dnf) command='sudo dnf install libgit2-devel libyaml-devel binutils git pkgconf-pkg-config' ;;
  pacman) command='sudo pacman -S --needed libgit2 libyaml binutils git pkgconf' ;;
  apk) command='sudo apk add libgit2-dev yaml-dev binutils git pkgconf' ;;
  brew) command='brew install libgit2 libyaml binutils git pkgconf' ;;
  *) command='install libgit2 and libyaml with their headers, binutils, git and pkg-config' ;;
  esac
  for name in $missing; do
    case $name in
    libgit2 | libyaml | binutils | git) ;;
    *) command="$command $name" ;;
    esac
  done
  printf 'install.sh: missing:%s\n  next: %s\n' "$missing" "$command" >&2
}

# MARK: Building, and putting in place

build() {
  say "building; a first build takes a few minutes"
  "$root/scripts/build.sh" || fail 70 "the build failed" "next: see the messages above"
  version=$("$built/llmos-hook" --version) || fail 70 "the new program does not run"
  say "built llmos-hook $version"
}

# A program that runs is never written over: the new one is written beside it and takes its name.
put() { # $1 name
  new=$bin/.$1.new.$$
  { cp "$built/$1" "$new" && chmod 755 "$new" && mv -f "$new" "$bin/$1"; } || {
    rm -f "$new"
    fail 73 "cannot write $bin/$1" "next: ./install.sh --prefix DIR, with a directory that you can write to"
  }
}

put_programs() {
  { mkdir -p "$bin" && bin=$(cd "$bin" && pwd); } ||
    fail 73 "cannot create $bin" "next: ./install.sh --prefix DIR, with a directory that you can write to"
  if [ -e "$built/llmos-launcher" ]; then put llmos-launcher; else rm -f "$bin/llmos-launcher"; fi
  put llmos-gate
  put llmos-hook
  "$bin/llmos-hook" --version >/dev/null || fail 70 "$bin/llmos-hook does not run"
  say "installed llmos-hook and llmos-gate in $bin"
  put_manual
  case ":${PATH-}:" in
  *":$bin:"*) ;;
  *) say "$bin is not on PATH; add this to your shell's profile: export PATH=\"$bin:\$PATH\"" ;;
  esac
}

# Man pages, and completions for bash, zsh and fish, where these look for them below a prefix.
put_manual() {
  share=$(dirname -- "$bin")/share
  completion bash bash-completion/completions llmos-hook
  completion zsh zsh/site-functions _llmos-hook
  completion fish fish/vendor_completions.d llmos-hook.fish
  # The scripts of a governed repository are completed by the same files, which shells look for by their names.
  for script in llmos step.sh scenario_engine.sh; do
    { ln -sf llmos-hook "$share/bash-completion/completions/$script" &&
      ln -sf llmos-hook.fish "$share/fish/vendor_completions.d/$script.fish"; } ||
      fail 73 "cannot write into $share" "next: ./install.sh --prefix DIR, with a directory that you can write to"
  done
  man=$share/man/man1
  mkdir -p "$man" || fail 73 "cannot create $man" "next: ./install.sh --prefix DIR, with a directory that you can write to"
  for page in "$root"/man/*.1; do
    [ ! -e "$page" ] || put_file "$page" "$man/${page##*/}"
  done
  for page in "$man"/llmos-hook*.1; do
    [ -e "$root/man/${page##*/}" ] || rm -f "$page"
  done
  say "installed man pages and completions in $share"
}

completion() { # $1 shell, $2 directory below share, $3 name
  mkdir -p "$share/$2" ||
    fail 73 "cannot create $share/$2" "next: ./install.sh --prefix DIR, with a directory that you can write to"
  new=$share/$2/$3.new.$$
  { "$bin/llmos-hook" --generate-completion-script "$1" >"$new" && chmod 644 "$new" && mv -f "$new" "$share/$2/$3"; } || {
    rm -f "$new"
    fail 73 "cannot write $share/$2/$3" "next: ./install.sh --prefix DIR, with a directory that you can write to"
  }
}

put_file() { # $1 file, $2 where
  { cp "$1" "$2.new.$$" && chmod 644 "$2.new.$$" && mv -f "$2.new.$$" "$2"; } || {
    rm -f "$2.new.$$"
    fail 73 "cannot write $2" "next: ./install.sh --prefix DIR, with a directory that you can write to"
  }
}

# MARK: The demo

# What is printed is what runs, in an environment with nothing of the caller's: no configuration of
# git, no mark of an agent.
shows() { # $1 the exit code that is right, $2 words that are in the output, $3 the command
  printf '\n$ %s\n' "$3"
  got=0
  (
    cd "$scratch/project" && exec env -i HOME="$scratch/home" PATH="$bin:${PATH:-/usr/bin:/bin}" \
      GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0 GIT_EDITOR=true GIT_PAGER=cat LC_ALL=C TZ=UTC \
      GIT_AUTHOR_NAME=Demo GIT_AUTHOR_EMAIL=demo@example.com \
      GIT_COMMITTER_NAME=Demo GIT_COMMITTER_EMAIL=demo@example.com sh -c "$3"
  ) >"$scratch/output" 2>&1 </dev/null || got=$?
  cat "$scratch/output"
  [ "$got" -eq "$1" ] || fail 1 "demo: the exit code is $got, but should be $1"
  [ -z "$2" ] || grep -qF -e "$2" "$scratch/output" || fail 1 "demo: the output should contain \"$2\""
}

note() { printf '\n# %s\n' "$1"; }

remove_scratch() { [ -z "$scratch" ] || rm -rf "$scratch"; }

demo() {
  scratch=
  trap remove_scratch EXIT
  trap 'exit 130' INT
  trap 'exit 143' HUP TERM
  scratch=$(mktemp -d "${TMPDIR:-/tmp}/llmos-demo.XXXXXX") || fail 73 "cannot create a scratch directory"
  mkdir "$scratch/home" "$scratch/project" || fail 73 "cannot create a scratch directory"

  note "Create a repository and install the gate"
  shows 0 '' 'git init --quiet --initial-branch=main .'
  shows 0 'sealed at PROJECT_BOOTSTRAP:INITIALIZATION' 'llmos-hook install'

  note "In the phase BRIEF no commit lands, not even with --no-verify"
  shows 0 'entered FEATURE_DEVELOPMENT:BRIEF' \
    'llmos-hook set FEATURE_DEVELOPMENT BRIEF --context feature_slug=demo'
  shows 0 '' 'echo "a page" >page.txt && git add page.txt'
  shows 1 'FEATURE_DEVELOPMENT:BRIEF does not allow commit_changes' 'git commit -m "Add the page"'
  shows 1 'FEATURE_DEVELOPMENT:BRIEF does not allow commit_changes' \
    'git commit --no-verify -m "Add the page"'
  shows 0 'No commits yet' 'git status'

  note "The brief is mandatory. In IMPLEMENTATION the commit lands, and its message says in which phase it was made"
  shows 1 'feature_brief.md has no line of text' 'llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION'
  shows 0 '' 'echo "People see a page." >>docs/features/demo/feature_brief.md'
  shows 0 'entered FEATURE_DEVELOPMENT:IMPLEMENTATION' 'llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION'
  shows 0 'Add the page' 'git commit -m "Add the page"'
  shows 0 'Scenario: FEATURE_DEVELOPMENT/IMPLEMENTATION' 'git log -1 --format=%B'

  note "An agent commits through step.sh, and cannot change the phase"
  shows 0 '' 'echo "a line" >>page.txt'
  shows 1 'agents commit through step.sh' 'LLMOS_AGENT=DEV git commit -a -m "Add a line"'
  shows 0 '[DEV] FEATURE_DEVELOPMENT:IMPLEMENTATION Add a line' 'LLMOS_AGENT=DEV ./step.sh "Add a line"'
  shows 1 'an agent cannot change the scenario or phase' 'LLMOS_AGENT=DEV llmos-hook next-phase'

  note "Editing the phase in the file by hand has no effect"
  shows 0 'entered FEATURE_DEVELOPMENT:QA' 'llmos-hook next-phase'
  shows 0 '' 'sed -i "s/^phase: QA$/phase: IMPLEMENTATION/" SCENARIO_STATE.yml'
  shows 1 'SCENARIO_STATE.yml was edited by hand' 'git commit --allow-empty -m "Slip through"'
  shows 0 'SCENARIO_STATE.yml matches the ledger: FEATURE_DEVELOPMENT:QA' 'llmos-hook restore'
  shows 0 'FEATURE_DEVELOPMENT:QA' 'llmos-hook status'

  note "Two commits have landed"
  shows 0 'Add the page' 'git log --format=%s'
  [ "$(wc -l <"$scratch/output")" -eq 2 ] || fail 1 "demo: there should be two commits"
  printf '\n'
  say "the demo succeeded"
}

# MARK: The command line

prefix=
repo=
demo=no
packages_only=no
while [ $# -gt 0 ]; do
  case $1 in
  --help | -h)
    usage
    exit 0
    ;;
  --prefix)
    [ $# -gt 1 ] || fail 64 "--prefix needs a directory" "next: ./install.sh --help"
    prefix=$2
    shift
    [ -n "$prefix" ] || fail 64 "--prefix needs a directory" "next: ./install.sh --help"
    ;;
  --prefix=?*) prefix=${1#--prefix=} ;;
  --demo) demo=yes ;;
  --test-packages) packages_only=yes ;;
  -*) fail 64 "unknown option: $1" "next: ./install.sh --help" ;;
  *)
    { [ -z "$repo" ] && [ -n "$1" ]; } ||
      fail 64 "give one repository at most; \"$1\" is not accepted" "next: ./install.sh --help"
    repo=$1
    ;;
  esac
  shift
done

if [ "$packages_only" = yes ]; then
  packages_are_there git binutils libgit2 libyaml bats python3 shellcheck ssh-keygen strace venv tidy xmllint dot
  # By itself, because Ubuntu has no package of it.
  packages_are_there chromium
  exit 0
fi
if [ -n "$repo" ]; then
  repo=$(absolute "$repo")
  [ -d "$repo" ] || fail 66 "there is no directory $repo"
fi
into_bin=yes
[ "$demo" = no ] || [ -n "$prefix$repo" ] || into_bin=no
if [ -n "$prefix" ]; then
  bin=$(absolute "$prefix")/bin
elif [ "$into_bin" = no ]; then
  bin=$built
else
  [ -n "${HOME:-}" ] || fail 64 "HOME is not set, so ~/.local is unknown" "next: ./install.sh --prefix DIR"
  bin=$HOME/.local/bin
fi
# With an empty HOME the package manager would keep its cache in the current directory.
[ -n "${HOME:-}" ] || unset HOME

swift_is_there
packages_are_there git binutils libgit2 libyaml
build
[ "$into_bin" = no ] || put_programs
if [ -n "$repo" ]; then "$bin/llmos-hook" install --repo "$repo" || exit; fi
[ "$demo" = no ] || demo
