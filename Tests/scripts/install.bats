#!/usr/bin/env bats
# install.sh, without a real build: swift, the build and the package managers are stubs.

# shellcheck disable=SC2154 # programs.bash sets place, programs and root
load programs

setup() {
  make_place
  mkdir "$place/scripts"
  cp "$root/install.sh" "$place/"
  cd "$place" || return 1
  stub "$programs/swift" 'echo "Swift version 6.3.1 (swift-6.3.1-RELEASE)"'
  stub "$programs/strip" ''
  stub "$programs/pkg-config" 'exit 0'
  build_makes 0.1.0
}

# A scripts/build.sh whose llmos-hook tells the version $1, and writes its other calls into the file "calls".
build_makes() {
  stub scripts/build.sh "cd '$place' && mkdir -p .build-release/bin
    for name in llmos-hook llmos-gate llmos-launcher; do
      printf '#!/bin/sh\n[ \"\$1\" = --version ] && echo $1 || printf \"<%%s>\\\\n\" \"\$@\" >\"$BATS_TEST_TMPDIR/calls\"\n' \
        >.build-release/bin/\$name
      chmod +x .build-release/bin/\$name
    done"
}

@test "--help says how it is called" {
  run ./install.sh --help
  [ "$status" -eq 0 ]
  [[ ${lines[0]} == 'Usage: ./install.sh [--prefix DIR] [--demo] [REPO]' ]]
}

@test "an option that is not there, a prefix without a directory, two repositories: 64" {
  for words in --nonsense -x --prefix '--prefix= .' '. .'; do
    # shellcheck disable=SC2086 # words
    run ./install.sh $words
    [ "$status" -eq 64 ]
    [[ $output == *'next: ./install.sh --help'* ]]
  done
}

@test "without swift: 69, and where to get it" {
  rm "$programs/swift"
  run ./install.sh --demo
  [ "$status" -eq 69 ]
  [[ $output == *'Swift 6.2 or newer is needed, and there is no swift on PATH'* ]]
  [[ $output == *'https://www.swift.org/install'* ]]
}

@test "a swift that is too old: 69, and which one it is" {
  for version in 5.10 6.1.2; do
    stub "$programs/swift" "echo 'Swift version $version (swift-$version-RELEASE)'"
    run ./install.sh --demo
    [ "$status" -eq 69 ]
    [[ $output == *"$programs/swift is ${version%.2}"* ]]
  done
}

@test "a swift that fails: 69" {
  stub "$programs/swift" 'exit 1'
  run ./install.sh --demo
  [ "$status" -eq 69 ]
  [[ $output == *'does not say its version'* ]]
}

@test "newer versions and other forms of the version line are taken" {
  for line in 'Swift version 6.2-dev (LLVM 1, Swift 2)' 'Apple Swift version 7.0 (swiftlang-7.0.0)' \
    'Swift version 10.1 (swift-10.1-RELEASE)'; do
    stub "$programs/swift" "echo '$line'"
    run ./install.sh --prefix prefix
    [ "$status" -eq 0 ]
  done
}

@test "the programs are put into DIR/bin, and it says that this is not on PATH" {
  run ./install.sh --prefix 'pre fix/'
  [ "$status" -eq 0 ]
  [ "$(ls -A 'pre fix/bin')" = "$(printf '%s\n' llmos-gate llmos-hook llmos-launcher)" ]
  [[ $output == *"pre fix/bin is not on PATH"* ]]
}

