/// The sealed state as the gate reads it: everything that a decision or `status` needs, and nothing
/// that needs a YAML or JSON parser. It is the blob `gate` of a ledger entry.
///
/// The form is lines of `KEY VALUE`, UTF-8, the first of them `llmos-gate 2`; values have no newline. Form 1, of
/// entries whose second parent is the code commit, is read as well.
public struct GateRecord: Hashable, Sendable {
  /// The entry's number in its ledger, from 1.
  public var sequence: Int
  /// Scenario and phase.
  public var place: Place
  /// The state's status.
  public var status: Status
  /// The phase's role.
  public var role: String
  /// What the phase allows.
  public var actions: [String]
  /// The context, in the state file's order.
  public var context: [ContextValue]
  /// Scenarios set aside, the one to return to first.
  public var suspended: [Place]
  /// Whether deployments are frozen.
  public var isFrozen: Bool
  /// Whether the scenario only reads.
  public var isReadOnly: Bool
  /// Where commits land, to tell somebody who is refused.
  public var committingPlaces: [Place]
  /// Whether one of them comes later in this scenario.
  public var commitsAhead: Bool
  /// What HEAD's tree had at `scenarios` and `.llmos` when the rules were compiled: another value
  /// means that they must be compiled again. Hexadecimal; nil when there was no such entry.
  public var rules: RulesVersion
  /// Whether commits must come through step.sh.
  public var through: CommitPath
  /// `commits.trailers`: whose commits get trailers.
  public var trailers: TrailerPolicy
  /// `commits.message`: what a message must match.
  public var message: String?
  /// `branches`: globs of the branches that are enforced; empty means all.
  public var branches: [String]
  /// `commits.paths` of this place; empty means that a commit may touch any path.
  public var paths: [String]
  /// `protected_paths`.
  public var protectedPaths: [String]
  /// The agents' harnesses that were set up here (`install --agent`), whose settings only the owner changes.
  public var harnesses: [String] = []
  /// `commits.lock`: whether the branch is held in this scenario.
  public var isLocked: Bool
  /// `agent_policy.push`: what an agent may push.
  public var push = PushPolicy.feature
  /// Whether these are rules that the ledger has seen replaced by newer ones: HEAD was brought back to them.
  /// Never written down; told when a record is compiled anew.
  public var isReplayed = false
  /// Whether a worktree began here with another one's state: what it stands on was not looked at.
  public var isAdopted = false
  /// The code commit on which the owner let the next commit pass: hexadecimal, or `unborn`; nil mostly.
  public var override: String?
  /// The owner's grant under which an agent works here; nil mostly.
  public var grant: GrantInForce?

  /// The code commit on which the entry was made; nil when there was none. Form 1 has it as the entry's parent.
  public var codeHead: ObjectID?
  /// The blob of the branches and tags that were there before the ledger began; nil when it has none. Form 1 has it
  /// in the entry's tree.
  public var begun: ObjectID?
  /// Which form it has.
  public private(set) var form = newestForm

  /// The form that this version writes.
  public static let newestForm = 2

  /// Compiles a state under a catalog.
  ///
  /// - Throws: `Refusal` (65) when the catalog has no such place.
  public init(
    state: State, catalog: Catalog, sequence: Int, rules: RulesVersion = RulesVersion(),
    configuration: Configuration = Configuration()
  ) throws(Refusal) {
    guard let scenario = catalog.scenario(state.place.scenario), let phase = catalog.phase(at: state.place)
    else {
      throw Refusal(
        .data, "the catalog has no phase \(state.place)",
        remedy: "llmos-hook set SCENARIO PHASE, by the owner")
    }
    self.sequence = sequence
    place = state.place
    status = state.status
    role = phase.role
    actions = phase.actions
    context = state.context
    suspended = state.suspended.map(\.place)
    isFrozen = state.isFrozen
    isReadOnly = scenario.isReadOnly
    committingPlaces = catalog.committingPlaces
    commitsAhead = scenario.phases(after: phase).contains { $0.allowsCommits }
    self.rules = rules
    through = configuration.through
    trailers = configuration.trailers
    message = configuration.message
    branches = configuration.branches
    paths = configuration.paths[state.place.description] ?? []
    protectedPaths = configuration.protectedPaths
    push = configuration.push
    isLocked = state.status.isOpen && configuration.lock.contains(state.place.scenario)
  }

