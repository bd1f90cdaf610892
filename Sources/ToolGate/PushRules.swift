import Core
import Shell

/// What an agent may push: `agent_policy.push`.
struct PushRules {
  let rules: ShellRules
  /// The branch that is checked out by then.
  private let branch: String?
  private var policy: PushPolicy { rules.facts.push }

  /// - Parameter branch: the one that the line has checked out before.
  init(rules: ShellRules, branch: String?) {
    self.rules = rules
    self.branch = branch ?? rules.place.facts.branch()
  }

  /// Judges a push of the branch that is checked out.
  func refusalOfPushingHere() -> Refusal? {
    if policy == .any { return nil }
    return policy.refusal(
      of: branch.map { [PushPolicy.Move(from: $0, to: $0)] } ?? [], facts(remote: "origin"))
  }

  private func facts(remote: String) -> PushPolicy.Facts {
    PushPolicy.Facts(branch: branch, defaultBranch: rules.place.facts.defaultBranch(remote))
  }

  /// Judges `git push`.
  func refusal(of line: GitLine) -> Refusal? {
    if line.has("--dry-run") || line.options.contains("-n") || policy == .any { return nil }
    var operands: [String] = []
    var rest = line.texts[...]
    // `git subtree push --prefix=DIRECTORY REMOTE BRANCH`.
    if line.subcommand == "subtree" {
      rest = line.texts.drop { $0 != "push" }.dropFirst()
    }
    var isForced = line.has("--force", "--force-with-lease", "--force-if-includes", "--mirror")
    var isDeletion = line.has("--delete", "--prune", "--mirror")
    var remote: String?
    while let word = rest.popFirst() {
      if ["-o", "--push-option", "--repo", "--receive-pack", "--exec", "-P", "--prefix"].contains(word) {
        let value = rest.popFirst()
        if word == "--repo" { remote = value }
      } else if word.hasPrefix("-"), !word.hasPrefix("--") {
        isForced = isForced || word.contains("f")
        isDeletion = isDeletion || word.contains("d")
      } else if !word.hasPrefix("-") {
        operands.append(word)
      }
    }
    if remote == nil, !operands.isEmpty { remote = operands.removeFirst() }
    for setting in line.settings where operands.isEmpty || Self.isMirror(setting) {
      if let refusal = refusal(ofSetting: setting) { return refusal }
    }
    let facts = facts(remote: remote ?? "origin")
    if isForced { return policy.refusalOfForce }
    if isDeletion { return policy.refusalOfDeletion }
    if line.has("--all", "--branches", "--tags") {
      return policy.refusal(of: [PushPolicy.Move(from: "other branches", to: "other branches")], facts)
    }
    var moves: [PushPolicy.Move] = []
    for operand in operands {
      if operand.hasPrefix("+") { return policy.refusalOfForce }
      let parts = operand.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(
        String.init)
      let from = ["HEAD", "@"].contains(parts[0]) ? branch ?? "HEAD" : short(parts[0])
      if parts[0].isEmpty { return policy.refusalOfDeletion }
      moves.append(PushPolicy.Move(from: from, to: parts.count > 1 ? short(parts[1]) : from))
    }
    if moves.isEmpty { moves = [PushPolicy.Move(from: branch ?? "HEAD", to: branch ?? "HEAD")] }
    return policy.refusal(of: moves, facts)
  }

  /// Judges a setting that decides what a push without refspecs pushes: `NAME=VALUE`.
  func refusal(ofSetting setting: String) -> Refusal? {
    let parts = setting.split(separator: "=", maxSplits: 1).map(String.init)
    let name = parts[0].lowercased()
    let value = parts.count > 1 ? parts[1] : "true"
    if policy == .any { return nil }
    if Self.isMirror(setting) { return value == "false" ? nil : policy.refusalOfForce }
    if name == "push.default", value == "matching" {
      return policy.refusal(
        of: [PushPolicy.Move(from: "other branches", to: "other branches")], facts(remote: "origin"))
    }
    guard name.hasPrefix("remote."), name.hasSuffix(".push") else { return nil }
    let remote = String(parts[0].dropFirst(7).dropLast(5))
    return refusal(of: GitLine(arguments: ["push", Word(raw: remote), Word(raw: value)]))
  }

  private static func isMirror(_ setting: String) -> Bool {
    let name = setting.prefix { $0 != "=" }.lowercased()
    return name.hasPrefix("remote.") && name.hasSuffix(".mirror")
  }

  private func short(_ name: String) -> String {
    let name = name.shortBranch ?? name
    return name == "HEAD" ? branch ?? name : name
  }
}
