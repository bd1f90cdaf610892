import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// Goes back to a commit or tag, and keeps everything that is replaced in a backup (S6).
///
/// The order is: backup, journal, worktree and index, branch, ledger and note, end of the journal. It may be killed
/// after any step, and each is safe to repeat: `resume` goes on from any of them, `abort` goes back.
public struct Rollback: Sendable {
  /// How a rollback is to be done.
  public struct Options: Sendable {
    /// `revert` or `reset`.
    public var mode = RollbackMode.revert
    /// Whether uncommitted changes are replaced too.
    public var isForced = false
    /// Whether it ends with the plan.
    public var isDryRun = false
    /// Why, for the ledger and the commit.
    public var reason: String?
    /// A shell command that must succeed afterwards (`rollback.verify`); nil for none.
    public var verify: String?
    /// Seconds that it may take.
    public var timeout = 600
    /// Whether ROLLBACK:VERIFY is left to the caller, who completes it.
    public var leavesVerify = false
    /// How many backups stay; nil keeps all.
    public var keep: Int?
    /// Whether git may show its progress on stderr.
    public var showsProgress = false
    /// Shows what the verify command printed, also when the rollback is refused for it.
    public var show: @Sendable (String) -> Void = { _ in }

    /// A plain `revert`.
    public init() {}
  }

  /// What a rollback led to.
  public struct Outcome: Sendable {
    /// What was done, or would be.
    public let plan: RollbackPlan
    /// The backup's reference; nil for a dry run.
    public let backup: String?
    /// HEAD after; nil for a dry run.
    public let commit: ObjectID?
    /// What the caller should know, a fact a line.
    public var remarks: [String] = []
  }

  let index: RollbackIndex
  let options: Options

  /// Rolls back.
  ///
  /// In INCIDENT_RECOVERY:ROLLBACK the scenario stays as it is; from anywhere else ROLLBACK is entered and
  /// gone through, and what was in progress is resumed as REWORK.
  ///
  /// - Parameters:
  ///   - target: a tag, a branch, a hash or anything else that git reads as a commit.
  ///   - announce: gets the plan before anything changes.
  /// - Throws: `Refusal`: 1 when it is refused or its verification failed, 75 when git or another rollback
  ///   is running. A rollback that fails is undone; when even that fails, it stays pending.
  public static func run(
    _ engine: borrowing Engine, to target: String, _ options: Options = Options(),
    announce: (RollbackPlan) -> Void = { _ in }
  ) throws -> Outcome {
    try begun(engine, options) { rollback, engine in
      let head = try engine.repository.head()
      try rollback.permit(engine, head)
      guard let before = head.commit else { throw Refusal(.software, "HEAD has no commit") }
      let (found, remark) = try engine.destination(named: target, engine.repository.sealInForce().record)
      let destination = try rollback.destination(of: (found.name, found.commit), engine, head, before)
      var outcome = try rollback.execute(engine, head, destination, kind: "rollback", announce)
      if let remark { outcome.remarks.insert(remark, at: 0) }
      return outcome
    }
  }

  /// Goes on with a rollback that was interrupted.
  ///
  /// - Parameter remarks: gets what people should know.
  /// - Throws: `Refusal`: 66 when none is pending, 1 when its verification failed; then it was undone.
  public static func resume(
    _ engine: borrowing Engine, _ options: Options = Options(), _ remarks: inout [String]
  ) throws -> RollbackJournal {
    try begun(engine, options) { rollback, engine in
      guard var journal = try pending(in: engine.repository) else { throw nothingPending }
      if journal.kind != "restore" { try rollback.permitAgent(engine) }
      do {
        try rollback.forward(&journal, engine, snapshot: nil, &remarks)
      } catch let failure as VerificationFailure {
        try rollback.backward(&journal, engine, &remarks)
        throw failure.refusal
      }
      return journal
    }
  }

  /// Undoes a rollback that was interrupted.
  ///
  /// - Parameter remarks: gets what people should know.
  /// - Throws: `Refusal`: 66 when none is pending.
  public static func abort(
    _ engine: borrowing Engine, _ options: Options = Options(), _ remarks: inout [String]
  ) throws -> RollbackJournal? {
    try begun(engine, options) { rollback, engine in
      let begun = try pending(in: engine.repository)
      if begun?.kind != "restore" { try rollback.permitAgent(engine) }
      guard var journal = begun else {
        // It was killed before it changed anything.
        guard Files.exists(rollback.index.home) else { throw nothingPending }
        rollback.index.end()
        return nil
      }
      if journal.step == .done {
        try rollback.forward(&journal, engine, snapshot: nil, &remarks)
        throw Refusal(
          .refused, "the rollback was already finished; only its journal was left",
          remedy: "to undo it: llmos-hook rollback --undo")
      }
      try rollback.backward(&journal, engine, &remarks)
      return journal
    }
  }