  /// The record of an entry that moves nothing: what is allowed stays, but an override is for the entry that has it, and
  /// the form is the newest.
  public func carriedOn(to sequence: Int) -> GateRecord {
    var record = self
    record.sequence = sequence
    record.override = nil
    record.form = Self.newestForm
    return record
  }

  /// Whether a branch is one of those that `branches` enforces.
  ///
  /// - Parameter branch: its full name (`refs/heads/main`).
  public func enforces(branch: String) -> Bool {
    let name = branch.shortBranch ?? branch
    return branches.isEmpty || branches.contains { Glob.matches($0, name) }
  }

  /// What only the owner changes, besides the standard paths.
  public var ownersPaths: [String] {
    harnesses.isEmpty ? protectedPaths : protectedPaths + harnesses.flatMap(ProtectedPaths.settings)
  }

  /// Whether it allows anything that another one does not: another place, actions, content, an override.
  public func allows(beyond other: GateRecord) -> Bool {
    place != other.place || status != other.status || actions != other.actions || !hasContentRules(of: other)
      || (override != nil && override != other.override) || !other.harnesses.allSatisfy(harnesses.contains)
      || grant != other.grant
  }

  /// Whether it asks of a commit's content what the configuration does.
  public func hasContentRules(of configuration: Configuration) -> Bool {
    paths == configuration.paths[place.description] ?? []
      && protectedPaths == configuration.protectedPaths && message == configuration.message
  }

  /// Whether it asks of a commit's content what another one does.
  public func hasContentRules(of other: GateRecord) -> Bool {
    paths == other.paths && protectedPaths == other.protectedPaths && message == other.message
  }

  /// Whether the owner may merge proved work here: everywhere but where only the engine works, nothing may change, or
  /// deployments are frozen.
  public var takesProvenWork: Bool { !isReadOnly && !isFrozen && place.scenario != "ROLLBACK" }

  /// Whether a commit may land: the phase allows it and the scenario still runs.
  public var mayCommit: Bool { actions.contains(Action.commit) && status.isOpen }
}

extension GateRecord {
  /// The blob's text.
  public var text: String {
    var lines = [
      "llmos-gate \(form)", "seq " + String(sequence), "scenario " + place.scenario, "phase " + place.phase,
      "status " + status.rawValue, "role " + role, "through " + through.rawValue,
      "frozen " + (isFrozen ? "yes" : "no"), "read-only " + (isReadOnly ? "yes" : "no"),
      "ahead " + (commitsAhead ? "yes" : "no"),
    ]
    if let scenarios = rules.scenarios { lines.append("scenarios " + scenarios) }
    if let configuration = rules.configuration { lines.append("configuration " + configuration) }
    if let message { lines.append("message " + message) }
    if let override { lines.append("override " + override) }
    if let grant { lines.append("grant " + grant.text) }
    if trailers != .all { lines.append("trailers " + trailers.rawValue) }
    if isLocked { lines.append("locked yes") }
    if push != .feature { lines.append("push " + push.rawValue) }
    if isAdopted { lines.append("adopted yes") }
    if !harnesses.isEmpty { lines.append("harnesses " + harnesses.joined(separator: " ")) }
    if let codeHead { lines.append("head " + codeHead.description) }
    if let begun { lines.append("begun " + begun.description) }
    lines += branches.map { "branch " + $0 }
    lines += paths.map { "path " + $0 }
    lines += protectedPaths.map { "protected " + $0 }
    lines += actions.map { "action " + $0 }
    lines += context.map { "context " + $0.key + ($0.value.map { value in "=" + value } ?? "") }
    lines += suspended.map { "suspended " + $0.scenario + " " + $0.phase }
    lines += committingPlaces.map { "commits " + $0.scenario + " " + $0.phase }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The lines of a blob, by their keys.
  private struct Lines {
    /// Keys that may stand once.
    var single: [Substring: String] = [:]
    /// Keys that may stand often.
    var lists: [Substring: [String]] = [:]
    var context: [ContextValue] = []
    var suspended: [Place] = []
    var committing: [Place] = []

    init?(_ text: String) {
      for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true) {
        let line = Substring(line)
        guard let space = line.utf8.firstIndex(of: UInt8(ascii: " ")) else { return nil }
        let key = line[..<space]
        let value = String(line[line.utf8.index(after: space)...])
        switch key {
        case "action", "branch", "path", "protected": lists[key, default: []].append(value)
        case "context":
          let equals = value.utf8.firstIndex(of: UInt8(ascii: "="))
          context.append(
            ContextValue(
              String(value[..<(equals ?? value.endIndex)]),
              equals.map { String(value[value.utf8.index(after: $0)...]) }))
        case "suspended", "commits":
          guard let place = GateRecord.place(value) else { return nil }
          if key == "commits" { committing.append(place) } else { suspended.append(place) }
        default:
          guard single.updateValue(value, forKey: key) == nil else { return nil }
        }
      }
    }
  }

