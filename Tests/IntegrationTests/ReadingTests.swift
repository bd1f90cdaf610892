import Foundation
import Testing

/// Commands that only read: a worktree that has no ledger yet has none after them.
@Suite struct ReadingTests {
  @Test(arguments: [
    "llmos-hook log", "llmos-hook log --json", "llmos-hook status", "llmos-hook status --json",
    "llmos-hook check commit_changes", "llmos-hook doctor", "llmos-hook report --html ../report.html",
    "llmos-hook graph", "llmos-hook verify", "llmos-hook scenarios list", "llmos-hook rollback --list",
    "llmos-hook rollback HEAD~1 --dry-run",
    "echo '{\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"ls\"}}' | llmos-hook agent-hook claude-code",
  ])
  func aReadingCommandBeginsNoLedger(command: String) async throws {
    let s = try await Sandbox.governed()
    try await s.git("commit", "-q", "--allow-empty", "-m", "second").succeeds()
    let fresh = s.root + "/fresh"
    try await s.git("worktree", "add", "-q", "-b", "other", fresh).succeeds()
    let before = try await s.sh("git for-each-ref; ls -A", in: fresh)
    let outcome = try await s.sh(command, in: fresh).succeeds()
    #expect(!outcome.all.contains("this worktree starts"), "\(outcome.all)")
    let after = try await s.sh("git for-each-ref; ls -A", in: fresh)
    #expect(after.out == before.out)
    // What writes begins one, and says so.
    let moved = try await s.llmos("restore", in: fresh).succeeds()
    #expect(
      moved.err.hasPrefix(
        "llmos-hook: this worktree starts at FEATURE_DEVELOPMENT:IMPLEMENTATION, like the main one\n"))
    try await s.git("rev-parse", "-q", "--verify", "refs/llmos/ledger/fresh").succeeds()
  }

  @Test func aFreshWorktreeStandsAsItWillOnceItHasALedger() async throws {
    let s = try await Sandbox.governed()
    let fresh = s.root + "/fresh"
    try await s.git("worktree", "add", "-q", "-b", "other", fresh).succeeds()
    let before = try await s.llmos("status", in: fresh).succeeds()
    try await s.llmos("restore", in: fresh).succeeds()
    #expect(try await s.llmos("status", in: fresh).succeeds().out == before.out)
  }

  /// The program's own libyaml, which looks through all that is open at each value: a file of a hundred thousand took it
  /// half a minute. The time is that of the processor, in seconds.
  @Test(arguments: ["[", "{a: ", "- ", "? "]) func whatLiesTooDeepIsSaidAtOnce(opening: String) async throws {
    let s = try await Sandbox.governed()
    try s.write(".llmos/config.yml", String(repeating: opening, count: 100_000))
    try await s.sh("git add .llmos; llmos-hook allow --once --reason t; ulimit -t 3; git commit -qm deep")
      .succeeds()
    try await s.sh("ulimit -t 3; llmos-hook set MAINTENANCE").isRefused(
      65, "values lie too deep in one another")
  }
}