@test "man pages and completions are put into DIR/share, and pages of commands that are gone go" {
  mkdir man
  echo page >man/llmos-hook.1
  echo page >man/llmos-hook-set.1
  # shellcheck disable=SC2016 # for the stub to expand
  stub "$BATS_TEST_TMPDIR/program" '[ "$1" = --version ] && echo 0.1.0 || echo "a script for $2"'
  stub scripts/build.sh "mkdir -p '$place/.build-release/bin' && cd '$place/.build-release/bin' &&
    cp '$BATS_TEST_TMPDIR/program' llmos-hook && cp llmos-hook llmos-gate"
  mkdir -p 'pre fix/share/man/man1'
  touch 'pre fix/share/man/man1/llmos-hook-gone.1' 'pre fix/share/man/man1/other.1'
  run ./install.sh --prefix 'pre fix'
  [ "$status" -eq 0 ]
  [ "$(ls 'pre fix/share/man/man1')" = "$(printf '%s\n' llmos-hook-set.1 llmos-hook.1 other.1)" ]
  [ "$(cat 'pre fix/share/man/man1/llmos-hook.1')" = page ]
  [ "$(cat 'pre fix/share/bash-completion/completions/llmos-hook')" = 'a script for bash' ]
  [ "$(cat 'pre fix/share/zsh/site-functions/_llmos-hook')" = 'a script for zsh' ]
  [ "$(cat 'pre fix/share/fish/vendor_completions.d/llmos-hook.fish')" = 'a script for fish' ]
  [ "$(cat 'pre fix/share/bash-completion/completions/step.sh')" = 'a script for bash' ]
  [ "$(cat 'pre fix/share/fish/vendor_completions.d/llmos.fish')" = 'a script for fish' ]
  [[ $output == *'installed man pages and completions in '*'pre fix/share'* ]]
}

@test "a share that cannot be written: 73" {
  mkdir prefix
  touch prefix/share
  run ./install.sh --prefix prefix
  [ "$status" -eq 73 ]
}

@test "a DIR/bin that is on PATH is not spoken of" {
  PATH="$PATH:$place/prefix/bin" run ./install.sh --prefix prefix
  [ "$status" -eq 0 ]
  [[ $output != *'not on PATH'* ]]
}

@test "~/.local is where the programs go by themselves" {
  run ./install.sh
  [ "$status" -eq 0 ]
  [ -x "$HOME/.local/bin/llmos-hook" ]
}

@test "without HOME a prefix must be named" {
  run env -u HOME ./install.sh
  [ "$status" -eq 64 ]
  run env HOME= ./install.sh
  [ "$status" -eq 64 ]
  [[ $output == *'--prefix DIR'* ]]
  run env HOME= ./install.sh --prefix prefix
  [ "$status" -eq 0 ]
}

@test "again upgrades, by renaming: who runs the old program keeps it" {
  run ./install.sh --prefix prefix
  ln prefix/bin/llmos-hook running
  build_makes 0.2.0
  run ./install.sh --prefix prefix
  [ "$status" -eq 0 ]
  [ "$(prefix/bin/llmos-hook --version)" = 0.2.0 ]
  [ "$(./running --version)" = 0.1.0 ]
}

@test "with a repository the gate is installed into it, by the program that was put in place" {
  mkdir 'my repo'
  cd scripts
  run ../install.sh --prefix ../prefix '../my repo'
  [ "$status" -eq 0 ]
  [ "$(cat "$BATS_TEST_TMPDIR/calls")" = "$(lines install --repo "$place/scripts/../my repo")" ]
}

@test "a repository that is not there: 66, before anything is built" {
  run ./install.sh --prefix prefix nowhere
  [ "$status" -eq 66 ]
  [ ! -e .build-release ]
}

@test "a build that fails, a program that does not run: 70, and nothing is put in place" {
  stub scripts/build.sh 'echo "error: no such module"; exit 70'
  run ./install.sh --prefix prefix
  [ "$status" -eq 70 ]
  [[ $output == *'the build failed'* ]]
  stub scripts/build.sh 'mkdir -p .build-release/bin; printf "#!/bin/sh\nexit 1\n" >.build-release/bin/llmos-hook
    chmod +x .build-release/bin/llmos-hook'
  run ./install.sh --prefix prefix
  [ "$status" -eq 70 ]
  [ ! -e prefix ]
}

@test "a prefix that cannot be made: 73" {
  touch file
  run ./install.sh --prefix file/prefix
  [ "$status" -eq 73 ]
}

