import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// What a report is asked to tell of.
public struct ReportQuestion: Sendable {
  /// From when on, seconds since 1970; nil from the beginning.
  public var since: Int64?
  /// The one feature; nil for all.
  public var feature: String?
  /// Whether of all worktrees and branches.
  public var isAll: Bool

  /// A question for these.
  public init(since: Int64? = nil, feature: String? = nil, isAll: Bool = false) {
    self.since = since
    self.feature = feature
    self.isAll = isAll
  }
}

extension Engine {
  /// Everything that `report` is made of: the ledgers, the notes, and a judgement of each commit.
  ///
  /// - Throws: `Refusal`: 66 when nothing is sealed, 64 for a feature that no ledger names.
  public func reportFacts(_ question: ReportQuestion) throws -> ReportFacts {
    let standing = try standing()
    let record = standing.seal.record
    let tips = try reportTips(question)
    let ledgers = try repository.tips(matching: Ledger.prefix + "*")
    let listing = try Verification.begin(from: tips, in: repository)
    let verify = try Verification(repository, ledgers: ledgers)
    var facts = ReportFacts(
      title: worktree.pathParts.last ?? worktree, now: System.now,
      graph: try Graph(
        standing.rules.catalog, current: record.place, isOpen: record.status.isOpen,
        completed: completedPhases()))
    (facts.since, facts.feature, facts.isAll) = (question.since, question.feature, question.isAll)
    // Before the entries are shown: what judging takes is free again by then.
    facts.commits = try judgedCommits(verify, tips, listing, question)
    facts.ledgers = try reportLedgers(verify.ledgers.all, standing, question)
    try requireFeature(facts)
    for index in facts.shownCommits() {
      let summary = try repository.summary(of: facts.commits[index].id)
      facts.commits[index].text = ReportFacts.CommitText(
        subject: summary.subject, author: summary.author, date: summary.committed)
    }
    facts.findings = verify.findings
    if repository.isShallow {
      facts.findings.append("the history is cut off (shallow): what lies before it was not verified")
    }
    facts.hindrances = try hindrances(standing)
    (facts.records, facts.foreignNotes) = try reportRecords(facts)
    facts.briefs = try briefs(facts)
    return facts
  }

  /// The commits from which on it is judged.
  private func reportTips(_ question: ReportQuestion) throws -> [ObjectID] {
    let head = try repository.head().commit
    guard question.isAll else { return [head].compactMap { $0 } }
    let branches = try repository.tips(matching: "refs/heads/*", symbolic: true).map(\.id)
    let heads = try repository.tips(matching: Ledger.prefix + "*").filter { Ledger.isLocal($0.name) }
      .compactMap { try repository.head(ofWorktreeWith: $0.name) }
    return Array(Set([head].compactMap { $0 } + branches + heads))
  }

  /// A mistyped feature would make an empty report.
  private func requireFeature(_ facts: ReportFacts) throws {
    guard let feature = facts.feature else { return }
    let known = Set(facts.ledgers.flatMap { $0.entries.compactMap(\.feature) })
    guard !known.contains(feature) else { return }
    throw Refusal(
      .usage, "no feature \(feature) is in \(facts.isAll ? "any ledger" : "this worktree's ledger")",
      why: known.isEmpty ? "no feature is" : "features: " + known.sorted().prefix(8).joined(separator: ", "),
      remedy: suggestion(feature, Array(known)).map { "llmos-hook report --feature \($0)" }
        ?? "llmos-hook report --all, for every worktree's")
  }

  // MARK: Ledgers

