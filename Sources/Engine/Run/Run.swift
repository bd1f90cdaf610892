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
    try Self.requireMayRun(engine)
    let lock = try StateLock(engine.repository, file: Layout.runLock, patience: 0)
    defer { lock.release() }
    Interrupts.watch()
    try Files.makeDirectories(directory(engine))
    for pair in context {
      try Engine.validate(pair)
      try engine.requireKnown(pair, engine.rules())
    }
    var run = self
    // HEAD moves in a run, and what is relative to it with it.
    run.context = []
    // Of two values the last one counts, as everywhere.
    for pair in context {
      run.context.removeAll { $0.key == pair.key }
      run.context.append(try engine.absolute(pair))
    }
    return try run.go(engine)
  }

  private func go(_ engine: borrowing Engine) throws -> End {
    var visited: Set<Place> = []
    while true {
      var remarks: [String] = []
      let standing = try engine.adoptStanding(&remarks)
      for remark in remarks { report(.remark(remark)) }
      try engine.requireSealedFile(standing)
      if try finishRollback(engine, standing.seal.record.place) { continue }
      if let quarantine = try engine.quarantine(standing) { throw quarantine.refusal }
      let record = standing.seal.record
      if let waiting = standing.waiting {
        report(.waits(record.place, role: Actor.owner.name, waiting.fact + "; \(RulesChange.remedy)"))
        return .waiting
      }
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

  /// Refuses an agent, and what a run has started.
  static func requireMayRun(_ engine: borrowing Engine) throws {
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
  }

  /// One phase: its work, then its completion.
  private func step(_ engine: borrowing Engine, _ standing: Engine.Standing) throws -> Outcome {
    let place = standing.seal.record.place
    let rules = standing.rules
    guard let phase = rules.catalog.phase(at: place), let scenario = rules.catalog.scenario(place.scenario)
    else { throw Refusal(.data, "the catalog has no phase \(place)") }
    if let missing = try missingContext(engine, standing) { return wait(place, phase, missing) }
    let rolledBack = try rollBack(place, engine)
    guard case .done(let any) = try work(engine, standing, phase) else { return .moved }
    if place == Place("ROLLBACK", "EXECUTE") { return try carryOut(engine, standing) }
    let didRun = try rolledBack || any || verifyRecovery(place, engine)
    // A rollback seals the state again.
    let now = try engine.standing()
    let state = try engine.state(of: now.seal, now.rules)
    let open = try engine.openRequirement(of: place, state, now.rules)
    let hasEvidence = try !rules.requirements(place, state).isEmpty
    let isDone = didRun || hasEvidence || Self.selfRunning.contains(place)
    if place == Place("QUALITY_GATE", "VERDICT") {
      return wait(place, phase, "a verdict: llmos-hook verdict PASS|FAIL [--report FILE]")
    }
    if let open { return wait(place, phase, open.what) }
    if let waiting = try waitsForRework(engine, now, state, phase) { return waiting }
    guard isDone || phase.isOptional else {
      let actions = phase.actions.joined(separator: ", ")
      return wait(place, phase, "\(actions); then llmos-hook next-phase")
    }
    if !isDone { report(.remark("\(place) is optional, and nothing is configured for it: it is skipped")) }
    // A rollback makes its own commit; what lies about is the owner's to displace.
    let done = try engine.perform(
      .nextPhase, defaults: context, checkpoint: scenario.name != "ROLLBACK", skips: !isDone,
      expected: now.seal.entry)
    for remark in done.remarks { report(.remark(remark)) }
    if let commit = done.checkpoint { report(.checkpoint(commit.description, done.files)) }
    let record = done.seal.record
    report(.phaseEnds(place, record.place, record.status))
    guard scenario.name == "ROLLBACK", record.status == .rework else { return .moved }
    report(
      .waits(record.place, role: record.role, "what was rolled back is to be made anew, to go on from there"))
    return .waiting
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
}
