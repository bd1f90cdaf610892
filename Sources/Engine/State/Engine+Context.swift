import Core

/// The context that is given with a move.
extension Engine {
  /// What a move is given, with what the configuration adds.
  func moveFacts(
    context: [ContextValue], defaults: [ContextValue], reason: String?, _ rules: Rules
  ) -> MoveFacts {
    var facts = MoveFacts()
    facts.context = context
    facts.defaults = defaults
    if let environment = rules.configuration.deploymentEnvironment {
      facts.defaults.append(ContextValue("target_environment", environment))
    }
    facts.contextKeys = rules.configuration.contextKeys
    facts.requires = rules.configuration.requires
    facts.hasReason =
      identity.actor == .owner && (reason?.contains { !$0.isWhitespace } ?? false)
    return facts
  }

  /// Refuses a key that nobody knows, and a value that it cannot have.
  func requireKnown(_ pair: ContextValue, _ rules: Rules) throws {
    if let refusal = ContextRules(rules.catalog, rules.configuration).refusal(of: pair) { throw refusal }
  }

  /// A context value becomes part of paths and of a child's environment: one line, no way out of a directory,
  /// nothing that reads as an option.
  static func validate(_ pair: ContextValue) throws(Refusal) {
    guard isContextKey(pair.key) else {
      throw Refusal(.usage, "a context key has only letters, digits and underscores: \"\(pair.key)\"")
    }
    guard let value = pair.value else { return }
    let parts = value.utf8.split(separator: UInt8(ascii: "/"))
    guard ContextValue.isUsable(value), value.utf8.first != UInt8(ascii: "-"),
      !parts.contains(where: { $0.starts(with: "..".utf8) })
    else {
      throw Refusal(
        .usage, "the context value of \(pair.key) cannot be used",
        why: "it must not have line breaks, a leading dash or \"..\"")
    }
  }
}
