#!/bin/sh
# build.sh: builds the release executables into .build-release/bin, statically when that is possible.
#
# The static link takes libgit2.a without its network transports (Sources/CLibgit2): a hook then starts
# in a millisecond. It was tried with libgit2 1.1 to 1.9 (docs/compatibility.md); where it does not link or does not
# run, the shared library is taken, and that is said. Anything else that goes wrong ends the build: 70.
#
# With LLMOS_LIBGIT2=DIR that libgit2 is taken whose include and lib/libgit2.a are below DIR, built without anything that
# is not its own (scripts/libgit2s.sh does). What is built goes into directories with the last part of DIR in their names
# (.build-release-NAME/bin).
set -eu
CDPATH='' cd "$(dirname -- "$0")/.."
libgit2=${LLMOS_LIBGIT2:-}
suffix=${libgit2:+-${libgit2##*/}}
out=.build-release$suffix/bin
mkdir -p "$out" || exit 70

# The option: of what Swift's runtime would look for in /proc (Sources/CPlatform/process.c).
build() { # $1 scratch directory, rest: options
  scratch=$1
  shift
  set -- "$@" -Xlinker --wrap=swift_copyAuxiliaryExecutablePath
  [ -z "$libgit2" ] || set -- "$@" -Xcc "-I$libgit2/include"
  swift build -c release --scratch-path "$scratch" "$@" >"$scratch.log" 2>&1
}

# Whether the static link is what failed, or what it needs of the toolchain. A linker that was killed, or had
# nowhere to write, has not refused it.
link_refused() { # $1 log
  grep -q -e 'error: link command failed with exit code' -e 'error: .*-static-executable' \
    -e 'error: unable to load standard library' "$1" &&
    ! grep -q -e 'No space left on device' -e 'linker command failed due to signal' "$1"
}

# Ends with what swift said, from its first error on; where it names none, with the last lines.
fail() { # $1 log
  if grep -q 'error:' "$1"; then
    sed -n '/error:/,$p' "$1" | sed 40q >&2
  else
    tail -20 "$1" >&2
  fi
  echo "build.sh: the build failed (above; all of it in $1)" >&2
  exit 70
}

# The form of a hook that starts in no time; where it does not build, hooks are shell scripts. For x86-64 it is written
# so that tools which read hooks as text can read it (Sources/launcher/launcher-x86_64.S).
launcher() {
  { compile_launcher; } >.build-launcher.log 2>&1 &&
    chmod 755 "$out/llmos-launcher.new" &&
    mv -f "$out/llmos-launcher.new" "$out/llmos-launcher" && return
  rm -f "$out/llmos-launcher" "$out/llmos-launcher.new"
  echo "build.sh: no launcher here (see .build-launcher.log); hooks are shell scripts, 2 ms slower each" >&2
}

compile_launcher() {
  if [ "$(uname -m)" = x86_64 ]; then
    "${CC:-clang}" -c -o .build-launcher.o Sources/launcher/launcher-x86_64.S &&
      objcopy -O binary -j .text .build-launcher.o "$out/llmos-launcher.new" &&
      iconv -f UTF-8 -t UTF-8 "$out/llmos-launcher.new" >/dev/null
  else
    "${CC:-clang}" -O2 -static -nostdlib -fno-builtin -fno-stack-protector -Wl,--build-id=none -s \
      -o "$out/llmos-launcher.new" Sources/launcher/launcher.c
  fi
}

take() { # $1 scratch directory
  for name in llmos-hook llmos-gate; do
    # The sections that are left out sum up what is stripped, with the directory of the build in it: two builds of the same
    # sources are the same bytes.
    strip -o "$out/$name.new" "$1/release/$name" \
      --remove-section=.note.gnu.build-id --remove-section=.swift_modhash &&
      chmod 755 "$out/$name.new" &&
      mv -f "$out/$name.new" "$out/$name" || exit 70
  done
}

works() { # the program that was built opens a repository (this one, or none: 66) and answers
  "$1/release/llmos-hook" --version >/dev/null 2>&1 || return 1
  code=0
  "$1/release/llmos-hook" -C / status >/dev/null 2>&1 || code=$?
  [ "$code" -eq 66 ]
}

# What libgit2.a takes from other libraries without its transports: Ubuntu's hashes with OpenSSL, Debian's with Mbed TLS.
needed() {
  case " $(pkg-config --static --libs-only-l libgit2 2>/dev/null) " in
  *" -lssl "*) echo "http_parser crypto pcre2-8 z" ;;
  *) echo "http_parser mbedcrypto pcre2-8 z" ;;
  esac
}

# Builds with libgit2 in the programs. Returns 1 when that is not possible here.
static() {
  if LLMOS_STATIC=$(needed) build ".build-static$suffix" -Xswiftc -static-executable -Xswiftc -use-ld=lld -Xlinker --gc-sections; then
    works ".build-static$suffix" && return
  elif ! link_refused ".build-static$suffix.log"; then
    fail ".build-static$suffix.log"
  fi
  echo "build.sh: no static link with this libgit2 (see .build-static$suffix.log); the shared library is used: hooks start 10 ms slower" >&2
  return 1
}

launcher
if [ "${LLMOS_SHARED:-0}" != 1 ] && static; then
  take ".build-static$suffix"
  echo "built $out/llmos-hook and $out/llmos-gate (static)"
else
  build ".build-shared$suffix" --static-swift-stdlib || fail ".build-shared$suffix.log"
  works ".build-shared$suffix" || {
    echo "build.sh: the program that was built does not run" >&2
    exit 70
  }
  take ".build-shared$suffix"
  echo "built $out/llmos-hook and $out/llmos-gate (shared libgit2)"
fi
