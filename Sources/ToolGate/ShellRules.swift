import Core

/// What an agent's shell command may not do. Only the line itself is read: a variable, an alias or a
/// program that does the same is left to the gate.
struct ShellRules {
  let facts: Snapshot
  let place: ToolPlace
  /// How many more commands are read: nested ones could otherwise take for ever.
  private var budget = 5000

  init(facts: Snapshot, place: ToolPlace) {
    self.facts = facts
    self.place = place
  }

  private static let notAnAgents: Set<String> = [
    "set", "next-phase", "event", "resume", "allow", "rollback", "uninstall", "run", "execute",
  ]
  private static let shells: Set<String> = ["sh", "bash", "dash", "zsh", "ksh", "ash"]
  private static let interpreters: Set<String> = [
    "python", "python3", "perl", "ruby", "node", "source", ".",
  ]
  private static let wrappers: Set<String> = [
    "sudo", "doas", "env", "command", "exec", "nohup", "time", "timeout", "nice", "ionice", "stdbuf",
    "setsid", "xargs", "builtin", "then", "do", "else", "if", "while", "until", "elif", "busybox",
  ]
  private static let writers: Set<String> = [
    "rm", "mv", "tee", "truncate", "touch", "chmod", "chown", "ln", "unlink", "shred", "rmdir", "patch",
  ]

  mutating func refusal(of line: String, depth: Int = 0) -> Refusal? {
    guard let parsed = ShellLine(line) else { return unreadable }
    var directory = place.directory
    for command in parsed.commands {
      if let refusal = refusal(ofWriting: command.outputs, in: directory) { return refusal }
      if let refusal = refusal(of: command.words, command.documents, in: directory, depth) { return refusal }
      if ["cd", "pushd"].contains(command.words.first), let to = command.words.dropFirst().last {
        directory = to.hasPrefix("/") ? to : directory + "/" + to
      }
    }
    return nil
  }

  private func refusal(ofWriting paths: [String], in directory: String) -> Refusal? {
    for path in paths {
      if isGitFile(path, directory, place) { return protectedRefusal(path) }
      guard let own = place.relative(path, from: directory) else { continue }
      if own.isEmpty || isProtected(own, facts.record) { return protectedRefusal(own) }
      // `rm *` names no file, but removes protected ones.
      if own.contains(where: { "*?".contains($0) }),
        let hit = ProtectedPaths.standard.first(where: { Glob.matches(own, $0) })
      {
        return protectedRefusal(hit)
      }
    }
    return nil
  }

  private mutating func refusal(
    of words: [String], _ documents: [String], in directory: String, _ depth: Int
  ) -> Refusal? {
    budget -= 1
    guard budget > 0, depth < 20 else { return unreadable }
    var words = words[...]
    while let word = words.first, let name = assigned(word) {
      if let refusal = refusal(ofSetting: name, word) { return refusal }
      words.removeFirst()
    }
    guard let program = words.first else { return nil }
    let name = program.split(separator: "/").last.map(String.init) ?? program
    let arguments = Array(words.dropFirst())
    if let script = place.relative(program, from: directory), place.scripts.contains(script) {
      return Refusal(
        .refused, "only the engine runs \(script), not an agent",
        remedy: "report what is done; the owner or ./llmos run continues")
    }
    switch name {
    case "git": return refusal(ofGit: arguments, in: directory)
    case "llmos-hook", "llmos", "scenario_engine.sh": return refusal(ofEngine: arguments)
    case "step.sh": return gate(.action(Action.commit, role: nil, paths: []), facts)
    case "export", "declare", "typeset", "readonly":
      for word in arguments {
        if let name = assigned(word), let refusal = refusal(ofSetting: name, word) { return refusal }
      }
      return nil
    case "apply_patch", "applypatch":
      let paths = PatchText.paths(in: (arguments + documents).joined(separator: "\n"))
      return paths.isEmpty
        ? Refusal(.refused, "this patch does not name a file", remedy: "name the files that it changes")
        : editRefusal(paths, facts, place)
    default:
      return refusal(ofWriting: written(by: name, arguments), in: directory)
        ?? refusal(ofRunning: name, arguments, documents, in: directory, depth)
    }
  }

