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
      // The path of the file `.git` in its root: absolute, or from its git directory (gitrepository-layout(5)).
      guard case .bytes(var bytes) = Files.read(directory + "gitdir", limit: 1 << 16) else { continue }
      while bytes.last.map({ $0 <= 0x20 }) == true { bytes.removeLast() }
      guard bytes.suffix(5).elementsEqual("/.git".utf8) else { continue }
      let root = String(raw: bytes.dropLast(5))
      let path = bytes.first == UInt8(ascii: "/") ? root : directory + root
      found.append(Worktree(id: id, path: Files.resolved(path), gitDirectory: directory))
    }
    return found
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
