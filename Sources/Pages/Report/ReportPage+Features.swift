import Core
import Verify

extension ReportPage {
  /// A card a feature.
  var cards: String {
    let most = ReportFacts.Most.features
    let shown = features.prefix(most).enumerated().map { card($1, number: $0) }
    var out = "<section id=\"features\"><h2>Features</h2>\n"
    if features.isEmpty { out += "<p>No feature was developed in this time.</p>" }
    if features.count > most {
      out += "<p class=\"soft\">The \(most) last worked on, of \(Report.grouped(features.count)).</p>"
    }
    return out + "<div class=\"cards\">\(shown.joined(separator: "\n"))</div></section>"
  }

  private func card(_ feature: Feature, number: Int) -> String {
    let brief = feature.slug.flatMap { report.facts.briefs[$0] }
    let state =
      feature.isDone ? "done" : feature.newest.end == nil ? "in \(feature.newest.place.phase)" : "set aside"
    return """
      <article class="card" id="f\(number)">
      <h3>\(Self.text(Report.name(feature.slug))) <span class="pill\(feature.isDone ? " good" : "")">\(Self.text(state))</span></h3>
      \(brief.map { "<p class=\"brief\">\(Self.text($0))</p>" } ?? "")
      \(steps(feature))
      <dl class="facts">\(facts(feature))</dl>
      \(commits(feature.commits, open: true))
      </article>
      """
  }

  /// The scenario's phases in order, each with what became of it.
  private func steps(_ feature: Feature) -> String {
    guard let scenario = report.facts.graph.catalog.scenario("FEATURE_DEVELOPMENT") else { return "" }
    let spans = feature.phases.map { report.spans[$0] }
    let items = scenario.phases.map { phase -> String in
      let place = Place(scenario.name, phase.name)
      let own = spans.filter { $0.place == place }
      let seconds = own.reduce(0) { $0 + $1.seconds(until: report.facts.now) }
      let isNow = own.contains { $0.end == nil }
      let isSkipped = report.skips.contains { $0.feature == feature.slug && $0.place == place }
      let (style, sign, word) =
        isNow
        ? ("now", "●", "now")
        : own.contains(where: \.isCompleted)
          ? ("done", "✓", "done")
          : isSkipped && own.isEmpty
            ? ("skipped", "–", "skipped")
            : own.isEmpty ? ("todo", "○", "not yet") : ("left", "◐", "not finished")
      let took =
        own.isEmpty
        ? "" : "<span>\(ReportTime.text(seconds))\(own.count > 1 ? ", \(own.count) times" : "")</span>"
      return
        "<li class=\"\(style)\"><span class=\"sign\" aria-hidden=\"true\">\(sign)</span> <b>\(Self.text(phase.name))</b>"
        + "<span>\(Self.text(phase.role)), \(word)</span>\(took)</li>"
    }
    return "<ol class=\"steps\">\(items.joined())</ol>"
  }

  private func facts(_ feature: Feature) -> String {
    var rows: [(String, String)] = []
    let spans = feature.phases.map { report.spans[$0] }
    if let first = spans.map(\.start).min() { rows.append(("Begun", Self.time(first))) }
    let all = spans.reduce(0) { $0 + $1.seconds(until: report.facts.now) }
    let again = spans.filter(\.isRework).reduce(0) { $0 + $1.seconds(until: report.facts.now) }
    rows.append(
      (
        "Time in phases",
        ReportTime.text(all) + (again > 0 ? ", \(again * 100 / max(1, all)) % of it rework" : "")
      ))
    for skip in report.skips where skip.feature == feature.slug {
      let reason = skip.reason.map { ": <q>\(Self.text($0))</q>" } ?? ", without a reason"
      rows.append(("Skipped", Self.text(skip.place.phase) + reason))
    }
    let most = ReportFacts.Most.features
    if feature.visits.count > most {
      rows.append(("Before", "\(Report.grouped(feature.visits.count - most)) more"))
    }
    for index in feature.visits.suffix(most) { rows.append(line(of: report.visits[index])) }
    return rows.map { "<dt>\($0.0)</dt><dd>\($0.1)</dd>" }.joined()
  }

