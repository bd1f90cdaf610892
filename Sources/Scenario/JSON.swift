/// Canonical JSON for records: keys in the order given, no white space, one line.
///
/// Written by us because a record's bytes are an identity (a ledger entry's blob, a note's line that
/// `cat_sort_uniq` compares), and because a hook can write one without Foundation.
public indirect enum JSON: Hashable, Sendable {
  case null
  case bool(Bool)
  case int(Int)
  case string(String)
  case array([JSON])
  case object([(key: String, value: JSON)])

  /// A string, or null for nil.
  public init(_ text: String?) { self = text.map(JSON.string) ?? .null }

  /// The one-line text.
  public var text: String {
    var out = ""
    write(to: &out)
    return out
  }

  private func write(to out: inout String) {
    switch self {
    case .null: out += "null"
    case .bool(let value): out += value ? "true" : "false"
    case .int(let value): out += String(value)
    case .string(let value): Self.quote(value, to: &out)
    case .array(let values):
      out += "["
      for (index, value) in values.enumerated() {
        if index > 0 { out += "," }
        value.write(to: &out)
      }
      out += "]"
    case .object(let pairs):
      out += "{"
      for (index, pair) in pairs.enumerated() {
        if index > 0 { out += "," }
        Self.quote(pair.key, to: &out)
        out += ":"
        pair.value.write(to: &out)
      }
      out += "}"
    }
  }

  /// RFC 8259 section 7; control characters, so CR and NUL too, are always escaped.
  private static func quote(_ text: String, to out: inout String) {
    let digits = Array("0123456789abcdef".unicodeScalars)
    out += "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\t": out += "\\t"
      case let control where control.value < 0x20 || control.value == 0x7F:
        out += "\\u00"
        out.unicodeScalars.append(digits[Int(control.value >> 4)])
        out.unicodeScalars.append(digits[Int(control.value & 15)])
      default: out.unicodeScalars.append(scalar)
      }
    }
    out += "\""
  }

  /// Equal texts.
  public static func == (left: JSON, right: JSON) -> Bool { left.text == right.text }

  /// The text.
  public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
