import Core

/// What an entry without a signature is worth where others have one: nothing, but for what was there when the
/// owner first sealed keys. That is told by what his entry reaches, and by no time that anybody could forge.
struct Keys {
  /// Where history stood then.
  private(set) var heads: [ObjectID] = []
  /// The ledger that has had keys first: its owner has signed what stands before them too.
  private var first: Int?
  /// The ledgers of this clone's own worktrees.
  private let homes: Set<Int>

  /// Nil when no ledger has keys.
  init?(_ ledgers: [CheckedLedger]) {
    guard ledgers.contains(where: { $0.entries.contains(where: \.isSigned) }) else { return nil }
    homes = Set(ledgers.indices.filter { ledgers[$0].isHome })
    var earliest: String?
    for (number, ledger) in ledgers.enumerated() {
      let isOwners = { (entry: CheckedEntry) in entry.isSigned && entry.actor == .known(.owner) }
      guard let index = ledger.entries.firstIndex(where: isOwners) else { continue }
      let at = ledger.entries[index].at
      if let earliest, earliest <= at { continue }
      (earliest, first) = (at, number)
      heads = ledger.entries[...index].flatMap(\.heads)
    }
  }

  /// Whether an entry counts for what was made since, too.
  func prove(_ entry: CheckedEntry, of ledger: Int) -> Bool {
    entry.isSigned || ledger == first || (homes.contains(ledger) && !entry.record.mayCommit)
  }

  /// Whether what an override accepts is accepted also when it was made since.
  func proveAcceptance(_ entry: CheckedEntry, of ledger: Int) -> Bool {
    prove(entry, of: ledger) || homes.contains(ledger)
  }
}

/// The commits that overrides accept.
struct Accepted {
  private(set) var commits: Set<ObjectID> = []
  /// First entries by which an owner began anew: all that they reach is accepted.
  private(set) var beginnings: [CheckedEntry] = []
  /// By entries without a signature where others have one: good for what is older than the keys.
  private(set) var early: Set<ObjectID> = []

  init(_ ledgers: [CheckedLedger], _ keys: Keys?) {
    for (number, ledger) in ledgers.enumerated() {
      if let first = ledger.entries.first, first.beginsAnew, keys?.proveAcceptance(first, of: number) ?? true
      {
        beginnings.append(first)
      }
      for entry in ledger.entries where entry.kind == .override && entry.isSound {
        if keys?.proveAcceptance(entry, of: number) ?? true {
          commits.formUnion(entry.answered)
        } else {
          early.formUnion(entry.answered)
        }
      }
    }
  }
}