  /// The files that a program writes, as its arguments name them.
  private func written(by program: String, _ arguments: [String]) -> [String] {
    let plain = arguments.filter { !$0.hasPrefix("-") }
    let isInPlace = arguments.contains { isFlag("i", $0) }
    switch program {
    case "perl" where isInPlace: return plain
    case "sed" where isInPlace || arguments.contains { $0.hasPrefix("--in-place") }: return plain
    case "cp", "install", "rsync": return plain.suffix(1)
    case "dd": return arguments.filter { $0.hasPrefix("of=") }.map { String($0.dropFirst(3)) }
    case "find" where arguments.contains("-delete") && command(ofFind: arguments) == nil:
      return Array(plain.prefix(1))
    case _ where Self.writers.contains(program): return plain
    default: return []
    }
  }

  /// Looks at the command that a program runs: its arguments, a script, or a line on its stdin.
  private mutating func refusal(
    ofRunning program: String, _ arguments: [String], _ documents: [String], in directory: String,
    _ depth: Int
  ) -> Refusal? {
    switch program {
    case "eval": return refusal(of: arguments.joined(separator: " "), depth: depth + 1)
    case _ where Self.shells.contains(program):
      return refusal(ofShell: arguments, documents, in: directory, depth)
    case _ where Self.interpreters.contains(program):
      let plain = arguments.filter { !$0.hasPrefix("-") }
      return plain.isEmpty ? nil : refusal(of: plain, [], in: directory, depth + 1)
    case "find":
      return command(ofFind: arguments).flatMap {
        refusal(of: $0, documents, in: directory, depth + 1)
      }
    case _ where Self.wrappers.contains(program):
      // Options and their values come first: any word may begin the command.
      for start in arguments.indices where !Self.wrappers.contains(arguments[start]) {
        if let refusal = refusal(of: Array(arguments[start...]), documents, in: directory, depth + 1) {
          return refusal
        }
      }
      return nil
    default: return nil
    }
  }

  /// What `find` runs for each file; nil when it runs nothing.
  private func command(ofFind arguments: [String]) -> [String]? {
    let exec = arguments.firstIndex { ["-exec", "-execdir", "-ok"].contains($0) }
    return exec.map { Array(arguments[($0 + 1)...]) }
  }

  /// Whether a word of short options has this one.
  private func isFlag(_ flag: Character, _ word: String) -> Bool {
    word.hasPrefix("-") && !word.hasPrefix("--") && word.contains(flag)
  }

  /// The name in `NAME=value`.
  private func assigned(_ word: String) -> String? {
    guard let equals = word.firstIndex(of: "="), equals != word.startIndex else { return nil }
    let name = word[..<equals]
    return name.unicodeScalars.allSatisfy { scalar in
      scalar == "_" || ("0"..."9").contains(scalar) || ("A"..."Z").contains(scalar)
        || ("a"..."z").contains(scalar)
    } ? String(name) : nil
  }

  private func refusal(ofSetting name: String, _ word: String) -> Refusal? {
    if name == Layout.actorVariable.text {
      return Refusal(
        .refused, "an agent cannot claim to be another actor (LLMOS_ACTOR)",
        remedy: "LLMOS_AGENT=\(facts.record.role) ./step.sh \"what changed\"")
    }
    if name.hasPrefix("GIT_CONFIG"), word.lowercased().contains("core.hookspath") { return hooksPath }
    return nil
  }

  private var unreadable: Refusal {
    Refusal(
      .refused, "cannot read this command line",
      why: "a quote is not closed, or it is nested too deeply", remedy: "split it into simple commands")
  }

