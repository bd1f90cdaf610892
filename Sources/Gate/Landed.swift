import Git
import Scenario

extension Repository {
  /// The commits that stand on HEAD or on a branch that is enforced although the phase forbids commits, and
  /// that neither the newest entry nor a remote's branch answers for.
  ///
  /// They can still be good: the owner let one pass, another worktree's phase allowed it. Judging needs the
  /// whole ledger; this needs the branches alone, and costs nothing where none has moved.
  ///
  /// - Parameters:
  ///   - isHeadOnly: whether HEAD alone is looked at.
  ///   - limit: the most commits to return.
  public func landed(
    since seal: Seal, _ record: GateRecord, at head: Head, isHeadOnly: Bool = false, limit: Int = 1000
  ) throws -> [ObjectID] {
    guard !record.mayCommit else { return [] }
    var tips: Set<ObjectID> = []
    if let commit = head.commit { tips.insert(commit) }
    if !isHeadOnly {
      for tip in try self.tips(matching: "refs/heads/*") where record.enforces(branch: tip.name) {
        tips.insert(tip.id)
      }
    }
    if let sealed = seal.head { tips.remove(sealed) }
    guard !tips.isEmpty else { return [] }
    let answered = try [seal.head].compactMap { $0 } + branches(in: seal.branches)
    tips.subtract(answered)
    guard !tips.isEmpty else { return [] }
    let hidden = try answered.filter { try contains($0) } + remoteTips()
    // To look at what a tag names is no commit; on a branch it would be.
    if head.branch == nil, let commit = head.commit {
      let tags = try tagTips().map(\.id)
      if try commits(from: commit, hiding: hidden + tags, limit: 1).isEmpty { tips.remove(commit) }
    }
    tips.subtract(hidden)
    var found: [ObjectID] = []
    for tip in tips {
      found += try commits(from: tip, hiding: hidden + found.prefix(1), limit: limit - found.count)
    }
    return found
  }
}
