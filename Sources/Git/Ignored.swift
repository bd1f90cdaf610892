import CLibgit2
import Core

extension Repository {
  /// Whether the rules of gitignore(5) leave a path out. Whether it is tracked all the same is not asked.
  ///
  /// - Parameter path: from the worktree's root; a directory's ends in a slash.
  public func isIgnored(_ path: String) throws(GitError) -> Bool {
    if let plumbing { return try plumbing.isIgnored(path) }
    var ignored: Int32 = 0
    try check(git_ignore_path_is_ignored(&ignored, handle, path), "look whether \(path) is ignored")
    return ignored == 1
  }

  /// Whether HEAD's tree, or another one, has something at a path.
  public func has(_ path: String, inCommit id: ObjectID) throws(GitError) -> Bool {
    try entry(at: path, inTree: commit(id).tree) != nil
  }
}
