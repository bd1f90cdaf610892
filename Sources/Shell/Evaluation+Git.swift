/// git, as far as it runs other commands, makes repositories or prints where it is.
extension Evaluation {
  mutating func git(_ arguments: [String], _ words: [String]) -> String {
    let line = GitLine(arguments: arguments.map(Word.init(raw:)))
    let rest = line.arguments.map(\.raw)
    if let alias = alias(line), line.subcommand != nil { return run(alias: alias, of: line, arguments) }
    emit(["git"] + arguments)
    runCommands(of: line)
    switch line.subcommand {
    case "config": rememberAlias(rest)
    case "init", "clone": rememberRepository(line, rest)
    case "worktree": rememberWorktree(line, rest)
    case "submodule":
      if let verb = rest.firstIndex(of: "foreach") {
        let command = rest[(verb + 1)...].drop { $0.hasPrefix("-") }
        return inSubshell { evaluation in
          // In each of them, which nobody has named: most are right below the root.
          if case .known(let path) = evaluation.shell.directory {
            evaluation.shell.directory = .known(
              ShellPath.normal("submodule", in: evaluation.world.root(path) ?? path))
          }
          return evaluation.run(text: command.joined(separator: " "))
        }
      }
    case "bisect":
      if rest.first == "run" { return inSubshell { $0.start(Array(rest.dropFirst())) } }
    case "log", "show", "for-each-ref", "branch", "tag", "reflog", "rev-list", "shortlog":
      if let text = format(rest) { return text + "\n" }
      if line.subcommand == "branch", rest.contains("--show-current") { return branch }
    case "ls-files", "grep", "diff", "ls-tree", "status":
      return gitListing(line.subcommand ?? "", rest)
    case "symbolic-ref": if rest.contains("HEAD"), rest.count < 3 { return branch }
    case "rev-parse": return revision(line, rest) ?? Self.unknown
    default: break
    }
    return Self.unknown
  }

  /// What `--format=TEXT` prints where nothing in it has to be filled in.
  private func format(_ arguments: [String]) -> String? {
    for word in arguments {
      guard
        let head = ["--format=", "--pretty=format:", "--pretty=tformat:"].first(where: { word.hasPrefix($0) })
      else { continue }
      let text = word.dropFirst(head.count)
      return text.contains("%") ? nil : String(text)
    }
    return nil
  }

  // MARK: Commands that git runs

  /// The keys of settings whose value git runs, by their ends.
  private static let commandSettings = [
    "core.editor", "sequence.editor", "core.pager", "core.sshcommand", "core.fsmonitor", "core.askpass",
    "diff.external", ".textconv", "gpg.program", ".cmd", ".driver", ".clean", ".smudge", ".process",
    "credential.helper", "core.gitproxy", "interactive.difffilter", "web.browser",
  ]

  private static let commandVariables = [
    "GIT_EDITOR", "EDITOR", "VISUAL", "GIT_SEQUENCE_EDITOR", "GIT_PAGER", "PAGER", "GIT_EXTERNAL_DIFF",
    "GIT_SSH_COMMAND", "GIT_ASKPASS", "SSH_ASKPASS", "GIT_PROXY_COMMAND",
  ]

  /// The options of subcommands whose value git runs.
  private static let commandOptions: [String: [String]] = [
    "rebase": ["-x", "--exec"], "difftool": ["-x", "--extcmd"], "grep": ["-O", "--open-files-in-pager"],
    "filter-branch": [
      "--tree-filter", "--index-filter", "--msg-filter", "--env-filter", "--parent-filter", "--commit-filter",
      "--tag-name-filter", "--setup",
    ],
    "fetch": ["--upload-pack"], "clone": ["-u", "--upload-pack"], "push": ["--receive-pack", "--exec"],
  ]

  static func isCommandSetting(_ key: String) -> Bool {
    let key = key.lowercased()
    return commandSettings.contains { key.hasSuffix($0) } || key.hasPrefix("pager.")
  }

