import Core
import Platform

/// The work of a phase: its scripts, its role's agent, then its actions, so that tests run over what the agent made.
extension Run {
  /// What the work of a phase led to.
  enum Work: Equatable {
    /// All of it went well; whether there was any.
    case done(any: Bool)
    /// It moved the state: the auditor's verdict, or a deployment that failed.
    case moved
  }

  /// Does the work. An action that fails goes back to the agent, with what failed in `LLMOS_FEEDBACK`, as often as
  /// `agent_policy.attempts` says.
  ///
  /// - Throws: `Refusal` for what failed in the end.
  func work(_ engine: borrowing Engine, _ standing: Engine.Standing, _ phase: Phase) throws -> Work {
    let children = try children(engine, standing, phase)
    for script in children.scripts {
      let end = try run(script)
      if end != .code(0) { throw failure(of: script, end) }
    }
    let attempts = children.agent == nil ? 1 : standing.rules.configuration.attempts
    var feedback: String?
    let place = standing.seal.record.place
    let configuration = standing.rules.configuration
    let isMaking = !CheckpointRule(
      actions: phase.actions, paths: configuration.checkpointPaths[place.description],
      required: phase.requires + (configuration.requires[place.description] ?? [])
    ).takesNothing
    for attempt in 1...attempts {
      if let agent = children.agent?(attempt, feedback) {
        let (head, changes) = (try engine.repository.head().commit, try engine.worktreeChanges())
        let before = LyingAbout(changes, in: engine.worktree)
        let end = try run(agent)
        if end != .code(0) { throw failure(of: agent, end) }
        if try hasMoved(engine, since: standing) { return .moved }
        let now = try engine.worktreeChanges()
        let isIdle =
          try now.count == changes.count && engine.repository.head().commit == head
          && now.allSatisfy { before.has($0, in: engine.worktree) }
        if isIdle, isMaking { report(.remark("\(agent.title) made no commit and changed no file")) }
      }
      guard let (action, end) = try firstFailure(among: children.actions) else {
        engine.forgetFailure()
        return try hasMoved(engine, since: standing) ? .moved : .done(any: !children.isEmpty)
      }
      var refusal = failure(of: action, end)
      if end == .interrupted { throw refusal }
      if standing.seal.record.place.scenario == "DEPLOYMENT", action.title.hasPrefix("action deploy_") {
        let failed = try engine.perform(
          .event(.deployFailure), defaults: context, reason: "\(action.title) failed",
          expected: standing.seal.entry)
        report(.remark("\(action.title) failed: deploy-failure -> \(failed.seal.record.place)"))
        return .moved
      }
      let told = Self.feedback(refusal.what, action)
      engine.keep(failure: told, at: standing.seal.entry)
      guard attempt < attempts else {
        if attempt > 1 { refusal.what += ", after \(attempt) attempts of \(phase.role)" }
        throw refusal
      }
      feedback = told
      report(.remark("\(refusal.what): back to \(phase.role), attempt \(attempt + 1) of \(attempts)"))
    }
    return .done(any: true)
  }

  private func firstFailure(among actions: [RunChild]) throws -> (RunChild, RunChild.End)? {
    for action in actions {
      let end = try run(action)
      if end != .code(0) { return (action, end) }
    }
    return nil
  }

  private func run(_ child: RunChild) throws -> RunChild.End {
    report(.childBegins(child.title, log: child.log))
    let end = try child.run { report(.output($0)) }
    if case .code(let code) = end {
      report(.childEnds(child.title, code: code))
    } else {
      report(.childEnds(child.title, code: nil))
    }
    return end
  }

  /// Whether a child has moved the state itself.
  private func hasMoved(_ engine: borrowing Engine, since standing: Engine.Standing) throws -> Bool {
    let (then, now) = (standing.seal, try engine.repository.sealInForce())
    return now.entry != then.entry
      && (now.record.place != then.record.place || now.record.status != then.record.status)
  }

  /// The most bytes of a failed action's output that the agent is told.
  private static let feedbackLimit: Int64 = 4096

  /// What failed, and the end of what it printed.
  private static func feedback(_ what: String, _ action: RunChild) -> String {
    var text = what + "\nits output: " + action.log + "\n"
    if let file = OpenFile(action.log) {
      let start = max(0, file.size - feedbackLimit)
      let bytes = file.read(at: start, count: Int(feedbackLimit)).filter { $0 != 0 }
      text += (start > 0 ? "…" : "") + String(decoding: bytes, as: UTF8.self)
    }
    return text
  }

  private func failure(of child: RunChild, _ end: RunChild.End) -> Refusal {
    switch end {
    case .interrupted:
      Refusal(.interrupted, "interrupted in \(child.title)", remedy: "to continue: ./llmos run")
    case .timedOut:
      Refusal(
        .refused, "\(child.title) took more than \(child.timeout) seconds and was killed",
        why: "its output: \(child.log)", remedy: "fix it, then ./llmos run")
    case .tooMuchOutput:
      Refusal(
        .refused, "\(child.title) printed more than \(RunChild.outputLimit >> 20) MiB and was killed",
        why: "its output: \(child.log)", remedy: "fix it, then ./llmos run")
    case .code(let code):
      Refusal(
        .refused, "\(child.title) failed (\(code))", why: "its output: \(child.log)",
        remedy: "fix it, then ./llmos run")
    }
  }
}
