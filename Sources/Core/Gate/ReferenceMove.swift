/// A line of what reference-transaction is told (githooks(5)): `OLD NEW NAME`.
public struct ReferenceMove: Hashable, Sendable {
  /// Hexadecimal; zeros when git does not care or the reference is new.
  public let old: String
  /// Hexadecimal; zeros for a deletion.
  public let new: String
  /// The full name.
  public let name: String

  /// Reads one line; nil when it is not of that form.
  public init?(line: Substring) {
    let parts = line.utf8.split(separator: UInt8(ascii: " "), maxSplits: 2).map { String(Substring($0)) }
    guard parts.count == 3, parts[0].utf8.count == parts[1].utf8.count, parts[0].utf8.count >= 40,
      // Of two symbolic references `SymbolicMove` tells.
      !parts[1].hasPrefix("ref:")
    else { return nil }
    (old, new, name) = (parts[0], parts[1], parts[2])
  }

  /// A move of these: `update` has them as arguments.
  public init(old: String, new: String, name: String) {
    (self.old, self.new, self.name) = (old, new, name)
  }

  /// The lines that git gives a hook on stdin; what is not of that form is left out.
  public static func all(in bytes: [UInt8]) -> [ReferenceMove] {
    bytes.split(separator: UInt8(ascii: "\n")).compactMap {
      ReferenceMove(line: Substring(String(raw: $0)))
    }
  }

  /// Whether what it brings is judged by a server: everything but notes and what is the engine's. (A tag can
  /// bring a commit as well as a branch.)
  public var isCode: Bool { !name.hasPrefix("refs/notes/") && !name.hasPrefix(Layout.referencePrefix) }

  /// What kind of reference moves.
  public enum Kind: Hashable, Sendable {
    /// HEAD, a branch, or anything else that can carry code: a new commit there is a commit.
    case code
    /// The ledger, the backups: only the engine moves them, and never through git.
    case engine
    /// The notes of the process: git moves them when it rewrites commits.
    case notes
    /// Nothing of ours: fetches, tags, the stash, what git remembers for itself.
    case exempt
  }

  /// Whether the reference is deleted.
  public var isDeletion: Bool { new.utf8.allSatisfy { $0 == UInt8(ascii: "0") } }

  /// The kind, from the name alone: most moves are exempt, and cost nothing more.
  public var kind: Kind { Self.kind(of: name) }

  /// The kind of a reference.
  public static func kind(of name: String) -> Kind {
    var name = name
    return name.withUTF8 { kind(of: UnsafeRawBufferPointer($0)) }
  }

  /// The kind of a reference from the bytes of its name: a character that goes together with the `/` beside it changes
  /// nothing for git.
  static func kind(of name: UnsafeRawBufferPointer) -> Kind {
    guard name.begins(with: "refs/") else {
      // Another worktree's HEAD has its id before it (git-worktree(1), "REFS").
      return name.ends(with: "/HEAD") || name.isSame(as: "HEAD") ? .code : .exempt
    }
    if name.begins(with: "refs/remotes/") || name.begins(with: "refs/tags/") { return .exempt }
    if name.begins(with: Layout.referencePrefix) { return .engine }
    if name.begins(with: "refs/notes/") { return name.isSame(as: Layout.notes.text) ? .notes : .exempt }
    if name.begins(with: "refs/prefetch/") || name.begins(with: "refs/bisect/")
      || name.begins(with: "refs/replace/") || name.isSame(as: "refs/stash")
    {
      return .exempt
    }
    return .code
  }

  /// Whether somebody has to look at this line.
  public var matters: Bool { kind != .exempt && (old != new || isDeletion) }

  /// Whether all lines, each as git writes it, name what concerns nobody; false where that is not plain at sight. It is
  /// `all` and `matters` in short: most calls end by it, and a `String` alone costs more than git's own work.
  public static func concernNobody(_ lines: UnsafeRawBufferPointer) -> Bool {
    var rest = lines
    while !rest.isEmpty {
      let digits = rest.hexadecimalDigits
      let start = 2 * (digits + 1)
      guard digits >= 40, rest.count > start, rest.dropped(digits + 1).hexadecimalDigits == digits,
        rest[digits] == UInt8(ascii: " "), rest[start - 1] == UInt8(ascii: " "),
        let end = rest.firstOffset(of: UInt8(ascii: "\n"), from: start), end > start,
        kind(of: UnsafeRawBufferPointer(rebasing: rest[start..<end])) == .exempt
      else { return false }
      rest = rest.dropped(end + 1)
    }
    return true
  }
}
