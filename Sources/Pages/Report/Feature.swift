import Core
import Verify

/// A feature, as the report tells of it.
struct Feature: Sendable {
  /// `feature_slug`; nil for what was developed without one.
  var slug: String?
  /// Positions among the report's spans: the feature's own phases, oldest first.
  var phases: [Int] = []
  /// Positions among the report's visits: gates, deployments, incidents and rollbacks on its way.
  var visits: [Int] = []
  /// Positions of its shown commits, newest first.
  var commits: [Int] = []
  /// Where it stands, or stood last.
  var newest: Span
  /// Whether its last phase was completed.
  var isDone = false
}

extension Report {
  /// The features, the one last worked on first.
  func features() -> [Feature] {
    var found: [String?: Feature] = [:]
    for (index, span) in spans.enumerated() where span.place.scenario == "FEATURE_DEVELOPMENT" {
      found[span.feature, default: Feature(slug: span.feature, newest: span)].phases.append(index)
      let newest = found[span.feature]?.newest ?? span
      if (span.end ?? .max, span.start) >= (newest.end ?? .max, newest.start) {
        found[span.feature]?.newest = span
      }
      if span.isCompleted, facts.graph.catalog.phase(at: span.place)?.next == nil {
        found[span.feature]?.isDone = true
      }
    }
    for (index, visit) in visits.enumerated()
    where Self.own.contains(visit.scenario) && visit.feature != nil {
      found[visit.feature]?.visits.append(index)
    }
    for index in shownCommits {
      let commit = facts.commits[index]
      guard let position = position(of: commit), self[position].place.scenario == "FEATURE_DEVELOPMENT" else {
        continue
      }
      found[self[position].feature]?.commits.append(index)
    }
    return found.values.sorted {
      ($1.newest.end ?? .max, $1.newest.start, $0.slug ?? "") < (
        $0.newest.end ?? .max, $0.newest.start, $1.slug ?? ""
      )
    }
  }

  /// The scenarios that happen to a feature on its way.
  private static let own: Set<String> = ["QUALITY_GATE", "DEPLOYMENT", "INCIDENT_RECOVERY", "ROLLBACK"]

  /// What a feature is called.
  static func name(_ slug: String?) -> String { slug ?? "(no feature named)" }
}
