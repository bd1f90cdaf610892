import Core

/// One thing that the ledgers, or this machine's logs, say of a commit by its name: when, where and by whom it landed.
public struct CommitLanding: Hashable, Sendable {
  /// The commit.
  public let commit: ObjectID
  /// `made`, `moved` or `incoming` for what a hook saw; the entry's kind for what an entry names: a checkpoint, a
  /// rollback, an override.
  public let kind: String
  /// UTC, `2025-12-27T17:18:52Z`.
  public let at: String
  /// Who did it, as was claimed then.
  public let actor: String
  /// The branch's full name, or `HEAD`; nil where the entry names none.
  public let branch: String?
  /// The phase in force; nil where the entry that a hook named is not of this ledger.
  public let place: Place?
  /// The entry in force, or the one that names the commit.
  public let entry: ObjectID
  /// The ledger's reference.
  public let ledger: String
  /// Whether an entry has sealed it.
  public let isSealed: Bool

  /// A landing of these.
  public init(
    commit: ObjectID, kind: String, at: String, actor: String, branch: String?, place: Place?,
    entry: ObjectID,
    ledger: String, isSealed: Bool
  ) {
    self.commit = commit
    self.kind = kind
    self.at = at
    self.actor = actor
    self.branch = branch
    self.place = place
    self.entry = entry
    self.ledger = ledger
    self.isSealed = isSealed
  }

  /// A line for people, without what steers a terminal.
  public var line: String {
    let words = [
      at, place?.description ?? "-", kind, actor, branch ?? "-", "entry \(entry.short)", ledger,
      isSealed ? nil : "not sealed yet",
    ]
    return words.compactMap { $0 }.joined(separator: "  ").onOneLine
  }
}

extension Ledgers {
  /// What is said of commits by their names, oldest first as each ledger has it.
  ///
  /// - Parameter wanted: whether a commit is asked for.
  public func landings(of wanted: (ObjectID) -> Bool) -> [CommitLanding] {
    all.flatMap { $0.landings(of: wanted) }
  }
}

extension CheckedLedger {
  fileprivate func landings(of wanted: (ObjectID) -> Bool) -> [CommitLanding] {
    var found: [CommitLanding] = []
    // A line names one of the last entries before it.
    var places: [ObjectID: Place] = [:]
    for entry in origins.suffix(2) { places[entry.id] = entry.record.place }
    func add(_ landing: Landing, isSealed: Bool) {
      let commits = landing.kind == .made ? landing.commits : [landing.new].compactMap { $0 }
      for commit in commits where wanted(commit) {
        found.append(
          CommitLanding(
            commit: commit, kind: landing.kind.rawValue, at: Timestamp.text(landing.at), actor: landing.actor,
            branch: landing.reference, place: places[landing.entry], entry: landing.entry, ledger: reference,
            isSealed: isSealed))
      }
    }
    for entry in entries {
      for landing in entry.landed { add(landing, isSealed: true) }
      for commit in entry.common.commits where wanted(commit) {
        found.append(
          CommitLanding(
            commit: commit, kind: entry.kind.rawValue, at: entry.at, actor: entry.actor.text,
            branch: entry.common.branch, place: entry.record.place, entry: entry.id, ledger: reference,
            isSealed: true))
      }
      places[entry.id] = entry.record.place
    }
    for landing in unsealed { add(landing, isSealed: false) }
    return found
  }
}
