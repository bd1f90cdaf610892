#!/usr/bin/env bats
# Completions and manual of the built program (LLMOS_HOOK_BIN, else what scripts/build.sh made).

setup() {
  root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
  bin=${LLMOS_HOOK_BIN:-$root/.build-release/bin}
  export PATH="$bin:$PATH" HOME="$BATS_TEST_TMPDIR" GIT_CONFIG_NOSYSTEM=1
  unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
  cd "$BATS_TEST_TMPDIR" || return 1
}

# What bash offers for the last of the words.
offered() {
  bash -c '
    source /dev/stdin <<<"$(llmos-hook --generate-completion-script bash)"
    complete -p llmos-hook >/dev/null || exit
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
    _llmos-hook llmos-hook "${!#}" "${@:$#-1:1}"
    printf "%s\n" "${COMPREPLY[@]}"' _ "$@" 2>&1
}

@test "the manual and docs/commands.md are what the command definitions say" {
  run "$root/scripts/manual.sh" --check "$bin/llmos-hook"
  [ "$output" = '' ]
  [ "$status" -eq 0 ]
}

@test "every command has an example in its help" {
  for page in "$root"/man/llmos-hook-*.1; do
    name=${page##*/llmos-hook-}
    [[ $(llmos-hook help "${name%.1}") == *Example:* ]] || { echo "$name" && false; }
    grep -q '^\.SH EXAMPLES$' "$page" || { echo "$page" && false; }
  done
}

@test "bash completes commands, options, scenarios, phases, events" {
  [ "$(offered llmos-hook grap)" = graph ]
  [ "$(offered llmos-hook set FEAT)" = FEATURE_DEVELOPMENT ]
  [ "$(offered llmos-hook set FEATURE_DEVELOPMENT IMPL)" = IMPLEMENTATION ]
  [ "$(offered llmos-hook set DEPLOYMENT IMPL)" = '' ]
  [ "$(offered llmos-hook event deploy)" = deploy-failure ]
  [ "$(offered llmos-hook check commit)" = commit_changes ]
  [ "$(offered llmos-hook graph --format m)" = mermaid ]
  [[ $(offered llmos-hook report --h) == *--html* ]]
}

# What bash offers for the last of a script's words.
script_offered() {
  bash -c '
    source /dev/stdin <<<"$(llmos-hook --generate-completion-script bash)"
    complete -p "${1##*/}" >/dev/null || exit
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
    _llmos-hook_script "$1" "${!#}" "${@:$#-1:1}"
    printf "%s\n" "${COMPREPLY[@]}"' _ "$@" 2>&1
}

@test "bash completes the scripts as the commands that they run" {
  [ "$(script_offered ./llmos set FEAT)" = FEATURE_DEVELOPMENT ]
  [ "$(script_offered ./llmos next)" = next-phase ]
  [ "$(script_offered ./step.sh --am)" = --amend ]
  [ "$(script_offered sub/step.sh text --pu)" = --push ]
  [ "$(script_offered ./scripts/scenario_engine.sh ex)" = execute ]
  [ "$(script_offered ./scripts/scenario_engine.sh set DEPLOYMENT PRE)" = PRE_DEPLOY ]
}

@test "the scripts say how they are called, also where llmos-hook is not installed" {
  for script in step.sh llmos scripts/scenario_engine.sh; do
    for option in --help -h; do
      run env PATH=/usr/bin:/bin "$root/$script" "$option"
      [ "$status" -eq 0 ]
      [[ $output == "usage: "*"${script##*/} "* ]]
    done
  done
}

@test "bash completes the scenarios of the repository, and tags" {
  git init -q -b main repo
  cd repo
  mkdir scenarios
  printf 'scenario: SHIP\nphases:\n  GO:\n    active_role: QA\n    allowed_actions: []\n' >scenarios/SHIP.yml
  git add .
  git -c user.name=a -c user.email=a@b commit -qm first
  git tag v1.2.0
  [ "$(offered llmos-hook set SH)" = SHIP ]
  [ "$(offered llmos-hook set SHIP G)" = GO ]
  [ "$(offered llmos-hook rollback v1)" = v1.2.0 ]
  echo broken >scenarios/SHIP.yml
  git -c user.name=a -c user.email=a@b commit -qam broken
  [ "$(offered llmos-hook set DEP)" = DEPLOYMENT ]
}

@test "zsh and fish are given scripts that they can read" {
  llmos-hook --generate-completion-script zsh >completion.zsh
  [ "$(head -n 1 completion.zsh)" = '#compdef llmos-hook llmos step.sh scenario_engine.sh' ]
  [ "$(grep -c 'step.sh' completion.zsh)" -ge 3 ]
  llmos-hook --generate-completion-script fish >completion.fish
  grep -q '^complete ' completion.fish
  grep -q '^complete -c step.sh ' completion.fish
  if command -v zsh; then zsh -n completion.zsh; fi
  if command -v fish; then fish -n completion.fish; fi
}
