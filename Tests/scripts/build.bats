#!/usr/bin/env bats
# scripts/build.sh with a stub of swift: when it takes the shared library, and what it says when neither is built.

# shellcheck disable=SC2154 # programs.bash sets place, programs and root
load programs

setup() {
  local tail
  tail=$(command -v tail)
  make_place
  ln -s "$tail" "$BATS_TEST_TMPDIR/system/tail"
  mkdir "$place/scripts"
  cp "$root/scripts/build.sh" "$place/scripts/"
  cd "$place" || return 1
  # shellcheck disable=SC2016 # for the stub to expand
  stub "$programs/strip" 'cp "$3" "$2"'
  # No launcher: it has messages of its own.
  export CC=no-compiler
  unset LLMOS_SHARED
  export BATS_TEST_TMPDIR
  program 66
}

# $1 with what code the program that is built ends for status, outside of a repository.
program() {
  stub "$BATS_TEST_TMPDIR/program" "case \$* in --version) echo 0.1.0 ;; *) exit $1 ;; esac"
}

# $1 what swift does for the static build, $2 for the shared one: shell commands. "$made" is one that succeeds.
# Every call is noted in the file "calls".
made="mkdir -p \"\$scratch/release\" && cp \"\$BATS_TEST_TMPDIR/program\" \"\$scratch/release/llmos-hook\" &&
  cp \"\$BATS_TEST_TMPDIR/program\" \"\$scratch/release/llmos-gate\""
swift_does() {
  stub "$programs/swift" "case \"\$*\" in
    *-static-executable*) echo static >>'$place/calls'; scratch=.build-static; $1 ;;
    *) echo shared >>'$place/calls'; scratch=.build-shared; $2 ;;
    esac"
}

# What the log of a build is before anything goes wrong.
# shellcheck disable=SC2016 # for the stub to expand
progress='for number in 1 2 3 4 5 6 7 8 9; do echo "[$number/9] Compiling"; done'

# Runs build.sh, which must end with 70 after the static build alone.
fails() {
  run scripts/build.sh
  [ "$status" -eq 70 ]
  [ "$(cat calls)" = static ]
  [[ $output != *'no static link'* ]]
  [[ $output == *'the build failed (above; all of it in .build-static.log)'* ]]
  [[ $output != *Compiling* ]]
}

@test "the static programs are taken when they run" {
  swift_does "$made" 'exit 1'
  run scripts/build.sh
  [ "$status" -eq 0 ]
  [ "$(cat calls)" = static ]
  [[ $output == *'built .build-release/bin/llmos-hook and .build-release/bin/llmos-gate (static)' ]]
  [ "$(.build-release/bin/llmos-hook --version)" = 0.1.0 ]
}

@test "a link that is refused: the shared library is used, and that is said" {
  for words in 'ld.lld: error: unable to find library -lhttp_parser' \
    "clang: error: invalid linker name in argument '-fuse-ld=lld'"; do
    rm -rf calls .build-release
    swift_does "$progress; echo 'error: link command failed with exit code 1 (use -v to see invocation)'; echo \"$words\"; exit 1" "$made"
    run scripts/build.sh
    [ "$status" -eq 0 ]
    [ "$(cat calls)" = "$(printf 'static\nshared')" ]
    [[ $output == *'no static link with this libgit2 (see .build-static.log)'* ]]
    [[ $output == *'(shared libgit2)' ]]
  done
}

@test "a toolchain that cannot link statically: the shared library is used" {
  for words in "error: unsupported option '-static-executable' for target" \
    "<unknown>:0: error: unable to load standard library for target 'x86_64-unknown-linux-gnu'"; do
    rm -rf calls .build-release
    swift_does "echo \"$words\"; exit 1" "$made"
    run scripts/build.sh
    [ "$status" -eq 0 ]
    [[ $output == *'no static link'*'(shared libgit2)' ]]
  done
}

@test "a static program that does not start: the shared library is used" {
  swift_does "$made; echo 'exit 1' >\"\$scratch/release/llmos-hook\"" "$made"
  run scripts/build.sh
  [ "$status" -eq 0 ]
  [[ $output == *'no static link'*'(shared libgit2)' ]]
}

@test "a dependency that cannot be fetched: its error and 70, and no other build" {
  swift_does "echo 'Fetching https://example.invalid/Yams.git'
    echo 'error: Failed to clone repository https://example.invalid/Yams.git:'
    echo '    fatal: unable to access: Could not resolve host'; exit 1" "$made"
  fails
  [[ $output == *'error: Failed to clone repository'*'Could not resolve host'* ]]
}

@test "a dependency that cannot be resolved: its error and 70" {
  swift_does "echo \"error: Dependencies could not be resolved because 'yams' 6.2.2 is not there\"; exit 1" "$made"
  fails
  [[ $output == *'error: Dependencies could not be resolved'* ]]
}

@test "a compile error: the error, with the lines around it, and 70" {
  swift_does "$progress; echo 'Sources/Core/X.swift:1:24: error: cannot convert'; echo '1 | let x: String = 1'; exit 1" "$made"
  fails
  [[ $output == *'X.swift:1:24: error: cannot convert'*'1 | let x'* ]]
}

@test "a full disk, also in the linker: its error and 70" {
  for words in '<unknown>:0: note: IO failure on output stream: No space left on device' \
    'clang: error: linker command failed due to signal (use -v to see invocation)'; do
    rm -f calls
    swift_does "$progress; echo 'error: link command failed with exit code 1 (use -v to see invocation)'; echo '$words'; exit 1" "$made"
    fails
    [[ $output == *"$words"* ]]
  done
}

@test "a failure without a word of an error: the last lines and 70" {
  swift_does 'echo "swift-build: Assertion failed"; exit 134' "$made"
  fails
  [[ $output == *'Assertion failed'* ]]
}

@test "no swift: that is said, and 70" {
  run scripts/build.sh
  [ "$status" -eq 70 ]
  [[ $output == *'swift: not found'* || $output == *'swift: command not found'* ]]
}

@test "the shared build fails: its error and 70" {
  swift_does "$made" "echo 'error: no such module'; exit 1"
  LLMOS_SHARED=1 run scripts/build.sh
  [ "$status" -eq 70 ]
  [ "$(cat calls)" = shared ]
  [[ $output == *'error: no such module'*'.build-shared.log'* ]]
}

@test "a shared program that does not run: 70" {
  program 1
  swift_does "$made" "$made"
  run scripts/build.sh
  [ "$status" -eq 70 ]
  [[ $output == *'the program that was built does not run'* ]]
}

@test "programs that cannot be put in place: the error and 70" {
  swift_does "$made" 'exit 1'
  stub "$programs/strip" 'echo "strip: No space left on device" >&2; exit 1'
  run scripts/build.sh
  [ "$status" -eq 70 ]
  [[ $output == *'No space left on device'* ]]
  [ ! -e .build-release/bin/llmos-hook ]
}
