/// What can move a state.
public enum Move: Hashable, Sendable {
  case set(scenario: String, phase: String?)
  case nextPhase
  case event(Event)
  case verdict(pass: Bool)
  case resume

  /// The word that records keep as the trigger.
  public var trigger: String {
    switch self {
    case .set: "set"
    case .nextPhase: "next-phase"
    case .event(let event): event.rawValue
    case .verdict(let pass): pass ? "quality-gate-pass" : "quality-gate-fail"
    case .resume: "resume"
    }
  }
}

/// The events that switch scenarios.
public enum Event: String, Sendable, CaseIterable {
  case deployFailure = "deploy-failure"
  case qualityGateFail = "quality-gate-fail"
  case featureCompleted = "feature-completed"
  case qualityGatePass = "quality-gate-pass"
}

/// A state that a move led to.
public struct Transition: Hashable, Sendable {
  /// The state after the move.
  public var state: State
  /// The phases that the move completed, the current one first.
  public var completed: [Place] = []
  /// The phases that it passed over, in order: those that come before the one entered and were not gone through.
  public var passed: [Place] = []
  /// What the owner's reason stands in for: a phase in REWORK in which nothing was made, a quality gate that was not
  /// passed.
  public var waived: [Place] = []
  /// What the end of a scenario fired by itself; nil when nothing.
  public var fired: Event?
  /// Something that the mover should know, in one line.
  public var remark: String?
}

/// What is known when a move is asked for, beside its name.
public struct MoveFacts: Sendable {
  /// The context given with it.
  public var context: [ContextValue] = []
  /// Values for keys of the scenario's own that get none: from the configuration, or given to a whole run.
  public var defaults: [ContextValue] = []
  /// `context_keys` of the configuration.
  public var contextKeys: [String] = []
  /// `requires` of the configuration.
  public var requires: [String: [String]] = [:]
  /// Whether an owner gave a reason.
  public var hasReason = false
  /// Whether anything was made since the phase in REWORK was resumed.
  public var isReworked = false
  /// Whether a rollback was carried out in the incident in progress.
  public var isRolledBack = false

  /// Nothing but the name.
  public init() {}
}

/// Moves a state, or says why not and what would be allowed.
///
/// - Parameters:
///   - now: UTC, `2025-12-27T17:18:52Z`.
/// - Throws: `Refusal`: 1 when the rules forbid the move, 64 for a name that the catalog does not have.
public func advance(
  _ move: Move, from state: State, by actor: Actor, catalog: Catalog, at now: String,
  _ facts: MoveFacts = MoveFacts()
) throws(Refusal) -> Transition {
  try permit(move, in: state, by: actor)
  let way = Way(catalog: catalog, facts: facts, trigger: move.trigger, now: now)
  var transition = try advanced(move, from: state, way)
  transition.state.frozenBy = nil
  return transition
}

private func advanced(_ move: Move, from state: State, _ way: Way) throws(Refusal) -> Transition {
  switch move {
  case .set(let scenario, let phase):
    return try state.entering(try way.catalog.place(scenario, phase), way)
  case .resume:
    return Transition(state: try state.resumed(way))
  case .nextPhase:
    if state.place.scenario == "QUALITY_GATE", way.catalog.phase(at: state.place)?.next == nil,
      state.status.isOpen
    {
      throw Refusal(
        .refused, "\(state.place) ends with a verdict", remedy: "llmos-hook verdict PASS|FAIL [--report FILE]"
      )
    }
    return try state.completingPhase(way)
  case .verdict(let pass):
    return try state.judged(pass: pass, way)
  case .event(.qualityGatePass):
    return try state.judged(pass: true, way)
  case .event(.qualityGateFail):
    return try state.judged(pass: false, way)
  case .event(.deployFailure):
    guard state.place.scenario == "DEPLOYMENT" else { throw inapplicable(.deployFailure, state) }
    return try state.entering(
      Place("INCIDENT_RECOVERY", "FREEZE"), way.knowing("incident_type", Event.deployFailure.rawValue))
  case .event(.featureCompleted):
    guard state.place.scenario == "FEATURE_DEVELOPMENT",
      way.catalog.phase(at: state.place)?.next == nil || !state.status.isOpen
    else { throw inapplicable(.featureCompleted, state) }
    if state.status.isOpen { return try state.completingPhase(way) }
    return try state.entering(Place("DEPLOYMENT", "PRE_DEPLOY"), way)
  }
}

