import Core

/// What entries claim that no key signs.
extension Ledgers {
  /// What entries without a signature say where others have one.
  public struct Claims: Sendable {
    /// The entries.
    let entries: Set<ObjectID>
    /// The commits that the new ones of them name.
    public let heads: [ObjectID]
    /// Those of them that an entry which a key proves names too, in another ledger.
    public let contested: [ObjectID]
  }

  /// The claims of entries that no key proves; nil when no ledger has keys.
  ///
  /// - Parameter known: by reference, the newest entry that is known already.
  public func unprovenClaims(since known: [[UInt8]: ObjectID]) -> Claims? {
    guard let keys else { return nil }
    var unproven: Set<ObjectID> = []
    var heads: [(ledger: Int, commit: ObjectID)] = []
    var proven: [ObjectID: Set<Int>] = [:]
    for (number, ledger) in all.enumerated() {
      let start = ledger.entries.firstIndex { $0.id == known[ledger.reference.rawBytes] } ?? -1
      for (index, entry) in ledger.entries.enumerated() {
        guard !keys.prove(entry, of: number) else {
          for commit in entry.named { proven[commit, default: []].insert(number) }
          continue
        }
        unproven.insert(entry.id)
        if index > start { heads += entry.named.map { (number, $0) } }
      }
    }
    let contested = heads.filter { head in proven[head.commit]?.contains { $0 != head.ledger } ?? false }
    return Claims(entries: unproven, heads: heads.map(\.commit), contested: contested.map(\.commit))
  }

  /// The ledgers whose newest entry a key proves; nil when no ledger has keys, or all are such.
  public var signedAlone: Ledgers? {
    guard let keys else { return nil }
    let signed = all.enumerated().filter { number, ledger in
      ledger.entries.last.map { keys.prove($0, of: number) } ?? true
    }.map(\.element)
    return signed.isEmpty || signed.count == all.count ? nil : Ledgers(signed)
  }

  /// Of commits as they were judged before, those whose matter was closed as a violation, and that nobody who may
  /// has accepted since.
  public func closedViolations(in before: [JudgedCommit]) -> [JudgedCommit] {
    before.filter {
      $0.isClosed && $0.judgement == .violation && !accepted.commits.contains($0.commit)
    }
  }

  /// The first of such commits that only claims without a key make anything but a violation: who proves nothing makes
  /// nothing doubtful that is known.
  ///
  /// - Parameter now: the same commits as they are judged now.
  public func firstDisputed(
    of closed: [JudgedCommit], now: [JudgedCommit], by claims: Claims
  ) -> JudgedCommit? {
    let disputed = Set(
      now.filter { one in
        one.judgement != .violation
          && (one.entry.map(claims.entries.contains) ?? true || accepted.early.contains(one.commit))
      }.map(\.commit))
    return closed.first { disputed.contains($0.commit) }
  }
}
