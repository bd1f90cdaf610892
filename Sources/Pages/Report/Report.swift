import Core
import Verify

/// What happened in a repository, worked out from what its ledgers say, so that a page, a summary and a program show the
/// same. A pure function of its facts.
public struct Report: Sendable {
  /// What it was worked out from.
  public let facts: ReportFacts
  /// The times spent in phases that it tells of, ledger by ledger, oldest first.
  let spans: [Span]
  /// The runs through scenarios, ledger by ledger, oldest first.
  let visits: [Visit]
  /// The phases that were passed over.
  let skips: [Skip]
  /// Positions of the commits that are shown.
  let shownCommits: [Int]
  /// How many commits of the time that it tells of have which judgement.
  public let counts: [Judgement: Int]
  /// The entries of the time that it tells of, the newest 2,000, newest first.
  let shownEntries: [Position]
  /// How many entries there are in that time.
  public let entryCount: Int
  /// Where each entry stands.
  private let positions: [ObjectID: Position]

  /// An entry, by its ledger and its place there.
  struct Position: Hashable, Sendable {
    var ledger: Int
    var entry: Int
  }

  /// Works out a report.
  public init(_ facts: ReportFacts) {
    self.facts = facts
    var positions: [ObjectID: Position] = [:]
    positions.reserveCapacity(facts.ledgers.reduce(0) { $0 + $1.entries.count })
    var spans: [Span] = []
    var skips: [Skip] = []
    for (number, ledger) in facts.ledgers.enumerated() {
      for (index, entry) in ledger.entries.enumerated() {
        positions[entry.id] = Position(ledger: number, entry: index)
      }
      let reader = SpanReader(ledger, number: number, catalog: facts.graph.catalog)
      spans += reader.spans
      skips += reader.skips
    }
    self.positions = positions
    // A feature's rework is known from what came before the time that is told of.
    let told = spans.filter {
      ($0.end ?? facts.now) >= facts.since ?? .min && (facts.feature == nil || $0.feature == facts.feature)
    }
    self.spans = told
    self.skips = skips.filter { facts.feature == nil || $0.feature == facts.feature }
    visits = Self.visits(told, facts)
    shownCommits = facts.shownCommits()
    counts = Self.counts(facts, positions)
    (shownEntries, entryCount) = Self.newestEntries(facts)
  }

  private static func counts(_ facts: ReportFacts, _ positions: [ObjectID: Position]) -> [Judgement: Int] {
    var counts: [Judgement: Int] = [:]
    for commit in facts.commits where commit.isInTime || commit.judgement.isNotable {
      if let feature = facts.feature, let position = commit.entry.flatMap({ positions[$0] }),
        facts.ledgers[position.ledger].entries[position.entry].feature != feature
      {
        continue
      }
      counts[commit.judgement, default: 0] += 1
    }
    return counts
  }

  private static func newestEntries(_ facts: ReportFacts) -> (shown: [Position], count: Int) {
    var all: [(at: Int64, position: Position)] = []
    var count = 0
    for (number, ledger) in facts.ledgers.enumerated() {
      var kept = 0
      for index in ledger.entries.indices.reversed() {
        let entry = ledger.entries[index]
        guard facts.feature == nil || entry.feature == facts.feature,
          (entry.at ?? .max) >= facts.since ?? .min
        else { continue }
        count += 1
        guard kept < ReportFacts.Most.entries else { continue }
        kept += 1
        all.append((entry.at ?? .min, Position(ledger: number, entry: index)))
      }
    }
    all.sort { ($1.at, $1.position.entry) < ($0.at, $0.position.entry) }
    return (all.prefix(ReportFacts.Most.entries).map(\.position), count)
  }

  /// The ledger of the worktree at hand.
  var here: ReportFacts.Ledger? { facts.ledgers.first }

  subscript(position: Position) -> ReportFacts.Entry {
    facts.ledgers[position.ledger].entries[position.entry]
  }

  /// Where the entry stands that judged a commit; nil when none did.
  func position(of commit: ReportFacts.Commit) -> Position? { commit.entry.flatMap { positions[$0] } }

  /// The phase in which a commit was made; nil when nobody says.
  func place(of commit: ReportFacts.Commit) -> Place? { position(of: commit).map { self[$0].place } }

  /// The feature in whose phase a commit was made; nil when nobody says.
  func feature(of commit: ReportFacts.Commit) -> String? { position(of: commit).flatMap { self[$0].feature } }

  /// The role in whose phase a commit was made; the agent's own where it named one.
  func role(of commit: ReportFacts.Commit) -> String? {
    if let actor = commit.actor.flatMap(Actor.init(text:)), let role = actor.role { return role }
    return position(of: commit).map { self[$0].role }
  }

  /// When a commit landed, or was made where no hook saw it.
  func time(of commit: ReportFacts.Commit) -> Int64? { commit.landed ?? commit.text?.date }

  /// From when to when it tells, as far as what it shows reaches.
  var period: ClosedRange<Int64> {
    var first = shownEntries.last.flatMap { self[$0].at } ?? facts.now
    for index in shownCommits {
      if facts.commits[index].isInTime, let time = time(of: facts.commits[index]), time > 0,
        facts.since == nil, facts.commits[index].judgement != .predates
      {
        first = min(first, time)
      }
    }
    if let since = facts.since { first = max(since, min(first, facts.now)) }
    return min(first, facts.now)...facts.now
  }
}
