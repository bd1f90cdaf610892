/// Programs that make or take lists of files, and run a command for each.
extension Evaluation {
  /// `find … -exec COMMAND`: the command runs on what find finds.
  mutating func find(_ name: String, _ arguments: [String]) {
    let isFd = name != "find"
    let heads = ["-exec", "-execdir", "-ok", "-okdir", "-x", "-X", "--exec", "--exec-batch"]
    let found = arguments.map(Word.init(raw:))
    let target = Mark.alternatives((isFd ? FindLine.places(ofFd: found) : FindLine.places(found)).map(\.raw))
    var rest = arguments[...]
    while let start = rest.firstIndex(where: { heads.contains($0) }) {
      let command = rest[(start + 1)...].prefix { $0 != ";" && $0 != "+" }
      rest = rest[(start + 1 + command.count)...]
      guard !command.isEmpty else { continue }
      var words = command.map { $0.replacing("{}", with: target) }
      // fd puts what it finds at the end.
      if isFd, words == Array(command) { words.append(target) }
      _ = inSubshell { $0.with(input: nil) { $0.start(words.flatMap { Mark.fields($0) }) } }
    }
  }

  /// What a program that lists files prints, as far as their place is known; nil for others.
  func listing(_ name: String, _ arguments: [String]) -> String? {
    let plain = arguments.filter { !$0.hasPrefix("-") }
    let some = { (paths: [String]) -> String in
      let places = paths.isEmpty ? ["."] : paths
      return places.map { Word(raw: $0).isPattern ? $0 : "\($0)/\(Mark.some)" }.joined(separator: "\n") + "\n"
    }
    switch name {
    case "find":
      return FindLine.places(arguments.map(Word.init(raw:))).map(\.raw).joined(separator: "\n") + "\n"
    case "fd", "fdfind":
      return FindLine.places(ofFd: arguments.map(Word.init(raw:))).map(\.raw).joined(separator: "\n") + "\n"
    case "grep", "egrep", "fgrep", "rg", "ag", "ack":
      guard arguments.contains(where: { $0 == "--files-with-matches" || isShort($0, "l") }) else {
        return nil
      }
      return some(Array(plain.dropFirst()))
    case "ls": return plain.isEmpty ? "./\(Mark.some)\n" : some(plain)
    default: return nil
    }
  }

  func isShort(_ word: String, _ option: Character) -> Bool {
    word.hasPrefix("-") && !word.hasPrefix("--") && word.contains(option)
  }

  /// xargs runs a command with what it reads.
  mutating func xargs(_ arguments: [String]) -> String {
    var rest = arguments[...]
    var input = self.input
    var placeholder: String?
    while let word = rest.first, word.hasPrefix("-"), word.count > 1 {
      rest.removeFirst()
      if word == "-I" || word == "-J" || word == "--replace" {
        placeholder = word == "--replace" ? "{}" : rest.popFirst()
      } else if word.hasPrefix("-I") {
        placeholder = String(word.dropFirst(2))
      } else if word == "-i" {
        placeholder = "{}"
      } else if word.hasPrefix("--replace=") {
        placeholder = String(word.dropFirst(10))
      } else if word == "-a" || word == "--arg-file", let file = rest.popFirst() {
        input = absolute(file).flatMap { files[$0] }
      } else if word == "--delimiter" || word == "--max-args" || word == "--max-procs" {
        _ = rest.popFirst()
      } else if word.count == 2, let letter = word.last, "dELnPs".contains(letter) {
        _ = rest.popFirst()
      }
    }
    guard !rest.isEmpty else { return input ?? Self.unknown }
    let read = input ?? Self.unknown
    let values = read.split {
      placeholder == nil ? $0 == " " || $0 == "\n" || $0 == "\0" : $0 == "\n" || $0 == "\0"
    }
    .map(String.init)
    let words: [String]
    if let placeholder {
      let value = values.count == 1 ? values[0] : values.isEmpty ? Self.unknown : Mark.alternatives(values)
      words = rest.flatMap { Mark.fields($0.replacing(placeholder, with: value)) }
    } else {
      words = Array(rest) + values.prefix(200)
    }
    return inSubshell { $0.with(input: nil) { $0.start(words) } }
  }

  /// GNU parallel: `parallel COMMAND ::: VALUES`, or a command for each line that it reads.
  mutating func parallel(_ arguments: [String]) {
    var rest = arguments[...]
    var input = self.input
    while let word = rest.first, word.hasPrefix("-") {
      rest.removeFirst()
      if word == "-a" || word == "--arg-file", let file = rest.popFirst() {
        input = absolute(file).flatMap { files[$0] }
        continue
      }
      let isLong = ["--jobs", "--max-procs", "--delay", "--timeout", "--colsep", "--max-args"]
        .contains(word)
      if isLong || word.count == 2 && word.last.map({ "jNnLdSPC".contains($0) }) == true {
        _ = rest.popFirst()
      }
    }
    let command = rest.prefix { !$0.hasPrefix(":::") }
    let given = rest.dropFirst(command.count).filter { !$0.hasPrefix(":::") }
    let values = given.isEmpty ? (input ?? Self.unknown).split(separator: "\n").map(String.init) : given
    let value = values.count == 1 ? values[0] : Mark.alternatives(values)
    _ = inSubshell { evaluation in
      evaluation.with(input: nil) {
        if command.isEmpty {
          for line in values.prefix(20) { $0.run(text: line) }
          return ""
        }
        let joined = command.joined(separator: " ")
        let text = joined.contains("{}") ? joined.replacing("{}", with: value) : joined + " " + value
        return $0.run(text: text)
      }
    }
  }
}
