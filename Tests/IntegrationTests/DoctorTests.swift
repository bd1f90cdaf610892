import Foundation
import Testing

@Suite struct DoctorTests {
  @Test func allIsWellAfterInstall() async throws {
    let s = try await Sandbox.governed()
    let outcome = try await s.llmos("doctor").succeeds()
    #expect(outcome.out.split(separator: "\n").allSatisfy { $0.hasSuffix(": ok") }, "\(outcome.out)")
    let json = try await s.llmos("doctor", "--json").succeeds().out
    #expect(try JSONSerialization.jsonObject(with: Data(json.utf8)) is [String: Any])
  }

  @Test func aHookThatGitTracksIsNotForInstallToMend() async throws {
    let s = try await Sandbox()
    try s.write("tools/pre-commit", "#!/bin/sh\n", executable: true)
    try await s.sh("git add .; git commit -qm x; git config core.hooksPath tools").succeeds()
    try await s.llmos("install").succeeds()
    let found = try await s.llmos("doctor").out
    #expect(
      found.contains(
        "tools/: pre-commit, which git tracks; next: move the hooks out of version control, or git config"),
      "\(found)")
    try await s.sh("rm tools/commit-msg").succeeds()
    #expect(
      try await s.llmos("doctor").out.contains("tools/: pre-commit, commit-msg; next: llmos-hook install"))
  }

  private static let breaks: [(String, String)] = [
    ("rm .git/hooks/commit-msg", "hooks: not ours in"), ("echo x >.git/hooks/pre-commit", "pre-commit"),
    ("chmod -x .git/hooks/pre-commit", "not executable"),
    ("git config core.hooksPath /dev/null", "hooks: core.hooksPath (/dev/null) leads nowhere"),
    ("rm .git/llmos/bin/llmos-gate", "our hooks block every commit"),
    ("cd .git/llmos/bin; { cat llmos-gate; echo x; } >new; chmod +x new; mv new llmos-gate", "gate: "),
    ("rm .git/llmos/bin/llmos-hook", "llmos-hook does not exist"),
    ("ln -sfn /nowhere .git/llmos/bin/llmos-hook", "llmos-hook cannot be executed"),
    ("git config --unset notes.rewriteRef", "notes: notes.rewriteRef"),
    ("echo x >.git/llmos/rollback.json", "rollback: "), ("echo x >>SCENARIO_STATE.yml", "edited by hand"),
    ("echo x >.git/llmos/intent", "llmos/intent cannot be read"),
    (
      "git -c core.hooksPath=/dev/null update-ref refs/llmos/ledger/main HEAD",
      "the commit is not a ledger entry"
    ),
    ("git -c core.hooksPath=/dev/null update-ref -d refs/llmos/ledger/main", "no state is sealed here"),
  ]

  /// What covers our notes may be a pattern.
  @Test func aPatternOfNotesIsEnough() async throws {
    let s = try await Sandbox.governed()
    try await s.git("config", "--replace-all", "notes.rewriteRef", "refs/notes/*").succeeds()
    try await s.llmos("doctor").succeeds()
  }

  /// Each thing broken is named, and the remedy mends what can be mended.
  @Test(arguments: breaks)
  func whatIsBrokenIsNamed(damage: String, words: String) async throws {
    let s = try await Sandbox.governed()
    try await s.sh(damage).succeeds()
    let outcome = try await s.llmos("doctor")
    #expect(outcome.code == 1)
    #expect(outcome.out.contains(words), "\(outcome.out)")
    #expect(outcome.out.contains("next: "))
    if outcome.out.contains("next: llmos-hook install"), !damage.contains("update-ref"),
      !damage.contains("hooksPath")
    {
      try await s.llmos("install").succeeds()
      try await s.llmos("doctor").succeeds()
    }
  }
}
