import CLibgit2
import Core

/// What a list shows of a commit.
public struct CommitSummary: Hashable, Sendable {
  /// The first paragraph of its message, on one line.
  public let subject: String
  /// The author's name.
  public let author: String
  /// When it was written: seconds since 1970.
  public let time: Int64
  /// When it was committed, which a rebase does anew: seconds since 1970.
  public let committed: Int64
}

extension Repository {
  /// Reads what a list shows of a commit. Bytes that are no UTF-8 are replaced.
  public func summary(of id: ObjectID) throws(GitError) -> CommitSummary {
    var object: OpaquePointer?
    var oid = id.raw
    try check(git_commit_lookup(&object, handle, &oid), "read commit \(id)")
    defer { git_commit_free(object) }
    let author = git_commit_author(object)
    return CommitSummary(
      subject: git_commit_summary(object).map { String(cString: $0) } ?? "",
      author: author?.pointee.name.map { String(cString: $0) } ?? "",
      time: author?.pointee.when.time ?? 0, committed: git_commit_time(object))
  }
}
