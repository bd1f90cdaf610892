/// What the expressions of a program stand for, as far as it says so.
extension InlineProgram {
  /// The text of an expression, and where it ends; nil where it is not known.
  func value(at start: Int) -> (String, Int)? {
    guard var (text, index) = term(at: start) else { return nil }
    while let next = token(index) {
      if case .text(let more) = next, [.python, .ruby, .awk].contains(language) {
        text += more
        index += 1
      } else if language == .awk, case .name(let name) = next, let more = texts[name] {
        text += more
        index += 1
      } else if next == .sign("%"), language == .python, text.contains("%") {
        (text, index) = inserted(text, behind: index + 1)
      } else if next == .sign("."), language == .python, token(index + 1) == .name("format"),
        let end = end(ofCall: index + 2)
      {
        for start in arguments(ofCall: index + 2) {
          text = text.replacing("{}", with: value(at: start)?.0 ?? Evaluation.unknown, maxReplacements: 1)
        }
        index = end
      } else if next == .sign("."), token(index + 1) == .sign("."), language == .lua,
        let (more, end) = term(at: index + 2)
      {
        (text, index) = (text + more, end)
      } else if next == .sign("."), token(index + 1) == .name("joinpath"), let end = end(ofCall: index + 2) {
        let parts = arguments(ofCall: index + 2).map { value(at: $0)?.0 ?? Evaluation.unknown }
        (text, index) = (([text] + parts).joined(separator: "/"), end)
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

  /// A text of Python with `%s` and its like, and what is put in their places.
  private func inserted(_ format: String, behind index: Int) -> (String, Int) {
    let end = skipped(index)
    let values = term(at: index).map { [$0.0] } ?? list(at: index) ?? []
    var text = format
    for sign in ["%s", "%d", "%r"] {
      for value in values where text.contains(sign) {
        text = text.replacing(sign, with: value, maxReplacements: 1)
      }
      text = text.replacing(sign, with: Evaluation.unknown)
    }
    return (text, end)
  }

  func term(at index: Int) -> (String, Int)? {
    switch token(index) {
    case .text(let text): return (filled(text), index + 1)
    case .sign("("):
      return value(at: index + 1).flatMap { token($0.1) == .sign(")") ? ($0.0, $0.1 + 1) : nil }
    case .name(let name):
      if name == "Path", token(index + 1) == .sign("."), token(index + 2) == .name("cwd") {
        return term(at: index + 2)
      }
      if ["getcwd", "cwd", "pwd", "getcwdb"].contains(name), token(index + 1) == .sign("("),
        token(index + 2) == .sign(")")
      {
        return (".", index + 3)
      }
      // `require('path').join(…)`.
      if name == "require", token(index + 1) == .sign("("), token(index + 3) == .sign(")"),
        token(index + 4) == .sign(".")
      {
        return term(at: index + 5)
      }
      if name == "__dirname" { return (".", index + 1) }
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
      if name == "dirname", let (path, end) = value(at: index + 2), token(end) == .sign(")") {
        return (ShellPath.parent(path), end + 1)
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
  func filled(_ text: String) -> String {
    guard text.unicodeScalars.contains(Tokenizer.begin) else { return text }
    var result = ""
    var name: String?
    for scalar in text.unicodeScalars {
      switch scalar {
      case Tokenizer.begin: name = ""
      case Tokenizer.end:
        let isHere = ["os.getcwd()", "process.cwd()", "Path.cwd()", "__dirname", "Dir.pwd"].contains(name)
        result += isHere ? "." : name.flatMap { texts[$0] } ?? Evaluation.unknown
        name = nil
      default:
        if name != nil { name?.unicodeScalars.append(scalar) } else { result.unicodeScalars.append(scalar) }
      }
    }
    return result
  }

  /// A list of texts: `['git', 'commit']`, `qw(git commit)`, `'git commit'.split()`.
  func list(at start: Int) -> [String]? {
    switch token(start) {
    case .words(let words): return words
    case .name(let name):
      if name == "split", token(start - 1) == .sign("."), token(start + 1) == .sign("("),
        case .text(let text)? = token(start + 2)
      {
        return text.split(separator: " ").map(String.init)
      }
      if name == "shlex" { return list(at: start + 2) }
      if name == "c", language == .r, token(start + 1) == .sign("(") { return list(at: start + 1) }
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
        } else if next == .sign("*") || next == .sign("."), let (name, end) = spread(index),
          let more = lists[name]
        {
          words += more
          index = end
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
      if token(start) == .sign("("), words.count < 2, token(index - 1) != .sign(",") { return nil }
      if token(index + 1) == .sign("+"), let more = list(at: index + 2) { return words + more }
      return words
    default: return nil
    }
  }

  /// The name in `*NAME` and `...NAME`, and where it ends.
  private func spread(_ start: Int) -> (String, Int)? {
    var index = start
    while token(index) == .sign("*") || token(index) == .sign(".") { index += 1 }
    guard case .name(let name)? = token(index) else { return nil }
    return (name, index + 1)
  }

  /// Where an expression ends that was not understood: the next comma or bracket of its level.
  func skipped(_ start: Int) -> Int {
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
}
