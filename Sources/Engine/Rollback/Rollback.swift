import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// Back to a commit or tag, with everything that is displaced kept in a backup (S6).
///
/// The order is: backup, journal, worktree and index, branch, ledger and note, journal's end. Each step may
/// be the last, and each may be done again: `resume` goes on from any of them, `abort` goes back.
public struct Rollback: Sendable {
  /// How a rollback is to be done.
  public struct Options: Sendable {
    /// `revert` or `reset`.
    public var mode = RollbackMode.revert
    /// Displaces uncommitted changes too.
    public var isForced = false
    /// Only tells the plan.
    public var isDryRun = false
    /// Why, for the ledger and the commit.
    public var reason: String?
    /// A shell command that must succeed afterwards (`rollback.verify`); nil for none.
    public var verify: String?
    /// Seconds that it may take.
    public var timeout = 600
    /// How many backups stay; nil keeps all.
    public var keep: Int?
    /// Whether git may show its progress on stderr.
    public var showsProgress = false

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
  ///   - target: a tag, a branch, a hash or what else git takes for a commit.
  ///   - announce: gets the plan before anything changes.
  /// - Throws: `Refusal`: 1 when it is refused or its verification failed, 75 when git or another rollback
  ///   is at work. A rollback that fails is put back; when even that fails, it stays pending.
  public static func run(
    _ engine: borrowing Engine, to target: String, _ options: Options = Options(),
    announce: (RollbackPlan) -> Void = { _ in }
  ) throws -> Outcome {
    try begun(engine, options) { rollback, engine in
      let head = try engine.repository.head()
      try rollback.permit(engine, head)
      guard let before = head.commit else { throw Refusal(.software, "HEAD has no commit") }
      let found = try rollback.resolve(target, engine.repository)
      let destination = try rollback.destination(of: found, engine, head, before)
      return try rollback.execute(engine, head, destination, kind: "rollback", announce)
    }
  }

  /// Goes on with a rollback that was interrupted.
  ///
  /// - Parameter remarks: gets what people should know.
  /// - Throws: `Refusal`: 66 when none is pending, 1 when its verification failed, which puts it back.
  public static func resume(
    _ engine: borrowing Engine, _ options: Options = Options(), _ remarks: inout [String]
  ) throws -> RollbackJournal {
    try begun(engine, options) { rollback, engine in
      guard var journal = try pending(in: engine.repository) else { throw nothingPending }
      try rollback.permitAgent(engine)
      do {
        try rollback.forward(&journal, engine, snapshot: nil, &remarks)
      } catch let failure as VerificationFailure {
        try rollback.backward(&journal, engine, &remarks)
        throw failure.refusal
      }
      return journal
    }
  }

