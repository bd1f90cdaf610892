/// Whether a script writes the state file by hand: as far as its words tell, for a warning.
public enum StateWriting {
  /// The first line that does, counted from 1; nil when none does.
  ///
  /// A line does when it names the file, or a variable that was given its name, and has a command that writes.
  public static func firstLine(in text: String) -> Int? {
    var names = [StatePath.name]
    let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated() {
      let code = String(String(Substring(line)).drop { $0 == " " || $0 == "\t" })
      guard !code.hasPrefix("#"), !code.hasPrefix("//"), names.contains(where: code.contains) else {
        continue
      }
      if writes(code, names) { return number + 1 }
      if let variable = variable(of: code) { names.append(variable) }
    }
    return nil
  }

  private static let commands = [
    "sed -i", "sed --in-place", "perl -i", "perl -pi", "yq -i", "yq w", "tee ", "write_text", "writeFile",
    "'w'", "\"w\"", "'a'", "\"a\"", ".dump(", "File.write",
  ]

  private static func writes(_ code: String, _ names: [String]) -> Bool {
    if commands.contains(where: code.contains) { return true }
    // A copy or a move over it, or a redirection to it.
    let words = code.split { $0 == " " || $0 == "\t" }.map(String.init)
    let isIt = { (word: String) in names.contains(where: word.contains) }
    if let last = words.last, isIt(last), ["cp", "mv", "install"].contains(words[0]) { return true }
    return words.indices.contains { index in
      guard let arrow = words[index].firstIndex(of: ">") else { return false }
      let rest = words[index][words[index].index(after: arrow)...].drop { $0 == ">" || $0 == "|" }
      return rest.isEmpty ? index + 1 < words.count && isIt(words[index + 1]) : isIt(String(rest))
    }
  }

  /// The variable that a line gives the file's name to: `STATE=...`, `const state = ...`.
  private static func variable(of code: String) -> String? {
    guard let equals = code.firstIndex(of: "=") else { return nil }
    let word = code[..<equals].split { !($0.isLetter || $0.isNumber || $0 == "_") }.last.map(String.init)
    return word.flatMap { $0.count > 1 ? $0 : nil }
  }
}
