/// A piece of a program in another language than the shell's.
enum Token: Equatable {
  case name(String)
  case text(String)
  /// `qw(…)`.
  case words([String])
  /// Backquotes and their like, which run what stands in them.
  case command(String)
  case number(Int)
  case sign(Unicode.Scalar)
  case line
}

/// Cuts a program into tokens.
struct Tokenizer {
  /// Stand around the name of a variable in a text.
  static let begin: Unicode.Scalar = "\u{F8FB}"
  static let end: Unicode.Scalar = "\u{F8FC}"

  private let text: [UInt8]
  private let language: InlineProgram.Language
  private var index = 0
  private var tokens: [Token] = []

  static func tokens(of text: String, in language: InlineProgram.Language) -> [Token] {
    var tokenizer = Tokenizer(text: Array(text.utf8), language: language)
    tokenizer.read()
    return tokenizer.tokens
  }

  private init(text: [UInt8], language: InlineProgram.Language) {
    (self.text, self.language) = (text, language)
  }

  private func peek(_ ahead: Int = 0) -> UInt8? { index + ahead < text.count ? text[index + ahead] : nil }

  private mutating func read() {
    while let byte = peek() {
      switch byte {
      case 0x20, 0x09, 0x0D: index += 1
      case 0x0A:
        index += 1
        tokens.append(.line)
      case UInt8(ascii: "#") where ![.javascript, .lua, .groovy, .vim].contains(language): skipLine()
      case UInt8(ascii: "-") where peek(1) == UInt8(ascii: "-") && language == .lua: skipLine()
      case UInt8(ascii: "/")
      where peek(1) == UInt8(ascii: "/") && language == .javascript
        || peek(1) == UInt8(ascii: "/") && (language == .php || language == .groovy):
        skipLine()
      case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"):
        index += 2
        while index < text.count, !(text[index] == UInt8(ascii: "*") && peek(1) == UInt8(ascii: "/")) {
          index += 1
        }
        index += 2
      case UInt8(ascii: "'"), UInt8(ascii: "\""): quoted(byte, prefix: "")
      case 0x60: quoted(byte, prefix: "")
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        let start = index
        while let next = peek(), Reader.isName(next) { index += 1 }
        let digits = String(decoding: text[start..<index], as: UTF8.self)
        let octal = digits.hasPrefix("0o") ? Int(digits.dropFirst(2), radix: 8) : nil
        tokens.append(.number(octal ?? Int(digits) ?? 0))
      case _ where Reader.isName(byte) || byte >= 0x80: name()
      case UInt8(ascii: "%") where language == .ruby && peek(1) == UInt8(ascii: "x"):
        index += 2
        if let open = peek() { tokens.append(.command(delimited(open))) }
      // A sigil is no part of a name.
      case UInt8(ascii: "$") where language != .javascript, UInt8(ascii: "@") where language == .perl:
        index += 1
      default:
        tokens.append(.sign(Unicode.Scalar(byte)))
        index += 1
      }
    }
  }

  private mutating func skipLine() {
    while let byte = peek(), byte != 0x0A { index += 1 }
  }

  private mutating func name() {
    let start = index
    while let next = peek(), Reader.isName(next) || next >= 0x80 { index += 1 }
    let name = String(decoding: text[start..<index], as: UTF8.self)
    if let quote = peek(), quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\""), name.utf8.count < 3,
      language == .python
    {
      return quoted(quote, prefix: name.lowercased())
    }
    if language == .perl, ["q", "qq", "qw", "qx"].contains(name), let open = peek(),
      "({[/|<!".utf8.contains(open)
    {
      let inner = delimited(open)
      switch name {
      case "qw": tokens.append(.words(inner.split(separator: " ").map(String.init)))
      case "qx": tokens.append(.command(inner))
      default: tokens.append(.text(inner))
      }
      return
    }
    tokens.append(.name(name))
  }

  private mutating func delimited(_ open: UInt8) -> String {
    let close =
      [
        UInt8(ascii: "("): UInt8(ascii: ")"), UInt8(ascii: "{"): UInt8(ascii: "}"),
        UInt8(ascii: "["): UInt8(ascii: "]"), UInt8(ascii: "<"): UInt8(ascii: ">"),
      ][open] ?? open
    index += 1
    let start = index
    while let byte = peek(), byte != close { index += 1 }
    defer { index += 1 }
    return String(decoding: text[start..<min(index, text.count)], as: UTF8.self)
  }

  /// A string, standing at its quote.
  private mutating func quoted(_ quote: UInt8, prefix: String) {
    let isTriple = language == .python && peek(1) == quote && peek(2) == quote
    index += isTriple ? 3 : 1
    var bytes: [UInt8] = []
    while let byte = peek() {
      if byte == quote {
        if !isTriple {
          index += 1
          break
        }
        if peek(1) == quote, peek(2) == quote {
          index += 3
          break
        }
      }
      if byte == 0x0A, !isTriple, language == .python { break }
      index += 1
      if byte == UInt8(ascii: "\\"), !prefix.contains("r"), let next = peek() {
        index += 1
        switch next {
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case 0x0A: break
        default: bytes.append(next)
        }
      } else if interpolates(byte, quote, prefix) {
        interpolate(into: &bytes)
      } else {
        bytes.append(byte)
      }
    }
    let text = String(decoding: bytes, as: UTF8.self)
    if quote == 0x60, [.perl, .ruby, .php, .julia].contains(language) {
      tokens.append(.command(text))
    } else if quote == 0x60, tokens.last == .sign("$") {
      tokens.append(.command(text))
    } else {
      tokens.append(.text(text))
    }
  }

  /// Whether an expression begins in a string, behind this byte.
  private func interpolates(_ byte: UInt8, _ quote: UInt8, _ prefix: String) -> Bool {
    switch language {
    case .python: byte == UInt8(ascii: "{") && prefix.contains("f") && peek() != UInt8(ascii: "{")
    case .javascript: byte == UInt8(ascii: "$") && quote == 0x60 && peek() == UInt8(ascii: "{")
    case .ruby: byte == UInt8(ascii: "#") && quote != UInt8(ascii: "'") && peek() == UInt8(ascii: "{")
    case .perl, .php:
      byte == UInt8(ascii: "$") && quote != UInt8(ascii: "'")
        && peek().map { Reader.isName($0) || $0 == UInt8(ascii: "{") } ?? false
    case .awk, .lua, .r, .vim: false
    case .julia, .elixir, .groovy: false
    }
  }

  private mutating func interpolate(into bytes: inout [UInt8]) {
    bytes += Array(String(Self.begin).utf8)
    if peek() == UInt8(ascii: "{") { index += 1 }
    let isBraced = language == .python || text[index - 1] == UInt8(ascii: "{")
    while let byte = peek(), isBraced ? byte != UInt8(ascii: "}") : Reader.isName(byte) {
      if byte != UInt8(ascii: "$") { bytes.append(byte) }
      index += 1
    }
    if isBraced { index += 1 }
    bytes += Array(String(Self.end).utf8)
  }
}
