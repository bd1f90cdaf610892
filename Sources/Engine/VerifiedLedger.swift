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
    /// `OWNER`, `SYSTEM`, `AGENT`, `AGENT:ROLE`.
    let actor: String
    /// Whether a verdict led to it.
    let isVerdict: Bool
    /// UTC, as in entry.json.
    let at: String
    /// The commits that it answers for.
    let commits: Set<ObjectID>
    /// HEAD.
    let head: ObjectID?
    /// The branches that it answers for, as far as the entry before does not.
    var branches: [ObjectID] = []
    /// Whether it says what the rules of its time say.
    var isSound: Bool
    /// Whether it seals who may sign the next one.
    let isSigned: Bool

    /// Everything that it answers for.
    var heads: [ObjectID] { [head].compactMap { $0 } + branches }
  }

  let reference: String
  /// Oldest first.
  let entries: [Entry]
  /// A line each.
  let findings: [String]
  /// Who may sign the next entry; nil when nobody needs to.
  let signers: Signers?

  /// Reads a ledger. What is wrong with the chain is a finding, and what comes before it is not believed.
  ///
  /// - Parameters:
  ///   - known: the entry up to which it was looked at before, so that nothing is found in it again.
  ///   - floor: the newest signers that are known from elsewhere: what is newer than `known` is held to them.
  init(
    _ tip: Repository.Tip, trusting known: ObjectID? = nil, floor: Signers? = nil,
    _ repository: borrowing Repository,
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
            id: id, record: seal.record, kind: said.kind, actor: said.actor,
            isVerdict: said.trigger.hasPrefix("quality-gate-"), at: said.at,
            commits: Set((said.commits ?? []).compactMap(ObjectID.init(hex:))),
            head: head, isSound: isSound, isSigned: seal.isSigned))
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
    let end = try Self.believed(&entries, since: known, floor, &findings, tip.name, repository)
    entries.removeSubrange(end...)
    signers = try entries.last.flatMap { try repository.signers(inTree: repository.commit($0.id).tree) }
    self.entries = entries
    self.findings = findings
  }
}

// MARK: Signatures

extension VerifiedLedger {
  /// How far the entries are signed by who may: each is held to the signers sealed by the one before it. The
  /// first that seals any is believed on its own word, unless better is known.
  ///
  /// - Returns: the index of the first entry that is not believed. What was open before it proves nothing.
  private static func believed(
    _ entries: inout [Entry], since known: ObjectID?, _ floor: Signers?, _ findings: inout [String],
    _ name: String, _ repository: borrowing Repository
  ) throws -> Int {
    var trusted: Signers?
    var isKnown = known.map { id in entries.contains { $0.id == id } } ?? false
    for index in entries.indices {
      let entry = entries[index]
      let sealed = entry.isSigned ? try repository.signers(inTree: repository.commit(entry.id).tree) : nil
      var holding = trusted
      if !isKnown, let floor, floor.version > (trusted?.version ?? -1) { holding = floor }
      if entry.id == known { isKnown = false }
      defer { trusted = sealed }
      guard let by = holding ?? sealed, by.hasKeys else { continue }
      let before = index > 0 ? entries[index - 1].at : ""
      guard let problem = try problem(entry, sealed, by, isNew: sealed != holding, before, repository) else {
        continue
      }
      findings.append("\(name): entry \(entry.id.short) is not believed: \(problem)")
      if index > 0 { entries[index - 1].isSound = false }
      return index
    }
    return entries.endIndex
  }

  private static func problem(
    _ entry: Entry, _ sealed: Signers?, _ by: Signers, isNew: Bool, _ before: String,
    _ repository: borrowing Repository
  ) throws -> String? {
    guard let signed = try repository.signature(of: entry.id) else { return "it is not signed" }
    guard let seconds = Timestamp.seconds(entry.at), entry.at >= before else { return "its time goes back" }
    guard seconds <= System.now + 86_400 else { return "its time has not come yet" }
    guard
      try by.verify(signed.signature, of: signed.content, actor: entry.actor, at: seconds, in: repository)
    else { return "no key that may act as \(entry.actor) signed it" }
    let isVerdict = entry.isVerdict && entry.actor == "AGENT:QUALITY_AUDITOR"
    if entry.actor.hasPrefix("AGENT"), !["genesis", "sync"].contains(entry.kind), !isVerdict {
      return "an agent makes no such entry"
    }
    if isNew, sealed != by {
      guard entry.actor == "OWNER", let sealed, sealed.version > by.version else {
        return "its allowed_signers are not the owner's, or older than what holds"
      }
    }
    return nil
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
