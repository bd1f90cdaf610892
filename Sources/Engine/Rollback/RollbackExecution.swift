import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// A rollback from its plan to its end, or back.
extension Rollback {
  /// Plans, backs up, and goes to the end. What fails after the backup is undone.
  func execute(
    _ engine: borrowing Engine, _ head: Head, _ destination: Destination, kind: String,
    _ announce: (RollbackPlan) -> Void
  ) throws -> Outcome {
    if let refusal = destination.facts.refusalOfTarget, kind == "rollback" { throw refusal }
    try index.begin(keepingBefore: true)
    var isKept = false
    defer { if !isKept { index.end() } }
    guard let before = head.commit else { throw Refusal(.software, "HEAD has no commit") }
    let snapshot = try RollbackSnapshot(
      index, engine.repository, head: engine.repository.commit(before).tree,
      destinations: [destination.worktree])
    let plan = try plan(destination.facts, snapshot)
    announce(plan)
    guard !options.isDryRun else { return Outcome(plan: plan, backup: nil, commit: nil) }
    var remarks: [String] = []
    let seal = try engine.repository.adoptSealInForce(at: head, &remarks)
    try refuseEdited(engine, seal)
    try requireUnchanged(engine, head, snapshot)
    let backup = try RollbackBackup.write(
      snapshot, index, engine, kind: kind, head: head, target: plan.target, mode: plan.mode,
      entry: seal.entry)
    isKept = true
    var journal = journal(of: plan, to: destination, kind: kind, (backup.id, backup.commit), seal)
    try write(journal)
    do {
      try forward(&journal, engine, snapshot: snapshot, &remarks)
    } catch {
      throw try putBack(&journal, engine, after: error)
    }
    if let keep = options.keep {
      let count = try RollbackBackup.prune(engine.repository, keep: keep, pending: backup.id)
      if count > 0 { remarks.append("\(count) old backups deleted") }
    }
    return Outcome(
      plan: plan, backup: RollbackBackup.prefix + backup.id, commit: journal.to, remarks: remarks)
  }

  /// The plan, with what the snapshot knows of the files.
  private func plan(_ facts: RollbackFacts, _ snapshot: RollbackSnapshot) throws -> RollbackPlan {
    let words = { (paths: [[UInt8]]) in paths.map { String(raw: $0) } }
    var facts = facts
    facts.files = snapshot.files
    facts.dirty = words(snapshot.dirty)
    facts.inTheWay = words(snapshot.inTheWay)
    facts.untracked = snapshot.untracked.count
    facts.foreignRepository = snapshot.foreignRepository
    facts.isForced = options.isForced || options.isDryRun
    return try RollbackPlan(facts)
  }

  /// Filters may have taken long: what the plan was made for must still hold.
  private func requireUnchanged(
    _ engine: borrowing Engine, _ head: Head, _ snapshot: RollbackSnapshot
  ) throws {
    guard try engine.repository.head() == head, index.isUnchanged else {
      throw Refusal(
        .tryAgain, "another git process has changed HEAD or the index", why: "nothing was changed",
        remedy: "run the same command again")
    }
    if let path = snapshot.arrival(index) { throw Self.arrived(path) }
  }

  private func journal(
    of plan: RollbackPlan, to destination: Destination, kind: String,
    _ backup: (id: String, commit: ObjectID), _ seal: Seal
  ) -> RollbackJournal {
    let isIncident = seal.record.place == Place("INCIDENT_RECOVERY", "ROLLBACK")
    return RollbackJournal(
      id: backup.id, kind: kind, plan: plan, to: destination.commit, worktree: destination.worktree,
      index: destination.index, stages: destination.stages, backup: backup.commit,
      entry: seal.entry, place: seal.record.place,
      entersScenario: kind == "rollback" && !isIncident, reason: options.reason, verify: options.verify,
      timeout: options.timeout)
  }

  static func arrived(_ path: String) -> Refusal {
    Refusal(
      .tryAgain, "\(path) is new, at a path that the rollback needs",
      why: "it is not in the backup", remedy: "run the same command again")
  }

  /// Undoes the rollback after an error, and says so. If that fails too, the rollback stays pending.
  private func putBack(
    _ journal: inout RollbackJournal, _ engine: borrowing Engine, after error: any Error
  ) throws -> Refusal {
    let untouched = (error as? Untouched)?.refusal
    var refusal = (error as? VerificationFailure)?.refusal ?? untouched ?? Refusal(error)
    do {
      // The refusal says enough.
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

/// The rollback ended before it moved any file, so what others changed meanwhile must not be undone.
struct Untouched: Error {
  let refusal: Refusal
}

/// `rollback.verify`, or the comparison with the target, failed.
struct VerificationFailure: Error {
  let refusal: Refusal
}