  private var hooksPath: Refusal {
    Refusal(
      .refused, "core.hooksPath would switch the gate off",
      remedy: "run git without it; commit with ./step.sh")
  }

  private mutating func refusal(
    ofShell arguments: [String], _ documents: [String], in directory: String, _ depth: Int
  )
    -> Refusal?
  {
    for document in documents {
      if let refusal = refusal(of: document, depth: depth + 1) { return refusal }
    }
    if let flag = arguments.firstIndex(where: { isFlag("c", $0) }) {
      // The command line is the first word after it that is not an option.
      guard let line = arguments[(flag + 1)...].first(where: { !$0.hasPrefix("-") }) else { return nil }
      return refusal(of: line, depth: depth + 1)
    }
    guard let script = arguments.firstIndex(where: { !$0.hasPrefix("-") }) else { return nil }
    return refusal(of: Array(arguments[script...]), [], in: directory, depth + 1)
  }

  private func refusal(ofEngine arguments: [String]) -> Refusal? {
    var rest = arguments[...]
    while let word = rest.first, word.hasPrefix("-") { rest = rest.dropFirst(word == "-C" ? 2 : 1) }
    guard let command = rest.first else { return nil }
    if command == "step" { return gate(.action(Action.commit, role: nil, paths: []), facts) }
    if command == "verdict" {
      let isAuditor =
        facts.identity.actor.role == "QUALITY_AUDITOR"
        && facts.record.place == Place("QUALITY_GATE", "VERDICT")
      if isAuditor { return nil }
    } else if !Self.notAnAgents.contains(command)
      || (command == "rollback" && !Set(rest).isDisjoint(with: ["--dry-run", "--list"]))
      || !Set(rest).isDisjoint(with: ["--help", "-h"])
    {
      return nil
    }
    return Refusal(
      .refused, "an agent cannot change the scenario or phase (\(command))",
      why: "the state stays \(facts.record.place)",
      remedy: "report what is done; the owner or ./llmos run continues")
  }

  private func refusal(ofGit arguments: [String], in directory: String) -> Refusal? {
    var rest = arguments[...]
    var directory = directory
    while let word = rest.first, word.hasPrefix("-") {
      rest.removeFirst()
      guard let value = rest.first else { break }
      switch word {
      case "-c", "--config-env":
        if value.lowercased().hasPrefix("core.hookspath") { return hooksPath }
        rest.removeFirst()
      case "-C":
        directory = value.hasPrefix("/") ? value : directory + "/" + value
        rest.removeFirst()
      case "--git-dir", "--work-tree", "--namespace", "--exec-path": rest.removeFirst()
      case let word where word.lowercased().hasPrefix("--config-env=core.hookspath"): return hooksPath
      default: break
      }
    }
    guard let command = rest.first else { return nil }
    let options = rest.dropFirst().prefix { $0 != "--" }
    if options.contains("--no-verify") || (command == "commit" && options.contains("-n")) {
      return Refusal(
        .refused, "--no-verify skips the gate's messages, not the gate",
        remedy: "./step.sh \"what changed\"")
    }
    let plain = rest.dropFirst().filter { !$0.hasPrefix("-") }
    switch command {
    case "commit", "commit-tree", "fast-import", "update-ref":
      if options.contains("--dry-run") || options.contains("--help") { return nil }
      return gate(.action(Action.commit, role: nil, paths: []), facts)
        ?? Refusal(
          .refused, "agents commit through step.sh, not with git \(command)",
          remedy: "./step.sh \"what changed\"")
    case "config":
      let names = plain.map { $0.lowercased() }
      guard names.contains("core.hookspath") else { return nil }
      let isRead =
        names.first == "get" || options.contains { $0.hasPrefix("--get") }
        || (names == ["core.hookspath"] && !options.contains { $0.hasPrefix("--unset") })
      return isRead ? nil : hooksPath
    case "rm", "mv": return refusal(ofWriting: Array(plain), in: directory)
    default: return nil
    }
  }
}
