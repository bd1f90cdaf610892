/// What the calls of a program do.
extension InlineProgram {
  /// Where the arguments of a call begin, standing at its parenthesis.
  func arguments(ofCall open: Int) -> [Int] {
    guard token(open) == .sign("("), token(open + 1) != .sign(")") else { return [] }
    return list(from: open + 1)
  }

  /// Where the values of a list begin, from the first one on.
  private func list(from first: Int) -> [Int] {
    var starts = [first]
    var index = skipped(first)
    while token(index) == .sign(","), starts.count < 30 {
      starts.append(index + 1)
      index = skipped(index + 1)
    }
    return starts
  }

  func end(ofCall open: Int) -> Int? {
    guard token(open) == .sign("(") else { return nil }
    var index = open + 1
    repeat {
      index = skipped(index)
      if token(index) != .sign(",") { break }
      index += 1
    } while index < tokens.count
    return token(index) == .sign(")") ? index + 1 : nil
  }

  /// The arguments of a call, with or without parentheses.
  func starts(_ index: Int) -> [Int] {
    if token(index + 1) == .sign("(") { return arguments(ofCall: index + 1) }
    guard language == .perl || language == .ruby else { return [] }
    switch token(index + 1) {
    case .text, .words, .name: return list(from: index + 1)
    default: return []
    }
  }

  /// The value of a named argument (`mode='w'`, `cwd: 'x'`).
  func named(_ name: String, _ starts: [Int]) -> Int? {
    for start in starts {
      // In JavaScript the names stand in an object.
      var index = start
      let end = token(start) == .sign("{") ? skipped(start + 1) + 1 : start + 1
      while index < max(end, start + 1) + 20, index < tokens.count {
        if token(index) == .name(name), token(index + 1) == .sign("=") || token(index + 1) == .sign(":") {
          return index + 2
        }
        if token(start) != .sign("{") { break }
        index += 1
      }
    }
    return nil
  }

  func receiver(_ index: Int) -> (value: String, isPath: Bool)? {
    guard token(index - 1) == .sign(".") else { return nil }
    switch token(index - 2) {
    case .name(let name): return texts[name].map { ($0, paths.contains(name)) }
    case .sign(")"):
      var depth = 0
      var open = index - 2
      while open >= 0 {
        if token(open) == .sign(")") { depth += 1 }
        if token(open) == .sign("(") {
          depth -= 1
          if depth == 0 { break }
        }
        open -= 1
      }
      if let base = joined(endingAt: index - 2, opening: open) { return base }
      guard open > 0, case .name(let name)? = token(open - 1) else {
        let isPath = tokens[max(0, open)..<index].contains { token in
          if case .name(let name) = token { name == "Path" || paths.contains(name) } else { false }
        }
        return value(at: open).map { ($0.0, isPath) }
      }
      return term(at: open - 1).map { ($0.0, name == "Path") }
    default: return nil
    }
  }

  /// `Path('a').joinpath('b')`, whose last parenthesis is at hand.
  private func joined(endingAt close: Int, opening open: Int) -> (value: String, isPath: Bool)? {
    guard token(open - 1) == .name("joinpath"), let base = receiver(open - 1) else { return nil }
    let parts = arguments(ofCall: open).map { value(at: $0)?.0 ?? Evaluation.unknown }
    return (([base.value] + parts).joined(separator: "/"), true)
  }

  mutating func call(_ name: String, _ index: Int) {
    followText(name, index)
    let starts = starts(index)
    if let kind = Self.methods[name], let receiver = receiver(index), receiver.isPath || kind.isSure {
      switch kind {
      case .writes, .writesSurely: return acts.append(.writes(receiver.value))
      case .removes: return acts.append(.removes(receiver.value))
      case .moves:
        acts.append(.removes(receiver.value))
        if let first = starts.first, let (to, _) = value(at: first) { acts.append(.writes(to)) }
        return
      case .opens:
        let mode = starts.first.flatMap { value(at: $0)?.0 } ?? "r"
        if mode.contains(where: { "wax+".contains($0) }) { acts.append(.writes(receiver.value)) }
        return
      }
    }
    if name == "commit" || name == "create_commit", token(index + 1) == .sign("("), isGitLibrary {
      return acts.append(.starts(["git", "commit"]))
    }
    let name = token(index - 1) == .sign(".") ? name : imported[name] ?? name
    guard !starts.isEmpty, let function = Self.functions[name] else { return }
    guard isFunction(name, function, index) else { return }
    let first = value(at: starts[0])?.0
    switch function {
    case .writes: if let first { acts.append(.writes(first)) }
    case .removes: if let first { acts.append(.removes(first)) }
    case .removesAll:
      for start in starts { if let (path, _) = value(at: start) { acts.append(.removes(path)) } }
    case .copies, .moves:
      if function == .moves, let first { acts.append(.removes(first)) }
      if starts.count > 1, let (to, _) = value(at: starts[1]) { acts.append(.writes(to)) }
    case .opens where name == "input" || name == "FileInput":
      guard named("inplace", starts) != nil else { return }
      for path in first.map({ [$0] }) ?? list(at: starts[0]) ?? [] { acts.append(.writes(path)) }
    case .opens: open(starts, first ?? named("file", starts).flatMap { value(at: $0)?.0 })
    case .changesMode:
      guard starts.count > 1, let first, case .number(let mode)? = token(starts[1]) else { return }
      acts.append(.starts(["chmod", String(mode, radix: 8), first]))
    case .changesDirectory: acts.append(.changesDirectory(first ?? Evaluation.unknown))
    case .runs: run(starts)
    case .executes:
      // Before the program, `spawn…` has how it waits.
      guard let at = starts.firstIndex(where: { value(at: $0) != nil }),
        let (program, _) = value(at: starts[at])
      else { return }
      let given = starts.dropFirst(at + 1)
      let words = given.first.flatMap { list(at: $0) } ?? given.map { value(at: $0)?.0 ?? Evaluation.unknown }
      acts.append(.starts([program] + words.dropFirst()))
    }
  }

