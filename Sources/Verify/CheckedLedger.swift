import Core

/// A ledger entry with what was found of it.
public struct CheckedEntry: Sendable {
  /// What does not change any more.
  public let read: ReadEntry
  /// The branches that it answers for, as far as the entry before does not.
  public var branches: [ObjectID] = []
  /// What the hooks let land before it, that it seals.
  public var landed: [Landing] = []
  /// Whether the signers that it seals name anybody; nil when it seals none.
  public var namesKeys: Bool?
  /// Whether it says what the rules of its time say.
  public var isSound: Bool
  /// Whether it needed a signature, and so has one.
  public internal(set) var isSigned = false
  /// An entry that was read.
  ///
  /// - Parameter isSound: whether its record says what the rules at its code commit say.
  public init(_ read: ReadEntry, isSound: Bool) { (self.read, self.isSound) = (read, isSound) }

  /// An entry of these.
  public init(_ seal: Seal, _ said: Entry, isSound: Bool) {
    self.init(ReadEntry(seal, said), isSound: isSound)
  }

  /// The entry's commit.
  public var id: ObjectID { read.id }
  /// Its number in its ledger, from 1.
  public var sequence: Int { read.sequence }
  /// Its time, as it says it.
  public var at: String { read.at }
  /// The same in seconds since 1970; nil where it is no time.
  public var seconds: Int64? { Timestamp.seconds(at) }
  /// The code commit on which it was made.
  public var head: ObjectID? { read.head }
  /// What made it.
  public var kind: Entry.Kind { read.common.said.kind }
  /// Who made it, as it says.
  public var actor: RecordedActor { read.common.said.actor }
  /// The commits that it answers for by name.
  var answered: Set<ObjectID> { read.common.answered }

  /// The decision that was compiled with it, but for the number and the code commit, which are `sequence` and `head`.
  public var record: GateRecord { _read { yield read.common.record } }
  /// What it says of itself, but for number, time and code commit.
  public var common: Entry { _read { yield read.common.said } }

  /// Whether a worktree begins with it and takes over another one's state.
  public var beginsWorktree: Bool { record.isAdopted && kind == .genesis }

  /// Whether the owner began a fresh ledger with it, which accepts history as it stood.
  public var beginsAnew: Bool {
    kind == .beginAnew && sequence == 1 && actor == .known(.owner)
  }

  /// Everything that it answers for: HEAD and branches.
  public var heads: [ObjectID] { [head].compactMap { $0 } + branches }

  /// Every commit that it says something of.
  public var named: [ObjectID] {
    heads + common.commits + landed.flatMap { landing in [landing.new].compactMap { $0 } + landing.commits }
  }
}

/// One ledger as far as it is believed.
public struct CheckedLedger: Sendable {
  /// The reference it stands under.
  public let reference: String
  /// Oldest first.
  public private(set) var entries: [CheckedEntry]
  /// Where its worktree stands now; nil where this machine has none, and on a server.
  public var head: ObjectID?
  /// The landings of its worktree that no entry has sealed yet; none on a server.
  public var unsealed: [Landing] = []
  /// The entries of another ledger from which this one went on, whose hooks' lines its first entries may seal.
  public var origins: [CheckedEntry] = []
  /// Whether any of its entries stands by an owner's grant.
  public var isGranted: Bool { entries.contains { $0.record.grant != nil } }
  /// Whether a newer version has written it, so that nothing of it can be read here.
  public var isNewer = false
  /// Whether it is of this clone's own worktrees: what it says against a commit is heard here, and by no server.
  public var isHome = false

  /// A ledger of entries as they were read, oldest first. Which of them need a signature follows.
  ///
  /// An entry needs one when the entry before seals signers, or, after one that seals none, when it seals some
  /// itself. It is the same whenever a ledger is read, so that an entry without one is worth no more because it
  /// came earlier.
  public init(_ reference: String, _ entries: [CheckedEntry]) {
    self.reference = reference
    self.entries = entries
    var before: Bool?
    for index in entries.indices {
      self.entries[index].isSigned = before ?? entries[index].namesKeys ?? false
      before = entries[index].namesKeys
    }
  }

  /// The entry of the ledger from which this one went on, by its name.
  func origin(_ id: ObjectID) -> CheckedEntry? { origins.first { $0.id == id } }

  /// Visits what hooks let land in its worktree: what its entries seal, and what none has sealed yet.
  public func eachLanding(_ visit: (Landing) -> Void) {
    for entry in entries { entry.landed.forEach(visit) }
    unsealed.forEach(visit)
  }

  /// Drops what is not believed: an entry and all that follow it. What was open before it proves nothing.
  public mutating func disbelieve(from index: Int) {
    entries.removeSubrange(index...)
    if index > 0 { entries[index - 1].isSound = false }
  }
}

// MARK: Findings

extension CheckedLedger {
  /// Looks whether each entry allows no more than its rules, and remembers which do not.
  ///
  /// Where another worktree's state went on under this one's rules, and where a sync of an earlier version took
  /// changed rules over with it, nothing is wrong; it only proves nothing.
  ///
  /// - Parameter known: the entry up to which it was looked at before, so that nothing is found in it again.
  /// - Returns: what is wrong, a line each.
  public mutating func checkSoundness(trusting known: ObjectID? = nil) -> [String] {
    var findings: [String] = []
    let looked = entries.firstIndex { $0.id == known }.map { $0 + 1 } ?? 0
    for index in entries.indices {
      let now = entries[index]
      var problem = now.isSound ? nil : "allows more than its rules"
      var isQuiet = now.beginsWorktree
      if index > 0, [.override, .grant, .revoke, .sync].contains(now.kind) {
        // These leave the state as it was, also where the rules cannot be read any more.
        let before = entries[index - 1]
        var record = now.record
        if now.kind == .override { record.override = nil }
        let isSame =
          now.read.state == before.read.state && (now.kind == .override || now.answered.isEmpty)
        if isSame, !record.allows(beyond: before.record) {
          if before.isSound { problem = nil }
        } else if now.kind == .sync {
          record.actions = before.record.actions
          isQuiet = isSame && !record.allows(beyond: before.record)
          problem = "is not a valid sync: it changes the state"
        }
      }
      entries[index].isSound = problem == nil
      if let problem, index >= looked, !isQuiet {
        findings.append("\(reference): entry \(now.id.short) \(problem)")
      }
    }
    return findings
  }
}

extension CheckedEntry {
  /// What an actor may not seal, whatever key it has; nil when it may seal this.
  ///
  /// - Parameter before: the entry before.
  public func trespass(after before: CheckedEntry?) -> String? {
    guard let actor = self.actor.known else { return "unknown actor \(self.actor.text)" }
    if kind == .override, actor != .owner { return "only the owner can override the gate" }
    if kind == .grant || kind == .revoke, actor != .owner {
      return "only the owner can grant or revoke"
    }
    if kind == .beginAnew, actor != .owner { return "only the owner can begin anew" }
    guard actor.isAgent, kind != .sync else { return nil }
    let first = Place("PROJECT_BOOTSTRAP", "INITIALIZATION")
    if kind == .genesis, record.place == first, record.override == nil { return nil }
    // Whether the owner's grant covers it is told by `Grants`.
    if kind == .transition, record.grant != nil, record.override == nil { return nil }
    let isVerdict =
      common.isVerdict && actor == .agent(role: "QUALITY_AUDITOR") && record.override == nil
      && before?.record.place == Place("QUALITY_GATE", "VERDICT")
    return isVerdict ? nil : "an agent cannot make such an entry"
  }
}
