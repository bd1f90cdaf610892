import CLibgit2
import Core
import Platform

extension Repository {
  /// The commits that a tip brings: reachable from it and from none of the others.
  ///
  /// - Parameter limit: the most to return.
  public func commits(
    from tip: ObjectID, hiding others: [ObjectID], limit: Int = .max
  ) throws(GitError) -> [ObjectID] {
    if let plumbing { return try plumbing.commits(from: tip, hiding: others, limit: limit) }
    var walk: OpaquePointer?
    try check(git_revwalk_new(&walk, handle), "begin a walk")
    defer { git_revwalk_free(walk) }
    var start = tip.raw
    try check(git_revwalk_push(walk, &start), "walk from \(tip)")
    for other in others {
      var known = other.raw
      try check(git_revwalk_hide(walk, &known), "hide \(other)")
    }
    var found: [ObjectID] = []
    var oid = git_oid()
    while found.count < limit {
      let status = git_revwalk_next(&oid, walk)
      if status == GIT_ITEROVER.rawValue { break }
      try check(status, "walk from \(tip)")
      found.append(ObjectID(oid))
    }
    return found
  }

  /// Whether `descendant` has `ancestor` in its history, or is it.
  public func isAncestor(_ ancestor: ObjectID, of descendant: ObjectID) throws(GitError) -> Bool {
    if let plumbing { return try plumbing.isAncestor(ancestor, of: descendant) }
    if ancestor == descendant { return true }
    var young = descendant.raw
    var old = ancestor.raw
    let answer = git_graph_descendant_of(handle, &young, &old)
    if answer < 0, isShallow {
      // libgit2 does not know that history ends: git does.
      let asked = ["merge-base", "--is-ancestor", ancestor.description, descendant.description]
      let git = ["git", "--git-dir=" + gitDirectory, "--no-replace-objects"]
      if let code = (try? Child.run(git + asked, Child.Setup()))?.code, code == 0 || code == 1 {
        return code == 0
      }
    }
    return try check(answer, "compare \(descendant) with \(ancestor)") == 1
  }

  /// A path in which two trees differ.
  public struct Change: Hashable, Sendable {
    /// The path.
    public let path: String
    /// The blob before; nil when the path is new.
    public let old: ObjectID?
    /// The blob now; nil when the path is gone.
    public let new: ObjectID?
  }

  /// The paths in which two trees differ: it costs what differs, and reads no index.
  ///
  /// - Parameter old: nil for the empty tree.
  public func changes(from old: ObjectID?, to new: ObjectID) throws(GitError) -> [Change] {
    if let plumbing { return try plumbing.changes(from: old, to: new) }
    func tree(_ id: ObjectID?) throws(GitError) -> OpaquePointer? {
      guard let id else { return nil }
      var tree: OpaquePointer?
      var oid = id.raw
      try check(
        fetching(["cat-file", "-e", id.description]) { git_tree_lookup(&tree, handle, &oid) },
        "read tree \(id)")
      return tree
    }
    let before = try tree(old)
    defer { git_tree_free(before) }
    let after = try tree(new)
    defer { git_tree_free(after) }
    var options = git_diff_options()
    try check(git_diff_options_init(&options, UInt32(GIT_DIFF_OPTIONS_VERSION)), "prepare a comparison")
    options.flags |= GIT_DIFF_SKIP_BINARY_CHECK.rawValue
    var diff: OpaquePointer?
    let names = [old?.description ?? "4b825dc642cb6eb9a060e54bf8d69288fbee4904", new.description]
    try check(
      fetching(["diff-tree", "-r", "--raw"] + names) {
        git_diff_tree_to_tree(&diff, handle, before, after, &options)
      }, "compare two trees")
    defer { git_diff_free(diff) }
    var changes: [Change] = []
    for index in 0..<git_diff_num_deltas(diff) {
      guard let delta = git_diff_get_delta(diff, index)?.pointee else { continue }
      let isNew = delta.status == GIT_DELTA_ADDED
      let isGone = delta.status == GIT_DELTA_DELETED
      guard let path = isGone ? delta.old_file.path : delta.new_file.path else { continue }
      changes.append(
        Change(
          path: String(rawCString: path), old: isNew ? nil : ObjectID(delta.old_file.id),
          new: isGone ? nil : ObjectID(delta.new_file.id)))
    }
    return changes
  }
}
