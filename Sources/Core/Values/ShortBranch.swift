extension String {
  /// A branch's short name, where this is the full name of a branch; nil for any other reference. git takes names byte by
  /// byte: a letter that begins with an accent of its own does not hide the slash before it.
  public var shortBranch: String? {
    utf8.starts(with: "refs/heads/".utf8) ? String(Substring(utf8.dropFirst(11))) : nil
  }
}
