import Foundation
import Testing

/// `commits.lock`: the branch is held, so that nothing moves it.
@Suite(.enabled(if: Sandbox.keepsReferencesInFiles)) struct BranchLockTests {
  private func locked(_ scenario: String = "QUALITY_GATE") async throws -> Sandbox {
    try await Sandbox.copy(of: "BranchLockTests in \(scenario)") {
      let s = try await Sandbox.governed()
      try s.write(
        ".llmos/config.yml",
        """
        commits: {lock: [QUALITY_GATE, INCIDENT_RECOVERY]}
        checkpoint: {paths: {"INCIDENT_RECOVERY:FREEZE": ["*.md"]}}

        """)
      try await s.sh("git checkout -q -b feature/x; git add .llmos; git commit -qm lock; git pack-refs --all")
        .succeeds()
      try await s.llmos("set", scenario).succeeds()
      return s
    }
  }

  @Test(arguments: [
    "git -c core.hooksPath=/dev/null commit -q --allow-empty -m x",
    "git -c core.hooksPath=/dev/null update-ref refs/heads/feature/x HEAD^",
    "git -c core.hooksPath=/dev/null reset -q --hard HEAD^",
    "git -c core.hooksPath=/dev/null branch -M feature/x other",
  ])
  func nothingMovesTheBranch(command: String) async throws {
    let s = try await locked()
    let head = try await s.head()
    let outcome = try await s.sh(command)
    #expect(outcome.code == (command.contains("reset") ? 1 : 128), "\(outcome.all)")
    #expect(outcome.err.contains("refs/heads/feature/x.lock': File exists"), "\(outcome.all)")
    #expect(try await s.head() == head)
    #expect(try await s.llmos("status").out.contains("refs/heads/feature/x is locked"))
    #expect(try await s.llmos("status", "--json").out.contains("\"locked\":\"refs/heads/feature/x\""))
    try await s.llmos("doctor").succeeds()
    // The scenario's end gives it back.
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test").succeeds()
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
    #expect(!s.exists("notes.md"))
    #expect(s.exists(".git/refs/heads/feature/x.lock"))
    try await s.llmos("verify").succeeds()
    try await s.llmos("allow", "--once", "--reason", "hotfix").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "hotfix").succeeds()
    try await s.llmos("next-phase").succeeds()
    #expect(s.exists(".git/refs/heads/feature/x.lock"))
    try await s.llmos("uninstall").succeeds()
    #expect(!s.exists(".git/refs/heads/feature/x.lock"))
  }

  /// The engine lets go of the branch to move it. When that fails, or is taken back, it is held again.
  @Test func whatTheEngineCouldNotMoveIsHeldAgain() async throws {
    let s = try await locked("INCIDENT_RECOVERY")
    try s.write("notes.md", "x\n")
    try s.write(".git/index.lock", "")
    try await s.llmos("next-phase", "--checkpoint").isRefused(75, "index.lock")
    #expect(s.exists(".git/refs/heads/feature/x.lock"))
    try await s.sh("rm .git/index.lock; llmos-hook --quiet set INCIDENT_RECOVERY ROLLBACK").succeeds()
    try await s.llmos("rollback", "HEAD^", "--quiet", "--verify", "false").isRefused(
      1, "everything was restored")
    #expect(s.exists(".git/refs/heads/feature/x.lock"))
    let commit = try await s.sh("git -c core.hooksPath=/dev/null commit -q --allow-empty -m x")
    #expect(commit.code == 128, "\(commit.all)")
    #expect(commit.err.contains("refs/heads/feature/x.lock': File exists"), "\(commit.all)")
    try await s.llmos("doctor").succeeds()
  }

  /// What another worktree held is given back when that one is gone, and when the gate is taken out.
  @Test func noLockOutlivesItsWorktree() async throws {
    let s = try await locked()
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test").succeeds()
    try await s.sh(
      """
      set -e
      for name in one two; do
        git worktree add -q -b $name ../$name; llmos-hook --quiet -C ../$name set QUALITY_GATE
      done
      git worktree remove --force ../one; git checkout -q one; ! git commit -q --allow-empty -m x 2>/dev/null
      """
    ).succeeds()
    #expect(
      try await s.llmos("status").out.contains("refs/heads/one is locked by a worktree that no longer exists")
    )
    #expect(
      try await s.llmos("doctor").out.contains(
        "refs/heads/one is locked, but commits.lock does not ask for it; next: llmos-hook restore"))
    try await s.llmos("restore").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "x").succeeds()
    #expect(s.exists(".git/refs/heads/two.lock"))
    try await s.llmos("uninstall").succeeds()
    #expect(!s.exists(".git/refs/heads/two.lock"))
  }

  /// Killed between the entry and the lock, or with the lock gone: named, and mended.
  @Test func whatIsMissingIsNamedAndMended() async throws {
    let s = try await locked()
    try await s.sh("rm .git/refs/heads/feature/x.lock").succeeds()
    #expect(try await s.llmos("doctor").out.contains("is not locked"))
    try await s.llmos("restore").succeeds()
    try await s.llmos("doctor").succeeds()
    #expect(s.exists(".git/refs/heads/feature/x.lock"))
    // git's own lock is never taken for ours.
    try await s.sh("rm .git/refs/heads/feature/x.lock; : >.git/refs/heads/feature/x.lock").succeeds()
    try await s.llmos("restore").isRefused(75, "another process holds")
    #expect(s.exists(".git/refs/heads/feature/x.lock"))
  }
}
