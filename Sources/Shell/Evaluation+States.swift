/// A shell that may stand in several states: behind a condition it has gone one way or the other.
extension Evaluation {
  /// More states than these are not followed.
  static let mostStates = 4

  /// All states in which the shell may be.
  var states: [ShellState] { [shell] + others }

  /// Changes the shell in each of its states.
  mutating func everywhere(_ body: (inout ShellState) -> Void) {
    body(&shell)
    for index in others.indices { body(&others[index]) }
  }

  /// Follows a command in each state.
  mutating func inEachState(_ body: (inout Evaluation) -> String) -> String {
    guard !others.isEmpty else { return body(&self) }
    var outputs: [String] = []
    var results: [ShellState] = []
    for state in states {
      (shell, others) = (state, [])
      let output = body(&self)
      if !outputs.contains(output) { outputs.append(output) }
      results += states
    }
    become(results)
    return outputs.joined()
  }

  /// Takes the shell to be in one of these states. One that has ended goes on in none, where others do.
  mutating func become(_ states: [ShellState]) {
    var kept: [ShellState] = []
    for state in states {
      if let at = kept.firstIndex(where: { $0.isAlike(state) }) {
        if kept[at].ending != state.ending { kept[at].ending = .either }
      } else {
        kept.append(state)
      }
    }
    let going = kept.filter { !$0.isOver }
    if !going.isEmpty { kept = going }
    if kept.count > Self.mostStates {
      // Where the line began it can do most.
      let start = ShellPath.normal(".", in: world.directory)
      let isNear = { (state: ShellState) in
        if case .known(let path) = state.directory { ShellPath.isInside(path, start) } else { false }
      }
      kept = Array((kept.filter(isNear) + kept.filter { !isNear($0) }).prefix(Self.mostStates))
    }
    guard let first = kept.first else { return }
    (shell, others) = (first, Array(kept.dropFirst()))
  }

  // MARK: Compound commands

  mutating func run(chain first: Command, _ links: [ChainLink]) -> String {
    var output = run(first)
    for link in links {
      let all = states
      let skips: Ending = link.isAnd ? .failure : .success
      // What nobody knows mostly succeeds.
      let passing = all.filter {
        $0.ending == skips || $0.ending == .either || !link.isAnd && $0.ending == .likely
      }
      .map { $0.ended(skips) }
      let running = all.filter { $0.ending != skips }
      guard !running.isEmpty else { continue }
      become(running)
      output += run(link.command)
      become(states + passing)
    }
    return output
  }

  mutating func run(conditional branches: [ConditionalBranch], otherwise: [Command]) -> String {
    var output = ""
    var results: [ShellState] = []
    for branch in branches {
      output += run(branch.condition)
      let all = states
      let taken = all.filter { $0.ending != .failure }
      if !taken.isEmpty {
        become(taken)
        output += run(branch.body)
        results += states
      }
      let left = all.filter { $0.ending != .success }
      guard !left.isEmpty else {
        become(results)
        return output
      }
      become(left.map { $0.ended(.success) })
    }
    output += run(otherwise)
    become(states + results)
    return output
  }

  /// A loop whose body runs once, or not at all.
  mutating func run(repetition condition: [Command], isUntil: Bool, _ body: [Command]) -> String {
    var output = run(condition)
    let all = states
    let ends: Ending = isUntil ? .success : .failure
    let running = all.filter { $0.ending != ends }
    guard !running.isEmpty else { return output }
    let goes: Ending = isUntil ? .failure : .success
    let left = all.filter { $0.ending != goes }.map { $0.ended(.success) }
    become(running)
    output += run(body)
    become(states + left)
    return output
  }

  mutating func run(selection subject: WordTree, _ branches: [SelectionBranch]) -> String {
    _ = fields(subject)
    var output = ""
    var results: [ShellState] = []
    let start = states
    var takesAll = false
    for branch in branches {
      become(start)
      for pattern in branch.patterns {
        let text = value(pattern)
        if text == "*" { takesAll = true }
      }
      output += run(branch.body)
      results += states
    }
    become((takesAll ? [] : start.map { $0.ended(.success) }) + results)
    return output
  }

  // MARK: Endings

  /// How a program ends, as far as its name says.
  static func ending(of name: String, _ arguments: [String]) -> Ending {
    switch name {
    case "true", ":", "echo", "printf", "export", "set", "unset", "alias", "declare", "local", "typeset":
      .success
    case "false": .failure
    case "", "test", "[", "[[", "let", "grep", "egrep", "fgrep", "rg", "ag", "ls", "which", "type", "hash",
      "cmp",
      "diff", "stat", "pgrep", "id", "read", "expr":
      .either
    case "git":
      ["diff", "rev-parse", "show-ref", "ls-files", "merge-base", "config", "grep", "ls-remote"].contains(
        arguments.first { !$0.hasPrefix("-") }) ? .either : .likely
    case "command": arguments.first?.hasPrefix("-") == true ? .either : .likely
    default: .likely
    }
  }
}
