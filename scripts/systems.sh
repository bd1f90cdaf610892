#!/bin/sh
# systems.sh ROOT [COMMAND...]: all tests with the git and the libraries of another Debian, or of its kin: in a clone of
# HEAD in a copy of ROOT, a bare system with git as debootstrap(8) makes it (debootstrap --variant=minbase --include=git
# SUITE ROOT). Swift is this machine's; everything else that is needed is installed from the packages of that system.
# COMMAND is run instead of the tests, in that clone.
#
# Needs root, because of chroot(8), and Swift in a directory of its own (swift.org's archive, not a package below /usr).
set -eu
if [ $# = 0 ] || [ "$1" = --help ]; then
  sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
  exit 64
fi
root=$(CDPATH='' cd "$1" && pwd)
shift
# What looks at the sources alone (scripts/test.sh has it) says nothing about a system.
# shellcheck disable=SC2016 # the shell in there expands it
[ $# != 0 ] || set -- sh -ec '
  export LLMOS_HOOK_BIN=$PWD/.build-release/bin
  scripts/build.sh
  swift build --build-tests
  bats Tests/scripts
  if command -v chromium >/dev/null; then
    swift test --skip-build
  else
    echo "systems.sh: no package of Chromium here: without the tests of the report in a browser"
    swift test --skip-build --skip BrowserTests
  fi
  scripts/formats.sh'
CDPATH='' cd "$(dirname -- "$0")/.."

swift=$(swift -print-target-info | sed -n 's|.*"runtimeResourcePath": "\(.*\)/usr/lib/swift".*|\1|p')
[ -n "$swift" ] || {
  echo "systems.sh: Swift has no directory of its own here; next: take swift.org's archive, and put its usr/bin on PATH" >&2
  exit 69
}

scratch=$(mktemp -d)
running=
end() { # $1 exit code
  [ -z "$running" ] || kill -KILL "$running" 2>/dev/null || :
  exit "$1"
}
trap 'rm -rf --one-file-system "$scratch"' EXIT
trap 'end 130' INT
trap 'end 143' HUP TERM
system=$scratch/root
cp -a --reflink=auto "$root" "$system"
# The network is reached as it is here.
cp /etc/resolv.conf "$system/etc/resolv.conf"
if [ -n "${PIP_CERT:-}" ]; then
  cp "$PIP_CERT" "$system/etc/pip.crt"
  printf '[global]\ncert = /etc/pip.crt\n' >"$system/etc/pip.conf"
fi
# Where every user gets: some tests run as another one.
place=$system/srv/llmos-hook
git clone -q . "$place"
# Packages of Swift are fetched out here, where git knows how, once for each directory that is built in.
swift package --package-path "$place" resolve
for directory in .build-static .build-shared; do cp -a "$place/.build" "$place/$directory"; done
mkdir -p "$system$swift"

# In a namespace of its own, so that what is mounted and what is started ends with it. unshare(1) itself lets no other
# signal end it.
unshare --mount --pid --fork --kill-child sh -s -- "$system" "$swift" "$@" <<'IN' &
set -eu
system=$1
swift=$2
shift 2
mount -t proc proc "$system/proc"
mount --rbind /dev "$system/dev"
# Tests remove there what processes that ended have left; from here those of the other systems have all ended.
mount -t tmpfs tmpfs "$system/dev/shm"
mount --rbind "$swift" "$system$swift"
mount -o remount,bind,ro "$system$swift"
exec env -i PATH="$swift/usr/bin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" HOME=/root LC_ALL=C.UTF-8 \
  chroot "$system" sh -euc '
    cd /srv/llmos-hook
    # What swift.org names as needed by Swift.
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -qq -y --no-install-recommends ca-certificates g++ libcurl4 libncurses6 libsqlite3-0 libxml2 \
      pkg-config tzdata zlib1g-dev >/dev/null
    . /etc/os-release
    ./install.sh --test-packages || echo "systems.sh: going on without that"
    printf "systems.sh: %s, %s, libgit2 %s, %s\n" "$PRETTY_NAME" "$(git --version)" \
      "$(pkg-config --modversion libgit2)" "$(ldd --version | sed q)"
    exec "$@"
  ' sh "$@"
IN
running=$!
wait "$running"
