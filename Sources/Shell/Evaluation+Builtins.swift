/// What the shell itself does, and the programs that run others.
extension Evaluation {
  /// Follows a program by its name.
  ///
  /// - Parameter words: the program as it was called, and its arguments.
  /// - Returns: what it prints.
  mutating func dispatch(_ name: String, _ arguments: [String], _ words: [String]) -> String {
    shell.ending = Self.ending(of: name, arguments)
    switch name {
    case "exit", "logout", "return":
      end(isFunction: name == "return")
      return ""
    case "cd", "pushd", "popd", "chdir":
      changeDirectory(name, arguments)
      return ""
    case "export", "declare", "typeset", "local", "readonly":
      declare(name, arguments)
      emit(words)
      return ""
    case "printf" where arguments.first == "-v" && arguments.count > 1:
      shell.variables[arguments[1]] = output(of: "printf", arguments) ?? Self.unknown
      return ""
    case "unset":
      for argument in arguments where !argument.hasPrefix("-") {
        shell.variables[argument] = nil
        shell.removed.insert(argument)
      }
      return ""
    case "set":
      for word in arguments.prefix(while: { $0.hasPrefix("-") && $0 != "--" }) {
        if word.contains("e") { shell.endsOnFailure = true }
        if word.contains("a") { shell.exportsAll = true }
      }
      if let dashes = arguments.firstIndex(of: "--") { shell.positional = Array(arguments[(dashes + 1)...]) }
      return ""
    case "shift":
      if !shell.positional.isEmpty { shell.positional.removeFirst() }
      return ""
    case "read":
      read(arguments)
      return ""
    case "mapfile", "readarray":
      let lines = (input ?? Self.unknown).split(separator: "\n").joined(separator: String(Mark.split))
      shell.variables[arguments.last { !$0.hasPrefix("-") } ?? "MAPFILE"] = lines
      return ""
    case "alias":
      for argument in arguments {
        let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
        if parts.count == 2 { shell.aliases[parts[0]] = parts[1] }
      }
      return ""
    case "eval": return run(text: arguments.joined(separator: " "))
    case "trap":
      if arguments.count > 1, let text = arguments.first { return run(text: text) }
      return ""
    case "source", ".":
      guard let file = arguments.first else { return "" }
      if file == "/dev/stdin", let input { return run(text: input) }
      if let text = absolute(file).flatMap({ files[$0] }) { return run(text: text) }
      emit(words)
      return Self.unknown
    case "git", "hub": return git(arguments, words)
    case _ where name.hasPrefix("git-") && name != "git-lfs":
      return git([String(name.dropFirst(4))] + arguments, words)
    case _ where Self.shells.contains(name): return shell(name, arguments, words)
    case "find", "fd", "fdfind":
      find(name, arguments)
      emit(words)
      return listing(name, arguments) ?? Self.unknown
    case "xargs", "gxargs": return xargs(arguments)
    case "parallel", "sem", "rush":
      parallel(arguments)
      return Self.unknown
    case "at", "batch":
      if let input { return run(text: input) }
      return ""
    case "env", "genv": return environment(arguments)
    case "vim", "vi", "nvim", "ex", "view", "ed", "red":
      editor(arguments)
      emit(words)
      return Self.unknown
    default: break
    }
    runCommands(of: name, arguments)
    if let wrapped = wrapped(name, arguments) { return wrapped }
    if let language = InlineProgram.Language(program: name) {
      emit(words)
      runProgram(language, arguments)
      return language == .awk ? output(of: name, arguments) ?? Self.unknown : Self.unknown
    }
    emit(words)
    if name == "ln" { rememberLinks(arguments) }
    rememberCopies(name, arguments)
    return output(of: name, arguments) ?? Self.unknown
  }

  static let shells: Set<String> = [
    "sh", "bash", "dash", "zsh", "ksh", "ash", "mksh", "rbash", "fish", "yash",
  ]

  // MARK: Directories

