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

  func children(
    _ engine: borrowing Engine, _ standing: Engine.Standing, _ phase: Phase
  ) throws -> [RunChild] {
    let configuration = standing.rules.configuration
    var variables = environment(engine, standing, phase)
    variables[Layout.briefVariable.text] = try engine.brief(role: phase.role).text
    var children: [RunChild] = []
    let directory = directory(engine)
    let worktree = engine.worktree
    func add(
      _ title: String, _ executable: String, _ arguments: [String], _ timeout: Int, agent: Bool = false
    ) {
      var environment = variables
      if agent {
        environment[Layout.agentVariable.text] = phase.role
      } else {
        environment[Layout.actorVariable.text] = "SYSTEM"
      }
      let name = title.map { $0.isLetter || $0.isNumber || $0 == "." ? $0 : "-" }
      let number = String(standing.seal.record.sequence) + "." + String(children.count + 1)
      children.append(
        RunChild(
          title: title, command: [executable] + arguments, directory: worktree,
          environment: environment, timeout: timeout, log: "\(directory)/\(number)-\(String(name)).log"))
    }
    for script in phase.scripts {
      if configuration.missingScripts == .skip, !Files.exists(worktree + script) {
        report(.remark("skipped, since it is missing: script \(script)"))
        continue
      }
      add("script \(script)", try path(of: script, in: worktree), [], Configuration.Command.defaultTimeout)
    }
    for action in phase.actions {
      if let command = configuration.actions[action] {
        add("action \(action)", "/bin/sh", ["-c", command.run], command.timeout)
      }
    }
    if let command = configuration.agents[phase.role] {
      add("agent \(phase.role)", "/bin/sh", ["-c", command.run], command.timeout, agent: true)
    }
    return children
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
    for name in Identity.marks + [Layout.agentVariable.text, Layout.actorVariable.text] {
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
