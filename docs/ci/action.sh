#!/bin/sh
# action.sh programs|verify: the steps of action.yml, with the variables that it and GitHub's runner set.
set -eu

# The directory whose bin/ has the programs, and the key of the cache where they have to be built.
programs() {
  directory=$RUNNER_TEMP/llmos-hook
  key=
  if [ -n "$ARCHIVE" ]; then
    said=$("$GITHUB_ACTION_PATH/docs/ci/unpack.sh" "$ARCHIVE" "$directory" "$SHA256" 2>&1) || {
      printf '::error title=llmos-hook::%s\n' "$(printf '%s\n' "$said" | sed -n 's/^unpack.sh: //p')"
      printf '%s\n' "$said" >&2
      exit 69
    }
  else
    sum=$(cd "$GITHUB_ACTION_PATH" &&
      find Sources hooks scripts Package.swift install.sh step.sh llmos -type f -exec sha256sum {} + | LC_ALL=C sort -k 2 |
      sha256sum)
    key=llmos-hook-$RUNNER_OS-$RUNNER_ARCH-${sum%% *}
  fi
  {
    printf 'directory=%s\n' "$directory"
    printf 'key=%s\n' "$key"
  } >>"$GITHUB_OUTPUT"
}

verify() {
  # shellcheck disable=SC2153 # action.yml sets it
  PATH=$DIRECTORY/bin:$PATH
  url=$GITHUB_SERVER_URL/$GITHUB_REPOSITORY
  fork=
  case $EVENT in
  pull_request | pull_request_target)
    range=$PULL_BASE..$PULL_HEAD
    if [ -n "$PULL_FROM" ] && [ "$PULL_FROM" != "$GITHUB_REPOSITORY" ]; then fork=$GITHUB_SERVER_URL/$PULL_FROM; fi
    ;;
  merge_group) range=$QUEUE_BASE..$QUEUE_HEAD ;;
  push) range=$BEFORE..$GITHUB_SHA ;;
  *) range=$GITHUB_SHA ;;
  esac
  # By the environment: what is on a command line, every process sees.
  if [ -n "$TOKEN" ]; then
    word=$(printf 'x-access-token:%s' "$TOKEN" | base64 | tr -d '\n')
    export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="http.$GITHUB_SERVER_URL/.extraheader" \
      GIT_CONFIG_VALUE_0="Authorization: basic $word"
  fi
  script=$GITHUB_ACTION_PATH/docs/ci/verify.sh
  set -- ${fork:+--fork "$fork"} "$url" "$range"
  if [ -n "$SARIF" ]; then "$script" --format sarif --output "$SARIF" "$@" || true; fi
  exec "$script" --format github "$@"
}

case ${1-} in
programs | verify) "$1" ;;
*)
  echo "usage: action.sh programs|verify, from action.yml" >&2
  exit 64
  ;;
esac
