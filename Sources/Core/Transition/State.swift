/// How far a scenario has come.
public enum Status: String, Sendable, CaseIterable {
  case inProgress = "IN_PROGRESS"
  case completed = "COMPLETED"
  case rework = "REWORK"
  case blocked = "BLOCKED"

  /// Whether the scenario still runs.
  public var isOpen: Bool { self != .completed }
}

/// A line of a state's history, as `SCENARIO_STATE.yml` keeps the newest fifty.
public struct TransitionRecord: Hashable, Sendable {
  /// The scenario that was left.
  public var from: String
  /// The scenario that was entered.
  public var to: String
  /// The phase that was entered.
  public var phase: String
  /// UTC, `2025-12-27T17:18:52Z`.
  public var timestamp: String
  /// The command or event.
  public var trigger: String

  /// A record of these fields.
  public init(from: String, to: String, phase: String, timestamp: String, trigger: String) {
    self.from = from
    self.to = to
    self.phase = phase
    self.timestamp = timestamp
    self.trigger = trigger
  }
}

/// A key of the context and its value; nil is YAML's null.
public struct ContextValue: Hashable, Sendable {
  /// The canonical ones and those of `set` are letters, digits and underscores; a file's can be any word.
  public var key: String
  /// One line of text; nil is null.
  public var value: String?

  /// A pair of these.
  public init(_ key: String, _ value: String?) {
    self.key = key
    self.value = value
  }
}

extension ContextValue {
  /// Whether text can be a value: one line of characters that YAML and a terminal show as they are. Looked
  /// at scalar by scalar, since a combining mark hides what it follows from a look at characters.
  public static func isUsable(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { scalar in
      switch scalar.value {
      case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0xFEFF, 0xFFFD, 0x10_FF80...0x10_FFFF: false
      default: scalar.value & 0xFFFE != 0xFFFE
      }
    }
  }
}

/// A scenario that was set aside: where it stood and what it was about, so that it can go on as it was.
public struct Suspended: Hashable, Sendable {
  /// Its scenario and phase.
  public var place: Place
  /// `inProgress`, or `rework` while what was undone has still to be made anew.
  public var status: Status
  /// Its context; nil in files of earlier versions, which did not keep it.
  public var context: [ContextValue]?

  /// A scenario set aside at a place.
  public init(_ place: Place, status: Status = .inProgress, context: [ContextValue]? = nil) {
    self.place = place
    self.status = status
    self.context = context
  }

  /// The value of a context key; nil when it has none.
  public func contextValue(_ key: String) -> String? { context?.first { $0.key == key }?.value }
}

/// What `SCENARIO_STATE.yml` says.
public struct State: Hashable, Sendable {
  /// Scenario and phase.
  public var place: Place
  /// The state's status.
  public var status: Status
  /// UTC, `2025-12-27T17:18:52Z`.
  public var lastUpdate: String
  /// In the file's order; the four canonical keys are always there.
  public var context: [ContextValue]
  /// Scenarios set aside, the one to return to first. The file has the others nested in the first.
  public var suspended: [Suspended]
  /// Oldest first.
  public var transitions: [TransitionRecord]
  /// Keys we do not know, as YAML text, to be written again as they were.
  public var unknown: [String]
  /// The worktree, another one of this clone, whose incident freezes deployments here too. Told for one move, and never
  /// written down.
  public var frozenBy: String?

  /// The context keys of the canonical scenarios.
  public static let canonicalContext = [
    "feature_slug", "target_environment", "incident_type", "rollback_target",
  ]

  /// The context key that says that the quality gate of a visit failed and was not passed since. Only the engine sets
  /// it.
  public static let failedGateKey = "quality_gate"
  /// The context key that names the other features whose gate failed and was not passed since. Only the engine sets it.
  public static let failedFeaturesKey = "quality_gate_failed"
  /// The context key that has the commit which `rollback_target` named when it was given. Only the engine sets it.
  public static let heldTargetKey = "rollback_commit"
  /// The context keys that only the engine sets.
  public static let engineKeys = [failedGateKey, failedFeaturesKey, heldTargetKey]
  /// What stands between them: no slug has it.
  static let failedFeaturesSeparator: Character = "|"

  /// The most transitions that the file keeps; the ledger has them all.
  public static let keptTransitions = 50

  /// A state at a place, with nothing else in it.
  public init(place: Place, status: Status = .inProgress, at time: String) {
    self.place = place
    self.status = status
    lastUpdate = time
    context = Self.canonicalContext.map { ContextValue($0, nil) }
    suspended = []
    transitions = []
    unknown = []
  }

  /// The value of a context key; nil when it has none.
  public func contextValue(_ key: String) -> String? { context.first { $0.key == key }?.value }

  /// Gives a context key a value.
  public mutating func setContext(_ key: String, _ value: String?) {
    if let index = context.firstIndex(where: { $0.key == key }) {
      context[index].value = value
    } else {
      context.append(ContextValue(key, value))
    }
  }

  /// Takes a context key away: the canonical ones stay, as null.
  public mutating func clearContext(_ key: String) {
    if Self.canonicalContext.contains(key) { return setContext(key, nil) }
    context.removeAll { $0.key == key }
  }

  /// Whether deployments are frozen: from INCIDENT_RECOVERY:FREEZE to that scenario's end.
  public var isFrozen: Bool {
    (place.scenario == "INCIDENT_RECOVERY" && status.isOpen)
      || suspended.contains { $0.place.scenario == "INCIDENT_RECOVERY" }
  }
}
