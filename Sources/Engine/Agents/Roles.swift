import Core

extension Rules {
  /// The role that a harness's name of a subagent says: by `agent_policy.names`, else that of the catalog which it is but
  /// for case and dashes (`quality-auditor`). Nil where it is none.
  func role(ofSubagent name: String) -> String? {
    if let role = configuration.agentNames[name] { return role }
    let plain = String(name.uppercased().map { $0 == "-" || $0 == " " ? "_" : $0 })
    let roles = catalog.scenarios.flatMap(\.roles)
    if roles.contains(name) { return name }
    return roles.first { $0.uppercased() == plain }
  }
}
