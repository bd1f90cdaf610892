import CLibgit2

/// Commit messages.
public enum Message {
  /// The keys of a message's trailers, by git's rules for the trailer block (git-interpret-trailers(1)).
  ///
  /// - Throws: `GitError`.
  public static func trailerKeys(_ message: String) throws(GitError) -> [String] {
    var array = git_message_trailer_array()
    try check(git_message_trailers(&array, message), "read the trailers")
    defer { git_message_trailer_array_free(&array) }
    var keys: [String] = []
    for index in 0..<array.count {
      if let key = array.trailers[index].key { keys.append(String(cString: key)) }
    }
    return keys
  }
}
