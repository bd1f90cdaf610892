import Foundation
import Testing

@Suite struct CommitTests {
  @Test func onANewRepositoryTheFirstCommitIsGated() async throws {
    let s = try await Sandbox()
    try await s.llmos("install").succeeds()
    try s.write("a", "1")
    try await s.git("add", "a").succeeds()
    try await s.git("commit", "-m", "x").isRefused(
      1, "PROJECT_BOOTSTRAP:INITIALIZATION does not allow commit_changes")
    #expect(try await s.git("rev-parse", "-q", "--verify", "HEAD").code != 0)
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test").succeeds()
    try await s.git("commit", "-m", "x").succeeds()
  }

  /// Every way of committing through hooks that githooks(5) lets refuse, in a phase that forbids and in
  /// one that allows.
  @Test(arguments: [
    "git commit -qm x", "git commit -q --no-verify -m x", "git commit -qam x", "git commit -qm x a",
    "git commit -q --amend --no-edit", "git commit -q --amend --no-verify -m y",
    "git commit -q --allow-empty -m x", "git merge -q --no-ff side -m m",
    "git merge -q --no-ff --no-verify side -m m",
    "git cherry-pick side", "git revert --no-edit HEAD", "git rebase -q side",
    "git am -q ../p/0001-side.patch",
    "git rebase -q -i --exec 'true' HEAD~1 && git commit -q --amend -m z",
    "printf 'x\\n' | git commit -q -F -",
    "cd sub && git commit -qam x", "git -C sub commit -qam x",
  ])
  func isGated(command: String) async throws {
    let s = try await Sandbox.copy(of: "CommitTests") {
      let s = try await Sandbox.governed()
      try s.write("sub/b", "1")
      try await s.sh(
        """
        git add sub && git commit -qm second && git branch side && git checkout -q side && echo 1 >c &&
        git add c && git -c core.hooksPath=/dev/null commit -qm side && git format-patch -q -1 -o ../p && git checkout -q main &&
        echo 2 >a && echo 2 >sub/b && git add a && git commit -qm third && echo 3 >a
        """
      ).succeeds()
      return s
    }
    let quiet =
      command.contains("rebase") || command.contains("merge") || command.contains("pick")
      || command.contains("revert") || command.contains(" am ")
    try await s.sh(quiet ? "git checkout -q -- a sub" : "git add a").succeeds()
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "DESIGN", "--reason", "a test").succeeds()
    let before = try await s.head()
    let refused = try await s.sh(command)
    #expect(
      refused.code == (["revert", "pick"].contains { command.contains($0) } ? 128 : 1), "\(refused.all)")
    #expect(
      refused.err.contains("FEATURE_DEVELOPMENT:DESIGN does not allow commit_changes"), "\(refused.err)")
    #expect(refused.err.components(separatedBy: "llmos-hook: ").count == 2, "said once: \(refused.err)")
    for operation in ["merge", "cherry-pick", "rebase", "am"] { _ = try await s.git(operation, "--abort") }
    _ = try await s.git("reset", "-q", "--merge")
    #expect(try await s.head() == before)
    if !quiet { try await s.sh("echo 4 >a && git add a && echo 5 >sub/b").succeeds() }
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test").succeeds()
    try await s.sh(command).succeeds()
    #expect(try await s.head() != before)
  }

  @Test func aCommitSaysNothingWhenAllIsWell() async throws {
    let s = try await Sandbox.governed()
    let outcome = try await s.git("commit", "-q", "--allow-empty", "-m", "x")
    #expect(outcome.all == "")
  }

  @Test func worksWithAPoorEnvironment() async throws {
    let s = try await Sandbox.governed()
    let poor: [String: String?] = ["PATH": Sandbox.pathOfOthers, "LC_ALL": nil, "HOME": nil]
    try await s.git("commit", "-q", "--allow-empty", "-m", "x", env: poor).succeeds()
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "QA", "--reason", "a test").succeeds()
    try await s.git("commit", "--allow-empty", "-m", "x", env: poor).isRefused(1, "FEATURE_DEVELOPMENT:QA")
  }

  // MARK: The state file

  @Test func aHandEditBlocksAndRestoreBringsTheSealBack() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "BRIEF")
    let sealed = try s.read("SCENARIO_STATE.yml")
    try s.write("SCENARIO_STATE.yml", sealed.replacing("phase: BRIEF", with: "phase: IMPLEMENTATION"))
    try await s.git("commit", "--allow-empty", "-m", "x").isRefused(
      1, "edited by hand", "line 3 says \"phase: IMPLEMENTATION\", sealed is \"phase: BRIEF\"",
      "llmos-hook restore")
    try await s.llmos("next-phase").isRefused(1, "edited by hand")
    try await s.llmos("restore").succeeds()
    #expect(try s.read("SCENARIO_STATE.yml") == sealed)
  }

  @Test func anOlderSealIsBroughtUpToDateWithOneLine() async throws {
    let s = try await Sandbox.governed()
    let older = try s.read("SCENARIO_STATE.yml")
    try await s.llmos(
      "set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--context", "feature_slug=x", "--reason", "a test"
    )
    .succeeds()
    let newer = try s.read("SCENARIO_STATE.yml")
    try s.write("SCENARIO_STATE.yml", older)
    let outcome = try await s.git("commit", "-q", "--allow-empty", "-m", "x").succeeds()
    #expect(outcome.err == "llmos-hook: SCENARIO_STATE.yml was an older seal; brought up to date\n")
    #expect(try s.read("SCENARIO_STATE.yml") == newer)
  }

  @Test func aTrackedStateFollowsTheLedgerAcrossBranchesAndMerges() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      git add -f SCENARIO_STATE.yml && git commit -qm state && git branch old &&
      llmos-hook set MAINTENANCE --quiet && llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test --quiet &&
      git commit -qam newer && git checkout -q old
      """
    ).succeeds()
    try await s.sh("echo x >f && git add f && git commit -qm f").succeeds()
    try await s.sh(
      "git commit -qam state2 && git checkout -q main && llmos-hook set MAINTENANCE && llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test && git commit -qam third"
    ).succeeds()
    try await s.git("merge", "-q", "--no-edit", "old").succeeds()
    let status = try await s.llmos("status", "--json").out
    #expect(status.contains("\"state_file\":\"sealed\""), "\(status)")
    #expect(
      try s.read("SCENARIO_STATE.yml")
        == (try await s.git("show", "refs/llmos/ledger/main:SCENARIO_STATE.yml").out))
  }

  private static let damages: [(String, Int32, String)] = [
    ("mkdir d && rm S && mv d S", 65, "it is a directory"),
    ("cp S ../copy && rm S && ln -s ../copy S", 65, "it is a symlink"),
    ("rm S && mkfifo S", 65, "not a regular file"),
    (": >S", 65, "it is empty"),
    ("head -c 103 S | grep -v ^phase >t; mv t S", 65, "the key phase is missing"),
    ("head -c 2097152 /dev/zero >S", 65, "2097152 bytes"), ("printf '\\377\\376' >S", 65, "not UTF-8"),
    ("printf '\\tphase: QA\\n' >>S", 65, "tab character"),
    ("echo 'phase: QA' >>S", 65, "the key phase appears twice"),
    ("sed -i 's/^phase: .*/phase: CODING/' S", 65, "S:3:8: FEATURE_DEVELOPMENT has no phase CODING"),
    ("sed -i 's/^phase: .*/phase: QA/' S", 1, "edited by hand: line 3"),
    ("echo 'x: &a [1]' >>S", 65, "anchors"),
    ("chmod 0 S", 65, "Permission denied"),
  ]

  /// What can be in the file's place.
  @Test(arguments: damages)
  func badFilesBlock(damage: String, code: Int32, words: String) async throws {
    let s = try await Sandbox.governed()
    let sealed = try s.read("SCENARIO_STATE.yml")
    try await s.sh(damage.replacing("S", with: "SCENARIO_STATE.yml")).succeeds()
    let outcome = try await s.git("commit", "-q", "--allow-empty", "-m", "x")
    // Root reads what nobody may.
    if words == "Permission denied", getuid() == 0 {
      outcome.succeeds()
      return
    }
    #expect(outcome.code == 1)
    #expect(outcome.err.contains(words.replacing("S:", with: "SCENARIO_STATE.yml:")), "\(outcome.err)")
    #expect(try await s.llmos("hook", "pre-commit").code == code)
    _ = try await s.sh("[ ! -d SCENARIO_STATE.yml ] || rmdir SCENARIO_STATE.yml")
    try await s.llmos("restore").succeeds()
    #expect(try s.read("SCENARIO_STATE.yml") == sealed)
    try await s.git("commit", "-q", "--allow-empty", "-m", "x").succeeds()
  }

  private static let otherFormat = Sandbox.digits == 64 ? "sha1" : "sha256"

  private static let ledgerDamages: [(String, Int32, String, String?)] = [
    ("git update-ref -d refs/llmos/ledger/main", 66, "no state is sealed here", nil),
    (
      "git update-ref refs/llmos/ledger/main $(git hash-object -w README)", 65, "no commit can be read there",
      nil
    ),
    ("git update-ref refs/llmos/ledger/main HEAD", 65, "the commit is not a ledger entry", nil),
    ("rm -r .git/objects/??", 65, "the ledger refs/llmos/ledger/main is damaged", "could not parse HEAD"),
    Sandbox.keepsReferencesInFiles
      ? ("echo garbage >.git/refs/llmos/ledger/main", 74, "refs/llmos/ledger/main", nil)
      : ("echo garbage >.git/reftable/tables.list", 74, "cannot read HEAD", nil),
    (
      "git config core.repositoryformatversion 1 && git config extensions.objectFormat \(otherFormat)",
      Sandbox.opensAll ? 74 : 65,
      Sandbox.opensAll ? "cannot read " : "the ledger refs/llmos/ledger/main is damaged", "fatal: "
    ),
    (
      "git config core.repositoryformatversion 1 && git config extensions.ofTomorrow true", 66,
      "not supported by the git on PATH", "unknown repository extension"
    ),
  ]

  /// What can be wrong with the ledger, or with the repository.
  @Test(arguments: ledgerDamages)
  func aDamagedLedgerBlocks(damage: String, code: Int32, words: String, gits: String?) async throws {
    let s = try await Sandbox.governed()
    try await s.sh(damage.replacing("git update-ref", with: "git -c core.hooksPath=/dev/null update-ref"))
      .succeeds()
    let outcome = try await s.llmos("hook", "pre-commit")
    outcome.isRefused(code, words)
    // git does not come as far as the hook where it cannot read HEAD or the repository itself.
    let commit = try await s.git("commit", "--allow-empty", "-m", "x")
    #expect(commit.code == (gits == nil ? 1 : 128), "\(commit.all)")
    #expect(commit.err.contains(gits ?? words), "\(commit.all)")
  }

  @Test func repositoriesOfEveryKindThatGitItselfKnows() async throws {
    let s = try await Sandbox.governed()
    for setting in ["extensions.worktreeConfig", "core.splitIndex", "core.untrackedCache"] {
      try await s.sh("git config core.repositoryformatversion 1; git config \(setting) true").succeeds()
      try await s.sh("echo \(setting) >>a && git add a && git commit -qm x").succeeds()
    }
    try await s.git("checkout", "-q", "--detach").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "detached").succeeds()
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "QA", "--reason", "a test").succeeds()
    try await s.git("commit", "--allow-empty", "-m", "detached").isRefused(1, "FEATURE_DEVELOPMENT:QA")
    let bare = s.root + "/bare.git"
    try await s.git("init", "-q", "--bare", bare).succeeds()
    try await s.llmos("install", "--repo", bare).isRefused(66, "bare repository")
    try await s.llmos("status", in: s.root).isRefused(66, "not a git repository")
  }

  @Test func aRepositoryOfAnotherUserIsRefusedAsGitDoes() async throws {
    let s = try await Sandbox.governed()
    // Whether the test may give files away depends on who runs it.
    guard try await s.sh("chown -R 65534:65534 .").code == 0 else { return }
    try await s.llmos("status").isRefused(66, "belongs to another user", "safe.directory")
    try await s.git("config", "--global", "--add", "safe.directory", s.repository).succeeds()
    try await s.llmos("status").succeeds()
  }

  // MARK: Concurrency

  @Test func setAtTheSameMomentLosesNone() async throws {
    let s = try await Sandbox.governed()
    let script = """
      for i in 1 2 3 4 5 6 7 8 9 10; do
        ( for j in 1 2 3; do llmos-hook --quiet set MAINTENANCE --reason "$i.$j" || echo "failed $?"; done ) &
      done; wait
      """
    #expect(try await s.sh(script).out == "")
    let log = try await s.sh(
      "git rev-list --first-parent refs/llmos/ledger/main --not HEAD | while read c; do git show $c:entry.json; done"
    )
    #expect(
      Set(log.out.split(separator: "\n").compactMap { $0.firstMatch(of: /"reason":"([0-9.]+)"/)?.1 }).count
        == 30)
    #expect(try await s.llmos("status", "--json").out.contains("\"state_file\":\"sealed\""))
  }

  @Test func aDeadProcessLeavesAnOlderSealThatIsRefreshed() async throws {
    let s = try await Sandbox.governed()
    for moment in ["0.001", "0.002", "0.003", "0.004", "0.005", "0.006", "0.008"] {
      _ = try await s.sh(
        "timeout -s KILL \(moment) llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --context feature_slug=s\(moment.count) --reason test"
      )
      try await s.git("commit", "-q", "--allow-empty", "-m", "x").succeeds()
      #expect(try await s.llmos("status", "--json").out.contains("\"state_file\":\"sealed\""))
    }
    try await s.git("fsck", "--no-dangling").succeeds()
  }
}
