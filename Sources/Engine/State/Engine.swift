import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// A governed worktree: what every command that reads or moves the state works on.
public struct Engine: ~Copyable {
  /// The open repository.
  public let repository: Repository
  /// The worktree's root, with a trailing slash.
  public let worktree: String
  /// Who called.
  public let identity: Identity

  /// Opens the worktree of the current directory.
  ///
  /// - Throws: `Refusal` (66) outside a worktree.
  public init(identity: Identity = .current()) throws {
    let opened = try Repository.current()
    worktree = try opened.worktree()
    repository = opened
    self.identity = identity
  }

  /// Another worktree of a repository that is open already.
  init(_ repository: consuming Repository, worktree: String, identity: Identity) {
    self.repository = repository
    self.worktree = worktree
    self.identity = identity
  }

  /// Everything that is known of the state now.
  public struct Standing: Sendable {
    /// The branch and commit that HEAD names.
    public let head: Head
    /// The newest entry, its record compiled under `rules`.
    public let seal: Seal
    /// Its record as it was sealed.
    public let sealed: GateRecord
    /// The rules in force: what HEAD's tree says, or what is sealed while that waits for the owner's yes.
    public let rules: Rules
    /// What waits; nil mostly.
    public var waiting: RulesChange?
    /// How the state file compares with the seal.
    public let file: FileCondition
  }

  /// Reads the seal, the rules and the state file's condition. Writes nothing: a worktree without a ledger stands
  /// as the one whose state it will take over.
  public func standing() throws -> Standing {
    try standing(under: repository.sealInForce(), at: repository.head())
  }

  /// The same for a command that moves the state. A worktree without a ledger gets its first entry.
  ///
  /// - Parameter remarks: gets what people should know.
  public func adoptStanding(_ remarks: inout [String]) throws -> Standing {
    let head = try repository.head()
    return try standing(under: repository.adoptSealInForce(at: head, &remarks), at: head)
  }

  private func standing(under seal: Seal, at head: Head) throws -> Standing {
    let (rules, waiting) = try rules(under: seal, at: head)
    var standing = try standing(under: seal, at: head, rules)
    standing.waiting = waiting
    return standing
  }

  /// The same under rules that were read already.
  func standing(under seal: Seal, at head: Head, _ rules: Rules) throws -> Standing {
    var seal = seal
    let sealed = seal.record
    if seal.record.rules != rules.version { seal.record = try Self.recompile(repository, head, seal) }
    var file = try repository.fileCondition(seal)
    // The first entry will write it.
    if file == .missing, try repository.isToAdopt(seal) { file = .sealed }
    return Standing(head: head, seal: seal, sealed: sealed, rules: rules, file: file)
  }

  /// Puts back a state file that is missing, as every command does first.
  ///
  /// - Returns: what people should know, in a line; nil where nothing was done.
  public func putBackMissingStateFile() throws -> String? {
    guard !Files.exists(worktree + StatePath.name), let seal = try repository.sealInForceIfAny() else {
      return nil
    }
    return try repository.putBackMissingStateFile(seal)
  }

  /// The facts by which the gate decides an action of the caller, or a commit on HEAD.
  public func facts(_ standing: Standing, proof: StepProof = .none) throws -> Snapshot {
    var seal = standing.seal
    seal.record = standing.sealed
    return try repository.observe(
      .question(proof: proof), by: identity, under: standing.seal.record, of: seal, at: standing.head,
      file: standing.file)
  }