  /// The rollback that is not finished in this worktree; nil when there is none.
  ///
  /// - Throws: `Refusal` (65) for a journal that is not of our form.
  public static func pending(in repository: borrowing Repository) throws -> RollbackJournal? {
    try pending(at: repository.gitDirectory)
  }

  static func pending(at gitDirectory: String) throws -> RollbackJournal? {
    switch Files.read(gitDirectory + RollbackJournal.path, limit: 1 << 20) {
    case .missing: return nil
    case .unusable(let fact):
      if let failure = SystemFailure(hiding: gitDirectory + RollbackJournal.path) {
        throw Files.failure("read", gitDirectory + RollbackJournal.path, .io, failure)
      }
      throw unreadable(fact)
    case .bytes(let bytes):
      guard let journal = RollbackJournal(text: String(decoding: bytes, as: UTF8.self)) else {
        throw unreadable("it is not of our form")
      }
      return journal
    }
  }

  /// How the reference begins that keeps the commit to which the branch will move.
  static let pendingPrefix = Layout.pending.text

  static let nothingPending = Refusal(
    .noInput, "no rollback is in progress", remedy: "llmos-hook rollback --list shows the backups")

  private static func unreadable(_ fact: String) -> Refusal {
    Refusal(
      .data, "\(RollbackJournal.path) cannot be read: \(fact)",
      why: "the backup is in \(RollbackBackup.prefix): docs/rollback.md says how to restore it by hand",
      remedy: "restore it, then remove the journal")
  }

  // MARK: The parts

  /// Runs a body that holds the rollback's lock; of a dry run one that holds nothing, since it changes nothing.
  static func begun<Value>(
    _ engine: borrowing Engine, _ options: Options, _ body: (Rollback, borrowing Engine) throws -> Value
  ) throws -> Value {
    if options.isDryRun {
      let git = engine.repository.gitDirectory
      let place = DryPlace(besides: engine.repository.commonDirectory + "objects", git + "index")
      defer { place.remove() }
      Interrupts.watch()
      let index = RollbackIndex(
        gitDirectory: git, worktree: engine.worktree, objectWidth: engine.repository.objectWidth,
        showsProgress: options.showsProgress, dry: place)
      return try body(Rollback(index: index, options: options), engine)
    }
    let lock = try RollbackLock(engine.repository)
    defer { lock.release() }
    Interrupts.watch()
    let index = RollbackIndex(
      gitDirectory: engine.repository.gitDirectory, worktree: engine.worktree, lock: lock.lock,
      objectWidth: engine.repository.objectWidth, showsProgress: options.showsProgress)
    // A killed rollback may have left lock files of its references.
    let journal = try? pending(at: engine.repository.gitDirectory)
    var names = [Notes.reference]
    if let journal {
      let values = [journal.from, journal.to].compactMap { $0?.description }
      StaleLock.remove(of: [journal.branch ?? "HEAD"], engine.repository, values: values)
      names += [RollbackBackup.prefix + journal.id, pendingPrefix + journal.id]
    }
    StaleLock.remove(of: names, engine.repository, values: nil)
    if journal == nil {
      // The plan starts from the state after an interrupted checkpoint is undone.
      let lock = try StateLock(engine.repository)
      defer { lock.release() }
      _ = try engine.takeBackCheckpoint()
    }
    return try body(Rollback(index: index, options: options), engine)
  }

  func permitAgent(_ engine: borrowing Engine) throws {
    if let refusal = RollbackSituation(actor: engine.identity.actor).refusal { throw refusal }
  }

  /// Refuses a rollback that cannot begin.
  ///
  /// - Parameter isForAll: whether an agent may too: nothing but files is moved.
  func permit(_ engine: borrowing Engine, _ head: Head, isForAll: Bool = false) throws {
    var situation = RollbackSituation(actor: isForAll ? .owner : engine.identity.actor)
    situation.isPending = Files.exists(engine.repository.gitDirectory + RollbackJournal.path)
    situation.isBorn = head.commit != nil
    situation.operation = engine.repository.operationInProgress
    situation.isIndexLocked = index.isHeldByGit
    situation.otherWorktree = isForAll ? nil : otherWorktree(on: head.branch, engine)
    if let refusal = situation.refusal { throw refusal }
    // A rollback that was killed before it had a journal may have left files.
    if !options.isDryRun { index.end() }
  }

  /// Another worktree whose HEAD names the branch.
  private func otherWorktree(on branch: String?, _ engine: borrowing Engine) -> String? {
    guard let branch else { return nil }
    let common = engine.repository.commonDirectory
    for directory in engine.repository.gitDirectories
    where Files.resolved(directory) != Files.resolved(engine.repository.gitDirectory) {
      if directory == common, (try? engine.repository.flag("core.bare")) ?? nil == true { continue }
      if engine.repository.branch(checkedOutIn: directory)?.rawBytes == branch.rawBytes {
        return directory == common
          ? "the main worktree" : "the worktree \(directory.pathParts.last ?? "")"
      }
    }
    return nil
  }
}
