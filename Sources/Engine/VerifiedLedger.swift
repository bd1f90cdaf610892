import Foundation
import Gate
import Git
import Glibc
import Scenario

/// One ledger as far as it is believed, and what is wrong with it.
struct VerifiedLedger {
  /// What judging needs of an entry.
  struct Entry {
    let id: ObjectID
    let record: GateRecord
    /// `genesis`, `transition`, `phase-completed`, `override`, …
    let kind: String
    /// UTC, as in entry.json.
    let at: String
    /// The commits that it answers for.
    let commits: Set<ObjectID>
    /// HEAD.
    let head: ObjectID?
    /// The branches that it answers for, as far as the entry before does not.
    var branches: [ObjectID] = []
    /// Whether it says what the rules of its time say.
    let isSound: Bool

    /// Everything that it answers for.
    var heads: [ObjectID] { [head].compactMap { $0 } + branches }
  }

  let reference: String
  /// Oldest first.
  let entries: [Entry]
  /// A line each.
  let findings: [String]

  /// Reads a ledger. What is wrong with the chain is a finding, and what comes before it is not believed.
  ///
  /// - Parameter known: the entry up to which it was looked at before, so that nothing is found in it again.
  init(
    _ tip: Repository.Tip, trusting known: ObjectID? = nil, _ repository: borrowing Repository,
    _ rules: inout SoundRules
  ) throws {
    reference = tip.name
    var entries: [Entry] = []
    var findings: [String] = []
    var branches: [ObjectID?] = []
    let decoder = JSONDecoder()
    var next: ObjectID? = tip.id
    var isKnown = false
    while let id = next {
      next = nil
      if id == known { isKnown = true }
      do {
        let seal = try repository.seal(at: id, under: tip.name)
        let commit = try repository.commit(id)
        guard let blob = try repository.entry(at: Ledger.entryName, inTree: commit.tree),
          let said = try? decoder.decode(
            HistoryEntry.self, from: Data(repository.blob(blob.id, limit: 1 << 28)))
        else { throw Refusal(.data, "its entry.json cannot be read") }
        let head = said.head.flatMap(ObjectID.init(hex:))
        let previous = said.seq > 1 ? commit.parents.first : nil
        guard said.seq == seal.record.sequence,
          entries.last.map({ $0.record.sequence == said.seq + 1 }) ?? true,
          commit.parents == [previous, head].compactMap({ $0 }), said.seq == 1 || previous != nil,
          said.scenario == seal.record.place.scenario, said.phase == seal.record.place.phase
        else { throw Refusal(.data, "its parts do not fit together") }
        let isSound = try rules.isSound(seal.record, head, repository)
        if !isSound, !isKnown {
          findings.append("\(tip.name): entry \(id.short) allows what its rules do not")
        }
        branches.append(seal.branches)
        entries.append(
          Entry(
            id: id, record: seal.record, kind: said.kind, at: said.at,
            commits: Set((said.commits ?? []).compactMap(ObjectID.init(hex:))),
            head: head, isSound: isSound))
        next = previous
      } catch {
        findings.append("\(tip.name): entry \(id.short) is not believed: \(Refusal(error).what)")
      }
    }
    entries.reverse()
    branches.reverse()
    for index in entries.indices where index == 0 || branches[index] != branches[index - 1] {
      entries[index].branches = try repository.branches(in: branches[index])
    }
    self.entries = entries
    self.findings = findings
  }
}

/// The rules of each version that was looked at: a forged record would allow more than they do.
struct SoundRules {
  private var catalogs: [RulesVersion: Catalog] = [:]
  private var versions: [ObjectID: RulesVersion] = [:]

  /// Whether a record says what the rules at its code commit say.
  mutating func isSound(
    _ record: GateRecord, _ head: ObjectID?, _ repository: borrowing Repository
  ) throws -> Bool {
    let version = try version(at: head, repository)
    if catalogs[version] == nil {
      let rules = try? Rules(repository, at: Head(branch: nil, commit: head))
      catalogs[version] = rules?.catalog ?? Catalog(scenarios: [])
    }
    guard let phase = catalogs[version]?.phase(at: record.place) else { return !record.mayCommit }
    return record.actions == phase.actions
  }

  private mutating func version(
    at head: ObjectID?, _ repository: borrowing Repository
  ) throws -> RulesVersion {
    guard let head else { return RulesVersion() }
    if let known = versions[head] { return known }
    let version = try repository.rulesVersion(at: Head(branch: nil, commit: head))
    versions[head] = version
    return version
  }
}
