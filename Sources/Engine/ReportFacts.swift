import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

extension Engine {
  /// Everything that `report` shows: the ledger of this worktree, the notes, and a judgement of each commit.
  ///
  /// - Parameter commits: the commits to judge.
  /// - Throws: `Refusal`: 66 when nothing is sealed, 65 for an entry that cannot be read.
  public func reportPage(judging commits: [ObjectID]) throws -> ReportPage {
    let standing = try standing()
    let record = standing.seal.record
    let history = try history(limit: nil)
    let verify = try Verification(repository)
    let lines = try verify.judge(commits, in: repository)
    var records: [ReportPage.Record] = []
    var foreign = 0
    for line in try Notes.all(in: repository) {
      if let record = WrittenRecord(line.text.utf8).flatMap({ Self.shown($0, on: line.commit) }) {
        records.append(record)
      } else {
        foreign += 1
      }
    }
    return ReportPage(
      title: worktree.split(separator: "/").last.map(String.init) ?? worktree,
      at: Timestamp.text(System.now), place: record.place, status: record.status, role: record.role,
      entries: history.map { event in
        let (entry, id) = (event.entry, event.id)
        return ReportPage.Entry(
          sequence: entry.sequence, at: entry.at, kind: entry.kind.rawValue, place: entry.place,
          trigger: entry.trigger, actor: entry.actor.text, claimed: entry.claimed, detected: entry.detected,
          branch: entry.branch, head: entry.head?.description, reason: entry.reason,
          commits: entry.commits.count, skipped: entry.skipped, id: id.description)
      },
      records: records.sorted { ($1.at, $1.commit) < ($0.at, $0.commit) }, foreignNotes: foreign,
      verdicts: lines.map {
        ReportPage.Verdict(commit: $0.commit.description, judgement: $0.judgement, reason: $0.reason)
      },
      findings: verify.findings, graph: Graph(standing.rules.catalog, current: record.place))
  }

  /// A record as a report shows it; nil for one that does not say where and by whom.
  private static func shown(_ record: WrittenRecord, on commit: ObjectID) -> ReportPage.Record? {
    guard let scenario = record.scenario, let phase = record.phase, let actor = record.actor else {
      return nil
    }
    return ReportPage.Record(
      at: record.at, kind: record.kind, place: Place(scenario, phase), role: record.role ?? "", actor: actor,
      commit: commit.description, reason: record.reason, skipped: record.skipped)
  }
}
