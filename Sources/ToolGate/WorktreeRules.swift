import Core
import Shell

/// git's commands that change files of the worktree, and what is lost by them.
struct WorktreeRules {
  let git: GitRules
  private var line: GitLine { git.line }
  private var edits: EditRules { git.rules.edits }

  init(git: GitRules) { self.git = git }

  func refusal(of command: String, _ course: inout LineCourse) -> Refusal? {
    let plain = line.arguments.filter { !$0.text.hasPrefix("-") }
    switch command {
    case "checkout": return refusalOfCheckout(&course)
    case "restore": return refusalOfRestore(&course)
    case "switch":
      if line.has("--force", "--discard-changes", "-f") { course.losses.append(.changes) }
      return nil
    case "reset":
      if line.has("--hard", "--merge") { course.losses.append(.changes) }
      return nil
    case "clean":
      if !line.has("--dry-run"), !line.has(short: "n") { course.losses.append(.untracked) }
      return nil
    case "stash": return refusalOfStash(&course)
    case "merge", "rebase":
      // What was made of the conflicts is nowhere else.
      if line.has("--abort") { course.losses.append(.changes) }
      return nil
    case "read-tree":
      if line.has("--reset", "-u") { course.losses.append(.changes) }
      guard line.has("-u"), let tree = plain.last?.text, !git.rules.place.facts.isHead(tree) else {
        return nil
      }
      return refusal(ofTaking: [], from: tree)
    case "checkout-index":
      if line.has("--force", "-f"), !line.has("--prefix") { course.losses.append(.changes) }
      return nil
    case "rm":
      if line.has("--dry-run", "-n") { return nil }
      let isCached = line.has("--cached")
      let refusal = self.refusal(ofChanging: plain, isCached ? .touches : .removes)
      if refusal == nil, !isCached { course.losses.append(.paths(lost(plain))) }
      return refusal
    case "mv": return line.has("--dry-run", "-n") ? nil : refusal(ofChanging: plain, .removes)
    case "apply":
      // What `diff | apply -R` takes back is nowhere else.
      if line.has("--reverse", "-R"), !line.has("--check", "--cached") { course.losses.append(.changes) }
      return refusalOfApply
    case "merge-file":
      return line.has("--stdout", "-p") ? nil : refusal(ofChanging: Array(plain.prefix(1)), .edits)
    default: return nil
    }
  }

  /// Judges what git writes because the line names it.
  func refusal(ofWriting written: [WritingPrograms.Written]) -> Refusal? {
    written.lazy.compactMap { edits.refusal(of: $0, in: directory) }.first
  }

