/// The short name of a feature: part of a branch, of directories and of command lines, so that it is letters, digits,
/// dots, dashes and underscores alone.
public struct FeatureSlug: Hashable, Sendable {
  /// The name.
  public let text: String

  /// The most characters: with `feature/` and a repository's name before it, a file system still takes it.
  public static let limit = 60

  /// Takes a name as it was given.
  ///
  /// - Throws: `Refusal` (64) for one that cannot be, with one that can.
  public init(_ text: String) throws(Refusal) {
    guard !text.isEmpty else {
      throw Refusal(.usage, "a feature needs a name", remedy: "llmos-hook feature start login-page")
    }
    let better = Self.plain(text)
    guard better == text else {
      let shown =
        text.unicodeScalars.count > Self.limit ? "this one is too long" : "not \"\(Self.shown(text))\""
      throw Refusal(
        .usage, "a feature's name has only letters, digits, dots, dashes and underscores: \(shown)",
        why:
          "it begins with a letter or digit, has \(Self.limit) characters at most and no two dots together, and ends "
          + "neither with a dot nor with .lock",
        remedy: better.isEmpty ? "llmos-hook feature start login-page" : "llmos-hook feature start \(better)")
    }
    self.text = text
  }

  /// The branch of the feature.
  public var branch: String { Self.branchPrefix + text }

  /// What the branches of features begin with.
  public static let branchPrefix = "feature/"

  /// A name made of what can stay of a text: the same text where all of it can.
  private static func plain(_ text: String) -> String {
    var out = ""
    let written = ["ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"]
    let spelt =
      text.utf8.allSatisfy { $0 < 0x80 } ? text : text.map { written[String($0)] ?? String($0) }.joined()
    for scalar in spelt.unicodeScalars {
      let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
      let isMark = "._-".unicodeScalars.contains(scalar)
      if isPlain || (isMark && !out.isEmpty) {
        // git takes no two dots in a branch (git-check-ref-format(1)).
        if scalar == ".", out.hasSuffix(".") { continue }
        out.unicodeScalars.append(scalar)
      } else if !out.isEmpty, !out.hasSuffix("-") {
        out += "-"
      }
    }
    out = String(out.unicodeScalars.prefix(limit))
    if out.hasSuffix(".lock") { out.removeLast(5) }
    let isAsGiven = out == text && out.last != "."
    while !isAsGiven, let last = out.last, "._-".contains(last) { out.removeLast() }
    return out
  }

  private static func shown(_ text: String) -> String {
    String(
      String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "?" : $0 }))
  }
}
