import Core

/// Text for XML and HTML, in content as well as in a quoted attribute.
public enum Markup {
  /// Escapes what has a meaning there; characters that XML does not allow become U+FFFD.
  public static func escape(_ text: String) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      case "'": out += "&#39;"
      case "\t", "\n": out.unicodeScalars.append(scalar)
      case let scalar where scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value): out += "\u{FFFD}"
      case "\u{FFFE}", "\u{FFFF}": out += "\u{FFFD}"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }

  /// The same on one line, without marks that turn the direction of the text around it, and cut where it is very long.
  public static func line(_ text: String, most: Int = .max) -> String {
    escape(cut(Visible.line(text), most: most))
  }

  /// The text, or its beginning and `…`.
  static func cut(_ text: String, most: Int) -> String {
    guard text.unicodeScalars.count > most else { return text }
    var out = String.UnicodeScalarView()
    out.append(contentsOf: text.unicodeScalars.prefix(most - 1))
    return String(out) + "…"
  }
}

/// Text that a stranger wrote, made harmless to whatever shows it.
public enum Visible {
  /// Text on one line: control characters, terminal escapes among them, and marks that turn the direction of
  /// writing, are blanks.
  public static func line(_ text: String) -> String { text.onOneLine }

  /// Columns that a terminal's font takes for a text: two for letters of the East, emoji and the like, none for
  /// marks that go on the letter before (Unicode Standard Annex 11).
  public static func width(_ text: String) -> Int {
    text.unicodeScalars.reduce(0) { $0 + width($1) }
  }

  /// The text, or as much of its beginning as has room in so many columns, with `…`.
  public static func fitted(_ text: String, columns: Int) -> String {
    guard width(text) > columns else { return text }
    var (out, used) = (String.UnicodeScalarView(), 1)
    for scalar in text.unicodeScalars {
      used += width(scalar)
      guard used <= columns else { break }
      out.append(scalar)
    }
    return String(out) + "…"
  }

  /// A text after what leads it, in lines that have room in so many columns: broken between its fields (two blanks stand
  /// between them), else between words, else where it has to be. Of any width where there are no columns.
  ///
  /// - Parameter hanging: what leads all lines but the first; as many blanks as `lead` takes where nothing is named.
  public static func wrapped(
    _ text: String, after lead: String = "", hanging: String? = nil, columns: Int?
  ) -> [String] {
    guard let columns, width(lead) + width(text) > columns else { return [lead + text] }
    // On a narrow terminal a long lead would leave the rest no room.
    let hanging = hanging ?? String(repeating: " ", count: min(width(lead), columns / 3))
    var lines: [String] = []
    var (line, isNew) = (lead, true)
    func breakLine() {
      lines.append(line)
      (line, isNew) = (hanging, true)
    }
    func add(_ piece: String, after gap: Int) {
      let gap = isNew ? 0 : gap
      if !isNew, width(line) + gap + width(piece) > columns { breakLine() }
      line += String(repeating: " ", count: isNew ? 0 : gap)
      var rest = piece
      while width(line) + width(rest) > columns {
        let head = beginning(of: rest, columns: columns - width(line))
        line += head
        rest = String(rest.unicodeScalars.dropFirst(head.unicodeScalars.count))
        breakLine()
      }
      (line, isNew) = (line + rest, false)
    }
    for field in fields(of: text) {
      let whole = field.joined(separator: " ")
      guard width(hanging) + width(whole) > columns else {
        add(whole, after: 2)
        continue
      }
      for (index, word) in field.enumerated() { add(String(word), after: index == 0 ? 2 : 1) }
    }
    return lines + [line]
  }

  /// The words of each part of a line; two blanks or more stand between parts.
  private static func fields(of text: String) -> [[Substring]] {
    var fields: [[Substring]] = [[]]
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      if !word.isEmpty {
        fields[fields.count - 1].append(word)
      } else if fields.last?.isEmpty == false {
        fields.append([])
      }
    }
    return fields.filter { !$0.isEmpty }
  }

  /// As much of the beginning as has room, one letter at least; to a sign between its parts, where one is in its second
  /// half.
  private static func beginning(of text: String, columns: Int) -> String {
    var (out, used, end) = (String.UnicodeScalarView(), 0, 0)
    for scalar in text.unicodeScalars {
      used += width(scalar)
      guard used <= columns || out.isEmpty else { break }
      out.append(scalar)
      if ":_=,/-".unicodeScalars.contains(scalar), used * 2 > columns { end = out.count }
    }
    return String(String.UnicodeScalarView(end > 0 ? out.prefix(end) : out[...]))
  }

  /// A time that passes: minutes and seconds.
  public static func time(seconds: Int) -> String {
    "\(seconds / 60):\(seconds % 60 < 10 ? "0" : "")\(seconds % 60)"
  }

  private static func width(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
      0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
      0x17000...0x18CFF, 0x1B000...0x1B2FF, 0x1F200...0x1F265, 0x20000...0x3FFFD:
      return 2
    // Half of a flag.
    case 0x1F1E6...0x1F1FF: return 1
    default: return scalar.properties.isEmojiPresentation ? 2 : 1
    }
  }
}
