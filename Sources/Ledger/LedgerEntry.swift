import Core
import Git
import Platform

/// What `entry.json` says: when, who, why and on which code.
public struct LedgerEntry: Sendable {
  /// Its number in the ledger, from 1.
  public var sequence: Int
  /// `genesis`, `set`, `phase-completed`, `event`, …
  public var kind: String
  /// Seconds since 1970.
  public var seconds: Int64
  /// Who made it.
  public var identity: Identity
  /// The branch and the code commit of that moment.
  public var head: Head
  /// The state's place after it.
  public var place: Place
  /// What led to it: a command or an event.
  public var trigger: String
  /// The words given with `--reason`.
  public var reason: String?
  /// The version of the rules it was decided under.
  public var rules: RulesVersion
  /// Commits that the entry answers for: a checkpoint, a rollback, or what an owner accepted. Hexadecimal.
  public var commits: [String]
  /// The worktree as a tree, when a quality gate begins: what must not change until its verdict.
  public var audited: ObjectID?
  /// Who ran the command, as git knows them; nil when git does not.
  public var author: Signature?
  /// The clone's and the ledger's name, so that two worktrees' entries never are one.
  public var worktree = ""

  /// An entry of these fields.
  public init(
    sequence: Int, kind: String, seconds: Int64, identity: Identity, head: Head, place: Place,
    trigger: String, reason: String? = nil, rules: RulesVersion = RulesVersion(), commits: [String] = [],
    audited: ObjectID? = nil, author: Signature? = nil
  ) {
    self.commits = commits
    self.audited = audited
    self.sequence = sequence
    self.kind = kind
    self.seconds = seconds
    self.identity = identity
    self.head = head
    self.place = place
    self.trigger = trigger
    self.reason = reason
    self.rules = rules
    self.author = author
  }

  /// `OWNER`, `SYSTEM`, `AGENT` or `AGENT:ROLE`: also the principal of a key that may sign it.
  public var actorText: String { identity.actor.name + (identity.actor.role.map { ":" + $0 } ?? "") }

  /// Keys sorted; every key always there.
  public var json: JSON {
    .object([
      ("actor", .string(actorText)),
      ("at", .string(Timestamp.text(seconds))),
      ("branch", JSON(head.branch)),
      ("catalog", .string(rules.digest)),
      ("claimed", JSON(identity.claimed)),
      ("commits", .array(commits.map(JSON.string))),
      ("detected", JSON(identity.detected)),
      ("head", JSON(head.commit?.description)),
      ("kind", .string(kind)),
      ("phase", .string(place.phase)),
      ("reason", JSON(reason)),
      ("scenario", .string(place.scenario)),
      ("seq", .int(sequence)),
      ("trigger", .string(trigger)),
      ("v", .int(1)),
      ("worktree", .string(worktree)),
    ])
  }
}

// MARK: Writing

extension Repository {
  /// Writes an entry and moves the ledger to it by compare-and-swap.
  ///
  /// - Parameters:
  ///   - origin: the seal that a first entry takes over; nil for any other.
  ///   - previous: the newest entry that the caller saw; nil for the first of a ledger.
  ///   - stateBytes: the state file's bytes, to be sealed.
  /// - Returns: the new seal.
  /// - Throws: `GitError`: `.modified`, `.exists` or `.locked` when another process was first.
  public func append(
    _ entry: LedgerEntry, stateBytes: [UInt8], record: GateRecord, previous: Seal?,
    adopting origin: Seal? = nil
  ) throws -> Seal {
    let seal = try prepare(
      entry, stateBytes: stateBytes, record: record, previous: previous, adopting: origin)
    try publish(seal, previous: previous)
    return seal
  }

