import Core
import Testing

@Suite struct SymbolicMoveTests {
  private static let zero = String(repeating: "0", count: 40)

  @Test(arguments: [
    ("HEAD", "refs/heads/main", Bool?.none), ("HEAD", "refs/jj/root", nil),
    ("refs/heads/a", "refs/heads/b", nil),
    ("refs/remotes/origin/HEAD", "refs/remotes/origin/main", nil), ("refs/tags/x", "refs/heads/main", nil),
    ("NOTES_MERGE_REF", "refs/notes/commits", nil), ("HEAD", "refs/tags/v1", true),
    ("HEAD", "refs/remotes/x/y", true), ("refs/heads/a", "refs/tags/v1", true),
    ("worktrees/w/HEAD", "refs/notes/x", true),
    ("refs/llmos/ledger/main", "refs/heads/main", false), ("refs/notes/llmos", "refs/notes/commits", false),
  ])
  func whatNobodyWouldSeeIsRefused(name: String, target: String, isBranch: Bool?) throws {
    let move = try #require(SymbolicMove(line: "\(Self.zero) ref:\(target) \(name)"))
    #expect(move == SymbolicMove(name: name, target: target))
    guard let isBranch else {
      #expect(move.refusal == nil)
      return
    }
    #expect(
      move.refusal?.what.contains(isBranch ? "\(name) would name \(target)" : "only the engine moves") == true
    )
  }

  @Test func aLineIsOfOneForm() {
    let lines = """
      \(Self.zero) \(Self.zero) HEAD
      ref:refs/heads/a ref:refs/heads/b HEAD
      ref:refs/heads/a \(Self.zero) refs/heads/x
      ref:refs/heads/\(Self.zero) ref:refs/heads/\(Self.zero) HEAD
      \(Self.zero) ref:refs/tags/x
      """
    #expect(SymbolicMove.all(in: Array(lines.utf8)).map(\.name) == ["HEAD", "HEAD"])
    #expect(ReferenceMove.all(in: Array(lines.utf8)).count == 1)
  }
}
