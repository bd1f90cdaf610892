import Core
import Verify

/// A report as one HTML page that needs nothing from elsewhere, runs nothing, and is read without a pointer.
public struct ReportPage: Sendable {
  let report: Report
  let problems: [Problem]
  let features: [Feature]
  let timeline: Timeline
  /// The most entries, commits and bars that it shows.
  private(set) var rows = ReportFacts.Most.entries

  /// A page of a report.
  public init(_ report: Report) {
    self.report = report
    problems = report.problems()
    features = report.features()
    timeline = report.timeline()
  }

  /// The most bytes that a page may have.
  static let mostBytes = 3_000_000

  /// The page: of fewer entries and commits, where long words would make it longer than three megabytes.
  public var html: String {
    var page = self
    var text = page.whole
    while text.utf8.count > Self.mostBytes, page.rows > 10 {
      page.rows /= 2
      text = page.whole
    }
    return text
  }

  /// The page. Every word from the repository is escaped, and the page's own policy lets a browser neither run nor load
  /// anything.
  private var whole: String {
    let title = Self.escape("\(report.facts.title): process report")
    return """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" \
      content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(title)</title>
      <style>\(Self.style)</style></head><body>
      \(Self.symbols)
      <header>
      <h1>\(Self.text(report.facts.title)) <span class="kind">process report</span></h1>
      <p class="soft">\(told)</p>
      \(answers)
      <nav aria-label="Parts of the report"><ul>\(navigation)</ul></nav>
      </header>
      <main>
      \(wrong)
      \(pictureOfTime)
      \(cards)
      \(others)
      \(figures)
      \(scenarios)
      \(legend)
      \(appendix)
      </main>
      </body></html>

      """
  }

  // MARK: The top

  /// What it tells of, and when it was made.
  private var told: String {
    let facts = report.facts
    var words = "Made \(Self.time(facts.now)) UTC"
    words +=
      facts.isAll
      ? ", of all \(facts.ledgers.count) worktrees"
      : ", of the worktree \(Self.text(report.here?.name ?? "main"))"
    if let feature = facts.feature { words += ", of the feature \(Self.text(feature)) alone" }
    if let since = facts.since { words += ", since \(Self.time(since))" }
    words += ": \(Report.grouped(report.entryCount)) ledger \(report.entryCount == 1 ? "entry" : "entries"), "
    words += "\(Report.count(report.counts.values.reduce(0, +), "commit"))."
    return words
  }

  private var answers: String {
    let wrong = report.wrong(problems)
    return """
      <ul class="answers">
      <li><span>Where do we stand?</span> <strong>\(Self.text(report.standing()))</strong></li>
      <li class="\(wrong.isWrong ? "bad" : "good")"><span>Is anything wrong?</span> <strong>\(Self.text(wrong.line))</strong></li>
      <li><span>What waits for whom?</span> <strong>\(Self.text(report.waiting(problems)))</strong></li>
      </ul>
      """
  }

  private var navigation: String {
    [
      ("wrong", problems.isEmpty ? headOfProblems : "\(headOfProblems) (\(problems.count))"),
      ("time", "Timeline"),
      ("features", "Features (\(features.count))"), ("others", "Everything else"), ("measures", "Measures"),
      ("scenarios", "Scenarios"), ("legend", "Legend"), ("appendix", "Appendix"),
    ].map { "<li><a href=\"#\($0.0)\">\($0.1)</a></li>" }.joined()
  }

  // MARK: What is wrong

  private var headOfProblems: String {
    problems.isEmpty || problems.contains { $0.weight == .wrong } ? "What is wrong" : "To look at"
  }

  private var wrong: String {
    guard !problems.isEmpty else {
      return """
        <section id="wrong"><h2>\(headOfProblems)</h2>
        <p class="good">Nothing: no violation, nothing that no hook saw, no override, nothing frozen or set aside.</p></section>
        """
    }
    let items = problems.prefix(min(200, rows)).map { problem in
      var out =
        "<li class=\"\(problem.weight == .wrong ? "bad" : "note")\"><p><strong>\(Self.text(problem.kind))</strong> "
      if let commit = problem.commit { out += Self.id(report.facts.commits[commit].id) + " " }
      out += Self.text(problem.fact)
      if let at = problem.at { out += " <span class=\"soft\">\(Self.time(at))</span>" }
      out += "</p>"
      if let reason = problem.reason { out += "<p><q>\(Self.text(reason))</q></p>" }
      if let remedy = problem.remedy { out += "<p class=\"soft\">Next: \(Self.text(remedy))</p>" }
      return out + "</li>"
    }
    let rest = problems.count - items.count
    return """
      <section id="wrong"><h2>\(headOfProblems)</h2>
      <ul class="problems">\(items.joined(separator: "\n"))</ul>
      \(rest > 0 ? "<p>And \(Report.grouped(rest)) more: <code>llmos-hook verify</code> lists them.</p>" : "")</section>
      """
  }

  // MARK: Words

  /// Escaped, for an attribute or a title.
  static func escape(_ text: String) -> String { Markup.line(text, most: ReportFacts.Most.characters) }

  /// Escaped, and kept apart from the direction of what stands around it.
  static func text(_ text: String) -> String {
    // A long name may be broken where its words end.
    let escaped = breakable(escape(text))
    return escaped.utf8.allSatisfy { $0 < 0x80 } ? escaped : "<bdi>\(escaped)</bdi>"
  }

  /// Escaped text that may be broken where its words end, and where a word is longer than any of ours: so a column is as
  /// wide as a word and not as a letter.
  private static func breakable(_ escaped: String) -> String {
    guard escaped.utf8.count > 16 || escaped.utf8.contains(where: { $0 == 0x5F || $0 == 0x3A }) else {
      return escaped
    }
    var (out, letters, isEntity) = ("", 0, false)
    var rest = escaped[...]
    while let letter = rest.popFirst() {
      out.append(letter)
      if letter == "&" { isEntity = true }
      if letter == ";" { isEntity = false }
      letters += isEntity ? 0 : 1
      switch letter {
      case " ", "-": letters = 0
      case "_" where !isEntity, ":" where rest.first != " " && !rest.isEmpty,
        _ where letters == 16 && !isEntity:
        out += "<wbr>"
        letters = 0
      default: break
      }
    }
    return out
  }

  /// A moment.
  static func time(_ seconds: Int64) -> String {
    let moment = ReportTime.moment(seconds)
    return "<time datetime=\"\(Timestamp.text(seconds))\">\(moment)</time>"
  }

  /// A commit's name.
  static func id(_ id: ObjectID) -> String { "<code>\(id.short)</code>" }
}