  /// Moves the state: decides under the lock, checks the requirements, seals it in the ledger, notes it on
  /// the code commit, then writes it into the worktree.
  ///
  /// - Parameters:
  ///   - context: context keys to set on the way.
  ///   - defaults: values for keys of the scenario entered or completed that have none.
  ///   - checkpoint: whether the work of the completed phase is committed first.
  ///   - isSkipped: whether the phase ends without anything done in it, since it is optional.
  ///   - expected: the entry that the caller has seen; the move is refused when there is a newer one.
  ///   - answering: commits that the entry covers by name, when a rollback moves: it has looked at the worktree
  ///     itself, which takes long in a large one.
  ///   - report: with a verdict, the auditor's report: a path as given.
  /// - Returns: what happened, with the new seal.
  /// - Throws: `Refusal`.
  public func perform(
    _ move: Move, context: [ContextValue] = [], defaults: [ContextValue] = [], reason: String? = nil,
    checkpoint: Bool = false, skips isSkipped: Bool = false, report: String? = nil, expected: ObjectID? = nil,
    answering: [ObjectID]? = nil
  ) throws -> Performed {
    for pair in context + defaults { try Self.validate(pair) }
    let lock = try StateLock(repository)
    defer { lock.release() }
    var remarks = try recover()
    let standing = try adoptStanding(&remarks)
    try requireSealedFile(standing)
    if let expected, expected != standing.seal.entry {
      throw Refusal(
        .tryAgain, "the phase has changed meanwhile: it is \(standing.seal.record.place)",
        remedy: "run the same command again")
    }
    if answering == nil { try requireNoQuarantine(standing, unless: move, &remarks) }
    let seconds = System.now
    for pair in context + defaults { try requireKnown(pair, standing.rules) }
    let context = try answering == nil ? context.map { try absolute($0, isChecked: true) } : context
    var state = try state(of: standing.seal, standing.rules)
    try tellFreeze(&state, move, standing.rules.catalog)
    var facts = moveFacts(context: context, defaults: defaults, reason: reason, standing.rules)
    facts.isReworked = try isReworked(state, checkpoint: checkpoint, standing)
    facts.isRolledBack = try rollbackResult(in: Place("INCIDENT_RECOVERY", "ROLLBACK")) != nil
    var transition = try advance(
      move, from: state, by: identity.actor, catalog: standing.rules.catalog, at: Timestamp.text(seconds),
      facts)
    if isSkipped { transition.passed.insert(contentsOf: transition.completed, at: 0) }
    state = state.given(facts, standing.rules.catalog)
    try require(transition.completed, state, standing, isRollback: answering != nil)
    let skips = try skips(of: transition, facts, standing.rules)
    try holdTarget(of: &transition.state, given: context)
    let verdict = try Self.passes(move, transition).map { try judge(pass: $0, report: report, standing) }
    var head = standing.head
    var checkpointed: Checkpoint?
    if checkpoint, let place = transition.completed.first {
      checkpointed = try commitArtifacts(of: place, state, standing, seconds, &remarks)
      if let checkpointed { head = Head(branch: head.branch, commit: checkpointed.commit) }
    }
    // What a rollback leaves it has looked at itself, and it leaves nothing uncommitted.
    let lying = answering == nil ? try worktreeChanges() : []
    let dirty =
      !transition.completed.isEmpty
      && lying.contains { !(ProtectedPaths.standard + Install.documents).contains($0.name) }
    if dirty { remarks.append("the worktree has uncommitted changes; the record says so") }
    let records = try self.records(
      of: transition, standing, head: head.commit, checkpoint: checkpointed?.commit, dirty: dirty,
      verdict ?? [], skips: skips)
    if head.commit == nil, !transition.completed.isEmpty {
      remarks.append("there is no commit yet, so there is no note; the ledger has the record")
    }
    // Where the engine gives a phase in progress its context, the phase goes on: what was done in it since is its own.
    let isBegun =
      identity.actor != .system || transition.state.place != standing.seal.record.place
      || !transition.completed.isEmpty
    let about = try isBegun ? lyingAbout(lying, move, from: state, to: transition.state) : nil
    let audited = try auditedTree(entering: transition.state.place, from: standing.seal.record.place)
    let seal = try seal(
      transition.state, kind: transition.completed.isEmpty ? .transition : .phaseCompleted,
      trigger: move.trigger, reason: reason, previous: standing.seal, head: head, rules: standing.rules,
      seconds: seconds, commits: (answering ?? []) + [checkpointed?.commit].compactMap { $0 },
      skipped: (transition.passed + transition.waived).uniqued, audited: audited, records: records,
      lying: about, &remarks)
    if checkpointed != nil { PendingCheckpoint(repository).end() }
    if case .nextPhase = move { remarks += Backup.pruneByTheWay(repository) }
    if let remark = transition.remark { remarks.append(remark) }
    if let remark = try layOutBrief(transition.state, standing.rules) { remarks.append(remark) }
    return Performed(
      transition: transition, seal: seal, checkpoint: checkpointed?.commit,
      files: checkpointed?.files ?? [], remarks: remarks)
  }

  /// What a checkpoint leaves alone in the phase that a move enters: what lies about now; where a scenario goes on in the
  /// phase in which it was set aside, what lay about when that phase began.
  private func lyingAbout(
    _ now: [WorktreeChange], _ move: Move, from old: State, to new: State
  ) throws -> LyingAbout {
    if let visit = new.suspended.first, visit.place == old.place, !old.suspended.contains(visit) {
      try LyingAbout.keep(repository, for: visit.place.scenario)
    }
    var goesOn = old.suspended.contains { $0.place == new.place && $0.status == new.status }
    if case .set = move { goesOn = false }
    let kept = goesOn ? LyingAbout(repository, suspended: new.place.scenario) : nil
    return kept ?? LyingAbout(now, in: worktree)
  }

  /// Whether a move gives the verdict PASS or FAIL; nil when it gives none.
  private static func passes(_ move: Move, _ transition: Transition) -> Bool? {
    if case .verdict(let pass) = move { return pass }
    switch transition.fired {
    case .qualityGatePass: return true
    case .qualityGateFail: return false
    default: return nil
    }
  }

  /// The result of a move.
  public struct Performed: Sendable {
    /// The move itself.
    public let transition: Transition
    /// The new entry.
    public let seal: Seal
    /// The commit of the completed phase's artifacts; nil when there was nothing to commit.
    public let checkpoint: ObjectID?
    /// The paths that it has changed.
    public let files: [String]
    /// What people should know, a line each.
    public let remarks: [String]
  }

