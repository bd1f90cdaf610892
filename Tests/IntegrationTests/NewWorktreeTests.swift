import Foundation
import Testing

/// The first command in a worktree that git has just made: none of our files is there yet.
@Suite struct NewWorktreeTests {
  @Test(arguments: [nil, "DEV"] as [String?]) func theFirstStepCommitsAPath(role: String?) async throws {
    let s = try await Sandbox.governed()
    try await s.sh("git add step.sh; git commit -qm step; git worktree add -q -b w ../w; echo x >../w/f")
      .succeeds()
    let worktree = s.root + "/w"
    #expect(!s.exists(".git/worktrees/w/llmos"))
    try await s.sh("./step.sh 'The first' f", in: worktree, env: ["LLMOS_AGENT": role]).succeeds()
    #expect(try await s.head("%s", in: worktree) == "[DEV] FEATURE_DEVELOPMENT:IMPLEMENTATION The first")
    #expect(try await s.git("show", "--name-only", "--format=", in: worktree).out == "f\n")
  }

  @Test func theFirstCommitCanHaveATemplate() async throws {
    let s = try await Sandbox.governed()
    try await s.sh("git worktree add -q -b w ../w; echo template >../template").succeeds()
    try await s.sh(
      "GIT_EDITOR='echo text >>' git commit -q --allow-empty -t ../template", in: s.root + "/w"
    ).succeeds()
    #expect(try await s.head("%B", in: s.root + "/w").hasPrefix("template\n\ntext\n\nScenario: "))
  }

  /// The owner's word for one commit is the worktree's in which it was given.
  @Test func anOverrideIsNotTakenOver() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "QA")
    try await s.sh(
      "llmos-hook allow --once --reason r; git worktree add -q ../w -b w; llmos-hook -C ../w restore"
    )
    .succeeds()
    try await s.sh("git commit -q --allow-empty -m there", in: s.root + "/w").isRefused(
      1, "FEATURE_DEVELOPMENT:QA does not allow commit_changes")
    try await s.git("commit", "-q", "--allow-empty", "-m", "here").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "again").isRefused(
      1, "FEATURE_DEVELOPMENT:QA does not allow commit_changes")
  }
}
