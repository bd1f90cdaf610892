import Core
import Foundation
import Testing
import Verify

@testable import Pages

/// Facts made by hand: an hour passes between entries.
struct Tale {
  var facts = ReportFacts(title: "shop", now: 1_800_000_000, graph: Graph(.canonical))
  private var time: Int64 = 1_799_000_000

  init(worktrees: Int = 1) {
    facts.ledgers = (0..<worktrees).map {
      ReportFacts.Ledger(name: $0 == 0 ? "main" : "w\($0)", entries: [])
    }
  }

  /// An entry an hour after the last.
  mutating func tell(
    _ scenario: String, _ phase: String, _ kind: String = "phase-completed", _ trigger: String = "next-phase",
    feature: String? = nil, reason: String? = nil, status: Status = .inProgress, suspended: [Place] = [],
    isFrozen: Bool = false, environment: String? = nil, in ledger: Int = 0, hours: Int64 = 1
  ) {
    time += hours * 3600
    let place = Place(scenario, phase)
    facts.ledgers[ledger].entries.append(
      ReportFacts.Entry(
        sequence: facts.ledgers[ledger].entries.count + 1, at: time, kind: kind, place: place, status: status,
        role: Catalog.canonical.phase(at: place)?.role ?? "", trigger: trigger, actor: "OWNER",
        reason: reason,
        feature: feature, environment: environment, suspended: suspended, isFrozen: isFrozen,
        id: Self.id(ledger * 1000 + facts.ledgers[ledger].entries.count + 1)))
  }

  /// A feature from its brief to IMPLEMENTATION.
  mutating func begin(_ feature: String, in ledger: Int = 0) {
    tell("FEATURE_DEVELOPMENT", "BRIEF", "transition", "set", feature: feature, in: ledger)
    for phase in ["IMPACT_ANALYSIS", "DESIGN", "IMPLEMENTATION"] {
      tell("FEATURE_DEVELOPMENT", phase, feature: feature, in: ledger)
    }
  }

  static func id(_ number: Int) -> ObjectID {
    ObjectID(hex: String(10_000_000 + number) + String(repeating: "0", count: 32)) ?? .null
  }
}

