import Testing

/// A state file that is missing is put back by whatever comes next, and stops nothing: the ledger has it.
@Suite struct MissingStateTests {
  private static let losses = [
    "git clean -qfdx", "git stash -qa", "rm -rf -- *", "rm SCENARIO_STATE.yml",
    "rm -rf SCENARIO_STATE.yml scripts",
  ]

  @Test(arguments: losses)
  func aCommitPutsItBack(loss: String) async throws {
    let s = try await Sandbox.governed()
    let sealed = try s.read("SCENARIO_STATE.yml")
    try await s.sh("\(loss); echo a >a; git add a").succeeds()
    #expect(!s.exists("SCENARIO_STATE.yml"))
    let commit = try await s.git("commit", "-qm", "a").succeeds()
    #expect(commit.err == "llmos-hook: SCENARIO_STATE.yml was missing; put back\n")
    #expect(try s.read("SCENARIO_STATE.yml") == sealed)
  }

  /// A commit that is refused puts it back too, and says why it is refused, once.
  @Test(arguments: [["commit", "-qm", "a"], ["commit", "-q", "--no-verify", "-m", "a"]])
  func aRefusedCommitPutsItBack(command: [String]) async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "QA")
    try await s.sh("git clean -qfdx; echo a >a; git add a").succeeds()
    let refused = try await s.run([Sandbox.gitPath] + command)
    #expect(refused.code == 1)
    #expect(refused.err.hasPrefix("llmos-hook: SCENARIO_STATE.yml was missing; put back\n"), "\(refused.err)")
    #expect(refused.err.contains("FEATURE_DEVELOPMENT:QA does not allow commit_changes"))
    #expect(s.exists("SCENARIO_STATE.yml"))
  }

  @Test(arguments: [
    "status", "status --json", "check run_tests", "log", "doctor", "brief", "graph", "scenarios", "step -m x",
    "set MAINTENANCE", "next-phase", "allow --once --reason x", "run", "rollback HEAD~1 --dry-run",
    "report --html ../r.html",
  ])
  func aCommandPutsItBack(command: String) async throws {
    let s = try await Sandbox.governed()
    try await s.sh("git commit -q --allow-empty -m two; rm SCENARIO_STATE.yml; echo a >a").succeeds()
    let done = try await s.sh("llmos-hook \(command)")
    #expect([0, 3].contains(done.code), "\(done.all)")
    #expect(done.err.contains("llmos-hook: SCENARIO_STATE.yml was missing; put back\n"), "\(done.err)")
    #expect(try await s.llmos("status", "--json").out.contains("\"state_file\":\"sealed\""))
    try await s.llmos("doctor").succeeds()
  }

  /// What another says goes on to block, and is not replaced.
  @Test func anEditBlocksAsBefore() async throws {
    let s = try await Sandbox.governed()
    try await s.sh("sed -i 's/^phase: .*/phase: QA/' SCENARIO_STATE.yml").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "x").isRefused(1, "edited by hand")
    try await s.llmos("next-phase").isRefused(1, "edited by hand")
    #expect(try s.read("SCENARIO_STATE.yml").contains("phase: QA"))
  }

  /// In the middle of a rebase the file is git's: an untracked one in its place would stop it.
  @Test func aRebaseOverHistoryWithoutItGoesThrough() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      git checkout -q -b side; echo a >a; git add a; git commit -qm a
      git add -f SCENARIO_STATE.yml; git commit -qm tracked; echo b >b; git add b; git commit -qm b
      git checkout -q main; git commit -q --allow-empty -m c; git checkout -q side
      """
    ).succeeds()
    try await s.git("rebase", "-q", "main").succeeds()
    #expect(try await s.head("%s") == "b")
    #expect(try await s.git("status", "--porcelain", "-uno").out == "")
  }

  /// A worktree that has just been made has none yet, and gets it.
  @Test func aCloneOfItsOwnGetsIt() async throws {
    let s = try await Sandbox.governed()
    try await s.sh("git worktree add -q ../w -b w; cd ../w; git commit -q --allow-empty -m x").succeeds()
    #expect(s.exists(s.root + "/w/SCENARIO_STATE.yml"))
    try await s.sh("cd ../w && rm SCENARIO_STATE.yml && git commit -q --allow-empty -m y").succeeds()
    #expect(s.exists(s.root + "/w/SCENARIO_STATE.yml"))
  }
}
