import CLibgit2
import Core

extension Repository {
  /// What a commit says of itself: the message's first paragraph on one line, as git shows it (git-log(1), `%s`), the
  /// author's name, and the committer's date in seconds since 1970.
  ///
  /// - Throws: `GitError`: `.notFound` when the object is missing or is no commit.
  public func text(of id: ObjectID) throws(GitError) -> (subject: String, author: String, date: Int64) {
    var object: OpaquePointer?
    var oid = id.raw
    try check(git_commit_lookup(&object, handle, &oid), "read commit \(id)")
    defer { git_commit_free(object) }
    let author = git_commit_author(object).flatMap { $0.pointee.name }.map { String(cString: $0) }
    return (
      git_commit_summary(object).map { String(cString: $0) } ?? "", author ?? "", git_commit_time(object)
    )
  }
}
