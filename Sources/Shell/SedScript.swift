/// A script of sed (sed(1)), as far as it writes files and runs commands.
struct SedScript {
  /// The files of `w FILE`.
  private(set) var files: [String] = []
  /// The commands of `e COMMAND`, and what `s/…/…/e` puts in place: `&` in it is what was read.
  private(set) var commands: [String] = []

  private let text: [Character]
  private var index = 0

  init(_ script: String) {
    text = Array(script)
    while index < text.count { command() }
  }

  private var next: Character? { index < text.count ? text[index] : nil }

  private mutating func skip(while isSkipped: (Character) -> Bool) {
    while let letter = next, isSkipped(letter) { index += 1 }
  }

  private mutating func restOfLine() -> String {
    let start = index
    skip { $0 != "\n" }
    return String(text[start..<index].drop { $0 == " " || $0 == "\t" })
  }

  /// What stands before the next delimiter; ends behind it.
  private mutating func part(until delimiter: Character) -> String {
    var part = ""
    while let letter = next, letter != delimiter {
      index += 1
      part.append(letter)
      if letter == "\\", let escaped = next {
        index += 1
        if escaped == delimiter { part.removeLast() }
        part.append(escaped)
      }
    }
    index += 1
    return part
  }

  private mutating func addresses() {
    while let letter = next {
      switch letter {
      case "/":
        index += 1
        _ = part(until: "/")
      case "\\":
        index += 1
        guard let delimiter = next else { return }
        index += 1
        _ = part(until: delimiter)
      case "0"..."9", "$", ",", "~", "+", "!", " ", "\t", "I", "M": index += 1
      default: return
      }
    }
  }

  private mutating func command() {
    skip { " \t\n;{}".contains($0) }
    addresses()
    guard let letter = next else { return }
    index += 1
    switch letter {
    case "s", "y":
      guard let delimiter = next else { return }
      index += 1
      _ = part(until: delimiter)
      let replacement = part(until: delimiter)
      while let flag = next, flag != ";", flag != "\n", flag != "}" {
        index += 1
        if flag == "e" { commands.append(replacement) }
        if flag == "w" { files.append(restOfLine()) }
      }
    case "w", "W": files.append(restOfLine())
    case "e":
      let command = restOfLine()
      if !command.isEmpty { commands.append(command) }
    case "a", "i", "c":
      // A backslash at the end of a line takes the next one in.
      repeat {
        skip { $0 != "\n" }
        index += 1
      } while index >= 2 && index <= text.count && text[index - 2] == "\\"
    case "r", "R", "#": _ = restOfLine()
    case ":", "b", "t", "T": skip { $0 != "\n" && $0 != ";" && $0 != "}" }
    default: break
    }
  }
}
