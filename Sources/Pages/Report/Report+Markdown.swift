import Core
import Verify

extension Report {
  /// A summary for a pull request or a chat, in Markdown as GitHub and others read it, ended by a newline.
  public var markdown: String {
    let problems = problems()
    let wrong = wrong(problems)
    var out = ["### \(Markdown.text(facts.title)): process report", ""]
    out.append("- **Where do we stand?** " + Markdown.text(standing()))
    out.append("- **Is anything wrong?** " + (wrong.isWrong ? "❌ " : "✅ ") + Markdown.text(wrong.line))
    out.append("- **What waits for whom?** " + Markdown.text(waiting(problems)))
    let most = 10
    if !problems.isEmpty {
      out += ["", "| | what | next |", "| --- | --- | --- |"]
      out += problems.prefix(most).map { problem in
        let commit = problem.commit.map { "`\(facts.commits[$0].id.short)` " } ?? ""
        let reason = problem.reason.map { " “" + Markdown.text($0) + "”" } ?? ""
        return "| **\(Markdown.text(problem.kind))** | \(commit)\(Markdown.text(problem.fact))\(reason) | "
          + "\(Markdown.text(problem.remedy ?? "")) |"
      }
      if problems.count > most { out += ["", "And \(problems.count - most) more."] }
    }
    let features = features()
    if !features.isEmpty {
      out += ["", "| feature | phase | commits | gates |", "| --- | --- | ---: | --- |"]
      out += features.prefix(most).map { feature in
        let phase = feature.isDone ? "done" : feature.newest.place.phase
        let gates = feature.visits.map { visits[$0] }.filter { $0.scenario == "QUALITY_GATE" }.map(
          \.outcome.rawValue)
        return
          "| \(Markdown.text(Self.name(feature.slug))) | \(Markdown.text(phase)) | \(feature.commits.count) | "
          + "\(gates.joined(separator: ", ")) |"
      }
      if features.count > most { out += ["", "And \(features.count - most) more features."] }
    }
    for feature in features.prefix(most) {
      let own = skips.filter { $0.feature == feature.slug }
      guard let first = own.first else { continue }
      let phases = own.map { Markdown.text($0.place.phase) }.joined(separator: ", ")
      let why = first.reason.map { " “" + Markdown.text($0) + "”" } ?? " without a reason"
      out += ["", "Skipped in \(Markdown.text(Self.name(feature.slug))): \(phases)\(why)"]
    }
    let judged = Judgement.allCases.compactMap { kind in
      counts[kind].map { "\(kind.rawValue) \(Self.grouped($0))" }
    }
    if !judged.isEmpty { out += ["", judged.joined(separator: ", ")] }
    return out.joined(separator: "\n") + "\n"
  }
}

/// Text inside Markdown.
enum Markdown {
  /// A stranger's text on one line: nothing in it is markup, names nobody, and links to nothing.
  static func text(_ text: String) -> String {
    var out = ""
    for scalar in Markup.cut(Visible.line(text), most: ReportFacts.Most.characters).unicodeScalars {
      switch scalar {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      // A comment keeps a host from making a mention, a reference or a link of what follows.
      case "@", "#": out += "\(scalar)<!-- -->"
      case "\\", "`", "*", "_", "{", "}", "[", "]", "(", ")", "|", "~", "!", "$": out += "\\\(scalar)"
      case "/" where out.hasSuffix(":"): out += "<!-- -->/"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}
