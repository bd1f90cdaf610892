/// Reads a command line into its tree: the grammar of POSIX sh with what bash adds (bash(1), SHELL GRAMMAR). It runs
/// and expands nothing.
struct Reader {
  let text: [UInt8]
  var index = 0
  /// How many structures the reader is in.
  var depth: Int
  /// Here-documents whose text begins at the next end of a line.
  var awaited: [HereDocument] = []

  /// Deeper ones are not read: whoever writes such a line does it to be misread.
  static let deepest = 60

  init(_ text: [UInt8], depth: Int = 0) {
    self.text = text
    self.depth = depth
  }

  /// What ends a list of commands, beside the end of the text.
  enum End {
    case parenthesis
    case words(Set<String>)
    case text
  }

  // MARK: Bytes

  func peek(_ ahead: Int = 0) -> UInt8? {
    index + ahead < text.count ? text[index + ahead] : nil
  }

  func sees(_ string: StaticString) -> Bool {
    guard index + string.utf8CodeUnitCount <= text.count else { return false }
    for offset in 0..<string.utf8CodeUnitCount where text[index + offset] != string.utf8Start[offset] {
      return false
    }
    return true
  }

  static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

  /// Whether a byte ends an unquoted word.
  static func isMeta(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ";"), UInt8(ascii: "&"), UInt8(ascii: "|"), UInt8(ascii: "("),
      UInt8(ascii: ")"), UInt8(ascii: "<"), UInt8(ascii: ">"):
      true
    default: false
    }
  }

  /// Skips blanks, continued lines and a comment.
  mutating func skipBlanks() {
    while let byte = peek() {
      if Self.isBlank(byte) {
        index += 1
      } else if byte == UInt8(ascii: "\\"), peek(1) == 0x0A {
        index += 2
      } else if byte == UInt8(ascii: "\\"), peek(1) == 0x0D, peek(2) == 0x0A {
        index += 3
      } else if byte == UInt8(ascii: "#") {
        while let next = peek(), next != 0x0A { index += 1 }
      } else {
        return
      }
    }
  }

  /// The same, and ends of lines.
  mutating func skipLines() throws(Unreadable) {
    while true {
      skipBlanks()
      guard peek() == 0x0A else { return }
      index += 1
      try readDocuments()
    }
  }

  mutating func enter() throws(Unreadable) {
    depth += 1
    if depth > Self.deepest { throw Unreadable(why: "it is nested too deeply") }
  }

  // MARK: Lists

  /// Reads all of the text.
  mutating func readAll() throws(Unreadable) -> [Command] {
    let commands = try list(until: .text)
    if index < text.count { throw Unreadable(why: "there is a ) too many") }
    // bash takes what is there when the end is missing, and so do we.
    try readDocuments()
    return commands
  }

  /// Reads commands up to an end, which is not taken.
  mutating func list(until end: End) throws(Unreadable) -> [Command] {
    try enter()
    defer { depth -= 1 }
    var commands: [Command] = []
    while true {
      try skipLines()
      guard let byte = peek() else {
        if case .text = end { return commands }
        throw Unreadable(why: "something that was begun does not end")
      }
      if byte == UInt8(ascii: ")") { return commands }
      if case .words(let words) = end {
        if words.contains(";;"), sees(";;") || sees(";&") { return commands }
        if let word = reserved(), words.contains(word) { return commands }
      }
      if byte == UInt8(ascii: ";") || byte == UInt8(ascii: "&"), !sees("&>") {
        index += 1
        continue
      }
      let command = try andOr()
      skipBlanks()
      // What runs in the background leaves this shell as it is.
      commands.append(peek() == UInt8(ascii: "&") ? .subshell([command]) : command)
    }
  }

  private mutating func andOr() throws(Unreadable) -> Command {
    let first = try pipeline()
    var links: [ChainLink] = []
    while true {
      skipBlanks()
      let isAnd = sees("&&")
      guard isAnd || sees("||") else { break }
      index += 2
      try skipLines()
      links.append(ChainLink(isAnd: isAnd, command: try pipeline()))
    }
    return links.isEmpty ? first : .chain(first, links)
  }

  private mutating func pipeline() throws(Unreadable) -> Command {
    var commands = [try command()]
    while true {
      skipBlanks()
      guard peek() == UInt8(ascii: "|"), peek(1) != UInt8(ascii: "|") else { break }
      index += sees("|&") ? 2 : 1
      try skipLines()
      commands.append(try command())
    }
    return commands.count == 1 ? commands[0] : .pipeline(commands)
  }

  /// The bare word at which the reader stands, when it can be a reserved one.
  func reserved() -> String? {
    var end = index
    while end < text.count, end - index < 10, !Self.isMeta(text[end]) { end += 1 }
    guard end > index, end - index < 10 else { return nil }
    return String(decoding: text[index..<end], as: UTF8.self)
  }

  mutating func expect(_ word: String) throws(Unreadable) {
    try skipLines()
    guard reserved() == word else { throw Unreadable(why: "\(word) is missing") }
    index += word.utf8.count
  }

  // MARK: Simple commands

  mutating func simple() throws(Unreadable) -> Command {
    var command = SimpleCommand()
    while true {
      skipBlanks()
      guard let byte = peek() else { break }
      if let redirection = try redirection() {
        command.redirections.append(redirection)
        continue
      }
      if Self.isMeta(byte), byte != UInt8(ascii: "<"), byte != UInt8(ascii: ">") { break }
      let start = index
      let word = try word()
      if index == start { throw Unreadable(why: "a command does not begin with a word") }
      if command.words.isEmpty, let assignment = try assignment(word) {
        command.assignments.append(assignment)
        continue
      }
      // `declare -a NAME=(…)`.
      if peek() == UInt8(ascii: "("), let assignment = try assignment(word) {
        command.assignments.append(assignment)
        command.words.append(WordTree(parts: [.text(assignment.name, isQuoted: false)]))
        continue
      }
      command.words.append(word)
      if command.words.count == 1, command.assignments.isEmpty, let name = word.bare {
        skipBlanks()
        if peek() == UInt8(ascii: "("), isFunctionHead() { return try function(name) }
      }
    }
    if command.isEmpty { throw Unreadable(why: "a command is missing") }
    return .simple(command)
  }

  /// Whether `()` follows.
  private func isFunctionHead() -> Bool {
    var ahead = 1
    while let byte = peek(ahead), Self.isBlank(byte) { ahead += 1 }
    return peek(ahead) == UInt8(ascii: ")")
  }

  mutating func function(_ name: String) throws(Unreadable) -> Command {
    skipBlanks()
    if peek() == UInt8(ascii: "(") {
      index += 1
      skipBlanks()
      guard peek() == UInt8(ascii: ")") else { throw Unreadable(why: "a function's () is not closed") }
      index += 1
    }
    try skipLines()
    try enter()
    defer { depth -= 1 }
    return .function(name, body: try command())
  }

  /// The assignment that a word is; nil when it is none.
  private mutating func assignment(_ word: WordTree) throws(Unreadable) -> Assignment? {
    guard case .text(let text, false) = word.parts.first,
      let equals = text.utf8.firstIndex(of: UInt8(ascii: "="))
    else { return nil }
    var name = text[..<equals]
    let appends = name.utf8.last == UInt8(ascii: "+")
    if appends { name = name.dropLast() }
    // An element of an array.
    if let bracket = name.utf8.firstIndex(of: UInt8(ascii: "[")), name.utf8.last == UInt8(ascii: "]") {
      name = name[..<bracket]
    }
    guard name.isShellName else { return nil }
    var value = WordTree(parts: word.parts)
    let rest = String(text[text.utf8.index(after: equals)...])
    value.parts[0] = .text(rest, isQuoted: false)
    if rest.hasPrefix("~") {
      let user = rest.dropFirst().prefix { $0 != "/" }
      value.parts[0] = .tilde(String(user))
      value.parts.insert(.text(String(rest.dropFirst(1 + user.count)), isQuoted: false), at: 1)
    }
    var assignment = Assignment(name: String(name), values: [value], appends: appends)
    if rest.isEmpty, word.parts.count == 1, peek() == UInt8(ascii: "(") {
      index += 1
      assignment.values = try words(until: UInt8(ascii: ")"))
      assignment.isArray = true
    }
    return assignment
  }

  /// Words on one or several lines, up to a byte, which is taken.
  mutating func words(until end: UInt8) throws(Unreadable) -> [WordTree] {
    var words: [WordTree] = []
    while true {
      try skipLines()
      guard let byte = peek() else { throw Unreadable(why: "a list of words does not end") }
      if byte == end {
        index += 1
        return words
      }
      let start = index
      words.append(try word())
      if index == start { index += 1 }
    }
  }
}

extension Substring {
  /// Whether this can be the name of a variable.
  var isShellName: Bool {
    guard let first = utf8.first, !(0x30...0x39).contains(first) else { return false }
    return utf8.allSatisfy(Reader.isName)
  }
}

extension String {
  /// Whether this can be the name of a variable.
  var isShellName: Bool { self[...].isShellName }
}

extension WordTree {
  /// The text of a word without quotes or expansions; nil when it has some.
  var bare: String? {
    guard parts.count == 1, case .text(let text, false) = parts[0] else { return nil }
    return text
  }
}
