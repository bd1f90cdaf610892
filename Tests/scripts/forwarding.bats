#!/usr/bin/env bats
# llmos and scripts/scenario_engine.sh: what they hand on to llmos-hook.

# shellcheck disable=SC2154 # programs.bash sets place, programs and root
load programs

setup() {
  make_place
  mkdir "$place/scripts"
  cp "$root/llmos" "$place/"
  cp "$root/scripts/scenario_engine.sh" "$place/scripts/"
  cd "$place" || return 1
}

@test "llmos hands everything on, in its own directory" {
  run ./llmos check run_tests --role 'a role'
  [ "$status" -eq 0 ]
  [ "$output" = "$(lines -C . check run_tests --role 'a role')" ]
}

@test "llmos alone shows the status" {
  run ./llmos
  [ "$output" = "$(lines -C . status)" ]
}

@test "llmos called from elsewhere acts on its own repository" {
  mkdir "$BATS_TEST_TMPDIR/elsewhere"
  cd "$BATS_TEST_TMPDIR/elsewhere"
  run "$place/llmos" status
  [ "$output" = "$(lines -C "$place" status)" ]
}

@test "scenario_engine.sh hands its actions on" {
  for action in run status next-phase; do
    run ./scripts/scenario_engine.sh "$action" --quiet
    [ "$output" = "$(lines -C ./scripts/.. "$action" --quiet)" ]
  done
  run ./scripts/scenario_engine.sh set FEATURE_DEVELOPMENT BRIEF --reason 'a new feature'
  [ "$output" = "$(lines -C ./scripts/.. set FEATURE_DEVELOPMENT BRIEF --reason 'a new feature')" ]
}

@test "scenario_engine.sh execute is one phase of run, and no action is run" {
  run ./scripts/scenario_engine.sh execute
  [ "$output" = "$(lines -C ./scripts/.. run --once)" ]
  run ./scripts/scenario_engine.sh
  [ "$output" = "$(lines -C ./scripts/.. run)" ]
}

@test "scenario_engine.sh names the nearest of its actions" {
  for pair in nxt-phase:next-phase sett:set statsu:status exec:execute runn:run; do
    run ./scripts/scenario_engine.sh "${pair%:*}"
    [ "$status" -eq 64 ]
    [ "${lines[0]}" = "scenario_engine.sh: unknown action: ${pair%:*}; did you mean ${pair#*:}?" ]
  done
}

@test "scenario_engine.sh refuses an action that is not there" {
  run ./scripts/scenario_engine.sh uninstall
  [ "$status" -eq 64 ]
  [[ $output == *'unknown action: uninstall'* ]]
}

@test "exit codes come back" {
  LLMOS_STUB_EXIT=66 run ./llmos status
  [ "$status" -eq 66 ]
  LLMOS_STUB_EXIT=1 run ./scripts/scenario_engine.sh next-phase
  [ "$status" -eq 1 ]
}

@test "the program of the repository is taken before the one on PATH" {
  git init -q .
  mkdir -p .git/llmos/bin
  stub .git/llmos/bin/llmos-hook 'echo "of the repository: $*"'
  run ./llmos status
  [ "$output" = 'of the repository: -C . status' ]
  run ./scripts/scenario_engine.sh status
  [ "$output" = 'of the repository: -C ./scripts/.. status' ]
}

@test "without llmos-hook both say what to do" {
  rm "$programs/llmos-hook"
  for command in ./llmos ./scripts/scenario_engine.sh; do
    run "$command" status
    [ "$status" -eq 69 ]
    [[ $output == *'next: put llmos-hook on PATH'* ]]
  done
}