  /// The worktree's own ledger, and with `--all` every other of this clone.
  private func reportLedgers(
    _ all: [CheckedLedger], _ standing: Standing, _ question: ReportQuestion
  ) throws -> [ReportFacts.Ledger] {
    let own = standing.seal.reference.rawBytes
    return
      try all
      .filter { question.isAll ? Ledger.isLocal($0.reference) : $0.reference.rawBytes == own }
      .sorted {
        ($0.reference.rawBytes == own ? 0 : 1, $0.reference) < (
          $1.reference.rawBytes == own ? 0 : 1, $1.reference
        )
      }
      .map { ledger in
        var entries = ledger.entries.map { Self.shown($0.read.said, $0.record, $0.id) }
        // What is not believed is a finding; where the worktree stands is shown all the same.
        if ledger.reference.rawBytes == own, entries.last?.id != standing.seal.entry,
          let said = try repository.said(by: repository.commit(standing.seal.entry))
        {
          entries.append(Self.shown(said, standing.seal.record, standing.seal.entry))
        }
        return ReportFacts.Ledger(
          name: String(ledger.reference.dropFirst(Ledger.prefix.count)), entries: entries,
          actions: ledger.entries.last?.record.actions ?? [],
          isThere: ledger.reference.rawBytes == own || ledger.head != nil)
      }
  }

  private static func shown(_ said: Entry, _ record: GateRecord, _ id: ObjectID) -> ReportFacts.Entry {
    let context = { (key: String) in record.context.first { $0.key == key }?.value }
    return ReportFacts.Entry(
      sequence: said.sequence, at: said.seconds, kind: said.kind.rawValue, place: said.place,
      status: record.status, role: record.role, trigger: said.trigger, actor: said.actor.text,
      claimed: said.claimed, detected: said.detected, branch: said.branch, head: said.head,
      reason: said.reason, feature: context("feature_slug"), environment: context("target_environment"),
      incident: context("incident_type"), suspended: record.suspended, isFrozen: record.isFrozen,
      isAdopted: record.isAdopted, commits: said.commits.count, skipped: said.skipped, id: id)
  }

  // MARK: Commits

  private func judgedCommits(
    _ verify: Verification, _ tips: [ObjectID], _ listing: Result<Child, Refusal>, _ question: ReportQuestion
  ) throws -> [ReportFacts.Commit] {
    guard !tips.isEmpty else { return [] }
    var inTime: Set<ObjectID>?
    if let since = question.since {
      let newer = Child.lines(
        of: ["git", "--no-replace-objects", "rev-list", "--max-age=\(since)"] + tips.map(\.description) + [
          "--"
        ])
      inTime = Set(newer.compactMap(ObjectID.init(hex:)))
    }
    let judged = try verify.judge(from: tips, in: repository, listing)
    var made: [ObjectID: (at: Int64, actor: String)] = [:]
    for ledger in verify.ledgers.all {
      ledger.eachLanding { landing in
        for commit in landing.commits where landing.kind == .made {
          made[commit] = (landing.at, landing.actor)
        }
      }
    }
    return judged.map { judged in
      let landing = made[judged.commit]
      return ReportFacts.Commit(
        id: judged.commit, judgement: judged.judgement, why: judged.reason, entry: judged.entry,
        landed: landing?.at, actor: landing?.actor, isInTime: inTime?.contains(judged.commit) ?? true)
    }
  }

  // MARK: What stands in the way

  private func hindrances(_ standing: Standing) throws -> [ReportFacts.Hindrance] {
    var found: [ReportFacts.Hindrance] = []
    if let quarantine = try quarantine(standing) {
      found.append(
        ReportFacts.Hindrance(
          kind: "quarantine", fact: "the process stands still: " + quarantine.fact, remedy: quarantine.remedy)
      )
    }
    if let pending = try Rollback.pending(in: repository) {
      found.append(
        ReportFacts.Hindrance(
          kind: "rollback", fact: "\(pending.kind) to \(pending.target.text) is not finished",
          remedy: "llmos-hook rollback --continue or --abort"))
    }
    switch standing.file {
    case .sealed, .older, .missing: break
    case .edited(let fact), .unusable(let fact):
      found.append(
        ReportFacts.Hindrance(
          kind: "state file", fact: "\(StatePath.name) was edited by hand: \(fact)",
          remedy: "llmos-hook restore"))
    }
    if let orphan = BranchLock.orphan(repository, at: standing.head) {
      found.append(
        ReportFacts.Hindrance(
          kind: "lock", fact: "\(orphan) is locked by a worktree that no longer exists",
          remedy: "llmos-hook restore unlocks it"))
    }
    return found
  }

  // MARK: Notes and briefs

