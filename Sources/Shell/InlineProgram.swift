/// A program in another language that stands on a command line: which files it writes and which commands it runs, as
/// far as its calls say so in plain words. It is no parser of these languages: strings, names and calls look much the
/// same in all of them.
struct InlineProgram {
  /// A language by how its programs are written.
  enum Language {
    case python, javascript, ruby, perl, php, awk

    init?(program name: String) {
      switch name.prefix(while: { !$0.isNumber && $0 != "." }) {
      case "python", "pypy", "ipython": self = .python
      case "node", "deno", "bun", "nodejs", "tsx", "ts-node": self = .javascript
      case "ruby", "jruby": self = .ruby
      case "perl": self = .perl
      case "php": self = .php
      case "awk", "gawk", "mawk", "nawk": self = .awk
      default: return nil
      }
    }

    /// Whether an option has the program's text as its value.
    func takesText(_ option: String) -> Bool {
      switch self {
      case .python: option.hasPrefix("-") && !option.hasPrefix("--") && option.hasSuffix("c")
      case .javascript: ["-e", "--eval", "-p", "--print", "eval", "-pe"].contains(option)
      case .ruby, .perl:
        option.hasPrefix("-") && !option.hasPrefix("--")
          && (option.hasSuffix("e") || (self == .perl && option.hasSuffix("E"))) && option.count < 8
      case .php: option == "-r"
      case .awk: false
      }
    }

    /// Whether an option has another value.
    func takesValue(_ option: String) -> Bool {
      switch self {
      case .python: ["-W", "-X"].contains(option)
      case .javascript: ["-r", "--require", "--import"].contains(option)
      case .awk: ["-F", "-v", "-i"].contains(option)
      case .ruby, .perl: option == "-I"
      case .php: false
      }
    }
  }

  /// What a program does.
  enum Act: Equatable {
    case writes(String)
    case removes(String)
    /// Runs a text of a shell.
    case runs(String)
    /// Runs a program with its arguments.
    case starts([String])
    case changesDirectory(String)
    /// What follows runs where it did before.
    case returns
  }

  private let language: Language
  private let tokens: [Token]
  private let given: [String]
  private var acts: [Act] = []
  /// Variables with a known text, and lists of such.
  private var texts: [String: String] = [:]
  private var lists: [String: [String]] = [:]
  /// Variables that hold a path object, whose methods write.
  private var paths: Set<String> = []
  /// What imported names stand for, by the names that the program gives them.
  private var imported: [String: String] = [:]

  /// Reads a program.
  ///
  /// - Parameter arguments: what stands behind it.
  static func acts(of text: String, in language: Language, arguments: [String]) -> [Act] {
    guard text.utf8.contains(where: { $0 == UInt8(ascii: "(") || $0 == 0x60 || $0 == 0x22 || $0 == 0x27 })
    else {
      return []
    }
    var program = InlineProgram(
      language: language, tokens: Tokenizer.tokens(of: text, in: language), given: arguments)
    program.read()
    return program.acts
  }

  private init(language: Language, tokens: [Token], given: [String]) {
    (self.language, self.tokens, self.given) = (language, tokens, given)
  }

  private func token(_ index: Int) -> Token? { tokens.indices.contains(index) ? tokens[index] : nil }

