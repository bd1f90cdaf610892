/// A program in another language that stands on a command line: which files it writes and which commands it runs, as
/// far as its calls say so in plain words. It is no parser of these languages: strings, names and calls look much the
/// same in all of them.
struct InlineProgram {
  /// What a program does.
  enum Act: Equatable {
    case writes(String)
    case removes(String)
    /// Runs a text of a shell.
    case runs(String)
    /// Runs a program with its arguments.
    case starts([String])
    case changesDirectory(String)
    /// A variable of the environment gets a value, or goes.
    case sets(String, String?)
    /// What follows runs without the environment.
    case hides
    /// What follows has it again.
    case shows
    /// What follows runs where it did before.
    case returns
  }

  let language: Language
  private(set) var tokens: [Token]
  let given: [String]
  var acts: [Act] = []
  /// Variables with a known text, and lists of such.
  var texts: [String: String] = [:]
  var lists: [String: [String]] = [:]
  /// Lists whose elements are rows, and dictionaries.
  var tables: [String: [[String]]] = [:]
  /// Variables that hold a path object, whose methods write.
  var paths: Set<String> = []
  /// What imported names stand for, by the names that the program gives them.
  var imported: [String: String] = [:]

  /// Reads a program.
  ///
  /// - Parameters:
  ///   - arguments: what stands behind it.
  ///   - variables: those that it is given by name.
  static func acts(
    of text: String, in language: Language, arguments: [String], variables: [String: String] = [:]
  ) -> [Act] {
    guard text.utf8.contains(where: { "(`\"'{".utf8.contains($0) })
    else {
      return []
    }
    var program = InlineProgram(
      language: language, tokens: Tokenizer.tokens(of: text, in: language), given: arguments)
    program.texts = variables
    program.read()
    var called: [Act] = []
    for (parameter, words) in program.calls() {
      var again = program
      again.acts = []
      again.lists[parameter] = words
      again.read()
      called += again.acts
    }
    let parameters = program.parameters()
    guard !parameters.isEmpty else { return program.acts + called }
    // What its own functions get is known only now.
    var known = program
    known.acts = []
    known.texts.merge(program.given(parameters)) { $1 }
    known.read()
    return known.acts + called
  }

  private init(language: Language, tokens: [Token], given: [String]) {
    (self.language, self.tokens, self.given) = (language, tokens, given)
  }

  func token(_ index: Int) -> Token? { tokens.indices.contains(index) ? tokens[index] : nil }

  private mutating func read() {
    if language == .awk { return readAwk() }
    // The loop of a comprehension stands behind what it does.
    for index in tokens.indices where tokens[index] == .name("for") { bindLoop(index) }
    for index in tokens.indices where tokens[index] == .name("import") || tokens[index] == .name("require") {
      readImport(index)
    }
    // `from pathlib import Path as P`.
    for (name, meant) in imported where meant == "Path" && name != meant {
      for index in tokens.indices where tokens[index] == .name(name) { tokens[index] = .name(meant) }
    }
    var index = 0
    while index < tokens.count {
      switch tokens[index] {
      case .name(let name):
        if isAssignment(index) { assign(name, index + 2) }
        if name == "for" || name == "foreach" { bindLoop(index) }
        if ["forEach", "each", "map"].contains(name) { bindEach(index) }
        call(name, index)
        if name == "environ" || name == "env" { environment(index) }
      case .command(let text): acts.append(.runs(text))
      // `"git commit".execute()`.
      case .text(let text)
      where language == .groovy && token(index + 1) == .sign(".") && token(index + 2) == .name("execute"):
        acts.append(.runs(text))
      default: break
      }
      index += 1
    }
  }

  /// `from os import remove as r`, `import { rmSync as r } from 'fs'`, `const { rmSync: r } = require('fs')`.
  private mutating func readImport(_ index: Int) {
    let isRequired = tokens[index] == .name("require")
    var names: ArraySlice<Token> = tokens[index...].dropFirst().prefix {
      $0 != .line && $0 != .sign(";") && $0 != .text("")
    }
    if isRequired {
      guard let open = tokens[..<index].lastIndex(of: .sign("{")), index - open < 40 else { return }
      names = tokens[(open + 1)..<index]
    }
    var last: String?
    var renames = false
    for token in names {
      switch token {
      case .name("as"), .sign(":"): renames = true
      case .name("from"), .sign("}"): return
      case .name(let name):
        imported[name] = renames ? last : name
        (last, renames) = (name, false)
      default: renames = false
      }
    }
  }

