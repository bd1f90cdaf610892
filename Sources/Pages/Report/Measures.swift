import Core
import Verify

/// A figure, and what exactly it says.
struct Measure: Sendable {
  /// The key in JSON.
  var key: String
  var name: String
  var value: String
  /// What was counted, and how.
  var definition: String
  /// The number behind it, where there is one.
  var number: JSON = .null
}

/// How long a phase takes.
struct CycleTime: Sendable {
  var place: Place
  var count: Int
  /// Seconds.
  var median: Int64
  /// Seconds; nine of ten took no longer.
  var ninety: Int64
}

extension Report {
  /// How long phases took that were completed, in the catalog's order.
  func cycleTimes() -> [CycleTime] {
    var times: [Place: [Int64]] = [:]
    for span in spans where span.isCompleted {
      times[span.place, default: []].append(span.seconds(until: facts.now))
    }
    return facts.graph.catalog.scenarios.flatMap { scenario in
      scenario.phases.compactMap { phase in
        let place = Place(scenario.name, phase.name)
        guard let all = times[place]?.sorted(), !all.isEmpty else { return nil }
        return CycleTime(
          place: place, count: all.count, median: Self.quantile(all, tenths: 5),
          ninety: Self.quantile(all, tenths: 9))
      }
    }
  }

  /// The value that so many tenths do not exceed (nearest rank), of at least one, sorted.
  static func quantile(_ sorted: [Int64], tenths: Int) -> Int64 {
    sorted[max(0, (sorted.count * tenths + 9) / 10 - 1)]
  }

  /// The figures over the time that is told of.
  func measures() -> [Measure] {
    [reworkMeasure(), gateMeasure(), frozenMeasure(), skippedMeasure()]
  }

  private func reworkMeasure() -> Measure {
    let own = spans.filter { $0.place.scenario == "FEATURE_DEVELOPMENT" }
    let all = own.reduce(0) { $0 + $1.seconds(until: facts.now) }
    let again = own.filter(\.isRework).reduce(0) { $0 + $1.seconds(until: facts.now) }
    return Measure(
      key: "rework_percent", name: "Rework", value: all == 0 ? "none" : "\(again * 100 / all) %",
      definition:
        "The share of the time in FEATURE_DEVELOPMENT that was spent in a phase which the feature had "
        + "completed before, or in the status REWORK.",
      number: all == 0 ? .null : .int(Int(again * 100 / all)))
  }

  private func gateMeasure() -> Measure {
    var first: [String: Bool] = [:]
    for visit in visits where visit.scenario == "QUALITY_GATE" {
      let key = (visit.feature ?? "") + "\n\(visit.ledger)"
      if first[key] == nil, visit.outcome == .passed || visit.outcome == .failed {
        first[key] = visit.outcome == .passed
      }
    }
    let passed = first.values.count { $0 }
    return Measure(
      key: "gates_passed_at_once_percent", name: "Gates passed at once",
      value: first.isEmpty ? "no gates" : "\(passed) of \(first.count)",
      definition: "Of the features that came to a quality gate, those whose first verdict was PASS.",
      number: first.isEmpty ? .null : .int(passed * 100 / first.count))
  }

  private func frozenMeasure() -> Measure {
    var seconds: Int64 = 0
    for ledger in facts.ledgers {
      var from: Int64?
      for entry in ledger.entries {
        guard let at = entry.at else { continue }
        if entry.isFrozen, from == nil { from = at }
        if !entry.isFrozen, let begun = from {
          seconds += max(0, at - max(begun, facts.since ?? begun))
          from = nil
        }
      }
      if let begun = from { seconds += max(0, facts.now - max(begun, facts.since ?? begun)) }
    }
    return Measure(
      key: "frozen_seconds", name: "Time frozen", value: seconds == 0 ? "none" : ReportTime.text(seconds),
      definition:
        "The time from INCIDENT_RECOVERY:FREEZE to the end of that scenario, of all worktrees together.",
      number: .int(Int(seconds)))
  }

  private func skippedMeasure() -> Measure {
    Measure(
      key: "skipped_phases", name: "Phases skipped",
      value: skips.isEmpty ? "none" : Self.grouped(skips.count),
      definition: "Phases that the owner passed over although nobody had completed them.",
      number: .int(skips.count))
  }

  /// How many commits each role made, each kind of actor, and each author, the most first.
  ///
  /// Roles and actors are of all commits that a hook saw; authors of those that are shown.
  func commitsBy() -> (
    roles: [(name: String, count: Int)], actors: [(name: String, count: Int)],
    authors: [(name: String, count: Int)]
  ) {
    var roles: [String: Int] = [:]
    var actors: [String: Int] = [:]
    var authors: [String: Int] = [:]
    for commit in facts.commits where commit.isInTime {
      guard facts.feature == nil || feature(of: commit) == facts.feature else { continue }
      if let role = role(of: commit), commit.judgement != .predates { roles[role, default: 0] += 1 }
      if let actor = commit.actor { actors[actor, default: 0] += 1 }
    }
    for index in shownCommits where facts.commits[index].isInTime {
      if let author = facts.commits[index].text?.author { authors[author, default: 0] += 1 }
    }
    let sorted = { (counts: [String: Int]) in
      counts.map { (name: $0.key, count: $0.value) }.sorted { ($1.count, $0.name) < ($0.count, $1.name) }
    }
    return (sorted(roles), sorted(actors), sorted(authors))
  }
}
