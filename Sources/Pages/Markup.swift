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
      0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      return 2
    default: return 1
    }
  }
}
