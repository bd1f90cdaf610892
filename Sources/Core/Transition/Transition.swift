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
  /// What the end of a scenario fired by itself; nil when nothing.
  public var fired: Event?
  /// Something that the mover should know, in one line.
  public var remark: String?
}

/// The scenarios that set the one in progress aside instead of ending it.
private let interrupting: Set<String> = ["QUALITY_GATE", "INCIDENT_RECOVERY", "ROLLBACK"]

/// Moves a state, or says why not and what would be allowed.
///
/// - Parameters:
///   - now: UTC, `2025-12-27T17:18:52Z`.
/// - Throws: `Refusal`: 1 when the rules forbid the move, 64 for a name that the catalog does not have.
public func advance(
  _ move: Move, from state: State, by actor: Actor, catalog: Catalog, at now: String
) throws(Refusal) -> Transition {
  try permit(move, in: state, by: actor)
  var transition = try advanced(move, from: state, catalog: catalog, at: now)
  transition.state.frozenBy = nil
  return transition
}

private func advanced(
  _ move: Move, from state: State, catalog: Catalog, at now: String
) throws(Refusal) -> Transition {
  switch move {
  case .set(let scenario, let phase):
    let place = try catalog.place(scenario, phase)
    return Transition(state: try state.entering(place, move.trigger, now))
  case .resume:
    return Transition(state: try state.resumed(now))
  case .nextPhase:
    if state.place.scenario == "QUALITY_GATE", catalog.phase(at: state.place)?.next == nil,
      state.status.isOpen
    {
      throw Refusal(
        .refused, "\(state.place) ends with a verdict", remedy: "llmos-hook verdict PASS|FAIL [--report FILE]"
      )
    }
    return try state.completingPhase(catalog, move.trigger, now)
  case .verdict(let pass):
    return try state.judged(pass: pass, catalog, now)
  case .event(.qualityGatePass):
    return try state.judged(pass: true, catalog, now)
  case .event(.qualityGateFail):
    return try state.judged(pass: false, catalog, now)
  case .event(.deployFailure):
    guard state.place.scenario == "DEPLOYMENT" else { throw inapplicable(.deployFailure, state) }
    return Transition(state: try state.entering(Place("INCIDENT_RECOVERY", "FREEZE"), move.trigger, now))
  case .event(.featureCompleted):
    guard state.place.scenario == "FEATURE_DEVELOPMENT",
      catalog.phase(at: state.place)?.next == nil || !state.status.isOpen
    else { throw inapplicable(.featureCompleted, state) }
    if state.status.isOpen { return try state.completingPhase(catalog, move.trigger, now) }
    return Transition(state: try state.entering(Place("DEPLOYMENT", "PRE_DEPLOY"), move.trigger, now))
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

private func inapplicable(_ event: Event, _ state: State) -> Refusal {
  let others = applicableEvents(state).map(\.rawValue)
  return Refusal(
    .refused, "\(event.rawValue) does not apply to \(state.place) (\(state.status.rawValue))",
    why: others.isEmpty ? "no event applies here" : "applies here: " + others.joined(separator: ", "),
    remedy: state.status.isOpen ? "llmos-hook next-phase" : "llmos-hook set SCENARIO [PHASE]")
}

extension Catalog {
  /// The place of two names, the scenario's first phase when none is given.
  ///
  /// - Parameter command: what is asked, for a suggestion.
  /// - Throws: `Refusal` (64) with what there is.
  public func place(
    _ scenario: String, _ phase: String?, command: String = "llmos-hook set"
  ) throws(Refusal) -> Place {
    guard let found = self.scenario(scenario), let first = found.phases.first else {
      throw .unknown("scenario", scenario, among: scenarios.map(\.name)) { "\(command) \($0)" }
    }
    guard let phase else { return Place(found.name, first.name) }
    guard found.phase(phase) != nil else {
      throw Refusal(
        .usage, "\(scenario) has no phase \(phase)",
        why: "phases: " + found.phases.map(\.name).joined(separator: ", "),
        remedy: suggestion(phase, found.phases.map(\.name)).map { "\(command) \(scenario) \($0)" })
    }
    return Place(scenario, phase)
  }
}

extension State {
  /// Enters a place; what is in progress is set aside when the new scenario interrupts.
  fileprivate func entering(_ place: Place, _ trigger: String, _ now: String) throws(Refusal) -> State {
    var next = self
    let interrupts = interrupting.contains(place.scenario) || self.place.scenario == "INCIDENT_RECOVERY"
    if interrupts, status.isOpen, place.scenario != self.place.scenario {
      next.suspended.removeAll { $0.scenario == self.place.scenario }
      next.suspended.insert(self.place, at: 0)
    }
    next.suspended.removeAll { $0.scenario == place.scenario }
    next.status = .inProgress
    next.move(to: place, trigger, now)
    if place.scenario == "DEPLOYMENT", let frozenBy { throw Refusal.frozen(by: frozenBy) }
    if place.scenario == "DEPLOYMENT", next.isFrozen {
      throw Refusal(
        .refused, "deployments are frozen until INCIDENT_RECOVERY ends",
        remedy: self.place.scenario == "INCIDENT_RECOVERY" ? "llmos-hook next-phase" : "llmos-hook resume")
    }
    return next
  }

  /// Completes the phase and enters the next; at the end of a scenario, what follows from it.
  fileprivate func completingPhase(
    _ catalog: Catalog, _ trigger: String, _ now: String
  ) throws(Refusal) -> Transition {
    guard status.isOpen else {
      throw Refusal(
        .refused, "\(place.scenario) is \(status.rawValue)",
        remedy: suspended.isEmpty ? "llmos-hook set SCENARIO [PHASE]" : "llmos-hook resume")
    }
    if place.scenario == "DEPLOYMENT", let frozenBy { throw Refusal.frozen(by: frozenBy) }
    guard let phase = catalog.phase(at: place) else {
      throw Refusal(.data, "the catalog has no phase \(place)", remedy: "llmos-hook set SCENARIO PHASE")
    }
    var next = self
    next.status = .inProgress
    if let following = phase.next {
      next.move(to: Place(place.scenario, following), trigger, now)
      return Transition(state: next, completed: [place])
    }
    next.status = .completed
    next.lastUpdate = now
    switch place.scenario {
    case "FEATURE_DEVELOPMENT":
      if next.isFrozen || frozenBy != nil {
        return Transition(
          state: next, completed: [place],
          remark: "deployments are frozen: feature-completed waits for the end of INCIDENT_RECOVERY")
      }
      let entered = try next.entering(
        Place("DEPLOYMENT", "PRE_DEPLOY"), Event.featureCompleted.rawValue, now)
      return Transition(state: entered, completed: [place], fired: .featureCompleted)
    case "ROLLBACK" where !suspended.isEmpty:
      let back = next.suspended.removeFirst()
      next.status = .rework
      next.move(to: back, "rollback-finished", now)
      return Transition(state: next, completed: [place])
    default:
      return Transition(state: next, completed: [place])
    }
  }

  /// A verdict: FAIL leads to a rollback, PASS to the phase after the one set aside.
  fileprivate func judged(pass: Bool, _ catalog: Catalog, _ now: String) throws(Refusal) -> Transition {
    let event: Event = pass ? .qualityGatePass : .qualityGateFail
    guard place == Place("QUALITY_GATE", "VERDICT"), status.isOpen else { throw inapplicable(event, self) }
    var next = self
    next.status = .completed
    guard pass else {
      let entered = try next.entering(Place("ROLLBACK", "IDENTIFY"), event.rawValue, now)
      return Transition(state: entered, completed: [place], fired: event)
    }
    next.lastUpdate = now
    guard !suspended.isEmpty else { return Transition(state: next, completed: [place], fired: event) }
    let back = next.suspended.removeFirst()
    next.status = .inProgress
    if let following = catalog.phase(at: back)?.next {
      next.move(to: Place(back.scenario, following), event.rawValue, now)
      return Transition(state: next, completed: [place, back], fired: event)
    }
    // The phase after the last one is the scenario's end, with all that follows from it.
    next.place = back
    var ended = try next.completingPhase(catalog, event.rawValue, now)
    ended.completed.insert(place, at: 0)
    ended.fired = ended.fired ?? event
    return ended
  }

  fileprivate func resumed(_ now: String) throws(Refusal) -> State {
    guard let back = suspended.first else {
      throw Refusal(.refused, "no scenario is suspended", remedy: "llmos-hook set SCENARIO [PHASE]")
    }
    if place.scenario == "INCIDENT_RECOVERY", status.isOpen {
      throw Refusal(
        .refused, "INCIDENT_RECOVERY must be finished first: \(place) is in progress",
        remedy: "llmos-hook next-phase")
    }
    var next = self
    next.suspended.removeFirst()
    next.status = .inProgress
    next.move(to: back, Move.resume.trigger, now)
    return next
  }

  private mutating func move(to place: Place, _ trigger: String, _ now: String) {
    transitions.append(
      TransitionRecord(
        from: self.place.scenario, to: place.scenario, phase: place.phase, timestamp: now,
        trigger: trigger))
    transitions.removeFirst(max(0, transitions.count - Self.keptTransitions))
    self.place = place
    lastUpdate = now
  }
}

extension Refusal {
  /// A deployment that another worktree's incident stops.
  public static func frozen(by worktree: String) -> Refusal {
    Refusal(
      .refused, "deployments are frozen by the incident in \(worktree)",
      why: "a freeze holds for every worktree of this clone, until that INCIDENT_RECOVERY ends",
      remedy: "llmos-hook -C \(worktree) next-phase")
  }
}
