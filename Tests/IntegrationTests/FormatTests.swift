import Foundation
import Testing

/// Repositories of every format that git makes; all other tests run in one of them (GIT_DEFAULT_HASH,
/// GIT_DEFAULT_REF_FORMAT), which `scripts/formats.sh` sets.
@Suite struct FormatTests {
  private static let canMakeReftables = Sandbox.git(isAtLeast: 2, 45)

  private static let formats =
    ["--object-format=sha256"]
    + (canMakeReftables
      ? ["--ref-format=reftable", "--object-format=sha256 --ref-format=reftable", "--ref-format=files"] : [])

  private func governed(_ format: String) async throws -> Sandbox {
    let s = try await Sandbox(git: false)
    try await s.sh("git init -q -b main \(format); echo a >a; git add a; git commit -qm base").succeeds()
    try await s.llmos("install").succeeds()
    return s
  }

  @Test(arguments: formats) func aWholePhase(format: String) async throws {
    let s = try await governed(format)
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "QA", "--context", "feature_slug=x", "--reason", "t")
      .succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "x").isRefused(1, "does not allow commit_changes")
    try await s.sh("git commit -q --allow-empty --no-verify -m x").isRefused(
      1, "does not allow commit_changes")
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "t").succeeds()
    try await s.sh(
      "echo b >b; LLMOS_AGENT=DEV ./step.sh text b; LLMOS_AGENT=DEV llmos-hook step --amend -m again"
    )
    .succeeds()
    // What an agent replaced is kept, and nothing waits to be.
    #expect(try await s.git("for-each-ref", "refs/llmos/dropped").out.split(separator: "\n").count == 1)
    #expect(!s.exists(".git/llmos/dropped"))
    #expect(try await s.llmos("backups", "list").succeeds().out.contains("dropped"))
    try await s.sh("git worktree add -q ../w -b w; cd ../w; git commit -q --allow-empty -m there").succeeds()
    try await s.llmos("next-phase").succeeds()
    try await s.llmos("verify", "--strict").succeeds()
    try await s.llmos("rollback", "HEAD^", "--reason", "t").succeeds()
    try await s.llmos("rollback", "--undo").succeeds()
    try await s.llmos("doctor").succeeds()
    try await s.git("fsck", "--strict", "--no-dangling").succeeds()
  }

  /// References in several tables, one of them with nothing but logs.
  @Test(.enabled(if: canMakeReftables)) func manyReferencesInAReftable() async throws {
    let s = try await governed("--ref-format=reftable")
    let head = try await s.head()
    try await s.sh(
      """
      for i in $(seq 3000); do echo "create refs/heads/many/$i \(head)"; done | git -c core.hooksPath=/dev/null update-ref --stdin
      git -c core.hooksPath=/dev/null update-ref -d refs/heads/many/17
      llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION --context feature_slug=x --reason t
      git checkout -q many/2999; git commit -q --allow-empty -m x; llmos-hook verify --strict
      git pack-refs --all; git commit -q --allow-empty -m y; llmos-hook verify --strict; llmos-hook doctor
      ! git rev-parse -q --verify many/17
      """
    ).succeeds()
  }

  /// What cannot be held is said.
  @Test(.enabled(if: canMakeReftables)) func aReftableHoldsNoBranch() async throws {
    let s = try await governed("--ref-format=reftable")
    try s.write(".llmos/config.yml", "commits: {lock: [QUALITY_GATE]}\n")
    try await s.sh(
      "git add .llmos; llmos-hook allow --once --reason t; git commit -qm lock; llmos-hook set QUALITY_GATE"
    ).succeeds()
    let doctor = try await s.llmos("doctor")
    #expect(
      doctor.code == 1 && doctor.out.contains("a reftable has one lock for all references"), "\(doctor.all)")
    try await s.git("tag", "t").succeeds()
  }

  /// Another user's repository is not opened by the second way either, unless git is told to.
  @Test(.enabled(if: getuid() == 0)) func anotherUsersRepositoryIsRefused() async throws {
    let s = try await governed("--object-format=sha256")
    try await s.sh("chown -R 65534 .").succeeds()
    try await s.llmos("status").isRefused(66, "belongs to another user", "safe.directory")
    try await s.sh("git config --global --add safe.directory \"$PWD\"").succeeds()
    try await s.llmos("status").succeeds()
  }

  @Test(.enabled(if: !Sandbox.opensAll)) func whereGitIsMissingItIsSaid() async throws {
    let s = try await governed("--object-format=sha256")
    // What lies in files of its own needs no git.
    try await s.sh("git repack -adq").succeeds()
    try await s.llmos("status", env: ["PATH": Sandbox.binaries]).isRefused(
      69, "git cannot be started", "put git on PATH")
    try await s.sh("PATH='\(Sandbox.binaries)' .git/hooks/pre-commit").isRefused(69, "git cannot be started")
  }

  /// One of two gits on PATH opens it, and the other one is found.
  @Test(.enabled(if: !Sandbox.opensAll)) func anotherGitThatDoesNotOpenItIsTold() async throws {
    let s = try await governed("--object-format=sha256")
    try s.write(
      s.root + "/other/git",
      """
      #!/bin/sh
      case $1 in --version) exec '\(Sandbox.gitPath)' "$@" ;; esac
      printf 'fatal: unknown repository extension found:\\n\\tobjectformat\\n' >&2; exit 128
      """, executable: true)
    let path = ["PATH": s.root + "/other:" + Sandbox.path]
    // Where these lie in files of their own, it is something else that git is asked for.
    let commands = ["set MAINTENANCE", "step -m text a", "rollback HEAD^", "feature start x"]
    for command in commands.map({ $0.split(separator: " ").map(String.init) }) {
      try await s.run([Sandbox.binaries + "/llmos-hook"] + command, env: path).isRefused(
        66, "format is not supported by the git on PATH")
    }
    try await s.sh("git repack -adq").succeeds()
    try await s.llmos("status", env: path).isRefused(
      66, "format is not supported by the git on PATH", "put a git on PATH that opens it")
    let doctor = try await s.llmos("doctor", env: path)
    #expect(doctor.code == 1 && doctor.out.hasPrefix("repository: this repository's format is not supported"))
    #expect(doctor.out.split(separator: "\n").count == 1, "\(doctor.all)")
  }

  /// git's words of a format that it does not open, and of a configuration that it cannot read: its setup.c and config.c.
  @Test(
    .enabled(if: !Sandbox.opensAll),
    arguments: [
      ("fatal: compatibility hash algorithm support requires Rust", "format is not supported"),
      ("error: invalid value for 'extensions.refstorage': 'new'", "format is not supported"),
      ("fatal: Expected git repo version <= 1, found 2", "format is not supported"),
      ("fatal: bad config line 7 in file .git/config", "git's configuration cannot be read"),
      ("fatal: bad numeric config value 'x' for 'pack.threads'", "git's configuration cannot be read"),
    ])
  func whatGitDoesNotOpenIsNoDamage(words: String, told: String) async throws {
    let s = try await governed("--object-format=sha256")
    // What lies in files of its own needs no git.
    try await s.sh("git repack -adq").succeeds()
    let file = s.root + "/other/git"
    try s.write(file, "#!/bin/sh\nprintf '%s\\n' \"\(words)\" >&2; exit 128\n", executable: true)
    let done = try await s.llmos("status", env: ["PATH": s.root + "/other:" + Sandbox.path])
    #expect(done.code != 0 && done.all.contains(told) && !done.all.contains("fsck"), "\(done.all)")
  }

  /// git-config(1), `extensions.worktreeConfig`: a worktree may have settings of its own.
  @Test func aWorktreesOwnSettingsCount() async throws {
    let s = try await governed("--object-format=sha256")
    try await s.sh(
      """
      git config extensions.worktreeConfig true; git worktree add -q ../w -b w
      cd ../w; git config --worktree user.name 'W Orker'; llmos-hook set MAINTENANCE UPDATE; llmos-hook status
      """
    ).succeeds()
  }

  @Test(arguments: [true, false]) func aReferenceThatCannotBeReadIsNotMissing(isLedger: Bool) async throws {
    let s = try await Sandbox(git: false)
    let files = Self.canMakeReftables ? "--ref-format=files" : ""
    try await s.sh(
      "git init -q -b main --object-format=sha256 \(files); echo a >a; git add a; git commit -qm base"
    )
    .succeeds()
    try await s.llmos("install").succeeds()
    let name = isLedger ? "refs/llmos/ledger/main" : "refs/heads/main"
    try await s.sh("echo garbage >.git/\(name)").succeeds()
    let outcome = try await s.llmos("hook", "pre-commit")
    #expect(outcome.code == 74 && outcome.err.contains(name), "\(outcome.all)")
  }

  /// Ends a script at the first line that fails, and where `no` does not fail.
  private static let strict = "set -e; no() { if \"$@\"; then exit 9; fi; }"

  /// `git init --separate-git-dir`, a link in the place of `.git`, and a linked worktree that was moved by hand: git takes
  /// the directory in which it finds `.git`.
  @Test(arguments: formats + [""]) func aWorktreeIsWhereGitFindsIt(format: String) async throws {
    let s = try await Sandbox(git: false)
    let commits = """
      f=new$f; llmos-hook set FEATURE_DEVELOPMENT QA --context feature_slug=x --reason t
      echo b >$f; git add $f; no git commit -qm refused
      llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION --reason t; git commit -qm b
      llmos-hook rollback HEAD^ --reason t; test ! -e $f; llmos-hook rollback --undo; test -e $f
      llmos-hook verify --strict HEAD^..; llmos-hook doctor
      """
    try await s.sh(
      """
      \(Self.strict)
      git init -q -b main \(format) --separate-git-dir=../separate.git; echo a >a; git add a; git commit -qm base
      llmos-hook install
      \(commits)
      mkdir ../link; cd ../link; git init -q -b main \(format); mv .git ../linked.git; ln -s ../linked.git .git
      echo a >a; git add a; git commit -qm base; llmos-hook install
      \(commits)
      git worktree add -q ../w; mv ../w ../moved; cd ../moved
      \(commits)
      """
    ).succeeds()
  }

  /// What the configuration of a submodule says of its worktree holds for its main one.
  @Test(arguments: formats) func aSubmodulesWorktreeHasItsOwnPlace(format: String) async throws {
    let s = try await governed(format)
    try await s.sh(
      """
      \(Self.strict)
      git init -q -b main \(format) ../above; cd ../above
      git -c protocol.file.allow=always submodule add -q "$OLDPWD" below; cd below; llmos-hook install
      git worktree add -q ../../w; cd ../../w
      llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION --context feature_slug=x --reason t
      git commit -q --allow-empty -m x; test -e SCENARIO_STATE.yml; llmos-hook verify --strict HEAD^..
      """
    ).succeeds()
  }

  /// git-config(1), `core.preferSymlinkRefs`.
  @Test(.enabled(if: Sandbox.keepsReferencesInFiles), arguments: ["", "--object-format=sha256"])
  func aBranchToWhichHeadIsLinkedIsCheckedOut(format: String) async throws {
    let s = try await Sandbox(git: false)
    try await s.sh(
      """
      \(Self.strict)
      git init -q -b main \(format); echo a >a; git add a; git commit -qm base; llmos-hook install
      llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION --context feature_slug=x --reason t
      echo b >b; git add b; git commit -qm b; ln -sf refs/heads/main .git/HEAD
      llmos-hook rollback HEAD^ --mode reset --reason t; test -L .git/HEAD; test "$(git rev-parse main)" = "$(git rev-parse HEAD)"
      """
    ).succeeds()
    #expect(try await s.llmos("status", "--all").succeeds().out.contains(" main "))
  }

  /// git holds a reftable's lock while a hook waits for a lock of ours: who has ours never waits for git's.
  @Test(.enabled(if: canMakeReftables), arguments: [100, 10_000])
  func transitionsAndCommitsInAReftableDoNotWaitForEachOther(patience: Int) async throws {
    let s = try await governed("--ref-format=reftable")
    try await s.sh(
      """
      \(Self.strict)
      git config reftable.lockTimeout \(patience)
      set="llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION --context feature_slug=x --reason t"
      $set; for i in $(seq 12); do $set || exit; done & turns=$!
      for i in $(seq 30); do git commit -q --allow-empty -m $i; done
      wait $turns; llmos-hook verify --strict
      """
    ).succeeds()
  }

  @Test(.enabled(if: canMakeReftables)) func agentsInManyWorktreesOfAReftableDoNotWaitForEachOther()
    async throws
  {
    let s = try await governed("--ref-format=reftable")
    try await s.sh(
      """
      \(Self.strict)
      git config reftable.lockTimeout 10000
      llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION --context feature_slug=x --reason t
      for w in 1 2 3 4; do git worktree add -q ../w$w; done
      for w in 1 2 3 4; do
        (cd ../w$w; export LLMOS_AGENT=DEV; for i in $(seq 8); do
          echo $w $i >f; llmos-hook step -m "$w $i" f && llmos-hook step --amend -m "$w $i again" || exit
        done) & all="$all $!"
      done
      for one in $all; do wait $one; done
      llmos-hook backups list; llmos-hook verify --strict
      """
    ).succeeds()
    #expect(try await s.git("for-each-ref", "refs/llmos/dropped").out.split(separator: "\n").count == 32)
    #expect(!s.exists(".git/llmos/dropped"))
  }

  /// A git that was killed leaves the lock, and nothing but its user can tell.
  @Test(.enabled(if: canMakeReftables)) func aLockThatWasLeftInAReftableIsNamed() async throws {
    let s = try await governed("--ref-format=reftable")
    try await s.sh("touch -d '2 minutes ago' .git/reftable/tables.list.lock").succeeds()
    let doctor = try await s.llmos("doctor")
    #expect(doctor.code == 1, "\(doctor.all)")
    #expect(doctor.out.contains("reftable/tables.list.lock\", if no git is at work"), "\(doctor.all)")
    try await s.llmos("set", "MAINTENANCE").isRefused(
      75, "another git holds the lock of all references", "if no git is at work: rm")
    try await s.sh("rm .git/reftable/tables.list.lock; llmos-hook set MAINTENANCE").succeeds()
  }

  /// What we do by git is told to no hook of the configuration: in every format a transition is the same.
  @Test(.enabled(if: Sandbox.git(isAtLeast: 2, 55)), arguments: formats + [""])
  func aConfiguredHookIsNotAskedAboutTheLedger(format: String) async throws {
    let s = try await governed(format)
    try await s.sh(
      """
      \(Self.strict)
      git config hook.no.event reference-transaction; git config hook.no.command false
      llmos-hook set FEATURE_DEVELOPMENT QA --context feature_slug=x --reason t
      """
    ).succeeds()
  }

  /// What git itself does not open is said by `doctor`, and `uninstall` takes nothing away.
  @Test(arguments: [
    ("1", "future", "put a git on PATH"), ("0", "objectFormat", "repositoryformatversion = 1"),
  ])
  func whatGitDoesNotOpenStaysAsItIs(version: String, name: String, remedy: String) async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      \(Self.strict)
      git config --file .git/config extensions.\(name) sha1
      git config --file .git/config core.repositoryformatversion \(version)
      """
    ).succeeds()
    let doctor = try await s.llmos("doctor")
    #expect(doctor.code == 1 && doctor.out.contains("format is not supported"), "\(doctor.all)")
    #expect(doctor.out.contains(remedy) && doctor.out.split(separator: "\n").count == 1, "\(doctor.all)")
    #expect(try await s.llmos("uninstall").code != 0)
    #expect(s.exists(".git/hooks/pre-commit") && s.exists(".git/llmos/bin/llmos-gate"))
  }

  /// Another git may be packing at the moment at which one takes away the files of what is packed.
  @Test(.enabled(if: Sandbox.keepsReferencesInFiles)) func packingIsKnownWhileAnotherGitPacks() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      \(Self.strict)
      git pack-refs --all --no-prune; ledger=refs/llmos/ledger/main
      line="$(git rev-parse $ledger) $(git rev-parse $ledger | tr 0-9a-f 0) $ledger"
      touch .git/packed-refs.lock; (sleep 0.03; rm .git/packed-refs.lock) &
      echo "$line" | .git/hooks/reference-transaction prepared
      # A deletion has the lock for itself, and has left the line out.
      wait; grep -v $ledger .git/packed-refs >.git/packed-refs.new; touch .git/packed-refs.lock
      no sh -c "echo $line | .git/hooks/reference-transaction prepared"
      """
    ).succeeds()
  }
}