/// The events that apply to a state, for a message.
private func applicableEvents(_ state: State) -> [Event] {
  switch (state.place.scenario, state.place.phase) {
  case ("DEPLOYMENT", _): [.deployFailure]
  case ("QUALITY_GATE", "VERDICT") where state.status.isOpen: [.qualityGatePass, .qualityGateFail]
  case ("FEATURE_DEVELOPMENT", "RELEASE"): [.featureCompleted]
  default: []
  }
}

/// An agent changes neither scenario nor phase; the auditor alone gives a verdict.
private func permit(_ move: Move, in state: State, by actor: Actor) throws(Refusal) {
  guard actor.isAgent else { return }
  if case .verdict = move, actor.role == "QUALITY_AUDITOR", state.place == Place("QUALITY_GATE", "VERDICT") {
    return
  }
  throw Refusal(
    .refused, "an agent cannot change the scenario or phase (\(move.trigger))",
    why: "the state stays \(state.place)",
    remedy: "report what is done; the owner or ./llmos run continues")
}

func inapplicable(_ event: Event, _ state: State) -> Refusal {
  let others = applicableEvents(state).map(\.rawValue)
  return Refusal(
    .refused, "\(event.rawValue) does not apply to \(state.place) (\(state.status.rawValue))",
    why: others.isEmpty ? "no event applies here" : "applies here: " + others.joined(separator: ", "),
    remedy: state.status.isOpen ? "llmos-hook next-phase" : "llmos-hook set SCENARIO [PHASE]")
}

extension Catalog {
  /// The place that `SCENARIO:PHASE`, or `SCENARIO` alone, names.
  ///
  /// - Parameter command: what is asked, for a suggestion.
  public func place(named text: String, command: String) throws(Refusal) -> Place {
    let names = text.split(separator: ":", maxSplits: 1).map(String.init)
    return try place(
      names.first ?? "", names.count == 2 ? names[1] : nil, command: command, separator: ":")
  }

  /// The place of two names, the scenario's first phase when none is given.
  ///
  /// - Parameter command: what is asked, for a suggestion.
  /// - Throws: `Refusal` (64) with what there is.
  public func place(
    _ scenario: String, _ phase: String?, command: String = "llmos-hook set", separator: String = " "
  ) throws(Refusal) -> Place {
    guard let found = self.scenario(scenario), let first = found.phases.first else {
      throw .unknown("scenario", scenario, among: scenarios.map(\.name)) { "\(command) \($0)" }
    }
    guard let phase else { return Place(found.name, first.name) }
    guard found.phase(phase) != nil else {
      throw Refusal(
        .usage, "\(scenario) has no phase \(phase)",
        why: "phases: " + found.phases.map(\.name).joined(separator: ", "),
        remedy: suggestion(phase, found.phases.map(\.name)).map { "\(command) \(scenario)\(separator)\($0)" })
    }
    return Place(scenario, phase)
  }
}

extension Refusal {
  /// A deployment that another worktree's incident stops.
  public static func frozen(by worktree: String) -> Refusal {
    Refusal(
      .refused, "deployments are frozen by the incident in \(worktree)",
      why: "a freeze holds for every worktree of this clone, until that INCIDENT_RECOVERY ends",
      remedy: "llmos-hook -C \(shellWord(worktree)) next-phase")
  }
}
