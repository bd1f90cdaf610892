/// What the message of an entry's commit says of the entry's tree, so that who judges a long ledger reads one object an
/// entry. One that seals signers says nothing.
///
/// What differs from entry to entry stands there itself. The rest of `entry.json` and `gate`, which is the same for
/// many, is named by the id that it would have as a blob, and read where an entry is the first to name it.
public struct EntryMessage: Hashable, Sendable {
  /// The entry's number.
  public var sequence: Int
  /// Its time, as `entry.json` has it.
  public var at: String
  /// The code commit; nil where there was none.
  public var head: ObjectID?
  /// The id of `entry.json` without number, time and code commit (`Entry.common`).
  public var said: ObjectID
  /// The id of `gate` without number and code commit (`GateRecord.common`).
  public var record: ObjectID
  /// The blob `SCENARIO_STATE.yml`.
  public var state: ObjectID
  /// The blob `replaced`; nil when the tree has none.
  public var replaced: ObjectID?
  /// The lines of `landed`, as bytes; none when nothing landed.
  public var landed: [UInt8]

  /// The most bytes of `landed` that are said again: a message is not for more.
  public static let mostLanded = 16_384

  private static let heading = "llmos-entry 1"

  /// A message of these.
  public init(
    sequence: Int, at: String, head: ObjectID?, said: ObjectID, record: ObjectID, state: ObjectID,
    replaced: ObjectID?, landed: [UInt8]
  ) {
    (self.sequence, self.at, self.head) = (sequence, at, head)
    (self.said, self.record, self.state) = (said, record, state)
    (self.replaced, self.landed) = (replaced, landed)
  }

  /// The lines that stand below the subject and an empty line.
  public var text: String {
    var lines = [
      Self.heading, "seq \(sequence)", "at \(at)", "head \(head?.description ?? "-")", "said \(said)",
      "gate \(record)", "state \(state)", "replaced \(replaced?.description ?? "-")",
    ]
    lines += landed.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    return lines.map { $0 + "\n" }.joined()
  }

  /// Reads a commit's message; nil for one that says nothing of its entry, or says it in another form.
  public init?(message: UnsafeRawBufferPointer) {
    var lines = message.split(separator: UInt8(ascii: "\n"), maxSplits: 10, omittingEmptySubsequences: false)[
      ...]
    guard lines.count == 11, lines.removeFirst().isEmpty == false, lines.removeFirst().isEmpty,
      lines.removeFirst().elementsEqual(Self.heading.utf8)
    else { return nil }
    func value(_ key: StaticString) -> UnsafeRawBufferPointer? {
      let line = lines.removeFirst()
      let isThere = key.withUTF8Buffer { line.starts(with: $0) }
      return isThere ? UnsafeRawBufferPointer(rebasing: line.dropFirst(key.utf8CodeUnitCount)) : nil
    }
    func optionalID(_ key: StaticString) -> ObjectID?? {
      guard let value = value(key) else { return nil }
      if value.elementsEqual("-".utf8) { return .some(nil) }
      return ObjectID(hex: value).map { .some($0) }
    }
    guard let sequence = value("seq ").flatMap({ Int(String(decoding: $0, as: UTF8.self)) }),
      (1...1 << 53).contains(sequence), let at = value("at "), let head = optionalID("head "),
      let said = value("said ").flatMap({ ObjectID(hex: $0) }),
      let record = value("gate ").flatMap({ ObjectID(hex: $0) }),
      let state = value("state ").flatMap({ ObjectID(hex: $0) }), let replaced = optionalID("replaced "),
      let rest = lines.first,
      // A message of before told the bytes of a name that is no UTF-8 in another way than `landed` does.
      rest.allSatisfy({ $0 < 0x80 }) || String(validating: rest, as: UTF8.self) != nil
    else { return nil }
    self.init(
      sequence: sequence, at: String(decoding: at, as: UTF8.self), head: head, said: said, record: record,
      state: state, replaced: replaced, landed: Array(rest))
  }
}

extension Entry {
  /// It without what differs from entry to entry: number, time, code commit.
  public var common: Entry {
    var entry = self
    (entry.sequence, entry.at, entry.head) = (0, "", nil)
    return entry
  }
}

extension GateRecord {
  /// It without what differs from entry to entry: number, code commit.
  public var common: GateRecord {
    var record = self
    (record.sequence, record.codeHead) = (0, nil)
    return record
  }
}
