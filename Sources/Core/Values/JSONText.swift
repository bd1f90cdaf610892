/// A JSON text that is changed in place: what is not changed stays as it is, with its order, spaces, comments and
/// trailing commas (JSON with Comments, as editors' settings have it).
public struct JSONText: Sendable {
  /// The text.
  public private(set) var bytes: [UInt8]
  private var root: Node

  /// A step into a value: a member of an object, or an element of an array.
  public enum Step: Hashable, Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    case key(String)
    case index(Int)

    /// A member's name.
    public init(stringLiteral name: String) { self = .key(name) }
    /// An element's place.
    public init(integerLiteral index: Int) { self = .index(index) }
  }

  /// A value in the text.
  fileprivate struct Node: Sendable {
    var start: Int
    var end: Int
    /// Nil for what is neither an object nor an array.
    var elements: [Element]?
    var isObject = false
  }

  fileprivate struct Element: Sendable {
    /// Empty in an array.
    var key: String
    var start: Int
    var value: Node
    /// Where the comma behind it stands.
    var comma: Int?
  }

  /// Reads a text; nil where it is not one object.
  public init?(_ bytes: [UInt8]) {
    var reader = Reader(bytes: bytes)
    guard let node = reader.whole(), node.isObject else { return nil }
    self.bytes = bytes
    root = node
  }

  // MARK: Looking

  /// The value at a place; nil where there is none.
  public func value(at path: [Step]) -> JSON? { node(at: path).flatMap(json) }

  private func node(at path: [Step]) -> Node? {
    path.reduce(Optional(root)) { node, step in
      switch step {
      // Of a key that stands twice the last counts, for those who read it.
      case .key(let name): return node?.elements?.last { $0.key == name && node?.isObject == true }?.value
      case .index(let index):
        guard let node, !node.isObject, let elements = node.elements, elements.indices.contains(index) else {
          return nil
        }
        return elements[index].value
      }
    }
  }

  private func json(_ node: Node) -> JSON? {
    guard let elements = node.elements else { return JSON(mending: Array(bytes[node.start..<node.end])) }
    var values: [(key: String, value: JSON)] = []
    for element in elements {
      guard let value = json(element.value) else { return nil }
      values.append((element.key, value))
    }
    return node.isObject ? .object(values) : .array(values.map(\.value))
  }

  // MARK: Changing

  /// Adds a value at the end of an object, under a key that it does not have, or of an array.
  ///
  /// - Returns: false where there is no such object or array.
  public mutating func add(_ value: JSON, key: String? = nil, to path: [Step]) -> Bool {
    guard let node = node(at: path), let elements = node.elements, node.isObject == (key != nil) else {
      return false
    }
    // What stands in one line stays in one.
    let isPlain = root.elements?.isEmpty == false && !hasNewline(root)
    let depth = path.count + 1
    let name = key.map { JSON.string($0).text + (isPlain ? ":" : ": ") } ?? ""
    let text = name + (isPlain ? value.text : value.indented(by: unit, depth: depth))
    let lead = isPlain ? " " : "\n" + String(repeating: unit, count: depth)
    var edits: [(at: Int, text: String)] = []
    if let last = elements.last {
      if let comma = last.comma {
        edits.append((endOfComment(after: comma + 1), lead + text + ","))
      } else {
        edits.append((last.value.end, ","))
        edits.append((endOfComment(after: last.value.end), lead + text))
      }
    } else {
      let tail = isPlain || hasNewline(node) ? "" : "\n" + String(repeating: unit, count: depth - 1)
      edits.append((node.start + 1, (isPlain ? "" : lead) + text + tail))
    }
    return apply(edits.map { ($0.at..<$0.at, $0.text) })
  }

  /// Removes a member or an element, with what `add` put around it.
  ///
  /// - Returns: false where there is none.
  public mutating func remove(at path: [Step]) -> Bool {
    guard let step = path.last, let parent = node(at: path.dropLast()), let elements = parent.elements else {
      return false
    }
    let index: Int?
    switch step {
    case .key(let name): index = parent.isObject ? elements.lastIndex { $0.key == name } : nil
    case .index(let place): index = !parent.isObject && elements.indices.contains(place) ? place : nil
    }
    guard let index else { return false }
    let element = elements[index]
    let inside = parent.start + 1..<parent.end - 1
    let around = bytes[inside.lowerBound..<element.start] + bytes[element.value.end..<inside.upperBound]
    if elements.count == 1, around.allSatisfy({ $0 <= 0x20 || $0 == UInt8(ascii: ",") }) {
      return apply([(inside, "")])
    }
    var start = element.start
    while start > 0, bytes[start - 1] <= 0x20 { start -= 1 }
    // A comment up to the line's end needs that end.
    let line = bytes[..<start].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let isAfterComment = Reader(bytes: Array(bytes[line..<start])).hasLineComment
    if isAfterComment, !startsLine(at: (element.comma ?? element.value.end - 1) + 1) { start = element.start }
    var cuts = [start..<element.value.end]
    if let comma = element.comma {
      cuts.append(comma..<comma + 1)
    } else if index > 0, let comma = elements[index - 1].comma {
      cuts.insert(comma..<comma + 1, at: 0)
    }
    return apply(cuts.map { ($0, "") })
  }

  /// Makes changes, in the order of their places, where the text stays a text.
  private mutating func apply(_ edits: [(range: Range<Int>, text: String)]) -> Bool {
    var changed: [UInt8] = []
    var position = 0
    for (range, text) in edits {
      guard range.lowerBound >= position else { return false }
      changed += bytes[position..<range.lowerBound] + Array(text.utf8)
      position = range.upperBound
    }
    changed += bytes[position...]
    guard let text = JSONText(changed) else { return false }
    self = text
    return true
  }

  private func hasNewline(_ node: Node) -> Bool {
    bytes[node.start..<node.end].contains(UInt8(ascii: "\n"))
  }

  /// Whether the rest of a line is empty.
  private func startsLine(at position: Int) -> Bool {
    let rest = bytes[position...].drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
    return rest.first == UInt8(ascii: "\n")
  }

  /// Behind a comment that follows on the same line; the place itself where none does.
  private func endOfComment(after position: Int) -> Int {
    let rest = bytes[position...].drop { $0 == 0x20 || $0 == 0x09 }
    if rest.starts(with: "//".utf8) {
      var end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
      if end > 0, bytes[end - 1] == 0x0D { end -= 1 }
      return end
    }
    guard rest.starts(with: "/*".utf8) else { return position }
    var end = rest.startIndex + 2
    while end + 1 < rest.endIndex, bytes[end] != UInt8(ascii: "\n") {
      if bytes[end] == UInt8(ascii: "*"), bytes[end + 1] == UInt8(ascii: "/") { return end + 2 }
      end += 1
    }
    return position
  }

  /// How the text indents: what stands before its first member, two spaces where that says nothing.
  private var unit: String {
    guard let first = root.elements?.first else { return "  " }
    let before = bytes[..<first.start]
    let space = before.reversed().prefix { $0 == 0x20 || $0 == 0x09 }
    guard !space.isEmpty, space.count <= 8, before.dropLast(space.count).last == UInt8(ascii: "\n") else {
      return "  "
    }
    return String(decoding: space.reversed(), as: UTF8.self)
  }
}