  /// The directory in which git works.
  private var directory: ShellDirectory {
    let worktree = line.worktree ?? git.invocation.environment("GIT_WORK_TREE")
    return (line.directories + [worktree].compactMap { $0 }).reduce(git.invocation.directory) {
      directory, word in
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

  /// What pathspecs concern: of one that is no plain path everything (gitglossary(7), pathspec).
  private func lost(_ words: [Word]) -> [String] {
    if isFromFile { return [git.rules.place.root] }
    return words.map { word in
      guard isPlain(word), case .path(let path) = Target(word, in: directory) else {
        return git.rules.place.root
      }
      return path
    }
  }

  /// Whether the pathspecs stand in a file, or come on stdin.
  private var isFromFile: Bool { line.has("--pathspec-from-file") }

  private func isPlain(_ word: Word) -> Bool {
    word.isKnown && !word.text.hasPrefix(":") && !word.text.contains { "*?[".contains($0) }
  }

  // MARK: Files from elsewhere

  /// Brings files back: from the index or HEAD it is no edit, from another commit it is.
  private func refusal(ofRestoring paths: [Word], from source: String?, _ course: inout LineCourse)
    -> Refusal?
  {
    // Into another directory than the worktree nothing is brought back.
    if line.worktree != nil || git.invocation.environment("GIT_WORK_TREE") != nil,
      let refusal = refusal(ofChanging: paths, .edits), directory != .known(git.rules.place.root)
    {
      return refusal
    }
    if let source, !git.rules.place.facts.isHead(source) {
      if let refusal = refusal(ofTaking: paths, from: source) { return refusal }
    }
    course.losses.append(.paths(lost(paths)))
    return nil
  }

  /// Judges what differs in another commit.
  private func refusal(ofTaking paths: [Word], from source: String) -> Refusal? {
    let isWhole = isFromFile || paths.isEmpty || paths.contains { !isPlain($0) || isDirectory($0) }
    guard isWhole else { return refusal(ofChanging: paths, .edits) }
    if let refusal = edits.refusalOfEditing { return refusal }
    var specs = isFromFile ? [] : paths.map(\.text)
    var base = git.rules.place.root
    if case .known(let path) = directory { base = path } else { specs = [] }
    guard let changed = git.rules.place.facts.changed(source, specs, base) else {
      return refusal(ofChanging: paths.filter(isPlain), .edits)
    }
    return changed.lazy.compactMap {
      edits.refusal(of: .edits, at: ShellPath.normal($0, in: git.rules.place.root))
    }.first
  }

  private func isDirectory(_ word: Word) -> Bool {
    guard case .path(let path) = Target(word, in: directory) else { return true }
    return git.rules.place.facts.kind(path) != .file
  }

  private func refusalOfRestore(_ course: inout LineCourse) -> Refusal? {
    let isStaged = line.has("--staged", "-S")
    let isWorktree = line.has("--worktree", "-W") || !isStaged
    var source: String?
    var paths: [Word] = []
    var rest = line.arguments[...]
    while let word = rest.popFirst() {
      switch word.text {
      case let text where text == "-s" || text.count > 2 && "--source".hasPrefix(text):
        source = rest.popFirst()?.text
      case let text
      where text.hasPrefix("--") && text.contains("=") && "--source".hasPrefix(text.prefix { $0 != "=" }):
        source = text.firstIndex(of: "=").map { String(text[text.index(after: $0)...]) }
      case let text where text.hasPrefix("-") && !text.hasPrefix("--") && text.contains("s"):
        // `-SWs SOURCE`, `-sSOURCE`.
        let behind = text.drop { $0 != "s" }.dropFirst()
        source = behind.isEmpty ? rest.popFirst()?.text : String(behind)
      case "--":
        paths += rest
        rest = []
      case let text where text.hasPrefix("-"): break
      default: paths.append(word)
      }
    }
    guard isWorktree || source != nil else { return nil }
    return refusal(ofRestoring: paths, from: source, &course)
  }

  private func refusalOfCheckout(_ course: inout LineCourse) -> Refusal? {
    if line.has("--force", "-f") { course.losses.append(.changes) }
    let words = line.arguments
    if let dashes = line.texts.firstIndex(of: "--") {
      let source = words[..<dashes].last { !$0.text.hasPrefix("-") }
      let paths = Array(words[(dashes + 1)...])
      return paths.isEmpty ? nil : refusal(ofRestoring: paths, from: source?.text, &course)
    }
    if isFromFile {
      return refusal(ofRestoring: [], from: words.first { !$0.text.hasPrefix("-") }?.text, &course)
    }
    // A branch is made, or followed.
    if line.has("-b", "-B", "--orphan", "--detach", "--track") { return nil }
    let plain = words.filter { !$0.text.hasPrefix("-") }
    guard let first = plain.first else { return nil }
    if isPath(first) { return refusal(ofRestoring: plain, from: nil, &course) }
    return plain.count > 1 ? refusal(ofRestoring: Array(plain.dropFirst()), from: first.text, &course) : nil
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

  private func refusalOfStash(_ course: inout LineCourse) -> Refusal? {
    switch line.texts.first {
    case "push", "save", nil: course.hasStashed = true
    case let option? where option.hasPrefix("-"): course.hasStashed = true
    case "drop":
      if course.hasStashed { course.losses += [.changes, .untracked] }
      let number = line.texts.dropFirst().first { !$0.hasPrefix("-") }
        .flatMap { Int($0.filter(\.isNumber)) }
      course.losses.append(.stashes([number ?? 0]))
    case "clear":
      if course.hasStashed { course.losses += [.changes, .untracked] }
      course.losses.append(.stashes([]))
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
