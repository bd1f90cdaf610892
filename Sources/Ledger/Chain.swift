import Core
import Git
import Platform

extension Repository {
  /// Follows a ledger from an entry back to the first: the only walk along a chain.
  ///
  /// - Parameter visit: reads an entry, and returns the one before it; nil to end the walk.
  public func walkLedger(from entry: ObjectID, _ visit: (ObjectID) throws -> ObjectID?) rethrows {
    var next: ObjectID? = entry
    while let entry = next {
      next = try visit(entry)
      Progress.step("ledger entries")
    }
  }

  /// The same from the entry before a seal, by commits alone: numbers are counted down.
  ///
  /// - Parameter visit: whether to go on.
  private func walkLedger(before seal: Seal, _ visit: (Commit) throws -> Bool) throws {
    guard let previous = seal.previous else { return }
    var sequence = seal.record.sequence
    try walkLedger(from: previous) { id in
      let commit = try self.commit(id)
      sequence -= 1
      return try visit(commit) ? Ledger.previous(among: commit.parents, sequence: sequence) : nil
    }
  }

  // MARK: What entries say of themselves

  /// What an entry says in its `entry.json`; nil when that is missing or not of our form.
  public func said(by entry: Commit) throws -> Entry? {
    guard let blob = try self.entry(at: Ledger.entryName, inTree: entry.tree) else { return nil }
    // One that accepts many commits names them all.
    return JSON(reading: try self.blob(blob.id, limit: 1 << 28)).flatMap(Entry.init(json:))
  }

  /// Reads what the entries of a ledger say, newest first.
  ///
  /// - Parameters:
  ///   - tip: the newest entry.
  ///   - visit: gets each; whether to go on.
  /// - Returns: the entry that could not be read and ended the walk; nil when all could.
  public func readLedger(
    from tip: ObjectID, _ visit: (ObjectID, Entry) throws -> Bool
  ) throws -> ObjectID? {
    var unreadable: ObjectID?
    try walkLedger(from: tip) { id in
      let commit = try self.commit(id)
      guard let said = try said(by: commit) else {
        unreadable = id
        return nil
      }
      return try visit(id, said) ? Ledger.previous(among: commit.parents, sequence: said.sequence) : nil
    }
    return unreadable
  }

  // MARK: Questions to a ledger

  /// Whether an earlier entry sealed this blob, looking back from a seal, or any entry of another ledger: where the state
  /// file is tracked, a merge or a checkout brings another worktree's, or another clone's.
  ///
  /// Only a file that differs from the newest seal pays for this walk, and a hand edit that was never
  /// stored as an object does not pay either.
  public func sealed(_ state: ObjectID, before seal: Seal) throws -> Bool {
    guard try contains(state) else { return false }
    if try hasSealed(state, before: seal) { return true }
    for tip in try tips(matching: Ledger.prefix + "*") where tip.name.rawBytes != seal.reference.rawBytes {
      // A ledger of somebody else's that cannot be read says nothing.
      guard let newest = try? self.seal(at: tip.id, under: tip.name) else { continue }
      if newest.state == state || (try? hasSealed(state, before: newest)) == true { return true }
    }
    return false
  }

  private func hasSealed(_ state: ObjectID, before seal: Seal) throws -> Bool {
    var isSealed = false
    try walkLedger(before: seal) { commit in
      isSealed = try self.entry(at: StatePath.name, inTree: commit.tree)?.id == state
      return !isSealed
    }
    return isSealed
  }

  /// The entry with which a ledger begins, by one of its seals.
  public func firstEntry(of seal: Seal) throws -> ObjectID {
    var first = seal.entry
    try walkLedger(before: seal) { commit in
      first = commit.id
      return true
    }
    return first
  }

  /// Whether an earlier entry was made under these rules, and a later one under others.
  public func hasSuperseded(_ rules: RulesVersion, before seal: Seal) throws -> Bool {
    guard seal.record.rules != rules, let previous = seal.previous else { return false }
    var isFound = false
    try walkLedger(from: previous) { id in
      let earlier = try self.seal(at: id, under: seal.reference)
      isFound = earlier.record.rules == rules
      return isFound ? nil : earlier.previous
    }
    return isFound
  }

  /// Whether a commit is an earlier entry of a seal's ledger.
  public func entry(_ id: ObjectID, isBefore seal: Seal) throws -> Bool {
    var isFound = false
    try walkLedger(before: seal) { commit in
      isFound = commit.id == id
      return !isFound
    }
    return isFound
  }

  /// The tree that the entry which began this quality gate keeps; nil when none does.
  public func auditedTree(until seal: Seal) throws -> ObjectID? {
    var audited: ObjectID?
    try walkLedger(from: seal.entry) { id in
      audited = try entry(at: Ledger.auditedName, inTree: commit(id).tree)?.id
      if audited != nil { return nil }
      let seal = try self.seal(at: id, under: seal.reference)
      return seal.record.place.scenario == "QUALITY_GATE" ? seal.previous : nil
    }
    return audited
  }
}
