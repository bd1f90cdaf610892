import Core
import Verify

/// What happened, laid out in time: a lane a feature, one for each other scenario, and of each as many as worktrees
/// worked there side by side.
struct Timeline: Sendable {
  /// A row of the picture.
  struct Lane: Sendable {
    /// What it is of.
    var key: Key
    var name: String
    /// Positions among the report's spans, oldest first.
    var spans: [Int] = []
    /// Positions among the facts' commits.
    var commits: [Int] = []
    var marks: [Mark] = []
    /// When something happened in it last; what lasts, happens now.
    var newest: Int64 = .min
  }

  /// What makes a lane: a feature, or a scenario, in one worktree; or what nobody answers for.
  struct Key: Hashable, Sendable {
    var scenario: String
    var feature: String?
    var ledger: Int
  }

  /// A moment that stands out.
  struct Mark: Sendable {
    enum Kind: String, Sendable, CaseIterable {
      case violation, unproven, pass, fail, rollback, override, deployed

      /// What it says, for people who hear it.
      var words: String {
        switch self {
        case .violation: "violation"
        case .unproven: "not proved"
        case .pass: "gate passed"
        case .fail: "failed"
        case .rollback: "rollback"
        case .override: "owner override"
        case .deployed: "deployed"
        }
      }
    }

    var kind: Kind
    var at: Int64
    var text: String
  }

  /// From when to when.
  var period: ClosedRange<Int64>
  /// Features first, the one last worked on first; then the other scenarios in the catalog's order.
  var lanes: [Lane]
  /// How many lanes there would be, were all shown.
  var laneCount: Int

  /// Where a moment stands between the picture's ends, in hundredths of a percent.
  func position(_ time: Int64) -> Int {
    let length = max(1, period.upperBound - period.lowerBound)
    return Int(min(max(0, time - period.lowerBound), length) * 10_000 / length)
  }
}

extension Report {
  /// Lays out what the shown entries and commits tell.
  func timeline() -> Timeline {
    let period = period
    var lanes: [Timeline.Key: Timeline.Lane] = [:]
    let shown = Set(shownEntries)
    for (index, span) in spans.enumerated() {
      guard span.end ?? .max >= period.lowerBound,
        shown.contains(Position(ledger: span.ledger, entry: span.closing ?? span.opening))
          || shown.contains(Position(ledger: span.ledger, entry: span.opening))
      else { continue }
      let key = Self.key(span.place, span.feature, span.ledger)
      var lane = lanes[key] ?? Timeline.Lane(key: key, name: "")
      lane.spans.append(index)
      lane.newest = max(lane.newest, span.end ?? .max)
      lanes[key] = lane
    }
    placeEntryMarks(&lanes)
    placeCommits(&lanes, period)
    let sorted = lanes.values.sorted { Self.isBefore($0, $1, facts.graph.catalog) }
    let names = named(sorted)
    let most = ReportFacts.Most.features
    return Timeline(period: period, lanes: Array(names.prefix(most)), laneCount: names.count)
  }

  private static func key(_ place: Place, _ feature: String?, _ ledger: Int) -> Timeline.Key {
    Timeline.Key(
      scenario: place.scenario, feature: place.scenario == "FEATURE_DEVELOPMENT" ? feature : nil,
      ledger: ledger)
  }

  /// Verdicts, deployments, rollbacks and overrides.
  private func placeEntryMarks(_ lanes: inout [Timeline.Key: Timeline.Lane]) {
    for position in shownEntries.reversed() {
      let entry = self[position]
      guard let at = entry.at, let (kind, place) = mark(position) else { continue }
      let key = Self.key(place, entry.feature, position.ledger)
      guard lanes[key] != nil else { continue }
      let reason = entry.reason.map { ": " + $0 } ?? ""
      lanes[key]?.marks.append(
        Timeline.Mark(
          kind: kind, at: at, text: "\(kind.words), \(ReportTime.moment(at)), by \(entry.actor)\(reason)"))
    }
  }

  /// What an entry stands out for, and in which scenario's lane.
  private func mark(_ position: Position) -> (Timeline.Mark.Kind, Place)? {
    let entry = self[position]
    let before =
      position.entry > 0
      ? facts.ledgers[position.ledger].entries[position.entry - 1].place : entry.place
    switch (entry.kind, entry.trigger) {
    case ("override", _): return (.override, entry.place)
    case ("rollback", _): return (.rollback, entry.place)
    case (_, "quality-gate-pass"): return (.pass, before)
    case (_, "quality-gate-fail"): return (.fail, before)
    case (_, "deploy-failure"): return (.fail, before)
    case ("phase-completed", _) where before == Place("ROLLBACK", "EXECUTE"): return (.rollback, before)
    case ("phase-completed", _)
    where before.scenario == "DEPLOYMENT" && facts.graph.catalog.phase(at: before)?.next == nil:
      return (.deployed, before)
    default: return nil
    }
  }

