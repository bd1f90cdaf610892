import Core

/// `SCENARIO_STATE.yml`: reading it as people and earlier tools wrote it, writing it in one form.
public enum StateFile {
  private static let keys = [
    "current_scenario", "phase", "status", "last_update", "allowed_actions", "agent_constraints",
    "context", "suspended", "transitions",
  ]
  private static let optionalKeys: Set<String> = ["suspended"]

  /// Reads a state.
  ///
  /// `allowed_actions` and `agent_constraints` must be there, but decide nothing: the catalog does.
  ///
  /// - Parameter catalog: in which the scenario and phase must be found.
  /// - Throws: `Refusal` (65) with line and column.
  public static func decode(_ bytes: [UInt8], catalog: Catalog) throws(Refusal) -> State {
    let remedy = "llmos-hook restore"
    let file = try YAMLFile(bytes, name: StatePath.name, remedy: remedy)
    var values: [String: YAMLNode] = [:]
    var unknown: [String] = []
    for (key, node, at) in try file.pairs(file.root) {
      if keys.contains(key) {
        values[key] = node
      } else {
        unknown.append(try yaml(at, node, file))
      }
    }
    for key in keys where values[key] == nil && !optionalKeys.contains(key) {
      throw Refusal(.data, "\(StatePath.name): the key \(key) is missing", remedy: remedy)
    }
    let value = { (key: String) -> YAMLNode in values[key] ?? YAMLNode("") }
    let place = Place(
      try file.string(value("current_scenario"), "current_scenario"),
      try file.string(value("phase"), "phase"))
    try require(place, catalog, at: (value("current_scenario"), value("phase")), file)
    let statusName = try file.string(value("status"), "status")
    guard let status = Status(rawValue: statusName) else {
      throw file.wrong(
        value("status"), "unknown status: \(statusName)",
        why: "statuses: " + Status.allCases.map(\.rawValue).joined(separator: ", "))
    }
    _ = try file.strings(value("allowed_actions"), "allowed_actions")
    _ = try file.pairs(value("agent_constraints"), "agent_constraints")
    var state = State(
      place: place, status: status, at: try file.string(value("last_update"), "last_update"))
    state.unknown = unknown
    state.context = try context(value("context"), "context", file)
    var suspended = values["suspended"]
    while let node = suspended, let (visit, inner) = try suspension(node, catalog, file) {
      guard state.suspended.count < 16 else { throw file.wrong(node, "suspended is nested too deeply") }
      state.suspended.append(visit)
      suspended = inner
    }
    state.transitions = try transitions(value("transitions"), file)
    return state
  }

  /// The `allowed_actions` of a state, which are a copy for readers.
  ///
  /// - Throws: `Refusal` (65) with line and column.
  public static func copiedActions(in bytes: [UInt8]) throws(Refusal) -> [String] {
    let file = try YAMLFile(bytes, name: StatePath.name, remedy: "llmos-hook restore")
    guard let node = try file.pairs(file.root).first(where: { $0.key == "allowed_actions" })?.node else {
      return []
    }
    return try file.strings(node, "allowed_actions")
  }

  private static func require(
    _ place: Place, _ catalog: Catalog, at nodes: (scenario: YAMLNode, phase: YAMLNode), _ file: YAMLFile
  ) throws(Refusal) {
    do {
      _ = try catalog.place(place.scenario, place.phase)
    } catch {
      let node = catalog.scenario(place.scenario) == nil ? nodes.scenario : nodes.phase
      throw file.wrong(node, error.what, why: error.why)
    }
  }

  private static func suspension(
    _ node: YAMLNode, _ catalog: Catalog, _ file: YAMLFile
  ) throws(Refusal) -> (Suspended, YAMLNode?)? {
    let pairs = try file.pairs(node, "suspended")
    if pairs.isEmpty { return nil }
    guard let scenario = pairs.first(where: { $0.key == "scenario" })?.node,
      let phase = pairs.first(where: { $0.key == "phase" })?.node
    else { throw file.wrong(node, "suspended needs scenario and phase") }
    let place = Place(
      try file.string(scenario, "suspended.scenario"), try file.string(phase, "suspended.phase"))
    try require(place, catalog, at: (scenario, phase), file)
    var visit = Suspended(place)
    for pair in pairs {
      switch pair.key {
      case "status":
        let name = try file.string(pair.node, "suspended.status")
        guard let status = Status(rawValue: name), status.isOpen else {
          throw file.wrong(pair.node, "suspended.status cannot be \(name)")
        }
        visit.status = status
      case "context": visit.context = try context(pair.node, "suspended.context", file)
      default: break
      }
    }
    return (visit, pairs.first { $0.key == "suspended" }?.node)
  }

