import Core
import Git
import Platform

/// An entry on its way into the ledger: what it says, and what its tree gets.
public struct NewEntry: Sendable {
  /// What `entry.json` will say.
  public var said: Entry
  /// Seconds since 1970: the time of `said` and of the commit.
  public let seconds: Int64
  /// The decision, compiled for the hooks.
  public var record: GateRecord
  /// The exact bytes of the state file.
  public let state: [UInt8]
  /// The worktree as a tree, when a quality gate begins: what must not change until its verdict.
  public var audited: ObjectID?
  /// Who ran the command, as git knows them; nil when git does not.
  public var author: Signature?
  /// What the hooks let land since the entry before.
  public var landings: [Landing] = []
  /// The commits that were found to be derived.
  public var derived: [Landing] = []
  /// Whether an owner's entry brings in the signers of HEAD.
  public var takesSigners = true
  /// The owner's entry by whose grant an agent enters a phase with it: its signers are sealed; nil for any other entry.
  public var granting: Seal?
  /// What it replaces, when the ledger begins anew with it; nil for any other entry.
  public var replaced: Replaced?

  /// An entry whose number, place and rules are the record's.
  ///
  /// - Parameters:
  ///   - seconds: since 1970.
  ///   - head: where HEAD stands.
  ///   - commits: what it answers for besides HEAD.
  ///   - skipped: what the move passed over.
  public init(
    kind: Entry.Kind, seconds: Int64, identity: Identity, head: Head, record: GateRecord, state: [UInt8],
    trigger: String, reason: String? = nil, commits: [ObjectID] = [], skipped: [Place] = [],
    audited: ObjectID? = nil, author: Signature? = nil
  ) {
    said = Entry(
      sequence: record.sequence, kind: kind, seconds: seconds, identity: identity, branch: head.branch,
      head: head.commit, place: record.place, trigger: trigger, reason: reason, rules: record.rules,
      commits: commits)
    said.skipped = skipped
    self.seconds = seconds
    self.record = record
    self.record.codeHead = head.commit
    self.state = state
    self.audited = audited
    self.author = author
  }

  /// Whether the owner makes it.
  var isOwners: Bool { said.actor == .known(.owner) }

  /// HEAD as the entry names it.
  var head: Head { Head(branch: said.branch, commit: said.head) }
}

extension Repository {
  /// Writes an entry's objects; the ledger does not move yet.
  ///
  /// - Parameters:
  ///   - previous: the newest entry that the caller saw; nil for the first of a ledger.
  ///   - origin: the seal that a first entry takes over; nil for any other.
  ///   - remarks: gets what people should know.
  /// - Throws: `Refusal` where it cannot be signed, `GitError`.
  public func prepare(
    _ new: NewEntry, after previous: Seal?, adopting origin: Seal? = nil, _ remarks: inout [String]
  ) throws -> Seal {
    let reference = previous?.reference ?? ledgerReference
    var said = new.said
    said.worktree = Ledger.name(of: reference, clone: try configuration(Ledger.cloneKey))
    let state = try write(blob: new.state)
    var record = new.record
    record.begun =
      try new.replaced == nil
      ? begunBranches(after: previous, adopting: origin) : begunBranches(after: nil, adopting: nil)
    var names = [
      TreeEntry(name: StatePath.name, id: state),
      TreeEntry(name: Ledger.entryName, id: try write(blob: Array((said.json.text + "\n").utf8))),
      TreeEntry(name: Ledger.recordName, id: try write(blob: Array(record.text.utf8))),
    ]
    if let audited = new.audited {
      names.append(TreeEntry(name: Ledger.auditedName, id: audited, mode: 0o040000))
    }
    if let begun = record.begun { names.append(TreeEntry(name: Ledger.branchesName, id: begun)) }
    let replaced =
      try new.replaced.map { try write(blob: Array($0.text.utf8)) } ?? (previous ?? origin)?.replaced
      ?? new.granting?.replaced
    if let replaced { names.append(TreeEntry(name: Ledger.replacedName, id: replaced)) }
    names += try rulesEntries(record.rules)
    var landed: ObjectID?
    var landings: [UInt8] = []
    if !new.landings.isEmpty {
      landings = Array(new.landings.map { $0.line + "\n" }.joined().utf8)
      let id = try write(blob: landings)
      names.append(TreeEntry(name: Ledger.landedName, id: id))
      landed = id
    }
    var before: Signers?
    if let last = new.granting ?? previous ?? origin, last.hasSigners {
      before = try signers(inTree: self.commit(last.entry).tree)
    }
    let sealed = try sealedSigners(after: before, new)
    if let sealed { names += try sealed.entries(in: self) }
    var seal = Seal(
      entry: .null, previous: previous?.entry, state: state, record: record, reference: reference,
      head: said.head, branches: record.begun, landed: landed, replaced: replaced, hasSigners: sealed != nil)
    var message = "\(said.kind.rawValue): \(new.record.place) (\(said.trigger))\n"
    if let says = try self.message(of: seal, said, landed: landings) { message += "\n" + says.text }
    let engine = Signature.engine(at: new.seconds)
    let content = try text(
      commitOf: write(tree: names), parents: [previous?.entry].compactMap { $0 },
      author: new.author ?? engine, committer: engine, message: message)
    let signature = try self.signature(of: content, new, believed: before ?? sealed, sealing: sealed)
    seal.entry = try write(commit: content, signature: signature)
    if new.isOwners, let before, sealed == before, try signers(at: new.head) != before {
      remarks.append(
        ".llmos/allowed_signers has changed without a higher version, so the change has no effect")
    }
    return seal
  }

