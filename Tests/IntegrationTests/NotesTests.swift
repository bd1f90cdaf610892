import Testing

/// Who writes `refs/notes/llmos` through git.
@Suite struct NotesTests {
  private static let agent = ["LLMOS_AGENT": "DEV"]

  /// A repository whose last commit has a record.
  private func noted() async throws -> Sandbox {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e; git add -A; llmos-hook allow --once --reason scripts; git commit -qm scripts
      echo a >a; LLMOS_AGENT=DEV ./step.sh first a; llmos-hook next-phase
      llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test
      """
    ).succeeds()
    return s
  }

  @Test(arguments: [
    "git notes --ref=llmos append -m \"$(git notes --ref=llmos show | sed 's/IMPLEMENTATION/RELEASE/')\"",
    "git notes --ref=llmos add -f -m \"$(git notes --ref=llmos show; git notes --ref=llmos show | sed s/DEV/PM/)\"",
    "git notes --ref=llmos add -m '{\"at\":\"2026-01-01T00:00:00Z\",\"kind\":\"phase-completed\"}' HEAD~1",
    "git notes --ref=llmos remove", "git update-ref -d refs/notes/llmos",
  ])
  func anAgentWritesNoRecord(command: String) async throws {
    let s = try await noted()
    let before = try await s.git("rev-parse", "refs/notes/llmos").out
    let outcome = try await s.sh(command, env: Self.agent)
    #expect(outcome.code != 0 && outcome.err.contains("llmos-hook: "), "\(outcome.all)")
    #expect(try await s.git("rev-parse", "refs/notes/llmos").out == before)
    try await s.llmos("doctor").succeeds()
  }

  /// git copies the notes of a commit that it rewrites, as often as it does, and a verdict is an auditor's.
  @Test func whatAnAgentsGitCopiesAndWhatTheEngineWritesGoesOn() async throws {
    let s = try await noted()
    try await s.sh(
      "set -e; for i in 1 2; do echo $i >a; ./step.sh --amend \"try $i\" a; done", env: Self.agent
    ).succeeds()
    #expect(try await s.git("notes", "--ref=llmos", "show", "HEAD").out.contains("phase-completed"))
    try await s.llmos("set", "QUALITY_GATE", "VERDICT").succeeds()
    try await s.llmos("verdict", "PASS", env: ["LLMOS_AGENT": "QUALITY_AUDITOR"]).succeeds()
    try await s.sh("git notes --ref=llmos show | grep verdict").succeeds()
    try await s.sh("git pack-refs --all", env: Self.agent).succeeds()
    try await s.llmos("doctor").succeeds()
  }
}
