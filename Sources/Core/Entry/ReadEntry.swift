/// A ledger entry as whoever judges reads it. An object, because entries are passed on by the hundred thousand; what
/// thousands have alike they share.
public final class ReadEntry: Sendable {
  /// What an entry says and decides, but for number, time and code commit.
  public final class Common: Sendable {
    /// What `entry.json` says.
    public let said: Entry
    /// The decision that was compiled with it.
    public let record: GateRecord
    /// The commits that it covers by name.
    public let answered: Set<ObjectID>
    /// The blob of the branches that it answers for; nil when it has none.
    public let branches: ObjectID?
    /// The blob of what its ledger replaced when it began anew; nil when it did not.
    public let replaced: ObjectID?

    /// Of an entry; what is its own is left out.
    public init(_ said: Entry, _ seal: Seal) {
      (self.said, record, answered) = (said.common, seal.record.common, Set(said.commits))
      (branches, replaced) = (seal.branches, seal.replaced)
    }
  }

  /// What it has alike with others.
  public let common: Common
  /// Its commit.
  public let id: ObjectID
  /// The reference it stands under.
  public let reference: String
  /// Its number in its ledger, from 1.
  public let sequence: Int
  /// Its time, as it says it.
  public let at: String
  /// The code commit on which it was made; nil where there was none.
  public let head: ObjectID?
  /// The blob of the sealed state file.
  public let state: ObjectID
  /// Whether it seals who may sign the next one.
  public let hasSigners: Bool

  /// An entry of these parts.
  public init(
    _ common: Common, id: ObjectID, reference: String, sequence: Int, at: String, head: ObjectID?,
    state: ObjectID,
    hasSigners: Bool
  ) {
    (self.common, self.id, self.reference, self.sequence) = (common, id, reference, sequence)
    (self.at, self.head, self.state, self.hasSigners) = (at, head, state, hasSigners)
  }

  /// An entry by its seal and by what it says, read from their blobs.
  public convenience init(_ seal: Seal, _ said: Entry, sharing common: Common? = nil) {
    self.init(
      common ?? Common(said, seal), id: seal.entry, reference: seal.reference, sequence: said.sequence,
      at: said.at,
      head: seal.head, state: seal.state, hasSigners: seal.hasSigners)
  }

  /// All that it says.
  public var said: Entry {
    var said = common.said
    (said.sequence, said.at, said.head) = (sequence, at, head)
    return said
  }
}
