import Core

/// A YAML file that was read, and refusals that name line and column.
struct YAMLFile {
  let name: String
  let root: YAMLNode.Map
  /// In which its names must be found; nil where they need not.
  var catalog: Catalog?
  /// The next command that a refusal names when it has nothing better.
  private let remedy: String?

  /// Parses one document whose root is a map.
  ///
  /// Refused before the parser runs: more than 1 MiB, bytes that are no UTF-8, and anchors and aliases,
  /// with which a small file can stand for an endless one.
  ///
  /// - Throws: `Refusal` (65) with line and column.
  init(_ bytes: [UInt8], name: String, remedy: String? = nil) throws(Refusal) {
    self.name = name
    self.remedy = remedy
    guard bytes.count <= StatePath.limit else {
      throw Refusal(.data, "\(name) has \(bytes.count) bytes, more than \(StatePath.limit)", remedy: remedy)
    }
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw Refusal(.data, "\(name) is not UTF-8", remedy: remedy)
    }
    if let (line, column) = Self.anchor(in: bytes) {
      throw Refusal(
        .data, "\(name):\(line):\(column): anchors and aliases are not allowed", remedy: remedy)
    }
    let node: YAMLNode?
    do {
      node = try YAMLNode.document(bytes)
    } catch {
      throw Refusal(.data, "\(name)\(error.text)", remedy: remedy)
    }
    guard let node else { throw Refusal(.data, "\(name) is empty", remedy: remedy) }
    guard case .mapping(let map) = node else {
      throw Refusal(.data, "\(name):1:1: a map of keys is expected", remedy: remedy)
    }
    root = map
  }

  /// Where a value begins with `&` or `*` outside quotes and comments.
  private static func anchor(in bytes: [UInt8]) -> (line: Int, column: Int)? {
    var line = 1
    var start = 0
    var quote: UInt8?
    var previous: UInt8?
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      defer { index += 1 }
      if byte == UInt8(ascii: "\n") {
        line += 1
        start = index + 1
        previous = nil
        continue
      }
      if let open = quote {
        if byte == UInt8(ascii: "\\"), open == UInt8(ascii: "\"") { index += 1 }
        if byte == open { quote = nil }
        continue
      }
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): continue
      case UInt8(ascii: "#") where index == start || bytes[index - 1] <= 0x20:
        while index + 1 < bytes.count, bytes[index + 1] != UInt8(ascii: "\n") { index += 1 }
        continue
      case UInt8(ascii: "\""), UInt8(ascii: "'"):
        if isStart(after: previous) { quote = byte }
      case UInt8(ascii: "&"), UInt8(ascii: "*"):
        if isStart(after: previous) { return (line, index - start + 1) }
      default: break
      }
      previous = byte
    }
    return nil
  }

  private static func isStart(after previous: UInt8?) -> Bool {
    guard let previous else { return true }
    return Array("-:?[{,".utf8).contains(previous)
  }

  /// `NAME:LINE:COLUMN: ` and what is wrong there.
  func wrong(_ node: YAMLNode?, _ what: String, why: String? = nil) -> Refusal {
    Refusal(.data, "\(place(of: node)): \(what)", why: why, remedy: remedy)
  }

  /// `NAME:LINE:COLUMN`.
  func place(of node: YAMLNode?) -> String {
    name + (node?.mark.map { ":\($0.line):\($0.column)" } ?? "")
  }

  /// A string without line breaks; nil for YAML's null.
  func scalar(_ node: YAMLNode, _ key: String) throws(Refusal) -> String? {
    guard case .scalar(let scalar) = node else { throw wrong(node, "\(key) is not a single value") }
    if scalar.isPlain, ["", "~", "null", "Null", "NULL"].contains(scalar.text) { return nil }
    guard ContextValue.isUsable(scalar.text) else {
      throw wrong(node, "\(key) has a line break or control character")
    }
    return scalar.text
  }

  /// A string that must be there.
  func string(_ node: YAMLNode, _ key: String) throws(Refusal) -> String {
    guard let text = try scalar(node, key) else { throw wrong(node, "\(key) is empty") }
    return text
  }

  /// A truth value.
  func bool(_ node: YAMLNode, _ key: String) throws(Refusal) -> Bool {
    switch try string(node, key).lowercased() {
    case "true", "yes", "on": return true
    case "false", "no", "off": return false
    default: throw wrong(node, "\(key) must be true or false")
    }
  }

  /// A list of strings; null is the empty list.
  func strings(_ node: YAMLNode, _ key: String) throws(Refusal) -> [String] {
    if case .scalar = node, try scalar(node, key) == nil { return [] }
    guard case .sequence(let sequence) = node else { throw wrong(node, "\(key) is not a list") }
    var result: [String] = []
    for element in sequence.elements { result.append(try string(element, key)) }
    return result
  }

  /// The pairs of a map; null is the empty map.
  func pairs(_ node: YAMLNode, _ key: String) throws(Refusal) -> [(key: String, node: YAMLNode, at: YAMLNode)]
  {
    if case .scalar = node, try scalar(node, key) == nil { return [] }
    guard case .mapping(let mapping) = node else { throw wrong(node, "\(key) is not a map of keys") }
    return try pairs(mapping)
  }

  /// The pairs of a map, with the node of each key for its place.
  func pairs(_ mapping: YAMLNode.Map) throws(Refusal) -> [(key: String, node: YAMLNode, at: YAMLNode)] {
    var result: [(key: String, node: YAMLNode, at: YAMLNode)] = []
    for (key, value) in mapping.elements { result.append((try string(key, "a key"), value, key)) }
    return result
  }
}