  private mutating func changeDirectory(_ name: String, _ arguments: [String]) {
    let target = arguments.first { !$0.hasPrefix("-") || $0 == "-" }
    let before = shell.directory
    let failed = shell.ended(.failure)
    switch name {
    case "popd":
      shell.directory = shell.stack.popLast() ?? .unknown
      return
    case "pushd":
      if target == nil, let other = shell.stack.popLast() {
        shell.stack.append(before)
        shell.directory = other
        return
      }
      shell.stack.append(before)
    default: break
    }
    shell.directory = directory(target ?? variable("HOME") ?? Self.unknown)
    shell.previous = before
    shell.ending = .likely
    guard case .known(let path) = shell.directory else { return }
    shell.ending = .success
    if !shell.endsOnFailure, let target, !Mark.isIn(target), world.isDirectory(path) == false, !isMade(path),
      isAway(path)
    {
      shell.ending = .likely
      become([shell, failed])
    }
  }

  /// Whether a directory is in another worktree than the one where the line begins: there it would do something else.
  private func isAway(_ path: String) -> Bool {
    let start = ShellPath.normal(".", in: world.directory)
    return !ShellPath.isInside(path, world.root(start) ?? start)
  }

  /// Whether a command before may have made a directory: it names it.
  private func isMade(_ path: String) -> Bool {
    let name = ShellPath.last(path)
    return found.contains { invocation in
      !["echo", "printf", "ls", "test", "[", "[[", "true", "false", ":", "cat"].contains(invocation.program)
        && invocation.words.dropFirst().contains { $0.text.contains(name) }
    }
  }

  /// The directory that a word of `cd` or `-C` leads to.
  func directory(_ target: String) -> ShellDirectory {
    if target == "-" { return shell.previous ?? .unknown }
    let word = Word(raw: target)
    if word.isTemporary { return .temporary }
    if target.isEmpty { return shell.directory }
    if let path = absolute(target) {
      // A pattern stands for the one directory that it matches.
      if word.isPattern { return world.names(path)?.first.map { .known($0) } ?? .unknown }
      return .known(path)
    }
    if word.isKnown, shell.directory == .temporary { return .temporary }
    return .unknown
  }

  /// `ln -s TARGET… LINK`: what is done through the link is done to its target.
  private mutating func rememberLinks(_ arguments: [String]) {
    let options = arguments.filter { $0.hasPrefix("-") && $0.count > 1 }
    var plain = arguments.filter { !$0.hasPrefix("-") }
    guard options.contains(where: { $0 == "--symbolic" || isShort($0, "s") }) else { return }
    if plain.count == 1 { plain.append(".") }
    guard let last = plain.popLast(), let place = absolute(last) else { return }
    let isInto = plain.count > 1 || world.isDirectory(place) == true
    for target in plain where Word(raw: target).isKnown {
      let link = isInto ? ShellPath.normal(ShellPath.last(Mark.plain(target)), in: place) : place
      shell.links[link] = ShellPath.normal(Mark.plain(target), in: ShellPath.parent(link))
    }
  }

  /// Files that get a text which the line has: `tee FILE`, `cp FILE FILE`, `install /dev/stdin FILE`.
  private mutating func rememberCopies(_ name: String, _ arguments: [String]) {
    let plain = arguments.filter { !$0.hasPrefix("-") }
    switch name {
    case "tee", "sponge":
      guard let input else { return }
      for path in plain.compactMap({ absolute($0) }) { files[path] = input }
    case "cp", "mv", "install":
      guard plain.count == 2, let to = absolute(plain[1]) else { return }
      if let text = plain[0] == "/dev/stdin" ? input : absolute(plain[0]).flatMap({ files[$0] }) {
        files[to] = text
      }
    default: break
    }
  }

  // MARK: Variables