  /// Reads the blob; nil when it is not one of ours, whole.
  public init?(text: String) {
    guard let lines = Lines(text) else { return nil }
    let (single, lists) = (lines.single, lines.lists)
    guard let form = single["llmos-gate"].flatMap({ Int($0) }), (1...Self.newestForm).contains(form),
      let sequence = single["seq"].flatMap({ Int($0) }),
      (1...1 << 53).contains(sequence),
      let scenario = single["scenario"], let phase = single["phase"],
      let status = single["status"].flatMap({ Status(rawValue: $0) }), let role = single["role"],
      let through = single["through"].flatMap({ CommitPath(rawValue: $0) }),
      let frozen = single["frozen"], let readOnly = single["read-only"], let ahead = single["ahead"]
    else { return nil }
    self.sequence = sequence
    place = Place(scenario, phase)
    self.status = status
    self.role = role
    actions = lists["action"] ?? []
    branches = lists["branch"] ?? []
    paths = lists["path"] ?? []
    protectedPaths = lists["protected"] ?? []
    guard let trailers = TrailerPolicy(rawValue: single["trailers"] ?? TrailerPolicy.all.rawValue) else {
      return nil
    }
    self.trailers = trailers
    message = single["message"]
    override = single["override"]
    if let text = single["grant"] {
      guard let grant = GrantInForce(text: text) else { return nil }
      self.grant = grant
    }
    isLocked = single["locked"] == "yes"
    if let text = single["push"] {
      guard let policy = PushPolicy(rawValue: text) else { return nil }
      push = policy
    }
    isAdopted = single["adopted"] == "yes"
    harnesses = (single["harnesses"] ?? "").utf8.split(separator: UInt8(ascii: " ")).map {
      String(Substring($0))
    }
    self.form = form
    codeHead = single["head"].flatMap { ObjectID(hex: $0) }
    begun = single["begun"].flatMap { ObjectID(hex: $0) }
    guard (codeHead == nil) == (single["head"] == nil), (begun == nil) == (single["begun"] == nil) else {
      return nil
    }
    context = lines.context
    suspended = lines.suspended
    isFrozen = frozen == "yes"
    isReadOnly = readOnly == "yes"
    commitsAhead = ahead == "yes"
    committingPlaces = lines.committing
    rules = RulesVersion(scenarios: single["scenarios"], configuration: single["configuration"])
    self.through = through
  }

  /// Whether a text is a record of a form that only a newer version reads.
  public static func isNewer(_ text: String) -> Bool {
    guard text.hasPrefix("llmos-gate "), let form = Int(text.dropFirst(11).prefix { $0 != "\n" }) else {
      return false
    }
    return form > newestForm
  }

  fileprivate static func place(_ text: String) -> Place? {
    let parts = text.utf8.split(separator: UInt8(ascii: " "))
    guard parts.count == 2 else { return nil }
    return Place(String(Substring(parts[0])), String(Substring(parts[1])))
  }
}
