import Core
import Platform

/// What `uninstall` removes of the private files, of each worktree and of all: those of `Layout` that do not outlive it,
/// but the programs and the list of what was added, which go last.
enum PrivateFiles {
  /// What git, and versions of ours before this one, add to the name of a file that they are writing. A process that was
  /// killed leaves it.
  private static let unfinished = [".lock", ".new"]

  private static let removed =
    Layout.worktreeFiles.filter { !$0.outlivesUninstall } + [
      Layout.landings, Layout.branches, Layout.droppedFile, Layout.merges,
    ]
  private static let kept = Set(Layout.worktreeFiles.filter(\.outlivesUninstall).map { plain($0.name) })

  /// The names of files and directories.
  private static let names = Set(removed.filter { $0.rest.isEmpty || isDirectory($0) }.map { plain($0.name) })
  private static let unfinishedNames = Set(
    removed.filter { $0.rest.isEmpty && !isDirectory($0) }.flatMap { file in
      unfinished.map { file.name + $0 }
    })
  /// How the names of the others begin.
  private static let prefixes = removed.filter { !$0.rest.isEmpty && !isDirectory($0) }.map(\.name)

  private static func isDirectory(_ file: Layout.File) -> Bool { file.name.hasSuffix("/") }

  private static func plain(_ name: String) -> String {
    name.hasSuffix("/") ? String(name.dropLast()) : name
  }

  /// Whether `uninstall` removes what has this name in `$GIT_DIR/llmos`.
  static func contains(_ name: String) -> Bool {
    names.contains(name) || unfinishedNames.contains(name) || prefixes.contains { name.hasPrefix($0) }
  }

  /// Whether a directory has something that `uninstall` removes, and nothing that is not known.
  ///
  /// - Parameter more: what else is known.
  static func areLeft(in home: String, besides more: [String] = []) -> Bool {
    let found = Files.names(in: home).filter { !kept.contains($0) }
    return !found.isEmpty && found.allSatisfy { contains($0) || more.contains($0) }
  }

  /// Removes the private files in a git directory, and their directory when nothing else is in it.
  ///
  /// - Parameter gitDirectory: with a trailing slash.
  static func remove(in gitDirectory: String) {
    let home = gitDirectory + Layout.directory
    for name in Files.names(in: home) where contains(name) { removeTree(home + name) }
    for name in Files.names(in: gitDirectory) where name.hasPrefix(Layout.temporary.name) {
      Files.remove(gitDirectory + name)
    }
    Files.removeDirectory(home)
  }

  /// Removes a file, a symlink, or a directory with everything in it.
  private static func removeTree(_ path: String) {
    Files.kind(path.rawBytes) == .directory ? Files.removeTree(path) : Files.remove(path)
  }
}
