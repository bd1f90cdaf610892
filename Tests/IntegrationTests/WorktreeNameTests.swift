import Foundation
import Testing

/// Worktrees that go, come again under the same name, move or get another name: their proof stays, and nobody works in
/// a phase that was somebody else's.
@Suite struct WorktreeNameTests {
  /// A clone with a strict server whose main worktree stands in QA, and a worktree `w` in IMPLEMENTATION with a commit.
  private func worktree() async throws -> Sandbox {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "QA")
    try await s.sh(
      """
      set -e
      git init -q --bare -b main ../server.git; llmos-hook --quiet -C ../server.git install --server
      git -C ../server.git config llmos.strict true; git remote add origin ../server.git
      git worktree add -q ../w -b side; cd ../w; llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test
      git commit -q --allow-empty -m side
      """
    ).succeeds()
    return s
  }

  /// git takes a path byte by byte: letters that join a slash beside them, and a line's end, are part of a name.
  @Test(arguments: ["\u{301}x", "y\u{600}", "a\nb"]) func aNameMayHaveAnyLetter(name: String) async throws {
    let s = try await worktree()
    let there = s.root + "/" + name
    try await s.sh("git worktree add -q -b other '../\(name)'").succeeds()
    try await s.sh(
      """
      set -e; llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason t; git commit -q --allow-empty -m x
      llmos-hook verify --strict; llmos-hook --quiet next-phase; llmos-hook rollback HEAD~1 --dry-run
      llmos-hook report --json; llmos-hook --quiet sync; git push -q origin other; llmos-hook doctor
      """, in: there
    ).succeeds()
    try await s.git("commit", "--allow-empty", "-m", "no", in: there).isRefused(1, "QA does not allow")
    let all = try await s.llmos("status", "--all", "--json").succeeds()
    #expect(all.out.components(separatedBy: #""path":"#).count - 1 == 3, "\(all.out)")
    // The branch belongs to the phase there.
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "t").succeeds()
    try await s.sh("git update-ref refs/heads/other $(git commit-tree -m y -p other 'other^{tree}')")
      .isRefused(128, "other is checked out in")
  }

  @Test(arguments: [true, false]) func theNextOfThatNameBeginsLikeMain(isSealed: Bool) async throws {
    let s = try await worktree()
    let side = try await s.git("rev-parse", "side").out.trimmed
    if isSealed { try await s.llmos("sync", in: s.root + "/w").succeeds() }
    try await s.git("worktree", "remove", "--force", "../w").succeeds()
    try await s.git("worktree", "add", "-q", "../w", "-b", "other").succeeds()
    // Whatever comes first there: a look, a commit, a command.
    #expect(try await s.llmos("status", "--json", in: s.root + "/w").out.contains(#""phase":"QA""#))
    let refused = try await s.git("commit", "--allow-empty", "-m", "no", in: s.root + "/w")
    #expect(refused.code == 1)
    #expect(refused.err.contains("FEATURE_DEVELOPMENT:QA does not allow commit_changes"), "\(refused.err)")
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test", in: s.root + "/w")
      .succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "mine", in: s.root + "/w").succeeds()
    try await s.llmos("next-phase", in: s.root + "/w").succeeds()
    for name in ["side", "other"] {
      try await s.llmos("verify", "--strict", name).succeeds()
    }
    #expect(try await s.llmos("verify", side).out.contains("SATISFIED   \(side.prefix(10))"))
    try await s.sh("llmos-hook sync && git push -q origin main side other").succeeds()
    try await s.llmos("doctor").succeeds()
    try await s.llmos("verify", "--strict", "other", in: s.root + "/server.git").succeeds()
  }

  @Test func theFirstCommitOfTheNextIsItsOwn() async throws {
    let s = try await worktree()
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test").succeeds()
    try await s.llmos("next-phase", in: s.root + "/w").succeeds()
    try await s.sh("git worktree remove --force ../w; git worktree add -q ../w -b other").succeeds()
    // The hook alone begins the worktree: the old ledger stands in QA.
    try await s.git("commit", "-q", "--allow-empty", "-m", "first", in: s.root + "/w").succeeds()
    try await s.llmos("verify", "--strict", "other").succeeds()
    try await s.sh("llmos-hook sync && git push -q origin main side other", in: s.root + "/w").succeeds()
    try await s.llmos("verify", "--strict", "other", in: s.root + "/server.git").succeeds()
    // What comes around the hooks is not the old worktree's, and not good either.
    try await s.sh(
      "llmos-hook --quiet next-phase; git -c core.hooksPath=/dev/null commit -q --allow-empty -m x",
      in: s.root + "/w"
    )
    .succeeds()
    let judged = try await s.llmos("verify", "other", in: s.root + "/w")
    #expect(judged.code == 1)
    #expect(judged.out.hasPrefix("VIOLATION"), "\(judged.all)")
  }

  @Test func aWorktreeThatMovesKeepsItsPhase() async throws {
    let s = try await worktree()
    try await s.git("worktree", "move", "../w", "../moved").succeeds()
    #expect(try await s.place(in: s.root + "/moved") == "FEATURE_DEVELOPMENT:IMPLEMENTATION")
    try await s.sh("mv ../moved ../renamed; git worktree repair ../renamed").succeeds()
    #expect(try await s.place(in: s.root + "/renamed") == "FEATURE_DEVELOPMENT:IMPLEMENTATION")
    try await s.git("commit", "-q", "--allow-empty", "-m", "more", in: s.root + "/renamed").succeeds()
    try await s.llmos("next-phase", in: s.root + "/renamed").succeeds()
    try await s.llmos("verify", "--strict", "side").succeeds()
  }

  /// One that is gone from the disk is still known to git, and nothing fails because of it.
  @Test func aWorktreeThatIsGoneIsLeftAlone() async throws {
    let s = try await worktree()
    try await s.sh("mv ../w ../away").succeeds()
    try await s.llmos("verify", "--strict", "side").succeeds()
    try await s.sh("llmos-hook sync && git push -q origin main side").succeeds()
    try await s.sh("mv ../away ../w").succeeds()
    #expect(try await s.place(in: s.root + "/w") == "FEATURE_DEVELOPMENT:IMPLEMENTATION")
  }
}
