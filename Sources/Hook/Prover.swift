import Core
import Git

/// What can tell whether commits are proved, and which are known. The small hook executable hands over to `llmos-hook`.
public protocol Prover: Sendable {
  /// Looks whether everything that a tip has is proved, as far as it goes beyond where the reference stands.
  ///
  /// - Returns: the first commit that is not, or what a merge of it is unproved by; nil when all are.
  func firstUnproved(
    from tip: ObjectID, beyond old: ObjectID?, in repository: borrowing Repository
  ) throws -> Unproved?

  /// Of commits, those that a hook saw land or that a ledger has judged, whatever it said.
  func known(among commits: [ObjectID], in repository: borrowing Repository) throws -> Set<ObjectID>
}

/// A commit for which no proof is at hand.
public struct Unproved: Sendable {
  /// The commit, its verdict and why, in words.
  public let fact: String
  /// Whether its proof is only not here yet: a remote has the commit, and `sync` brings the ledger.
  public let isIncoming: Bool

  /// How the next command begins where it is.
  public static let remedy = "llmos-hook sync, then "

  /// A commit of these facts.
  public init(fact: String, isIncoming: Bool) {
    self.fact = fact
    self.isIncoming = isIncoming
  }
}
