import Core
import Shell

/// What an agent may ask of git.
struct GitRules {
  let rules: ShellRules
  let invocation: Invocation
  let line: GitLine

  init(rules: ShellRules, invocation: Invocation) {
    self.rules = rules
    self.invocation = invocation
    line = GitLine(arguments: invocation.arguments)
  }

  /// Commands that change nothing.
  static let reading: Set<String> = [
    "", "annotate", "blame", "cat-file", "check-attr", "check-ignore", "check-mailmap", "check-ref-format",
    "cherry",
    "count-objects", "describe", "diff", "diff-files", "diff-index", "diff-tree", "for-each-ref", "fsck",
    "grep",
    "help", "log", "ls-files", "ls-remote", "ls-tree", "merge-base", "name-rev", "range-diff", "rev-list",
    "rev-parse", "shortlog", "show", "show-branch", "show-ref", "status", "var", "version", "whatchanged",
  ]

  static let hooksPath = Refusal(
    .refused, "core.hooksPath would switch the gate's hooks off", remedy: "./step.sh \"what changed\"")

  static let hooksSwitch = Refusal(
    .refused, "hook.EVENT.enabled would switch the gate's hooks off", remedy: "./step.sh \"what changed\"")

  /// Why a setting may not be, by its key, or its key and value: `core.hooksPath`, `hook.<event>.enabled`.
  static func refusal(ofSetting text: String) -> Refusal? {
    let text = text.lowercased()
    if text.contains("core.hookspath") { return hooksPath }
    let keys = text.split { " '\"=".contains($0) }
    return keys.contains { $0.hasPrefix("hook.") && $0.hasSuffix(".enabled") } ? hooksSwitch : nil
  }

  func refusal(_ course: inout LineCourse) -> Refusal? {
    let settings = line.settings + line.environmentSettings
    if let refusal = settings.lazy.compactMap(Self.refusal(ofSetting:)).first { return refusal }
    guard let command = line.subcommand else { return nil }
    if line.has("--help") || line.texts == ["-h"] { return nil }
    if let refusal = WorktreeRules(git: self).refusal(ofWriting: GitOutputs.written(by: line)) {
      return refusal
    }
    if line.has("--no-verify"),
      ["commit", "merge", "push", "rebase", "am", "pull", "cherry-pick", "revert"].contains(command)
    {
      return Refusal(
        .refused, "--no-verify skips the gate's messages, not the gate", remedy: "./step.sh \"what changed\"")
    }
    switch command {
    case "commit", "commit-tree", "fast-import", "update-ref", "am", "cherry-pick", "revert", "filter-branch",
      "filter-repo", "citool", "gui":
      return refusal(ofCommitting: command, &course)
    case "config": return refusal(ofConfiguringIn: course)
    case "notes": return refusalOfNotes
    case "symbolic-ref": return refusalOfSymbolicReference
    case "replace": return line.has("--list", "-l") || line.texts.isEmpty ? nil : rewriting
    case "reflog": return ["expire", "delete"].contains(line.texts.first ?? "") ? forgetting : nil
    case "gc":
      return line.options.contains { ["--prune=now", "--prune=all"].contains($0) } ? forgetting : nil
    case "prune": return line.has("--dry-run", "-n") ? nil : forgetting
    case "push", "send-pack": return PushRules(rules: rules, branch: course.branch).refusal(of: line)
    case "subtree":
      return line.texts.contains("push")
        ? PushRules(rules: rules, branch: course.branch).refusal(of: line) : nil
    case "worktree":
      guard line.has("--force", "-f") else { return nil }
      if line.texts.first == "add" {
        let made = CommandOptions(line.arguments).values(of: "-B").first?.text
        if let made, made == rules.place.facts.branch() { return Self.twice }
        return line.has("-b", "-B", "--orphan", "--detach", "-d") ? nil : Self.twice
      }
      guard line.texts.first == "remove" else { return nil }
      return Refusal(
        .refused, "git worktree remove --force would lose what is uncommitted there",
        remedy: "git worktree remove PATH, which keeps it")
    case "switch" where line.has("--ignore-other-worktrees"),
      "checkout" where line.has("--ignore-other-worktrees"):
      return Self.twice
    default: return WorktreeRules(git: self).refusal(of: command, &course)
    }
  }

  private func refusal(ofCommitting command: String, _ course: inout LineCourse) -> Refusal? {
    let texts = Set(line.options)
    switch command {
    case "commit":
      if line.has("--dry-run", "--short", "--porcelain", "--long") { return nil }
    case "am", "cherry-pick", "revert":
      // What was made of the conflicts is nowhere else.
      if line.has("--abort") { course.losses.append(.changes) }
      if line.has("--abort", "--quit", "--show-current-patch") { return nil }
      if command != "am", line.has("--no-commit") || texts.contains("-n") {
        return rules.edits.refusalOfEditing
      }
    default: break
    }
    return rules.refusalOfCommit(by: "git \(command)")
  }

