extension JSON {
  /// How deep arrays and objects may be nested.
  private static let depthLimit = 200

  /// Reads one value (RFC 8259).
  ///
  /// Nil for anything that is not a whole value: other text behind it, bytes that are not UTF-8, a byte order
  /// mark, half of a surrogate pair, a key that stands twice in an object (one reader would take the first, another the
  /// last), more than 200 levels.
  public init?(reading bytes: some Sequence<UInt8>) {
    var reader = Reader(bytes: Array(bytes))
    reader.skipSpace()
    guard let value = reader.value(depth: 0) else { return nil }
    reader.skipSpace()
    guard reader.isAtEnd else { return nil }
    self = value
  }

  /// Reads one value as other programs write it: half of a surrogate pair and bytes that are not UTF-8 become U+FFFD, and
  /// of a key that stands twice the last counts (ECMA-262, JSON.parse). Nil for anything else that is not a whole value.
  public init?(mending bytes: [UInt8]) {
    if let value = JSON(reading: bytes) {
      self = value
      return
    }
    var reader = Reader(bytes: bytes, isMending: true)
    reader.skipSpace()
    guard let value = reader.value(depth: 0) else { return nil }
    reader.skipSpace()
    guard reader.isAtEnd else { return nil }
    self = value
  }

  private struct Reader {
    let bytes: [UInt8]
    var isMending = false
    var position = 0

    var isAtEnd: Bool { position == bytes.count }

    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func skipSpace() {
      while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    mutating func take(_ byte: UInt8) -> Bool {
      guard next == byte else { return false }
      position += 1
      return true
    }

    mutating func take(_ word: StaticString) -> Bool {
      let count = word.utf8CodeUnitCount
      guard position + count <= bytes.count else { return false }
      for index in 0..<count where bytes[position + index] != word.utf8Start[index] { return false }
      position += count
      return true
    }

    mutating func value(depth: Int) -> JSON? {
      guard depth <= JSON.depthLimit, let first = next else { return nil }
      switch first {
      case UInt8(ascii: "{"): return object(depth)
      case UInt8(ascii: "["): return array(depth)
      case UInt8(ascii: "\""): return string().map(JSON.string)
      case UInt8(ascii: "t"): return take("true") ? .bool(true) : nil
      case UInt8(ascii: "f"): return take("false") ? .bool(false) : nil
      case UInt8(ascii: "n"): return take("null") ? .null : nil
      default: return number()
      }
    }

    private mutating func object(_ depth: Int) -> JSON? {
      position += 1
      var pairs: [(key: String, value: JSON)] = []
      var keys: [String: Int] = [:]
      skipSpace()
      if take(UInt8(ascii: "}")) { return .object([]) }
      while true {
        skipSpace()
        guard next == UInt8(ascii: "\""), let key = string() else { return nil }
        let before = keys.updateValue(pairs.count, forKey: key)
        guard before == nil || isMending else { return nil }
        skipSpace()
        guard take(UInt8(ascii: ":")) else { return nil }
        skipSpace()
        guard let value = value(depth: depth + 1) else { return nil }
        if let before {
          pairs[before].value = value
          keys[key] = before
        } else {
          pairs.append((key, value))
        }
        skipSpace()
        if take(UInt8(ascii: ",")) { continue }
        return take(UInt8(ascii: "}")) ? .object(pairs) : nil
      }
    }

    private mutating func array(_ depth: Int) -> JSON? {
      position += 1
      var values: [JSON] = []
      skipSpace()
      if take(UInt8(ascii: "]")) { return .array([]) }
      while true {
        skipSpace()
        guard let value = value(depth: depth + 1) else { return nil }
        values.append(value)
        skipSpace()
        if take(UInt8(ascii: ",")) { continue }
        return take(UInt8(ascii: "]")) ? .array(values) : nil
      }
    }

    /// RFC 8259 section 6.
    private mutating func number() -> JSON? {
      let start = position
      _ = take(UInt8(ascii: "-"))
      if !take(UInt8(ascii: "0")) { guard digits() else { return nil } }
      var isInteger = true
      if take(UInt8(ascii: ".")) {
        isInteger = false
        guard digits() else { return nil }
      }
      if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
        isInteger = false
        if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
        guard digits() else { return nil }
      }
      let text = String(decoding: bytes[start..<position], as: UTF8.self)
      return isInteger ? Int(text).map(JSON.int) ?? .number(text) : .number(text)
    }

    private mutating func digits() -> Bool {
      let start = position
      while let byte = next, (0x30...0x39).contains(byte) { position += 1 }
      return position > start
    }

    /// RFC 8259 section 7, from its opening quotation mark on.
    private mutating func string() -> String? {
      position += 1
      let start = position
      while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 {
        position += 1
      }
      if next == UInt8(ascii: "\"") {
        defer { position += 1 }
        return text(bytes[start..<position])
      }
      var text = Array(bytes[start..<position])
      while let byte = next, byte >= 0x20 {
        position += 1
        if byte == UInt8(ascii: "\"") { return self.text(text[...]) }
        guard byte == UInt8(ascii: "\\") else {
          text.append(byte)
          continue
        }
        guard let scalar = escaped() else { return nil }
        text += Array(String(Character(scalar)).utf8)
      }
      return nil
    }

    private func text(_ bytes: ArraySlice<UInt8>) -> String? {
      isMending ? String(decoding: bytes, as: UTF8.self) : String(validating: bytes, as: UTF8.self)
    }

    private mutating func escaped() -> Unicode.Scalar? {
      guard let byte = next else { return nil }
      position += 1
      switch byte {
      case UInt8(ascii: "n"): return "\n"
      case UInt8(ascii: "t"): return "\t"
      case UInt8(ascii: "r"): return "\r"
      case UInt8(ascii: "b"): return "\u{8}"
      case UInt8(ascii: "f"): return "\u{C}"
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
      case UInt8(ascii: "u"):
        guard let high = unit() else { return nil }
        let lone: Unicode.Scalar? = isMending ? "\u{FFFD}" : nil
        guard (0xD800..<0xDC00).contains(high) else { return Unicode.Scalar(high) ?? lone }
        let behind = position
        guard take("\\u"), let low = unit(), (0xDC00..<0xE000).contains(low) else {
          position = behind
          return lone
        }
        return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
      default: return nil
      }
    }

    /// Four hexadecimal digits.
    private mutating func unit() -> UInt32? {
      guard position + 4 <= bytes.count else { return nil }
      var value: UInt32 = 0
      for byte in bytes[position..<position + 4] {
        guard let digit = ObjectID.value(ofHexadecimal: byte) else { return nil }
        value = value << 4 | UInt32(digit)
      }
      position += 4
      return value
    }
  }
}
