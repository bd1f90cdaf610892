/// Follows a command line from command to command, as a shell would, and writes down what it starts. What cannot be
/// known stays a mark in the words.
struct Evaluation {
  let world: ShellWorld
  /// What is started, in order.
  var found: [Invocation] = []
  var unreadable: String?
  /// The variables, functions and directory of the shell at this point.
  var shell: ShellState
  /// Other states in which the shell may be as well.
  var others: [ShellState] = []
  /// States in which a function has returned before its end.
  private var returned: [ShellState] = []
  /// What the line itself wrote into files, by absolute path: a script that it then runs is known.
  var files: [String: String] = [:]
  /// What the command at hand reads; nil where the line does not say.
  var input: String?
  /// How many more commands are followed: nested ones could otherwise take for ever.
  private var budget = 5000
  /// How often the command at hand runs, in the loops that it is in.
  private var repetitions = 1
  /// Bytes of all words that were expanded.
  var written = 0
  private(set) var depth = 0

  private static let deepest = 25

  init(_ world: ShellWorld) {
    self.world = world
    shell = ShellState(directory: .known(ShellPath.normal(".", in: world.directory)))
  }

  // MARK: Text

  /// Follows a text of commands.
  ///
  /// - Returns: what it prints, as far as that is known.
  @discardableResult
  mutating func run(text: String) -> String {
    depth += 1
    defer { depth -= 1 }
    guard text.utf8.count <= Self.longest else {
      unreadable = unreadable ?? "it is too long"
      return Self.unknown
    }
    let isKnown = !Mark.isIn(text)
    guard depth <= Self.deepest else {
      unreadable = "it is nested too deeply"
      return Self.unknown
    }
    var reader = Reader(Array(Mark.source(text).utf8), depth: min(depth - 1, 10))
    do {
      return run(try reader.readAll())
    } catch {
      // A text that is half unknown may be whole when it runs.
      if isKnown { unreadable = unreadable ?? error.why }
      return Self.unknown
    }
  }

  /// The same for a text that another program runs, and may take for something else.
  @discardableResult
  mutating func runIfReadable(_ text: String) -> String {
    let before = unreadable
    let output = run(text: text)
    unreadable = before
    return output
  }

  static let unknown = String(Mark.unknown)

  // MARK: Commands

  @discardableResult
  mutating func run(_ commands: [Command]) -> String {
    var output = ""
    for command in commands { output += run(command) }
    return output
  }

  mutating func run(_ command: Command) -> String {
    budget -= 1
    guard budget > 0 else {
      unreadable = unreadable ?? "it has too many commands"
      return Self.unknown
    }
    switch command {
    case .list(let commands): return run(commands)
    case .chain(let first, let links): return run(chain: first, links)
    case .negated(let command):
      let output = run(command)
      everywhere { $0.ending = $0.ending == .success ? .failure : $0.ending == .failure ? .success : .either }
      return output
    case .conditional(let branches, let otherwise): return run(conditional: branches, otherwise: otherwise)
    case .repetition(let condition, let isUntil, let body):
      return run(repetition: condition, isUntil: isUntil, body)
    case .selection(let subject, let branches):
      return inEachState { $0.run(selection: subject, branches) }
    case .simple, .subshell, .pipeline, .loop, .function, .redirected:
      return inEachState { $0.runAlone(command) }
    }
  }

  /// Follows a command in the one state in which the shell is.
  private mutating func runAlone(_ command: Command) -> String {
    switch command {
    case .simple(let simple): return run(simple)
    case .subshell(let commands):
      var ending = Ending.likely
      let output = inSubshell {
        let output = $0.run(commands)
        ending = $0.others.isEmpty ? $0.shell.ending : .either
        return output
      }
      shell.ending = ending
      return output
    case .pipeline(let commands): return run(pipeline: commands)
    case .loop(let name, let words, let body): return run(loop: name, words, body)
    case .function(let name, let body):
      shell.functions[name] = body
      return ""
    case .redirected(let command, let redirections):
      let redirected = redirect(redirections)
      return write(redirected, with(input: redirected.input ?? input) { $0.run(command) })
    default: return run(command)
    }
  }

  mutating func inSubshell(_ body: (inout Evaluation) -> String) -> String {
    let before = (shell, others)
    others = []
    defer { (shell, others) = before }
    return body(&self)
  }

  mutating func with(input: String?, _ body: (inout Evaluation) -> String) -> String {
    let before = self.input
    self.input = input
    defer { self.input = before }
    return body(&self)
  }

  private mutating func run(pipeline commands: [Command]) -> String {
    var carried = input
    var ending = Ending.likely
    for command in commands {
      carried = inSubshell { evaluation in
        let output = evaluation.with(input: carried) { $0.run(command) }
        ending = evaluation.others.isEmpty ? evaluation.shell.ending : .either
        return output
      }
    }
    shell.ending = ending
    return carried ?? Self.unknown
  }

  /// A loop over few words runs for each; over many, its variable stands for all of them at once.
  private mutating func run(loop name: String, _ words: [WordTree]?, _ body: [Command]) -> String {
    let values = words.map { $0.flatMap { fields($0) } } ?? shell.positional
    guard !values.isEmpty else { return "" }
    let before = repetitions
    defer { repetitions = before }
    if values.count <= 3, repetitions * values.count <= 30 {
      repetitions *= values.count
      var output = ""
      for value in values {
        everywhere { $0.variables[name] = value }
        output += run(body)
      }
      return output
    }
    shell.variables[name] = Mark.alternatives(values)
    return run(body)
  }

  // MARK: Simple commands

