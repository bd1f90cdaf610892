import Core

/// A shell command line, as far as it can be read without running it: POSIX quoting, lists, pipes,
/// redirections, here-documents and substitutions. Variables are left as they are.
public struct ShellLine: Sendable {
  /// One simple command.
  public struct Command: Sendable, Equatable {
    /// Its words with quotes removed.
    public var words: [String] = []
    /// The files that it writes by redirection.
    public var outputs: [String] = []
    /// What stands in its here-documents.
    public var documents: [String] = []
  }

  /// In order, with those inside substitutions before the command that they stand in.
  public private(set) var commands: [Command] = []

  /// Reads a command line; nil when a quote, a substitution or a here-document does not end, or
  /// when substitutions stand in one another more than twenty deep.
  public init?(_ text: String) { self.init(text, depth: 0) }

  private init?(_ text: String, depth: Int) {
    guard depth < 20 else { return nil }
    var reader = Reader(Array(text.unicodeScalars), depth)
    guard reader.readAll() else { return nil }
    commands = reader.commands
  }

  private struct Reader {
    let text: [Unicode.Scalar]
    var index = 0
    var commands: [Command] = []
    var command = Command()
    var word: String?
    var redirects = false
    var awaited: [(command: Int?, end: String, strips: Bool)] = []

    let depth: Int

    init(_ text: [Unicode.Scalar], _ depth: Int) {
      self.text = text
      self.depth = depth
    }

    func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
      index + ahead < text.count ? text[index + ahead] : nil
    }

    mutating func readAll() -> Bool {
      while let scalar = peek() {
        index += 1
        switch scalar {
        case " ", "\t", "\r": endWord()
        case "\n":
          endCommand()
          guard readDocuments() else { return false }
        case ";", "(", ")", "|": endCommand()
        case "&":
          if peek() == ">" {
            index += 1
            readOutput()
          } else {
            endCommand()
          }
        case "{", "}", "!":
          // Only a word of its own is a reserved word.
          if word == nil, peek().map({ " \t\n;".unicodeScalars.contains($0) }) ?? true {
            endCommand()
          } else {
            append(scalar)
          }
        case "#" where word == nil: while let next = peek(), next != "\n" { index += 1 }
        case ">":
          if word?.unicodeScalars.allSatisfy({ ("0"..."9").contains($0) }) == true { word = nil }
          endWord()
          readOutput()
        case "<": guard readInput() else { return false }
        default: guard readPart(scalar) else { return false }
        }
      }
      endCommand()
      return awaited.isEmpty
    }

    mutating func append(_ scalar: Unicode.Scalar) { word = (word ?? "") + String(scalar) }

    mutating func endWord() {
      guard let done = word else { return }
      word = nil
      if redirects {
        command.outputs.append(done)
        redirects = false
      } else {
        command.words.append(done)
      }
    }

    mutating func endCommand() {
      endWord()
      redirects = false
      if command != Command() {
        commands.append(command)
        for index in awaited.indices where awaited[index].command == nil {
          awaited[index].command = commands.count - 1
        }
      }
      command = Command()
    }

    /// Behind `>`: `>>`, `>|` and `>&file`; a duplicated descriptor (`>&2`) writes no file of its own.
    mutating func readOutput() {
      if peek() == ">" || peek() == "|" { index += 1 }
      if peek() == "&" {
        index += 1
        if let next = peek(), ("0"..."9").contains(next) || next == "-" {
          index += 1
          return
        }
      }
      redirects = true
    }

    mutating func readInput() -> Bool {
      if word?.unicodeScalars.allSatisfy({ ("0"..."9").contains($0) }) == true { word = nil }
      endWord()
      switch peek() {
      case ">":
        index += 1
        redirects = true
      case "<":
        index += 1
        if peek() == "<" {
          // A here-string is a word that the command reads.
          index += 1
          return true
        }
        let strips = peek() == "-"
        if strips { index += 1 }
        while let blank = peek(), blank == " " || blank == "\t" { index += 1 }
        let before = word
        word = nil
        while let next = peek(), !" \t\n;|&<>()".unicodeScalars.contains(next) {
          index += 1
          guard readPart(next) else { return false }
        }
        guard let end = word else { return false }
        word = before
        awaited.append((nil, end, strips))
      case "(", "&": index += 1
      default: break
      }
      return true
    }

    mutating func readDocuments() -> Bool {
      for (owner, end, strips) in awaited {
        var lines: [String] = []
        while true {
          guard index < text.count else { return false }
          var line = ""
          while let next = peek(), next != "\n" {
            line.unicodeScalars.append(next)
            index += 1
          }
          index += 1
          if strips { line = String(line.drop { $0 == "\t" }) }
          if line == end { break }
          lines.append(line)
        }
        if let owner, commands.indices.contains(owner) {
          commands[owner].documents.append(lines.joined(separator: "\n"))
        }
      }
      awaited = []
      return true
    }

    /// A part of a word, from its first scalar.
    mutating func readPart(_ scalar: Unicode.Scalar) -> Bool {
      switch scalar {
      case "'":
        word = word ?? ""
        while let next = peek() {
          index += 1
          if next == "'" { return true }
          append(next)
        }
        return false
      case "\"": return readDoubleQuotes()
      case "\\":
        if let next = peek() {
          index += 1
          if next != "\n" { append(next) }
        }
        return true
      case "`": return readSubstitution(until: "`")
      case "$" where peek() == "(":
        index += 1
        return peek() == "(" ? skipArithmetic() : readSubstitution(until: ")")
      default:
        append(scalar)
        return true
      }
    }

    mutating func readDoubleQuotes() -> Bool {
      word = word ?? ""
      while let next = peek() {
        index += 1
        switch next {
        case "\"": return true
        case "\\":
          guard let escaped = peek() else { return false }
          index += 1
          if !"$`\"\\\n".unicodeScalars.contains(escaped) { append("\\") }
          if escaped != "\n" { append(escaped) }
        case "`", "$": guard readPart(next) else { return false }
        default: append(next)
        }
      }
      return false
    }

    /// Reads what runs inside as commands of its own; the word keeps a mark in its place.
    mutating func readSubstitution(until end: Unicode.Scalar) -> Bool {
      let start = index
      var depth = 1
      var quote: Unicode.Scalar?
      while let next = peek() {
        index += 1
        if next == "\\", quote != "'" {
          index += 1
        } else if let open = quote {
          if next == open { quote = nil }
        } else if next == "'" || next == "\"" {
          quote = next
        } else if next == end {
          depth -= 1
          if depth == 0 {
            let inner = text[start..<(index - 1)].reduce(into: "") { $0.unicodeScalars.append($1) }
            guard let line = ShellLine(inner, depth: self.depth + 1) else { return false }
            commands += line.commands
            append("$")
            return true
          }
        } else if next == "(", end == ")" {
          depth += 1
        }
      }
      return false
    }

    mutating func skipArithmetic() -> Bool {
      var depth = 0
      while let next = peek() {
        index += 1
        if next == "(" { depth += 1 }
        if next == ")" {
          depth -= 1
          // `$(` itself opened one more.
          if depth < 0 {
            append("$")
            return true
          }
        }
      }
      return false
    }
  }
}
