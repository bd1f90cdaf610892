import CLibgit2
import Core
import Platform

/// Where HEAD stands.
public struct Head: Hashable, Sendable {
  /// The full name of the branch (`refs/heads/main`); nil when HEAD is detached.
  public let branch: String?
  /// The commit; nil on an unborn branch.
  public let commit: ObjectID?

  /// HEAD as read, or as a test has it.
  public init(branch: String?, commit: ObjectID?) {
    self.branch = branch
    self.commit = commit
  }
}

extension Repository {
  /// Reads HEAD without requiring that its branch was born.
  ///
  /// - Throws: `GitError` when HEAD or its branch cannot be read.
  public func head() throws(GitError) -> Head {
    if let plumbing { return try plumbing.head() }
    if let branch = Self.linked(headOf: gitDirectory) {
      return Head(branch: branch, commit: try target(of: branch))
    }
    var reference: OpaquePointer?
    try check(git_reference_lookup(&reference, handle, "HEAD"), "read HEAD")
    defer { git_reference_free(reference) }
    if let target = git_reference_symbolic_target(reference) {
      let branch = String(rawCString: target)
      return Head(branch: branch, commit: try self.target(of: branch))
    }
    guard let oid = git_reference_target(reference) else {
      throw GitError(operation: "read HEAD", code: .notFound, message: "HEAD names nothing")
    }
    // git worktree add begins with a HEAD of zeros.
    let isZero = git_oid_is_zero(oid) == 1
    return Head(branch: nil, commit: isZero ? nil : ObjectID(oid.pointee))
  }

  /// The branch to which HEAD is a symlink, as git makes it with `core.preferSymlinkRefs`; libgit2 would read the branch's
  /// file as a detached HEAD.
  private static func linked(headOf gitDirectory: String) -> String? {
    Files.target(ofLink: gitDirectory + "HEAD").flatMap { $0.hasPrefix("refs/") ? $0 : nil }
  }

  /// The object that a full reference name leads to; nil when there is no such reference.
  public func target(of name: String) throws(GitError) -> ObjectID? {
    if let plumbing { return try plumbing.target(of: name) }
    var oid = git_oid()
    let status = name.withRawCString { git_reference_name_to_id(&oid, handle, $0) }
    if status == GIT_ENOTFOUND.rawValue { return nil }
    try check(status, "read \(name)")
    return ObjectID(oid)
  }

  /// What `packed-refs` has for a reference, whatever its own file says; nil where that has none, or cannot be read.
  public func packedTarget(of name: String) -> ObjectID? {
    (try? ReferenceFiles(directory: commonDirectory).packed(name)) ?? nil
  }

  /// The commits that the references matching a glob name by themselves. A symbolic reference is left out:
  /// it can dangle, and it can make one name look like another.
  ///
  /// - Parameter isCounted: tells by its full name whether a reference counts.
  public func directTargets(
    matching glob: String, where isCounted: (String) -> Bool = { _ in true }
  ) throws(GitError) -> [ObjectID] {
    if let plumbing {
      let all = try plumbing.list(glob).filter { !$0.isSymbolic && $0.kind == "commit" }
      return all.filter { isCounted($0.tip.name) }.map(\.tip.id)
    }
    var targets: [ObjectID] = []
    for tip in try tips(matching: glob) where isCounted(tip.name) {
      var object: OpaquePointer?
      var target = tip.id.raw
      // Only commits: whatever else a reference names hides nothing.
      if git_commit_lookup(&object, handle, &target) == 0 {
        git_commit_free(object)
        targets.append(tip.id)
      }
    }
    return targets
  }

  /// A reference and the object that it names by itself.
  public struct Tip: Hashable, Sendable {
    /// The full name.
    public let name: String
    /// A commit mostly; whatever was put there.
    public let id: ObjectID

    /// A tip of these.
    public init(name: String, id: ObjectID) {
      self.name = name
      self.id = id
    }

    /// Names are compared by their bytes, as git does: a `String` is the same where one letter is written in two ways
    /// (Unicode's canonical equivalence).
    public static func == (one: Tip, other: Tip) -> Bool {
      one.id == other.id && one.name.utf8.elementsEqual(other.name.utf8)
    }

    /// By the object alone: it is seldom that two names have the same one.
    public func hash(into hasher: inout Hasher) { hasher.combine(id) }

