extension State {
  /// Enters a place; what is in progress is set aside when the new scenario interrupts.
  func entering(_ place: Place, _ way: Way) throws(Refusal) -> Transition {
    guard beginsVisit(at: place, way) else { return try movingOn(to: place, way) }
    var next = self
    let interrupts = Self.interrupting.contains(place.scenario) || self.place.scenario == "INCIDENT_RECOVERY"
    let isKept = interrupts && place.scenario != self.place.scenario
    var waived = try requireDone(before: place, isKept: isKept, way)
    if isKept, status.isOpen {
      next.suspended.removeAll { $0.place.scenario == self.place.scenario }
      next.suspended.insert(Suspended(self.place, status: status, context: context), at: 0)
    }
    next.suspended.removeAll { $0.place.scenario == place.scenario }
    next.beginVisit(at: place, way, before: self)
    if place.scenario == "DEPLOYMENT", let frozenBy { throw Refusal.frozen(by: frozenBy) }
    if place.scenario == "DEPLOYMENT", next.isFrozen {
      throw Refusal(
        .refused, "deployments are frozen until INCIDENT_RECOVERY ends",
        remedy: self.place.scenario == "INCIDENT_RECOVERY" ? "llmos-hook next-phase" : "llmos-hook resume")
    }
    waived += try next.requirePassedGate(before: [place.phase], way)
    var transition = Transition(state: next, waived: waived)
    transition.passed =
      way.catalog.scenario(place.scenario)?.phases(before: place.phase).map {
        Place(place.scenario, $0.name)
      } ?? []
    return transition
  }

  /// What stands against another visit: one in REWORK, in which nothing was made, would end with it; and nothing is deployed
  /// while a visit is in REWORK or its gate failed. The owner's reason stands in for both.
  ///
  /// - Parameter isKept: whether the visit in progress is set aside, and does not end.
  /// - Returns: what the reason stood in for.
  private func requireDone(before place: Place, isKept: Bool, _ way: Way) throws(Refusal) -> [Place] {
    let isDeployment = place.scenario == "DEPLOYMENT"
    var owed: [(place: Place, isSuspended: Bool)] = []
    if status == .rework, !isKept, !way.facts.isReworked, way.catalog.canRework(self.place) {
      owed.append((self.place, false))
    }
    for visit in suspended where visit.status == .rework && way.catalog.canRework(visit.place) {
      if isDeployment || visit.place.scenario == place.scenario { owed.append((visit.place, true)) }
    }
    let failed =
      isDeployment
      && (contextValue(Self.failedGateKey) != nil
        || suspended.contains { $0.contextValue(Self.failedGateKey) != nil })
    guard let first = owed.first ?? (failed ? (Place("QUALITY_GATE", "VERDICT"), false) : nil) else {
      return []
    }
    let waived = owed.map(\.place) + (failed ? [Place("QUALITY_GATE", "VERDICT")] : [])
    guard way.facts.hasReason else {
      let back = first.isSuspended || place.scenario != self.place.scenario && !suspended.isEmpty
      throw Refusal(
        .refused,
        owed.isEmpty
          ? "the quality gate failed, and was not passed since"
          : Self.nothingMade(in: first.place),
        why: isDeployment ? "that would be deployed" : "entering \(place) would end it so",
        remedy: (back
          ? "llmos-hook resume"
          : owed.isEmpty ? "llmos-hook set QUALITY_GATE" : way.catalog.wayToRework(at: first.place))
          + "; or add --reason WHY, by the owner")
    }
    return waived
  }

  /// Goes to another phase of the same visit, or stays.
  private func movingOn(to place: Place, _ way: Way) throws(Refusal) -> Transition {
    var transition = Transition(state: given(way.facts, way.catalog))
    if let scenario = way.catalog.scenario(place.scenario), let here = scenario.phase(self.place.phase) {
      let ahead = scenario.phases(after: here).map(\.name)
      if let index = ahead.firstIndex(of: place.phase) {
        let names = [here.name] + ahead[..<index]
        transition.passed = names.map { Place(place.scenario, $0) }
        let entered = ahead[...index]
        transition.waived = try transition.state.leave(toward: Array(entered), way)
        transition.state.status = .inProgress
      }
    }
    if transition.state.status != .rework { transition.state.status = .inProgress }
    way.move(&transition.state, to: place)
    return transition
  }

  /// Completes the phase and enters the next; at the end of a scenario, what follows from it.
  func completingPhase(_ way: Way) throws(Refusal) -> Transition {
    guard status.isOpen else {
      throw Refusal(
        .refused, "\(place.scenario) is \(status.rawValue)",
        remedy: suspended.isEmpty ? "llmos-hook set SCENARIO [PHASE]" : "llmos-hook resume")
    }
    if place.scenario == "DEPLOYMENT", let frozenBy { throw Refusal.frozen(by: frozenBy) }
    guard let phase = way.catalog.phase(at: place) else {
      throw Refusal(.data, "the catalog has no phase \(place)", remedy: "llmos-hook set SCENARIO PHASE")
    }
    var transition = Transition(state: given(way.facts, way.catalog), completed: [place])
    transition.waived = try transition.state.leave(toward: [phase.next].compactMap { $0 }, way)
    transition.state.status = .inProgress
    if let following = phase.next {
      way.move(&transition.state, to: Place(place.scenario, following))
    } else {
      try transition.end(way)
    }
    return transition
  }

