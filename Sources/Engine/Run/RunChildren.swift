import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// What a run starts in a phase.
extension Run {
  func directory(_ engine: borrowing Engine) -> String {
    engine.repository.gitDirectory + Layout.runs.path + id
  }

  /// What runs in a phase: the scripts, the role's agent, the actions, in this order.
  struct Children {
    let scripts: [RunChild]
    /// The agent, told of what failed after its last attempt; nil where none is configured.
    let agent: (@Sendable (_ attempt: Int, _ feedback: String?) -> RunChild)?
    let actions: [RunChild]

    var isEmpty: Bool { scripts.isEmpty && agent == nil && actions.isEmpty }
  }

  func children(
    _ engine: borrowing Engine, _ standing: Engine.Standing, _ phase: Phase
  ) throws -> Children {
    let configuration = standing.rules.configuration
    let brief = try engine.brief(role: phase.role)
    var ofPhase = environment(engine, standing, phase)
    ofPhase[Layout.briefVariable.text] = brief.text
    let variables = ofPhase
    let directory = directory(engine)
    let worktree = engine.worktree
    let sequence = standing.seal.record.sequence
    let make: @Sendable (String, [String], Int, [String: String?], String) -> RunChild = {
      title, command, timeout, more, number in
      let name = title.map { $0.isLetter || $0.isNumber || $0 == "." ? $0 : "-" }
      return RunChild(
        title: title, command: command, directory: worktree,
        environment: variables.merging(more) { $1 }, timeout: timeout,
        log: "\(directory)/\(sequence).\(number)-\(String(name)).log")
    }
    let ours: [String: String?] = [Layout.actorVariable.text: "SYSTEM"]
    let scripts = try phase.scripts.enumerated().compactMap { index, script -> RunChild? in
      if configuration.missingScripts == .skip, !Files.exists(worktree + script) {
        report(.remark("skipped, since it is missing: script \(script)"))
        return nil
      }
      return make(
        "script \(script)", [try path(of: script, in: worktree)], Configuration.Command.defaultTimeout, ours,
        "\(index + 1)")
    }
    let named = phase.actions.compactMap { name in configuration.actions[name].map { (name, $0) } }
    let actions = named.enumerated().map { index, action in
      make(
        "action \(action.0)", ["/bin/sh", "-c", action.1.run], action.1.timeout, ours,
        "\(scripts.count + 2 + index)")
    }
    let role = phase.role
    let agent = configuration.agents[role].map { command in
      { @Sendable (attempt: Int, feedback: String?) in
        var told = brief
        told.feedback = feedback ?? brief.feedback
        let more: [String: String?] = [
          Layout.agentVariable.text: role, Layout.briefVariable.text: told.text,
          Layout.feedbackVariable.text: feedback,
        ]
        return make(
          "agent \(role)", ["/bin/sh", "-c", command.run], command.timeout, more,
          "\(scripts.count + 1)" + (attempt > 1 ? ".\(attempt)" : ""))
      }
    }
    return Children(scripts: scripts, agent: agent, actions: actions)
  }

  /// The path of a script, which must be an executable file inside the repository.
  private func path(of script: String, in worktree: String) throws -> String {
    let path = worktree + script
    let refuse = { (fact: String) in
      Refusal(
        .refused, "the script \(script) \(fact)", remedy: "fix the scenario or the script, then ./llmos run")
    }
    guard Files.exists(path) else {
      throw Refusal(
        .refused, "the script \(script) is missing",
        remedy: "add it, or scenarios: {missing_scripts: skip} in .llmos/config.yml; then ./llmos run")
    }
    guard Files.resolved(path).hasPrefix(Files.resolved(worktree) + "/") else {
      throw refuse("is outside the repository")
    }
    guard Files.isExecutable(path), Files.isRegular(path) else { throw refuse("is not executable") }
    return path
  }

  /// A child's environment: ours without git's variables and without those that say who acts,
  /// with those of the phase.
  private func environment(
    _ engine: borrowing Engine, _ standing: Engine.Standing, _ phase: Phase
  ) -> [String: String?] {
    var result: [String: String?] = [:]
    let ours = System.environment
    for name in ours.keys where name.hasPrefix("GIT_") && !Self.keptVariables.contains(name) {
      result[name] = .some(nil)
    }
    let told = [Layout.agentVariable, Layout.actorVariable, Layout.feedbackVariable].map(\.text)
    for name in Identity.marks + told {
      result[name] = .some(nil)
    }
    let record = standing.seal.record
    result[Layout.scenarioVariable.text] = record.place.scenario
    result[Layout.phaseVariable.text] = record.place.phase
    result[Layout.roleVariable.text] = phase.role
    result[Layout.actionsVariable.text] = phase.actions.joined(separator: " ")
    result[Layout.runVariable.text] = id
    for pair in record.context {
      if ours[pair.key] == nil { result[pair.key] = pair.value ?? "" }
      result[Layout.contextVariables.text + pair.key.uppercased()] = pair.value ?? ""
    }
    return result
  }

  /// Of git's variables, those that say who commits and how git is configured, not where it works.
  private static let keptVariables: Set<String> = [
    "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_AUTHOR_DATE", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL",
    "GIT_COMMITTER_DATE", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_EDITOR",
    "GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_TERMINAL_PROMPT",
  ]
}