    /// Where tips are, by the bytes of their names.
    public static func byName(_ tips: [Tip]) -> [[UInt8]: ObjectID] {
      tips.reduce(into: [:]) { $0[$1.name.rawBytes] = $1.id }
    }
  }

  /// The references matching a glob that name an object by themselves, in the order of their names.
  ///
  /// - Parameter symbolic: whether those that name another reference are among them, with what that names.
  public func tips(matching glob: String, symbolic: Bool = false) throws(GitError) -> [Tip] {
    if let plumbing { return try plumbing.list(glob).filter { symbolic || !$0.isSymbolic }.map(\.tip) }
    var iterator: OpaquePointer?
    try check(git_reference_iterator_glob_new(&iterator, handle, glob), "list \(glob)")
    defer { git_reference_iterator_free(iterator) }
    var tips: [Tip] = []
    var reference: OpaquePointer?
    while true {
      let status = git_reference_next(&reference, iterator)
      if status == GIT_ITEROVER.rawValue { return tips.sorted { $0.name < $1.name } }
      try check(status, "list \(glob)")
      defer { git_reference_free(reference) }
      let name = String(rawCString: git_reference_name(reference))
      if let oid = git_reference_target(reference) {
        tips.append(Tip(name: name, id: ObjectID(oid.pointee)))
      } else if symbolic, let id = try target(of: name) {
        tips.append(Tip(name: name, id: id))
      }
    }
  }

  /// What a reference named last by a fetch, or a clone, and not because it was pushed from here: by its
  /// reflog. Without one, nobody has pushed it.
  ///
  /// - Returns: nil when all that it ever named was pushed.
  public func fetched(_ tip: Tip) throws(GitError) -> ObjectID? {
    if let plumbing { return try plumbing.fetched(tip) }
    var log: OpaquePointer?
    try check(tip.name.withRawCString { git_reflog_read(&log, handle, $0) }, "read the reflog of \(tip.name)")
    defer { git_reflog_free(log) }
    let count = git_reflog_entrycount(log)
    for index in 0..<count {
      let entry = git_reflog_entry_byindex(log, index)
      let message = git_reflog_entry_message(entry).map { String(rawCString: $0) } ?? ""
      if !message.hasPrefix("update by push"), let id = git_reflog_entry_id_new(entry) {
        return ObjectID(id.pointee)
      }
    }
    guard count > 0, let first = git_reflog_entry_byindex(log, count - 1),
      let old = git_reflog_entry_id_old(first)
    else { return tip.id }
    return git_oid_is_zero(old) == 1 ? nil : ObjectID(old.pointee)
  }

  /// Whether each reference is a file, or a line of `packed-refs`: with a lock file beside it while it moves, and a log.
  public var keepsReferencesInFiles: Bool { !Files.isReachable(commonDirectory + "reftable/tables.list") }

  /// The newest value in a reference's reflog, of references in files: the last line of the log (gitrepository-layout(5),
  /// `logs`), at the cost of one read. Nil where there is none, and in a reftable, which has a reference and its log in one
  /// place: none of them moves without the other.
  public func newestInLog(of reference: String) -> ObjectID? {
    guard keepsReferencesInFiles else { return nil }
    guard let file = OpenFile(commonDirectory + "logs/" + reference) else { return nil }
    let size = file.size
    let tail = file.read(at: max(0, size - 1024), count: 1024)
    guard let line = tail.split(separator: UInt8(ascii: "\n")).last else { return nil }
    let words = line.split(separator: UInt8(ascii: " "), maxSplits: 2)
    return words.count == 3 ? ObjectID(hex: String(decoding: words[1], as: UTF8.self)) : nil
  }

  /// The branch that a worktree has checked out, by its git directory; nil where HEAD is detached or cannot be read.
  public func branch(checkedOutIn gitDirectory: String) -> String? {
    if keepsReferencesInFiles {
      if let branch = Self.linked(headOf: gitDirectory) { return branch }
      let text = Files.read(gitDirectory + "HEAD", limit: 4096).text ?? ""
      return text.hasPrefix("ref: ") ? String(text.dropFirst(5).prefix { $0 != "\n" }) : nil
    }
    guard let found = Discovery(discovering: gitDirectory, gitDir: gitDirectory, workTree: nil) else {
      return nil
    }
    return (try? Plumbing(found).symbolicTarget(of: "HEAD")) ?? nil
  }

