#!/bin/sh
# fuzz.sh [SECONDS] [SEED]: libFuzzer on every parser of our own for so long (60 s by default), from the corpus in
# Tests/Fuzz/corpus. Ends with 1 when an input crashes a parser, takes it longer than 5 s or reads otherwise than
# it was written; the input is kept in .build-fuzz/found. Tests/Fuzz/Fuzz.swift tells what is looked at.
set -eu
CDPATH='' cd "$(dirname -- "$0")/.."
seconds=${1:-60}
seed=${2:-$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')}
# libFuzzer brings its own main, which the package manager's link of a program does not allow for. So the objects of
# the target and of all that it depends on are linked here.
{
  LLMOS_FUZZ=1 swift build -c release --scratch-path .build-fuzz --target Fuzz \
    -Xswiftc -sanitize=fuzzer -Xcc -fsanitize=fuzzer-no-link &&
    find .build-fuzz/release/ -path '*.build/*' -name '*.o' >.build-fuzz/objects &&
    swiftc -sanitize=fuzzer -use-ld=lld -o .build-fuzz/fuzz @.build-fuzz/objects -lgit2
} >.build-fuzz.log 2>&1 || {
  tail -20 .build-fuzz.log >&2
  exit 70
}
mkdir -p .build-fuzz/found
corpus=$(mktemp -d)
trap 'rm -rf "$corpus"' EXIT
# The first byte of an input names its parser, as the first of a file's name does here.
for file in Tests/Fuzz/corpus/*; do
  name=${file##*/}
  { printf %s "${name%%-*}" && cat "$file"; } >"$corpus/$name"
done
echo "fuzz.sh $seconds $seed"
code=0
.build-fuzz/fuzz "$corpus" -max_total_time="$seconds" -seed="$seed" -timeout=5 -max_len=20000 \
  -rss_limit_mb=4096 -artifact_prefix=.build-fuzz/found/ -print_final_stats=1 >.build-fuzz.log 2>&1 || code=$?
if [ "$code" -ne 0 ]; then
  grep -v '^#' .build-fuzz.log | tail -40 >&2
  echo "fuzz.sh: an input was found (above, and in .build-fuzz/found)" >&2
  exit 1
fi
inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' .build-fuzz.log)
covered=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' .build-fuzz.log | tail -1)
echo "$inputs inputs, $covered edges covered, 0 crashes"
