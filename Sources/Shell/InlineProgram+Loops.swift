/// Loops over lists and functions that the program calls itself: their variables stand for all that they get.
extension InlineProgram {
  /// The rows of a list, a dictionary, or what stands for files: what the variables of a loop get, by their order.
  func rows(at start: Int) -> [[String]]? {
    switch token(start) {
    case .sign("["), .sign("("), .sign("{"): return rows(ofLiteral: start)
    case .words(let words): return words.map { [$0] }
    case .name("sorted"), .name("list"), .name("set"), .name("tuple"), .name("reversed"):
      return token(start + 1) == .sign("(") ? rows(at: start + 2) : nil
    case .name("Object") where token(start + 1) == .sign("."):
      return token(start + 3) == .sign("(") ? rows(at: start + 4) : nil
    case .name(let name):
      if let known = tables[name] ?? lists[name]?.map({ [$0] }) { return known }
      return files(at: start)
    default: return nil
    }
  }

  private func rows(ofLiteral start: Int) -> [[String]]? {
    var rows: [[String]] = []
    var index = start + 1
    while let next = token(index), next != .sign("]"), next != .sign(")"), next != .sign("}"),
      rows.count < 100
    {
      let isRow = next == .sign("(") || next == .sign("[")
      if next == .line || next == .sign(",") {
        index += 1
        continue
      }
      if isRow, value(at: index) == nil {
        let cells = self.rows(ofLiteral: index)?.map { $0.first ?? Evaluation.unknown } ?? []
        rows.append(cells)
      } else {
        rows.append([value(at: index)?.0 ?? Evaluation.unknown])
      }
      index = skipped(index)
    }
    return rows.isEmpty ? nil : rows
  }

  /// `glob('src/*.py')`, `Path('src').rglob('*.py')`, `os.listdir('src')`, `os.walk('src')`.
  private func files(at start: Int) -> [[String]]? {
    guard case .name(let name)? = token(start) else { return nil }
    if name == "Path" || name == "pathlib", let (base, end) = term(at: start), token(end) == .sign("."),
      case .name(let method)? = token(end + 1), token(end + 2) == .sign("(")
    {
      return files(method, in: base, value(at: end + 3)?.0)
    }
    if token(start + 1) == .sign("."), token(start + 3) == .sign("("),
      case .name(let method)? = token(start + 2)
    {
      let given = value(at: start + 4)?.0
      switch method {
      case "glob", "iglob": return given.map { [[Self.pattern($0)]] }
      case "rglob", "iterdir": return texts[name].flatMap { files(method, in: $0, given) }
      case "listdir", "walk", "scandir", "readdirSync": return files(method, in: given ?? ".", nil)
      case "items", "keys", "entries", "values": return tables[name]
      default: return nil
      }
    }
    guard token(start + 1) == .sign("("), let given = value(at: start + 2)?.0 else { return nil }
    return ["glob", "iglob", "walk", "listdir"].contains(name)
      ? name.hasSuffix("glob") ? [[Self.pattern(given)]] : files(name, in: given, nil) : nil
  }

  private func files(_ method: String, in base: String, _ pattern: String?) -> [[String]]? {
    switch method {
    case "glob": [["\(base)/\(Self.pattern(pattern ?? "*"))"]]
    case "rglob": [["\(base)/\(Mark.some)\(pattern ?? "")"]]
    case "iterdir", "scandir": [["\(base)/\(Mark.star)"]]
    // Names, or a directory with the names in it.
    case "listdir", "readdirSync": [[String(Mark.star)]]
    case "walk": [["\(base)/\(Mark.some)", "", ""]]
    default: nil
    }
  }

  private static func pattern(_ text: String) -> String {
    // `**` crosses directories.
    if let cut = text.firstRange(of: "**") {
      let name = text[cut.upperBound...].drop { $0 == "/" }
      return "\(text[..<cut.lowerBound].isEmpty ? "./" : String(text[..<cut.lowerBound]))\(Mark.some)\(name)"
    }
    return Mark.marked(text)
  }

  /// `for NAME in LIST`, `for (const NAME of LIST)`: the names and where the list stands.
  private func head(ofLoop index: Int) -> (names: [String], list: Int)? {
    var names: [String] = []
    var next = index + 1
    while let token = token(next), next < index + 14 {
      switch token {
      case .name("in"), .name("of"): return names.isEmpty ? nil : (names, next + 1)
      case .name("const"), .name("let"), .name("var"), .name("my"): break
      case .name(let name): names.append(name)
      case .sign(","), .sign("("), .sign("["), .sign(")"), .sign("]"): break
      default: return nil
      }
      next += 1
    }
    return nil
  }

  mutating func bindLoop(_ index: Int) {
    guard let (names, list) = head(ofLoop: index) else { return }
    if let rows = rows(at: list) { return bind(names, rows) }
    // The names that `os.walk` gives stand in their directory.
    if case .name(let list)? = token(list), texts[list] == "" { for name in names { texts[name] = "" } }
  }

