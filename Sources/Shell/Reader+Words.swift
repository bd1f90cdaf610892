/// Words, quotes and expansions (bash(1), QUOTING and EXPANSION).
extension Reader {
  static func isName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  /// Reads a word; one without parts when the reader stands before something else.
  mutating func word() throws(Unreadable) -> WordTree {
    var word = WordTree()
    if peek() == UInt8(ascii: "~") {
      index += 1
      let start = index
      while let byte = peek(), Self.isName(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") {
        index += 1
      }
      word.parts.append(.tilde(String(decoding: text[start..<index], as: UTF8.self)))
    }
    while let byte = peek() {
      if byte == UInt8(ascii: "("), let last = word.parts.last, case .text(let before, false) = last,
        let sign = before.utf8.last, "?*+@!".utf8.contains(sign)
      {
        // extglob: what the pattern matches is not known.
        try skipPattern()
        word.parts.append(.pattern)
        continue
      }
      if Self.isMeta(byte) {
        guard byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">"), peek(1) == UInt8(ascii: "(") else {
          break
        }
        index += 2
        let inner = try list(until: .parenthesis)
        try close()
        word.parts.append(.process(inner))
        continue
      }
      try part(into: &word.parts)
    }
    return word
  }

  private mutating func skipPattern() throws(Unreadable) {
    var open = 0
    while let byte = peek() {
      index += 1
      if byte == UInt8(ascii: "\\") {
        index += 1
      } else if byte == UInt8(ascii: "(") {
        open += 1
      } else if byte == UInt8(ascii: ")") {
        open -= 1
        if open == 0 { return }
      }
    }
    throw Unreadable(why: "a pattern is not closed")
  }

  /// Reads the next part of an unquoted word; there is a byte.
  mutating func part(into parts: inout [WordPart]) throws(Unreadable) {
    guard let byte = peek() else { return }
    switch byte {
    case UInt8(ascii: "'"):
      index += 1
      let start = index
      while let next = peek(), next != UInt8(ascii: "'") { index += 1 }
      guard index < text.count else { throw Unreadable(why: "a quote is not closed") }
      parts.append(.text(String(decoding: text[start..<index], as: UTF8.self), isQuoted: true))
      index += 1
    case UInt8(ascii: "\""):
      index += 1
      try quoted(into: &parts)
    case UInt8(ascii: "\\"):
      index += 1
      guard let next = peek() else { return }
      if next == 0x0A {
        index += 1
      } else {
        let start = index
        index += 1
        while let more = peek(), more & 0xC0 == 0x80 { index += 1 }
        parts.append(.text(String(decoding: text[start..<index], as: UTF8.self), isQuoted: true))
      }
    case UInt8(ascii: "`"): parts.append(.substitution(try backquoted(inQuotes: false), isQuoted: false))
    case UInt8(ascii: "$"): try dollar(into: &parts, inQuotes: false)
    default:
      let start = index
      while let next = peek(), !Self.isMeta(next), next != UInt8(ascii: "'"), next != UInt8(ascii: "\""),
        next != UInt8(ascii: "\\"), next != UInt8(ascii: "`"), next != UInt8(ascii: "$")
      {
        index += 1
      }
      if index == start { index += 1 }
      parts.append(.text(String(decoding: text[start..<index], as: UTF8.self), isQuoted: false))
    }
  }

  /// The inside of double quotes, up to the closing one, which is taken.
  mutating func quoted(into parts: inout [WordPart]) throws(Unreadable) {
    parts.append(.text("", isQuoted: true))
    try quoted(until: UInt8(ascii: "\""), into: &parts)
  }

  /// Text in which only `\`, `$` and backquotes mean something.
  ///
  /// - Parameter end: nil reads to the end of the text, as in a here-document.
  mutating func quoted(until end: UInt8?, into parts: inout [WordPart]) throws(Unreadable) {
    var literal: [UInt8] = []
    func flush(_ parts: inout [WordPart]) {
      if !literal.isEmpty { parts.append(.text(String(decoding: literal, as: UTF8.self), isQuoted: true)) }
      literal = []
    }
    while let byte = peek() {
      if byte == end {
        index += 1
        flush(&parts)
        return
      }
      switch byte {
      case UInt8(ascii: "\\"):
        index += 1
        guard let next = peek() else {
          literal.append(byte)
          continue
        }
        index += 1
        if next == 0x0A { continue }
        let isSpecial =
          next == UInt8(ascii: "$") || next == UInt8(ascii: "`") || next == UInt8(ascii: "\\")
          || (next == UInt8(ascii: "\"") && end != nil)
        if !isSpecial { literal.append(byte) }
        literal.append(next)
      case UInt8(ascii: "`"):
        flush(&parts)
        parts.append(.substitution(try backquoted(inQuotes: end != nil), isQuoted: true))
      case UInt8(ascii: "$"):
        flush(&parts)
        try dollar(into: &parts, inQuotes: true)
      default:
        literal.append(byte)
        index += 1
      }
    }
    flush(&parts)
    if end != nil { throw Unreadable(why: "a quote is not closed") }
  }

  /// What stands in backquotes, which a reader of its own reads once their backslashes are taken out.
  private mutating func backquoted(inQuotes: Bool) throws(Unreadable) -> [Command] {
    index += 1
    var inner: [UInt8] = []
    while let byte = peek() {
      index += 1
      if byte == UInt8(ascii: "`") {
        try enter()
        defer { depth -= 1 }
        var reader = Reader(inner, depth: depth)
        return try reader.readAll()
      }
      if byte == UInt8(ascii: "\\"), let next = peek() {
        index += 1
        let isTaken =
          next == UInt8(ascii: "`") || next == UInt8(ascii: "\\") || next == UInt8(ascii: "$")
          || (inQuotes && next == UInt8(ascii: "\""))
        if !isTaken { inner.append(byte) }
        inner.append(next)
      } else {
        inner.append(byte)
      }
    }
    throw Unreadable(why: "a backquote is not closed")
  }

  // MARK: $

  private mutating func dollar(into parts: inout [WordPart], inQuotes: Bool) throws(Unreadable) {
    guard let next = peek(1) else {
      index += 1
      return parts.append(.text("$", isQuoted: true))
    }
    switch next {
    case UInt8(ascii: "("):
      if peek(2) == UInt8(ascii: "("), let inner = try arithmetic(opening: 3) {
        return parts.append(.arithmetic(inner))
      }
      index += 2
      let commands = try list(until: .parenthesis)
      try close()
      parts.append(.substitution(commands, isQuoted: inQuotes))
    case UInt8(ascii: "{"): try braced(into: &parts, inQuotes: inQuotes)
    case UInt8(ascii: "'") where !inQuotes:
      index += 2
      parts.append(.text(try escaped(), isQuoted: true))
    case UInt8(ascii: "\"") where !inQuotes: index += 1
    case UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "@"), UInt8(ascii: "*"), UInt8(ascii: "$"),
      UInt8(ascii: "!"), UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      index += 2
      parts.append(.parameter(Parameter(name: String(UnicodeScalar(next))), isQuoted: inQuotes))
    case _ where Self.isName(next):
      index += 1
      parts.append(.parameter(Parameter(name: name()), isQuoted: inQuotes))
    default:
      index += 1
      parts.append(.text("$", isQuoted: true))
    }
  }

  private mutating func name() -> String {
    let start = index
    while let byte = peek(), Self.isName(byte) { index += 1 }
    return String(decoding: text[start..<index], as: UTF8.self)
  }

  /// `${…}`, standing at its `$`.
  private mutating func braced(into parts: inout [WordPart], inQuotes: Bool) throws(Unreadable) {
    index += 2
    // `${ command; }` substitutes as `$(…)` does.
    if let byte = peek(), Self.isBlank(byte) || byte == 0x0A || byte == UInt8(ascii: "|") {
      index += 1
      let commands = try list(until: .words(["}"]))
      try expect("}")
      return parts.append(.substitution(commands, isQuoted: inQuotes))
    }
    var parameter = Parameter(name: "")
    if let byte = peek(), byte == UInt8(ascii: "#") || byte == UInt8(ascii: "!"), peek(1) != UInt8(ascii: "}")
    {
      parameter.operation = byte == UInt8(ascii: "#") ? "length" : "indirect"
      index += 1
    }
    parameter.name = name()
    if parameter.name.isEmpty, let byte = peek(), byte != UInt8(ascii: "}") {
      parameter.name = String(decoding: [byte], as: UTF8.self)
      index += 1
    }
    try enter()
    defer { depth -= 1 }
    if peek() == UInt8(ascii: "[") {
      index += 1
      var subscripted: [WordPart] = []
      try argument(until: UInt8(ascii: "]"), inQuotes: false, into: &subscripted)
      parameter.subscripted = subscripted
    }
    let operation = self.operation()
    if parameter.operation.isEmpty { parameter.operation = operation }
    // In quotes the words behind :- and the like are quoted, patterns are not.
    let isPattern = operation.utf8.first.map { "#%/^,".utf8.contains($0) } ?? false
    try argument(until: UInt8(ascii: "}"), inQuotes: inQuotes && !isPattern, into: &parameter.argument)
    parts.append(.parameter(parameter, isQuoted: inQuotes))
  }

  /// The operator behind the name in `${…}`.
  private mutating func operation() -> String {
    let second = [
      ":": "-=?+", "#": "#", "%": "%", "/": "/", "^": "^", ",": ",", "-": "", "=": "", "?": "", "+": "",
      "@": "",
    ]
    guard let byte = peek(), let more = second[String(UnicodeScalar(byte))] else { return "" }
    let start = index
    index += 1
    if let next = peek(), more.utf8.contains(next) { index += 1 }
    return String(decoding: text[start..<index], as: UTF8.self)
  }

  private mutating func argument(
    until end: UInt8, inQuotes: Bool, into parts: inout [WordPart]
  ) throws(Unreadable) {
    while let byte = peek() {
      if byte == end {
        index += 1
        return
      }
      if byte == UInt8(ascii: "\\"), inQuotes {
        index += 1
        let next = peek() ?? 0x5C
        index += 1
        parts.append(.text(String(decoding: [next], as: UTF8.self), isQuoted: true))
      } else if byte == UInt8(ascii: "'"), inQuotes {
        index += 1
        parts.append(.text("'", isQuoted: true))
      } else if byte == UInt8(ascii: "$") || byte == UInt8(ascii: "`") || byte == UInt8(ascii: "\"")
        || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "'")
      {
        if byte == UInt8(ascii: "$"), inQuotes {
          try dollar(into: &parts, inQuotes: true)
        } else {
          try part(into: &parts)
        }
      } else {
        let start = index
        while let next = peek(), next != end, !"$`\"\\'".utf8.contains(next) { index += 1 }
        parts.append(.text(String(decoding: text[start..<index], as: UTF8.self), isQuoted: inQuotes))
      }
    }
    throw Unreadable(why: "a ${ is not closed")
  }

  /// The inside of `$'…'`, with its escapes.
  private mutating func escaped() throws(Unreadable) -> String {
    var result: [UInt8] = []
    while let byte = peek() {
      index += 1
      if byte == UInt8(ascii: "'") { return String(decoding: result, as: UTF8.self) }
      guard byte == UInt8(ascii: "\\"), let next = peek() else {
        result.append(byte)
        continue
      }
      index += 1
      switch next {
      case UInt8(ascii: "n"): result.append(0x0A)
      case UInt8(ascii: "t"): result.append(0x09)
      case UInt8(ascii: "r"): result.append(0x0D)
      case UInt8(ascii: "e"), UInt8(ascii: "E"): result.append(0x1B)
      case UInt8(ascii: "a"): result.append(0x07)
      case UInt8(ascii: "b"): result.append(0x08)
      case UInt8(ascii: "x"): result += number(radix: 16, digits: 2)
      case UInt8(ascii: "u"): result += number(radix: 16, digits: 4)
      case UInt8(ascii: "U"): result += number(radix: 16, digits: 8)
      case UInt8(ascii: "0")...UInt8(ascii: "7"):
        index -= 1
        result += number(radix: 8, digits: 3)
      default: result.append(next)
      }
    }
    throw Unreadable(why: "a $' is not closed")
  }

  /// The digits at which the reader stands, as the UTF-8 of that scalar.
  private mutating func number(radix: Int, digits: Int) -> [UInt8] {
    let start = index
    while index - start < digits, let byte = peek(), UnicodeScalar(byte).properties.isASCIIHexDigit,
      radix == 16 || byte < UInt8(ascii: "8")
    {
      index += 1
    }
    let value = UInt32(String(decoding: text[start..<index], as: UTF8.self), radix: radix) ?? 0
    return UnicodeScalar(value).map { Array(String($0).utf8) } ?? []
  }
}
