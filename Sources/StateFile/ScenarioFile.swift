import Core

/// `scenarios/<NAME>.yml`: a scenario of the repository's own, in the form that LLM-OS repositories use.
public enum ScenarioFile {
  /// The most phases that a scenario may have.
  static let phaseLimit = 1000

  /// Reads a scenario file.
  ///
  /// - Parameters:
  ///   - path: its path in the repository, for messages; its base name must be the scenario's.
  ///   - base: the canonical scenario of the same name, whose nature (what its context is about, whether it
  ///     runs by itself or only reads) a repository does not change.
  /// - Throws: `Refusal` (65) with line and column.
  public static func decode(_ bytes: [UInt8], path: String, base: Catalog) throws(Refusal) -> Scenario {
    let file = try YAMLFile(bytes, name: path, remedy: mend)
    let root = try file.pairs(file.root)
    let node = { (key: String) in root.first { $0.key == key }?.node }
    guard let nameNode = node("scenario") else {
      throw Refusal(.data, "\(path): the key scenario is missing", remedy: mend)
    }
    let name = try identifier(nameNode, "scenario", file)
    guard path == "scenarios/\(name).yml" else {
      throw file.wrong(nameNode, "the file of \(name) must be scenarios/\(name).yml")
    }
    guard let phasesNode = node("phases") else {
      throw Refusal(.data, "\(path): the key phases is missing", remedy: mend)
    }
    let rows = try file.pairs(phasesNode, "phases")
    guard !rows.isEmpty, rows.count <= phaseLimit else {
      throw file.wrong(
        phasesNode, "a scenario has 1 to \(phaseLimit) phases, not \(rows.count)")
    }
    let canonical = base.scenario(name)
    var phases: [Phase] = []
    for row in rows {
      phases.append(
        try phase(row.key, row.node, at: row.at, Set(rows.map(\.key)), canonical?.phase(row.key), file))
    }
    // Where no phase is called as the one that needs a value, the first one does.
    let needed = (canonical?.phases ?? []).flatMap(\.needs)
    phases[0].needs += needed.filter { key in !phases.contains { $0.needs.contains(key) } }
    return Scenario(
      name: name, when: canonical?.when ?? "", phases: phases, contextKey: canonical?.contextKey,
      isAutomatic: canonical?.isAutomatic ?? false, isReadOnly: canonical?.isReadOnly ?? false)
  }

  /// The names in a scenario file that neither the canonical catalog nor the configuration has, each with its line and
  /// column. They may be the repository's own, so that none is an error. A requirement that cannot be met is one.
  ///
  /// - Throws: `Refusal` (65) for a file that cannot be read.
  public static func newNames(
    _ bytes: [UInt8], path: String, _ configuration: Configuration
  ) throws(Refusal) -> [Finding] {
    let file = try YAMLFile(bytes, name: path, remedy: mend)
    let root = try file.pairs(file.root)
    guard let name = root.first(where: { $0.key == "scenario" }),
      let phases = root.first(where: { $0.key == "phases" })
    else { return [] }
    let scenario = try file.string(name.node, name.key)
    let known = Catalog.canonical
    var result: [Finding] = []
    for row in try file.pairs(phases.node, phases.key) {
      for (key, value, at) in try file.pairs(row.node, row.key) {
        var names: [(kind: String, word: String, node: YAMLNode, all: [String])] = []
        let elements: [YAMLNode] = if case .sequence(let list) = value { list.elements } else { [] }
        switch key {
        case "active_role":
          let all = known.roles + configuration.agents.keys.sorted()
          names = [("role", try file.string(value, key), value, all)]
        case "allowed_actions":
          let all = known.actions + configuration.actions.keys.sorted()
          for node in elements { names.append(("action", try file.string(node, key), node, all)) }
        case "requires":
          let all = State.canonicalContext + configuration.contextKeys
          for node in elements {
            let path = try file.string(node, key)
            if isOutside(path) {
              let text = "\(file.place(of: node)): the requirement \(path) is outside the repository"
              result.append(Finding(place: "\(scenario):\(row.key)", text: text, isError: true))
            }
            names += contextKeys(in: path).map { ("context key", $0, node, all) }
          }
        // Any other is ignored.
        default: if misspelled(key, phaseKeys) != nil { names = [("key", key, at, phaseKeys)] }
        }
        for (kind, word, node, all) in names where !all.contains(word) {
          let near = misspelled(word, all).map { "; did you mean \($0)?" } ?? ""
          result.append(
            Finding(
              place: "\(scenario):\(row.key)",
              text: "\(file.place(of: node)): the \(kind) \(word) is new\(near)",
              isError: false))
        }
      }
    }
    return result
  }

