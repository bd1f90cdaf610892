import Core
import Foundation
import Testing
import Verify

/// Ledgers of the first form, without landings: nothing has the content of anything.
private struct Brackets: Ledgers.Sources {
  let remote: CommitGraph?

  func remotes() -> CommitGraph? { remote }
  func matches(among commits: [Int32], made: [Int32], in graph: CommitGraph, isNeeded: Bool) -> [Derivation]?
  { [] }
  func rolledBack() -> Set<ObjectID> { [] }

  func contents(_ asked: Set<ContentQuestion>) throws -> [ContentQuestion: CommitContent] { [:] }
}

/// Random histories, judged fast and judged naively. `LLMOS_SEED=NUMBER` judges that one alone.
@Suite struct RandomHistoryTests {
  private static let seeds: ClosedRange<UInt64> = {
    guard let seed = ProcessInfo.processInfo.environment["LLMOS_SEED"].flatMap(UInt64.init) else {
      return 1...2500
    }
    return seed...seed
  }()

  @Test func bothJudgesSayTheSame() throws {
    let records = try [Place("FEATURE", "QA"), Place("ROLLBACK", "EXECUTE")].flatMap { place in
      try [false, true].map { try GateRecord(of: place, mayCommit: $0) }
    }
    var seen: [Judgement: Int] = [:]
    for seed in Self.seeds {
      let world = World(seed: seed)
      let expected = NaiveJudge(world).verdicts
      let found = try world.checkedLedgers(records).judge(
        world.graph, from: world.tips.map(World.id), Brackets(remote: world.remoteGraph))
      var verdicts: [ObjectID: NaiveJudge.Verdict] = [:]
      for one in found {
        seen[one.judgement, default: 0] += 1
        verdicts[one.commit] = NaiveJudge.Verdict(
          judgement: one.judgement, entry: one.entry, isClosed: one.isClosed)
      }
      let wanted = Dictionary(uniqueKeysWithValues: expected.map { (World.id($0.key), $0.value) })
      #expect(found.count == wanted.count, "LLMOS_SEED=\(seed)")
      guard verdicts == wanted else {
        let commit = expected.keys.sorted().first { verdicts[World.id($0)] != expected[$0] } ?? -1
        let (one, other) = (verdicts[World.id(commit)], expected[commit])
        Issue.record(
          "LLMOS_SEED=\(seed): commit \(commit) is \(String(describing: one)), naively \(String(describing: other))"
        )
        return
      }
    }
    // A generator that makes nothing of a kind would test nothing of it.
    if Self.seeds.count > 1 {
      for judgement in Judgement.allCases where ![.derived, .unseen].contains(judgement) {
        #expect(seen[judgement, default: 0] > 50, "\(judgement)")
      }
    }
  }

  @Test func completedPhasesAreThoseOfEntriesThatProveThem() throws {
    var record = try GateRecord(of: Place("DEPLOYMENT", "VERIFY"), mayCommit: false)
    record.status = .completed
    let (good, bad) = (World.id(1), World.id(2))
    let entry = { (head: ObjectID, kind: Entry.Kind, isSound: Bool) in
      CheckedEntry(
        Seal(
          entry: head, previous: nil, state: .null, record: record, reference: "", head: head),
        Entry(
          sequence: 1, kind: kind, seconds: 0, identity: Identity(actor: .owner), head: head,
          place: record.place, trigger: "next-phase"), isSound: isSound)
    }
    let ledgers = Ledgers([
      CheckedLedger(
        "a",
        [
          entry(good, .phaseCompleted, true), entry(bad, .phaseCompleted, false),
          entry(bad, .transition, true),
        ])
    ])
    #expect(ledgers.completed(record.place) == [good])
    #expect(ledgers.completed(Place("DEPLOYMENT", "DEPLOY")) == [])
  }
}