  /// `exec("…")`, `eval("…")` of a program's own language.
  mutating func followText(_ name: String, _ index: Int) {
    guard language == .python, name == "exec" || name == "eval", token(index - 1) != .sign("."),
      let start = arguments(ofCall: index + 1).first, let text = value(at: start)?.0
    else { return }
    acts += Self.acts(of: text, in: language, arguments: given)
  }

  /// Whether a program uses a library that writes repositories itself.
  var isGitLibrary: Bool {
    ["Repo", "porcelain", "pygit2", "dulwich", "simpleGit", "nodegit", "Rugged", "isomorphic"].contains {
      name in
      tokens.contains(.name(name))
    }
  }

  /// `__import__('os')`, `require('fs')`.
  private func isModule(endingAt close: Int) -> Bool {
    guard case .text? = token(close - 1), token(close - 2) == .sign("("),
      case .name(let name)? = token(close - 3)
    else { return false }
    return ["__import__", "import_module", "require"].contains(name)
  }

  /// Names that mean something only as a function of a module, or by themselves.
  func isFunction(_ name: String, _ function: Function, _ index: Int) -> Bool {
    guard token(index - 1) == .sign(".") || token(index - 1) == .sign(":") else {
      // In these languages they need no module.
      return language.isFree || !Self.ofModules.contains(name) || imported.values.contains(name)
    }
    guard Self.ofModules.contains(name) || function == .runs else { return true }
    if token(index - 2) == .sign(")"), isModule(endingAt: index - 2) { return true }
    guard case .name(let module)? = token(index - 2) else {
      return !Self.ofModules.contains(name) && function == .runs
    }
    return Self.modules.contains(imported[module] ?? module)
      || !Self.ofModules.contains(name) && name != "exec" && name != "call" && name != "run"
  }

  mutating func open(_ starts: [Int], _ first: String?) {
    if language == .perl {
      // open(my $handle, '>', 'file') or open(HANDLE, ">file").
      let texts = starts.compactMap { value(at: $0)?.0 }
      if let at = texts.firstIndex(where: { $0.hasPrefix(">") || $0.hasPrefix("+<") }) {
        let mode = texts[at].drop { ">+< ".contains($0) }
        let path = mode.isEmpty || mode.hasPrefix(":") ? texts.dropFirst(at + 1).first : String(mode)
        if let path { acts.append(.writes(path)) }
      }
      if let at = texts.firstIndex(where: { $0.hasPrefix("|") || $0 == "-|" }) {
        acts.append(
          .runs(
            texts[at].count > 2
              ? String(texts[at].dropFirst()) : texts.dropFirst(at + 1).joined(separator: " ")))
      }
      return
    }
    let modeAt = named("mode", starts) ?? (starts.count > 1 ? starts[1] : nil)
    guard let mode = modeAt.flatMap({ value(at: $0)?.0 }), mode.utf8.count < 5,
      mode.contains(where: { "wax+c".contains($0) }), let first
    else { return }
    acts.append(.writes(first))
  }

  mutating func run(_ starts: [Int]) {
    var (moves, hides) = (false, false)
    if let at = named("cwd", starts) ?? named("chdir", starts) {
      acts.append(.changesDirectory(value(at: at)?.0 ?? Evaluation.unknown))
      moves = true
    }
    // `env={}` and a dictionary that takes nothing over.
    if let at = named("env", starts), token(at) == .sign("{"), token(at + 1) != .sign("*"),
      token(at + 1) != .sign(".")
    {
      acts.append(.hides)
      hides = true
    }
    defer {
      if moves { acts.append(.returns) }
      if hides { acts.append(.shows) }
    }
    if case .name(let name)? = token(starts[0]), lists[name] == nil, let rows = tables[name] {
      for row in rows { acts.append(.starts(row)) }
      return
    }
    if let words = list(at: starts[0]) ?? named("args", starts).flatMap({ list(at: $0) }) {
      let program = value(at: starts[0])?.0
      return acts.append(.starts(list(at: starts[0]) == nil ? [program].compactMap { $0 } + words : words))
    }
    guard let (first, _) = value(at: starts[0]) else { return }
    if starts.count > 1, let words = list(at: starts[1]) { return acts.append(.starts([first] + words)) }
    // Several texts are a program and its arguments; one is a line for a shell.
    let rest = starts.dropFirst().compactMap { start -> String? in
      if token(start + 1) == .sign("=") || token(start + 1) == .sign(":") || token(start) == .sign("{") {
        return nil
      }
      return value(at: start)?.0
    }
    if first.contains(" ") || rest.isEmpty || language == .javascript || language == .php {
      acts.append(.runs(first))
    } else {
      acts.append(.starts([first] + rest))
    }
  }
}
