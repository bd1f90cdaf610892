/// Bytes looked at by plain loops, for what every hook call goes through: what the library has for all collections, and
/// text, brings code and tables into memory that cost more than the look.
extension UnsafeRawBufferPointer {
  /// Whether the bytes begin with a text's.
  public func begins(with text: String) -> Bool {
    var index = 0
    for byte in text.utf8 {
      guard index < count, self[index] == byte else { return false }
      index += 1
    }
    return true
  }

  /// Whether the bytes end with a text's.
  public func ends(with text: String) -> Bool {
    text.utf8.count <= count && dropped(count - text.utf8.count).begins(with: text)
  }

  /// Whether the bytes are a text's.
  public func isSame(as text: String) -> Bool { text.utf8.count == count && begins(with: text) }

  /// Where a byte stands first; nil when it does not.
  func firstOffset(of byte: UInt8, from start: Int) -> Int? {
    var index = start
    while index < count {
      if self[index] == byte { return index }
      index += 1
    }
    return nil
  }

  /// How many hexadecimal digits, as git writes them, the bytes begin with.
  var hexadecimalDigits: Int {
    var index = 0
    while index < count {
      switch self[index] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): index += 1
      default: return index
      }
    }
    return index
  }

  /// What is left without so many bytes at the beginning; nothing where there are fewer.
  func dropped(_ bytes: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: self[Swift.min(bytes, count)...])
  }
}
