/// Bytes of the system as text, and back: the names of files, references and variables need not be UTF-8.
///
/// A byte that belongs to no well-formed sequence becomes a private character, U+10FF00 and the byte, and is that byte
/// again wherever text goes back to the system. (A name that has such a character itself is taken byte by byte, so that
/// what goes back is always what came.)
extension String {
  private static let privateBase: UInt32 = 0x10_FF00
  /// How each private character begins in UTF-8.
  private static let lead: UInt8 = 0xF4

  /// Text of bytes.
  public init(raw bytes: some Collection<UInt8>) {
    if let plain = String(validating: bytes, as: UTF8.self), !plain.hasPrivate {
      self = plain
    } else {
      self = Self.taken(apart: Array(bytes))
    }
  }

  /// Text of a C string.
  public init(rawCString pointer: UnsafePointer<CChar>) {
    if let plain = String(validatingCString: pointer), !plain.hasPrivate {
      self = plain
    } else {
      let bytes = sequence(first: pointer) { $0 + 1 }.lazy.map { UInt8(bitPattern: $0.pointee) }
      self = Self.taken(apart: Array(bytes.prefix { $0 != 0 }))
    }
  }

  /// The bytes that the text stands for.
  public var rawBytes: [UInt8] {
    guard hasPrivate else { return Array(utf8) }
    return unicodeScalars.flatMap { scalar in
      Self.byte(of: scalar).map { [$0] } ?? Array(String(Character(scalar)).utf8)
    }
  }

  /// The parts of a path, none of them empty. By bytes: to a `String`, a slash beside some letters (U+0301, U+0600) is no
  /// character of its own.
  public var pathParts: [String] { utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) } }

  /// A path without the slash at its end; `/` as it is.
  public var withoutSlash: String {
    utf8.count > 1 && utf8.last == UInt8(ascii: "/") ? String(Substring(utf8.dropLast())) : self
  }

  /// Calls a body with the bytes that the text stands for, as C has them.
  public func withRawCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    guard hasPrivate else { return withCString(body) }
    return body(rawBytes.map { CChar(bitPattern: $0) } + [0])
  }

  /// The byte that a private character stands for; nil for any other.
  static func byte(of scalar: Unicode.Scalar) -> UInt8? {
    scalar.value >= privateBase + 0x80 ? UInt8(scalar.value - privateBase) : nil
  }

  private var hasPrivate: Bool {
    utf8.contains(Self.lead) && unicodeScalars.contains { Self.byte(of: $0) != nil }
  }

  private static func taken(apart bytes: [UInt8]) -> String {
    var scalars = String.UnicodeScalarView()
    func add(_ bytes: some Sequence<UInt8>) {
      for byte in bytes {
        scalars.append(contentsOf: Unicode.Scalar(privateBase + UInt32(byte)).map { [$0] } ?? [])
      }
    }
    var parser = Unicode.UTF8.ForwardParser()
    var rest = bytes.makeIterator()
    var offset = 0
    while true {
      switch parser.parseScalar(from: &rest) {
      case .valid(let sequence):
        let scalar = Unicode.UTF8.decode(sequence)
        if byte(of: scalar) == nil { scalars.append(scalar) } else { add(sequence) }
        offset += sequence.count
      case .error(let length):
        add(bytes[offset..<(offset + length)])
        offset += length
      case .emptyInput: return String(scalars)
      }
    }
  }
}
