#!/usr/bin/env bats
# step.sh: which arguments reach `llmos-hook step`. A stub on PATH prints them, one a line.

# shellcheck disable=SC2154 # programs.bash sets place, programs and root
load programs

setup() {
  make_place
  cp "$root/step.sh" "$place/"
  cd "$place" || return 1
}

@test "without arguments llmos-hook picks the text" {
  run ./step.sh
  [ "$status" -eq 0 ]
  [ "$output" = "$(lines step --)" ]
}

@test "the first word is the text" {
  run ./step.sh 'say more'
  [ "$output" = "$(lines step '--message=say more' --)" ]
}

@test "the words behind the text are paths" {
  run ./step.sh 'say more' page.txt 'two words'
  [ "$output" = "$(lines step '--message=say more' -- page.txt 'two words')" ]
}

@test "-m, -mTEXT, --message and --message= name the text" {
  for form in '-m,say more' '-msay more' '--message,say more' '--message=say more'; do
    case $form in
    *,*) run ./step.sh "${form%%,*}" "${form#*,}" page.txt ;;
    *) run ./step.sh "$form" page.txt ;;
    esac
    [ "$output" = "$(lines step '--message=say more' -- page.txt)" ]
  done
}

@test "a text that begins with a dash is a text" {
  run ./step.sh -m '--amend is what I did'
  [ "$output" = "$(lines step '--message=--amend is what I did' --)" ]
}

@test "-m as the last word leaves the text to llmos-hook" {
  run ./step.sh -m
  [ "$output" = "$(lines step --)" ]
}

@test "an empty text counts as none, and what follows are paths" {
  for text in '' '-m' '--message='; do
    case $text in
    -m) run ./step.sh -m '' page.txt ;;
    *) run ./step.sh "$text" page.txt ;;
    esac
    [ "$output" = "$(lines step -- page.txt)" ]
  done
}

@test "--amend and --push go through from anywhere before --" {
  run ./step.sh --amend 'say more' --push page.txt
  [ "$output" = "$(lines step --amend --push '--message=say more' -- page.txt)" ]
}

@test "behind -- everything is a path" {
  run ./step.sh 'say more' -- --amend -m -- page.txt
  [ "$output" = "$(lines step '--message=say more' -- --amend -m -- page.txt)" ]
  run ./step.sh -- page.txt
  [ "$output" = "$(lines step -- page.txt)" ]
}

@test "an option that is not there is refused, and nothing is called" {
  run ./step.sh --no-verify 'say more'
  [ "$status" -eq 64 ]
  [[ $output == *'there is no option --no-verify'* ]]
  [[ $output != *'<step>'* ]]
}

@test "quotes, dollars, globs and line breaks arrive as they are" {
  touch a b
  text=$'"it\'s" $HOME `id` * \\n\nsecond line'
  run ./step.sh "$text" '*' 'a b'
  [ "$output" = "$(lines step "--message=$text" -- '*' 'a b')" ]
}

@test "the exit code is llmos-hook's" {
  LLMOS_STUB_EXIT=75 run ./step.sh
  [ "$status" -eq 75 ]
}

@test "it works from a subdirectory and leaves the directory as it is" {
  mkdir sub
  cd sub
  run ../step.sh 'say more' page.txt
  [ "$output" = "$(lines step '--message=say more' -- page.txt)" ]
}

@test "the program of the repository is taken before the one on PATH" {
  git init -q .
  mkdir -p .git/llmos/bin
  stub .git/llmos/bin/llmos-hook 'echo "of the repository"'
  run ./step.sh
  [ "$output" = 'of the repository' ]
}

@test "without llmos-hook nothing is committed, and it says what to do" {
  rm "$programs/llmos-hook"
  run ./step.sh 'say more'
  [ "$status" -eq 69 ]
  [[ $output == *'nothing was committed'* ]]
  [[ $output == *'next: put llmos-hook on PATH'* ]]
}
