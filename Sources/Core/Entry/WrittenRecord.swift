/// A record as the notes have it: what each has, and of the rest what somebody here reads.
public struct WrittenRecord: Sendable {
  /// UTC, `2025-12-27T17:18:52Z`.
  public let at: String
  /// The code commit that it names.
  public let commit: ObjectID
  /// The ledger entry that it names.
  public let entry: ObjectID
  /// `phase-completed`, `checkpoint`, `rollback`, `verdict` or `override`.
  public let kind: String
  /// The scenario; nil where it names none.
  public let scenario: String?
  /// The phase; nil where it names none.
  public let phase: String?
  /// The phase's role; the record of a rollback has none.
  public let role: String?
  /// `OWNER`, `SYSTEM` or `AGENT`.
  public let actor: String?
  /// `--reason`.
  public let reason: String?
  /// The number of the entry in its ledger; the record of a rollback has none.
  public let sequence: Int?
  /// The command or event that led to the entry; the record of a rollback has none.
  public let trigger: String?
  /// What a move passed over, as `SCENARIO:PHASE`.
  public let skipped: [String]

  /// Reads a line; nil for one that is no record.
  public init?(_ line: some Sequence<UInt8>) {
    guard let record = JSON(reading: line), let at = record["at"]?.string,
      let commit = record["commit"]?.string.flatMap(ObjectID.init(hex:)),
      let entry = record["entry"]?.string.flatMap(ObjectID.init(hex:)), let kind = record["kind"]?.string
    else { return nil }
    (self.at, self.commit, self.entry, self.kind) = (at, commit, entry, kind)
    scenario = record["scenario"]?.string
    phase = record["phase"]?.string
    role = record["role"]?.string
    actor = record["actor"]?.string
    reason = record["reason"]?.string
    sequence = record["seq"]?.integer
    trigger = record["trigger"]?.string
    if case .array(let values)? = record["skipped"] {
      skipped = values.compactMap(\.string)
    } else {
      skipped = []
    }
  }
}
