#!/usr/bin/env bats
# The install.sh of a released archive.

# shellcheck disable=SC2154 # programs.bash sets place, programs and root
load programs

setup() {
  make_place
  archive="$place/llmos hook"
  mkdir -p "$archive/bin" "$archive/share/man/man1"
  cp "$root/tools/packages/install.sh" "$archive/"
  stub "$archive/bin/llmos-hook" 'echo 0.1.0'
  stub "$archive/bin/llmos-gate" ''
  echo page >"$archive/share/man/man1/llmos-hook.1"
  ln -s llmos-hook.1 "$archive/share/man/man1/llmos.1"
  cd "$place" || return 1
}

@test "programs, man pages and links are put below the prefix, also over older ones" {
  for _ in 1 2; do
    run "$archive/install.sh" --prefix "$place/a prefix"
    [ "$status" -eq 0 ]
    [[ ${lines[0]} == "install.sh: installed llmos-hook 0.1.0 in $place/a prefix/bin" ]]
    [[ $output == *"a prefix/bin:\$PATH\""* ]]
    [ -x "a prefix/bin/llmos-gate" ]
    [ "$(readlink 'a prefix/share/man/man1/llmos.1')" = llmos-hook.1 ]
    [ "$(find 'a prefix' -name '*.new.*')" = '' ]
  done
}

@test "without a prefix it is ~/.local, and without HOME it is refused: 64" {
  HOME="$place/home" run "$archive/install.sh"
  [ "$status" -eq 0 ]
  [ -x home/.local/bin/llmos-hook ]
  HOME='' run "$archive/install.sh"
  [ "$status" -eq 64 ]
  [[ $output == *'next: ./install.sh --prefix DIR'* ]]
}

@test "what it does not take is refused: 64; where it cannot write: 73" {
  for words in '--prefix' '--nonsense' '.'; do
    # shellcheck disable=SC2086 # words
    run "$archive/install.sh" $words
    [ "$status" -eq 64 ]
  done
  run "$archive/install.sh" --prefix /dev/null/below
  [ "$status" -eq 73 ]
  [[ $output == *'next: ./install.sh --prefix DIR'* ]]
}

@test "programs that do not run here are said so: 73" {
  stub "$archive/bin/llmos-hook" 'exit 126'
  run "$archive/install.sh" --prefix "$place/p"
  [ "$status" -eq 73 ]
  [[ $output == *'does not run here'* ]]
}