  private static let mend = "llmos-hook allow --once --reason WHY, then commit the fixed file"

  /// The keys of a phase.
  private static let phaseKeys = [
    "description", "allowed_actions", "auto_scripts", "requires", "optional", "next_phase", "active_role",
  ]

  private static func phase(
    _ name: String, _ node: YAMLNode, at key: YAMLNode, _ names: Set<String>, _ canonical: Phase?,
    _ file: YAMLFile
  ) throws(Refusal) -> Phase {
    _ = try identifier(key, "a phase", file)
    var (summary, role, next) = ("", "", String?.none)
    var (actions, scripts, requires) = ([String](), [String](), canonical?.requires ?? [])
    var isOptional = false
    for (key, value, _) in try file.pairs(node, name) {
      switch key {
      case "description": summary = try file.scalar(value, key) ?? ""
      case "active_role": role = try identifier(value, key, file)
      case "allowed_actions":
        actions = try file.strings(value, key)
        for action in actions where action.contains(where: { $0 == " " || $0 == "\t" }) {
          throw file.wrong(value, "the action \"\(action)\" is more than one word")
        }
      case "auto_scripts": scripts = try file.strings(value, key)
      case "requires": requires = try file.strings(value, key)
      case "optional": isOptional = try file.bool(value, key)
      case "next_phase":
        next = try file.scalar(value, key)
        if let next, !names.contains(next) {
          throw file.wrong(
            value, "the next_phase of \(name) is \(next), which is not a phase",
            why: suggestion(next, names.sorted()).map { "did you mean \($0)?" })
        }
      default: break
      }
    }
    guard !role.isEmpty else { throw file.wrong(node, "\(name) has no active_role") }
    return Phase(
      name: name, summary: summary, role: role, actions: actions, next: next, isOptional: isOptional,
      requires: requires, needs: canonical?.needs ?? [], scripts: scripts)
  }

  /// One word: it stands in the gate's record, in messages and in the environment.
  private static func identifier(_ node: YAMLNode, _ key: String, _ file: YAMLFile) throws(Refusal) -> String
  {
    let text = try file.string(node, key)
    let isWord = text.utf8.allSatisfy { byte in
      (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte & 0xDF)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_")
        || byte == UInt8(ascii: "-")
    }
    guard isWord, !text.isEmpty else {
      throw file.wrong(node, "\(key) \"\(text)\" is not one word")
    }
    return text
  }

  /// Writes a scenario as `decode` reads it.
  public static func encode(_ scenario: Scenario) -> String {
    var lines = ["scenario: " + scenario.name, "phases:"]
    let list = { (key: String, values: [String]) -> [String] in
      values.isEmpty ? ["    \(key): []"] : ["    \(key):"] + values.map { "      - " + StateFile.quoted($0) }
    }
    for phase in scenario.phases {
      lines += ["  \(phase.name):", "    description: " + StateFile.quoted(phase.summary)]
      lines += list("allowed_actions", phase.actions) + list("auto_scripts", phase.scripts)
      if !phase.requires.isEmpty { lines += list("requires", phase.requires) }
      if phase.isOptional { lines.append("    optional: true") }
      lines += ["    next_phase: " + (phase.next ?? "null"), "    active_role: " + phase.role]
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