@Suite struct ReportTests {
  @Test func aFeatureHasPhasesGatesAndRework() throws {
    var tale = Tale()
    let here = Place("FEATURE_DEVELOPMENT", "IMPLEMENTATION")
    tale.begin("login")
    tale.tell("QUALITY_GATE", "AUDIT", "transition", "set", feature: "login", suspended: [here])
    tale.tell("QUALITY_GATE", "VERDICT", feature: "login", suspended: [here])
    tale.tell(
      "ROLLBACK", "IDENTIFY", "phase-completed", "quality-gate-fail", feature: "login", suspended: [here])
    tale.tell("ROLLBACK", "EXECUTE", feature: "login", suspended: [here])
    tale.tell("ROLLBACK", "VERIFY", feature: "login", suspended: [here])
    tale.tell("FEATURE_DEVELOPMENT", "IMPLEMENTATION", feature: "login", status: .rework)
    tale.tell("QUALITY_GATE", "AUDIT", "transition", "set", feature: "login", suspended: [here])
    tale.tell("QUALITY_GATE", "VERDICT", feature: "login", suspended: [here])
    tale.tell("FEATURE_DEVELOPMENT", "QA", "phase-completed", "quality-gate-pass", feature: "login")
    tale.tell("FEATURE_DEVELOPMENT", "RELEASE", feature: "login")
    tale.tell("DEPLOYMENT", "PRE_DEPLOY", feature: "login", environment: "staging")
    let report = Report(tale.facts)
    let features = report.features()
    let feature = try #require(features.first)
    #expect(features.count == 1 && feature.slug == "login" && feature.isDone)
    #expect(
      feature.phases.map { report.spans[$0].place.phase }
        == ["BRIEF", "IMPACT_ANALYSIS", "DESIGN", "IMPLEMENTATION", "IMPLEMENTATION", "QA", "RELEASE"])
    #expect(
      feature.phases.map { report.spans[$0].isRework } == [false, false, false, false, true, false, false])
    // The gate that was passed completed the phase that it was about.
    #expect(
      feature.phases.map { report.spans[$0].isCompleted } == [true, true, true, false, true, true, true])
    let visits = feature.visits.map { report.visits[$0] }
    #expect(visits.map(\.scenario) == ["QUALITY_GATE", "ROLLBACK", "QUALITY_GATE", "DEPLOYMENT"])
    #expect(visits.map(\.outcome) == [.failed, .completed, .passed, .inProgress])
    #expect(report.skips.isEmpty)
    let measures = Dictionary(uniqueKeysWithValues: report.measures().map { ($0.key, $0.value) })
    #expect(measures["rework_percent"] == "14 %", "one hour of seven")
    #expect(measures["gates_passed_at_once_percent"] == "0 of 1")
    let times = report.cycleTimes()
    #expect(times.first { $0.place == Place("FEATURE_DEVELOPMENT", "BRIEF") }?.median == 3600)
  }

  @Test func whatWasPassedOverIsToldWithItsReason() {
    var tale = Tale()
    tale.tell("FEATURE_DEVELOPMENT", "BRIEF", "transition", "set", feature: "login")
    tale.tell("FEATURE_DEVELOPMENT", "IMPACT_ANALYSIS", feature: "login")
    tale.tell("FEATURE_DEVELOPMENT", "QA", "transition", "set", feature: "login", reason: "a hotfix")
    tale.tell("FEATURE_DEVELOPMENT", "IMPACT_ANALYSIS", "transition", "set", feature: "login")
    let report = Report(tale.facts)
    #expect(report.skips.map(\.place.phase) == ["IMPACT_ANALYSIS", "DESIGN", "IMPLEMENTATION"])
    #expect(report.skips.allSatisfy { $0.reason == "a hotfix" && $0.feature == "login" })
    #expect(ReportPage(report).html.contains("DESIGN: <q>a hotfix</q>"))
  }

  @Test func theTopSaysWhatIsWrongAndWhatWaits() {
    var tale = Tale(worktrees: 2)
    tale.begin("login")
    tale.begin("search", in: 1)
    var report = Report(tale.facts)
    #expect(report.problems().isEmpty)
    #expect(report.wrong([]).line == "No; there are no commits yet.")
    #expect(
      report.standing().contains("FEATURE_DEVELOPMENT:IMPLEMENTATION, feature login, for"))
    #expect(report.standing().hasSuffix("1 more worktree at work."))
    #expect(report.waiting([]) == "DEV: IMPLEMENTATION of login; DEV: IMPLEMENTATION of search (w1).")
    tale.facts.commits = [
      ReportFacts.Commit(id: Tale.id(1), judgement: .satisfied, why: "made"),
      ReportFacts.Commit(
        id: Tale.id(2), judgement: .violation, why: "no",
        text: ReportFacts.CommitText(subject: "Sneak", author: "Eve", date: 1_799_990_000)),
      ReportFacts.Commit(id: Tale.id(3), judgement: .unseen, why: "nobody saw it"),
    ]
    tale.facts.findings = ["main: entry 1 is not trusted"]
    tale.tell("INCIDENT_RECOVERY", "FREEZE", "transition", "set", feature: "login", isFrozen: true)
    report = Report(tale.facts)
    let problems = report.problems()
    #expect(problems.map(\.kind) == ["ledger", "VIOLATION", "UNSEEN", "freeze"])
    #expect(
      report.wrong(problems).line
        == "Yes: 1 commit against the rules (VIOLATION), 1 commit that no hook saw (UNSEEN), freeze, ledger.")
    #expect(report.waiting(problems).hasPrefix("the owner: 4 matters to decide; DEVOPS: FREEZE of login"))
    #expect(problems[1].fact == "Sneak (Eve): no")
  }

  /// A report of a part leaves out what is not of it, but never what is wrong.
  @Test func aTimeAndAFeatureAreParts() {
    var tale = Tale()
    tale.begin("login")
    let since = (tale.facts.ledgers[0].entries.last?.at ?? 0) + 60
    tale.begin("search")
    tale.facts.commits = [
      ReportFacts.Commit(id: Tale.id(51), judgement: .satisfied, why: "", entry: Tale.id(4), isInTime: false),
      ReportFacts.Commit(id: Tale.id(52), judgement: .violation, why: "", entry: Tale.id(3), isInTime: false),
      ReportFacts.Commit(id: Tale.id(53), judgement: .satisfied, why: "", entry: Tale.id(8)),
    ]
    tale.facts.since = since
    var report = Report(tale.facts)
    #expect(report.entryCount == 4 && report.counts == [.violation: 1, .satisfied: 1])
    #expect(report.features().map(\.slug) == ["search", "login"], "login's last phase reached into the time")
    tale.facts.since = nil
    tale.facts.feature = "login"
    report = Report(tale.facts)
    #expect(report.features().map(\.slug) == ["login"] && report.entryCount == 4)
    #expect(report.shownCommits == [1])
    tale.facts.feature = "search"
    #expect(Report(tale.facts).counts == [.satisfied: 1])
  }

  @Test func worktreesSideBySideHaveLanesOfTheirOwn() {
    var tale = Tale(worktrees: 3)
    for ledger in 0..<3 { tale.begin("login", in: ledger) }
    tale.tell("DEPLOYMENT", "PRE_DEPLOY", "transition", "set", in: 1)
    let timeline = Report(tale.facts).timeline()
    #expect(timeline.lanes.map(\.name) == ["login (main)", "login (w2)", "login (w1)", "Deployments"])
    #expect(timeline.position(timeline.period.lowerBound) == 0)
    #expect(timeline.position(timeline.period.upperBound) == 10_000)
    #expect((2...7).contains(timeline.axis().count))
  }

  /// Clocks of several machines: nothing lasts less than nothing, and later phases are where they were.
  @Test func aClockThatWasSetBack() {
    var tale = Tale()
    tale.tell("FEATURE_DEVELOPMENT", "BRIEF", "transition", "set", feature: "a")
    tale.tell("FEATURE_DEVELOPMENT", "IMPACT_ANALYSIS", feature: "a", hours: 100)
    tale.tell("FEATURE_DEVELOPMENT", "DESIGN", feature: "a", hours: -90)
    tale.facts.ledgers[0].entries.append(tale.facts.ledgers[0].entries[2])
    tale.facts.ledgers[0].entries[3].at = nil
    let report = Report(tale.facts)
    #expect(report.spans.allSatisfy { $0.seconds(until: tale.facts.now) >= 0 })
    #expect(!ReportPage(report).html.contains("\"left:-"))
  }

  @Test(arguments: [(45, "45 s"), (720, "12 min"), (12_000, "3 h 20 min"), (187_200, "2 d 4 h"), (-5, "0 s")])
  func times(seconds: Int64, words: String) {
    #expect(ReportTime.text(seconds) == words)
  }

  @Test func quantilesAreOfTheNearestRank() {
    #expect(Report.quantile([7], tenths: 5) == 7)
    #expect(Report.quantile(Array(1...10), tenths: 5) == 5)
    #expect(Report.quantile(Array(1...10), tenths: 9) == 9)
    #expect(Report.grouped(1_234_567) == "1,234,567" && Report.grouped(999) == "999")
  }
}
