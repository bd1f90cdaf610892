import Core
import Verify

extension Report {
  /// The report as one JSON object, `"schema": 1`: what the page shows, as `docs/formats.md` describes it.
  public var json: JSON {
    let problems = problems()
    let wrong = wrong(problems)
    let by = commitsBy()
    let tally = { (all: [(name: String, count: Int)]) in JSON.object(all.map { ($0.name, .int($0.count)) }) }
    return .object([
      ("schema", .int(1)), ("title", .string(facts.title)), ("at", .string(Timestamp.text(facts.now))),
      ("since", Self.time(facts.since)), ("feature", JSON(facts.feature)), ("all", .bool(facts.isAll)),
      (
        "answers",
        .object([
          ("standing", .string(standing())), ("wrong", .bool(wrong.isWrong)), ("why", .string(wrong.line)),
          ("waiting", .string(waiting(problems))),
        ])
      ),
      ("worktrees", .array(facts.ledgers.map(Self.worktree))),
      ("problems", .array(problems.map(json))),
      ("features", .array(features().prefix(ReportFacts.Most.features).map(json))),
      ("visits", .array(visits.suffix(ReportFacts.Most.entries).map(json))),
      ("phases", .array(spans.suffix(ReportFacts.Most.entries).map(json))),
      ("measures", .object(measures().map { ($0.key, $0.number) })),
      ("cycle_times", .array(cycleTimes().map(Self.json))),
      (
        "commits_by",
        .object([("role", tally(by.roles)), ("actor", tally(by.actors)), ("author", tally(by.authors))])
      ),
      ("verdicts", .object(Judgement.allCases.map { ($0.rawValue, .int(counts[$0] ?? 0)) })),
      ("commits", .array(shownCommits.map { json(facts.commits[$0]) })),
      ("entry_count", .int(entryCount)), ("entries", .array(shownEntries.map(json))),
      ("records", .array(facts.records.prefix(ReportFacts.Most.entries).map(Self.json))),
      ("foreign_notes", .int(facts.foreignNotes)),
    ])
  }

  private static func time(_ seconds: Int64?) -> JSON { JSON(seconds.map(Timestamp.text)) }

  private static func worktree(_ ledger: ReportFacts.Ledger) -> JSON {
    let newest = ledger.entries.last
    return .object([
      ("name", .string(ledger.name)), ("scenario", JSON(newest?.place.scenario)),
      ("phase", JSON(newest?.place.phase)), ("status", JSON(newest?.status.rawValue)),
      ("role", JSON(newest?.role)), ("feature", JSON(newest?.feature)),
      ("allowed_actions", .array(ledger.actions.map(JSON.string))),
      ("frozen", .bool(newest?.isFrozen ?? false)), ("since", time(newest?.at)),
      ("entries", .int(ledger.entries.count)),
    ])
  }

  private func json(_ problem: Problem) -> JSON {
    .object([
      ("kind", .string(problem.kind)), ("wrong", .bool(problem.weight == .wrong)),
      ("fact", .string(problem.fact)),
      ("reason", JSON(problem.reason)), ("remedy", JSON(problem.remedy)),
      ("commit", JSON(problem.commit.map { facts.commits[$0].id })), ("at", Self.time(problem.at)),
    ])
  }

  private func json(_ feature: Feature) -> JSON {
    .object([
      ("feature", JSON(feature.slug)), ("brief", JSON(feature.slug.flatMap { facts.briefs[$0] })),
      ("done", .bool(feature.isDone)), ("phase", .string(feature.newest.place.phase)),
      ("phases", .array(feature.phases.suffix(ReportFacts.Most.features).map { json(spans[$0]) })),
      (
        "skipped",
        .array(
          skips.filter { $0.feature == feature.slug }.map {
            .object([("phase", .string($0.place.phase)), ("reason", JSON($0.reason))])
          })
      ),
      ("visits", .array(feature.visits.suffix(ReportFacts.Most.features).map { json(visits[$0]) })),
      ("commits", .array(feature.commits.map { JSON(facts.commits[$0].id) })),
    ])
  }

  private func json(_ span: Span) -> JSON {
    .object([
      ("worktree", .string(facts.ledgers[span.ledger].name)), ("scenario", .string(span.place.scenario)),
      ("phase", .string(span.place.phase)), ("role", .string(span.role)), ("feature", JSON(span.feature)),
      ("start", Self.time(span.start)), ("end", Self.time(span.end)),
      ("seconds", .int(Int(span.seconds(until: facts.now)))), ("completed", .bool(span.isCompleted)),
      ("rework", .bool(span.isRework)),
      ("entry", .string(facts.ledgers[span.ledger].entries[span.opening].id.description)),
    ])
  }

  private func json(_ visit: Visit) -> JSON {
    .object([
      ("worktree", .string(facts.ledgers[visit.ledger].name)), ("scenario", .string(visit.scenario)),
      ("feature", JSON(visit.feature)), ("environment", JSON(visit.environment)),
      ("incident", JSON(visit.incident)), ("start", Self.time(visit.start)), ("end", Self.time(visit.end)),
      ("outcome", .string(visit.outcome.rawValue)), ("actor", JSON(visit.actor)),
      ("reason", JSON(visit.reason)),
    ])
  }

  private static func json(_ time: CycleTime) -> JSON {
    .object([
      ("scenario", .string(time.place.scenario)), ("phase", .string(time.place.phase)),
      ("completed", .int(time.count)), ("median_seconds", .int(Int(time.median))),
      ("ninety_percent_seconds", .int(Int(time.ninety))),
    ])
  }

  private func json(_ commit: ReportFacts.Commit) -> JSON {
    .object([
      ("commit", JSON(commit.id)), ("verdict", .string(commit.judgement.rawValue)),
      ("reason", .string(commit.why)),
      ("subject", JSON(commit.text?.subject)), ("author", JSON(commit.text?.author)),
      ("date", Self.time(commit.text?.date)), ("landed", Self.time(commit.landed)),
      ("actor", JSON(commit.actor)),
      ("role", JSON(role(of: commit))), ("place", JSON(place(of: commit)?.description)),
      ("feature", JSON(feature(of: commit))), ("entry", JSON(commit.entry)),
    ])
  }

  private func json(_ position: Position) -> JSON {
    let entry = self[position]
    return .object([
      ("worktree", .string(facts.ledgers[position.ledger].name)), ("seq", .int(entry.sequence)),
      ("at", Self.time(entry.at)), ("kind", .string(entry.kind)), ("scenario", .string(entry.place.scenario)),
      ("phase", .string(entry.place.phase)), ("status", .string(entry.status.rawValue)),
      ("trigger", .string(entry.trigger)), ("actor", .string(entry.actor)), ("claimed", JSON(entry.claimed)),
      ("detected", JSON(entry.detected)), ("branch", JSON(entry.branch)), ("head", JSON(entry.head)),
      ("reason", JSON(entry.reason)), ("feature", JSON(entry.feature)), ("commits", .int(entry.commits)),
      ("skipped", .array(entry.skipped.map { .string($0.description) })),
      ("entry", JSON(entry.id)),
    ])
  }

  private static func json(_ record: ReportFacts.Record) -> JSON {
    .object([
      ("at", .string(record.at)), ("kind", .string(record.kind)),
      ("scenario", .string(record.place.scenario)),
      ("phase", .string(record.place.phase)), ("role", .string(record.role)),
      ("actor", .string(record.actor)),
      ("commit", JSON(record.commit)), ("reason", JSON(record.reason)),
      ("skipped", .array(record.skipped.map(JSON.string))),
    ])
  }
}
