import Core

/// What `run --context` and the configuration give.
extension Run {
  /// Gives the scenario in progress the values that it lacks, so that scripts and agents have them.
  ///
  /// - Returns: whether it did, and the state is another.
  /// - Throws: `Refusal` (64) when it has another value already.
  func giveContext(_ engine: borrowing Engine, _ standing: Engine.Standing) throws -> Bool {
    let record = standing.seal.record
    let rules = standing.rules
    let own = rules.catalog.scenario(record.place.scenario)?.ownKeys(rules.configuration.requires) ?? []
    let value = { (key: String) in record.context.first { $0.key == key }?.value }
    for pair in context where own.contains(pair.key) {
      guard let now = value(pair.key), now != pair.value else { continue }
      throw Refusal(
        .usage, "\(pair.key) is \(now) in this \(record.place.scenario), not \(pair.value ?? "")",
        remedy:
          "llmos-hook set \(record.place.scenario) --context \(pair.key)=\(pair.value ?? ""), for another one"
      )
    }
    let wanted = own + rules.configuration.contextKeys
    let facts = engine.moveFacts(context: [], defaults: context, reason: nil, rules)
    var given: [ContextValue] = []
    for pair in facts.defaults where wanted.contains(pair.key) && value(pair.key) == nil {
      if !given.contains(where: { $0.key == pair.key }) { given.append(pair) }
    }
    guard !given.isEmpty else { return false }
    // Entering the first phase again begins anew what the scenario is about.
    let kept = wanted.compactMap { key in value(key).map { ContextValue(key, $0) } }
    let done = try engine.perform(
      .set(scenario: record.place.scenario, phase: record.place.phase), context: kept + given,
      expected: standing.seal.entry)
    for remark in done.remarks { report(.remark(remark)) }
    return true
  }

  /// What a phase cannot begin without: nothing is deployed to a place that nobody named, whatever was skipped before.
  ///
  /// - Returns: what is missing and how it is given; nil when nothing is.
  func missingContext(_ engine: borrowing Engine, _ standing: Engine.Standing) throws -> String? {
    let (place, rules) = (standing.seal.record.place, standing.rules)
    let state = try engine.state(of: standing.seal, rules)
    var keys: [String] = []
    for case .context(let key) in try rules.requirements(place, state) { keys.append(key) }
    guard let key = keys.first else { return nil }
    if let now = state.contextValue(key) {
      return "\(place) is not complete: \(key) is \"\(now)\", which it cannot be (llmos-hook set "
        + "\(place.scenario) \(place.phase) --context \(key)=VALUE gives another)"
    }
    return "\(place) is not complete: \(key) is not set (./llmos run --context \(key)=VALUE gives it)"
  }
}
