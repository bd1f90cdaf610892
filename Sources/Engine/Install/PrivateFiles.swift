import Platform

/// What we keep in `$GIT_DIR/llmos` of a worktree, as `uninstall` removes it: docs/formats.md says what each file is,
/// and a test compares the two.
enum PrivateFiles {
  /// Files; git and we leave those of a process that was killed with `.lock` and `.new` behind their names.
  private static let files: Set<String> = [
    "audit-index", "branch-lock", "checkpoint", "checkpoint-index", "intent", "lock", "override", "refused",
    "rollback.json", "rollback.lock", "run", "step", "step-index", "template", "verified.json",
    "verified.text",
  ]

  /// Files and directories whose names begin like this.
  private static let prefixes = [temporary, "sign-"]

  /// How a file is called before it has its own name.
  private static let temporary = ".llmos-new-"

  /// Directories.
  private static let directories: Set<String> = ["rollback"]

  /// What `run` logged, which stays.
  private static let logs = "runs"

  /// Whether something in `$GIT_DIR/llmos` is ours, and goes with us.
  static func contains(_ name: String) -> Bool {
    let plain = [".lock", ".new"].first { name.hasSuffix($0) }.map { String(name.dropLast($0.count)) }
    return files.contains(name) || directories.contains(name) || prefixes.contains { name.hasPrefix($0) }
      || plain.map(files.contains) ?? false
  }

  /// Whether a directory has something that goes with us and nothing that is not known.
  ///
  /// - Parameter more: what else is known.
  static func areLeft(in home: String, besides more: [String] = []) -> Bool {
    let names = Files.names(in: home).filter { $0 != logs }
    return !names.isEmpty && names.allSatisfy { contains($0) || more.contains($0) }
  }

  /// Removes what is ours of a worktree, and the directory when nothing else is in it.
  ///
  /// - Parameter gitDirectory: with a trailing slash.
  static func remove(in gitDirectory: String) {
    let home = gitDirectory + "llmos/"
    for name in Files.names(in: home) where contains(name) { removeTree(home + name) }
    for name in Files.names(in: gitDirectory) where name.hasPrefix(temporary) {
      Files.remove(gitDirectory + name)
    }
    Files.removeDirectory(home)
  }

  /// Removes a file, a symlink, or a directory with everything in it.
  private static func removeTree(_ path: String) {
    if Files.kind(Array(path.utf8)) == .directory {
      for name in Files.names(in: path) { removeTree(path + "/" + name) }
      Files.removeDirectory(path)
    } else {
      Files.remove(path)
    }
  }
}
