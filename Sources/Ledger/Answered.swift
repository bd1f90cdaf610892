import Core
import Git

extension Repository {
  /// The branches and tags that an entry answers for, besides HEAD: as they stand when the phase that ends
  /// allowed commits, or when the ledger begins; else those of before, because what came since came without
  /// leave.
  public func answeredBranches(after previous: Seal?) throws -> ObjectID? {
    if let previous, !previous.record.mayCommit { return previous.branches }
    let strange = try landedElsewhere(besides: previous?.reference ?? ledgerReference)
    let named = try (tips(matching: "refs/heads/*") + tagTips()).filter { tip in
      try !strange.contains { try tip.id == $0 || isAncestor($0, of: tip.id) }
    }
    let lines = named.map { "\($0.id) \($0.name)\n" }
    return lines.isEmpty ? nil : try write(blob: Array(lines.joined().utf8))
  }

  /// What landed without leave in other worktrees: their quarantine is not ended from here.
  private func landedElsewhere(besides own: String) throws -> [ObjectID] {
    var found: [ObjectID] = []
    for ledger in try localLedgers() where ledger != own {
      guard let head = try head(ofWorktreeWith: ledger), let seal = try seal(under: ledger),
        head != seal.head || seal.record.isAdopted
      else { continue }
      found += try landed(
        since: seal, seal.record, at: Head(branch: nil, commit: head), isHeadOnly: true, limit: 100)
    }
    return found
  }

  /// The same for a worktree that takes over another one's state: what that one's newest entry answers for.
  func adoptedBranches(_ origin: Seal) throws -> ObjectID? {
    if origin.record.mayCommit { return try answeredBranches(after: nil) }
    var ids = try branches(in: origin.branches)
    if !origin.record.isAdopted, let head = origin.head { ids.append(head) }
    return ids.isEmpty ? nil : try write(blob: Array(ids.map { "\($0) -\n" }.joined().utf8))
  }
}
