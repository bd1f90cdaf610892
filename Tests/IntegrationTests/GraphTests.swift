import Foundation
import Testing

@Suite struct GraphCommandTests {
  @Test func drawsWhatIsInForceAndMarksThePhase() async throws {
    let s = try await Sandbox.governed()
    try s.write(
      "scenarios/AUDIT-2.yml",
      "scenario: AUDIT-2\nphases:\n  end:\n    active_role: QA\n    allowed_actions: [commit_changes]\n")
    try await s.git("add", "scenarios").succeeds()
    #expect(try await !s.llmos("graph").succeeds().out.contains("AUDIT-2"), "HEAD counts, not the worktree")
    try await s.git("commit", "-qm", "Add a scenario").succeeds()
    let drawn = try await s.llmos("graph").succeeds()
    #expect(drawn.err == "")
    #expect(drawn.out.contains("s7p0([\"end<br/>QA<br/>commits land here\"])"))
    #expect(drawn.out.contains("class s1p3 current"))
    #expect(try await s.llmos("graph", "--format", "dot").succeeds().out.hasPrefix("digraph llmos {"))
    let svg = try await s.llmos("graph", "--format=svg").succeeds().out
    #expect(svg.hasPrefix("<svg ") && svg.contains("▶ IMPLEMENTATION"))
    try await s.git("worktree", "add", "-q", s.root + "/other").succeeds()
    #expect(try await s.llmos("graph", in: s.root + "/other").succeeds().out.contains("class s1p3 current"))
    #expect(
      try await s.git("for-each-ref", "refs/llmos/ledger").out.split(separator: "\n").count == 1,
      "looking takes nothing over")
  }

  @Test func withoutASealThereIsNoMarkAndWithoutARepositoryNoPicture() async throws {
    let s = try await Sandbox()
    let drawn = try await s.llmos("graph").succeeds()
    #expect(drawn.out.contains("FEATURE_DEVELOPMENT") && !drawn.out.contains(/class s\dp\d current/))
    #expect(!drawn.out.contains("▶"))
    try await s.llmos("graph", in: s.root).isRefused(66, "not a git repository")
    #expect(try await s.llmos("graph", "--format", "png").code == 64)
  }
}
