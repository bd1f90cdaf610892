/// Expansion: words in their parts become words of text.
extension Evaluation {
  /// The words that a word expands to.
  mutating func fields(_ word: WordTree) -> [String] {
    if let bare = word.bare, !bare.utf8.contains(where: { "*?[{,}".utf8.contains($0) }), !Mark.isIn(bare) {
      return [bare]
    }
    return Mark.fields(raw(word.parts))
  }

  /// A word where the shell splits nothing: in an assignment, behind `<`.
  mutating func value(_ word: WordTree) -> String {
    Mark.joined(raw(word.parts))
  }

  /// The text of a here-document.
  mutating func text(_ parts: [WordPart]) -> String { Mark.joined(raw(parts)) }

  /// More text than this is not followed: a line can double what it has as often as it likes.
  static let longest = 4 << 20

  private mutating func raw(_ parts: [WordPart]) -> String {
    var result = ""
    for part in parts {
      if result.utf8.count > Self.longest || written > Self.longest * 4 {
        unreadable = unreadable ?? "its words are too long"
        return Self.unknown
      }
      switch part {
      case .text(let text, true): result += text.isEmpty ? String(Mark.empty) : text
      case .text(let text, false): result += Mark.marked(text)
      case .tilde(let user): result += home(user)
      case .parameter(let parameter, let isQuoted):
        let value = self.value(parameter, isQuoted: isQuoted)
        result += isQuoted ? value : Mark.unquoted(value)
      case .substitution(let commands, let isQuoted):
        var output = inSubshell { $0.run(commands) }
        while output.utf8.last == 0x0A { output.removeLast() }
        result += isQuoted ? output : Mark.unquoted(output)
      case .process(let commands):
        let output = inSubshell { $0.run(commands) }
        let path = "/dev/fd/\(63 - files.count)"
        files[path] = output
        result += path
      case .arithmetic(let inner):
        _ = raw(inner)
        result.unicodeScalars.append(Mark.unknown)
      case .pattern: result.unicodeScalars.append(Mark.star)
      }
    }
    written += result.utf8.count
    return result
  }

  private func home(_ user: String) -> String {
    switch user {
    case "": return variable("HOME") ?? Self.unknown
    case "+": return variable("PWD") ?? Self.unknown
    case "-": return variable("OLDPWD") ?? Self.unknown
    default: return Self.unknown
    }
  }

  /// A variable's value; nil where it is not set, or nobody knows.
  func variable(_ name: String) -> String? {
    if let value = shell.variables[name] { return value }
    switch name {
    case "IFS" where !shell.removed.contains(name): return " \t\n"
    case "PWD": return Self.text(shell.directory)
    case "OLDPWD": return shell.previous.map(Self.text) ?? world.environment(name)
    case "SECONDS", "RANDOM", "BASHPID": return Self.unknown
    default: break
    }
    if shell.removed.contains(name) { return nil }
    return world.environment(name)
  }

  static func text(_ directory: ShellDirectory) -> String {
    switch directory {
    case .known(let path): path
    case .temporary: String(Mark.temporary)
    case .unknown: unknown
    }
  }

  private mutating func value(_ parameter: Parameter, isQuoted: Bool) -> String {
    let name = parameter.name
    let split = String(Mark.split)
    var value: String?
    switch name {
    case "@": value = shell.positional.joined(separator: split)
    case "*": value = shell.positional.joined(separator: isQuoted ? " " : split)
    case "#", "?", "$", "!", "-": value = Self.unknown
    case _ where name.utf8.allSatisfy { (0x30...0x39).contains($0) } && !name.isEmpty:
      let number = Int(name) ?? 0
      value = shell.positional.indices.contains(number - 1) ? shell.positional[number - 1] : nil
      if number == 0 { value = shell.zero ?? Self.unknown }
    default: value = variable(name)
    }
    if let subscripted = parameter.subscripted {
      value = value.flatMap { element(Mark.plain(raw(subscripted)), of: $0) }
    } else if !["@", "*"].contains(name), let list = value, Mark.hasAny(of: [Mark.split], in: list) {
      value = Mark.elements(list).first
    }
    let argument = raw(parameter.argument)
    switch parameter.operation {
    case "": return value ?? Self.unknown
    case "length": return Self.unknown
    case "indirect": return value.flatMap { variable($0) } ?? Self.unknown
    case ":-", "-": return value.flatMap { $0.isEmpty ? nil : $0 } ?? argument
    case ":=", "=":
      let result = value.flatMap { $0.isEmpty ? nil : $0 } ?? argument
      shell.variables[name] = result
      return result
    case ":+", "+": return value == nil ? "" : argument
    case ":?", "?": return value ?? Self.unknown
    case ":": return part(of: value ?? Self.unknown, Mark.plain(argument), isList: name == "@" || name == "*")
    default: return changed(value ?? Self.unknown, parameter.operation, Mark.plain(argument))
    }
  }

  /// `${NAME[1]}`, `${NAME[-1]}`, `${NAME[key]}`, `${NAME[@]}`.
  private func element(_ subscripted: String, of value: String) -> String? {
    if subscripted == "@" || subscripted == "*" { return value }
    let elements = Mark.elements(value)
    if let keyed = elements.first(where: { Mark.plain($0).hasPrefix("[\(subscripted)]=") }) {
      return String(keyed.drop { $0 != "=" }.dropFirst())
    }
    guard let number = Int(subscripted) else { return value }
    let at = number < 0 ? elements.count + number : number
    return elements.indices.contains(at) ? elements[at] : nil
  }