extension JSON {
  /// The text in lines, as people write it.
  ///
  /// - Parameter depth: how deep the first line stands, which itself is not indented.
  public func indented(by unit: String, depth: Int = 0) -> String {
    let lines: [String]
    let brackets: (String, String)
    switch self {
    case .object(let pairs) where !pairs.isEmpty:
      lines = pairs.map { JSON.string($0.key).text + ": " + $0.value.indented(by: unit, depth: depth + 1) }
      brackets = ("{", "}")
    case .array(let values) where !values.isEmpty:
      lines = values.map { $0.indented(by: unit, depth: depth + 1) }
      brackets = ("[", "]")
    default: return text
    }
    let lead = "\n" + String(repeating: unit, count: depth + 1)
    return brackets.0 + lines.map { lead + $0 }.joined(separator: ",") + "\n"
      + String(repeating: unit, count: depth) + brackets.1
  }
}

/// Reads where the values of a text stand.
private struct Reader {
  let bytes: [UInt8]
  var position = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  mutating func whole() -> JSONText.Node? {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    guard skip(), let node = value(depth: 0), skip(), position == bytes.count else { return nil }
    return node
  }

  /// Whether a line has a comment up to its end, outside of strings.
  var hasLineComment: Bool {
    var reader = self
    while let byte = reader.next {
      if byte == UInt8(ascii: "\"") {
        guard reader.string() else { return false }
      } else if reader.bytes[reader.position...].starts(with: "//".utf8) {
        return true
      } else {
        reader.position += 1
      }
    }
    return false
  }

  /// Spaces and comments.
  ///
  /// - Returns: false for a comment that does not end.
  private mutating func skip() -> Bool {
    while let byte = next {
      if byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
        position += 1
      } else if bytes[position...].starts(with: "//".utf8) {
        while let byte = next, byte != UInt8(ascii: "\n") { position += 1 }
      } else if bytes[position...].starts(with: "/*".utf8) {
        position += 2
        while position < bytes.count, !bytes[position...].starts(with: "*/".utf8) { position += 1 }
        guard position < bytes.count else { return false }
        position += 2
      } else {
        break
      }
    }
    return true
  }

  private mutating func value(depth: Int) -> JSONText.Node? {
    let start = position
    switch next {
    case UInt8(ascii: "{"): return container(depth, UInt8(ascii: "}"))
    case UInt8(ascii: "["): return container(depth, UInt8(ascii: "]"))
    case UInt8(ascii: "\""):
      guard string() else { return nil }
    default:
      while let byte = next, byte > 0x20, !",]}/:\"{[".utf8.contains(byte) { position += 1 }
    }
    guard JSON(mending: Array(bytes[start..<position])) != nil else { return nil }
    return JSONText.Node(start: start, end: position)
  }

  private mutating func container(_ depth: Int, _ close: UInt8) -> JSONText.Node? {
    guard depth < 200 else { return nil }
    let isObject = close == UInt8(ascii: "}")
    var node = JSONText.Node(start: position, end: position, elements: [], isObject: isObject)
    var elements: [JSONText.Element] = []
    position += 1
    while true {
      guard skip() else { return nil }
      if next == close { break }
      guard elements.last.map({ $0.comma != nil }) ?? true else { return nil }
      let start = position
      var key = ""
      if isObject {
        guard next == UInt8(ascii: "\""), string(),
          let name = JSON(mending: Array(bytes[start..<position]))?.string, skip(),
          next == UInt8(ascii: ":")
        else { return nil }
        key = name
        position += 1
        guard skip() else { return nil }
      }
      guard let value = value(depth: depth + 1), skip() else { return nil }
      var element = JSONText.Element(key: key, start: start, value: value)
      if next == UInt8(ascii: ",") {
        element.comma = position
        position += 1
      }
      elements.append(element)
    }
    position += 1
    node.end = position
    node.elements = elements
    return node
  }

  /// - Returns: false for a string that does not end.
  private mutating func string() -> Bool {
    position += 1
    while let byte = next, byte != UInt8(ascii: "\"") { position += byte == UInt8(ascii: "\\") ? 2 : 1 }
    guard next != nil else { return false }
    position += 1
    return true
  }
}
