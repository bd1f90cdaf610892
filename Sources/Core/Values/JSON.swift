/// A JSON value (RFC 8259), written in one canonical form: keys in the order given, no white space, one line.
///
/// Our own, because a record's bytes are an identity (a ledger entry's blob, a note's line that `cat_sort_uniq`
/// compares), and because a hook reads and writes records without Foundation.
public indirect enum JSON: Hashable, Sendable {
  case null
  case bool(Bool)
  case int(Int)
  /// A number that is no `Int`, as it was read.
  case number(String)
  case string(String)
  case array([JSON])
  case object([(key: String, value: JSON)])

  /// A string, or null for nil.
  public init(_ text: String?) { self = text.map(JSON.string) ?? .null }

  /// The name of an object, or null for nil.
  public init(_ id: ObjectID?) { self = id.map { .string($0.description) } ?? .null }

  /// The names of objects, in an array.
  public init(_ ids: [ObjectID]) { self = .array(ids.map { .string($0.description) }) }

  /// Equal texts.
  public static func == (left: JSON, right: JSON) -> Bool { left.text == right.text }

  /// The text.
  public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

// MARK: Members

extension JSON {
  /// The value of a key; nil where there is none, or this is no object.
  public subscript(key: String) -> JSON? {
    guard case .object(let pairs) = self else { return nil }
    return pairs.first { $0.key == key }?.value
  }

  /// The text of a string; nil for anything else.
  public var string: String? { if case .string(let text) = self { text } else { nil } }

  /// The object that a string names; nil for anything else.
  public var object: ObjectID? { string.flatMap(ObjectID.init(hex:)) }

  /// The number; nil for anything that is no `Int`.
  public var integer: Int? { if case .int(let number) = self { number } else { nil } }

  /// The truth value; nil for anything else.
  public var isTrue: Bool? { if case .bool(let value) = self { value } else { nil } }

  /// The elements of an array; nil for anything else.
  public var elements: [JSON]? { if case .array(let values) = self { values } else { nil } }
}

// MARK: Writing

extension JSON {
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
    case .number(let digits): out += digits
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
      default:
        // What is no character goes as an escape: as itself it would be written as the byte that it stands for.
        if let byte = String.byte(of: scalar) {
          out += "\\udbff\\udf"
          out.unicodeScalars.append(digits[Int(byte >> 4)])
          out.unicodeScalars.append(digits[Int(byte & 15)])
        } else {
          out.unicodeScalars.append(scalar)
        }
      }
    }
    out += "\""
  }
}
