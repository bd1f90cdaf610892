import Core
import Git
import Platform

extension Repository {
  /// What a seal's ledger replaced when it began anew; nothing where it did not.
  public func replaced(in blob: ObjectID?) throws -> Replaced {
    guard let blob else { return Replaced() }
    return Replaced(text: String(decoding: try self.blob(blob, limit: 1 << 28), as: UTF8.self))
  }

  /// Puts a fresh ledger in the place of this worktree's, while no hook decides. Only the reflog leads to the old entries
  /// afterwards. What landed and is not sealed yet needs no line any more: the first entry accepts it.
  ///
  /// - Parameters:
  ///   - old: the newest entry of the ledger that goes.
  ///   - make: the first entry, for HEAD as it stands when nothing can land.
  /// - Throws: `GitError` when another process was first; `Refusal` (75) when a hook keeps the log.
  public func beginAnew(
    replacing old: Seal, _ remarks: inout [String], _ make: (Head) throws -> NewEntry
  ) throws -> Seal {
    let seal = try LandingLog(self, ledger: old.reference).hold { _ in
      let seal = try prepare(make(head()), after: nil, adopting: old, &remarks)
      try moveOurs(
        seal.reference, to: seal.entry, expecting: old.entry, message: "llmos-hook: \(seal.record.place)",
        underLandings: true)
      return seal
    }
    try markLedgerBegun()
    return seal
  }
}
