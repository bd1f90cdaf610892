/// A phase of a scenario: `FEATURE_DEVELOPMENT:BRIEF`.
public struct Place: Hashable, Sendable, CustomStringConvertible {
  /// The scenario's name.
  public var scenario: String
  /// The phase's name.
  public var phase: String

  /// A phase of these names. Does not check that a catalog has it.
  public init(_ scenario: String, _ phase: String) {
    self.scenario = scenario
    self.phase = phase
  }

  /// `SCENARIO:PHASE`.
  public var description: String { scenario + ":" + phase }
}

/// One step of a scenario, with what may be done in it and by whom.
public struct Phase: Hashable, Sendable {
  /// In capitals (`BRIEF`).
  public let name: String
  /// What happens in it, in a few words.
  public let summary: String
  /// The agent role that works in it (`DEV`).
  public let role: String
  /// What may be done in it.
  public let actions: [String]
  /// The phase after this one; nil at the scenario's end.
  public let next: String?
  /// Whether `run` may skip it when there is nothing to do.
  public let isOptional: Bool
  /// Repository-relative paths that must exist, non-empty, before the phase is complete;
  /// `{feature_slug}` and the other context keys expand.
  public let requires: [String]
  /// Context keys that must have a value before the phase is complete.
  public var needs: [String]
  /// Repository-relative scripts that the engine runs in it, never an agent.
  public let scripts: [String]

  /// A phase as a catalog or a scenario file has it.
  public init(
    name: String, summary: String, role: String, actions: [String], next: String?,
    isOptional: Bool = false, requires: [String] = [], needs: [String] = [], scripts: [String] = []
  ) {
    self.name = name
    self.summary = summary
    self.role = role
    self.actions = actions
    self.next = next
    self.isOptional = isOptional
    self.requires = requires
    self.needs = needs
    self.scripts = scripts
  }

  /// Whether commits land in this phase.
  public var allowsCommits: Bool { actions.contains(Action.commit) }
}

/// The actions that the gate itself knows by name; a catalog may have any others.
public enum Action {
  /// A commit, through step.sh.
  public static let commit = "commit_changes"
}

/// One of the seven canonical scenarios, or one that a repository adds.
public struct Scenario: Hashable, Sendable {
  /// In capitals (`FEATURE_DEVELOPMENT`).
  public let name: String
  /// The occasion, in a few words.
  public let when: String
  /// In order.
  public let phases: [Phase]
  /// The context key that says what the scenario is about (`feature_slug`); nil when it has none.
  public let contextKey: String?
  /// Whether it runs to its end without asking (S4).
  public let isAutomatic: Bool
  /// Only reads and evaluates (S5).
  public let isReadOnly: Bool

  /// A scenario of these phases, in order.
  public init(
    name: String, when: String, phases: [Phase], contextKey: String? = nil, isAutomatic: Bool = false,
    isReadOnly: Bool = false
  ) {
    self.name = name
    self.when = when
    self.phases = phases
    self.contextKey = contextKey
    self.isAutomatic = isAutomatic
    self.isReadOnly = isReadOnly
  }

  /// The phase of this name; nil when the scenario has none.
  public func phase(_ name: String) -> Phase? { phases.first { $0.name == name } }

  /// The phases that follow one, in order. A cycle is followed once.
  public func phases(after phase: Phase) -> [Phase] {
    var result: [Phase] = []
    var next = phase.next.flatMap(self.phase)
    while let following = next, following != phase, !result.contains(following) {
      result.append(following)
      next = following.next.flatMap(self.phase)
    }
    return result
  }

  /// The roles of its phases, each once, in the order in which they first act.
  public var roles: [String] { phases.map(\.role).uniqued }

  /// All its phases' actions, each once.
  public var actions: [String] { phases.flatMap(\.actions).uniqued }
}

/// The scenarios in force.
public struct Catalog: Hashable, Sendable {
  /// In order.
  public let scenarios: [Scenario]

  /// A catalog of these scenarios, in order.
  public init(scenarios: [Scenario]) {
    self.scenarios = scenarios
  }

  /// The scenario of this name; nil when there is none.
  public func scenario(_ name: String) -> Scenario? { scenarios.first { $0.name == name } }

  /// The phase of this name; nil when the catalog does not have it.
  public func phase(at place: Place) -> Phase? { scenario(place.scenario)?.phase(place.phase) }

  /// Every phase that allows commits.
  public var committingPlaces: [Place] {
    scenarios.flatMap { scenario in
      scenario.phases.filter(\.allowsCommits).map { Place(scenario.name, $0.name) }
    }
  }

  /// All roles, each once.
  public var roles: [String] { scenarios.flatMap(\.roles).uniqued }

  /// All actions, each once.
  public var actions: [String] { scenarios.flatMap(\.actions).uniqued }

  /// Whether any phase of any scenario has this action.
  public func knows(action: String) -> Bool { scenarios.contains { $0.actions.contains(action) } }

  /// This catalog with a repository's scenarios: those of the same name are replaced, the others are
  /// added at the end.
  public func overridden(by others: [Scenario]) -> Catalog {
    let names = Set(scenarios.map(\.name))
    return Catalog(
      scenarios: scenarios.map { own in others.first { $0.name == own.name } ?? own }
        + others.filter { !names.contains($0.name) })
  }
}

extension Array where Element: Hashable {
  /// Each element once, in order of first appearance.
  public var uniqued: [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