  /// `${NAME:offset:length}`: of `$@` parameters, of a text letters.
  private func part(of value: String, _ argument: String, isList: Bool) -> String {
    let numbers = argument.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map {
      Int($0.filter { $0 != " " && $0 != "(" && $0 != ")" })
    }
    guard Word(raw: value).isKnown, value.utf8.count < 10_000, let start = numbers.first ?? nil,
      numbers.count == 1 || numbers[1] != nil
    else { return Self.unknown }
    let letters = isList ? Mark.elements(value) : value.map(String.init)
    let from = max(0, start < 0 ? letters.count + start : start - (isList ? 1 : 0))
    guard from < letters.count else { return "" }
    let length = numbers.count > 1 ? numbers[1] ?? 0 : letters.count
    let end =
      length < 0 ? max(from, letters.count + length) : min(letters.count, from + min(length, letters.count))
    return letters[from..<end].joined(separator: isList ? String(Mark.split) : "")
  }

  /// `${NAME%pattern}` and its like.
  private func changed(_ value: String, _ operation: String, _ argument: String) -> String {
    guard Word(raw: value).isKnown, value.utf8.count < 500 else { return value }
    switch operation {
    case "%", "%%", "#", "##":
      let isSuffix = operation.hasPrefix("%")
      var lengths = Array(0...value.count)
      if operation.count == 2 { lengths.reverse() }
      for length in lengths {
        let part = isSuffix ? value.suffix(length) : value.prefix(length)
        guard ShellPath.matches(argument, String(part), crosses: true) else { continue }
        return String(isSuffix ? value.dropLast(length) : value.dropFirst(length))
      }
      return value
    case "/", "//":
      let parts = argument.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(
        String.init)
      guard let pattern = parts.first, !pattern.isEmpty,
        !pattern.utf8.contains(where: { "*?[".utf8.contains($0) })
      else { return Self.unknown }
      let pieces = value.split(
        separator: pattern, maxSplits: operation == "/" ? 1 : .max, omittingEmptySubsequences: false)
      return pieces.joined(separator: parts.count > 1 ? parts[1] : "")
    case "^^": return value.uppercased()
    case ",,": return value.lowercased()
    default: return Self.unknown
    }
  }
}

extension Mark {
  /// The words of an expanded word: split where an expansion was not quoted, braces expanded.
  static func fields(_ raw: String) -> [String] {
    guard isIn(raw) else { return raw.isEmpty ? [] : [raw] }
    var result: [String] = []
    for field in raw.unicodeScalars.split(separator: split, omittingEmptySubsequences: true) {
      for word in braces(Array(field), limit: 200) {
        var text = ""
        for scalar in word where scalar != empty { text.unicodeScalars.append(plainBrace(scalar)) }
        result.append(text)
      }
    }
    return result
  }

  /// The elements of an array.
  static func elements(_ value: String) -> [String] {
    value.unicodeScalars.split(separator: split, omittingEmptySubsequences: false).map(String.init)
  }

  /// The same as one text.
  static func joined(_ raw: String) -> String {
    guard isIn(raw) else { return raw }
    var text = ""
    for scalar in raw.unicodeScalars where scalar != empty {
      text.unicodeScalars.append(
        scalar == star ? "*" : scalar == question ? "?" : scalar == bracket ? "[" : scalar)
    }
    return text
  }

  private static func plainBrace(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar {
    case open: "{"
    case comma: ","
    case close: "}"
    default: scalar
    }
  }

  /// Brace expansion (bash(1)): `a{b,c}` gives `ab` and `ac`.
  private static func braces(_ word: [Unicode.Scalar], limit: Int) -> [[Unicode.Scalar]] {
    guard limit > 0, let start = word.firstIndex(of: open) else { return [word] }
    var depth = 0
    var cuts = [start]
    var end: Int?
    scan: for index in start..<word.count {
      switch word[index] {
      case open: depth += 1
      case comma where depth == 1: cuts.append(index)
      case close:
        depth -= 1
        if depth == 0 {
          end = index
          break scan
        }
      default: break
      }
    }
    guard let end, cuts.count > 1 else {
      // No braces that expand: the one at hand is plain, others may be.
      var rest = word
      rest[start] = "{"
      return braces(rest, limit: limit - 1)
    }
    cuts.append(end)
    var result: [[Unicode.Scalar]] = []
    for index in 0..<(cuts.count - 1) where result.count < limit {
      let middle = word[(cuts[index] + 1)..<cuts[index + 1]]
      result += braces(Array(word[..<start] + middle + word[(end + 1)...]), limit: limit / cuts.count)
    }
    return result
  }

  /// One value that stands for each of several.
  static func alternatives(_ values: [String]) -> String {
    if values.count < 2 { return values.first ?? String(unknown) }
    var result = String(open)
    for (index, value) in values.prefix(100).enumerated() {
      if index > 0 { result.unicodeScalars.append(comma) }
      result += value
    }
    result.unicodeScalars.append(close)
    return result
  }

  /// A text with marks as the shell reads it once more: patterns are written out, what is unknown stays.
  static func source(_ raw: String) -> String {
    guard isIn(raw) else { return raw }
    var text = ""
    for scalar in raw.unicodeScalars where scalar != empty {
      switch scalar {
      case star: text += "*"
      case question: text += "?"
      case bracket: text += "["
      case split: text += " "
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }

  /// A word in quotes, for a text that is read once more.
  static func quoted(_ word: String) -> String {
    guard !word.isEmpty,
      word.utf8.allSatisfy({ Reader.isName($0) || "-./=:@%+".utf8.contains($0) || $0 > 0x7F })
    else {
      return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
        + "'"
    }
    return word
  }
}