@test "the demo ends with 1 when something is not as it should be, and leaves nothing behind" {
  mkdir tmp
  TMPDIR="$place/tmp" run ./install.sh --demo
  [ "$status" -eq 1 ]
  [[ $output == *'$ llmos-hook install'* ]]
  [[ $output == *'demo: the output should contain "sealed at PROJECT_BOOTSTRAP:INITIALIZATION"'* ]]
  [ -z "$(ls -A tmp)" ]
  [ ! -e "$HOME/.local" ]
}

@test "root: missing packages are installed with apt-get" {
  rm "$programs/strip"
  stub "$programs/pkg-config" 'exit 1'
  stub "$programs/id" 'echo 0'
  stub "$programs/apt-get" "echo \"\$*\" >>'$BATS_TEST_TMPDIR/apt'
    [ \$1 = update ] || { touch '$programs/strip'; chmod +x '$programs/strip'; ln -s /bin/true '$programs/done'; }"
  stub "$programs/dpkg-query" "[ -e '$programs/done' ] && printf installed"
  run ./install.sh --prefix prefix
  [ "$status" -eq 0 ]
  [ "$(cat "$BATS_TEST_TMPDIR/apt")" = "$(printf '%s\n' update \
    'install -y --no-install-recommends binutils libgit2-dev libyaml-dev')" ]
}

@test "no root, no sudo: 69, and the command for root" {
  stub "$programs/pkg-config" 'exit 1'
  stub "$programs/id" 'echo 1000'
  stub "$programs/apt-get" 'echo called; exit 1'
  run ./install.sh --prefix prefix
  [ "$status" -eq 69 ]
  [[ $output == *'next: as root, apt-get install libgit2-dev libyaml-dev'* ]]
  [[ $output != *called* ]]
}

@test "sudo is used when it asks for nothing" {
  stub "$programs/id" 'echo 1000'
  stub "$programs/sudo" "[ \"\$1\" = -n ] && exit
    echo \"\$*\" >>'$BATS_TEST_TMPDIR/sudo'
    case \"\$*\" in
    *graphviz) set -- bats python3 shellcheck ssh-keygen strace tidy xmllint dot ;;
    *chromium) set -- chromium ;;
    *) exit ;;
    esac
    for name; do ln -sf /bin/true '$programs'/\$name; done"
  stub "$programs/apt-get" 'exit 1'
  run ./install.sh --test-packages </dev/null
  [ "$status" -eq 0 ]
  [ "$(cat "$BATS_TEST_TMPDIR/sudo")" = "$(printf '%s\n' 'apt-get update' \
    'env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends bats python3 shellcheck openssh-client strace python3-venv tidy libxml2-utils graphviz' \
    'apt-get update' 'env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium')" ]
}

@test "apt-get that fails is shown: 69" {
  stub "$programs/pkg-config" 'exit 1'
  stub "$programs/id" 'echo 0'
  stub "$programs/apt-get" 'echo "E: Unable to locate package"; exit 100'
  run ./install.sh --prefix prefix
  [ "$status" -eq 69 ]
  [[ $output == *'E: Unable to locate package'* ]]
}

@test "other systems: the command is printed, and nothing is built without libgit2" {
  stub "$programs/pkg-config" 'exit 1'
  for pair in 'dnf libgit2-devel' 'pacman libgit2' 'apk libgit2-dev' 'brew libgit2'; do
    stub "$programs/${pair% *}" ''
    run ./install.sh --prefix prefix
    [ "$status" -eq 69 ]
    [[ $output == *"next: "*"${pair% *} "*" ${pair#* } "* ]]
    [ ! -e .build-release ]
    rm "$programs/${pair% *}"
  done
}

@test "other systems: without binutils but with libgit2 it still needs strip" {
  rm "$programs/strip"
  run ./install.sh --prefix prefix
  [ "$status" -eq 69 ]
  [[ $output == *'binutils is still missing'* ]]
}
