import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// `run`: drives the current scenario, phase by phase, until it is done, blocked, or waits for a role.
public struct Run: Sendable {
  /// Something that happened, for people and for programs.
  public enum Event: Sendable {
    /// A phase of this role begins.
    case phaseBegins(Place, role: String)
    /// A script, an action or an agent begins; the file in which its output is kept.
    case childBegins(String, log: String)
    /// What it prints, as it comes.
    case output(String)
    /// What the verify command of a rollback printed, which no file keeps.
    case verifyOutput(String)
    /// It has ended, with the code as a shell gives it; nil when it did not end by itself.
    case childEnds(String, code: Int32?)
    /// Something that people should know, in one line.
    case remark(String)
    /// The id of the commit of what the phase left, and the files in it.
    case checkpoint(String, [String])
    /// A phase has ended; where the state stands now, and how.
    case phaseEnds(Place, Place, Status)
    /// The role has something to do: what, in words.
    case waits(Place, role: String, String)
    /// The scenario has ended; its last phase.
    case finished(Place)
  }

  /// How a run ended.
  public enum End: Sendable {
    /// The scenario is done.
    case finished
    /// Only one phase was asked for.
    case once
    /// A role has something to do.
    case waiting
  }

  /// Only one phase.
  public var once: Bool
  /// Context values for whatever needs them on the way.
  public var context: [ContextValue]
  /// `LLMOS_RUN_ID`, and the name of the directory that keeps the output.
  public let id: String
  let report: @Sendable (Event) -> Void

  /// A run that reports what happens.
  public init(
    once: Bool = false, context: [ContextValue] = [], report: @escaping @Sendable (Event) -> Void
  ) {
    self.once = once
    self.context = context
    self.report = report
    let time = Timestamp.text(System.now).filter { $0 != "-" && $0 != ":" }
    id = time + "-" + String(System.processID)
  }

  /// Runs.
  ///
  /// - Throws: `Refusal`: 1 when a phase is blocked, 130 after Ctrl-C.
  public func run(_ engine: borrowing Engine) throws -> End {
    guard !engine.identity.actor.isAgent else {
      throw Refusal(
        .refused, "an agent cannot run the engine",
        remedy: "report what is done; the owner runs ./llmos run")
    }
    if let other = System.environment(Layout.runVariable.text) {
      throw Refusal(
        .refused, "run \(other) started this process, and a run cannot start another",
        remedy: "do the phase's work and exit")
    }
    let lock = try StateLock(engine.repository, file: Layout.runLock, patience: 0)
    defer { lock.release() }
    Interrupts.watch()
    try Files.makeDirectories(directory(engine))
    for pair in context {
      try Engine.validate(pair)
      try engine.requireKnown(pair, engine.rules())
    }
    var visited: Set<Place> = []
    while true {
      var remarks: [String] = []
      let standing = try engine.adoptStanding(&remarks)
      for remark in remarks { report(.remark(remark)) }
      try engine.requireSealedFile(standing)
      if let quarantine = try engine.quarantine(standing) { throw quarantine.refusal }
      let record = standing.seal.record
      guard record.status.isOpen else {
        report(.finished(record.place))
        return .finished
      }
      if try giveContext(engine, standing) { continue }
      guard visited.insert(record.place).inserted else {
        throw Refusal(
          .data, "the phases of \(record.place.scenario) form a cycle: \(record.place) comes again",
          remedy: "llmos-hook scenarios validate")
      }
      try engine.requireNotFrozen(record.place)
      report(.phaseBegins(record.place, role: record.role))
      if try step(engine, standing) == .waiting { return .waiting }
      if once { return .once }
    }
  }

  private enum Outcome {
    case moved, waiting
  }

