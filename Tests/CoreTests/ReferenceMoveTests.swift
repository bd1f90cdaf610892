import Core
import Testing

@Suite struct ReferenceMoveTests {
  private let one = String(repeating: "1", count: 40)
  private let zero = String(repeating: "0", count: 40)

  @Test(arguments: [
    ("HEAD", ReferenceMove.Kind.code), ("refs/heads/main", .code), ("refs/anything/else", .code),
    ("worktrees/x/HEAD", .code), ("main-worktree/HEAD", .code), ("refs/remotes/origin/HEAD", .exempt),
    ("worktrees/x/ORIG_HEAD", .exempt),
    ("refs/headsx", .code), ("refs/llmos/ledger/main", .engine), ("refs/llmos/backup/1", .engine),
    ("refs/notes/llmos", .notes), ("refs/notes/commits", .exempt), ("refs/stash", .exempt),
    ("refs/stash/x", .code), ("refs/remotes/origin/main", .exempt), ("refs/tags/v1", .exempt),
    ("refs/bisect/bad", .exempt), ("refs/replace/1", .exempt), ("refs/prefetch/x", .exempt),
    ("ORIG_HEAD", .exempt), ("FETCH_HEAD", .exempt), ("MERGE_HEAD", .exempt),
  ])
  func theNameTellsTheKind(name: String, kind: ReferenceMove.Kind) {
    #expect(ReferenceMove(line: "\(zero) \(one) \(name)")?.kind == kind)
  }

  @Test func whatDoesNotMatterIsNotLookedAt() {
    #expect(ReferenceMove(line: "\(one) \(one) HEAD")?.matters == false)
    #expect(ReferenceMove(line: "\(zero) \(one) refs/tags/v1")?.matters == false)
    #expect(ReferenceMove(line: "\(one) \(zero) refs/heads/x")?.matters == true)
    #expect(ReferenceMove(line: "\(one) \(zero) refs/heads/x")?.isDeletion == true)
  }
}
