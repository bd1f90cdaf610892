import Core
import Git
import Platform

/// The other worktrees of the repository.
extension Engine {
  /// Whether a git directory is this worktree's.
  func isOwn(_ gitDirectory: String) -> Bool {
    Files.resolved(gitDirectory) == Files.resolved(repository.gitDirectory)
  }

  /// The worktree that a git directory belongs to; nil when it is gone, or has no files (bare).
  func ofWorktree(with gitDirectory: String) throws -> Engine? {
    var path = gitDirectory
    if gitDirectory != repository.commonDirectory {
      guard let root = Repository.root(ofWorktreeWith: gitDirectory), Files.exists(root + "/.git") else {
        return nil
      }
      path = root
    }
    let opened = try Repository(discovering: path, isTrusted: true)
    guard let root = opened.workDirectory else { return nil }
    return Engine(opened, worktree: root, identity: identity)
  }
}
