import Core
import Platform

/// `.llmos/config.yml`.
public enum ConfigurationFile {
  /// Its path in HEAD's tree.
  public static let path = Configuration.path

  /// Reads the configuration. Every key is optional. An unknown one is refused, because a misspelt rule
  /// would otherwise have no effect.
  ///
  /// - Parameter catalog: in which scenarios, phases, actions and roles must be found; nil for rules of the past, which
  ///   are taken as they were.
  /// - Throws: `Refusal` (65) with line and column, and a suggestion for a misspelt key or name.
  public static func decode(_ bytes: [UInt8], catalog: Catalog? = nil) throws(Refusal) -> Configuration {
    var result = Configuration()
    let lines = bytes.split(separator: UInt8(ascii: "\n")).map { $0.drop { $0 <= 0x20 } }
    if lines.allSatisfy({ $0.isEmpty || $0.first == UInt8(ascii: "#") }) { return result }
    var file = try YAMLFile(bytes, name: path, remedy: mend)
    file.catalog = catalog
    var deployment: YAMLNode?
    for (key, node, at) in try file.pairs(file.root) {
      switch key {
      case "commits": try commits(node, file, &result)
      case "checkpoint":
        for (key, node, at) in try file.pairs(node, "checkpoint") {
          guard key == "paths" else { throw unknown("checkpoint." + key, at, ["checkpoint.paths"], file) }
          result.checkpointPaths = try lists(node, "checkpoint.paths", file)
        }
      case "scenarios":
        for (key, node, at) in try file.pairs(node, "scenarios") {
          guard key == "missing_scripts" else {
            throw unknown("scenarios." + key, at, ["scenarios.missing_scripts"], file)
          }
          result.missingScripts = try choice(node, "scenarios.missing_scripts", file)
        }
      case "protected_paths": result.protectedPaths = try file.strings(node, key)
      case "requires": result.requires = try lists(node, key, file)
      case "actions": result.actions = try commands(node, key, file, require: file.requireAction)
      case "agents": result.agents = try commands(node, key, file, require: file.requireRole)
      case "rollback":
        for (key, node, at) in try file.pairs(node, "rollback") {
          switch key {
          case "verify": result.rollbackVerify = try file.string(node, "rollback.verify")
          case "stable_tags": result.stableTags = try file.string(node, "rollback.stable_tags")
          default: throw unknown("rollback." + key, at, ["rollback.verify", "rollback.stable_tags"], file)
          }
        }
      case "agent_policy": try agentPolicy(node, file, &result)
      case "environments": result.environments = try environments(node, file)
      case "deployment":
        for (key, node, at) in try file.pairs(node, "deployment") {
          guard key == "environment" else {
            throw unknown("deployment." + key, at, ["deployment.environment"], file)
          }
          result.deploymentEnvironment = try file.string(node, "deployment.environment")
          deployment = node
        }
      case "context_keys": result.contextKeys = try contextKeys(node, file)
      case "branches": result.branches = try file.strings(node, key)
      default:
        throw unknown(
          key, at,
          [
            "commits", "checkpoint", "scenarios", "protected_paths", "requires", "actions", "agents",
            "agent_policy",
            "rollback",
            "environments", "deployment", "context_keys", "branches",
          ], file)
      }
    }
    // `environments` may stand behind it.
    if let environment = result.deploymentEnvironment, !result.environments.contains(environment) {
      throw file.wrong(
        deployment, "deployment.environment is \(environment), which is no environment",
        why: "environments: " + result.environments.joined(separator: ", "))
    }
    return result
  }

  private static func environments(_ node: YAMLNode, _ file: YAMLFile) throws(Refusal) -> [String] {
    let names = try file.strings(node, "environments")
    guard !names.isEmpty, !names.contains("") else {
      throw file.wrong(node, "environments must list at least one name")
    }
    return names
  }

  private static func contextKeys(_ node: YAMLNode, _ file: YAMLFile) throws(Refusal) -> [String] {
    let keys = try file.strings(node, "context_keys")
    for key in keys where !isContextKey(key) || State.engineKeys.contains(key) {
      throw file.wrong(
        node, "\(key) cannot be a context key",
        why: isContextKey(key) ? "only the engine sets it" : "letters, digits and underscores")
    }
    return keys
  }

