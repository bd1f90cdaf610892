/// How a move goes: under which catalog, with what is known of it, when.
struct Way {
  let catalog: Catalog
  var facts: MoveFacts
  var trigger: String
  let now: String

  /// The same way, fired by an event.
  func fired(by event: Event) -> Way {
    var way = self
    way.trigger = event.rawValue
    return way
  }

  /// The same way, with what the event itself knows: whoever gave another value knows better.
  func knowing(_ key: String, _ value: String) -> Way {
    var way = self
    if !facts.context.contains(where: { $0.key == key }) {
      way.facts.context.append(ContextValue(key, value))
    }
    return way
  }

  /// The context keys that a visit of a scenario begins anew.
  func ownKeys(_ scenario: String) -> [String] { catalog.scenario(scenario)?.ownKeys(facts.requires) ?? [] }

  /// Moves a state to a place, and writes it down.
  func move(_ state: inout State, to place: Place) {
    state.transitions.append(
      TransitionRecord(
        from: state.place.scenario, to: place.scenario, phase: place.phase, timestamp: now, trigger: trigger))
    state.transitions.removeFirst(max(0, state.transitions.count - State.keptTransitions))
    state.place = place
    state.lastUpdate = now
  }
}

extension State {
  /// This state with what was given, and with defaults for the keys of the scenario in progress that have no value.
  public func given(_ facts: MoveFacts, _ catalog: Catalog) -> State {
    var next = self
    for pair in facts.context { next.setContext(pair.key, pair.value == "" ? nil : pair.value) }
    let own = catalog.scenario(place.scenario)?.ownKeys(facts.requires) ?? []
    for pair in facts.defaults where own.contains(pair.key) && next.contextValue(pair.key) == nil {
      next.setContext(pair.key, pair.value)
    }
    if next.contextValue("feature_slug") != contextValue("feature_slug") {
      next.remember(failed: failedFeatures)
    }
    return next
  }

  /// This state with the context of the visit to which a phase belongs: the one in progress, or a suspended one.
  public func about(_ place: Place) -> State {
    guard place.scenario != self.place.scenario,
      let context = suspended.first(where: { $0.place.scenario == place.scenario })?.context
    else { return self }
    var next = self
    next.context = context
    return next
  }

  /// Whether entering a place begins a visit: of another scenario, at the first phase, after the scenario's end, or
  /// for another feature.
  func beginsVisit(at place: Place, _ way: Way) -> Bool {
    if place.scenario != self.place.scenario || !status.isOpen { return true }
    if way.catalog.scenario(place.scenario)?.phases.first?.name == place.phase { return true }
    guard let old = contextValue("feature_slug"),
      let given = way.facts.context.last(where: { $0.key == "feature_slug" })
    else { return false }
    return given.value != old
  }

  /// Enters a place in a visit of its own: what the one before was about does not reach into it.
  ///
  /// - Parameter before: the state that is left, with all that was suspended.
  mutating func beginVisit(at place: Place, _ way: Way, before: State) {
    let failed = before.failedFeatures
    for key in way.ownKeys(place.scenario) + [Self.failedGateKey, Self.heldTargetKey] { clearContext(key) }
    // An event goes on with what was begun, and what interrupts is about the same thing.
    if way.trigger == "set", !State.interrupting.contains(place.scenario) {
      for key in way.facts.contextKeys { clearContext(key) }
    }
    // An incident that no deployment led to is of no deployment's environment, until somebody says which.
    if place.scenario == "INCIDENT_RECOVERY",
      ![before.place.scenario, before.suspended.first?.place.scenario].contains("DEPLOYMENT")
    {
      clearContext("target_environment")
    }
    status = .inProgress
    way.move(&self, to: place)
    self = given(way.facts, way.catalog)
    remember(failed: failed)
  }

  /// The features whose quality gate failed and was not passed since, by their slugs: those of visits that ended, then
  /// those in progress or set aside.
  private var failedFeatures: [String] {
    var slugs =
      contextValue(Self.failedFeaturesKey)?.split(separator: Self.failedFeaturesSeparator).map(String.init)
      ?? []
    for context in [context] + suspended.compactMap(\.context) {
      let value = { (key: String) in context.first { $0.key == key }?.value }
      if value(Self.failedGateKey) != nil, let slug = value("feature_slug"), !slugs.contains(slug) {
        slugs.append(slug)
      }
    }
    return slugs
  }

  /// Writes down whose gate failed: the feature in progress in a key of its own, the others in a list, which is the
  /// same in every visit.
  private mutating func remember(failed: [String]) {
    let slug = contextValue("feature_slug")
    if place.scenario == "FEATURE_DEVELOPMENT", let slug, failed.contains(slug) {
      setContext(Self.failedGateKey, "FAIL")
    }
    let others = contextValue(Self.failedGateKey) == nil ? failed : failed.filter { $0 != slug }
    if others.isEmpty {
      clearContext(Self.failedFeaturesKey)
    } else {
      setContext(Self.failedFeaturesKey, others.joined(separator: String(Self.failedFeaturesSeparator)))
    }
  }

  /// The gate of the feature in progress is passed, or the owner goes on without.
  mutating func forgetFailedGate() {
    clearContext(Self.failedGateKey)
    let slug = contextValue("feature_slug")
    remember(failed: failedFeatures.filter { $0 != slug })
  }

  /// Returns to a scenario that was set aside, with what it was about.
  mutating func goBack(to visit: Suspended, at place: Place? = nil, status: Status? = nil, _ way: Way) {
    let failed = failedFeatures
    if let context = visit.context {
      self.context = context
    } else if self.place.scenario != visit.place.scenario {
      // Set aside by a version that kept no context: what the other one was about ends with it.
      for key in way.ownKeys(self.place.scenario) + [Self.heldTargetKey] { clearContext(key) }
    }
    self.status = status ?? visit.status
    way.move(&self, to: place ?? visit.place)
    remember(failed: failed)
  }

  /// The scenarios that set the one in progress aside instead of ending it.
  static let interrupting: Set<String> = ["QUALITY_GATE", "INCIDENT_RECOVERY", "ROLLBACK"]
}

extension Scenario {
  /// The phases in the order in which they are gone through, from the first.
  public var course: [Phase] { phases.first.map { [$0] + phases(after: $0) } ?? [] }

  /// The phases before one, in the order in which they are gone through; none when none leads to it.
  public func phases(before name: String) -> [Phase] {
    guard let index = course.firstIndex(where: { $0.name == name }) else { return [] }
    return Array(course[..<index])
  }
}

extension Catalog {
  /// Where what was undone is made anew: the last phase, up to the one that was left, that allows commits; that one
  /// itself where none does.
  public func placeOfRework(upTo place: Place) -> Place {
    guard let scenario = scenario(place.scenario), let left = scenario.phase(place.phase) else {
      return place
    }
    let phase = (scenario.phases(before: place.phase) + [left]).last(where: \.allowsCommits) ?? left
    return Place(place.scenario, phase.name)
  }
}