  /// Writes an entry's objects; the ledger does not move yet.
  public func prepare(
    _ entry: LedgerEntry, stateBytes: [UInt8], record: GateRecord, previous: Seal?,
    adopting origin: Seal? = nil
  ) throws -> Seal {
    var entry = entry
    let clone = try configuration(Ledger.cloneKey).map { $0 + "/" } ?? ""
    entry.worktree = clone + (previous?.reference ?? ledgerReference).dropFirst(Ledger.prefix.count)
    let state = try write(blob: stateBytes)
    var names = [
      TreeEntry(name: StatePath.name, id: state),
      TreeEntry(name: Ledger.entryName, id: try write(blob: Array((entry.json.text + "\n").utf8))),
      TreeEntry(name: Ledger.recordName, id: try write(blob: Array(record.text.utf8))),
    ]
    if let audited = entry.audited {
      names.append(TreeEntry(name: Ledger.auditedName, id: audited, mode: 0o040000))
    }
    let branches: ObjectID?
    if let origin {
      branches = try adoptedBranches(origin)
    } else {
      branches = try answeredBranches(after: previous)
    }
    if let branches { names.append(TreeEntry(name: Ledger.branchesName, id: branches)) }
    var before: Signers?
    if let last = previous ?? origin, last.isSigned {
      before = try signers(inTree: self.commit(last.entry).tree)
    }
    let sealed = try sealedSigners(after: before, entry)
    if let sealed { names += try sealed.entries(in: self) }
    let tree = try write(tree: names)
    let engine = Signature(name: "llmos-hook", email: "llmos-hook@localhost", time: entry.seconds)
    let parents = [previous?.entry, entry.head.commit].compactMap { $0 }
    let subject = "\(entry.kind): \(record.place) (\(entry.trigger))\n"
    let content = try text(
      commitOf: tree, parents: parents, author: entry.author ?? engine, committer: engine,
      message: subject)
    let signature = try self.signature(of: content, entry, believed: before ?? sealed, sealing: sealed)
    let commit = try write(commit: content, signature: signature)
    if entry.identity.actor == .owner, let before, sealed == before, try signers(at: entry.head) != before {
      System.write(
        "llmos-hook: .llmos/allowed_signers has changed without a higher version, so the change has no effect\n",
        to: 2)
    }
    return Seal(
      entry: commit, state: state, record: record, reference: previous?.reference ?? ledgerReference,
      head: entry.head.commit, branches: branches, isSigned: sealed != nil)
  }

  /// The branches and tags that an entry answers for, besides HEAD: as they stand when the phase that ends
  /// allowed commits, or when the ledger begins; else those of before, because what came since came without
  /// leave.
  public func answeredBranches(after previous: Seal?) throws -> ObjectID? {
    if let previous, !previous.record.mayCommit { return previous.branches }
    let strange = try landedElsewhere(besides: previous?.reference ?? ledgerReference)
    let named = try (tips(matching: "refs/heads/*") + tagTips()).filter { tip in
      try !strange.contains { try tip.id == $0 || isAncestor($0, of: tip.id) }
    }
    let lines = named.map { "\($0.id) \($0.name)\n" }
    return lines.isEmpty ? nil : try write(blob: Array(lines.joined().utf8))
  }

  /// What landed without leave in other worktrees: their quarantine is not ended from here.
  private func landedElsewhere(besides own: String) throws -> [ObjectID] {
    var found: [ObjectID] = []
    for ledger in try localLedgers() where ledger != own {
      guard let head = try head(ofWorktreeWith: ledger), let seal = try seal(under: ledger),
        head != seal.head || seal.record.isAdopted
      else { continue }
      found += try landed(
        since: seal, seal.record, at: Head(branch: nil, commit: head), isHeadOnly: true, limit: 100)
    }
    return found
  }

  /// The same for a worktree that takes over another one's state: what that one's newest entry answers for.
  private func adoptedBranches(_ origin: Seal) throws -> ObjectID? {
    if origin.record.mayCommit { return try answeredBranches(after: nil) }
    var ids = try branches(in: origin.branches)
    if !origin.record.isAdopted, let head = origin.head { ids.append(head) }
    return ids.isEmpty ? nil : try write(blob: Array(ids.map { "\($0) -\n" }.joined().utf8))
  }
}