  /// The pairs of a context; the canonical keys are always there.
  private static func context(
    _ node: YAMLNode, _ name: String, _ file: YAMLFile
  ) throws(Refusal) -> [ContextValue] {
    var context: [ContextValue] = []
    for (key, node, _) in try file.pairs(node, name) {
      let pair = ContextValue(key, try file.scalar(node, "\(name).\(key)"))
      if let index = context.firstIndex(where: { $0.key == key }) {
        context[index] = pair
      } else {
        context.append(pair)
      }
    }
    for key in State.canonicalContext where !context.contains(where: { $0.key == key }) {
      context.append(ContextValue(key, nil))
    }
    return context
  }

  private static func transitions(_ node: YAMLNode, _ file: YAMLFile) throws(Refusal) -> [TransitionRecord] {
    if case .scalar = node, try file.scalar(node, "transitions") == nil { return [] }
    guard case .sequence(let list) = node else { throw file.wrong(node, "transitions is not a list") }
    var records: [TransitionRecord] = []
    for element in list.elements {
      var record = TransitionRecord(from: "", to: "", phase: "", timestamp: "", trigger: "")
      for (key, value, _) in try file.pairs(element, "transitions") {
        let text = try file.scalar(value, "transitions.\(key)") ?? ""
        switch key {
        case "from": record.from = text
        case "to": record.to = text
        case "phase": record.phase = text
        case "timestamp": record.timestamp = text
        case "trigger": record.trigger = text
        default: break
        }
      }
      records.append(record)
    }
    return records
  }

  private static func yaml(_ key: YAMLNode, _ value: YAMLNode, _ file: YAMLFile) throws(Refusal) -> String {
    guard let text = YAMLNode.text(key, value) else {
      throw file.wrong(key, "the key cannot be preserved")
    }
    return text
  }

  /// Writes a state, keys in their promised order; what the catalog says of the phase comes from it.
  public static func encode(_ state: State, catalog: Catalog) -> [UInt8] {
    var lines = [
      "# Written by llmos-hook. Only the engine changes this file (see llmos-hook status).",
      "current_scenario: " + quoted(state.place.scenario),
      "phase: " + quoted(state.place.phase),
      "status: " + state.status.rawValue,
      "last_update: " + quoted(state.lastUpdate),
    ]
    let actions = catalog.phase(at: state.place)?.actions ?? []
    lines.append("allowed_actions:" + (actions.isEmpty ? " []" : ""))
    lines += actions.map { "  - " + quoted($0) }
    lines += [
      "agent_constraints:", "  can_change_scenario: false", "  can_change_phase: false",
      "  can_run_scripts: false", "  can_only_execute: true", "context:",
    ]
    lines += state.context.map { "  " + line(of: $0) }
    for (depth, visit) in state.suspended.enumerated() {
      let indent = String(repeating: "  ", count: depth)
      lines += [
        indent + "suspended:", indent + "  scenario: " + quoted(visit.place.scenario),
        indent + "  phase: " + quoted(visit.place.phase),
      ]
      if visit.status != .inProgress { lines.append(indent + "  status: " + visit.status.rawValue) }
      if let context = visit.context {
        lines.append(indent + "  context:")
        lines += context.map { indent + "    " + line(of: $0) }
      }
    }
    lines.append("transitions:" + (state.transitions.isEmpty ? " []" : ""))
    for record in state.transitions.suffix(State.keptTransitions) {
      lines += [
        "  - from: " + quoted(record.from), "    to: " + quoted(record.to),
        "    phase: " + quoted(record.phase), "    timestamp: " + quoted(record.timestamp),
        "    trigger: " + quoted(record.trigger),
      ]
    }
    return Array((lines.joined(separator: "\n") + "\n" + state.unknown.joined()).utf8)
  }

  private static func line(of pair: ContextValue) -> String {
    quoted(pair.key) + ": " + (pair.value.map(quoted) ?? "null")
  }

  /// A scalar that reads back as the same string: plain when it cannot be anything else, otherwise in
  /// single quotes.
  static func quoted(_ text: String) -> String {
    let words: Set<String> = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"]
    let isPlain =
      text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
          UInt8(ascii: "."), UInt8(ascii: "/"):
          true
        case UInt8(ascii: ":"): Timestamp.isValid(text)
        default: false
        }
      }
      && text.utf8.first.map { byte in
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
          || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || Timestamp.isValid(text)
      } ?? false
      && !words.contains(text.lowercased())
    return isPlain
      ? text
      : "'"
        + String(decoding: text.utf8.flatMap { $0 == UInt8(ascii: "'") ? [$0, $0] : [$0] }, as: UTF8.self)
        + "'"
  }
}