  /// The state file must be sealed, or an earlier seal that is about to be replaced.
  func requireSealedFile(_ standing: Standing) throws {
    if case .edited = standing.file,
      case .bytes(let bytes) = Files.read(worktree + StatePath.name, limit: StatePath.limit),
      let wrong = RulesFiles().diagnose(bytes, at: standing.head, in: repository)
    {
      throw wrong
    }
    if let refusal = refusal(ofFile: standing.file) { throw refusal }
  }

  /// Seals a state, notes the records and writes the file. The caller holds the lock.
  ///
  /// What is left to do after the ledger has moved is written down before it moves, so that the next call
  /// finishes it (`recover`).
  ///
  /// - Parameters:
  ///   - isAccepting: whether the owner says yes to what waits.
  ///   - lying: what lies about where the entry begins a phase; nil where it begins none.
  ///   - remarks: gets what people should know.
  func seal(
    _ state: State, bytes: [UInt8]? = nil, kind: Entry.Kind, trigger: String, reason: String? = nil,
    previous: Seal?, head: Head, rules: Rules, seconds: Int64, commits: [ObjectID] = [],
    skipped: [Place] = [], audited: ObjectID? = nil, records: [NoteRecord] = [], lying: LyingAbout? = nil,
    _ remarks: inout [String]
  ) throws -> Seal {
    let sequence = (previous?.record.sequence ?? 0) + 1
    var record = try rules.record(state, sequence: sequence)
    record.harnesses = previous?.record.harnesses ?? []
    let content = bytes ?? StateFile.encode(state, catalog: rules.catalog)
    // A state that could not be read back would leave nobody a way on. Without words from outside in it, a
    // state is only names of the catalog.
    let hasForeignWords =
      !state.unknown.isEmpty || !state.suspended.isEmpty || state.context.contains { $0.value != nil }
    guard try !hasForeignWords || StateFile.decode(content, catalog: rules.catalog) == state else {
      throw Refusal(.software, "the state cannot be read back as it was written", remedy: "report this")
    }
    let new = NewEntry(
      kind: kind, seconds: seconds, identity: identity, head: head, record: record, state: content,
      trigger: trigger, reason: reason, commits: commits, skipped: skipped, audited: audited,
      author: try author(seconds))
    return try publish(new, after: previous, records, lying: lying, &remarks)
  }

  /// Puts an entry into the ledger, its records into the notes and its state into the worktree.
  ///
  /// - Parameters:
  ///   - lying: what lies about where the entry begins a phase; nil where it begins none.
  ///   - remarks: gets what people should know.
  func publish(
    _ new: NewEntry, after previous: Seal?, _ records: [NoteRecord], lying: LyingAbout? = nil,
    isAccepting: Bool = false, _ remarks: inout [String]
  ) throws -> Seal {
    if !records.isEmpty { try Notes.check(repository) }
    var new = new
    // Signers come with the rules that they lie beside.
    if let previous, !isAccepting, new.said.actor == .known(.owner) {
      let head = Head(branch: new.said.branch, commit: new.said.head)
      new.takesSigners = try repository.waitingRules(since: previous, at: head) == nil
    }
    // Before the ledger moves: a command that fails has moved nothing.
    guard Files.isWritableDirectory(worktree) else {
      throw Refusal(
        .cannotCreate, "cannot replace \(worktree)\(StatePath.name): \(System.reason)",
        why: "nothing was sealed", remedy: "make the directory writable, then run the same command again")
    }
    var lines: [Notes.Line] = []
    let seal = try repository.sealLandings(with: new, after: previous, &remarks) { seal, said in
      lines = records.map { $0.line(said, seal.entry) }
      if !lines.isEmpty { try Intent(entry: seal.entry, lines: lines).write(repository) }
      try lying?.writeNext(repository, entry: seal.entry)
    }
    if lying != nil { try LyingAbout.settle(repository, under: seal) }
    try Notes.append(lines, to: repository, at: new.seconds)
    try repository.restoreStateFile(seal)
    if !lines.isEmpty { Intent.remove(repository) }
    try BranchLock.bringInLine(repository, new.record, at: repository.head())
    return seal
  }

  /// Brings everything beside the ledger back to what it says: the state file, the locked branch,
  /// what an interrupted command left.
  ///
  /// - Parameter remarks: gets what people should know.
  public func restore(_ remarks: inout [String]) throws -> Seal {
    let lock = try StateLock(repository)
    defer { lock.release() }
    _ = try recover()
    let seal = try repository.adoptSealInForce(at: repository.head(), &remarks)
    try repository.restoreStateFile(seal)
    try BranchLock.releaseOrphans(repository)
    try BranchLock.bringInLine(repository, seal.record, at: repository.head())
    return seal
  }

  /// Who runs the command, as git knows them; nil when git does not.
  func author(_ seconds: Int64) throws -> Signature? {
    let name = try System.environment("GIT_AUTHOR_NAME") ?? repository.configuration("user.name")
    let email = try System.environment("GIT_AUTHOR_EMAIL") ?? repository.configuration("user.email")
    guard let name, let email else { return nil }
    return Signature(name: name, email: email, time: seconds)
  }
}
