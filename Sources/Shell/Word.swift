/// A word as a command gets it, as far as that is known before anything runs: text, in which marks stand for what is
/// not known.
public struct Word: Hashable, Sendable, ExpressibleByStringLiteral {
  /// The text with its marks (`Mark`).
  public var raw: String

  /// A word of a text with marks.
  public init(raw: String) { self.raw = raw }

  /// A word of plain text.
  public init(stringLiteral value: String) { raw = value }

  /// The text as it would be written: a pattern's `*` as `*`, what is unknown as nothing.
  public var text: String { Mark.isIn(raw) ? Mark.plain(raw) : raw }

  /// Whether all of the text is known; a pattern is.
  public var isKnown: Bool { !Mark.hasAny(of: [Mark.unknown, Mark.temporary, Mark.some], in: raw) }

  /// Whether it is an unquoted pattern, which the shell replaces with names.
  public var isPattern: Bool {
    Mark.hasAny(of: [Mark.star, Mark.question, Mark.bracket, Mark.some], in: raw)
  }

  /// Whether it begins with a directory that was made for this command alone (`mktemp -d`).
  public var isTemporary: Bool { Mark.hasAny(of: [Mark.temporary], in: raw) }

  /// Whether it stands for several files of a directory, of which no name is known.
  public var isSome: Bool { Mark.hasAny(of: [Mark.some], in: raw) }

  /// The same word without its beginning, which it is known to have.
  public func dropping(_ prefix: String) -> Word? {
    raw.hasPrefix(prefix) ? Word(raw: String(raw.dropFirst(prefix.count))) : nil
  }
}

/// Scalars of Unicode's private area that stand in a word for what cannot be written there.
enum Mark {
  /// Any text.
  static let unknown: Unicode.Scalar = "\u{F8F0}"
  /// A name that `mktemp` makes.
  static let temporary: Unicode.Scalar = "\u{F8F1}"
  /// `*` as a pattern.
  static let star: Unicode.Scalar = "\u{F8F2}"
  /// `?` as a pattern.
  static let question: Unicode.Scalar = "\u{F8F3}"
  /// `[` as a pattern.
  static let bracket: Unicode.Scalar = "\u{F8F4}"
  /// Names of files below the directory before it.
  static let some: Unicode.Scalar = "\u{F8F5}"
  /// Where an unquoted expansion is split into words.
  static let split: Unicode.Scalar = "\u{F8F6}"
  /// Unquoted braces and their commas.
  static let open: Unicode.Scalar = "\u{F8F7}"
  static let comma: Unicode.Scalar = "\u{F8F8}"
  static let close: Unicode.Scalar = "\u{F8F9}"
  /// A quoted part of no text: it makes a word all the same.
  static let empty: Unicode.Scalar = "\u{F8FA}"

  private static let first: UInt32 = 0xF8F0
  private static let last: UInt32 = 0xF8FA

  /// All marks are EF A3 B0 to EF A3 BA in UTF-8.
  static func isIn(_ text: String) -> Bool {
    var state = 0
    for byte in text.utf8 {
      switch (state, byte) {
      case (1, 0xA3): state = 2
      case (2, 0xB0...0xBA): return true
      case (_, 0xEF): state = 1
      default: state = 0
      }
    }
    return false
  }

  static func hasAny(of marks: [Unicode.Scalar], in text: String) -> Bool {
    isIn(text) && text.unicodeScalars.contains { marks.contains($0) }
  }

  static func plain(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case star: result += "*"
      case question: result += "?"
      case bracket: result += "["
      case open: result += "{"
      case comma: result += ","
      case close: result += "}"
      case split: result += " "
      case unknown, temporary, some, empty: break
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// The text of an unquoted expansion: its blanks split words, its `*` are patterns.
  static func unquoted(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x2A || $0 == 0x3F })
    else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case " ", "\t", "\n": result.unicodeScalars.append(split)
      case "*": result.unicodeScalars.append(star)
      case "?": result.unicodeScalars.append(question)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// The text of a part that the shell reads as pattern and braces.
  static func marked(_ text: String) -> String {
    guard text.utf8.contains(where: { "*?[{,}".utf8.contains($0) }) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "*": result.unicodeScalars.append(star)
      case "?": result.unicodeScalars.append(question)
      case "[": result.unicodeScalars.append(bracket)
      case "{": result.unicodeScalars.append(open)
      case ",": result.unicodeScalars.append(comma)
      case "}": result.unicodeScalars.append(close)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

extension Word {
  /// What stands before and behind the mark of some files; nil where there is none, or more is unknown.
  public var partsAroundSome: (before: String, after: String)? {
    guard isSome, !Mark.hasAny(of: [Mark.unknown, Mark.temporary], in: raw) else { return nil }
    let parts = raw.unicodeScalars.split(separator: Mark.some, maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    return (Mark.plain(String(parts[0])), Mark.plain(String(parts[1])))
  }

  /// The text behind the last part that is not known; all of it where everything is.
  public var knownTail: String {
    let tail = raw.unicodeScalars.split(
      omittingEmptySubsequences: false, whereSeparator: { $0 == Mark.unknown || $0 == Mark.some }
    ).last
    return tail.map { Mark.plain(String($0)) } ?? ""
  }
}
