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

  /// Reads 40 hexadecimal digits from bytes; nil for anything else.
  public init?(hex: UnsafeRawBufferPointer) {
    var oid = git_oid()
    guard hex.count == 40, let base = hex.bindMemory(to: CChar.self).baseAddress,
      git_oid_fromstrn(&oid, base, 40) == 0
    else { return nil }
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

  /// Appends the first of its hexadecimal digits.
  public func append(to bytes: inout [UInt8], digits: Int = 40) {
    withUnsafeBytes(of: raw) { raw in
      for byte in raw.prefix((digits + 1) / 2) {
        for nibble in [byte >> 4, byte & 15] {
          bytes.append(nibble < 10 ? 0x30 + nibble : 0x57 + nibble)
        }
      }
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

  /// The first eight bytes, which of a hash are as good as all.
  public func hash(into hasher: inout Hasher) {
    withUnsafeBytes(of: raw) { hasher.combine($0.loadUnaligned(as: UInt64.self)) }
  }
}
