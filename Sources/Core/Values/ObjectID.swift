/// The name of a git object: 20 bytes of SHA-1 or 32 of SHA-256 (gitformat-hash-function-transition(7)).
public struct ObjectID: Hashable, Sendable, CustomStringConvertible {
  /// The bytes from the first on; what lies behind the width is zero.
  private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
  /// The number of bytes: 20 or 32.
  public let width: Int8

  /// The SHA-1 name of no object: 20 zero bytes.
  public static let null = ObjectID(width: 20)

  private init(width: Int8) { self.width = width }

  /// Takes 20 or 32 bytes; nil for any other number.
  public init?(bytes: UnsafeRawBufferPointer) {
    guard bytes.count == 20 || bytes.count == 32 else { return nil }
    width = Int8(bytes.count)
    withUnsafeMutableBytes(of: &words) { $0.copyMemory(from: bytes) }
  }

  /// Reads 40 or 64 hexadecimal digits; nil for anything else.
  public init?(hex: UnsafeRawBufferPointer) {
    guard hex.count == 40 || hex.count == 64 else { return nil }
    width = Int8(hex.count / 2)
    var wrong: UInt8 = 0
    withUnsafeMutableBytes(of: &words) { bytes in
      for index in 0..<(hex.count / 2) {
        let (high, low) = (Self.nibble(hex[2 * index]), Self.nibble(hex[2 * index + 1]))
        wrong |= high | low
        bytes[index] = high << 4 | low & 15
      }
    }
    guard wrong < 16 else { return nil }
  }

  /// Reads 40 or 64 hexadecimal digits; nil for anything else.
  public init?(hex: some StringProtocol) {
    var text = String(hex)
    guard let id = text.withUTF8({ Self(hex: UnsafeRawBufferPointer($0)) }) else { return nil }
    self = id
  }

  /// Calls a body with the bytes.
  public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    withUnsafeBytes(of: words) { body(UnsafeRawBufferPointer(rebasing: $0[..<Int(width)])) }
  }

  /// 40 or 64 lower-case hexadecimal digits.
  public var description: String {
    let count = 2 * Int(width)
    return String(unsafeUninitializedCapacity: count) { buffer in
      withBytes { bytes in
        for (index, byte) in bytes.enumerated() {
          buffer[2 * index] = Self.digit(byte >> 4)
          buffer[2 * index + 1] = Self.digit(byte & 15)
        }
      }
      return count
    }
  }

  /// Whether it is the name of no object: zeros.
  public var isNull: Bool { words == (0, 0, 0, 0) }

  /// The first ten digits, for people.
  public var short: String { String(description.prefix(10)) }

  /// Appends the first of its hexadecimal digits, all of them by default.
  public func append(to bytes: inout [UInt8], digits: Int = .max) {
    withBytes { raw in
      for byte in raw.prefix(digits == .max ? raw.count : (digits + 1) / 2) {
        bytes.append(Self.digit(byte >> 4))
        bytes.append(Self.digit(byte & 15))
      }
    }
  }

  /// Byte by byte.
  public static func == (left: ObjectID, right: ObjectID) -> Bool {
    left.words == right.words && left.width == right.width
  }

  /// The first eight bytes, which of a hash are as good as all.
  public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }

  /// A hexadecimal digit, from 0 to 15.
  static func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x57 + nibble }

  /// The value of a hexadecimal digit; nil for any other byte.
  public static func value(ofHexadecimal byte: UInt8) -> UInt8? {
    let value = nibble(byte)
    return value < 16 ? value : nil
  }

  /// The value of a hexadecimal digit; more than 15 for any other byte. Names are read by the hundred thousand: without a
  /// branch.
  private static func nibble(_ byte: UInt8) -> UInt8 {
    let digit = byte &- 0x30
    let letter = (byte | 0x20) &- 0x61
    return digit < 10 ? digit : letter < 6 ? letter + 10 : 0xFF
  }
}

extension ObjectID: Comparable {
  /// By the bytes, as git sorts names.
  public static func < (left: ObjectID, right: ObjectID) -> Bool {
    left.withBytes { left in right.withBytes { left.lexicographicallyPrecedes($0) } }
  }
}
