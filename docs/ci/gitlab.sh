#!/bin/sh
# gitlab.sh: the job of templates/verify.yml, with the variables that it and GitLab's runner set.
set -eu
source=$(CDPATH='' cd "$(dirname -- "$0")/../.." && pwd)
programs=$PWD/.llmos-hook
if [ ! -x "$programs/bin/llmos-hook" ]; then
  if [ -n "${LLMOS_ARCHIVE-}" ]; then
    "$source/docs/ci/unpack.sh" "$LLMOS_ARCHIVE" "$programs"
  else
    "$source/install.sh" --prefix "$programs"
  fi
fi
PATH=$programs/bin:$PATH
fork=
if [ -n "${CI_MERGE_REQUEST_IID-}" ]; then
  range=$CI_MERGE_REQUEST_DIFF_BASE_SHA..${CI_MERGE_REQUEST_SOURCE_BRANCH_SHA:-$CI_COMMIT_SHA}
  if [ "$CI_MERGE_REQUEST_SOURCE_PROJECT_PATH" != "$CI_MERGE_REQUEST_PROJECT_PATH" ]; then
    fork=$CI_MERGE_REQUEST_SOURCE_PROJECT_URL.git
  fi
else
  range=$CI_COMMIT_BEFORE_SHA..$CI_COMMIT_SHA
fi
# A merge request of a fork runs in the fork: what it is held to lies in the project that it asks.
url=$CI_SERVER_URL/${CI_MERGE_REQUEST_PROJECT_PATH:-$CI_PROJECT_PATH}.git
# By the environment: what is on a command line, every process sees.
if [ -n "${CI_JOB_TOKEN-}" ]; then
  word=$(printf 'gitlab-ci-token:%s' "$CI_JOB_TOKEN" | base64 | tr -d '\n')
  export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="http.$CI_SERVER_URL/.extraheader" \
    GIT_CONFIG_VALUE_0="Authorization: Basic $word"
fi
code=0
"$source/docs/ci/verify.sh" --format junit --output llmos-process.xml ${fork:+--fork "$fork"} "$url" "$range" || code=$?
exit "$code"
