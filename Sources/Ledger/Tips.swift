import Core
import Git
import Platform

extension Repository {
  /// What HEAD's tree has of the repository's own rules.
  public func rulesVersion(at head: Head) throws -> RulesVersion {
    guard let id = head.commit else { return RulesVersion() }
    let tree = try commit(id).tree
    return RulesVersion(
      scenarios: try entry(at: "scenarios", inTree: tree)?.id.description,
      configuration: try entry(at: ".llmos", inTree: tree)?.id.description)
  }

  /// The ledgers of the worktrees that this machine has, by the bytes of their names.
  public func ledgersOfWorktrees() -> Set<[UInt8]> {
    let linked = Files.names(in: commonDirectory + "worktrees")
    let ledgers = [Ledger.reference(linkedWorktree: nil)] + linked.map(Ledger.reference(linkedWorktree:))
    return Set(ledgers.map(\.rawBytes))
  }

  /// The git directory of the worktree that a ledger is of, with a trailing slash; nil when this machine has none.
  public func gitDirectory(ofWorktreeWith ledger: String) -> String? {
    if ledger == Ledger.reference(linkedWorktree: nil) { return commonDirectory }
    return Files.names(in: commonDirectory + "worktrees")
      .first { Ledger.reference(linkedWorktree: $0).rawBytes == ledger.rawBytes }
      .map { commonDirectory + "worktrees/" + $0 + "/" }
  }

  /// Where the worktree that a ledger is of stands now; nil when this machine has none, or it has no commit.
  public func head(ofWorktreeWith ledger: String) throws -> ObjectID? {
    gitDirectory(ofWorktreeWith: ledger).flatMap { commit(checkedOutIn: $0) }
  }

  /// What the configured remotes have, as far as it was fetched: what was pushed from here was judged by
  /// nobody. A remote-tracking name that no fetch can have made counts for nothing.
  public func remoteTips() throws -> [ObjectID] {
    let remotes = try remotes()
    return try tips(matching: "refs/remotes/*").compactMap { tip in
      guard remotes.contains(where: { tip.name.utf8.starts(with: "refs/remotes/\($0)/".utf8) }),
        let fetched = try fetched(tip)
      else { return nil }
      return try commit(behind: fetched)
    }
  }

  /// The commits that tags name, annotated or not.
  public func tagTips() throws -> [Tip] {
    try tips(matching: "refs/tags/*").compactMap { tag in
      try commit(behind: tag.id).map { Tip(name: tag.name, id: $0) }
    }
  }

  /// Reads a blob of branches.
  public func branches(in blob: ObjectID?) throws -> [ObjectID] {
    guard let blob else { return [] }
    return try self.blob(blob, limit: 1 << 28).split(separator: UInt8(ascii: "\n")).compactMap {
      ObjectID(hex: String(decoding: $0.prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self))
    }
  }
}
