/// Follows a command line from command to command, as a shell would, and writes down what it starts. What cannot be
/// known stays a mark in the words.
struct Evaluation {
  let world: ShellWorld
  /// What is started, in order.
  var found: [Invocation] = []
  var unreadable: String?
  /// The variables, functions and directory of the shell at this point.
  var shell: ShellState
  /// What the line itself wrote into files, by absolute path: a script that it then runs is known.
  var files: [String: String] = [:]
  /// What the command at hand reads; nil where the line does not say.
  var input: String?
  /// How many more commands are followed: nested ones could otherwise take for ever.
  private var budget = 3000
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

  static let unknown = String(Mark.unknown)

  // MARK: Commands

  @discardableResult
  mutating func run(_ commands: [Command]) -> String {
    var output = ""
    for command in commands { output += run(command) }
    return output
  }

  private mutating func run(_ command: Command) -> String {
    budget -= 1
    guard budget > 0 else {
      unreadable = unreadable ?? "it has too many commands"
      return Self.unknown
    }
    switch command {
    case .simple(let simple): return run(simple)
    case .list(let commands): return run(commands)
    case .subshell(let commands): return inSubshell { $0.run(commands) }
    case .pipeline(let commands): return run(pipeline: commands)
    case .loop(let name, let words, let body): return run(loop: name, words, body)
    case .function(let name, let body):
      shell.functions[name] = body
      return ""
    case .redirected(let command, let redirections):
      let redirected = redirect(redirections)
      return write(redirected, with(input: redirected.input ?? input) { $0.run(command) })
    }
  }

  mutating func inSubshell(_ body: (inout Evaluation) -> String) -> String {
    let before = shell
    defer { shell = before }
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
    for command in commands {
      carried = inSubshell { evaluation in
        evaluation.with(input: carried) { $0.run(command) }
      }
    }
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
        shell.variables[name] = value
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
        assignment.values.count == 1
        ? self.value(assignment.values[0])
        : assignment.values.flatMap { fields($0) }.joined(separator: String(Mark.split))
      let before = assignment.appends ? assigned[assignment.name] ?? variable(assignment.name) ?? "" : ""
      assigned[assignment.name] = before + value
    }
    let words = command.words.flatMap { fields($0) }
    let redirected = redirect(command.redirections)
    guard !words.isEmpty else {
      shell.variables.merge(assigned) { $1 }
      if !assigned.isEmpty { emit([]) }
      // `$(<file)`.
      return write(redirected, redirected.input ?? "")
    }
    let before = shell.variables
    if !assigned.isEmpty { shell.variables.merge(assigned) { $1 } }
    let output = with(input: redirected.input ?? input) { $0.start(words) }
    for name in assigned.keys { shell.variables[name] = before[name] }
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
      let before = shell.positional
      shell.positional = arguments
      defer { shell.positional = before }
      return run(body)
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

  /// Writes down that a program starts.
  mutating func emit(_ words: [String], outputs: [String] = []) {
    found.append(
      Invocation(
        words: words.map(Word.init(raw:)), variables: shell.variables,
        removed: shell.removed, directory: shell.directory, input: input.map(Word.init(raw:)),
        outputs: outputs.map(Word.init(raw:)), newRepositories: shell.made,
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

/// What a shell knows at one point.
struct ShellState {
  var directory: ShellDirectory
  var previous: ShellDirectory?
  var stack: [ShellDirectory] = []
  var variables: [String: String] = [:]
  /// Variables that were taken out of the environment.
  var removed: Set<String> = []
  var isEnvironmentEmpty = false
  var functions: [String: Command] = [:]
  var aliases: [String: String] = [:]
  /// Aliases of git that the line sets.
  var gitAliases: [String: String] = [:]
  var positional: [String] = []
  /// Repositories that the line makes, by their directories: what runs in them is not ours.
  var made: Set<String> = []

  init(directory: ShellDirectory) {
    self.directory = directory
  }
}
