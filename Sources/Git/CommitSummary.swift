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

extension CommitSummary {
  /// Of what plumbing read (git-commit-tree(1); the first paragraph as `%s` of git-log(1) has it).
  init(_ text: CommitText) {
    let lines = text.message.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .drop { $0.allSatisfy { $0 == UInt8(ascii: " ") } }
    subject = String(
      decoding: Array(lines.prefix { !$0.isEmpty }.joined(separator: [UInt8(ascii: " ")])), as: UTF8.self)
    (author, time) = text.person("author")
    committed = text.person("committer").time
  }
}

extension Repository {
  /// Reads what a list shows of a commit. Bytes that are no UTF-8 are replaced.
  public func summary(of id: ObjectID) throws(GitError) -> CommitSummary {
    if let plumbing { return CommitSummary(try plumbing.text(ofCommit: id)) }
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
