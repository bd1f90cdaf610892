/// One move of HEAD or a branch that a hook let pass: who saw which commit land, under which ledger entry. (Or, in an
/// entry, that a commit was derived from others.)
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
    /// No move: whoever sealed it found that it has exactly the content of proven commits, while these were at hand. An
    /// owner's or a SYSTEM entry says so, never a hook.
    case derived
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
  /// commits are separated by commas. What a name must not have in it (spaces, control characters, `%`, bytes that are
  /// no UTF-8) is written as in URLs (RFC 3986 section 2.1).
  public var line: String {
    let text = [
      Self.form, entry.description, kind.rawValue, String(at), Self.escaped(actor),
      old?.description ?? "-", new?.description ?? "-",
      commits.isEmpty ? "-" : commits.map(\.description).joined(separator: ","), Self.escaped(reference),
    ].joined(separator: " ")
    return text + " " + String(decoding: Self.checksum(text.utf8), as: UTF8.self)
  }

  /// Reads a line; nil for one that is torn, or of another form.
  public init?(line: some Collection<UInt8>) {
    guard
      let read = line.withContiguousStorageIfAvailable({ Self.read(UnsafeRawBufferPointer($0)) })
        ?? Array(line).withUnsafeBytes(Self.read)
    else { return nil }
    self = read
  }

  /// By bytes: a ledger has a hundred thousand of them.
  private static func read(_ line: UnsafeRawBufferPointer) -> Landing? {
    let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).map {
      UnsafeRawBufferPointer(rebasing: $0)
    }
    guard parts.count == 10, parts[0].elementsEqual(form.utf8),
      parts[9].elementsEqual(checksum(line.dropLast(parts[9].count + 1))),
      let entry = ObjectID(hex: parts[1]),
      let kind = Kind(rawValue: String(decoding: parts[2], as: UTF8.self)),
      let at = Int64(String(decoding: parts[3], as: UTF8.self)), let actor = unescaped(parts[4]),
      let old = name(parts[5]), let new = name(parts[6]), let reference = unescaped(parts[8])
    else { return nil }
    var commits: [ObjectID] = []
    if !parts[7].elementsEqual("-".utf8) {
      for part in parts[7].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
        guard let id = ObjectID(hex: UnsafeRawBufferPointer(rebasing: part)) else { return nil }
        commits.append(id)
      }
    }
    return Landing(
      entry: entry, kind: kind, at: at, actor: actor, reference: reference, old: old, new: new,
      commits: commits)
  }

  /// The landings that stand in the lines of a log or of a sealed list, each once, in their order; what is no line of
  /// ours is left out.
  public static func all(in bytes: [UInt8]) -> [Landing] {
    let all = bytes.split(separator: UInt8(ascii: "\n")).compactMap { Landing(line: $0) }
    guard all.count > 1 else { return all }
    var found: Set<Landing> = []
    return all.filter { found.insert($0).inserted }
  }

  /// An object's name, or nil for `-`; nothing for anything else.
  private static func name(_ text: UnsafeRawBufferPointer) -> ObjectID?? {
    if text.elementsEqual("-".utf8) { return .some(nil) }
    return ObjectID(hex: text).map { .some($0) }
  }

  private static func escaped(_ text: String) -> String {
    var out: [UInt8] = []
    for scalar in text.unicodeScalars {
      let raw = String.byte(of: scalar)
      for byte in raw.map({ [$0] }) ?? Array(UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter) {
        if raw == nil, byte > 0x20, byte != UInt8(ascii: "%"), byte != 0x7F {
          out.append(byte)
        } else {
          out.append(UInt8(ascii: "%"))
          out += hexadecimal(UInt64(byte), digits: 2)
        }
      }
    }
    return out.isEmpty ? "%" : String(decoding: out, as: UTF8.self)
  }

  private static func unescaped(_ bytes: UnsafeRawBufferPointer) -> String? {
    guard bytes.contains(UInt8(ascii: "%")) else { return String(decoding: bytes, as: UTF8.self) }
    if bytes.count == 1 { return "" }
    var out: [UInt8] = []
    var rest = bytes[...]
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
    return String(raw: out)
  }

  /// FNV-1a, 64 bits: it tells a torn line from a whole one, and is no proof against anybody.
  private static func checksum(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return hexadecimal(hash, digits: 16)
  }

  private static func hexadecimal(_ value: UInt64, digits: Int) -> [UInt8] {
    (0..<digits).reversed().map { place in
      ObjectID.digit(UInt8(value >> UInt64(4 * place) & 15))
    }
  }
}