  /// The records of the time that is told of, newest first, and how many lines of the notes are none.
  private func reportRecords(_ facts: ReportFacts) throws -> (records: [ReportFacts.Record], foreign: Int) {
    var records: [ReportFacts.Record] = []
    var foreign = 0
    let since = facts.since.map(Timestamp.text)
    for line in try Notes.all(in: repository) {
      guard let record = WrittenRecord(line.text.utf8).flatMap({ Self.shown($0, on: line.commit) }) else {
        foreign += 1
        continue
      }
      if since.map({ record.at >= $0 }) ?? true { records.append(record) }
    }
    return (records.sorted { ($1.at, $1.commit) < ($0.at, $0.commit) }, foreign)
  }

  /// A record as a report shows it; nil for one that does not say where and by whom.
  private static func shown(_ record: WrittenRecord, on commit: ObjectID) -> ReportFacts.Record? {
    guard let scenario = record.scenario, let phase = record.phase, let actor = record.actor else {
      return nil
    }
    return ReportFacts.Record(
      at: record.at, kind: record.kind, place: Place(scenario, phase), role: record.role ?? "", actor: actor,
      commit: commit, reason: record.reason, skipped: record.skipped)
  }

  /// What the briefs of the newest features are headed with: as HEAD has them, as the worktrees have them that work on
  /// the features, committed or not, or as the ledger's newest commits for them had them.
  private func briefs(_ facts: ReportFacts) throws -> [String: String] {
    var newest: [String: (at: Int64, commits: [ObjectID])] = [:]
    for ledger in facts.ledgers {
      for entry in ledger.entries.reversed().prefix(ReportFacts.Most.entries) {
        guard let feature = entry.feature else { continue }
        var one = newest[feature] ?? (entry.at ?? 0, [])
        one.at = max(one.at, entry.at ?? 0)
        if let head = entry.head, one.commits.last != head, one.commits.count < 10 {
          one.commits.append(head)
        }
        newest[feature] = one
      }
    }
    let head = try repository.head().commit
    var briefs: [String: String] = [:]
    let last = newest.sorted { ($1.value.at, $0.key) < ($0.value.at, $1.key) }.prefix(
      ReportFacts.Most.features)
    for (feature, known) in last {
      let places = facts.ledgers.filter { $0.isThere && $0.entries.last?.feature == feature }
        .map { Ledger.prefix + $0.name }
      let tips = try [head] + places.map { try repository.head(ofWorktreeWith: $0) }
      briefs[feature] =
        try headingOfBrief(of: feature, at: tips.compactMap { $0 })
        ?? headingOfBrief(of: feature, inWorktreesWith: places)
        ?? headingOfBrief(of: feature, at: known.commits)
    }
    return briefs
  }

  /// The heading in the first of these commits that has one.
  private func headingOfBrief(of feature: String, at commits: [ObjectID]) throws -> String? {
    for commit in commits where try repository.contains(commit) {
      if let heading = try heading(ofBriefOf: feature, at: commit) { return heading }
    }
    return nil
  }

  /// The heading in a worktree's file, which nobody may have committed yet.
  private func headingOfBrief(of feature: String, inWorktreesWith ledgers: [String]) throws -> String? {
    guard !ledgers.isEmpty, !feature.contains("/") else { return nil }
    let path = FeatureBrief.path.replacing("{feature_slug}", with: feature)
    for worktree in try repository.worktrees()
    where ledgers.contains(Ledger.reference(linkedWorktree: worktree.id)) {
      guard case .bytes(let bytes) = Files.read(worktree.path + "/" + path, limit: StatePath.limit),
        let heading = FeatureBrief.heading(of: bytes)
      else { continue }
      return heading
    }
    return nil
  }

  private func heading(ofBriefOf feature: String, at commit: ObjectID) throws -> String? {
    let path = FeatureBrief.path.replacing("{feature_slug}", with: feature)
    guard let file = try repository.entry(at: path, inTree: repository.commit(commit).tree), !file.isTree,
      let bytes = try? repository.blob(file.id, limit: 1 << 20)
    else { return nil }
    return FeatureBrief.heading(of: bytes)
  }
}
