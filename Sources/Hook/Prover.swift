import Core
import Git

/// What can tell whether commits are proved, and which are known. The small hook executable hands over to `llmos-hook`.
public protocol Prover: Sendable {
  /// Looks whether everything that a tip has is proved, as far as it goes beyond where the reference stands.
  ///
  /// - Returns: the first commit that is not, and why, in words; nil when all are.
  func firstUnproved(
    from tip: ObjectID, beyond old: ObjectID?, in repository: borrowing Repository
  ) throws -> String?

  /// Of commits, those that a hook saw land or that a ledger has judged, whatever it said.
  func known(among commits: [ObjectID], in repository: borrowing Repository) throws -> Set<ObjectID>
}
