import Foundation
import Testing

/// Other people's file systems, settings and names.
@Suite struct SurroundingsTests {
  /// Whether strace(1) can make calls of the system fail here.
  private static let canTrace =
    Files.isThere("/usr/bin/strace")
    && (try? Process.run(URL(filePath: "/usr/bin/strace"), arguments: ["-qq", "-o", "/dev/null", "true"]))
      .map {
        $0.waitUntilExit()
        return $0.terminationStatus == 0
      } == true

  private enum Files {
    static func isThere(_ path: String) -> Bool { FileManager.default.isExecutableFile(atPath: path) }
  }

  /// A command whose calls of these names fail.
  private func failing(_ calls: String, _ error: String, _ command: String) -> String {
    "strace -f -qq -o /dev/null -e trace=\(calls) -e inject=\(calls):error=\(error) \(command)"
  }

  // MARK: Who may read

  /// What we make in a shared repository is as open as what git makes there, and what is checked out is not.
  @Test(arguments: ["group", "0660", "all"]) func aSharedRepositoryStaysShared(shared: String) async throws {
    let s = try await Sandbox(git: false)
    let closed = "find . -path './.git/*' \\( -not -perm -g+r -o -type d -not -perm -g+wxs \\) -print; "
    try await s.sh(
      """
      set -e; umask 077; git init -q -b main --shared=\(shared) .; git commit -q --allow-empty -m x
      llmos-hook --quiet install; git add -A; llmos-hook --quiet allow --once --reason x; git commit -qm scripts
      llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason tests; echo a >a; LLMOS_AGENT=DEV ./step.sh a a >/dev/null
      llmos-hook --quiet next-phase; llmos-hook --quiet verify >/dev/null
      """
    ).succeeds()
    #expect(try await s.sh(closed).out == "")
    #expect(try await s.sh("find .git -name 'lock' -not -perm -g+w").out == "")
    #expect(try await s.sh("find a -perm /077").out == "", "the worktree is the user's")
    let server = try await s.sh(
      """
      umask 077; git init -q --bare --shared=\(shared) ../s.git; llmos-hook --quiet -C ../s.git install --server
      cd ../s.git; find . \\( -not -perm -g+r -o -type d -not -perm -g+wxs \\) -print
      """)
    #expect(server.code == 0 && server.out == "", "\(server.all)")
  }

  @Test func aPrivateRepositoryStaysPrivate() async throws {
    let s = try await Sandbox()
    try await s.sh("umask 022; llmos-hook --quiet install").succeeds()
    #expect(try await s.sh("find .git/llmos -perm /022 -not -type l").out == "")
  }

  // MARK: What the file system does not do