  /// Puts everything back as it was before a rollback that was interrupted.
  ///
  /// - Parameter remarks: gets what people should know.
  /// - Throws: `Refusal`: 66 when none is pending.
  public static func abort(
    _ engine: borrowing Engine, _ options: Options = Options(), _ remarks: inout [String]
  ) throws -> RollbackJournal? {
    try begun(engine, options) { rollback, engine in
      try rollback.permitAgent(engine)
      guard var journal = try pending(in: engine.repository) else {
        // It died before it changed anything.
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

  /// The rollback that was begun in this worktree and not ended; nil when there is none.
  ///
  /// - Throws: `Refusal` (65) for a journal that is not of our form.
  public static func pending(in repository: borrowing Repository) throws -> RollbackJournal? {
    try pending(at: repository.gitDirectory)
  }

  static func pending(at gitDirectory: String) throws -> RollbackJournal? {
    switch Files.read(gitDirectory + RollbackJournal.path, limit: 1 << 20) {
    case .missing: return nil
    case .unusable(let fact): throw unreadable(fact)
    case .bytes(let bytes):
      guard let journal = RollbackJournal(text: String(decoding: bytes, as: UTF8.self)) else {
        throw unreadable("it is not of our form")
      }
      return journal
    }
  }

  /// Where the commit is kept to which the branch will move.
  static let pendingPrefix = "refs/llmos/pending/"

  static let nothingPending = Refusal(
    .noInput, "no rollback is in progress", remedy: "llmos-hook rollback --list shows the backups")

  private static func unreadable(_ fact: String) -> Refusal {
    Refusal(
      .data, "\(RollbackJournal.path) cannot be read: \(fact)",
      why: "the backup is in \(RollbackBackup.prefix): docs/rollback.md says how to restore it by hand",
      remedy: "restore it, then remove the journal")
  }

  // MARK: The parts

  /// Runs a body that holds the rollback's lock.
  static func begun<Value>(
    _ engine: borrowing Engine, _ options: Options, _ body: (Rollback, borrowing Engine) throws -> Value
  ) throws -> Value {
    let lock = try RollbackLock(engine.repository)
    defer { lock.release() }
    Interrupts.watch()
    let index = RollbackIndex(
      gitDirectory: engine.repository.gitDirectory, worktree: engine.worktree, lock: lock.lock,
      showsProgress: options.showsProgress)
    // What an earlier one left that was killed: its references' lock files.
    let journal = try? pending(at: engine.repository.gitDirectory)
    var names = [Notes.reference]
    if let journal {
      let values = [journal.from, journal.to].compactMap { $0?.description }
      StaleLock.remove(of: [journal.branch ?? "HEAD"], engine.repository, values: values)
      names += [RollbackBackup.prefix + journal.id, pendingPrefix + journal.id]
    }
    StaleLock.remove(of: names, engine.repository, values: nil)
    if journal == nil {
      // What is planned is planned from where things stand once an interrupted checkpoint is taken back.
      let lock = try StateLock(engine.repository)
      defer { lock.release() }
      _ = try engine.takeBackCheckpoint()
    }
    return try body(Rollback(index: index, options: options), engine)
  }

  func permitAgent(_ engine: borrowing Engine) throws {
    if let refusal = RollbackSituation(actor: engine.identity.actor).refusal { throw refusal }
  }

  /// Asks whether a rollback can begin at all.
  func permit(_ engine: borrowing Engine, _ head: Head) throws {
    var situation = RollbackSituation(actor: engine.identity.actor)
    situation.isPending = Files.exists(engine.repository.gitDirectory + RollbackJournal.path)
    situation.isBorn = head.commit != nil
    situation.operation = engine.repository.operationInProgress
    situation.isIndexLocked = index.isHeldByGit
    situation.otherWorktree = otherWorktree(on: head.branch, engine)
    if let refusal = situation.refusal { throw refusal }
    // What a rollback left that died before it had a journal.
    index.end()
  }

  /// Another worktree whose HEAD names the branch.
  private func otherWorktree(on branch: String?, _ engine: borrowing Engine) -> String? {
    guard let branch else { return nil }
    let common = engine.repository.commonDirectory
    for directory in engine.repository.gitDirectories
    where Files.resolved(directory) != Files.resolved(engine.repository.gitDirectory) {
      if directory == common, (try? engine.repository.configuration("core.bare")) == "true" { continue }
      if case .bytes(let bytes) = Files.read(directory + "HEAD", limit: 4096),
        String(decoding: bytes, as: UTF8.self) == "ref: \(branch)\n"
      {
        return directory == common
          ? "the main worktree" : "the worktree \(directory.split(separator: "/").last ?? "")"
      }
    }
    return nil
  }

  /// Finds the target.
  func resolve(_ name: String, _ repository: borrowing Repository) throws -> (name: String, commit: ObjectID)
  {
    switch try repository.resolve(name) {
    case .commit(let id): return (name, id)
    case .missing:
      throw Refusal(
        .refused, "there is no tag, branch or commit \(name)",
        why: repository.isShallow ? "this clone is shallow: git fetch --unshallow fetches the rest" : nil,
        remedy: "git tag --list, git log --oneline")
    case .ambiguous(let names):
      throw Refusal(
        .refused, "\(name) is ambiguous",
        why: names.isEmpty ? "several objects begin with it" : "it names " + names.joined(separator: " and "),
        remedy: names.first.map { "llmos-hook rollback \($0)" } ?? "give more digits")
    case .other(let kind):
      throw Refusal(
        .refused, "\(name) is a \(kind), not a commit", remedy: "git tag --list, git log --oneline")
    }
  }

  /// Plans, backs up, and goes all the way. Whatever fails behind the backup is put back.
  func execute(
    _ engine: borrowing Engine, _ head: Head, _ destination: Destination, kind: String,
    _ announce: (RollbackPlan) -> Void
  ) throws -> Outcome {
    var facts = destination.facts
    if let refusal = facts.refusalOfTarget, kind == "rollback" { throw refusal }
    try index.begin(keepingBefore: true)
    var isKept = false
    defer { if !isKept { index.end() } }
    guard let before = head.commit else { throw Refusal(.software, "HEAD has no commit") }
    let snapshot = try RollbackSnapshot(
      index, engine.repository, head: engine.repository.commit(before).tree,
      destinations: [destination.worktree])
    let words = { (paths: [[UInt8]]) in paths.map { String(decoding: $0, as: UTF8.self) } }
    facts.files = snapshot.files
    facts.dirty = words(snapshot.dirty)
    facts.inTheWay = words(snapshot.inTheWay)
    facts.untracked = snapshot.untracked.count
    facts.foreignRepository = snapshot.foreignRepository
    facts.isForced = options.isForced || options.isDryRun
    let plan = try RollbackPlan(facts)
    announce(plan)
    guard !options.isDryRun else { return Outcome(plan: plan, backup: nil, commit: nil) }
    var remarks: [String] = []
    let seal = try engine.repository.adoptSealInForce(at: head, &remarks)
    try refuseEdited(engine, seal)
    // Filters may have taken their time: what the plan was made for must still be there.
    guard try engine.repository.head() == head, index.isUnchanged else {
      throw Refusal(
        .tryAgain, "another git process has changed HEAD or the index", why: "nothing was changed",
        remedy: "run the same command again")
    }
    if let path = snapshot.arrival(index) { throw Self.arrived(path) }
    let backup = try RollbackBackup.write(
      snapshot, index, engine, kind: kind, head: head, target: facts.target, mode: facts.mode,
      entry: seal.entry)
    isKept = true
    let isIncident = seal.record.place == Place("INCIDENT_RECOVERY", "ROLLBACK")
    var journal = RollbackJournal(
      id: backup.id, kind: kind, plan: plan, to: destination.commit, worktree: destination.worktree,
      index: destination.index, stages: destination.stages, backup: backup.commit,
      entry: seal.entry, place: seal.record.place,
      entersScenario: kind == "rollback" && !isIncident, reason: options.reason, verify: options.verify,
      timeout: options.timeout)
    try write(journal)
    do {
      try forward(&journal, engine, snapshot: snapshot, &remarks)
    } catch {
      throw try putBack(&journal, engine, after: error)
    }
    var outcome = Outcome(
      plan: plan, backup: RollbackBackup.prefix + backup.id, commit: journal.to, remarks: remarks)
    if let keep = options.keep {
      let count = try RollbackBackup.prune(engine.repository, keep: keep, pending: backup.id)
      if count > 0 { outcome.remarks.append("\(count) old backups deleted") }
    }
    return outcome
  }

  static func arrived(_ path: String) -> Refusal {
    Refusal(
      .tryAgain, "\(path) is new, at a path that the rollback needs",
      why: "it is not in the backup", remedy: "run the same command again")
  }

  /// Goes back after an error, and says so; an error on the way back leaves the rollback pending.
  private func putBack(
    _ journal: inout RollbackJournal, _ engine: borrowing Engine, after error: any Error
  ) throws -> Refusal {
    let untouched = (error as? Untouched)?.refusal
    var refusal = (error as? VerificationFailure)?.refusal ?? untouched ?? Refusal(error)
    do {
      // The refusal is what is said then.
      var remarks: [String] = []
      try backward(&journal, engine, isTouched: untouched == nil, &remarks)
      refusal.remedy = refusal.remedy ?? "fix that, then roll back again"
      refusal.why = (refusal.why.map { $0 + "; " } ?? "") + "everything was restored"
    } catch {
      let other = Refusal(error)
      refusal.why = "and the state before could not be restored: " + other.what
      refusal.remedy = Refusal.pendingRollback("").remedy
    }
    return refusal
  }

  /// A state file that was edited by hand is refused before anything changes.
  private func refuseEdited(_ engine: borrowing Engine, _ seal: Seal) throws {
    let file = try engine.repository.fileCondition(seal)
    if file != .missing, let refusal = refusal(ofFile: file) { throw refusal }
  }
}

/// It ended before it moved any file: what others did meanwhile is not to be taken for its own work.
struct Untouched: Error {
  let refusal: Refusal
}

/// `rollback.verify`, or the comparison with the target, failed.
struct VerificationFailure: Error {
  let refusal: Refusal
}