  /// Follows what git itself runs, where the line says what: editors, pagers, `--exec`.
  private mutating func runCommands(of line: GitLine) {
    var texts: [String] = []
    for setting in line.settings {
      let parts = setting.split(separator: "=", maxSplits: 1).map(String.init)
      if parts.count == 2, Self.isCommandSetting(parts[0]) { texts.append(parts[1]) }
    }
    if line.subcommand == "config" {
      let plain = line.texts.filter { !$0.hasPrefix("-") && $0 != "set" }
      if plain.count > 1, Self.isCommandSetting(plain[0]) { texts.append(plain[1]) }
    }
    for name in Self.commandVariables { if let text = shell.variables[name] { texts.append(text) } }
    let rest = line.arguments.map(\.raw)
    texts += values(of: Self.commandOptions[line.subcommand ?? ""] ?? [], in: rest)
    for text in texts {
      let command = text.hasPrefix("!") ? String(text.dropFirst()) : text
      _ = inSubshell { $0.runIfReadable(command) }
    }
  }

  private var branch: String { (world.branch() ?? Self.unknown) + "\n" }

  /// What an alias stands for: by `-c`, by what the line has set, or by the configuration.
  private func alias(_ line: GitLine) -> String? {
    guard let name = line.subcommand, !GitLine.commands.contains(name) else { return nil }
    for setting in line.settings.reversed()
    where setting.lowercased().hasPrefix("alias.\(name.lowercased())=") {
      return String(setting.dropFirst(name.count + 7))
    }
    for setting in line.environmentSettings.reversed()
    where setting.lowercased().hasPrefix("alias.\(name.lowercased())=") {
      return variable(String(setting.dropFirst(name.count + 7)))
    }
    return aliasOfEnvironment("alias." + name.lowercased()) ?? shell.gitAliases[name] ?? world.gitAlias(name)
  }

  /// An alias by `GIT_CONFIG_KEY_N` or `GIT_CONFIG_PARAMETERS` (git-config(1)).
  private func aliasOfEnvironment(_ key: String) -> String? {
    for name in shell.variables.keys where name.hasPrefix("GIT_CONFIG_KEY_") {
      if shell.variables[name]?.lowercased() == key {
        return variable("GIT_CONFIG_VALUE_" + name.dropFirst(15))
      }
    }
    guard let parameters = shell.variables["GIT_CONFIG_PARAMETERS"] else { return nil }
    return parameters.replacing("'='", with: "=").split(separator: "'").lazy
      .first { $0.lowercased().hasPrefix(key + "=") }.map { String($0.dropFirst(key.count + 1)) }
  }

  private mutating func run(alias: String, of line: GitLine, _ arguments: [String]) -> String {
    let rest = line.arguments.map { Mark.quoted($0.raw) }.joined(separator: " ")
    if alias.hasPrefix("!") {
      return inSubshell { evaluation in
        // It runs at the top of the worktree.
        if case .known(let path) = evaluation.shell.directory, let root = evaluation.world.root(path) {
          evaluation.shell.directory = .known(root)
        }
        return evaluation.run(text: alias.dropFirst() + " " + rest)
      }
    }
    let globals = arguments.prefix(arguments.count - line.arguments.count - 1).map(Mark.quoted)
    return run(text: "git \(globals.joined(separator: " ")) \(alias) \(rest)")
  }

  private mutating func rememberAlias(_ arguments: [String]) {
    var arguments = arguments
    if let at = arguments.firstIndex(where: { $0 == "-f" || $0 == "--file" }) {
      arguments.removeSubrange(at...min(at + 1, arguments.count - 1))
    }
    let plain = arguments.filter { !$0.hasPrefix("-") && $0 != "set" }
    if plain.count == 2, plain[0].lowercased().hasPrefix("alias.") {
      shell.gitAliases[String(plain[0].dropFirst(6))] = plain[1]
    }
  }

  /// A repository that is made on the line is not the one that is governed.
  private mutating func rememberRepository(_ line: GitLine, _ arguments: [String]) {
    var plain: [String] = []
    var rest = arguments[...]
    while let word = rest.popFirst() {
      if word.hasPrefix("-") {
        let valued = [
          "-b", "--branch", "-o", "--origin", "--depth", "-c", "--config", "--template", "--reference", "-u",
        ]
        if valued.contains(word) { _ = rest.popFirst() }
      } else {
        plain.append(word)
      }
    }
    if line.subcommand == "clone", plain.count == 1, let source = plain.first {
      let name = Invocation.name(of: source.hasSuffix("/") ? String(source.dropLast()) : source)
      plain.append(name.hasSuffix(".git") ? String(name.dropLast(4)) : name)
    }
    let target = line.subcommand == "clone" ? plain.dropFirst().first : plain.first
    guard case .known(let path) = directory(of: line) else { return }
    let made = ShellPath.normal(Mark.plain(target ?? "."), in: path)
    // Where a repository is already, `git init` makes none.
    if world.root(made) != made { shell.made.insert(made) }
  }

