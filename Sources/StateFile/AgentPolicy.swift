import Core

extension ConfigurationFile {
  /// `agent_policy`.
  static func agentPolicy(_ node: YAMLNode, _ file: YAMLFile, _ result: inout Configuration) throws(Refusal) {
    for (key, node, at) in try file.pairs(node, "agent_policy") {
      switch key {
      case "names":
        for (name, node, at) in try file.pairs(node, "agent_policy.names") {
          let role = try file.string(node, "agent_policy.names.\(name)")
          guard !role.isEmpty else { throw file.wrong(at, "agent_policy.names.\(name) names no role") }
          try file.requireRole(role, at: node)
          result.agentNames[name] = role
        }
      case "push":
        let text = try file.string(node, "agent_policy.push")
        guard let policy = PushPolicy(rawValue: text) else {
          let all = PushPolicy.allCases.map(\.rawValue).joined(separator: ", ")
          throw file.wrong(node, "agent_policy.push must be one of \(all), not \(text)")
        }
        result.push = policy
      case "attempts":
        let text = try file.string(node, "agent_policy.attempts")
        guard let attempts = Int(text), (1...100).contains(attempts) else {
          throw file.wrong(node, "agent_policy.attempts must be a number from 1 to 100, not \(text)")
        }
        result.attempts = attempts
      default:
        let keys = ["names", "push", "attempts"].map { "agent_policy." + $0 }
        throw unknown("agent_policy." + key, at, keys, file)
      }
    }
  }
}