  private mutating func declare(_ command: String, _ arguments: [String]) {
    let isExport = command == "export" || arguments.contains { $0.hasPrefix("-") && $0.contains("x") }
    let isLocal = ["local", "declare", "typeset"].contains(command)
    let isTakenBack = command == "export" && arguments.contains("-n") || arguments.contains("+x")
    for argument in arguments {
      let given = String(argument.prefix { $0 != "=" && $0 != "+" })
      if isLocal, given.isShellName { shell.locals.insert(given) }
      if isTakenBack, given.isShellName {
        shell.removed.insert(given)
        shell.exported.remove(given)
        continue
      }
      if isExport || shell.exportsAll, given.isShellName { shell.exported.insert(given) }
      guard let equals = argument.utf8.firstIndex(of: UInt8(ascii: "=")) else {
        if let name = argument.split(separator: " ").first, !name.hasPrefix("-") {
          shell.removed.remove(String(name))
        }
        continue
      }
      var name = argument[..<equals]
      if name.utf8.last == UInt8(ascii: "+") { name = name.dropLast() }
      guard name.isShellName else { continue }
      shell.variables[String(name)] = String(argument[argument.utf8.index(after: equals)...])
    }
  }

  /// `read NAME…`: the variable stands for every line that it may get.
  private mutating func read(_ arguments: [String]) {
    var names: [String] = []
    var rest = arguments[...]
    while let word = rest.popFirst() {
      if word.hasPrefix("-") {
        if let last = word.last, "adinNptu".contains(last), word.count == 2 { _ = rest.popFirst() }
      } else {
        names.append(word)
      }
    }
    let lines = (input ?? Self.unknown).split(separator: "\n").map(String.init)
    for (place, name) in (names.isEmpty ? ["REPLY"] : names).enumerated() {
      let isLast = place >= names.count - 1
      let values = lines.compactMap { line -> String? in
        if names.count < 2 { return line }
        // The last name gets the rest of the line; what is not known may be any number of words.
        guard Word(raw: line).isKnown, shell.variables["IFS"] == nil else { return Self.unknown }
        let fields = line.split(separator: " ", maxSplits: isLast ? place : .max).map(String.init)
        return place < fields.count ? fields[place] : nil
      }
      shell.variables[name] = values.isEmpty ? Self.unknown : Mark.alternatives(values)
    }
  }

  // MARK: Shells

  /// `bash -c TEXT`, `bash FILE`, and a shell that reads its commands on stdin.
  private mutating func shell(_ name: String, _ arguments: [String], _ words: [String]) -> String {
    emit(words)
    var rest = arguments[...]
    var runsText = false
    while let word = rest.first, word.hasPrefix("-") || word.hasPrefix("+"), word != "-", word != "--" {
      rest.removeFirst()
      if word.hasPrefix("--") {
        if word == "--rcfile" || word == "--init-file" { _ = rest.popFirst() }
        if word.hasPrefix("--command=") { return inSubshell { $0.run(text: String(word.dropFirst(10))) } }
        continue
      }
      // It reads its commands and runs none.
      if word.hasPrefix("-"), word.dropFirst().contains("n") { return "" }
      if word.contains("c") { runsText = true }
      if word.hasSuffix("o") || word.hasSuffix("O") { _ = rest.popFirst() }
      // `-s`: what follows are arguments, and the commands come on stdin.
      if word.contains("s"), !runsText { return commands(onInput: Array(rest)) }
    }
    if rest.first == "-" || rest.first == "--" { rest.removeFirst() }
    guard let first = rest.popFirst() else { return commands(onInput: []) }
    let parameters = Array(rest)
    if runsText {
      return inSubshell {
        $0.shell.positional = Array(parameters.dropFirst())
        $0.shell.zero = parameters.first
        return $0.run(text: first)
      }
    }
    if let path = absolute(first) ?? (first == "/dev/stdin" ? first : nil) {
      if path == "/dev/stdin" { return commands(onInput: parameters) }
      if let text = files[path] {
        return inSubshell {
          $0.shell.positional = parameters
          return $0.run(script: text, path)
        }
      }
    }
    // A script of which nothing is known but its name, as if it were called by that.
    return start([first] + parameters)
  }

  private mutating func commands(onInput parameters: [String]) -> String {
    guard let input else { return Self.unknown }
    return inSubshell {
      $0.shell.positional = parameters
      return $0.with(input: nil) { $0.run(text: input) }
    }
  }
}
