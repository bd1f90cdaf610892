/// Redirections and here-documents (bash(1), REDIRECTION).
extension Reader {
  /// The redirection at which the reader stands; nil, with nothing read, when there is none.
  mutating func redirection() throws(Unreadable) -> Redirection? {
    let start = index
    var descriptor: Int?
    if let byte = peek(), (0x30...0x39).contains(byte) {
      while let digit = peek(), (0x30...0x39).contains(digit), index - start < 9 { index += 1 }
      descriptor = Int(String(decoding: text[start..<index], as: UTF8.self))
    } else if peek() == UInt8(ascii: "{") {
      // `{NAME}>file`.
      index += 1
      while let byte = peek(), Self.isName(byte) { index += 1 }
      if peek() == UInt8(ascii: "}") { index += 1 } else { index = start }
    }
    guard let byte = peek(), byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">") || sees("&>"),
      index == start || !sees("&>")
    else {
      index = start
      return nil
    }
    // A process substitution is a word.
    if peek(1) == UInt8(ascii: "("), byte != UInt8(ascii: "&") {
      index = start
      return nil
    }
    let kind = try operatorKind()
    var redirection = Redirection(kind: kind, descriptor: descriptor)
    let strips = kind == .document && peek() == UInt8(ascii: "-")
    if strips { index += 1 }
    skipBlanks()
    if kind == .document {
      redirection.document = try document(strips: strips)
      return redirection
    }
    redirection.target = try word()
    if kind == .output || kind == .duplicate, redirection.target.parts.isEmpty, peek() == nil {
      throw Unreadable(why: "a redirection names no file")
    }
    // `>&2` and `>&-` duplicate or close; `>&file` writes it.
    if kind == .duplicate, let target = redirection.target.bare, !target.isEmpty,
      !target.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") })
    {
      redirection.kind = .output
    }
    return redirection
  }

  private mutating func operatorKind() throws(Unreadable) -> Redirection.Kind {
    for (sign, kind) in Self.operators where sees(sign) {
      index += sign.utf8CodeUnitCount
      return kind
    }
    throw Unreadable(why: "a redirection is not understood")
  }

  private static let operators: [(StaticString, Redirection.Kind)] = [
    ("&>>", .output), ("&>", .output), ("<<<", .string), ("<<", .document), ("<>", .output), ("<&", .input),
    ("<", .input), (">>", .output), (">|", .output), (">&", .duplicate), (">", .output),
  ]

  /// The word that ends a here-document, with its quotes removed.
  private mutating func document(strips: Bool) throws(Unreadable) -> HereDocument {
    var end: [UInt8] = []
    var isQuoted = false
    var quote: UInt8?
    while let byte = peek() {
      if let open = quote {
        index += 1
        if byte == open { quote = nil } else { end.append(byte) }
      } else if Self.isMeta(byte) {
        break
      } else {
        index += 1
        switch byte {
        case UInt8(ascii: "'"), UInt8(ascii: "\""): (quote, isQuoted) = (byte, true)
        case UInt8(ascii: "\\"):
          isQuoted = true
          if let next = peek() {
            end.append(next)
            index += 1
          }
        default: end.append(byte)
        }
      }
    }
    guard quote == nil, !end.isEmpty || isQuoted else {
      throw Unreadable(why: "a here-document does not name its end")
    }
    let document = HereDocument(end: end, isQuoted: isQuoted, strips: strips)
    awaited.append(document)
    return document
  }

  /// Reads the here-documents that were announced on the line before.
  mutating func readDocuments() throws(Unreadable) {
    guard !awaited.isEmpty else { return }
    let documents = awaited
    awaited = []
    for document in documents { try read(document) }
  }

  private mutating func read(_ document: HereDocument) throws(Unreadable) {
    var body: [UInt8] = []
    let start = index
    while index < text.count {
      var end = index
      while end < text.count, text[end] != 0x0A { end += 1 }
      var line = text[index..<end]
      if document.strips { line = line.drop { $0 == 0x09 } }
      if line.last == 0x0D { line = line.dropLast() }
      if line.elementsEqual(document.end) {
        index = min(end + 1, text.count)
        // What closes behind must find its line's end.
        return try fill(document, body)
      }
      body += line
      body.append(0x0A)
      index = end + 1
    }
    // It does not end by itself: `EOF)` ends it in a substitution, else the text does.
    index = start
    if depth > 1, let end = closing(document) {
      let inner = Array(text[start..<end])
      index = end + document.end.count
      return try fill(document, inner)
    }
    index = text.count
    try fill(document, body)
  }

  /// Where a line begins that is the end of a document and a parenthesis.
  private func closing(_ document: HereDocument) -> Int? {
    var line = index
    while line < text.count {
      let rest = text[line...]
      if rest.starts(with: document.end), line + document.end.count < text.count,
        text[line + document.end.count] == UInt8(ascii: ")")
      {
        return line
      }
      guard let next = rest.firstIndex(of: 0x0A) else { return nil }
      line = next + 1
    }
    return nil
  }

  private mutating func fill(_ document: HereDocument, _ body: [UInt8]) throws(Unreadable) {
    if document.isQuoted || !body.contains(where: { "$`\\".utf8.contains($0) }) {
      document.parts = [.text(String(decoding: body, as: UTF8.self), isQuoted: true)]
      return
    }
    try enter()
    defer { depth -= 1 }
    var reader = Reader(body, depth: depth)
    try reader.quoted(until: nil, into: &document.parts)
  }
}
