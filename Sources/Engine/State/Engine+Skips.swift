import Core
import Platform

/// What a move passes over, and the brief, which is mandatory.
extension Engine {
  /// Checks that the phases which a move passes over hold what they require, unless the owner gives a reason.
  ///
  /// - Returns: what the record says of it; nothing where all is as it should be.
  /// - Throws: `Refusal` naming the first thing that is missing.
  func skips(
    of transition: Transition, _ facts: MoveFacts, _ rules: Rules
  ) throws -> [(key: String, value: JSON)] {
    let state = transition.state
    var open: Refusal?
    for place in transition.passed where open == nil {
      open = try openRequirement(of: place, state, rules)
    }
    if var open, !facts.hasReason {
      open.what = "\(state.place) cannot be entered yet: \(open.what)"
      let first = transition.passed.first ?? state.place
      // One that gives a value says how.
      let isGiving = open.remedy?.hasPrefix("llmos-hook set ") ?? false
      let way =
        isGiving
        ? open.remedy ?? ""
        : "llmos-hook set \(first.scenario) \(first.phase)" + Self.context(for: first, state, rules)
      open.remedy = way + ", or add --reason WHY, by the owner, to go without"
      throw open
    }
    guard open != nil || !transition.waived.isEmpty else { return [] }
    return [
      ("skipped", .array((transition.passed + transition.waived).uniqued.map { .string($0.description) }))
    ]
  }

  /// What a feature's brief lacks, in words; nil when it says something.
  func lack(ofBrief path: String, _ state: State) -> String? {
    switch Files.read(worktree + path, limit: 16 << 20) {
    case .missing: "is missing"
    case .unusable(let words): "cannot be taken: \(words)"
    case .bytes(let bytes):
      FeatureBrief.lack(
        in: bytes,
        template: briefTemplate.map {
          FeatureBrief.filled($0, slug: state.contextValue("feature_slug") ?? "")
        })
    }
  }

  /// The template of the worktree; nil where it has none that can be read.
  private var briefTemplate: [UInt8]? {
    guard case .bytes(let bytes) = Files.read(worktree + FeatureBrief.template, limit: StatePath.limit) else {
      return nil
    }
    return bytes
  }

  /// Lays the brief's template out where a feature's brief is to be written: nothing that is there is touched, and
  /// nothing is written outside the worktree.
  ///
  /// - Returns: what people should know; nil when nothing was done.
  func layOutBrief(_ state: State, _ rules: Rules) throws -> String? {
    guard let slug = state.contextValue("feature_slug"), state.status.isOpen else { return nil }
    for case .brief(let path) in try rules.requirements(state.place, state)
    where !Files.exists(worktree + path) {
      let template: [UInt8]
      switch Files.read(worktree + FeatureBrief.template, limit: StatePath.limit) {
      case .bytes(let bytes): template = bytes
      case .missing: return nil
      case .unusable(let fact): return "\(FeatureBrief.template) cannot be taken: \(fact)"
      }
      let directory = Files.directory(of: worktree + path)
      if Install.isElsewhere(path, in: worktree) {
        return "\(path) lies behind a symlink or in another repository: the template was not put there"
      }
      do {
        try Files.makeDirectories(directory)
        guard
          try Files.create(worktree + path, with: FeatureBrief.filled(template, slug: slug), mode: 0o644)
        else { return nil }
        return "\(path) is to be filled in"
      } catch {
        return "\(path) could not be written from the template: \(error.what)"
      }
    }
    return nil
  }
}
