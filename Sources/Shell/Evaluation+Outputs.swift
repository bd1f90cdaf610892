/// What small programs print, where their arguments tell it: it may become a command.
extension Evaluation {
  /// What a program prints; nil where that is not known.
  func output(of name: String, _ arguments: [String]) -> String? {
    let plain = arguments.filter { !$0.hasPrefix("-") }
    switch name {
    case "echo": return echo(arguments)
    case "printf": return formatted(arguments)
    case "true", ":", "false", "sleep", "mkdir", "touch", "rm", "chmod", "test", "[", "[[", "cp", "mv",
      "wait":
      return ""
    case "pwd": return Self.text(shell.directory) + "\n"
    case "mktemp", "gmktemp": return String(Mark.temporary) + "\n"
    case "head" where plain.isEmpty && input != nil, "tail" where plain.isEmpty && input != nil:
      return input.flatMap { ends(of: $0, name, arguments) }
    case "cat", "tee", "head", "tail", "sort", "uniq", "tac", "nl", "less", "more":
      if name == "tee" || plain.isEmpty || plain == ["-"] { return input ?? Self.unknown }
      return plain.map { absolute($0).flatMap { files[$0] } ?? Self.unknown }.joined()
    case "base64", "gbase64", "openssl":
      guard arguments.contains(where: { ["-d", "-D", "--decode", "-di"].contains($0) }) else { return nil }
      return input.flatMap(Self.decoded)
    case "xxd":
      guard arguments.contains(where: { $0.hasPrefix("-r") }), arguments.contains(where: { $0.contains("p") })
      else {
        return nil
      }
      return input.flatMap(Self.hexadecimal)
    case "tr", "cut", "sed", "gsed", "awk", "gawk", "mawk":
      return input.flatMap { filtered($0, by: name, arguments) }
    case "rev":
      return input.map {
        $0.split(separator: "\n").map { String($0.reversed()) }.joined(separator: "\n") + "\n"
      }
    case "which", "type", "whence": return plain.last.map { $0 + "\n" }
    case "basename":
      guard let path = plain.first else { return nil }
      let name = Invocation.name(of: path)
      let suffix = plain.count > 1 ? plain[1] : ""
      return (suffix.isEmpty || !name.hasSuffix(suffix) ? name : String(name.dropLast(suffix.count))) + "\n"
    case "dirname": return plain.first.map { ShellPath.parent($0) + "\n" }
    case "realpath", "readlink", "grealpath":
      return plain.first.map { (absolute($0).map(world.real) ?? $0) + "\n" }
    case "grep", "egrep", "fgrep":
      if let listed = listing(name, arguments) { return listed }
      return input.flatMap { chosen($0, arguments) ?? filtered($0, by: name, arguments) }
    case "rg", "ag", "ack", "ls": return listing(name, arguments)
    default: return nil
    }
  }

  private func echo(_ arguments: [String]) -> String {
    let words = arguments.drop { ["-n", "-e", "-E", "-ne", "-en"].contains($0) }
    let text = words.joined(separator: " ")
    let interprets = arguments.prefix(arguments.count - words.count).contains { $0.contains("e") }
    return (interprets ? Self.unescaped(text) : text) + "\n"
  }

  /// printf with `%s`, `%b`, `%d`; other conversions print something.
  private func formatted(_ arguments: [String]) -> String {
    var rest = arguments[...]
    if rest.first == "-v" || rest.first == "--" { rest = rest.dropFirst(rest.first == "-v" ? 2 : 1) }
    guard let format = rest.popFirst() else { return "" }
    let template = Array(Self.unescaped(format).unicodeScalars)
    var result = ""
    repeat {
      let count = rest.count
      var index = 0
      while index < template.count {
        let scalar = template[index]
        index += 1
        guard scalar == "%", index < template.count else {
          result.unicodeScalars.append(scalar)
          continue
        }
        while index < template.count - 1, "-+ #0123456789.".unicodeScalars.contains(template[index]) {
          index += 1
        }
        switch template[index] {
        case "%": result += "%"
        case "s", "d", "q", "i": result += rest.popFirst() ?? ""
        case "b": result += rest.popFirst().map(Self.unescaped) ?? ""
        default:
          _ = rest.popFirst()
          result.unicodeScalars.append(Mark.unknown)
        }
        index += 1
      }
      if rest.count == count { break }
    } while !rest.isEmpty && result.utf8.count < 1 << 20
    return result
  }

  static func unescaped(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "\\")) else { return text }
    var reader = Reader(Array(("$'" + text.replacing("'", with: "\\'") + "'").utf8))
    var parts: [WordPart] = []
    do {
      try reader.part(into: &parts)
    } catch {
      return text
    }
    if case .text(let result, _)? = parts.first { return result }
    return text
  }

  /// The text that base64 encodes (RFC 4648); nil when it is none.
  private static func decoded(_ text: String) -> String? {
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for byte in text.utf8 {
      let value: UInt32
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = UInt32(byte) - 65
      case UInt8(ascii: "a")...UInt8(ascii: "z"): value = UInt32(byte) - 71
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = UInt32(byte) + 4
      case UInt8(ascii: "+"): value = 62
      case UInt8(ascii: "/"): value = 63
      case UInt8(ascii: "="), 0x0A, 0x0D, 0x20: continue
      default: return nil
      }
      bits = bits << 6 | value
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
        bits &= (1 << UInt32(count)) - 1
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