  private func placeCommits(
    _ lanes: inout [Timeline.Key: Timeline.Lane], _ period: ClosedRange<Int64>
  ) {
    let nobody = Timeline.Key(scenario: "", feature: nil, ledger: .max)
    for index in shownCommits {
      let commit = facts.commits[index]
      guard let time = time(of: commit), period.contains(time) || commit.judgement.isNotable else { continue }
      let position = position(of: commit)
      var key = position.map { Self.key(self[$0].place, self[$0].feature, $0.ledger) } ?? nobody
      let mark: Timeline.Mark.Kind? =
        switch commit.judgement {
        case .violation: .violation
        case .unseen, .unproven: .unproven
        default: nil
        }
      if lanes[key] == nil {
        guard mark != nil else { continue }
        key = nobody
      }
      var lane = lanes[key] ?? Timeline.Lane(key: key, name: "")
      if let mark {
        let text =
          "\(commit.judgement.rawValue), \(ReportTime.moment(time)): \(commit.text?.subject ?? commit.id.short)"
        lane.marks.append(Timeline.Mark(kind: mark, at: time, text: text))
      } else {
        lane.commits.append(index)
      }
      lanes[key] = lane
    }
  }

  /// What nobody answers for, then features, then the other scenarios.
  private static func isBefore(_ left: Timeline.Lane, _ right: Timeline.Lane, _ catalog: Catalog) -> Bool {
    let rank = { (lane: Timeline.Lane) in
      lane.key.scenario.isEmpty
        ? -2
        : lane.key.scenario == "FEATURE_DEVELOPMENT"
          ? -1 : catalog.scenarios.firstIndex { $0.name == lane.key.scenario } ?? Int.max
    }
    let (first, second) = (rank(left), rank(right))
    guard first == second else { return first < second }
    guard left.newest == right.newest else { return right.newest < left.newest }
    return (left.key.feature ?? "", left.key.ledger) < (right.key.feature ?? "", right.key.ledger)
  }

  /// Lanes with their names; the worktree's beside it where one name would stand for several.
  private func named(_ lanes: [Timeline.Lane]) -> [Timeline.Lane] {
    let name = { (lane: Timeline.Lane) in
      lane.key.scenario.isEmpty
        ? "no entry's"
        : lane.key.scenario == "FEATURE_DEVELOPMENT"
          ? Self.name(lane.key.feature) : Self.title(lane.key.scenario)
    }
    let counts = Dictionary(grouping: lanes, by: name).mapValues(\.count)
    return lanes.map { lane in
      var lane = lane
      lane.name = name(lane)
      if counts[lane.name] ?? 1 > 1, facts.ledgers.indices.contains(lane.key.ledger) {
        lane.name += " (\(facts.ledgers[lane.key.ledger].name))"
      }
      return lane
    }
  }

  /// What a scenario's lane is called.
  static func title(_ scenario: String) -> String {
    switch scenario {
    case "PROJECT_BOOTSTRAP": "Bootstrap"
    case "FEATURE_DEVELOPMENT": "Features"
    case "DEPLOYMENT": "Deployments"
    case "INCIDENT_RECOVERY": "Incidents"
    case "QUALITY_GATE": "Quality gates"
    case "ROLLBACK": "Rollbacks"
    case "MAINTENANCE": "Maintenance"
    default: scenario
    }
  }
}

extension Timeline {
  /// Round moments for the axis, at most six: their times, and what stands beside them.
  func axis() -> [(at: Int64, text: String)] {
    let length = max(60, period.upperBound - period.lowerBound)
    let steps: [Int64] = [
      60, 300, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86_400, 2 * 86_400, 7 * 86_400, 14 * 86_400,
      30 * 86_400, 91 * 86_400, 182 * 86_400, 365 * 86_400,
    ]
    let step = steps.first { length / $0 <= 6 } ?? (length / 6 / 86_400 + 1) * 86_400
    var times: [(at: Int64, text: String)] = []
    var time = (period.lowerBound + step - 1) / step * step
    while time <= period.upperBound, times.count < 7 {
      let moment = ReportTime.moment(time)
      let text: Substring =
        step < 86_400 ? (length < 86_400 ? moment.suffix(5) : moment.dropFirst(5)) : moment.prefix(10)
      times.append((time, String(text)))
      time += step
    }
    return times
  }
}
