import Core
import Git

extension Repository {
  /// The blob of the branches and tags that were there before a ledger began: looked at for the very first entry of
  /// a clone, carried on by every other, and taken over by a worktree's first.
  func begunBranches(after previous: Seal?, adopting origin: Seal?) throws -> ObjectID? {
    if let last = previous ?? origin { return last.branches }
    let lines = try (tips(matching: "refs/heads/*") + tagTips()).map { "\($0.id) \($0.name)\n" }
    return lines.isEmpty ? nil : try write(blob: Array(lines.joined().utf8))
  }
}
