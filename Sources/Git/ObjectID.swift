import CLibgit2

/// The name of a git object: 20 bytes of SHA-1.
public struct ObjectID: Hashable, Sendable, CustomStringConvertible {
  let raw: git_oid

  init(_ raw: git_oid) {
    self.raw = raw
  }

  /// Reads 40 hexadecimal digits; nil for anything else.
  public init?(hex: String) {
    var oid = git_oid()
    guard hex.utf8.count == 40, git_oid_fromstr(&oid, hex) == 0 else { return nil }
    raw = oid
  }

  /// 40 lower-case hexadecimal digits.
  public var description: String {
    var copy = raw
    return String(unsafeUninitializedCapacity: 40) { buffer in
      buffer.withMemoryRebound(to: CChar.self) { chars in
        _ = git_oid_fmt(chars.baseAddress, &copy)
      }
      return 40
    }
  }

  /// The first ten digits, for people.
  public var short: String { String(description.prefix(10)) }

  /// Byte by byte.
  public static func == (left: ObjectID, right: ObjectID) -> Bool {
    var a = left.raw
    var b = right.raw
    return git_oid_equal(&a, &b) == 1
  }

  /// All 20 bytes.
  public func hash(into hasher: inout Hasher) {
    withUnsafeBytes(of: raw) { hasher.combine(bytes: $0) }
  }
}