  private static let mend = "llmos-hook allow --once --reason WHY, then commit the fixed file"

  static func unknown(_ key: String, _ at: YAMLNode, _ keys: [String], _ file: YAMLFile) -> Refusal {
    let near = suggestion(key, keys).map { "did you mean \($0)?" }
    return file.wrong(
      at, "unknown key: \(key)", why: near ?? "keys: " + keys.joined(separator: ", "))
  }

  private static func commits(
    _ node: YAMLNode, _ file: YAMLFile, _ result: inout Configuration
  ) throws(Refusal) {
    for (key, node, at) in try file.pairs(node, "commits") {
      switch key {
      case "through":
        result.through = try choice(node, "commits.through", file)
      case "trailers":
        result.trailers = try choice(node, "commits.trailers", file)
      case "message":
        let pattern = try file.string(node, "commits.message")
        guard RegularExpression(pattern) != nil else {
          throw file.wrong(node, "commits.message is not a regular expression: \(pattern)")
        }
        result.message = pattern
      case "paths": result.paths = try lists(node, "commits.paths", file)
      case "lock":
        result.lock = try file.strings(node, "commits.lock")
        for (name, node) in zip(result.lock, file.elements(node)) { try file.requireScenario(name, at: node) }
      default:
        throw unknown(
          "commits." + key, at,
          ["commits.through", "commits.trailers", "commits.message", "commits.paths", "commits.lock"], file)
      }
    }
  }

  /// One of the words of an enumeration.
  static func choice<Choice: RawRepresentable & CaseIterable>(
    _ node: YAMLNode, _ key: String, _ file: YAMLFile
  ) throws(Refusal) -> Choice where Choice.RawValue == String {
    let text = try file.string(node, key)
    guard let choice = Choice(rawValue: text) else {
      let all = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw file.wrong(node, "\(key) must be one of \(all), not \(text)")
    }
    return choice
  }

  /// A map of phases (`SCENARIO:PHASE`) to lists.
  private static func lists(
    _ node: YAMLNode, _ key: String, _ file: YAMLFile
  ) throws(Refusal) -> [String: [String]] {
    var result: [String: [String]] = [:]
    for (place, node, at) in try file.pairs(node, key) {
      guard place.split(separator: ":").count == 2 else {
        throw file.wrong(at, "the keys of \(key) must be SCENARIO:PHASE, not \(place)")
      }
      try file.requirePlace(place, at: at)
      result[place] = try file.strings(node, "\(key).\(place)")
      // Rules of the past stand as they were taken.
      if file.catalog != nil, key == "requires", let path = result[place]?.first(where: isOutside) {
        throw file.wrong(node, "the requirement \(path) is outside the repository")
      }
    }
    return result
  }

  /// A map of names to `run` and `timeout`; a plain string is `run` alone.
  ///
  /// - Parameter require: refuses a name that does not exist.
  private static func commands(
    _ node: YAMLNode, _ key: String, _ file: YAMLFile, require: (String, YAMLNode) throws(Refusal) -> Void
  ) throws(Refusal) -> [String: Configuration.Command] {
    var result: [String: Configuration.Command] = [:]
    for (name, node, at) in try file.pairs(node, key) {
      try require(name, at)
      if case .scalar = node {
        result[name] = Configuration.Command(run: try file.string(node, "\(key).\(name)"))
        continue
      }
      var command = Configuration.Command(run: "")
      for (part, node, at) in try file.pairs(node, "\(key).\(name)") {
        switch part {
        case "run": command.run = try file.string(node, "\(key).\(name).run")
        case "timeout":
          let text = try file.string(node, "\(key).\(name).timeout")
          guard let seconds = Int(text.hasSuffix("s") ? String(text.dropLast()) : text), seconds > 0 else {
            throw file.wrong(node, "timeout must be a number of seconds, not \(text)")
          }
          command.timeout = seconds
        default: throw unknown("\(key).\(name).\(part)", at, ["run", "timeout"], file)
        }
      }
      guard !command.run.isEmpty else {
        throw file.wrong(at, "\(key).\(name) has no command to run")
      }
      result[name] = command
    }
    return result
  }
}