  @Test(.enabled(if: canTrace)) func withoutHardLinksAllWorks() async throws {
    let s = try await Sandbox()
    try s.write(".git/hooks/pre-commit", "#!/bin/sh\necho kept >>../kept\n", executable: true)
    try await s.sh(
      "echo a >a; git add a; git commit -qm a; git tag good; echo b >b; git add b; git commit -qm b"
    )
    .succeeds()
    for command in [
      "install --no-scripts", "set FEATURE_DEVELOPMENT IMPLEMENTATION --reason tests",
      "rollback good --reason x",
      "rollback --undo", "set QUALITY_GATE", "next-phase", "verdict PASS",
    ] {
      try await s.sh(failing("link,linkat", "EPERM", "llmos-hook --quiet " + command)).succeeds()
      let hasB = try await s.sh("test -e b").code == 0
      #expect(hasB == !command.hasPrefix("rollback good"), "\(command)")
    }
    #expect(try await s.git("status", "--short").out == "")
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "BRIEF", "--context", "feature_slug=x").succeeds()
    try s.write("docs/features/x/feature_brief.md", "# x\n\nText.\n")
    try await s.sh(failing("link,linkat", "EPERM", "llmos-hook next-phase --checkpoint")).succeeds()
    #expect(try await s.git("status", "--short").out == "")
    try await s.llmos("uninstall").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "x").succeeds()
    #expect(try s.read(s.root + "/kept").hasPrefix("kept\n"))
    #expect(try await s.sh("find .git -name '*llmos*' -path '*kept*'; ls .git/*.lock 2>/dev/null").out == "")
  }

  /// Without hard links another git's lock is still another git's.
  @Test(.enabled(if: canTrace)) func withoutHardLinksALockIsStillALock() async throws {
    let s = try await Sandbox.governed()
    try await s.sh("git tag good; echo b >b; git add b; git commit -qm b; touch .git/index.lock").succeeds()
    try await s.sh(failing("link,linkat", "EPERM", "llmos-hook rollback good --reason x")).isRefused(
      75, "another git process holds index.lock")
    #expect(s.exists("b") && s.exists(".git/index.lock"))
  }

  /// What the system refuses is told as what it is.
  @Test(
    .enabled(if: canTrace),
    arguments: [
      ("flock", "ENOLCK", "set MAINTENANCE", "No locks available", "with locks"),
      ("flock", "ENOLCK", "doctor", "", ""),
      ("mkdir,mkdirat", "EROFS", "install", "Read-only file system", "writable"),
      ("mkdir,mkdirat", "EACCES", "install", "Permission denied", "chmod u+rwx"),
      ("rename,renameat,renameat2", "EPERM", "set MAINTENANCE", "Operation not permitted", "lsattr"),
      ("mkdir,mkdirat", "ENOSPC", "install", "No space left on device", "make room (df -h"),
      ("mkdir,mkdirat", "ENAMETOOLONG", "install", "File name too long", "a shorter path"),
      ("rename,renameat,renameat2", "ESTALE", "set MAINTENANCE", "Stale file handle", "mount \""),
      ("rename,renameat,renameat2", "EIO", "set MAINTENANCE", "Input/output error", "dmesg"),
      ("rename,renameat,renameat2", "ELOOP", "set MAINTENANCE", "Too many levels of symbolic links", "namei"),
    ])
  func whatTheSystemRefusesIsTold(
    calls: String, error: String, command: String, words: String, remedy: String
  )
    async throws
  {
    let s = try await Sandbox.governed()
    if command == "install" { try await s.sh("llmos-hook --quiet uninstall").succeeds() }
    let failed = try await s.sh(failing(calls, error, "llmos-hook " + command))
    if words.isEmpty { return try #require(failed.code == 0, "\(failed.all)") }
    #expect(failed.code == 73 || failed.code == 74, "\(failed.all)")
    #expect(failed.err.contains(words) && failed.err.contains("next: "), "\(failed.err)")
    #expect(failed.err.contains(remedy) && !failed.err.contains("git fsck"), "\(failed.err)")
    #expect(!failed.err.contains("another"), "\(failed.err)")
    try await s.llmos(command == "install" ? "install" : "status").succeeds()
  }

  /// git takes a hook that cannot be executed for none.
  @Test func whereNothingCanBeExecutedNoGateIsPromised() async throws {
    let s = try await Sandbox()
    let place = s.root + "/noexec"
    let mounted = try await s.sh(
      """
      mkdir '\(place)'; unshare -m sh -c '
        mount -t tmpfs -o noexec none "$1" || exit 77; cd "$1"; git init -q; llmos-hook install; echo "code $?"
        ls .git; ls
      ' sh '\(place)'
      """)
    // Where we may not mount, there is nothing to see.
    guard mounted.code != 77, !mounted.err.contains("unshare") else { return }
    #expect(mounted.out.contains("code 1") && !mounted.out.contains("llmos"), "\(mounted.all)")
    #expect(mounted.err.contains("its file system is mounted noexec"), "\(mounted.all)")
  }

  // MARK: What nobody can write to, or read

  /// Commands that only read need no place to write to, be it for what git prints.
  @Test(
    .enabled(if: Sandbox.canMount),
    arguments: [
      "mount -t tmpfs -o ro none \"$1\"", "mount -t tmpfs -o size=4k none $1; head -c 9999 /dev/zero >$1/x",
    ])
  func readingNeedsNoPlaceToWriteTo(prepare: String) async throws {
    let s = try await Sandbox.governed()
    try await s.sh("git commit -q --allow-empty -m second; git -C . worktree list").succeeds()
    let outcome = try await s.sh(
      """
      unshare -m sh -c '
        mount --bind "$(dirname "$(command -v llmos-hook)")" /media; PATH=/media:$PATH
        mount --bind . /mnt && mount -o remount,bind,ro /mnt && cd /mnt || exit
        prepare() { \(prepare); }
        prepare /dev/shm 2>/dev/null
        case "$(command -v git):$(readlink .git/llmos/bin/llmos-hook)" in /tmp/* | *:/tmp/*) ;; *) prepare /tmp 2>/dev/null ;; esac
        for command in status verify doctor log "report --json" "check commit_changes" "rollback HEAD~1 --dry-run"
        do llmos-hook $command >/dev/null || echo "$command: $?"; done
      '
      """)
    #expect(outcome.code == 0 && outcome.out == "", "\(outcome.all)")
  }

  /// What only git's own merges tell is told where the repository cannot be written, too.
  @Test(
    .enabled(if: Sandbox.canMount), .mergesTrees,
    arguments: [
      "mount -o remount,bind,ro /mnt",
      "mount -t tmpfs -o size=4k none .git/llmos; head -c 9999 /dev/zero >.git/llmos/x",
    ])
  func verifyNeedsNoPlaceInTheRepository(mount: String) async throws {
    let s = try await Sandbox.governed()
    try await s.sh("git -c core.hooksPath=/dev/null commit -q --allow-empty -m unseen").succeeds()
    let outcome = try await s.sh(
      """
      unshare -m sh -c '
        mount --bind "$(dirname "$(command -v llmos-hook)")" /media; PATH=/media:$PATH
        mount --bind . /mnt && cd /mnt || exit 77; \(mount); llmos-hook verify
      '
      """)
    #expect(outcome.code == 0 && outcome.out.contains("UNSEEN"), "\(outcome.all)")
  }

  /// A container's file system can be one repository.
  @Test(.enabled(if: Sandbox.canMount)) func aRepositoryMayBeTheRoot() async throws {
    let s = try await Sandbox()
    let outcome = try await s.sh(
      """
      mkdir ../root ../root/home ../root/programs; cp ../home/.gitconfig ../root/home 2>/dev/null
      unshare -m sh -ec '
        cd ../root; mount --bind "$(dirname "$(command -v llmos-hook)")" programs
        for name in bin etc lib lib32 lib64 sbin usr dev proc tmp; do
          if [ -L /$name ]; then cp -P /$name .; elif [ -d /$name ]; then mkdir $name; mount --rbind /$name $name; fi
        done
        exec /usr/sbin/chroot . /bin/sh -ec "
          export HOME=/home PATH=/programs:/usr/local/bin:/usr/bin:/bin; cd /; git init -q
          git config user.name a; git config user.email a@example.invalid; echo /\\* >.git/info/exclude
          echo base >base; git add -f base; git commit -qm base; llmos-hook install
          llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION --reason x; echo a >base; llmos-hook step -m x base
          llmos-hook rollback HEAD~1 --reason x; llmos-hook rollback --undo; llmos-hook verify --strict
          cd /home; llmos-hook doctor; llmos-hook uninstall
        "
      '
      """)
    #expect(outcome.code == 0, "\(outcome.all)")
  }

  /// A repository is found, and its objects are, where git's environment says.
  @Test func gitsEnvironmentSaysWhereThingsAre() async throws {
    let s = try await Sandbox.governed()
    let objects = [
      "GIT_OBJECT_DIRECTORY": s.root + "/objects",
      "GIT_ALTERNATE_OBJECT_DIRECTORIES": s.repository + "/.git/objects",
    ]
    try await s.sh("mkdir ../objects sub; git commit -q --allow-empty -m there", env: objects).succeeds()
    try await s.sh("llmos-hook verify --strict", env: objects).succeeds()
    try await s.sh("git -c core.hooksPath=/dev/null reset -q --hard HEAD~1", env: objects).succeeds()
    let relative = ["GIT_DIR": "../.git", "GIT_WORK_TREE": ".."]
    try await s.sh("cd sub; llmos-hook doctor && llmos-hook install", env: relative).succeeds()
    #expect(try await s.sh("ls -A sub").out == "")
    let ceiling = ["GIT_CEILING_DIRECTORIES": s.repository]
    try await s.sh("cd sub; llmos-hook status", env: ceiling).isRefused(66, "not a git repository")
    try await s.sh("llmos-hook status", env: ceiling).succeeds()
  }

  /// libgit2 takes what may not be read for locked, for damaged, or for not there.
  @Test(
    .enabled(if: getuid() == 0),
    arguments: [
      ".git/llmos", ".git/refs/llmos", ".git/refs", ".git/objects", ".git/HEAD", ".git", ".git/config",
      ".git/index", ".",
    ])
  func whatMayNotBeReadIsTold(path: String) async throws {
    let s = try await Sandbox.governed()
    try await s.git("commit", "-q", "--allow-empty", "-m", "second").succeeds()
    let user = "setpriv --reuid=12345 --regid=12345 --clear-groups "
    // The sandboxes share a program by hard links.
    let own = s.root + "/own"
    try await s.sh(
      """
      cp -R . ../own; cd ../own; chown -R 12345:12345 . ../home
      mode=$(stat -c %a \(path)); chmod 0 \(path); echo $mode >../mode
      """
    ).succeeds()
    for command in ["status", "verify", "set MAINTENANCE"] {
      let outcome = try await s.sh(user + "llmos-hook " + command, in: own)
      if outcome.code == 0 { continue }
      // What nobody can list is not there to verify.
      if path == ".git/refs/llmos", command == "verify" { continue }
      #expect(outcome.err.contains("Permission denied"), "\(command): \(outcome.all)")
      #expect(
        !outcome.err.contains("git init") && !outcome.err.contains("fsck"), "\(command): \(outcome.all)")
      let remedy = try #require(outcome.err.split(separator: "next: ").last)
      if remedy.hasPrefix("chmod") {
        try await s.sh(user + remedy.prefix { $0 != "," }, in: own).succeeds()
        try await s.sh(user + "llmos-hook " + command, in: own).succeeds()
        try await s.sh("chmod 0 \(path)", in: own).succeeds()
      } else {
        #expect(remedy.hasPrefix("get access to it"), "\(remedy)")
      }
    }
    try await s.sh("chmod $(cat ../mode) \(path); \(user)llmos-hook doctor", in: own).succeeds()
  }

  @Test(.enabled(if: getuid() == 0)) func whoseRepositoryToTrustIsNamed() async throws {
    let s = try await Sandbox.governed()
    let user = "setpriv --reuid=12345 --regid=12345 --clear-groups "
    try await s.sh("chown -R 12345 ../home").succeeds()
    let refused = try await s.sh(user + "llmos-hook status").isRefused(66, "belongs to another user")
    let remedy = try #require(refused.err.split(separator: "next: ").last).prefix { $0 != "," }
    try await s.sh(user + remedy).succeeds()
    try await s.sh(user + "llmos-hook status").succeeds()
  }

  @Test func aDirectoryThatIsGoneIsTold() async throws {
    let s = try await Sandbox.governed()
    try await s.sh("mkdir d; cd d; rmdir ../d; llmos-hook status").isRefused(66, "current directory is gone")
    // git checkout has made it anew.
    try await s.sh("mkdir d; cd d; rmdir ../d; mkdir ../d; cd \"$PWD\"; llmos-hook status").succeeds()
  }

  /// The main repository of worktrees may be bare: the way into one is told.
  @Test(arguments: [
    "git clone -q --bare . ../p.git",
    "mkdir ../p.git; git clone -q --bare . ../p.git/.bare; echo 'gitdir: ./.bare' >../p.git/.git",
  ])
  func aBareMainRepositoryHasWorktrees(make: String) async throws {
    let s = try await Sandbox()
    try await s.sh("git commit -q --allow-empty -m x; \(make); git -C ../p.git worktree add -q ../w main")
      .succeeds()
    let (bare, w) = (s.root + "/p.git", s.root + "/w")
    try await s.llmos("install", "--no-scripts", in: w).succeeds()
    try await s.git("commit", "--allow-empty", "-m", "x", in: w).isRefused(1, "does not allow")
    try await s.llmos("doctor", in: w).succeeds()
    for command in ["status", "doctor", "log"] {
      let refused = try await s.llmos(command, in: bare).isRefused(66, "it has no worktree")
      let remedy = try #require(refused.err.split(separator: "next: ").last).prefix { $0 != "," }
      try await s.sh("\(remedy); llmos-hook \(command)", in: bare).succeeds()
    }
  }

  /// A file that git does not read is named with its line.
  @Test func aBrokenConfigurationIsTold() async throws {
    let s = try await Sandbox.governed()
    try await s.sh("cp .git/config ../config; echo '[core' >>.git/config").succeeds()
    for command in ["status", "doctor", "install"] {
      try await s.llmos(command).isRefused(65, "git's configuration cannot be read", ".git/config:")
    }
    try await s.sh("cp ../config .git/config; llmos-hook doctor").succeeds()
  }

  /// `ulimit`: git is there, and nothing is damaged.
  @Test(arguments: [3, 4, 5, 6, 7]) func tooFewOpenFilesAreTold(limit: Int) async throws {
    let s = try await Sandbox.governed()
    try await s.git("commit", "-q", "--allow-empty", "-m", "second").succeeds()
    for command in ["verify", "set MAINTENANCE", "rollback HEAD~1 --dry-run"] {
      let outcome = try await s.sh("ulimit -n \(limit); exec llmos-hook \(command)")
      #expect(outcome.code == 0 || outcome.err.contains("Too many open files"), "\(command): \(outcome.all)")
      #expect(outcome.code < 128 && !outcome.err.contains("on PATH"), "\(command): \(outcome.all)")
      #expect(outcome.code == 0 || outcome.err.contains("ulimit -n"), "\(command): \(outcome.all)")
    }
  }

  // MARK: Names

  @Test func namesNeedNotBeUTF8() async throws {
    let s = try await Sandbox()
    try await s.sh(
      """
      set -e; d=$(printf '../caf\\351 \\303\\251'); mkdir "$d"; cd "$d"; git init -q -b main; git commit -q --allow-empty -m x
      llmos-hook --quiet install; llmos-hook --quiet allow --once --reason x; git add -A; git commit -qm scripts
      llmos-hook --quiet doctor >/dev/null
      llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason tests; git tag good; git commit -q --allow-empty -m a
      f=$(printf 'd\\351/f\\351.txt'); mkdir "$(dirname "$f")"; echo a >"$f"
      LLMOS_AGENT=DEV ./step.sh text "$f" >/dev/null; git ls-files -z | tr '\\0' '\\n' | grep -q "^$f\\$"
      git checkout -q -b "$(printf 'b\\351')"; git commit -q --allow-empty -m b
      git worktree add -q "$(printf '../w\\351.')" -b w; llmos-hook verify >/dev/null; llmos-hook status --json | python3 -m json.tool >/dev/null
      (cd "$(printf '../w\\351.')"; git commit -q --allow-empty -m w; llmos-hook --quiet set FEATURE_DEVELOPMENT QA; ! git commit -q --allow-empty -m w)
      echo more >"$f"; echo new >"$(printf 'n\\351w')"; llmos-hook --quiet rollback good --force --reason x; [ ! -e "$f" ]
      llmos-hook --quiet rollback --undo; [ "$(cat "$f")" = more ]; [ -e "$(printf 'n\\351w')" ]
      llmos-hook verify --strict >/dev/null; llmos-hook doctor >/dev/null; llmos-hook report --json >/dev/null
      llmos-hook --quiet uninstall; [ ! -e .git/llmos ]
      """
    ).succeeds()
  }

  // MARK: Settings

  /// A clone on a machine that ends lines in another way.
  @Test func linesMayEndInAnotherWay() async throws {
    let s = try await Sandbox.governed()
    try await s.sh("llmos-hook --quiet allow --once --reason x; git add -Af . && git commit -qm all")
      .succeeds()
    let w = s.root + "/clone"
    try await s.sh(
      "git clone -q -c core.autocrlf=true . ../clone; grep -q \"$(printf '\\r')\" ../clone/llmos"
    ).succeeds()
    try await s.llmos("install", in: w).succeeds()
    #expect(try await s.git("status", "--short", in: w).out == "")
    #expect(
      try await s.sh("./llmos status", in: w).succeeds().out.contains("FEATURE_DEVELOPMENT:IMPLEMENTATION"))
    try await s.sh("echo b >b; LLMOS_AGENT=DEV ./step.sh text b", in: w).succeeds()
    // Later too: nobody has edited anything.
    try await s.sh("sed -i 's/$/\\r/' SCENARIO_STATE.yml", in: w).succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "x", in: w).succeeds()
    #expect(!(try s.read(w + "/SCENARIO_STATE.yml").contains("\r")))
    try await s.sh("sed -i 's/$/\\r/' SCENARIO_STATE.yml; echo 'x: y' >>SCENARIO_STATE.yml", in: w).succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "x", in: w).isRefused(1, "edited by hand")
  }

  /// A link among the hooks leads to another repository's: those are not ours to take away.
  @Test func hooksBehindALinkStay() async throws {
    let s = try await Sandbox.governed("MAINTENANCE", "UPDATE")
    try await s.sh(
      """
      set -e; git init -q ../two; cd ../two; ln -s '\(s.repository)/.git/hooks' .git/hooks/shared
      git commit -q --allow-empty -m x; llmos-hook --quiet install --no-scripts; llmos-hook --quiet uninstall
      """
    ).succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "y").isRefused(
      1, "MAINTENANCE:UPDATE does not allow commit_changes")
  }

  /// Objects that a clone left with its remote are fetched when they are looked at.
  @Test(arguments: ["tree:0", "blob:none"]) func aPartialCloneIsGoverned(filter: String) async throws {
    let s = try await Sandbox()
    try await s.sh(
      """
      set -e; for f in a b c; do echo $f >$f; git add $f; git commit -qm $f; done
      git config uploadpack.allowFilter true; git config uploadpack.allowAnySHA1InWant true
      git config --global protocol.file.allow always; git clone -q --filter=\(filter) "file://$PWD" ../clone; cd ../clone
      llmos-hook --quiet install --no-scripts; llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason tests
      llmos-hook --quiet rollback HEAD~2 --reason x; [ ! -e c ]; llmos-hook verify; git commit -q --allow-empty -m x
      """
    ).succeeds()
  }

  @Test func aBareRepositoryIsNamedWhereGitFindsNone() async throws {
    let s = try await Sandbox()
    try await s.sh(
      """
      set -e; git config --global safe.bareRepository explicit; git init -q --bare -b main ../s.git
      llmos-hook --quiet -C ../s.git install --server; git commit -q --allow-empty -m x; git remote add origin ../s.git
      llmos-hook --quiet install --no-scripts; llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason tests
      llmos-hook --quiet sync; git commit -q --allow-empty -m y; llmos-hook --quiet sync; git push -q origin main
      llmos-hook -C ../s.git verify main
      ! git -c core.hooksPath=/dev/null push -q origin "$(git commit-tree -m bad HEAD^{tree})":refs/heads/bad
      llmos-hook --quiet -C ../s.git uninstall
      """
    ).succeeds()
  }
}
