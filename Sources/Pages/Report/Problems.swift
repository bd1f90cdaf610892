import Core
import Verify

/// Something that somebody has to look at.
struct Problem: Sendable {
  enum Weight: Int, Comparable, Sendable {
    /// The rules were broken, or the process stands still.
    case wrong
    /// It has to be known.
    case notable

    static func < (left: Weight, right: Weight) -> Bool { left.rawValue < right.rawValue }
  }

  var weight: Weight
  /// A word or two: `VIOLATION`, `quarantine`, `freeze`.
  var kind: String
  var fact: String
  /// Somebody's own words about it.
  var reason: String?
  /// What to do; nil where nothing is to be done.
  var remedy: String?
  /// The position of the commit that it is about.
  var commit: Int?
  /// Seconds since 1970; nil where it has no time.
  var at: Int64?
}

extension Report {
  /// Everything that somebody has to look at, the worst first.
  func problems() -> [Problem] {
    let all = facts.findings.map {
      Problem(
        weight: .wrong, kind: "ledger", fact: $0,
        remedy: "llmos-hook verify; git log --first-parent refs/llmos/ledger/main shows the entries")
    }
    return
      (all + facts.hindrances.map(Self.problem) + commitProblems() + standingProblems() + overrideProblems())
      .enumerated().sorted { ($0.element.weight, $0.offset) < ($1.element.weight, $1.offset) }.map(\.element)
  }

  private static func problem(_ hindrance: ReportFacts.Hindrance) -> Problem {
    Problem(weight: .wrong, kind: hindrance.kind, fact: hindrance.fact, remedy: hindrance.remedy)
  }

  private func commitProblems() -> [Problem] {
    let order: [Judgement] = [.violation, .unproven, .unseen]
    return order.flatMap { judgement in
      shownCommits.filter { facts.commits[$0].judgement == judgement }.map { index in
        let commit = facts.commits[index]
        let accept = "llmos-hook allow --commits \(commit.id.short) --reason WHY"
        return Problem(
          weight: .wrong, kind: judgement.rawValue,
          fact: (commit.text.map { "\($0.subject) (\($0.author)): " } ?? "") + commit.why,
          remedy: judgement == .unproven
            ? "llmos-hook sync, if another clone made it; else the owner: " + accept
            : judgement == .unseen
              ? "the owner accepts it: " + accept
              : "the owner accepts it: " + accept + "; or takes it back: llmos-hook rollback",
          commit: index, at: time(of: commit))
      }
    }
  }

  /// What holds a worktree up: a freeze, a scenario set aside, work that has to be done again.
  private func standingProblems() -> [Problem] {
    facts.ledgers.flatMap { ledger -> [Problem] in
      guard ledger.isThere, let newest = ledger.entries.last else { return [] }
      let name = facts.ledgers.count > 1 ? " (worktree \(ledger.name))" : ""
      var problems: [Problem] = []
      if newest.isFrozen {
        problems.append(
          Problem(
            weight: .wrong, kind: "freeze",
            fact: "deployments are frozen until INCIDENT_RECOVERY ends\(name)",
            remedy: newest.place.scenario == "INCIDENT_RECOVERY"
              ? "llmos-hook next-phase" : "llmos-hook resume"))
      }
      for place in newest.suspended {
        problems.append(
          Problem(
            weight: .notable, kind: "suspended", fact: "\(place) is set aside\(name)",
            remedy: "llmos-hook resume returns to it, once \(newest.place.scenario) is over"))
      }
      if newest.status == .rework || newest.status == .blocked {
        problems.append(
          Problem(
            weight: .notable, kind: newest.status.rawValue,
            fact: newest.status == .rework
              ? "what \(newest.place) made was rolled back, and is to be made anew\(name)"
              : "\(newest.place) is blocked\(name)"))
      }
      return problems
    }
  }

