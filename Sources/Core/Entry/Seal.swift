/// A ledger entry as far as the gate reads it: what git has of it, and its blob `gate`. What its `entry.json`
/// says is an `Entry`, which no hook reads.
public struct Seal: Sendable {
  /// The entry's commit.
  public var entry: ObjectID
  /// The entry before it; nil for the first.
  public let previous: ObjectID?
  /// The blob of the sealed `SCENARIO_STATE.yml`.
  public let state: ObjectID
  /// The decision that was compiled with it.
  public var record: GateRecord
  /// The reference it stands under.
  public let reference: String
  /// The code commit on which it was made; nil when there was none.
  public let head: ObjectID?
  /// The blob of the branches that were there before the ledger began, or that its last entry of the first form
  /// answers for; nil when it has none.
  public let branches: ObjectID?
  /// The blob of the landings that it seals; nil when it has none.
  public let landed: ObjectID?
  /// The blob of what its ledger replaced when it began anew; nil when it did not.
  public let replaced: ObjectID?
  /// Whether it seals who may sign the next one.
  public let hasSigners: Bool

  /// A seal of these parts.
  public init(
    entry: ObjectID, previous: ObjectID?, state: ObjectID, record: GateRecord, reference: String,
    head: ObjectID?, branches: ObjectID? = nil, landed: ObjectID? = nil,
    replaced: ObjectID? = nil, hasSigners: Bool = false
  ) {
    self.entry = entry
    self.previous = previous
    self.state = state
    self.record = record
    self.reference = reference
    self.head = head
    self.branches = branches
    self.landed = landed
    self.replaced = replaced
    self.hasSigners = hasSigners
  }
}