  /// One phase: its scripts, its actions, its role's agent, then its completion.
  private func step(_ engine: borrowing Engine, _ standing: Engine.Standing) throws -> Outcome {
    let place = standing.seal.record.place
    let rules = standing.rules
    guard let phase = rules.catalog.phase(at: place), let scenario = rules.catalog.scenario(place.scenario)
    else { throw Refusal(.data, "the catalog has no phase \(place)") }
    if let missing = try missingContext(engine, standing) { return wait(place, phase, missing) }
    var didRun = try rollBack(place, engine)
    for child in try children(engine, standing, phase) {
      didRun = true
      report(.childBegins(child.title, log: child.log))
      let end = try child.run { report(.output($0)) }
      if case .code(let code) = end {
        report(.childEnds(child.title, code: code))
      } else {
        report(.childEnds(child.title, code: nil))
      }
      if end == .code(0) { continue }
      if end != .interrupted, place.scenario == "DEPLOYMENT", child.title.hasPrefix("action deploy_") {
        let failed = try engine.perform(
          .event(.deployFailure), defaults: context, reason: "\(child.title) failed",
          expected: standing.seal.entry)
        report(.remark("\(child.title) failed: deploy-failure -> \(failed.seal.record.place)"))
        return .moved
      }
      throw failure(of: child, end)
    }
    // A child may have moved the state itself (the auditor's verdict), and a rollback seals it again.
    let now = try engine.standing()
    let isElsewhere = now.seal.record.place != place || now.seal.record.status != standing.seal.record.status
    if now.seal.entry != standing.seal.entry, isElsewhere { return .moved }
    let state = try engine.state(of: now.seal, now.rules)
    let open = try engine.openRequirement(of: place, state, now.rules)
    let hasEvidence = try !rules.requirements(place, state).isEmpty
    let isSelfRunning = phase.isOptional || scenario.isAutomatic
    if place == Place("QUALITY_GATE", "VERDICT") {
      return wait(place, phase, "a verdict: llmos-hook verdict PASS|FAIL [--report FILE]")
    }
    if place.scenario == "ROLLBACK" {
      return wait(place, phase, "a rollback: llmos-hook rollback TARGET")
    }
    if let open { return wait(place, phase, open.what) }
    guard didRun || hasEvidence || isSelfRunning else {
      let actions = phase.actions.joined(separator: ", ")
      return wait(place, phase, "\(actions); then llmos-hook next-phase")
    }
    if let waiting = try waitsForRework(engine, now, state, phase) { return waiting }
    let done = try engine.perform(.nextPhase, defaults: context, checkpoint: true, expected: now.seal.entry)
    for remark in done.remarks { report(.remark(remark)) }
    if let commit = done.checkpoint { report(.checkpoint(commit.description, done.files)) }
    report(.phaseEnds(place, done.seal.record.place, done.seal.record.status))
    return .moved
  }

  /// What has to be made anew, or passed, before the phase is left: its role and the owner decide, not the engine.
  private func waitsForRework(
    _ engine: borrowing Engine, _ standing: Engine.Standing, _ state: State, _ phase: Phase
  ) throws -> Outcome? {
    var facts = engine.moveFacts(context: [], defaults: context, reason: nil, standing.rules)
    facts.isReworked = try engine.isReworked(state, checkpoint: true, standing)
    do {
      _ = try advance(
        .nextPhase, from: state, by: .system, catalog: standing.rules.catalog, at: state.lastUpdate, facts)
      return nil
    } catch {
      return wait(state.place, phase, error.what + (error.remedy.map { " (\($0))" } ?? ""))
    }
  }

  private func wait(_ place: Place, _ phase: Phase, _ what: String) -> Outcome {
    report(.waits(place, role: phase.role, what))
    return .waiting
  }

  /// INCIDENT_RECOVERY:ROLLBACK brings the code back to its last good state.
  private func rollBack(_ place: Place, _ engine: borrowing Engine) throws -> Bool {
    guard place == Place("INCIDENT_RECOVERY", "ROLLBACK") else { return false }
    var options = Rollback.Options()
    options.isForced = true
    options.reason = "incident recovery"
    options.verify = try engine.rules().configuration.rollbackVerify
    options.show = { report(.verifyOutput($0)) }
    let target: String
    do {
      target = try Rollback.lastGood(engine, stableTags: engine.rules().configuration.stableTags)
    } catch {
      var refusal = Refusal(error)
      refusal.remedy = "llmos-hook rollback TARGET, then llmos-hook next-phase"
      throw refusal
    }
    let outcome = try Rollback.run(engine, to: target, options) { plan in
      for line in plan.lines { report(.remark(line)) }
    }
    for remark in outcome.remarks { report(.remark(remark)) }
    // The rollback handled signals in its own way.
    Interrupts.watch()
    return true
  }

  private func failure(of child: RunChild, _ end: RunChild.End) -> Refusal {
    switch end {
    case .interrupted:
      Refusal(.interrupted, "interrupted in \(child.title)", remedy: "to continue: ./llmos run")
    case .timedOut:
      Refusal(
        .refused, "\(child.title) took more than \(child.timeout) seconds and was killed",
        why: "its output: \(child.log)", remedy: "fix it, then ./llmos run")
    case .tooMuchOutput:
      Refusal(
        .refused, "\(child.title) printed more than \(RunChild.outputLimit >> 20) MiB and was killed",
        why: "its output: \(child.log)", remedy: "fix it, then ./llmos run")
    case .code(let code):
      Refusal(
        .refused, "\(child.title) failed (\(code))", why: "its output: \(child.log)",
        remedy: "fix it, then ./llmos run")
    }
  }
}
