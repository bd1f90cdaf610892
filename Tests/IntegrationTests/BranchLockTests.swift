import Foundation
import Testing

/// `commits.lock`: the branch is held, so that nothing moves it.
@Suite struct BranchLockTests {
  private func locked(_ scenario: String = "QUALITY_GATE") async throws -> Sandbox {
    let s = try await Sandbox.governed()
    try s.write(".llmos/config.yml", "commits: {lock: [QUALITY_GATE, INCIDENT_RECOVERY]}\n")
    try await s.sh("git checkout -q -b feature/x; git add .llmos; git commit -qm lock; git pack-refs --all")
      .succeeds()
    try await s.llmos("set", scenario).succeeds()
    return s
  }

  @Test(arguments: [
    "git -c core.hooksPath=/dev/null commit -q --allow-empty -m x",
    "git -c core.hooksPath=/dev/null update-ref refs/heads/feature/x HEAD^",
    "git -c core.hooksPath=/dev/null reset -q --hard HEAD^",
    "git -c core.hooksPath=/dev/null branch -f feature/x HEAD^ --",
  ])
  func nothingMovesTheBranch(command: String) async throws {
    let s = try await locked()
    let head = try await s.head()
    #expect(try await s.sh(command).code != 0)
    #expect(try await s.head() == head)
    #expect(try await s.llmos("status").out.contains("refs/heads/feature/x is held"))
    #expect(try await s.llmos("status", "--json").out.contains("\"locked\":\"refs/heads/feature/x\""))
    try await s.llmos("doctor").succeeds()
    // The scenario's end gives it back.
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION").succeeds()
    #expect(!s.exists(".git/refs/heads/feature/x.lock"))
    try await s.git("commit", "-q", "--allow-empty", "-m", "x").succeeds()
  }

  @Test func theEngineItselfIsNotStopped() async throws {
    let s = try await locked("INCIDENT_RECOVERY")
    try s.write("notes.md", "x\n")
    try await s.llmos("next-phase", "--checkpoint").succeeds()
    #expect(try await s.head("%s").contains("INCIDENT_RECOVERY:FREEZE complete"))
    #expect(s.exists(".git/refs/heads/feature/x.lock"))
    try await s.llmos("rollback", "HEAD^").succeeds()
    #expect(try await s.head("%s").contains("HEAD^") || !s.exists("notes.md"))
    #expect(s.exists(".git/refs/heads/feature/x.lock"))
    try await s.llmos("verify").succeeds()
    try await s.llmos("allow", "--once", "--reason", "hotfix").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "hotfix").succeeds()
    try await s.llmos("next-phase").succeeds()
    #expect(s.exists(".git/refs/heads/feature/x.lock"))
    try await s.llmos("uninstall").succeeds()
    #expect(!s.exists(".git/refs/heads/feature/x.lock"))
  }

  /// Killed between the entry and the lock, or with the lock gone: named, and mended.
  @Test func whatIsMissingIsNamedAndMended() async throws {
    let s = try await locked()
    try await s.sh("rm .git/refs/heads/feature/x.lock").succeeds()
    #expect(try await s.llmos("doctor").out.contains("is not held"))
    try await s.llmos("restore").succeeds()
    try await s.llmos("doctor").succeeds()
    #expect(s.exists(".git/refs/heads/feature/x.lock"))
    // git's own lock is never taken for ours.
    try await s.sh("rm .git/refs/heads/feature/x.lock; : >.git/refs/heads/feature/x.lock").succeeds()
    try await s.llmos("restore").isRefused(75, "somebody else holds")
    #expect(s.exists(".git/refs/heads/feature/x.lock"))
  }
}