  /// What the owner let pass, with the reasons.
  private func overrideProblems() -> [Problem] {
    var problems: [Problem] = []
    for position in shownEntries where self[position].kind == "override" {
      let entry = self[position]
      let what =
        entry.commits == 0 ? "the next commit" : entry.commits == 1 ? "a commit" : "\(entry.commits) commits"
      problems.append(
        Problem(
          weight: .notable, kind: "override",
          fact:
            "\(entry.actor) \(entry.commits == 0 ? "let \(what) pass" : "accepted \(what)") in \(entry.place)",
          reason: entry.reason, at: entry.at))
    }
    return problems
  }

  // MARK: The three answers

  /// Where the project stands, in a line.
  func standing() -> String {
    guard let newest = here?.entries.last else { return "Nothing is sealed yet." }
    var words = newest.place.description
    if newest.status != .inProgress { words += " (\(newest.status.rawValue))" }
    if let feature = newest.feature { words += ", feature \(feature)" }
    let others = facts.ledgers.dropFirst().filter { $0.isThere && $0.entries.last?.status.isOpen == true }
    if let span = spans.last(where: { $0.ledger == 0 }), span.end == nil {
      words += ", for \(ReportTime.text(span.seconds(until: facts.now)))"
    }
    if !others.isEmpty {
      words += "; \(Self.count(others.count, "more worktree")) at work"
    }
    return words + "."
  }

  /// Whether anything is wrong, in a line, and whether it is.
  func wrong(_ problems: [Problem]) -> (isWrong: Bool, line: String) {
    let judged = [Judgement.violation, .unproven, .unseen].compactMap { kind in
      counts[kind].map { "\(Self.count($0, "commit")) \(Self.said(of: kind)) (\(kind.rawValue))" }
    }
    let others = Dictionary(
      grouping: problems.filter { $0.weight == .wrong && $0.commit == nil }, by: \.kind
    ).sorted { $0.key < $1.key }.map { $0.value.count == 1 ? $0.key : "\($0.key) (\($0.value.count))" }
    let all = judged + others
    let total = counts.values.reduce(0, +)
    if !all.isEmpty { return (true, "Yes: " + all.joined(separator: ", ") + ".") }
    return (
      false,
      total == 0 ? "No; there are no commits yet." : "No: \(Self.count(total, "commit")), none unproved."
    )
  }

  /// What is wrong with commits of a kind, for who does not know its name.
  private static func said(of judgement: Judgement) -> String {
    switch judgement {
    case .violation: "against the rules"
    case .unseen: "that no hook saw"
    default: "that nothing proves"
    }
  }

  /// What waits for whom, in a line.
  func waiting(_ problems: [Problem]) -> String {
    var waits: [String] = []
    let open = problems.filter { $0.weight == .wrong }.count
    if open > 0 { waits.append("the owner: \(Self.count(open, "matter")) to decide") }
    for ledger in facts.ledgers {
      guard ledger.isThere, let newest = ledger.entries.last else { continue }
      let name = ledger.name == here?.name ? "" : " (\(ledger.name))"
      let about = newest.feature.map { " of \($0)" } ?? ""
      if newest.status.isOpen {
        waits.append("\(newest.role): \(newest.place.phase)\(about)\(name)")
      } else if ledger.name == here?.name {
        waits.append("the owner: \(newest.place.scenario) is over, what comes next")
      }
    }
    let most = 4
    return waits.prefix(most).joined(separator: "; ")
      + (waits.count > most ? "; and \(waits.count - most) more" : "") + "."
  }

  /// `1 commit`, `2 commits`.
  static func count(_ number: Int, _ noun: String) -> String {
    "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")"
  }

  /// `100,000`.
  static func grouped(_ number: Int) -> String {
    var digits = String(number)
    var groups: [String] = []
    while digits.utf8.count > 3 {
      groups.insert(String(digits.suffix(3)), at: 0)
      digits.removeLast(3)
    }
    return ([digits] + groups).joined(separator: ",")
  }
}