  /// A run through a scenario in a line: gate, deployment, incident or rollback.
  private func line(of visit: Visit) -> (String, String) {
    let by = visit.actor.map { ", by \(Self.text($0))" } ?? ""
    let at = visit.end.map { ", " + Self.time($0) } ?? ""
    let why = visit.reason.map { ": <q>\(Self.text($0))</q>" } ?? ""
    switch visit.scenario {
    case "QUALITY_GATE":
      let verdict =
        visit.outcome == .passed ? "PASS" : visit.outcome == .failed ? "FAIL" : visit.outcome.rawValue
      return ("Gate", "<strong>\(verdict)</strong>\(by)\(at)\(why)")
    case "DEPLOYMENT":
      return (
        "Deployment",
        "\(visit.environment.map(Self.text) ?? "environment not named"): <strong>\(visit.outcome.rawValue)</strong>\(at)\(why)"
      )
    case "INCIDENT_RECOVERY":
      let took = ReportTime.text((visit.end ?? report.facts.now) - visit.start)
      return (
        "Incident",
        "\(visit.incident.map(Self.text) ?? "unnamed"): \(visit.outcome.rawValue), \(took)\(at)\(why)"
      )
    default:
      return (Self.text(Report.title(visit.scenario)), "\(visit.outcome.rawValue)\(at)\(why)")
    }
  }

  /// Commits as a list that can be folded away.
  func commits(_ positions: [Int], open: Bool) -> String {
    guard !positions.isEmpty else { return "" }
    let items = positions.prefix(rows).map { index -> String in
      let commit = report.facts.commits[index]
      let more = [
        commit.text.map { Self.text($0.author) }, report.time(of: commit).map(Self.time),
        report.role(of: commit).map(Self.text),
      ].compactMap { $0 }
      return
        "<li><span class=\"verdict \(Self.style(of: commit.judgement))\">\(commit.judgement.rawValue)</span> "
        + "\(Self.text(subject(commit))) "
        + "<span class=\"soft\">\(more.joined(separator: ", ")), \(Self.id(commit.id))</span></li>"
    }
    let rest = positions.count > rows ? ", the newest \(rows)" : ""
    return
      "<details\(open ? " open=\"\"" : "")><summary>\(Report.count(positions.count, "commit"))\(rest)</summary>"
      + "<ul class=\"commits\" tabindex=\"0\" aria-label=\"Commits\">\(items.joined(separator: "\n"))</ul></details>"
  }

  /// A commit's subject, without what an agent's step put before it: role and phase stand beside it.
  private func subject(_ commit: ReportFacts.Commit) -> String {
    guard let subject = commit.text?.subject else { return "(not read)" }
    guard let place = report.place(of: commit), let role = report.role(of: commit) else { return subject }
    let head = "[\(role)] \(place) "
    return subject.hasPrefix(head) && subject.utf8.count > head.utf8.count
      ? String(subject.dropFirst(head.count)) : subject
  }

  static func style(of judgement: Judgement) -> String {
    switch judgement {
    case .satisfied, .checkpoint, .derived: "good"
    case .violation: "bad"
    case .overridden, .unproven, .unseen, .rollback: "note"
    case .predates, .incoming: "soft"
    }
  }

  /// What happened beside the features.
  var others: String {
    let told = Set(features.flatMap(\.visits))
    let visits = report.visits.indices.filter { index in
      report.visits[index].scenario != "FEATURE_DEVELOPMENT" && !told.contains(index)
    }
    let own = Set(features.flatMap(\.commits))
    let commits = report.shownCommits.filter { !own.contains($0) }
    var out = "<section id=\"others\"><h2>Everything else</h2>\n"
    if !visits.isEmpty {
      let rows = visits.suffix(ReportFacts.Most.features).reversed().map { index in
        let visit = report.visits[index]
        let (what, line) = line(of: visit)
        return
          "<dt>\(what)</dt><dd>\(line) <span class=\"soft\">begun \(Self.time(visit.start))</span></dd>"
      }
      out += "<dl class=\"facts\">\(rows.joined())</dl>"
    }
    if visits.isEmpty && commits.isEmpty { out += "<p>Nothing happened outside of features.</p>" }
    return out + self.commits(commits, open: true) + "</section>"
  }
}
