import CLibgit2
import Core
import Platform

/// Objects that a partial clone left with its remote (git-clone(1), `--filter`): git fetches what it looks for and does not
/// find, libgit2 does not.
extension Repository {
  /// Looks something up; where an object is missing that a remote has promised, git fetches it first.
  ///
  /// - Parameters:
  ///   - words: a git command that reads what is looked up, and fetches it so.
  ///   - look: the look-up, as libgit2 answers it.
  func fetching(_ words: @autoclosure () -> [String], _ look: () -> Int32) -> Int32 {
    let status = look()
    guard status == GIT_ENOTFOUND.rawValue, isPartial,
      Child.bytes(of: ["git", "--git-dir=" + gitDirectory, "--no-replace-objects"] + words()) != nil
    else { return status }
    var odb: OpaquePointer?
    if git_repository_odb(&odb, handle) == 0 { git_odb_refresh(odb) }
    git_odb_free(odb)
    return look()
  }

  /// Whether the repository's configuration names a remote that promises objects: in its own file, where git-clone(1)
  /// writes it.
  private var isPartial: Bool {
    let text = Files.content(commonDirectory + "config", limit: 1 << 20) ?? []
    return text.split(separator: UInt8(ascii: "\n")).contains { line in
      let words = String(decoding: line, as: UTF8.self).lowercased()
      return words.contains("promisor") || words.contains("partialclone")
    }
  }
}