  /// The commit at which HEAD of a worktree stands, by its git directory; nil when there is none or it cannot be read.
  public func commit(checkedOutIn gitDirectory: String) -> ObjectID? {
    if let branch = branch(checkedOutIn: gitDirectory) { return (try? target(of: branch)) ?? nil }
    if keepsReferencesInFiles {
      return ObjectID(hex: (Files.read(gitDirectory + "HEAD", limit: 4096).text ?? "").prefix { $0 != "\n" })
    }
    guard let found = Discovery(discovering: gitDirectory, gitDir: gitDirectory, workTree: nil) else {
      return nil
    }
    return try? Plumbing(found).head().commit
  }

  /// Whether a reference names another one instead of an object.
  public func isSymbolic(_ name: String) throws(GitError) -> Bool { try symbolicTarget(of: name) != nil }

  /// The name of the reference that another one names; nil where it names an object, or is not there.
  public func symbolicTarget(of name: String) throws(GitError) -> String? {
    if let plumbing { return try plumbing.symbolicTarget(of: name) }
    var reference: OpaquePointer?
    let status = name.withRawCString { git_reference_lookup(&reference, handle, $0) }
    if status == GIT_ENOTFOUND.rawValue { return nil }
    try check(status, "read \(name)")
    defer { git_reference_free(reference) }
    return git_reference_symbolic_target(reference).map { String(rawCString: $0) }
  }

  /// Moves a reference by compare-and-swap.
  ///
  /// - Parameters:
  ///   - name: a full reference name.
  ///   - expected: the value it must have now; nil when it must not exist.
  ///   - message: the reflog's line.
  ///   - waits: whether a reftable's lock is waited for, as its configuration says.
  /// - Throws: `GitError`: `.modified` or `.exists` when somebody else moved it first, `.locked` when
  ///   its lock file is held.
  public func move(
    _ name: String, to new: ObjectID, expecting expected: ObjectID?, message: String, waits: Bool = true
  ) throws(GitError) {
    if let plumbing {
      return try plumbing.move(name, to: new, expecting: expected, message: message, waits: waits)
    }
    var reference: OpaquePointer?
    var target = new.raw
    let status: Int32
    if let expected {
      var old = expected.raw
      status = name.withRawCString {
        git_reference_create_matching(&reference, handle, $0, &target, 1, &old, message)
      }
    } else {
      status = name.withRawCString { git_reference_create(&reference, handle, $0, &target, 0, message) }
    }
    git_reference_free(reference)
    try check(status, "move \(name)")
  }

  /// Makes a reference keep a reflog, which git does by itself only for branches and HEAD.
  public func ensureLog(of name: String) throws(GitError) {
    if let plumbing {
      plumbing.logged.insert(name)
      return
    }
    try check(name.withRawCString { git_reference_ensure_log(handle, $0) }, "keep a reflog of \(name)")
  }

  /// Deletes a reference that still has the expected value; one that is gone, or that has another, stays so.
  ///
  /// - Throws: `GitError`: `.modified` when somebody moved it at this moment.
  public func delete(_ name: String, expecting expected: ObjectID) throws(GitError) {
    if let plumbing { return try plumbing.delete(name, expecting: expected) }
    var reference: OpaquePointer?
    let status = name.withRawCString { git_reference_lookup(&reference, handle, $0) }
    if status == GIT_ENOTFOUND.rawValue { return }
    try check(status, "read \(name)")
    defer { git_reference_free(reference) }
    guard let oid = git_reference_target(reference), ObjectID(oid.pointee) == expected else { return }
    try check(git_reference_delete(reference), "delete \(name)")
  }

  /// The full names of the references that match a glob (`refs/llmos/ledger/*`), sorted.
  public func references(matching glob: String) throws(GitError) -> [String] {
    if let plumbing { return try plumbing.list(glob).map(\.tip.name) }
    var iterator: OpaquePointer?
    try check(git_reference_iterator_glob_new(&iterator, handle, glob), "list \(glob)")
    defer { git_reference_iterator_free(iterator) }
    var names: [String] = []
    var name: UnsafePointer<CChar>?
    while true {
      let status = git_reference_next_name(&name, iterator)
      if status == GIT_ITEROVER.rawValue { return names.sorted() }
      try check(status, "list \(glob)")
      if let name { names.append(String(rawCString: name)) }
    }
  }
}
