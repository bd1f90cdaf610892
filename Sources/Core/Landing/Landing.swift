/// One move of HEAD or a branch that a hook let pass: who saw which commit land, under which ledger entry.
///
/// It is a line of a worktree's log (`$GIT_COMMON_DIR/llmos/landings/<worktree>`) until the next ledger entry seals
/// it (`landed` in the entry's tree).
public struct Landing: Hashable, Sendable {
  /// What passed.
  public enum Kind: String, Hashable, Sendable {
    /// The gate allowed these commits to this actor, with every check.
    case made
    /// Every commit of it was known before.
    case moved
    /// A fetch from a remote that an owner's entry names brought it.
    case incoming
  }

  /// The ledger entry in force: its phase is that of the commits.
  public var entry: ObjectID
  /// What passed.
  public var kind: Kind
  /// Seconds since 1970.
  public var at: Int64
  /// `OWNER`, `SYSTEM`, `AGENT` or `AGENT:ROLE`.
  public var actor: String
  /// The full name of the branch, or `HEAD` where it is detached.
  public var reference: String
  /// Where it stood; nil where it is new.
  public var old: ObjectID?
  /// Where it stands; nil where it was deleted.
  public var new: ObjectID?
  /// The commits that were made, for `made`; else none.
  public var commits: [ObjectID]

  /// A landing of these.
  public init(
    entry: ObjectID, kind: Kind, at: Int64, actor: String, reference: String, old: ObjectID?, new: ObjectID?,
    commits: [ObjectID] = []
  ) {
    self.entry = entry
    self.kind = kind
    self.at = at
    self.actor = actor
    self.reference = reference
    self.old = old
    self.new = new
    self.commits = commits
  }
}

// MARK: The line

extension Landing {
  /// How every line begins: its form.
  private static let form = "1"

  /// `1 ENTRY KIND AT ACTOR OLD NEW COMMITS REFERENCE CHECKSUM`, in one line without its end; `-` stands for nothing, and
  /// commits are separated by commas. What a name must not have in it (spaces, control characters, `%`) is written
  /// as in URLs (RFC 3986 section 2.1).
  public var line: String {
    let text = [
      Self.form, entry.description, kind.rawValue, String(at), Self.escaped(actor),
      old?.description ?? "-", new?.description ?? "-",
      commits.isEmpty ? "-" : commits.map(\.description).joined(separator: ","), Self.escaped(reference),
    ].joined(separator: " ")
    return text + " " + Self.checksum(text.utf8)
  }

  /// Reads a line; nil for one that is torn, or of another form.
  public init?(line: some Collection<UInt8>) {
    let line = Array(line)
    let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard parts.count == 10, let checksum = parts.last, parts[0].elementsEqual(Self.form.utf8),
      checksum.elementsEqual(Self.checksum(line[..<(checksum.startIndex - 1)]).utf8)
    else { return nil }
    let texts = parts.map { String(decoding: $0, as: UTF8.self) }
    guard let entry = ObjectID(hex: texts[1]), let kind = Kind(rawValue: texts[2]), let at = Int64(texts[3]),
      let actor = Self.unescaped(parts[4]), let reference = Self.unescaped(parts[8]),
      let old = Self.name(texts[5]), let new = Self.name(texts[6])
    else { return nil }
    var commits: [ObjectID] = []
    if texts[7] != "-" {
      for part in parts[7].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
        guard let id = ObjectID(hex: String(decoding: part, as: UTF8.self)) else { return nil }
        commits.append(id)
      }
    }
    self.init(
      entry: entry, kind: kind, at: at, actor: actor, reference: reference, old: old, new: new,
      commits: commits)
  }

  /// The landings that stand in the lines of a log or of a sealed list, each once, in their order; what is no line of
  /// ours is left out.
  public static func all(in bytes: [UInt8]) -> [Landing] {
    var found: Set<Landing> = []
    return bytes.split(separator: UInt8(ascii: "\n")).compactMap { Landing(line: $0) }
      .filter { found.insert($0).inserted }
  }

  /// An object's name, or nil for `-`; nothing for anything else.
  private static func name(_ text: String) -> ObjectID?? {
    if text == "-" { return .some(nil) }
    return ObjectID(hex: text).map { .some($0) }
  }

  private static func escaped(_ text: String) -> String {
    var out: [UInt8] = []
    for byte in text.utf8 {
      if byte > 0x20, byte != UInt8(ascii: "%"), byte != 0x7F {
        out.append(byte)
      } else {
        out.append(UInt8(ascii: "%"))
        out += hexadecimal(UInt64(byte), digits: 2)
      }
    }
    return out.isEmpty ? "%" : String(decoding: out, as: UTF8.self)
  }

  private static func unescaped(_ bytes: ArraySlice<UInt8>) -> String? {
    if bytes.elementsEqual("%".utf8) { return "" }
    var out: [UInt8] = []
    var rest = bytes
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        out.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(ObjectID.value(ofHexadecimal:)),
        let low = rest.popFirst().flatMap(ObjectID.value(ofHexadecimal:))
      else { return nil }
      out.append(high << 4 | low)
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// FNV-1a, 64 bits: it tells a torn line from a whole one, and is no proof against anybody.
  private static func checksum(_ bytes: some Sequence<UInt8>) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return String(decoding: hexadecimal(hash, digits: 16), as: UTF8.self)
  }

  private static func hexadecimal(_ value: UInt64, digits: Int) -> [UInt8] {
    (0..<digits).reversed().map { place in
      ObjectID.digit(UInt8(value >> UInt64(4 * place) & 15))
    }
  }
}