  private mutating func read() {
    if language == .awk { return readAwk() }
    for index in tokens.indices where tokens[index] == .name("import") || tokens[index] == .name("require") {
      readImport(index)
    }
    var index = 0
    while index < tokens.count {
      switch tokens[index] {
      case .name(let name):
        if isAssignment(index) { assign(name, index + 2) }
        call(name, index)
      case .command(let text): acts.append(.runs(text))
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

  private func isAssignment(_ index: Int) -> Bool {
    guard token(index + 1) == .sign("="), token(index + 2) != .sign("="), token(index - 1) != .sign(".")
    else {
      return false
    }
    // A named argument of a call is none.
    return token(index - 1) != .sign("(") && token(index - 1) != .sign(",")
  }

  private mutating func assign(_ name: String, _ index: Int) {
    texts[name] = nil
    lists[name] = nil
    paths.remove(name)
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

  // MARK: Values

  /// The text of an expression, and where it ends; nil where it is not known.
  private func value(at start: Int) -> (String, Int)? {
    guard var (text, index) = term(at: start) else { return nil }
    while let next = token(index) {
      if case .text(let more) = next, language == .python || language == .ruby {
        text += more
        index += 1
      } else if next == .sign("+")
        || next == .sign(".") && language != .python && language != .javascript
          && language != .ruby,
        let (more, end) = term(at: index + 1)
      {
        (text, index) = (text + more, end)
      } else if next == .sign("/"), let (more, end) = term(at: index + 1) {
        (text, index) = (text + "/" + more, end)
      } else {
        break
      }
    }
    return (text, index)
  }

  private func term(at index: Int) -> (String, Int)? {
    switch token(index) {
    case .text(let text): return (filled(text), index + 1)
    case .sign("("):
      return value(at: index + 1).flatMap { token($0.1) == .sign(")") ? ($0.0, $0.1 + 1) : nil }
    case .name(let name):
      if ["pathlib", "os", "path", "process", "sys", "tempfile", "File", "posixpath"].contains(name),
        token(index + 1) == .sign(".")
      {
        return term(at: index + 2)
      }
      if ["path", "argv", "ARGV"].contains(name), token(index + 1) == .sign(".") {
        return term(at: index + 2)
      }
      if name == "argv" || name == "ARGV", token(index + 1) == .sign("["),
        case .number(let number)? = token(index + 2)
      {
        let offset = name == "ARGV" ? number : number - (language == .javascript ? 2 : 1)
        return given.indices.contains(offset) ? (given[offset], index + 4) : nil
      }
      if [
        "mkdtemp", "mkstemp", "TemporaryDirectory", "NamedTemporaryFile", "mktemp", "mkdtempSync", "tmpdir",
      ]
      .contains(name) {
        return (String(Mark.temporary), end(ofCall: index + 1) ?? index + 1)
      }
      if ["Path", "PurePath", "str", "fspath", "abspath", "realpath", "resolve", "join", "expanduser", "new"]
        .contains(name),
        token(index + 1) == .sign("("), let close = end(ofCall: index + 1)
      {
        let parts = arguments(ofCall: index + 1).map { value(at: $0)?.0 }
        guard !parts.isEmpty, !parts.contains(nil) else { return nil }
        return (parts.compactMap { $0 }.joined(separator: "/"), close)
      }
      return texts[name].map { ($0, index + 1) }
    default: return nil
    }
  }

  /// A text with the variables that stand in it.
  private func filled(_ text: String) -> String {
    guard text.unicodeScalars.contains(Tokenizer.begin) else { return text }
    var result = ""
    var name: String?
    for scalar in text.unicodeScalars {
      switch scalar {
      case Tokenizer.begin: name = ""
      case Tokenizer.end:
        result += name.flatMap { texts[$0] } ?? Evaluation.unknown
        name = nil
      default:
        if name != nil { name?.unicodeScalars.append(scalar) } else { result.unicodeScalars.append(scalar) }
      }
    }
    return result
  }

  /// A list of texts: `['git', 'commit']`, `qw(git commit)`, `'git commit'.split()`.
  private func list(at start: Int) -> [String]? {
    switch token(start) {
    case .words(let words): return words
    case .name(let name):
      if name == "split", token(start - 1) == .sign("."), token(start + 1) == .sign("("),
        case .text(let text)? = token(start + 2)
      {
        return text.split(separator: " ").map(String.init)
      }
      if name == "shlex" { return list(at: start + 2) }
      return token(start + 1) == .sign(".") ? nil : lists[name]
    case .text(let text):
      guard token(start + 1) == .sign("."), token(start + 2) == .name("split") else { return nil }
      return text.split(separator: " ").map(String.init)
    case .sign("["), .sign("("):
      var words: [String] = []
      var index = start + 1
      while let next = token(index), next != .sign("]"), next != .sign(")") {
        if let (word, end) = value(at: index) {
          words.append(word)
          index = end
        } else if next == .sign("*") || next == .sign("."), case .name(let name)? = token(index + 1),
          let more = lists[name]
        {
          words += more
          index += 2
        } else if next != .sign(",") {
          words.append(Evaluation.unknown)
          index = skipped(index)
        }
        if token(index) == .sign(",") {
          index += 1
        } else if token(index) != .sign("]"), token(index) != .sign(")") {
          break
        }
      }
      if token(start) == .sign("("), words.count < 2 { return nil }
      return words
    default: return nil
    }
  }

  /// Where an expression ends that was not understood: the next comma or bracket of its level.
  private func skipped(_ start: Int) -> Int {
    var depth = 0
    var index = start
    while let next = token(index) {
      switch next {
      case .sign("("), .sign("["), .sign("{"): depth += 1
      case .sign(")"), .sign("]"), .sign("}"):
        if depth == 0 { return index }
        depth -= 1
      case .sign(","): if depth == 0 { return index }
      default: break
      }
      index += 1
    }
    return index
  }

  // MARK: Calls

  /// Where the arguments of a call begin, standing at its parenthesis.
  private func arguments(ofCall open: Int) -> [Int] {
    guard token(open) == .sign("("), token(open + 1) != .sign(")") else { return [] }
    var starts = [open + 1]
    var index = skipped(open + 1)
    while token(index) == .sign(","), starts.count < 30 {
      starts.append(index + 1)
      index = skipped(index + 1)
    }
    return starts
  }

  private func end(ofCall open: Int) -> Int? {
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
  private func starts(_ index: Int) -> [Int] {
    if token(index + 1) == .sign("(") { return arguments(ofCall: index + 1) }
    guard language == .perl || language == .ruby else { return [] }
    switch token(index + 1) {
    case .text, .words, .name:
      var starts = [index + 1]
      var next = skipped(index + 1)
      while token(next) == .sign(","), starts.count < 30 {
        starts.append(next + 1)
        next = skipped(next + 1)
      }
      return starts
    default: return []
    }
  }

  /// The value of a named argument (`mode='w'`, `cwd: 'x'`).
  private func named(_ name: String, _ starts: [Int]) -> Int? {
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

  private func receiver(_ index: Int) -> (value: String, isPath: Bool)? {
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
      guard open > 0, case .name(let name)? = token(open - 1) else {
        return value(at: open).map { ($0.0, tokens[max(0, open)..<index].contains(.name("Path"))) }
      }
      return term(at: open - 1).map { ($0.0, name == "Path") }
    default: return nil
    }
  }

  private mutating func call(_ name: String, _ index: Int) {
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
    case .opens: open(starts, first)
    case .changesDirectory: acts.append(.changesDirectory(first ?? Evaluation.unknown))
    case .runs: run(starts)
    }
  }

  /// Whether a program uses a library that writes repositories itself.
  private var isGitLibrary: Bool {
    ["Repo", "porcelain", "pygit2", "dulwich", "simpleGit", "nodegit", "Rugged", "isomorphic"].contains {
      name in
      tokens.contains(.name(name))
    }
  }

  /// Names that mean something only as a function of a module, or by themselves.
  private func isFunction(_ name: String, _ function: Function, _ index: Int) -> Bool {
    guard token(index - 1) == .sign(".") || token(index - 1) == .sign(":") else {
      // In these languages they need no module.
      let isFree = language == .perl || language == .ruby || language == .php
      return isFree || !Self.ofModules.contains(name) || imported.values.contains(name)
    }
    guard Self.ofModules.contains(name) || function == .runs else { return true }
    guard case .name(let module)? = token(index - 2) else {
      return !Self.ofModules.contains(name) && function == .runs
    }
    return Self.modules.contains(module)
      || !Self.ofModules.contains(name) && name != "exec" && name != "call" && name != "run"
  }

  private mutating func open(_ starts: [Int], _ first: String?) {
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

  private mutating func run(_ starts: [Int]) {
    var moves = false
    if let at = named("cwd", starts) ?? named("chdir", starts) {
      acts.append(.changesDirectory(value(at: at)?.0 ?? Evaluation.unknown))
      moves = true
    }
    defer { if moves { acts.append(.returns) } }
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

  // MARK: awk

  /// `print > "file"`, `"command" | getline`, `print | "command"` and `system("command")`.
  private mutating func readAwk() {
    var prints = false
    for (index, token) in tokens.enumerated() {
      switch token {
      case .name("print"), .name("printf"): prints = true
      case .sign(";"), .sign("{"), .sign("}"), .line: prints = false
      case .text(let text):
        if prints, self.token(index - 1) == .sign(">") { acts.append(.writes(text)) }
        if self.token(index - 1) == .sign("|") || self.token(index + 1) == .sign("|") {
          acts.append(.runs(text))
        }
        if self.token(index - 1) == .sign("("), self.token(index - 2) == .name("system") {
          acts.append(.runs(text))
        }
      default: break
      }
    }
  }
}