  /// What stands against going on to further phases: work that has to be made anew, a gate that has to be passed. The
  /// owner's reason stands in for both.
  ///
  /// - Parameter phases: those that are entered, in order; none at the scenario's end.
  /// - Returns: what the reason stood in for.
  private mutating func leave(toward phases: [String], _ way: Way) throws(Refusal) -> [Place] {
    var waived: [Place] = []
    let reason = "llmos-hook next-phase --reason WHY, by the owner"
    if status == .rework, !way.facts.isReworked, way.catalog.canRework(place) {
      guard way.facts.hasReason else {
        throw Refusal(
          .refused, Self.nothingMade(in: place),
          why: "\(way.catalog.phase(at: place)?.role ?? "nobody") has to make anew what was rolled back",
          remedy: way.catalog.wayToRework(at: place) + ", or " + reason)
      }
      waived.append(place)
    }
    return try waived + requirePassedGate(before: phases, way)
  }

  private static func nothingMade(in place: Place) -> String {
    "\(place) is in REWORK, and nothing was made in it"
  }

  /// A quality gate of the feature in progress that failed has to be passed before RELEASE.
  ///
  /// - Parameter phases: those that are entered; none at the scenario's end.
  /// - Returns: what the owner's reason stood in for.
  private mutating func requirePassedGate(before phases: [String], _ way: Way) throws(Refusal) -> [Place] {
    guard contextValue(Self.failedGateKey) != nil, place.scenario == "FEATURE_DEVELOPMENT",
      phases.isEmpty || phases.contains("RELEASE")
    else { return [] }
    guard way.facts.hasReason else {
      throw Refusal(
        .refused, "the quality gate of this feature failed, and was not passed since",
        why: "it has to be passed before RELEASE",
        remedy: "llmos-hook set QUALITY_GATE, or llmos-hook next-phase --reason WHY, by the owner")
    }
    forgetFailedGate()
    return [Place("QUALITY_GATE", "VERDICT")]
  }

  /// A verdict: FAIL leads to a rollback, PASS to the phase after the one set aside.
  func judged(pass: Bool, _ way: Way) throws(Refusal) -> Transition {
    let event: Event = pass ? .qualityGatePass : .qualityGateFail
    guard place == Place("QUALITY_GATE", "VERDICT"), status.isOpen else { throw inapplicable(event, self) }
    let way = way.fired(by: event)
    var next = self
    next.status = .completed
    guard pass else {
      if var failed = next.suspended.first {
        var about = self
        about.context = failed.context ?? context
        about.setContext(Self.failedGateKey, "FAIL")
        failed.context = about.context
        next.suspended[0] = failed
      }
      var entered = try next.entering(Place("ROLLBACK", "IDENTIFY"), way)
      (entered.completed, entered.fired) = ([place], event)
      return entered
    }
    next.lastUpdate = way.now
    guard !suspended.isEmpty else { return Transition(state: next, completed: [place], fired: event) }
    let back = next.suspended.removeFirst()
    let canLeave = back.status != .rework || way.facts.isReworked
    if canLeave, way.catalog.phase(at: back.place)?.next == nil {
      // The phase after the last one is the scenario's end, with all that follows from it.
      (next.place, next.status) = (back.place, .inProgress)
      if let context = back.context { next.context = context }
      next.forgetFailedGate()
      var ended = try next.completingPhase(way)
      ended.completed.insert(place, at: 0)
      ended.fired = ended.fired ?? event
      return ended
    }
    var transition = Transition(state: next, completed: [place], fired: event)
    if canLeave, let following = way.catalog.phase(at: back.place)?.next {
      transition.state.goBack(to: back, at: Place(back.place.scenario, following), status: .inProgress, way)
      transition.completed.append(back.place)
    } else {
      transition.state.goBack(to: back, way)
      transition.remark = "nothing was made in \(back.place) since the rollback: it is still in REWORK"
    }
    transition.state.forgetFailedGate()
    return transition
  }

  func resumed(_ way: Way) throws(Refusal) -> State {
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
    next.goBack(to: back, way)
    return next
  }
}

extension Transition {
  /// The end of a scenario, with what follows from it.
  fileprivate mutating func end(_ way: Way) throws(Refusal) {
    state.status = .completed
    state.lastUpdate = way.now
    switch state.place.scenario {
    case "FEATURE_DEVELOPMENT":
      guard !state.isFrozen, state.frozenBy == nil else {
        remark = "deployments are frozen: feature-completed waits for the end of INCIDENT_RECOVERY"
        return
      }
      let event = Event.featureCompleted
      state = try state.entering(Place("DEPLOYMENT", "PRE_DEPLOY"), way.fired(by: event)).state
      fired = event
    case "ROLLBACK" where !state.suspended.isEmpty:
      let back = state.suspended.removeFirst()
      var way = way
      way.trigger = "rollback-finished"
      // What makes nothing goes on where it was: an incident after its rollback.
      let isRework = way.catalog.canRework(back.place)
      state.goBack(
        to: back, at: isRework ? way.catalog.placeOfRework(upTo: back.place) : nil,
        status: isRework ? .rework : nil, way)
    case "INCIDENT_RECOVERY":
      let back = state.suspended.first.map { "llmos-hook resume continues \($0.place)" }
      let undo = way.facts.isRolledBack ? "llmos-hook rollback --undo brings back what was rolled back" : nil
      let ways = [back, undo].compactMap { $0 }
      if !ways.isEmpty { remark = ways.joined(separator: "; ") }
    default: break
    }
  }
}

extension Catalog {
  /// Whether work in a place's scenario can be made anew: one that only reads, or runs by itself, makes nothing.
  fileprivate func canRework(_ place: Place) -> Bool {
    scenario(place.scenario).map { !$0.isReadOnly && !$0.isAutomatic } ?? true
  }

  /// What the phase's role does where nothing was made anew yet.
  fileprivate func wayToRework(at place: Place) -> String {
    phase(at: place)?.allowsCommits ?? false ? "./step.sh \"what changed\"" : "do that"
  }
}
