import Core
import Git
import Platform

extension GateRecord {
  /// Whether HEAD stands on a branch that `branches` enforces. A detached HEAD always does.
  public func enforces(_ head: Head) -> Bool { head.branch.map(enforces(branch:)) ?? true }
}

extension Repository {
  /// What an entry answers for, as far as it is still there: it was there before the entry's phase began, or a hook saw
  /// it land since.
  public func answered(by seal: Seal) throws -> [ObjectID] {
    try named(by: seal).filter { try contains($0) }
  }

  /// The same; some of it can be gone.
  private func named(by seal: Seal) throws -> [ObjectID] {
    try (seal.record.isAdopted ? [] : [seal.head].compactMap { $0 }) + witnessed(by: seal)
  }

  /// What was there before the ledger began, and what hooks saw land since; some of it can be gone.
  private func witnessed(by seal: Seal) throws -> [ObjectID] {
    try Array(Set(branches(in: seal.branches) + landings()))
  }

  /// Where hooks of all worktrees saw branches go.
  private func landings() throws -> [ObjectID] {
    var table = BranchTable(self)
    for ledger in LandingLog.ledgers(self) {
      table.apply(try LandingLog(self, ledger: ledger).content().landings)
    }
    return Array(table.branches.values)
  }

  /// The tags that the last fetch brought, from another repository (git-fetch(1), FETCH_HEAD).
  private func fetchedTags() throws -> [ObjectID] {
    guard let text = Files.read(gitDirectory + "FETCH_HEAD", limit: 64 << 20).text else { return [] }
    return try text.split(separator: "\n").compactMap { line in
      guard line.contains("\ttag '"), !line.hasSuffix(" of ."),
        let id = ObjectID(hex: line.prefix { $0 != "\t" })
      else { return nil }
      return try commit(behind: id)
    }
  }

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
    return try arrived(
      since: seal, record, at: head, isHeadOnly: isHeadOnly, answered: named(by: seal), limit: limit)
  }

  /// What the worktrees of a clone share, looked at once where many of them are asked about.
  public struct SharedBranches: Sendable {
    fileprivate let tips: [Tip]
    fileprivate let landings: Set<ObjectID>
  }

  /// The clone's branches, and then where hooks saw them go: they write it down before a branch moves.
  public func sharedBranches() throws -> SharedBranches {
    let tips = try tips(matching: "refs/heads/*", symbolic: true)
    return SharedBranches(tips: tips, landings: Set(try landings()))
  }

  /// Whether every branch stands where an entry or a hook answers for it, without a look at any history: then nothing has
  /// landed. Where one does not, `landed` tells.
  ///
  /// - Parameter shared: looked at before HEAD was.
  public func isAnswered(
    since seal: Seal, _ record: GateRecord, at head: Head, among shared: SharedBranches
  ) throws -> Bool {
    if record.mayCommit { return true }
    let own = try Set((record.isAdopted ? [] : [seal.head].compactMap { $0 }) + branches(in: seal.branches))
    let tips = shared.tips.filter { record.enforces(branch: $0.name) }.map(\.id)
    return ([head.commit].compactMap { $0 } + tips).allSatisfy {
      own.contains($0) || shared.landings.contains($0)
    }
  }

  /// The commits on HEAD or on an enforced branch that no hook saw arrive, in whatever phase.
  public func unwitnessed(
    since seal: Seal, _ record: GateRecord, at head: Head, limit: Int = 1000
  ) throws -> [ObjectID] {
    try arrived(
      since: seal, record, at: head, isHeadOnly: false, answered: witnessed(by: seal), limit: limit)
  }

  private func arrived(
    since seal: Seal, _ record: GateRecord, at head: Head, isHeadOnly: Bool, answered: [ObjectID], limit: Int
  ) throws -> [ObjectID] {
    var tips: Set<ObjectID> = []
    if let commit = head.commit, record.enforces(head) { tips.insert(commit) }
    if !isHeadOnly {
      for tip in try self.tips(matching: "refs/heads/*", symbolic: true)
      where record.enforces(branch: tip.name) {
        tips.insert(tip.id)
      }
    }
    tips.subtract(answered)
    guard !tips.isEmpty else { return [] }
    let hidden = try answered.filter { try contains($0) } + remoteTips()
    // To look at a tag that was fetched is no commit; on a branch it would be.
    if head.branch == nil, let commit = head.commit, !tips.subtracting(hidden).isEmpty {
      let tags = try fetchedTags()
      if try newCommits(from: commit, hiding: hidden + tags, limit: 1).isEmpty { tips.remove(commit) }
    }
    var known = hidden
    var found: [ObjectID] = []
    for tip in tips.subtracting(hidden) {
      found += try newCommits(from: tip, hiding: known, limit: limit - found.count)
      known.append(tip)
    }
    return found
  }
}
