import Core
import Platform

/// A worktree of a repository (git-worktree(1)).
public struct Worktree: Hashable, Sendable {
  /// Its name below `worktrees/`; nil for the main one.
  public let id: String?
  /// Its root, without a trailing slash.
  public let path: String
  /// Its own git directory, with a trailing slash.
  public let gitDirectory: String

  /// Whether its directory is there. One on a disk that is not mounted is still known to git.
  public var isThere: Bool { Files.isReachable(path + "/.git") }
}

extension Repository {
  /// The worktrees of this repository, the main one first, the others by name. A bare repository has no main one.
  public func worktrees() throws(GitError) -> [Worktree] {
    var found: [Worktree] = []
    if let root = try mainRoot() {
      found.append(Worktree(id: nil, path: root.withoutSlash, gitDirectory: commonDirectory))
    }
    for id in Files.names(in: commonDirectory + "worktrees").sorted() {
      let directory = commonDirectory + "worktrees/" + id + "/"
      guard let root = Self.root(ofWorktreeWith: directory) else { continue }
      found.append(Worktree(id: id, path: Files.resolved(root), gitDirectory: directory))
    }
    return found
  }

  /// The root of a linked worktree, without a trailing slash; nil where its git directory does not tell.
  ///
  /// - Parameter gitDirectory: its own, with a trailing slash.
  public static func root(ofWorktreeWith gitDirectory: String) -> String? {
    // The path of the file `.git` in its root: absolute, or from its git directory (gitrepository-layout(5)).
    let name = "/.git".utf8
    guard let line = Files.line(gitDirectory + "gitdir"), line.utf8.suffix(name.count).elementsEqual(name)
    else { return nil }
    let root = String(Substring(line.utf8.dropLast(name.count)))
    return root.hasPrefix("/") ? root : gitDirectory + root
  }

  /// The one of these worktrees that has a branch checked out; nil when none has.
  ///
  /// - Parameter branch: its full name.
  public func worktree(holding branch: String, among worktrees: [Worktree]) -> Worktree? {
    worktrees.first { self.branch(checkedOutIn: $0.gitDirectory)?.rawBytes == branch.rawBytes }
  }

  private func mainRoot() throws(GitError) -> String? {
    if linkedWorktree == nil { return workDirectory }
    return try Repository(discovering: commonDirectory, gitDir: nil).workDirectory
  }
}
