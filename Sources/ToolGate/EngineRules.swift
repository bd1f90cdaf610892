import Core
import Shell

/// What an agent may ask of the engine.
struct EngineRules {
  let rules: ShellRules
  let course: LineCourse

  private static let notAnAgents: Set<String> = [
    "set", "next-phase", "event", "resume", "allow", "rollback", "uninstall", "run", "execute", "begin-anew",
    "grant",
    "revoke", "feature", "backups",
  ]

  func refusal(of invocation: Invocation) -> Refusal? {
    var rest = invocation.arguments.map(\.text)[...]
    while let word = rest.first, word.hasPrefix("-") {
      rest.removeFirst()
      if word == "-C" || word == "--color" { rest = rest.dropFirst() }
    }
    guard let command = rest.popFirst() else { return nil }
    let words = Set(rest)
    if !words.isDisjoint(with: ["--help", "-h"]) { return nil }
    switch command {
    case "step": return refusal(ofStep: Array(rest))
    case "sync":
      return words.contains("--push")
        ? PushRules(rules: rules, branch: course.branch).refusalOfPushingHere() : nil
    case "verdict":
      let facts = rules.facts
      let isAuditor =
        facts.identity.actor.role == "QUALITY_AUDITOR"
        && facts.record.place == Place("QUALITY_GATE", "VERDICT")
      if isAuditor { return nil }
    case "rollback" where !words.isDisjoint(with: ["--dry-run", "--list"]): return nil
    case "feature" where rest.first != "start" && rest.first != "finish": return nil
    // To list, show and restore loses nothing.
    case "backups" where rest.first != "prune": return nil
    default: if !Self.notAnAgents.contains(command) { return nil }
    }
    return Refusal(
      .refused, "an agent cannot change the scenario or phase (\(command))",
      why: "the state stays \(rules.facts.record.place)",
      remedy: "report what is done; the owner or ./llmos run continues")
  }

  /// step.sh commits where the phase allows it.
  func refusal(ofStep arguments: [String]) -> Refusal? {
    if ["--help", "-h", "--version"].contains(arguments.first) { return nil }
    return gate(.action(Action.commit, role: nil, paths: []), rules.facts)
      ?? (arguments.contains("--push")
        ? PushRules(rules: rules, branch: course.branch).refusalOfPushingHere() : nil)
  }
}
