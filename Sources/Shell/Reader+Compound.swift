/// Compound commands (bash(1), Compound Commands).
extension Reader {
  mutating func command() throws(Unreadable) -> Command {
    skipBlanks()
    // `!` may stand before a parenthesis without a blank.
    if peek() == UInt8(ascii: "!"), peek(1).map({ Self.isMeta($0) }) ?? true {
      index += 1
      return .negated(try command())
    }
    if peek() == UInt8(ascii: "(") {
      if peek(1) == UInt8(ascii: "("), let parts = try arithmetic(opening: 2) {
        return try redirected(.simple(SimpleCommand(words: [WordTree(parts: [.arithmetic(parts)])])))
      }
      index += 1
      let inner = try list(until: .parenthesis)
      try close()
      return try redirected(.subshell(inner))
    }
    guard let word = reserved() else { return try simple() }
    switch word {
    case "time", "coproc":
      index += word.utf8.count
      skipBlanks()
      if word == "time", sees("-p ") { index += 2 }
      skipBlanks()
      // A time of nothing.
      guard let byte = peek(), !Self.isMeta(byte) || byte == UInt8(ascii: "(") || byte == UInt8(ascii: "<")
      else { return .list([]) }
      return try command()
    case "{":
      index += 1
      return try redirected(.list(block(until: "}")))
    case "if": return try conditional()
    case "while", "until":
      index += word.utf8.count
      let condition = try list(until: .words(["do"]))
      try expect("do")
      return try redirected(.repetition(condition, isUntil: word == "until", body: block(until: "done")))
    case "for", "select": return try loop(word)
    case "case": return try selection()
    case "function":
      index += word.utf8.count
      skipBlanks()
      guard let name = try self.word().bare else { throw Unreadable(why: "a function has no name") }
      return try function(name)
    case "[[":
      index += 2
      return try redirected(condition())
    default: return try simple()
    }
  }

  /// A command with the redirections behind it.
  private mutating func redirected(_ command: Command) throws(Unreadable) -> Command {
    var redirections: [Redirection] = []
    while true {
      skipBlanks()
      guard let next = try redirection() else { break }
      redirections.append(next)
    }
    return redirections.isEmpty ? command : .redirected(command, redirections)
  }

  mutating func close() throws(Unreadable) {
    guard peek() == UInt8(ascii: ")") else { throw Unreadable(why: "a ( is not closed") }
    index += 1
  }

  private mutating func block(until end: String) throws(Unreadable) -> [Command] {
    let commands = try list(until: .words([end]))
    try expect(end)
    return commands
  }

  private mutating func conditional() throws(Unreadable) -> Command {
    index += 2
    var branches: [ConditionalBranch] = []
    while true {
      let condition = try list(until: .words(["then"]))
      try expect("then")
      branches.append(
        ConditionalBranch(condition: condition, body: try list(until: .words(["elif", "else", "fi"]))))
      guard reserved() == "elif" else { break }
      index += 4
    }
    var otherwise: [Command] = []
    if reserved() == "else" {
      index += 4
      otherwise = try list(until: .words(["fi"]))
    }
    try expect("fi")
    return try redirected(.conditional(branches, otherwise: otherwise))
  }

  private mutating func loop(_ word: String) throws(Unreadable) -> Command {
    index += word.utf8.count
    skipBlanks()
    var head: [Command] = []
    var name = ""
    var words: [WordTree]? = []
    if sees("(("), let parts = try arithmetic(opening: 2) {
      head = [.simple(SimpleCommand(words: [WordTree(parts: [.arithmetic(parts)])]))]
    } else {
      guard let bare = try self.word().bare else { throw Unreadable(why: "a loop has no variable") }
      name = bare
      words = nil
      try skipLines()
      if reserved() == "in" {
        index += 2
        words = []
        while true {
          skipBlanks()
          guard let byte = peek(), byte != UInt8(ascii: ";"), byte != 0x0A, byte != UInt8(ascii: "&") else {
            break
          }
          let start = index
          words?.append(try self.word())
          if index == start { throw Unreadable(why: "a loop's words do not end") }
        }
      }
    }
    skipBlanks()
    if peek() == UInt8(ascii: ";") { index += 1 }
    try skipLines()
    let end = reserved() == "{" ? "}" : "done"
    try expect(end == "}" ? "{" : "do")
    let body = try block(until: end)
    return try redirected(head.isEmpty ? .loop(name, words, body: body) : .list(head + body))
  }

  private mutating func selection() throws(Unreadable) -> Command {
    index += 4
    skipBlanks()
    let subject = try word()
    try expect("in")
    var branches: [SelectionBranch] = []
    while true {
      try skipLines()
      if reserved() == "esac" { break }
      guard peek() != nil else { throw Unreadable(why: "case has no esac") }
      if peek() == UInt8(ascii: "(") { index += 1 }
      // Patterns, which run only what they substitute.
      var patterns: [WordTree] = []
      while let byte = peek(), byte != UInt8(ascii: ")") {
        if Self.isBlank(byte) || byte == UInt8(ascii: "|") || byte == 0x0A {
          index += 1
          continue
        }
        let start = index
        patterns.append(try word())
        if index == start { throw Unreadable(why: "a pattern of case is not closed") }
      }
      try close()
      branches.append(SelectionBranch(patterns: patterns, body: try list(until: .words(["esac", ";;"]))))
      if sees(";;&") {
        index += 3
      } else if sees(";;") || sees(";&") {
        index += 2
      }
    }
    try expect("esac")
    return try redirected(.selection(subject: subject, branches))
  }

  /// `[[ … ]]`: words in which `<`, `&&` and parentheses redirect and run nothing.
  private mutating func condition() throws(Unreadable) -> Command {
    var words = [WordTree(parts: [.text("[[", isQuoted: true)])]
    while true {
      while let byte = peek(), Self.isBlank(byte) || byte == 0x0A { index += 1 }
      guard let byte = peek() else { throw Unreadable(why: "[[ has no ]]") }
      if reserved() == "]]" {
        index += 2
        return .simple(SimpleCommand(words: words))
      }
      let start = index
      words.append(try word())
      if index == start {
        // An operator or a parenthesis.
        words.append(WordTree(parts: [.text(String(UnicodeScalar(byte)), isQuoted: true)]))
        index += 1
      }
    }
  }

  /// The inside of `((…))`, standing at its parentheses; nil, with nothing read, when it is two parentheses that
  /// only look like it.
  mutating func arithmetic(opening: Int) throws(Unreadable) -> [WordPart]? {
    let start = index
    let awaited = self.awaited
    index += opening
    var parts: [WordPart] = []
    var open = 0
    try enter()
    defer { depth -= 1 }
    while let byte = peek() {
      switch byte {
      case UInt8(ascii: "("):
        open += 1
        index += 1
      case UInt8(ascii: ")"):
        if open > 0 {
          open -= 1
          index += 1
        } else if peek(1) == UInt8(ascii: ")") {
          index += 2
          return parts
        } else {
          (index, self.awaited) = (start, awaited)
          return nil
        }
      case UInt8(ascii: "$"), UInt8(ascii: "`"), UInt8(ascii: "\""):
        // What cannot be read here may still be read as commands.
        do {
          try part(into: &parts)
        } catch {
          (index, self.awaited) = (start, awaited)
          return nil
        }
      case UInt8(ascii: "\\"): index += 2
      case UInt8(ascii: "'"):
        (index, self.awaited) = (start, awaited)
        return nil
      default: index += 1
      }
    }
    (index, self.awaited) = (start, awaited)
    return nil
  }
}
