/// The two ways to end a line.
public enum LineEnds {
  /// A text with each CR LF as LF; nil when it has none.
  public static func withoutReturns(_ bytes: [UInt8]) -> [UInt8]? {
    var plain: [UInt8] = []
    plain.reserveCapacity(bytes.count)
    for byte in bytes {
      if byte == UInt8(ascii: "\n"), plain.last == UInt8(ascii: "\r") { plain.removeLast() }
      plain.append(byte)
    }
    return plain.count == bytes.count ? nil : plain
  }
}