  private var rewriting: Refusal {
    Refusal(
      .refused, "git \(line.subcommand ?? "") would show other commits than those that landed",
      remedy: "leave history as it is; the owner rewrites it")
  }

  private var forgetting: Refusal {
    Refusal(
      .refused, "git \(line.subcommand ?? "") would lose commits that no branch has any more",
      why: "an agent's work is kept until the owner says otherwise", remedy: "git gc, which keeps them")
  }

  // MARK: Configuration, notes, references

  private func refusal(ofConfiguringIn course: LineCourse) -> Refusal? {
    var words = line.arguments.filter { !$0.text.hasPrefix("-") }.map(\.text)
    let options = line.options
    let verbs = [
      "get", "set", "unset", "list", "edit", "get-all", "rename-section", "remove-section", "get-regexp",
    ]
    let verb = words.first.flatMap { verbs.contains($0) ? $0 : nil }
    if verb != nil { words.removeFirst() }
    // The value of `--file` and its like.
    for option in ["-f", "--file", "--type", "--blob", "--default", "--comment"] {
      if let index = line.texts.firstIndex(of: option), index + 1 < line.texts.count,
        let at = words.firstIndex(of: line.texts[index + 1])
      {
        words.remove(at: at)
      }
    }
    guard let name = words.first?.lowercased() else { return nil }
    if verb == "remove-section" || verb == "rename-section"
      || line.has("--remove-section", "--rename-section")
    {
      return ["core", "llmos", "include"].contains(name) ? Self.hooksPath : nil
    }
    let isRead =
      verb?.hasPrefix("get") == true || verb == "list" || line.has("--list")
      || options.contains { $0.hasPrefix("--get") || $0 == "-l" }
      || (verb == nil && words.count == 1
        && !options.contains { $0.hasPrefix("--unset") || $0.hasPrefix("--add") })
    if isRead { return nil }
    if let file = CommandOptions(line.arguments).value("f", "--file"), !isOwnConfiguration(file),
      let refusal = WorktreeRules(git: self).refusal(ofWriting: [.init(word: file, change: .edits)])
    {
      return refusal
    }
    if name.hasPrefix("include.") || name.hasPrefix("includeif.") { return Self.hooksPath }
    if let refusal = Self.refusal(ofSetting: name) { return refusal }
    if words.count > 1,
      let refusal = PushRules(rules: rules, branch: course.branch).refusal(
        ofSetting: "\(words[0])=\(words[1])")
    {
      return refusal
    }
    guard name.hasPrefix("llmos.") || name.hasPrefix("merge.llmos") else { return nil }
    return EditRules.protected(name)
  }

  /// Whether a file is what `git config` writes without being told where.
  private func isOwnConfiguration(_ file: Word) -> Bool {
    guard case .path(let path) = Target(file, in: invocation.directory) else { return false }
    return rules.place.isGitFile(path) && ["config", "config.worktree"].contains(ShellPath.last(path))
  }

  private var refusalOfNotes: Refusal? {
    let words = line.texts
    var reference = invocation.variable("GIT_NOTES_REF")?.text ?? ""
    for setting in line.settings where setting.lowercased().hasPrefix("core.notesref=") {
      reference = String(setting.dropFirst(14))
    }
    for (index, word) in words.enumerated() {
      if word == "--ref", index + 1 < words.count { reference = words[index + 1] }
      if word.hasPrefix("--ref=") { reference = String(word.dropFirst(6)) }
    }
    let verbs = ["add", "append", "copy", "edit", "merge", "remove", "prune"]
    guard words.contains(where: { verbs.contains($0) }),
      reference.hasSuffix("llmos") || reference.contains("llmos-")
    else { return nil }
    return EditRules.protected(Layout.notes.text)
  }

  private var refusalOfSymbolicReference: Refusal? {
    let words = line.texts.filter { !$0.hasPrefix("-") }
    guard words.count > 1 || line.has("--delete", "-d") else { return nil }
    return Refusal(
      .refused, "git symbolic-ref would move \(words.first ?? "HEAD") behind the gate",
      remedy: "git switch BRANCH")
  }

  /// A branch in two worktrees would have two phases.
  private static let twice = Refusal(
    .refused, "a branch that another worktree has checked out is not checked out here too",
    remedy: "git switch -c BRANCH, for one of your own")
}
