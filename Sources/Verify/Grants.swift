import Core

/// What owners have opened to agents' keys, and ended again, as ledgers that are believed say.
public struct Grants: Sendable {
  /// One that an owner has given.
  public struct Given: Sendable {
    /// The owner's entry.
    public let entry: CheckedEntry
    /// What it opens.
    public let grant: Grant
    /// When an owner ended it, UTC; nil as long as it holds.
    public fileprivate(set) var revokedAt: String?
    /// The newest entries by it that the owner knew when he ended it.
    fileprivate var kept: Set<ObjectID> = []

    /// Whether it holds at a time.
    ///
    /// - Parameter seconds: since 1970.
    public func isInForce(at seconds: Int64) -> Bool {
      revokedAt == nil && grant.until.map { seconds < $0 } ?? true
    }
  }

  /// Oldest first.
  public private(set) var all: [Given] = []

  /// What these ledgers say. Where any has signatures, only what is signed counts.
  public init(_ ledgers: [CheckedLedger]) {
    let hasKeys = ledgers.contains { $0.entries.contains(where: \.isSigned) }
    let owners = ledgers.flatMap(\.entries).filter {
      $0.actor == .known(.owner) && ($0.isSigned || !hasKeys) && $0.record.grant == nil
    }
    for entry in owners where entry.kind == .grant && entry.isSound {
      if let grant = entry.common.grant { all.append(Given(entry: entry, grant: grant)) }
    }
    for entry in owners where entry.kind == .revoke {
      for index in all.indices where entry.common.revoked.contains(all[index].entry.id) {
        all[index].revokedAt = min(all[index].revokedAt ?? entry.at, entry.at)
        all[index].kept.formUnion(entry.common.kept)
      }
    }
    all.sort { ($0.entry.at, $0.entry.sequence) < ($1.entry.at, $1.entry.sequence) }
  }

  /// The one that an entry gave.
  public func given(by entry: ObjectID) -> Given? { all.first { $0.entry.id == entry } }

  /// Why an entry that stands by a grant is not covered by it, in words; nil when it is. Whose key signed it is not
  /// looked at.
  ///
  /// - Parameters:
  ///   - index: which of its ledger's.
  ///   - entries: the ledger's, oldest first.
  public func problem(of index: Int, in entries: [CheckedEntry]) -> String? {
    let entry = entries[index]
    let before = index > 0 ? entries[index - 1] : nil
    let isBegunByOwner = entries[0].actor.known?.isAgent != true
    guard let held = entry.record.grant else { return nil }
    guard let given = given(by: held.entry) else {
      return "no owner's entry that is known gives the grant \(held.entry.short)"
    }
    guard held.branch == given.grant.branch, held.until == given.grant.until,
      entry.record.place == given.grant.place, entry.record.rules == given.entry.record.rules,
      entry.record.status == .inProgress,
      [.transition, .sync].contains(entry.kind) || entry.beginsWorktree
    else { return "it goes beyond the owner's grant for \(given.grant.name)" }
    guard let seconds = entry.seconds, given.grant.until.map({ seconds < $0 }) ?? true else {
      return "the owner's grant for \(held.name) had ended"
    }
    // Clocks differ: what the owner knew then stays, whatever time it has.
    if let end = given.revokedAt, entry.at > end,
      !entries[index...].contains(where: { given.kept.contains($0.id) })
    {
      return "the owner had revoked the grant for \(held.name)"
    }
    // An agent ends no phase that somebody else has entered.
    let isTakenUp = before?.record.grant == held
    if entry.isSigned, isBegunByOwner, !isTakenUp, before?.record.grant == nil {
      return "a grant is taken up in a ledger that an agent began"
    }
    return nil
  }
}
