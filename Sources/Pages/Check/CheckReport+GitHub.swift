import Core
import Verify

/// What GitHub's runner reads on stdout (GitHub's documentation, "Workflow commands for GitHub Actions").
extension CheckReport {
  /// The most annotations that GitHub shows for a step; of each kind, but ours are mostly of one.
  static let mostAnnotations = 10

  /// A workflow command a line, one for each commit that is not good, worst first. Where GitHub would leave out the
  /// rest, the last line counts it.
  public var annotations: String {
    var lines = findings.map { Self.annotation(isStrict ? "error" : "warning", title: "ledger", at: nil, $0) }
    lines += flagged.map { one in
      Self.annotation(
        fails(one.judgement) ? "error" : "warning", title: "\(one.judgement.rawValue) \(one.commit.short)",
        at: one.path.map { (String(decoding: $0, as: UTF8.self), one.line) },
        "\(one.subject.onOneLine): \(one.reason.onOneLine)\n\(Self.remedy(for: one.judgement))")
    }
    if lines.count > Self.mostAnnotations {
      let rest = lines.count - Self.mostAnnotations + 1
      lines = Array(lines.prefix(Self.mostAnnotations - 1))
      lines.append(
        Self.annotation(
          flagged.contains { fails($0.judgement) } ? "error" : "warning", title: "and \(rest) more", at: nil,
          "GitHub shows ten at most: the summary of this run has them all"))
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// The annotation of a refusal, so that a run that could not judge anything says why where people look.
  public static func annotation(of refusal: Refusal) -> String {
    annotation("error", title: "llmos-hook", at: nil, refusal.lines.dropSuffix("\n")) + "\n"
  }

  private static func annotation(
    _ kind: String, title: String, at place: (path: String, line: Int)?, _ message: String
  ) -> String {
    var properties: [String] = []
    if let place { properties += ["file=\(property(place.path))", "line=\(place.line)"] }
    properties.append("title=\(property(title))")
    return "::\(kind) \(properties.joined(separator: ","))::\(data(message))"
  }

  /// Escaped as the runner unescapes it (actions/toolkit, command.ts).
  private static func data(_ text: String) -> String {
    text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
  }

  private static func property(_ text: String) -> String {
    data(text).replacing(":", with: "%3A").replacing(",", with: "%2C")
  }

  // MARK: The summary of a run

  /// A page in Markdown: how many commits have which verdict, and a table of those that are not good.
  public var summary: String {
    let isGood = flagged.isEmpty && findings.isEmpty
    let isFailed = flagged.contains { fails($0.judgement) } || (isStrict && !findings.isEmpty)
    var out = "## Process: \(isGood ? "every commit is proven" : isFailed ? "not proven" : "passed")\n\n"
    out += "| verdict | commits |\n| --- | ---: |\n"
    for kind in Judgement.allCases {
      if let count = counts[kind] { out += "| \(kind.rawValue) | \(count) |\n" }
    }
    if !flagged.isEmpty {
      out += "\n| commit | subject | verdict | why |\n| --- | --- | --- | --- |\n"
      for one in flagged.prefix(Self.mostRows) {
        out += "| \(one.commit.description) | \(Self.cell(one.subject)) | \(one.judgement.rawValue) | "
        out += "\(Self.cell(one.reason)) |\n"
      }
      if flagged.count > Self.mostRows { out += "\nand \(flagged.count - Self.mostRows) more\n" }
    }
    for finding in findings { out += "\n- \(Self.cell(finding))\n" }
    for kind in Self.verdicts where flagged.contains(where: { $0.judgement == kind }) {
      out += "\n**\(kind.rawValue)** \(Self.meaning(of: kind)) \(Self.cell(Self.remedy(for: kind)))\n"
    }
    return out
  }

  /// GitHub takes a summary of 1 MiB at most.
  private static let mostRows = 1000

  /// Text of strangers in a cell of a table: nothing of it is Markdown or HTML, and no name is called.
  private static func cell(_ text: String) -> String {
    var out = ""
    for character in text.onOneLine.prefix(300) {
      if character.isASCII, character.isPunctuation || character.isSymbol, !"/.,:-".contains(character) {
        out += "\\"
      }
      out.append(character)
    }
    return out
  }
}

extension String {
  fileprivate func dropSuffix(_ suffix: Character) -> String {
    last == suffix ? String(dropLast()) : self
  }
}
