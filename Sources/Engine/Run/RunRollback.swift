import Core
import Platform

/// The rollbacks that a run carries out: to the last good state in an incident, to `rollback_target` in S6.
extension Run {
  enum Outcome {
    case moved, waiting
  }

  /// INCIDENT_RECOVERY:ROLLBACK brings the code back to its last good state.
  ///
  /// - Returns: whether it did.
  func rollBack(_ place: Place, _ engine: borrowing Engine) throws -> Bool {
    guard place == Place("INCIDENT_RECOVERY", "ROLLBACK") else { return false }
    // By a run that was blocked after it, or by the owner, who has chosen the target.
    if try engine.rollbackResult(in: place) != nil { return true }
    var options = try options(engine)
    options.isForced = true
    options.reason = "incident recovery"
    let target: String
    do {
      target = try Rollback.lastGood(engine, stableTags: engine.rules().configuration.stableTags)
    } catch {
      var refusal = Refusal(error)
      refusal.remedy = "llmos-hook rollback TARGET, then llmos-hook next-phase"
      throw refusal
    }
    try rollBack(to: target, options, engine)
    return true
  }

  /// INCIDENT_RECOVERY:VERIFY sees that the code is still what the rollback led to, which was compared with its target.
  ///
  /// - Returns: whether it is.
  func verifyRecovery(_ place: Place, _ engine: borrowing Engine) throws -> Bool {
    guard place == Place("INCIDENT_RECOVERY", "VERIFY"), let commit = try engine.recoveredCommit() else {
      return false
    }
    report(
      .remark("the code is what the rollback led to (\(commit.short)), which was compared with its target"))
    return true
  }

  /// Phases that are done by being in force: a freeze, a target that resolves, a result that was compared.
  static let selfRunning = [
    Place("INCIDENT_RECOVERY", "FREEZE"), Place("ROLLBACK", "IDENTIFY"), Place("ROLLBACK", "VERIFY"),
  ]

  /// Finishes the rollback of a phase that was interrupted.
  ///
  /// - Returns: whether there was one.
  /// - Throws: `Refusal` (1) where the owner has begun it, for something else.
  func finishRollback(_ engine: borrowing Engine, _ place: Place) throws -> Bool {
    guard let journal = try Rollback.pending(in: engine.repository) else { return false }
    let isHere = place.scenario == "ROLLBACK" || place == Place("INCIDENT_RECOVERY", "ROLLBACK")
    guard journal.kind == "rollback", isHere || journal.step == .done else {
      throw Refusal.pendingRollback("a run cannot go on")
    }
    var options = try options(engine)
    options.leavesVerify = place.scenario == "ROLLBACK"
    var remarks = ["the rollback to \(journal.target.text) was interrupted, and goes on"]
    defer { for remark in remarks { report(.remark(remark)) } }
    _ = try Rollback.resume(engine, options, &remarks)
    Interrupts.watch()
    return true
  }

  /// ROLLBACK:EXECUTE goes back to `rollback_target`, and leaves ROLLBACK:VERIFY to its own turn.
  func carryOut(_ engine: borrowing Engine, _ standing: Engine.Standing) throws -> Outcome {
    let place = standing.seal.record.place
    let target = standing.seal.record.context.first { $0.key == "rollback_target" }?.value
    guard let target else { throw Refusal(.software, "\(place) has no rollback_target") }
    do {
      // It may have vanished since IDENTIFY.
      _ = try engine.rollbackTarget(engine.destination(named: target, standing.seal.record).target.name)
    } catch {
      var refusal = Refusal(error)
      refusal.remedy = "llmos-hook set ROLLBACK --context rollback_target=TARGET, or llmos-hook resume"
      throw refusal
    }
    var options = try options(engine)
    options.leavesVerify = true
    try rollBack(to: target, options, engine)
    let record = try engine.repository.sealInForce().record
    report(.phaseEnds(place, record.place, record.status))
    return .moved
  }

  private func options(_ engine: borrowing Engine) throws -> Rollback.Options {
    var options = Rollback.Options()
    options.verify = try engine.rules().configuration.rollbackVerify
    options.show = { report(.verifyOutput($0)) }
    return options
  }

  private func rollBack(to target: String, _ options: Rollback.Options, _ engine: borrowing Engine) throws {
    let outcome = try Rollback.run(engine, to: target, options) { plan in
      for line in plan.lines { report(.remark(line)) }
    }
    for remark in outcome.remarks { report(.remark(remark)) }
    // The rollback handled signals in its own way.
    Interrupts.watch()
  }
}
