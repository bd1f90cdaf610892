/// find's command line (find(1)).
public enum FindLine {
  /// What it finds: below each of its directories the names of a pattern, or some that nobody knows. A pattern of whole
  /// paths begins with `/./`, which stands for the directory.
  public static func places(_ arguments: [Word]) -> [Word] {
    let texts = arguments.map(\.text)
    let options = texts.prefix { ["-L", "-H", "-P"].contains($0) }.count
    var directories = Array(
      arguments.dropFirst(options).prefix { !$0.text.hasPrefix("-") && $0.text != "(" && $0.text != "!" })
    if directories.isEmpty { directories = ["."] }
    let expression = Array(texts.dropFirst(options + directories.count))
    return directories.flatMap { directory in
      patterns(of: expression, in: directory.text).map { Word(raw: "\(directory.raw)/\(Mark.some)\($0)") }
    }
  }

  /// What fd finds (`fd [OPTION]… [PATTERN] [DIRECTORY…]`): names that hold its pattern.
  public static func places(ofFd arguments: [Word]) -> [Word] {
    let own = arguments.prefix { !["-x", "-X", "--exec", "--exec-batch"].contains($0.text) }
    var plain: [Word] = []
    var ending = ""
    var isGlob = false
    var rest = own[...]
    while let word = rest.popFirst() {
      switch word.text {
      case "-e", "--extension": ending = "." + (rest.popFirst()?.text ?? "")
      case "-g", "--glob": isGlob = true
      case "-t", "-E", "-d", "-s", "-S", "-c", "-j", "--type", "--exclude", "--max-depth", "--min-depth",
        "--size":
        _ = rest.popFirst()
      case let text where text.hasPrefix("-"): break
      default: plain.append(word)
      }
    }
    let given = plain.first?.text ?? "."
    // A regular expression that is no plain text may find anything.
    let isText = given.allSatisfy {
      $0.isLetter || $0.isNumber || "-_".contains($0) || $0 == "." && given.count > 1
    }
    let pattern = isGlob ? given : given == "." ? "*" : isText ? "*\(given)*" : ""
    let name = ending.isEmpty || pattern.isEmpty ? pattern : (pattern == "*" ? "*" : pattern) + ending
    let directories = plain.count > 1 ? Array(plain.dropFirst()) : ["."]
    return directories.map { Word(raw: "\($0.raw)/\(Mark.some)\(name)") }
  }

  /// The files that it writes itself (`-fprint FILE`).
  public static func outputs(_ arguments: [Word]) -> [Word] {
    arguments.indices.dropLast().filter {
      ["-fprint", "-fprint0", "-fprintf", "-fls"].contains(arguments[$0].text)
    }.map { arguments[$0 + 1] }
  }

  private static let actions: Set<String> = [
    "-delete", "-exec", "-execdir", "-ok", "-okdir", "-print", "-print0", "-printf", "-ls", "-fprint",
    "-fprint0", "-fprintf", "-fls",
  ]

  private static let filters: Set<String> = [
    "-newer", "-mtime", "-mmin", "-size", "-empty", "-prune", "-perm", "-user", "-links", "-newermt",
    "-xtype", "-lname", "-inum", "-samefile", "-cmin", "-ctime", "-atime", "-amin", "-group", "-executable",
  ]

  /// The patterns of what an expression finds: one of no text is what nobody knows.
  private static func patterns(of expression: [String], in directory: String) -> [String] {
    var branches = expression.split(omittingEmptySubsequences: false) { $0 == "-o" || $0 == "-or" }
    // An action is only for its own branch, where no parentheses gather several.
    if !expression.contains("("), expression.contains(where: actions.contains) {
      branches = branches.filter { $0.contains(where: actions.contains) }
    }
    var found: [String] = []
    for branch in branches {
      for pattern in patterns(ofBranch: Array(branch), in: directory) where !found.contains(pattern) {
        found.append(pattern)
      }
    }
    return found
  }

  private static func patterns(ofBranch words: [String], in directory: String) -> [String] {
    var patterns: [String] = []
    var isFiltered = false
    var isNegated = false
    for (index, word) in words.enumerated() {
      let value = index + 1 < words.count ? words[index + 1] : ""
      let isNot = isNegated
      isNegated = word == "!" || word == "-not"
      switch word {
      case "-name", "-iname", "-path", "-ipath", "-wholename", "-iwholename", "-regex", "-iregex":
        var pattern: String? = value
        if word.hasSuffix("regex") { pattern = plain(regex: value) }
        if word.hasPrefix("-i") { pattern = pattern.map(caseless) }
        if !word.hasSuffix("name") || word.hasSuffix("wholename") {
          pattern = pattern.map { whole($0, in: directory) }
        }
        if let pattern, !isNot { patterns.append(pattern) } else { isFiltered = true }
      case "-type": if value != "f" { isFiltered = true }
      case _ where filters.contains(word): isFiltered = true
      default: break
      }
    }
    return patterns.isEmpty ? [isFiltered ? "" : "*"] : patterns
  }

  /// A pattern of a whole path, which begins with the directory as it was given.
  private static func whole(_ pattern: String, in directory: String) -> String {
    let given = directory.hasSuffix("/") ? directory : directory + "/"
    return pattern.hasPrefix(given) ? "/./" + pattern.dropFirst(given.count) : "/" + pattern
  }

  /// A regular expression as a pattern of the shell; nil where it says more than such a one can.
  private static func plain(regex: String) -> String? {
    var result = ""
    var rest = regex[...]
    while let letter = rest.popFirst() {
      if letter == ".", rest.first == "*" {
        rest.removeFirst()
        result += "*"
      } else if letter == "\\", let next = rest.popFirst(), next == "." || next == "/" || next == "-" {
        result.append(next)
      } else if letter == "." {
        result += "?"
      } else if "\\*+?()|{}^$".contains(letter) {
        return nil
      } else {
        result.append(letter)
      }
    }
    return result
  }

  private static func caseless(_ pattern: String) -> String {
    pattern.map { $0.isLetter ? "[\($0.lowercased())\($0.uppercased())]" : String($0) }.joined()
  }
}