  private mutating func run(_ command: SimpleCommand) -> String {
    var assigned: [String: String] = [:]
    for assignment in command.assignments {
      let value =
        assignment.values.count == 1 && !assignment.isArray
        ? self.value(assignment.values[0])
        : assignment.values.flatMap { fields($0) }.joined(separator: String(Mark.split))
      let before = assignment.appends ? assigned[assignment.name] ?? variable(assignment.name) ?? "" : ""
      let joins = assignment.isArray && !before.isEmpty && !value.isEmpty
      assigned[assignment.name] = before + (joins ? String(Mark.split) : "") + value
    }
    let words = command.words.flatMap { fields($0) }
    let redirected = redirect(command.redirections)
    shell.ending = .likely
    guard !words.isEmpty else {
      shell.variables.merge(assigned) { $1 }
      for name in assigned.keys where shell.exportsAll || world.environment(name) != nil {
        shell.exported.insert(name)
      }
      if !assigned.isEmpty { emit([]) }
      // `$(<file)`.
      return write(redirected, redirected.input ?? "")
    }
    let before = (variables: shell.variables, exported: shell.exported)
    if !assigned.isEmpty {
      shell.variables.merge(assigned) { $1 }
      shell.exported.formUnion(assigned.keys)
    }
    let output = with(input: redirected.input ?? input) { $0.start(words) }
    // `declare -a NAME=(…)` is no assignment for the command alone.
    let isDeclaration = ["declare", "typeset", "local", "readonly", "export"].contains(words[0])
    for name in isDeclaration ? [] : Array(assigned.keys) {
      everywhere {
        $0.variables[name] = before.variables[name]
        if !before.exported.contains(name) { $0.exported.remove(name) }
      }
    }
    return write(redirected, output)
  }

  /// Follows a program with its arguments.
  ///
  /// - Returns: what it prints, as far as that is known.
  mutating func start(_ words: [String]) -> String {
    budget -= 1
    guard let first = words.first, budget > 0 else {
      if budget <= 0 { unreadable = unreadable ?? "it has too many commands" }
      return Self.unknown
    }
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else {
      unreadable = unreadable ?? "it is nested too deeply"
      return Self.unknown
    }
    let program = Mark.plain(first)
    let arguments = Array(words.dropFirst())
    if let body = shell.functions[program] {
      return run(function: body, arguments)
    }
    if let alias = shell.aliases[program] {
      shell.aliases[program] = nil
      defer { shell.aliases[program] = alias }
      return run(text: alias + " " + arguments.map(Mark.quoted).joined(separator: " "))
    }
    // A script that the line itself wrote.
    if program.utf8.contains(UInt8(ascii: "/")), let path = absolute(first), let text = files[path] {
      return inSubshell {
        $0.shell.positional = arguments
        return $0.run(script: text, path)
      }
    }
    return dispatch(Invocation.name(of: program), arguments, words)
  }

  private mutating func run(function body: Command, _ arguments: [String]) -> String {
    let before = (shell, returned)
    shell.positional = arguments
    (shell.locals, returned) = ([], [])
    let output = run(body)
    become(states + returned)
    returned = before.1
    everywhere {
      for name in $0.locals { $0.variables[name] = before.0.variables[name] }
      ($0.positional, $0.locals) = (before.0.positional, before.0.locals)
    }
    return output
  }

  /// `return` and `exit`: what follows does not run in this state.
  mutating func end(isFunction: Bool) {
    if isFunction { returned.append(shell) }
    shell.isOver = true
  }

  /// Writes down that a program starts.
  mutating func emit(_ words: [String], outputs: [String] = []) {
    found.append(
      Invocation(
        words: words.map(Word.init(raw:)), variables: shell.variables,
        removed: shell.removed, directory: shell.directory, input: input.map(Word.init(raw:)),
        outputs: outputs.map(Word.init(raw:)), newRepositories: shell.made, newWorktrees: shell.worktrees,
        links: shell.links,
        exported: shell.exported,
        isEnvironmentEmpty: shell.isEnvironmentEmpty))
  }

  // MARK: Redirections

  struct Redirected {
    var input: String?
    var outputs: [String] = []
    /// Where what is printed goes.
    var standardOutput: [String] = []
    var isRedirected = false
  }

  private mutating func redirect(_ redirections: [Redirection]) -> Redirected {
    var result = Redirected()
    for redirection in redirections {
      switch redirection.kind {
      case .document:
        if let document = redirection.document { result.input = text(document.parts) }
      case .string: result.input = value(redirection.target) + "\n"
      case .input:
        let path = value(redirection.target)
        result.input = absolute(path).flatMap { files[$0] }
      case .duplicate: if redirection.target.bare == nil { _ = value(redirection.target) }
      case .output:
        let targets = fields(redirection.target)
        result.outputs += targets
        if redirection.descriptor ?? 1 == 1 { (result.standardOutput, result.isRedirected) = (targets, true) }
      }
    }
    if !result.outputs.isEmpty { emit([], outputs: result.outputs) }
    return result
  }

  /// Remembers what was printed into files.
  private mutating func write(_ redirected: Redirected, _ output: String) -> String {
    guard redirected.isRedirected else { return output }
    for target in redirected.standardOutput {
      if let path = absolute(target) { files[path] = (files[path] ?? "") + output }
    }
    return ""
  }

  /// A path as an absolute one; nil where it is not known.
  func absolute(_ path: String) -> String? {
    let isAbsolute = path.utf8.first == UInt8(ascii: "/")
    guard Word(raw: path).isKnown else { return nil }
    if case .known(let directory) = shell.directory {
      return ShellPath.normal(Mark.plain(path), in: directory)
    }
    return isAbsolute ? ShellPath.normal(Mark.plain(path), in: "/") : nil
  }
}