  /// The trees of the rules that a record names, so that who has the ledger can compile them without the code.
  private func rulesEntries(_ rules: RulesVersion) throws -> [TreeEntry] {
    try [(Ledger.scenariosName, rules.scenarios), (Ledger.configurationName, rules.configuration)]
      .compactMap { name, hex in
        guard let id = hex.flatMap({ ObjectID(hex: $0) }), try contains(id) else { return nil }
        return TreeEntry(name: name, id: id, mode: 0o040000)
      }
  }

  /// Moves the ledger to a prepared entry by compare-and-swap.
  ///
  /// - Throws: `GitError`: `.modified`, `.exists` or `.locked` when another process was first.
  public func publish(_ seal: Seal, previous: Seal?) throws {
    // So that a ledger which somebody damaged has a past to go back to.
    if previous == nil { try ensureLog(of: seal.reference) }
    try moveOurs(
      seal.reference, to: seal.entry, expecting: previous?.entry,
      message: "llmos-hook: \(seal.record.place)", underLandings: true)
  }

  /// Moves a reference that only we write. A lock file that a killed process of ours left is removed
  /// (`LockFile`).
  ///
  /// - Parameter underLandings: whether the log of landings is held, under which nobody waits for a reftable's lock
  ///   (`LandingLog`).
  /// - Throws: `GitError`: `.modified` or `.exists` when another process was first.
  public func moveOurs(
    _ name: String, to new: ObjectID, expecting expected: ObjectID?, message: String,
    underLandings: Bool = false
  ) throws(GitError) {
    let attempts = underLandings && !keepsReferencesInFiles ? 0 : 400
    var watch: LockFile.Watch?
    for attempt in 0...attempts {
      do {
        return try move(name, to: new, expecting: expected, message: message, waits: !underLandings)
      } catch {
        guard error.code == .locked, attempt < attempts else {
          takeBackLogLine(of: name, new, expected)
          throw error
        }
        if keepsReferencesInFiles, watch?.isHeld != true {
          watch = LockFile.Watch(commonDirectory + name + ".lock")
        }
        _ = watch?.removeIfStale()
        System.sleep(microseconds: 10_000)
      }
    }
  }

  /// libgit2 writes the reference's log before it renames the lock file: where that fails, the log names a value that
  /// never came. The line that takes it back is git's own form (gitrepository-layout(5), `logs`).
  public func takeBackLogLine(of name: String, _ new: ObjectID, _ expected: ObjectID?) {
    guard keepsReferencesInFiles, let expected, new != expected, newestInLog(of: name) == new,
      (try? target(of: name)) == expected,
      let log = try? FileLock(commonDirectory + "logs/" + name)
    else { return }
    defer { log.release() }
    let line = "\(new) \(expected) llmos-hook <llmos-hook> \(System.now) +0000\tllmos-hook: not moved\n"
    _ = log.append(Array(line.utf8))
  }
}