  /// `LIST.forEach(NAME => …)`, `LIST.each { |NAME| … }`.
  mutating func bindEach(_ index: Int) {
    guard token(index - 1) == .sign(".") else { return }
    let rows: [[String]]?
    switch token(index - 2) {
    case .name, .words: rows = self.rows(at: index - 2)
    case .sign("]"):
      var depth = 0
      var open = index - 2
      while open >= 0 {
        if token(open) == .sign("]") { depth += 1 }
        if token(open) == .sign("[") { depth -= 1 }
        if depth == 0 { break }
        open -= 1
      }
      rows = self.rows(at: open)
    default: rows = nil
    }
    guard let rows else { return }
    let names = tokens[min(index + 1, tokens.count)...].prefix(12).drop {
      [.sign("("), .sign("{"), .sign("|"), .sign("["), .name("do"), .name("async"), .name("function")]
        .contains($0)
    }
    var found: [String] = []
    for token in names {
      if case .name(let name) = token { found.append(name) } else if token != .sign(",") { break }
    }
    bind(found, rows)
  }

  private mutating func bind(_ names: [String], _ rows: [[String]]) {
    for (place, name) in names.enumerated() {
      let values = rows.compactMap { $0.indices.contains(place) ? $0[place] : nil }
      // Of lists that are no rows each is one value.
      (lists[name], tables[name]) = (nil, names.count == 1 && rows.allSatisfy { $0.count > 1 } ? rows : nil)
      texts[name] = values.isEmpty ? nil : Mark.alternatives(values)
    }
  }

  // MARK: Functions

  /// What the program gives its own functions that take any number of arguments (`def run(*a)`, `(...a) =>`), by the
  /// names of their parameters.
  func calls() -> [(parameter: String, words: [String])] {
    var starred: [String: String] = [:]
    for index in tokens.indices {
      guard case .name(let name) = tokens[index] else { continue }
      var at = index + 1
      if token(at) == .sign("=") {
        at += token(at + 1) == .name("lambda") || token(at + 1) == .sign("(") ? 2 : 0
      }
      if token(at) == .sign("(") { at += 1 }
      guard at > index + 1 || token(index) == .name("lambda"),
        token(at) == .sign("*") || token(at) == .sign(".")
      else { continue }
      while token(at) == .sign("*") || token(at) == .sign(".") { at += 1 }
      let isDefined =
        token(index - 1) == .name("def") || token(index - 1) == .name("function")
        || token(index + 1) == .sign("=")
      if isDefined, case .name(let parameter)? = token(at) { starred[name] = parameter }
    }
    guard !starred.isEmpty else { return [] }
    var found: [(String, [String])] = []
    for index in tokens.indices where found.count < 10 {
      guard case .name(let name) = tokens[index], let parameter = starred[name],
        token(index + 1) == .sign("("),
        token(index - 1) != .name("def"), token(index - 1) != .name("function")
      else { continue }
      found.append((parameter, arguments(ofCall: index + 1).map { value(at: $0)?.0 ?? Evaluation.unknown }))
    }
    return found
  }

  /// The parameters of the program's own functions, by their names.
  func parameters() -> [String: [String]] {
    var found: [String: [String]] = [:]
    for index in tokens.indices {
      switch (tokens[index], token(index + 1)) {
      case (.name("def"), .name(let name)), (.name("function"), .name(let name)),
        (.name("sub"), .name(let name)):
        if token(index + 2) == .sign("(") { found[name] = names(from: index + 3) }
      case (.name(let name), .sign("=")):
        if token(index + 2) == .name("lambda") { found[name] = names(from: index + 3) }
        let open = token(index + 2) == .name("async") ? index + 3 : index + 2
        if language == .javascript, token(open) == .sign("("), let end = end(ofCall: open),
          token(end) == .sign("="), token(end + 1) == .sign(">")
        {
          found[name] = names(from: open + 1)
        } else if language == .javascript, case .name(let only)? = token(open), token(open + 1) == .sign("="),
          token(open + 2) == .sign(">")
        {
          found[name] = [only]
        }
      default: break
      }
    }
    return found
  }

  /// Names up to the end of a list of parameters; defaults and types are skipped.
  private func names(from start: Int) -> [String] {
    var names: [String] = []
    var index = start
    while let token = token(index), names.count < 10 {
      guard case .name(let name) = token else { break }
      names.append(name)
      index = skipped(index)
      guard self.token(index) == .sign(","), !tokens[start..<index].contains(.sign(":")) || index < start + 60
      else {
        break
      }
      index += 1
    }
    return names
  }

  /// What the parameters get wherever the program calls its own functions.
  func given(_ parameters: [String: [String]]) -> [String: String] {
    var values: [String: [String]] = [:]
    for index in tokens.indices {
      guard case .name(let name) = tokens[index], let names = parameters[name],
        token(index + 1) == .sign("("),
        token(index - 1) != .name("def"), token(index - 1) != .name("function")
      else { continue }
      for (place, start) in arguments(ofCall: index + 1).enumerated() where place < names.count {
        if let (text, _) = value(at: start) { values[names[place], default: []].append(text) }
      }
    }
    return values.mapValues { Mark.alternatives(Array($0.prefix(50))) }
  }
}
