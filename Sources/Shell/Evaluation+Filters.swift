/// Filters of text whose input the line has: it may become a command, or the name of a file.
extension Evaluation {
  /// What a filter makes of a text; nil where it is more than a plain form of it. Nothing is filtered in which
  /// anything is unknown.
  func filtered(_ text: String, by name: String, _ arguments: [String]) -> String? {
    guard !Mark.isIn(text), text.utf8.count < 10_000, !arguments.contains(where: Mark.isIn) else {
      return nil
    }
    switch name {
    case "tr": return translated(text, arguments)
    case "cut": return cut(text, arguments)
    case "sed", "gsed": return substituted(text, arguments)
    case "awk", "gawk", "mawk": return printed(text, arguments)
    default: return matching(text, arguments)
    }
  }

  private func lines(_ text: String, _ change: (Substring) -> String?) -> String? {
    var result = ""
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast(
      text.hasSuffix("\n") ? 1 : 0)
    {
      guard let changed = change(line) else { return nil }
      result += changed + "\n"
    }
    return result
  }

  /// The first or last lines.
  func ends(of text: String, _ name: String, _ arguments: [String]) -> String? {
    guard !Mark.isIn(text) else { return text }
    let given = arguments.joined().filter(\.isNumber)
    guard arguments.allSatisfy({ $0.allSatisfy { "-n".contains($0) || $0.isNumber } }) else { return nil }
    let lines = text.split(separator: "\n")
    let count = Int(given) ?? 10
    return (name == "head" ? lines.prefix(count) : lines.suffix(count)).joined(separator: "\n") + "\n"
  }

  private func translated(_ text: String, _ arguments: [String]) -> String? {
    let sets = arguments.filter { !$0.hasPrefix("-") || $0 == "-" }.compactMap(Self.letters)
    if arguments.contains("-d"), sets.count == 1 { return String(text.filter { !sets[0].contains($0) }) }
    guard arguments.count == 2, sets.count == 2, let last = sets[1].last else { return nil }
    return String(
      text.map { letter in
        guard let at = sets[0].firstIndex(of: letter) else { return letter }
        return at < sets[1].count ? sets[1][at] : last
      })
  }

  /// The letters of a set of tr: `a-z`, `\\n`.
  private static func letters(_ set: String) -> [Character]? {
    if set.contains("[:") { return nil }
    let plain = Array(unescaped(set))
    var result: [Character] = []
    var index = 0
    while index < plain.count {
      if index + 2 < plain.count, plain[index + 1] == "-", let from = plain[index].asciiValue,
        let to = plain[index + 2].asciiValue, from <= to
      {
        result += (from...to).map { Character(UnicodeScalar($0)) }
        index += 3
      } else {
        result.append(plain[index])
        index += 1
      }
    }
    return result
  }

  private func cut(_ text: String, _ arguments: [String]) -> String? {
    guard let field = values(of: ["-f"], in: arguments).first.flatMap({ Int($0) }), field > 0 else {
      return nil
    }
    let delimiter = values(of: ["-d"], in: arguments).first.flatMap(\.first) ?? "\t"
    return lines(text) { line in
      let parts = line.split(separator: delimiter, omittingEmptySubsequences: false)
      return parts.count < 2 ? String(line) : field <= parts.count ? String(parts[field - 1]) : ""
    }
  }

  /// `sed s/plain/text/g`.
  private func substituted(_ text: String, _ arguments: [String]) -> String? {
    guard let script = arguments.first, arguments.count == 1, script.hasPrefix("s"),
      let delimiter = script.dropFirst().first
    else { return nil }
    let parts = script.dropFirst(2).split(separator: delimiter, omittingEmptySubsequences: false).map(
      String.init)
    guard parts.count == 3, !parts[0].isEmpty, ["", "g"].contains(parts[2]),
      !parts[0].contains(where: { "\\.*[^$".contains($0) }), !parts[1].contains(where: { "\\&".contains($0) })
    else { return nil }
    return lines(text) {
      String($0).replacing(parts[0], with: parts[1], maxReplacements: parts[2] == "g" ? .max : 1)
    }
  }

  /// `awk '{print $2}'`.
  private func printed(_ text: String, _ arguments: [String]) -> String? {
    guard arguments.count == 1, let script = arguments.first?.filter({ $0 != " " }),
      script.hasPrefix("{print$"),
      script.hasSuffix("}"), let field = Int(script.dropFirst(7).dropLast())
    else { return nil }
    return lines(text) { line in
      let parts = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
      return field == 0 ? String(line) : field <= parts.count ? String(parts[field - 1]) : ""
    }
  }

  /// `grep TEXT`.
  private func matching(_ text: String, _ arguments: [String]) -> String? {
    guard arguments.count == 1, let pattern = arguments.first, !pattern.hasPrefix("-"), !pattern.isEmpty,
      pattern.allSatisfy({ $0.isLetter || $0.isNumber || "-_/ ".contains($0) })
    else { return nil }
    return text.split(separator: "\n").filter { $0.contains(pattern) }.map { $0 + "\n" }.joined()
  }

  /// Of files that nobody names those whose paths hold a text: `git ls-files | grep TEXT`.
  func chosen(_ text: String, _ arguments: [String]) -> String? {
    let every = "\(Mark.some)\(Mark.star)"
    guard arguments.count == 1, let pattern = arguments.first, text.hasSuffix(every + "\n"),
      pattern.allSatisfy({ $0.isLetter || $0.isNumber || "-_/".contains($0) })
    else { return nil }
    return text.replacing(every, with: "\(Mark.some)/./*\(pattern)*")
  }

  /// The text that `xxd -p` has written.
  static func hexadecimal(_ text: String) -> String? {
    let digits = text.filter { $0 != "\n" && $0 != " " }.compactMap(\.hexDigitValue)
    guard digits.count % 2 == 0 else { return nil }
    return String(
      validating: stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) },
      as: UTF8.self)
  }
}
