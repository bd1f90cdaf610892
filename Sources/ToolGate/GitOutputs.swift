import Core
import Shell

/// The files that git writes because its options or operands name them.
enum GitOutputs {
  /// Options whose value is a file, or a directory that gets files.
  private static let options: [String: (letter: Character?, long: String, change: EditRules.Change)] = [
    "format-patch": ("o", "--output-directory", .fills), "archive": ("o", "--output", .edits),
    "checkout-index": (nil, "--prefix", .fills), "apply": (nil, "--directory", .fills),
    "diff": (nil, "--output", .edits), "log": (nil, "--output", .edits), "show": (nil, "--output", .edits),
    "whatchanged": (nil, "--output", .edits), "diff-tree": (nil, "--output", .edits),
    "diff-index": (nil, "--output", .edits), "diff-files": (nil, "--output", .edits),
    "fast-export": (nil, "--export-marks", .edits), "init": (nil, "--separate-git-dir", .touches),
    "clone": (nil, "--separate-git-dir", .touches),
  ]

  /// Options of `clone`, `submodule add` and `worktree add` that take the next word.
  private static let valued = [
    "--branch", "--origin", "--depth", "--config", "--template", "--reference", "--upload-pack", "--name",
    "--reason", "--filter", "--jobs", "--bundle-uri", "--initial-branch", "--object-format", "--ref-format",
  ]

  static func written(by line: GitLine) -> [WritingPrograms.Written] {
    let words = CommandOptions(line.arguments)
    var found: [WritingPrograms.Written] = []
    if let option = options[line.subcommand ?? ""],
      let value = option.letter.flatMap({ words.value($0, option.long) })
        ?? words.values(of: option.long).first
    {
      found.append(WritingPrograms.Written(word: value, change: option.change))
    }
    let operands = words.operands(valued: "bocujB", long: valued)
    switch (line.subcommand, operands.first?.text) {
    case ("clone", let source?):
      found.append(
        WritingPrograms.Written(
          word: operands.count > 1 ? operands[1] : Word(stringLiteral: name(ofClone: source)), change: .edits)
      )
    case ("submodule", "add") where operands.count > 1:
      let path = operands.count > 2 ? operands[2] : Word(stringLiteral: name(ofClone: operands[1].text))
      found += [path, ".gitmodules"].map { WritingPrograms.Written(word: $0, change: .edits) }
    case ("worktree", "add"), ("worktree", "move"):
      // A worktree is no part of this one: only what is protected matters.
      found += operands.dropFirst().prefix(2).map { WritingPrograms.Written(word: $0, change: .touches) }
    case ("init", _?): found += operands.map { WritingPrograms.Written(word: $0, change: .touches) }
    case ("bundle", "create"):
      found += operands.dropFirst().prefix(1).map { WritingPrograms.Written(word: $0, change: .edits) }
    default: break
    }
    return found
  }

  /// What git writes into a worktree that is ours from a repository that is not; nothing where it takes none.
  static func taken(by line: GitLine) -> [WritingPrograms.Written] {
    let writing: Set<String> = [
      "checkout", "restore", "reset", "checkout-index", "read-tree", "stash", "pull", "merge", "switch",
      "clean",
      "apply", "rm", "mv", "am", "rebase", "cherry-pick", "revert",
    ]
    guard let command = line.subcommand, writing.contains(command) else { return [] }
    guard let dashes = line.texts.firstIndex(of: "--") else {
      return [WritingPrograms.Written(word: ".", change: .fills)]
    }
    return line.arguments[(dashes + 1)...].map { WritingPrograms.Written(word: $0, change: .edits) }
  }

  /// The directory that `git clone` makes of a source.
  private static func name(ofClone source: String) -> String {
    let name = ShellPath.last(source.hasSuffix("/") ? String(source.dropLast()) : source)
    return name.hasSuffix(".git") ? String(name.dropLast(4)) : name
  }
}