  /// `os.environ['A'] = 'b'`, `os.environ.pop('A')`, `del os.environ['A']`, `process.env.A = 'b'`, `delete process.env.A`.
  private mutating func environment(_ index: Int) {
    var name: String?
    var end = index + 2
    switch (token(index + 1), token(index + 2)) {
    case (.sign("["), .text(let text)): (name, end) = (text, index + 4)
    case (.sign("."), .name("pop")), (.sign("."), .name("delete")):
      guard let (text, _) = value(at: index + 4) else { return }
      return acts.append(.sets(text, nil))
    case (.sign("."), .name(let text)) where language == .javascript: (name, end) = (text, index + 3)
    default: break
    }
    guard let name else { return }
    if [.name("del"), .name("delete")].contains(token(index - 3)) {
      acts.append(.sets(name, nil))
    } else if token(end) == .sign("="), token(end + 1) != .sign("=") {
      acts.append(.sets(name, value(at: end + 1)?.0 ?? Evaluation.unknown))
    }
  }

  private func isAssignment(_ index: Int) -> Bool {
    guard token(index + 1) == .sign("="), token(index + 2) != .sign("="), token(index + 2) != .sign(">"),
      token(index - 1) != .sign(".")
    else {
      return false
    }
    // A named argument of a call is none.
    return token(index - 1) != .sign("(") && token(index - 1) != .sign(",")
  }

  private mutating func assign(_ name: String, _ index: Int) {
    texts[name] = nil
    lists[name] = nil
    tables[name] = nil
    paths.remove(name)
    if [.sign("["), .sign("("), .sign("{")].contains(token(index)), let rows = rows(at: index) {
      tables[name] = rows
    }
    if case .name(let function)? = token(index), Self.functions[function] != nil,
      token(index + 1) != .sign("("),
      token(index + 1) != .sign(".")
    {
      imported[name] = function
    }
    if let list = list(at: index) {
      lists[name] = list
    } else if let (value, end) = value(at: index) {
      texts[name] = value
      if tokens[index..<min(end, tokens.count)].contains(.name("Path")) || token(index).map(isPath) == true {
        paths.insert(name)
      }
    }
  }

  private func isPath(_ token: Token) -> Bool {
    if case .name(let name) = token { paths.contains(name) } else { false }
  }

  // MARK: awk

  /// `print > "file"`, `"command" | getline`, `print | "command"` and `system("command")`.
  private mutating func readAwk() {
    var prints = false
    var printed: String?
    for (index, token) in tokens.enumerated() {
      switch token {
      case .name("print"), .name("printf"): (prints, printed) = (true, value(at: index + 1)?.0)
      case .sign(";"), .sign("{"), .sign("}"), .line: prints = false
      case .name("system"):
        if self.token(index + 1) == .sign("("), let (text, _) = value(at: index + 2) {
          acts.append(.runs(text))
        }
      case .name("getline"):
        if self.token(index - 1) == .sign("|"), let (text, _) = value(at: index - 2) {
          acts.append(.runs(text))
        }
      case .name(let name):
        if self.token(index + 1) == .sign("="), let (text, _) = value(at: index + 2) { texts[name] = text }
      case .sign(">") where prints:
        let target = self.token(index + 1) == .sign(">") ? index + 2 : index + 1
        if self.token(index - 1) != .sign(">"), let (path, _) = value(at: target) {
          acts.append(.writes(path))
        }
      case .sign("|") where prints:
        guard let (text, _) = value(at: index + 1) else { break }
        acts.append(.runs(text))
        let program = text.split(separator: " ").first.map(String.init) ?? ""
        if let printed, Evaluation.shells.contains(Invocation.name(of: program)) {
          acts.append(.runs(printed))
        }
      default: break
      }
    }
  }
}
