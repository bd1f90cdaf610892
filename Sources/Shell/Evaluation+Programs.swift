/// Programs in other languages, as far as the line has their text.
extension Evaluation {
  /// Follows what a program in another language writes and runs, when the line has its text.
  mutating func runProgram(_ language: InlineProgram.Language, _ arguments: [String]) {
    var rest = arguments[...]
    var variables: [String: String] = [:]
    while let word = rest.popFirst() {
      if language.takesText(word) {
        if let text = rest.popFirst() { runProgram(language, text: text, arguments: Array(rest)) }
        return
      }
      if language == .awk, ["-e", "--source"].contains(word), let text = rest.popFirst() {
        runProgram(language, text: text, arguments: Array(rest), variables: variables)
        continue
      }
      if language == .awk, word == "-f" || word == "--file" {
        let file = rest.popFirst() ?? ""
        if let text = file == "-" || file == "/dev/stdin" ? input : absolute(file).flatMap({ files[$0] }) {
          runProgram(language, text: text, arguments: Array(rest), variables: variables)
        }
        return
      }
      if language == .awk, !word.hasPrefix("-") {
        if let first = rest.first { variables["FILENAME"] = first }
        return runProgram(language, text: word, arguments: Array(rest), variables: variables)
      }
      if language == .awk, word.hasPrefix("-v") {
        let setting = word.count > 2 ? String(word.dropFirst(2)) : rest.popFirst() ?? ""
        let parts = setting.split(separator: "=", maxSplits: 1).map(String.init)
        if parts.count == 2 { variables[parts[0]] = parts[1] }
        continue
      }
      // `python3 -m black` is black.
      if word == "-m" {
        if language == .python, !rest.isEmpty { _ = start(Array(rest)) }
        return
      }
      if language.takesValue(word) {
        _ = rest.popFirst()
        continue
      }
      if word == "-" || word == "/dev/stdin" { break }
      if word.hasPrefix("-") { continue }
      if let text = absolute(word).flatMap({ files[$0] }) {
        runProgram(language, text: text, arguments: Array(rest))
      }
      return
    }
    if language != .awk, let input {
      _ = with(input: nil) {
        $0.runProgram(language, text: input, arguments: Array(rest))
        return ""
      }
    }
  }

  private mutating func runProgram(
    _ language: InlineProgram.Language, text: String, arguments: [String], variables: [String: String] = [:]
  ) {
    let isEmpty = shell.isEnvironmentEmpty
    var before = shell.directory
    _ = inSubshell { evaluation in
      for act in InlineProgram.acts(of: text, in: language, arguments: arguments, variables: variables) {
        switch act {
        case .writes(let path): evaluation.emit([], outputs: Mark.fields(path))
        case .removes(let path): evaluation.emit(["rm", "-r"] + Mark.fields(path))
        case .hides: evaluation.shell.isEnvironmentEmpty = true
        case .runs(let text): for text in Mark.fields(text) { evaluation.run(text: text) }
        case .starts(let words): if !words.isEmpty { _ = evaluation.start(words) }
        case .changesDirectory(let path):
          let target = evaluation.directory(path)
          before = evaluation.shell.directory
          // What a program works on elsewhere is its own.
          evaluation.shell.directory = target == .unknown ? .temporary : target
        case .sets(let name, nil): evaluation.remove(name)
        case .sets(let name, let value?):
          evaluation.shell.variables[name] = value
          evaluation.shell.exported.insert(name)
        case .shows: evaluation.shell.isEnvironmentEmpty = isEmpty
        case .returns: evaluation.shell.directory = before
        }
      }
      return ""
    }
  }

  /// Commands that an editor gets on its command line: `!COMMAND` runs one, `w FILE` writes one.
  mutating func editor(_ arguments: [String]) {
    var texts = arguments.filter { $0.hasPrefix("+") }.map { String($0.dropFirst()) }
    for (index, word) in arguments.enumerated()
    where ["-c", "--cmd"].contains(word) && index + 1 < arguments.count {
      texts.append(arguments[index + 1])
    }
    texts += (input ?? "").split(separator: "\n").map(String.init)
    for text in texts {
      var command = text.drop { $0 == ":" || $0 == " " || $0 == "%" }
      for head in ["silent! ", "silent ", "sil ", "r ", "read "] where command.hasPrefix(head) {
        command = command.dropFirst(head.count)
      }
      if command.hasPrefix("call ") || command.hasPrefix("let ") {
        runProgram(.vim, text: String(command), arguments: [])
      } else if command.hasPrefix("lua ") {
        runProgram(.lua, text: String(command.dropFirst(4)), arguments: [])
      } else if command.hasPrefix("!") {
        run(text: String(command.dropFirst()))
      } else if let name = ["w ", "w! ", "saveas ", "write "].first(where: { command.hasPrefix($0) }) {
        emit([], outputs: [String(command.dropFirst(name.count))])
      }
    }
  }

  /// A script that the line itself wrote: its first line may name another language.
  mutating func run(script text: String, _ path: String) -> String {
    let head = text.prefix { $0 != "\n" }
    if head.hasPrefix("#!"),
      let program = head.dropFirst(2).split(whereSeparator: { $0 == " " || $0 == "/" }).last,
      let language = InlineProgram.Language(program: String(program))
    {
      runProgram(language, text: text, arguments: shell.positional)
      return Self.unknown
    }
    return run(text: text)
  }
}
