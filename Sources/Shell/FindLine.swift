/// find's command line (find(1)).
public enum FindLine {
  /// What it finds: below each of its directories the names of a pattern, or some that nobody knows.
  public static func places(_ arguments: [Word]) -> [Word] {
    let texts = arguments.map(\.text)
    let options = texts.prefix { ["-L", "-H", "-P"].contains($0) }.count
    var directories = Array(
      arguments.dropFirst(options).prefix { !$0.text.hasPrefix("-") && $0.text != "(" && $0.text != "!" })
    if directories.isEmpty { directories = ["."] }
    var patterns: [String] = []
    var isFiltered = false
    for (index, word) in texts.enumerated() {
      switch word {
      case "-name", "-iname": if index + 1 < texts.count { patterns.append(texts[index + 1]) }
      case "-type": if index + 1 < texts.count, texts[index + 1] != "f" { isFiltered = true }
      case _ where filters.contains(word): isFiltered = true
      default: break
      }
    }
    if patterns.isEmpty { patterns = isFiltered ? [""] : ["*"] }
    return directories.flatMap { directory in
      patterns.map { Word(raw: "\(directory.raw)/\(Mark.some)\($0)") }
    }
  }

  private static let filters: Set<String> = [
    "-path", "-ipath", "-wholename", "-regex", "-iregex", "-newer", "-mtime", "-mmin", "-size", "-empty",
    "-not", "!",
    "-prune", "-perm", "-user", "-links", "-newermt", "-maxdepth", "-xtype", "-lname",
  ]
}
