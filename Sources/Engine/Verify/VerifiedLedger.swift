import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

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
    /// Whether it needed a signature, and so has one.
    var isKeyed = false
    /// The blob of the sealed state.
    let state: ObjectID

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
    repository.walkLedger(from: tip.id) { id in
      do {
        let seal = try repository.seal(at: id, under: tip.name)
        let commit = try repository.commit(id)
        guard let said = try repository.said(by: commit) else {
          throw Refusal(.data, "its entry.json cannot be read")
        }
        guard said.sequence == seal.record.sequence,
          entries.last.map({ $0.record.sequence - 1 == said.sequence }) ?? true,
          commit.parents == [seal.previous, said.head].compactMap({ $0 }),
          said.sequence == 1 || seal.previous != nil, said.place == seal.record.place
        else { throw Refusal(.data, "its parts contradict each other") }
        let isSound = try rules.isSound(seal.record, said.head, repository)
        branches.append(seal.branches)
        entries.append(
          Entry(
            id: id, record: seal.record, kind: said.kind.rawValue, actor: said.actor.text,
            isVerdict: said.isVerdict, at: said.at, commits: Set(said.commits), head: said.head,
            isSound: isSound, isSigned: seal.hasSigners, state: seal.state))
        return seal.previous
      } catch {
        findings.append("\(tip.name): entry \(id.short) is not trusted: \(Refusal(error).what)")
        return nil
      }
    }
    entries.reverse()
    branches.reverse()
    for index in entries.indices where index == 0 || branches[index] != branches[index - 1] {
      entries[index].branches = try repository.branches(in: branches[index])
    }
    let looked = entries.firstIndex { $0.id == known }.map { $0 + 1 } ?? 0
    for index in entries.indices {
      let now = entries[index]
      var problem = now.isSound ? nil : "allows more than its rules"
      // Where another worktree's state went on under this one's rules, and where a sync of an earlier version took
      // changed rules over with it, nothing is wrong; it only proves nothing.
      var isQuiet = index == 0 && now.record.isAdopted
      if index > 0, ["override", "sync"].contains(now.kind) {
        // These leave the state as it was, also where the rules cannot be read any more.
        let before = entries[index - 1]
        var record = now.record
        if now.kind == "override" { record.override = nil }
        let isSame = now.state == before.state && (now.kind == "override" || now.commits.isEmpty)
        if isSame, !record.allows(beyond: before.record) {
          if before.isSound { problem = nil }
        } else if now.kind == "sync" {
          record.actions = before.record.actions
          isQuiet = isSame && !record.allows(beyond: before.record)
          problem = "is not a valid sync: it changes the state"
        }
      }
      entries[index].isSound = problem == nil
      if let problem, index >= looked, !isQuiet {
        findings.append("\(tip.name): entry \(now.id.short) \(problem)")
      }
    }
    try Self.tellKeyed(&entries, repository)
    let end = try Self.believed(&entries, since: known, floor, &findings, tip.name, repository)
    entries.removeSubrange(end...)
    // What nobody signed names nobody.
    signers = try entries.last.flatMap {
      $0.isKeyed ? try repository.signers(inTree: repository.commit($0.id).tree) : nil
    }
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
    var floor = floor
    // What was looked at when it came is not looked at again.
    var index = 0
    if let known, let last = entries.firstIndex(where: { $0.id == known }) {
      trusted = try signers(of: entries[last], repository)
      index = last + 1
      if let trusted, entries[last].isKeyed, trusted.version >= floor?.version ?? 0 { floor = nil }
    }
    while index < entries.endIndex {
      let entry = entries[index]
      let sealed = try signers(of: entry, repository)
      guard let by = trusted ?? sealed, by.hasKeys else {
        trusted = sealed
        index += 1
        continue
      }
      let before = index > 0 ? entries[index - 1] : nil
      let isStrange =
        before?.isKeyed != true && sealed != floor && sealed?.version ?? 0 >= floor?.version ?? .max
      var problem = try problem(entry, sealed, by, floor, before, repository)
      if problem == nil, isStrange, entry.actor != "OWNER" {
        problem = "its allowed_signers are unknown and not sealed by the owner"
      }
      if let problem {
        findings.append("\(name): entry \(entry.id.short) is not trusted: \(problem)")
        if index > 0 { entries[index - 1].isSound = false }
        return index
      }
      trusted = sealed
      // The owner has gone on from what is known elsewhere: with the keys that he named since.
      if let sealed, let known = floor, entry.actor == "OWNER", sealed.version > known.version { floor = nil }
      index += 1
    }
    return entries.endIndex
  }

  /// Which entries `believed` asks a signature of. It is the same whenever a ledger is read, so that an entry
  /// without one is worth no more because it came earlier.
  private static func tellKeyed(_ entries: inout [Entry], _ repository: borrowing Repository) throws {
    var known: [ObjectID: Bool] = [:]
    /// Whether the one before names anybody; nil when it seals no file.
    var before: Bool?
    for index in entries.indices {
      var hasKeys: Bool?
      if entries[index].isSigned {
        let tree = try repository.commit(entries[index].id).tree
        if let file = try repository.entry(at: Signers.name, inTree: tree)?.id {
          hasKeys = try known[file] ?? repository.signers(inTree: tree)?.hasKeys
          known[file] = hasKeys
        }
      }
      entries[index].isKeyed = before ?? hasKeys ?? false
      before = hasKeys
    }
  }

  private static func signers(of entry: Entry, _ repository: borrowing Repository) throws -> Signers? {
    entry.isSigned ? try repository.signers(inTree: repository.commit(entry.id).tree) : nil
  }

  private static func problem(
    _ entry: Entry, _ sealed: Signers?, _ by: Signers, _ floor: Signers?, _ before: Entry?,
    _ repository: borrowing Repository
  ) throws -> String? {
    guard let signed = try repository.signature(of: entry.id) else { return "it is not signed" }
    guard let seconds = Timestamp.seconds(entry.at), entry.at >= before?.at ?? "" else {
      return "it is older than the entry before it"
    }
    guard seconds <= System.now + 86_400 else { return "its time is in the future" }
    // The newest signers that are known from elsewhere have a say too: a key that was taken away is away.
    for signers in [by, floor == by ? nil : floor].compactMap({ $0 }) where signers.hasKeys {
      guard
        try signers.verify(
          signed.signature, of: signed.content, actor: entry.actor, at: seconds, in: repository)
      else { return "it is not signed by a key that may act as \(entry.actor)" }
    }
    if let problem = unentitled(entry, before) { return problem }
    if sealed != by, before != nil {
      guard entry.actor == "OWNER", let sealed, sealed.version > by.version else {
        return "its allowed_signers are not sealed by the owner, or are older than the current ones"
      }
    }
    return nil
  }

  /// What an actor may not seal, whatever key it has.
  private static func unentitled(_ entry: Entry, _ before: Entry?) -> String? {
    let isAgent = entry.actor == "AGENT" || entry.actor.hasPrefix("AGENT:")
    guard isAgent || ["OWNER", "SYSTEM"].contains(entry.actor) else { return "unknown actor \(entry.actor)" }
    if entry.kind == "override", entry.actor != "OWNER" { return "only the owner can override the gate" }
    guard isAgent, entry.kind != "sync" else { return nil }
    let first = Place("PROJECT_BOOTSTRAP", "INITIALIZATION")
    if entry.kind == "genesis", entry.record.place == first, entry.record.override == nil { return nil }
    let isVerdict =
      entry.isVerdict && entry.actor == "AGENT:QUALITY_AUDITOR" && entry.record.override == nil
      && before?.record.place == Place("QUALITY_GATE", "VERDICT")
    return isVerdict ? nil : "an agent cannot make such an entry"
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
