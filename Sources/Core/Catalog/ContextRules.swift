/// The context keys of a repository, and the values that they may have: checked when they are given, since a misspelt
/// one would have no effect until it is too late.
public struct ContextRules: Hashable, Sendable {
  /// The known keys, the canonical ones first.
  public let keys: [String]
  /// What `target_environment` may be.
  public let environments: [String]

  /// What a catalog and a configuration know.
  public init(_ catalog: Catalog, _ configuration: Configuration) {
    let paths =
      catalog.scenarios.flatMap { $0.phases.flatMap(\.requires) }
      + configuration.requires.sorted { $0.key < $1.key }.flatMap(\.value)
    keys =
      (State.canonicalContext + paths.flatMap(contextKeys(in:)) + configuration.contextKeys).uniqued
    environments = configuration.environments
  }

  /// Why a pair cannot be given; nil when it can.
  public func refusal(of pair: ContextValue) -> Refusal? {
    if State.engineKeys.contains(pair.key) {
      let isTarget = pair.key == State.heldTargetKey
      return Refusal(
        .usage, "only the engine sets \(pair.key)", why: "keys: " + keys.joined(separator: ", "),
        remedy: isTarget ? "--context rollback_target=\(pair.value ?? "")" : "llmos-hook set QUALITY_GATE")
    }
    guard keys.contains(pair.key) else {
      let ending = keys.first { $0.hasSuffix("_" + pair.key) }
      return Refusal(
        .usage, "unknown context key: \(pair.key)", why: "keys: " + keys.joined(separator: ", "),
        remedy: (ending ?? suggestion(pair.key, keys)).map { "--context \($0)=\(pair.value ?? "")" }
          ?? "\(Configuration.path): context_keys: [\(pair.key)] adds it")
    }
    // Without one, what it had is taken away.
    guard let value = pair.value, !value.isEmpty else { return nil }
    if pair.key == "target_environment", !environments.contains(value) {
      return Refusal(
        .usage, "unknown environment: \(value)", why: "environments: " + environments.joined(separator: ", "),
        remedy: suggestion(value, environments).map { "--context target_environment=\($0)" }
          ?? "\(Configuration.path): environments lists them")
    }
    if pair.key == "feature_slug", let fact = Self.fault(ofSlug: value) {
      return Refusal(
        .usage, "a feature cannot be called \"\(value.prefix(60))\": \(fact)",
        why: "it is a directory's name below docs/features", remedy: "--context feature_slug=login-page")
    }
    return nil
  }

  /// What a feature's slug must not be, since directories and branches are named by it; nil when it can be one.
  private static func fault(ofSlug slug: String) -> String? {
    let parts = slug.split(separator: "/", omittingEmptySubsequences: false)
    if parts.contains(where: { $0.isEmpty || $0 == "." || $0.lowercased() == ".git" }) {
      return "no directory has such a name"
    }
    if parts.contains(where: { $0.utf8.count > 200 }) { return "it is too long" }
    if slug.first?.isWhitespace == true || slug.last?.isWhitespace == true { return "blanks stand around it" }
    if let sign = slug.first(where: { "*?[]{}\\<>|\"".contains($0) }) { return "it has \(sign) in it" }
    return nil
  }
}

/// The context keys that a path names in braces: `docs/features/{feature_slug}/feature_brief.md`.
public func contextKeys(in path: String) -> [String] {
  path.split(separator: "{", omittingEmptySubsequences: false).dropFirst().compactMap { rest in
    guard let end = rest.firstIndex(of: "}"), isContextKey(rest[..<end]) else { return nil }
    return String(rest[..<end])
  }
}

/// Whether a word can be a context key: ASCII letters, digits and underscores.
public func isContextKey(_ text: some StringProtocol) -> Bool {
  !text.isEmpty
    && text.utf8.allSatisfy { byte in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_")
    }
}

extension Scenario {
  /// The context keys that a visit of it begins anew: what it is about, and what its phases require.
  ///
  /// - Parameter more: paths that the configuration requires, by phase (`SCENARIO:PHASE`).
  public func ownKeys(_ more: [String: [String]] = [:]) -> [String] {
    let needed = phases.flatMap { phase in
      phase.needs
        + (phase.requires + (more[Place(name, phase.name).description] ?? [])).flatMap(contextKeys(in:))
    }
    return ([contextKey].compactMap { $0 } + needed).uniqued
  }
}
