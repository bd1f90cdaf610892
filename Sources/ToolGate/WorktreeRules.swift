import Core
import Shell

/// git's commands that change files of the worktree, and what is lost by them.
struct WorktreeRules {
  let git: GitRules
  private var line: GitLine { git.line }
  private var edits: EditRules { git.rules.edits }

  init(git: GitRules) { self.git = git }

  func refusal(of command: String, _ losses: inout [Loss]) -> Refusal? {
    let plain = line.arguments.filter { !$0.text.hasPrefix("-") }
    switch command {
    case "checkout": return refusalOfCheckout(&losses)
    case "restore": return refusalOfRestore(&losses)
    case "switch":
      if line.has("--force", "--discard-changes", "-f") { losses.append(.changes) }
      return nil
    case "reset":
      if line.has("--hard", "--merge") { losses.append(.changes) }
      return nil
    case "clean":
      if !line.has("--dry-run"), !line.has(short: "n") { losses.append(.untracked) }
      return nil
    case "stash": return refusalOfStash(&losses)
    case "read-tree":
      if line.has("--reset", "-u") { losses.append(.changes) }
      return nil
    case "checkout-index":
      if line.has("--force", "-f"), !line.has("--prefix") { losses.append(.changes) }
      return nil
    case "rm":
      if line.has("--dry-run", "-n") { return nil }
      let isCached = line.has("--cached")
      let refusal = self.refusal(ofChanging: plain, isCached ? .touches : .removes)
      if refusal == nil, !isCached { losses.append(.paths(absolute(plain))) }
      return refusal
    case "mv": return line.has("--dry-run", "-n") ? nil : refusal(ofChanging: plain, .removes)
    case "apply": return refusalOfApply
    case "merge-file":
      return line.has("--stdout", "-p") ? nil : refusal(ofChanging: Array(plain.prefix(1)), .edits)
    default:
      // `--output=FILE` of diff, log and archive.
      let output = line.arguments.compactMap { $0.dropping("--output=") }
      let behind = line.texts.firstIndex { $0 == "-o" || $0 == "--output" }.flatMap { index in
        command == "archive" && index + 1 < line.arguments.count ? line.arguments[index + 1] : nil
      }
      return refusal(ofChanging: output + [behind].compactMap { $0 }, .edits)
    }
  }

  /// The directory in which git works.
  private var directory: ShellDirectory {
    line.directories.reduce(git.invocation.directory) { directory, word in
      switch Target(word, in: directory) {
      case .path(let path): .known(path)
      case .elsewhere: .temporary
      default: .unknown
      }
    }
  }

  private func refusal(ofChanging words: [Word], _ change: EditRules.Change) -> Refusal? {
    words.lazy.compactMap {
      edits.refusal(
        of: WritingPrograms.Written(word: $0, change: change, isRecursive: true), in: directory)
    }.first
  }

  private func absolute(_ words: [Word]) -> [String] {
    words.compactMap { word in
      switch Target(word, in: directory) {
      case .path(let path): path
      case .pattern(let path), .some(let path, _): ShellPath.parent(path)
      case .unknown, .elsewhere: nil
      }
    }
  }

  // MARK: Files from elsewhere

  /// Brings files back: from the index or HEAD it is no edit, from another commit it is.
  private func refusal(ofRestoring paths: [Word], from source: String?, _ losses: inout [Loss]) -> Refusal? {
    if let source, !git.rules.place.facts.isHead(source) {
      // Of a directory only its own name can be judged: nobody knows what differs in it.
      for word in paths {
        let isAll: Bool
        if case .path(let path) = Target(word, in: directory) {
          isAll = path == git.rules.place.root
        } else {
          isAll = false
        }
        if let refusal = isAll ? edits.refusalOfEditing : refusal(ofChanging: [word], .edits) {
          return refusal
        }
      }
    }
    losses.append(.paths(absolute(paths)))
    return nil
  }

  private func refusalOfRestore(_ losses: inout [Loss]) -> Refusal? {
    let isStaged = line.has("--staged", "-S")
    let isWorktree = line.has("--worktree", "-W") || !isStaged
    var source: String?
    var paths: [Word] = []
    var rest = line.arguments[...]
    while let word = rest.popFirst() {
      switch word.text {
      case "-s", "--source": source = rest.popFirst()?.text
      case let text where text.hasPrefix("--source="): source = String(text.dropFirst(9))
      case "--":
        paths += rest
        rest = []
      case let text where text.hasPrefix("-"): break
      default: paths.append(word)
      }
    }
    guard isWorktree || source != nil else { return nil }
    return refusal(ofRestoring: paths, from: source, &losses)
  }

  private func refusalOfCheckout(_ losses: inout [Loss]) -> Refusal? {
    if line.has("--force", "-f") { losses.append(.changes) }
    let words = line.arguments
    if let dashes = line.texts.firstIndex(of: "--") {
      let source = words[..<dashes].last { !$0.text.hasPrefix("-") }
      let paths = Array(words[(dashes + 1)...])
      return paths.isEmpty ? nil : refusal(ofRestoring: paths, from: source?.text, &losses)
    }
    // A branch is made, or followed.
    if line.has("-b", "-B", "--orphan", "--detach", "--track") { return nil }
    let plain = words.filter { !$0.text.hasPrefix("-") }
    guard let first = plain.first else { return nil }
    if isPath(first) { return refusal(ofRestoring: plain, from: nil, &losses) }
    return plain.count > 1 ? refusal(ofRestoring: Array(plain.dropFirst()), from: first.text, &losses) : nil
  }

  /// Whether a word without `--` names a file and no commit.
  private func isPath(_ word: Word) -> Bool {
    let text = word.text
    if text == "." || text.hasPrefix("./") || text.hasPrefix("../") || text.hasPrefix("/")
      || text.hasPrefix(":") || word.isPattern
    {
      return true
    }
    guard !git.rules.place.facts.isHead(text), case .path(let path) = Target(word, in: directory) else {
      return false
    }
    return git.rules.place.facts.kind(path) != nil
  }

  private func refusalOfStash(_ losses: inout [Loss]) -> Refusal? {
    switch line.texts.first {
    case "drop":
      let number = line.texts.dropFirst().first { !$0.hasPrefix("-") }
        .flatMap { Int($0.filter(\.isNumber)) }
      losses.append(.stashes([number ?? 0]))
    case "clear": losses.append(.stashes([]))
    default: break
    }
    return nil
  }

  /// `git apply`: by the paths of its patch, where they are known.
  private var refusalOfApply: Refusal? {
    if line.has("--check", "--stat", "--numstat", "--summary"), !line.has("--apply") { return nil }
    let valued = [
      "-p", "-C", "--directory", "--include", "--exclude", "--build-fake-ancestor", "--whitespace",
    ]
    var files: [Word] = []
    var strip = 1
    var rest = line.arguments[...]
    while let word = rest.popFirst() {
      let text = word.text
      if text.hasPrefix("-p"), let number = Int(text.dropFirst(2)) { strip = number }
      if valued.contains(text) {
        _ = rest.popFirst()
      } else if !text.hasPrefix("-") {
        files.append(word)
      }
    }
    var texts: [String] = files.isEmpty ? [git.invocation.input?.text].compactMap { $0 } : []
    for file in files {
      if case .path(let path) = Target(file, in: directory), let text = git.rules.place.facts.text(path) {
        texts.append(text)
      }
    }
    let paths = texts.flatMap { PatchText.diffPaths(in: $0, strip: strip) }
    return paths.isEmpty
      ? edits.refusalOfEditing : refusal(ofChanging: paths.map { Word(stringLiteral: $0) }, .edits)
  }
}
