import Core

/// Names that the catalog must have: a misspelt one would have no effect, and nobody would notice.
extension YAMLFile {
  /// A scenario.
  func requireScenario(_ name: String, at node: YAMLNode) throws(Refusal) {
    guard let catalog, catalog.scenario(name) == nil else { return }
    throw unknown("scenario", name, at: node, among: catalog.scenarios.map(\.name))
  }

  /// A phase: `SCENARIO:PHASE`.
  func requirePlace(_ text: String, at node: YAMLNode) throws(Refusal) {
    let names = text.split(separator: ":").map(String.init)
    guard let catalog, names.count == 2 else { return }
    try requireScenario(names[0], at: node)
    guard let scenario = catalog.scenario(names[0]), scenario.phase(names[1]) == nil else { return }
    throw unknown("phase of \(names[0])", names[1], at: node, among: scenario.phases.map(\.name))
  }

  /// An action of any phase.
  func requireAction(_ name: String, at node: YAMLNode) throws(Refusal) {
    guard let catalog, !catalog.knows(action: name) else { return }
    throw unknown("action", name, at: node, among: catalog.actions)
  }

  /// A role of any phase.
  func requireRole(_ name: String, at node: YAMLNode) throws(Refusal) {
    guard let catalog, !catalog.roles.contains(name) else { return }
    throw unknown("role", name, at: node, among: catalog.roles)
  }

  /// The nodes of a list; a single one stands for itself.
  func elements(_ node: YAMLNode) -> [YAMLNode] {
    if case .sequence(let list) = node { list.elements } else { [node] }
  }

  private func unknown(_ kind: String, _ name: String, at node: YAMLNode, among names: [String]) -> Refusal {
    let near = suggestion(name, names).map { "did you mean \($0)?" }
    return wrong(node, "unknown \(kind): \(name)", why: near ?? "there are: " + names.joined(separator: ", "))
  }
}
