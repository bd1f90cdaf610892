/// The brief with which a feature begins, which is mandatory, and its template.
public enum FeatureBrief {
  /// Its path, with the context key that it names.
  public static let path = "docs/features/{feature_slug}/feature_brief.md"
  /// Its template's path.
  public static let template = "docs/features/feature_brief_template.md"
  /// The path of the page that says how a feature is developed.
  public static let workflow = "docs/features/feature_workflow.md"

  /// What a brief lacks, in words; nil when it says something: a heading, and a line of text that its template does not
  /// have. Comments, rules and empty list marks are no text, so that the template alone is no brief.
  ///
  /// - Parameter template: as it was filled for the feature; nil when there is none.
  public static func lack(in brief: [UInt8], template: [UInt8]? = nil) -> String? {
    let lines = lines(of: brief)
    guard lines.contains(where: \.isHeading) else { return "has no heading (# …)" }
    let given = Set(template.map { self.lines(of: $0).map(\.text) } ?? [])
    let says = lines.contains { !$0.isHeading && !given.contains($0.text) }
    return says ? nil : "has no line of text below its heading"
  }

  /// What a brief is headed with; nil where it has no heading.
  public static func heading(of brief: [UInt8]) -> String? {
    lines(of: brief).first(where: \.isHeading).map {
      String($0.text.drop { $0 == "#" || $0 == " " || $0 == "\t" })
    }
  }

  /// A template with a feature's name in it.
  public static func filled(_ template: [UInt8], slug: String) -> [UInt8] {
    var rest = template[...]
    var result: [UInt8] = []
    while let begin = position(of: "{feature_slug}", in: rest) {
      result += rest[..<begin] + Array(slug.utf8)
      rest = rest[(begin + 14)...]
    }
    return result + rest
  }

  private struct Line {
    let text: String
    var isHeading: Bool
  }

  /// The lines of a Markdown text that say something.
  private static func lines(of bytes: [UInt8]) -> [Line] {
    var lines: [Line] = []
    var isBelowText = false
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let text = bytes.starts(with: mark) ? Array(bytes.dropFirst(mark.count)) : bytes
    for raw in lineEndings(of: withoutComments(text)).split(separator: 0x0A, omittingEmptySubsequences: false)
    {
      let line = trimmed(raw)
      // What underlines a line makes it a heading (CommonMark, "Setext headings").
      let isUnderline = line.first.map { mark in
        [UInt8(ascii: "="), UInt8(ascii: "-")].contains(mark) && line.allSatisfy { $0 == mark }
      }
      if isUnderline == true, isBelowText { lines[lines.count - 1].isHeading = true }
      let marks = line.prefix { $0 == UInt8(ascii: "#") }.count
      let isHeading = (1...6).contains(marks) && line.dropFirst(marks).first.map { $0 <= 0x20 } == true
      let text = String(decoding: line, as: UTF8.self)
      isBelowText = isUnderline != true && saysSomething(text)
      if isBelowText { lines.append(Line(text: text, isHeading: isHeading)) }
    }
    return lines
  }

  /// A text whose lines end as git's do, however they ended.
  private static func lineEndings(of bytes: [UInt8]) -> [UInt8] {
    bytes.indices.compactMap { index in
      guard bytes[index] == 0x0D else { return bytes[index] }
      return index + 1 < bytes.count && bytes[index + 1] == 0x0A ? nil : 0x0A
    }
  }

  /// Whether a line has a letter or a number, besides a box that is ticked.
  private static func saysSomething(_ line: String) -> Bool {
    if ["- [x]", "* [x]", "+ [x]"].contains(line.lowercased()) { return false }
    return line.unicodeScalars.contains { $0.properties.isAlphabetic || $0.properties.numericType != nil }
  }

  /// A text without HTML comments; one that does not end reaches to the end.
  private static func withoutComments(_ bytes: [UInt8]) -> [UInt8] {
    var rest = bytes[...]
    var result: [UInt8] = []
    while let begin = position(of: "<!--", in: rest) {
      result += rest[..<begin]
      rest = rest[(begin + 4)...]
      guard let end = position(of: "-->", in: rest) else { return result }
      rest = rest[(end + 3)...]
    }
    return result + rest
  }

  /// Where a word begins; nil when it is not there.
  private static func position(of word: String, in bytes: ArraySlice<UInt8>) -> Int? {
    let word = Array(word.utf8)
    return bytes.indices.first { bytes[$0] == word[0] && bytes[$0...].starts(with: word) }
  }

  private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let start = line.drop { $0 <= 0x20 }
    return start.lastIndex { $0 > 0x20 }.map { start[...$0] } ?? []
  }
}
