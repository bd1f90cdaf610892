import CLibgit2
import Core
import Platform

/// What a name that a user wrote leads to.
public enum Resolution: Hashable, Sendable {
  /// A commit: directly, through a branch, or through a tag, annotated or not.
  case commit(ObjectID)
  /// Nothing has this name.
  case missing
  /// Several things have it: their full names, as far as they have any.
  case ambiguous([String])
  /// A tree or a blob, or a tag of one.
  case other(kind: String)
}

extension Repository {
  /// Finds the commit that a name means (gitrevisions(7)). A name that git would settle by its order of
  /// precedence, with a warning, is ambiguous here: a rollback to the wrong commit is worse than a question.
  public func resolve(_ name: String) throws(GitError) -> Resolution {
    if let plumbing { return try plumbing.resolve(name) }
    var places: [(name: String, id: ObjectID)] = []
    for prefix in ["refs/tags/", "refs/heads/", "refs/remotes/"]
    where (prefix + name).withRawCString({ git_reference_is_valid_name($0) }) == 1 {
      if let id = try target(of: prefix + name) {
        places.append((prefix + name, try commit(behind: id) ?? id))
      }
    }
    if Set(places.map(\.id)).count > 1 { return .ambiguous(places.map(\.name)) }
    var object: OpaquePointer?
    let status = name.withRawCString { git_revparse_single(&object, handle, $0) }
    switch GitError.Code(rawValue: status) {
    case .notFound, .invalidName: return .missing
    case .ambiguous: return .ambiguous([])
    default: try check(status, "resolve \(name)")
    }
    defer { git_object_free(object) }
    var peeled: OpaquePointer?
    guard git_object_peel(&peeled, object, GIT_OBJECT_COMMIT) == 0 else {
      let kind = git_object_type2string(git_object_type(object)).map { String(rawCString: $0) }
      return .other(kind: kind ?? "object")
    }
    defer { git_object_free(peeled) }
    guard let id = git_object_id(peeled) else { return .missing }
    return .commit(ObjectID(id.pointee))
  }

  /// The commit behind an object: itself, or what a tag leads to; nil when it is none.
  public func commit(behind id: ObjectID) throws(GitError) -> ObjectID? {
    if let plumbing { return try plumbing.commit(behind: id) }
    var object: OpaquePointer?
    var oid = id.raw
    let status = git_object_lookup(&object, handle, &oid, GIT_OBJECT_ANY)
    if status == GIT_ENOTFOUND.rawValue { return nil }
    try check(status, "read \(id)")
    defer { git_object_free(object) }
    var peeled: OpaquePointer?
    guard git_object_peel(&peeled, object, GIT_OBJECT_COMMIT) == 0 else { return nil }
    defer { git_object_free(peeled) }
    return git_object_id(peeled).map { ObjectID($0.pointee) }
  }

  /// Whether the history is cut off (git-clone(1), `--depth`).
  public var isShallow: Bool {
    plumbing == nil ? git_repository_is_shallow(handle) == 1 : Files.size(commonDirectory + "shallow") > 0
  }

  /// A commit's message.
  public func message(of id: ObjectID) throws(GitError) -> String {
    if let plumbing { return try String(raw: plumbing.text(ofCommit: id).message) }
    var object: OpaquePointer?
    var oid = id.raw
    try check(
      fetching(["cat-file", "-e", id.description]) { git_commit_lookup(&object, handle, &oid) },
      "read commit \(id)")
    defer { git_commit_free(object) }
    return git_commit_message(object).map { String(rawCString: $0) } ?? ""
  }

  /// A tree with some of its top-level lines replaced, or taken out (nil). Written only when it differs.
  public func tree(_ id: ObjectID, replacing changes: [String: TreeEntry?]) throws(GitError) -> ObjectID {
    let old = try entries(ofTree: id)
    var new = old.filter { changes[$0.name] == nil }
    for case let entry? in changes.values { new.append(entry) }
    return Set(old) == Set(new) ? id : try write(tree: new)
  }
}
