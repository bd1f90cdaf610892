import Core

/// A run through a scenario in one worktree: the phases that followed each other.
struct Visit: Sendable {
  /// How it ended.
  enum Outcome: String, Sendable {
    case inProgress = "in progress"
    case completed = "completed"
    case setAside = "set aside"
    case passed = "passed"
    case failed = "failed"
    case left = "left"
  }

  var ledger: Int
  var scenario: String
  var feature: String?
  var environment: String?
  /// `incident_type`.
  var incident: String?
  /// Positions among the report's spans.
  var spans: ClosedRange<Int>
  var start: Int64
  /// Nil while it lasts.
  var end: Int64?
  var outcome: Outcome
  /// Who ended it.
  var actor: String?
  /// Why it ended, in that actor's words.
  var reason: String?
}

extension Report {
  /// Groups the spans of a ledger into runs through scenarios.
  static func visits(_ spans: [Span], _ facts: ReportFacts) -> [Visit] {
    var visits: [Visit] = []
    for (index, span) in spans.enumerated() {
      if var visit = visits.last, visit.ledger == span.ledger, visit.scenario == span.place.scenario,
        visit.feature == span.feature || span.place.scenario != "FEATURE_DEVELOPMENT",
        visit.outcome != .completed, visit.end == span.start
      {
        visit.spans = visit.spans.lowerBound...index
        finish(&visit, span, facts)
        visits[visits.count - 1] = visit
      } else {
        var visit = Visit(
          ledger: span.ledger, scenario: span.place.scenario, feature: span.feature, spans: index...index,
          start: span.start, outcome: .inProgress)
        finish(&visit, span, facts)
        visits.append(visit)
      }
    }
    return visits
  }

  /// How far a run has come with its newest phase.
  private static func finish(_ visit: inout Visit, _ span: Span, _ facts: ReportFacts) {
    let entries = facts.ledgers[span.ledger].entries
    visit.end = span.end
    visit.environment = span.environment ?? visit.environment
    visit.incident = entries[span.opening].incident ?? visit.incident
    guard let closing = span.closing else {
      visit.outcome = .inProgress
      return
    }
    let entry = entries[closing]
    visit.actor = entry.actor
    visit.reason = entry.reason
    let isLast = facts.graph.catalog.phase(at: span.place)?.next == nil
    visit.outcome =
      switch entry.trigger {
      case "quality-gate-pass" where visit.scenario == "QUALITY_GATE": .passed
      case "quality-gate-fail" where visit.scenario == "QUALITY_GATE": .failed
      case "deploy-failure" where visit.scenario == "DEPLOYMENT": .failed
      default: span.isCompleted && isLast ? .completed : span.isSetAside ? .setAside : .left
      }
  }
}