  /// A worktree that is made on the line is one of the same repository.
  private mutating func rememberWorktree(_ line: GitLine, _ arguments: [String]) {
    guard arguments.first == "add", case .known(let path) = directory(of: line) else { return }
    var rest = arguments.dropFirst()
    while let word = rest.popFirst() {
      if ["-b", "-B", "--reason"].contains(word) {
        _ = rest.popFirst()
      } else if !word.hasPrefix("-") {
        if Word(raw: word).isKnown { shell.worktrees[ShellPath.normal(Mark.plain(word), in: path)] = path }
        return
      }
    }
  }

  /// Where a command of git works.
  private func directory(of line: GitLine) -> ShellDirectory {
    line.directories.reduce(shell.directory) { directory, word in
      var evaluation = self
      evaluation.shell.directory = directory
      return evaluation.directory(word.raw)
    }
  }

  /// Names of files that git prints.
  private func gitListing(_ command: String, _ arguments: [String]) -> String {
    let plain = Array(
      arguments.drop { $0 != "--" }.dropFirst()
        + (arguments.contains("--") ? [] : arguments.filter { !$0.hasPrefix("-") }))
    switch command {
    // What git ignores is free.
    case "ls-files" where arguments.contains { $0 == "--ignored" || isShort($0, "i") }: return Self.unknown
    case "ls-files":
      let places = plain.isEmpty ? ["./\(Mark.some)\(Mark.star)"] : plain.map(Self.below)
      return places.joined(separator: "\n") + "\n"
    case "grep":
      guard
        arguments.contains(where: { $0 == "--files-with-matches" || $0 == "--name-only" || isShort($0, "l") })
      else { return Self.unknown }
      let paths = arguments.contains("--") ? plain : Array(plain.dropFirst())
      return (paths.isEmpty ? ["./\(Mark.some)"] : paths.map(Self.below)).joined(separator: "\n") + "\n"
    case "diff":
      return arguments.contains("--name-only") ? "./\(Mark.some)\n" : Self.unknown
    default: return Self.unknown
    }
  }

  /// A pathspec as a place: git's `*` crosses slashes.
  private static func below(_ path: String) -> String {
    let plain = Mark.plain(path)
    guard let star = plain.firstIndex(where: { "*?[".contains($0) }) else {
      return plain.contains(".") && !plain.hasPrefix(".") ? plain : "\(plain)/\(Mark.some)"
    }
    let head = plain[..<star]
    let directory = head.lastIndex(of: "/").map { String(head[..<$0]) } ?? "."
    let pattern = head.lastIndex(of: "/").map { plain[plain.index(after: $0)...] } ?? plain[...]
    return "\(directory)/\(Mark.some)\(pattern)"
  }

  private func revision(_ line: GitLine, _ arguments: [String]) -> String? {
    guard case .known(let path) = shell.directory else {
      return shell.directory == .temporary ? String(Mark.temporary) + "\n" : nil
    }
    if arguments.contains("--abbrev-ref"), arguments.contains("HEAD") { return branch }
    guard line.directories.isEmpty, let root = world.root(path) else { return nil }
    if arguments.contains("--show-toplevel") { return root + "\n" }
    if arguments.contains("--show-prefix") {
      return ShellPath.relative(path, to: root).map { $0.isEmpty ? "\n" : $0 + "/\n" }
    }
    if arguments.contains("--show-cdup") { return root + "/\n" }
    if !Set(arguments).isDisjoint(with: ["--git-dir", "--git-common-dir", "--absolute-git-dir"]) {
      return root + "/.git\n"
    }
    if let index = arguments.firstIndex(of: "--git-path"), index + 1 < arguments.count {
      return root + "/.git/" + arguments[index + 1] + "\n"
    }
    return nil
  }
}
