import Testing

/// What lands on a branch lands in the worktree that has it checked out: the stricter phase holds.
@Suite struct OtherWorktreeTests {
  /// The main worktree in QA, on main; ../w in IMPLEMENTATION, on side, one commit further.
  private func two() async throws -> Sandbox {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e; git add -A; git commit -qm scripts; git worktree add -q -b side ../w
      (cd ../w; llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason t; git commit -q --allow-empty -m s)
      llmos-hook --quiet next-phase --reason t
      """
    ).succeeds()
    return s
  }

  private static let made = "$(git commit-tree -p main -m x 'main^{tree}')"

  @Test(arguments: [
    "git update-ref refs/heads/main \(made)", "echo update refs/heads/main \(made) | git update-ref --stdin",
  ])
  func nothingIsMadeThere(command: String) async throws {
    let s = try await two()
    let before = try await s.git("rev-parse", "main").out
    let outcome = try await s.sh(command, in: s.root + "/w")
    #expect(outcome.code != 0, "\(outcome.all)")
    #expect(outcome.err.contains("main is checked out in "), "\(outcome.all)")
    #expect(
      outcome.err.contains("FEATURE_DEVELOPMENT:QA there does not allow commit_changes"), "\(outcome.all)")
    #expect(try await s.git("rev-parse", "main").out == before)
  }

  /// What is known the owner moves, and an agent does not.
  @Test func knownWorkIsTheOwners() async throws {
    let s = try await two()
    let move = "git update-ref refs/heads/main side"
    try await s.sh(move, in: s.root + "/w", env: ["LLMOS_AGENT": "DEV"]).isRefused(128)
    try await s.sh(move, in: s.root + "/w").succeeds()
    try await s.llmos("verify", "--strict").succeeds()
  }

  @Test func whereItsPhaseAllowsItAndElsewhereItIsFree() async throws {
    let s = try await two()
    try await s.sh(
      "set -e; git update-ref refs/heads/new \(Self.made); git -C ../w commit -q --allow-empty -m t",
      in: s.root + "/w"
    ).succeeds()
    try await s.sh("llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason t").succeeds()
    try await s.sh("git update-ref refs/heads/main \(Self.made)", in: s.root + "/w").succeeds()
    try await s.llmos("verify", "--strict").succeeds()
    // One that has no ledger of its own stands as the main one does.
    try await s.sh(
      "set -e; git worktree add -q -b third ../x; llmos-hook --quiet set FEATURE_DEVELOPMENT QA --reason t"
    ).succeeds()
    try await s.sh("git update-ref refs/heads/third \(Self.made)", in: s.root + "/w").isRefused(
      128, "third is checked out in ")
  }
}
