/// git's command line in its parts (git(1)).
public struct GitLine: Hashable, Sendable {
  /// The values of `-C`, in order.
  public private(set) var directories: [Word] = []
  /// `-c NAME=VALUE`.
  public private(set) var settings: [String] = []
  /// `--config-env=NAME=VARIABLE`.
  public private(set) var environmentSettings: [String] = []
  /// `--git-dir`.
  public private(set) var gitDirectory: Word?
  /// `--work-tree`.
  public private(set) var worktree: Word?
  /// `commit`, `push`; nil where there is none.
  public private(set) var subcommand: String?
  /// What stands behind the subcommand.
  public private(set) var arguments: [Word] = []

  /// Reads the arguments of git.
  public init(arguments: [Word]) {
    var rest = arguments[...]
    while let word = rest.first {
      let text = word.text
      guard text.hasPrefix("-") else { break }
      rest.removeFirst()
      switch text {
      case "-C": if let value = rest.popFirst() { directories.append(value) }
      case "-c": if let value = rest.popFirst() { settings.append(value.text) }
      case "--config-env": if let value = rest.popFirst() { environmentSettings.append(value.text) }
      case "--git-dir": gitDirectory = rest.popFirst()
      case "--work-tree": worktree = rest.popFirst()
      case "--namespace", "--exec-path", "--super-prefix", "--list-cmds", "--attr-source":
        if text != "--exec-path" { _ = rest.popFirst() }
      default:
        if text.hasPrefix("--config-env=") { environmentSettings.append(String(text.dropFirst(13))) }
        if text.hasPrefix("--git-dir=") { gitDirectory = word.dropping("--git-dir=") }
        if text.hasPrefix("--work-tree=") { worktree = word.dropping("--work-tree=") }
        if text.hasPrefix("-C"), text.count > 2, let value = word.dropping("-C") { directories.append(value) }
      }
    }
    subcommand = rest.popFirst()?.text
    self.arguments = Array(rest)
  }

  /// The arguments as text.
  public var texts: [String] { arguments.map(\.text) }

  /// The options before `--`.
  public var options: [String] { texts.prefix { $0 != "--" }.filter { $0.hasPrefix("-") && $0 != "-" } }

  /// Whether one of these options stands there, also as `--name=value`. git takes the beginning of a long option's
  /// name for the whole, and several short options in one word.
  public func has(_ names: String...) -> Bool {
    options.contains { option in
      names.contains { name in
        if option == name || option.hasPrefix(name + "=") { return true }
        guard name.hasPrefix("--") else { return name.count == 2 && isBundled(name.last, in: option) }
        let given = option.prefix { $0 != "=" }
        return given.utf8.count > 2 && name.hasPrefix(given)
      }
    }
  }

  /// Whether a short option stands in a word of several, before one that takes the rest as its value.
  private func isBundled(_ letter: Character?, in option: String) -> Bool {
    guard !option.hasPrefix("--") else { return false }
    let valued = "bBcCmFtoXeU" + (subcommand == "restore" ? "s" : "")
    for other in option.dropFirst() {
      if other == letter { return true }
      if valued.contains(other) { return false }
    }
    return false
  }

  /// Whether a word of short options has this letter.
  public func has(short letter: Character) -> Bool {
    options.contains { !$0.hasPrefix("--") && $0.dropFirst().contains(letter) }
  }

  /// git's own commands (git(1)): an alias cannot have their names.
  public static let commands: Set<String> = [
    "add", "am", "annotate", "apply", "archive", "bisect", "blame", "branch", "bugreport", "bundle",
    "cat-file",
    "check-attr", "check-ignore", "check-mailmap", "check-ref-format", "checkout", "checkout-index", "cherry",
    "cherry-pick", "clean", "clone", "column", "commit", "commit-graph", "commit-tree", "config",
    "count-objects",
    "credential", "daemon", "describe", "diff", "diff-files", "diff-index", "diff-tree", "difftool",
    "fast-export",
    "fast-import", "fetch", "fetch-pack", "filter-branch", "fmt-merge-msg", "for-each-ref", "for-each-repo",
    "format-patch", "fsck", "gc", "get-tar-commit-id", "grep", "gui", "hash-object", "help", "hook",
    "index-pack",
    "init", "instaweb", "interpret-trailers", "log", "ls-files", "ls-remote", "ls-tree", "mailinfo",
    "mailsplit",
    "maintenance", "merge", "merge-base", "merge-file", "merge-index", "merge-tree", "mergetool", "mktag",
    "mktree",
    "multi-pack-index", "mv", "name-rev", "notes", "pack-objects", "pack-refs", "patch-id", "prune", "pull",
    "push",
    "quiltimport", "range-diff", "read-tree", "rebase", "reflog", "refs", "remote", "repack", "replace",
    "replay",
    "request-pull", "rerere", "reset", "restore", "rev-list", "rev-parse", "revert", "rm", "send-email",
    "shortlog",
    "show", "show-branch", "show-index", "show-ref", "sparse-checkout", "stage", "stash", "status",
    "stripspace",
    "submodule", "switch", "symbolic-ref", "tag", "unpack-file", "unpack-objects", "update-index",
    "update-ref",
    "update-server-info", "var", "verify-commit", "verify-pack", "verify-tag", "version", "whatchanged",
    "worktree",
    "write-tree", "lfs",
  ]
}
