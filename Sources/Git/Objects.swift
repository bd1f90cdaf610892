import CLibgit2
import Core

/// The parts of a commit that callers use.
public struct Commit: Sendable {
  /// Its own name.
  public let id: ObjectID
  /// Its root tree.
  public let tree: ObjectID
  /// Its parents, in order.
  public let parents: [ObjectID]
  /// Seconds since 1970, UTC, of the committer's date.
  public let time: Int64
}

/// One line of a tree.
public struct TreeEntry: Hashable, Sendable {
  /// One path component.
  public let name: String
  /// The blob, tree or commit.
  public let id: ObjectID
  /// git's mode: 0o040000 a tree, 0o100644 a file, 0o100755 an executable, 0o120000 a symlink.
  public let mode: UInt32

  /// A line to be written.
  public init(name: String, id: ObjectID, mode: UInt32 = 0o100644) {
    self.name = name
    self.id = id
    self.mode = mode
  }

  /// Whether the entry is itself a tree.
  public var isTree: Bool { mode == 0o040000 }
}

/// Who a commit names, as in its `author` line.
public struct Signature: Hashable, Sendable {
  /// As in `user.name`.
  public let name: String
  /// As in `user.email`.
  public let email: String
  /// Seconds since 1970, UTC.
  public let time: Int64

  /// A signature in UTC.
  public init(name: String, email: String, time: Int64) {
    self.name = name
    self.email = email
    self.time = time
  }

  /// The engine's own.
  public static func engine(at time: Int64) -> Signature {
    Signature(name: "llmos-hook", email: "llmos-hook@localhost", time: time)
  }
}

extension Repository {
  /// Reads a commit.
  ///
  /// - Throws: `GitError`: `.notFound` when the object is missing or is no commit.
  public func commit(_ id: ObjectID) throws(GitError) -> Commit {
    if let plumbing { return try plumbing.commit(id) }
    var object: OpaquePointer?
    var oid = id.raw
    try check(
      fetching(["cat-file", "-e", id.description]) { git_commit_lookup(&object, handle, &oid) },
      "read commit \(id)")
    defer { git_commit_free(object) }
    guard let tree = git_commit_tree_id(object) else {
      throw GitError(operation: "read commit \(id)", code: .notFound, message: "no tree")
    }
    var parents: [ObjectID] = []
    for index in 0..<git_commit_parentcount(object) {
      if let parent = git_commit_parent_id(object, index) { parents.append(ObjectID(parent.pointee)) }
    }
    return Commit(
      id: id, tree: ObjectID(tree.pointee), parents: parents, time: git_commit_time(object))
  }

  /// Gives a body a commit's content as git stores it (git-commit-tree(1)).
  ///
  /// - Throws: `GitError`: `.notFound` when the object is missing or is no commit.
  public func withContent<Result>(
    ofCommit id: ObjectID, _ body: (UnsafeRawBufferPointer) -> Result
  ) throws(GitError) -> Result {
    if let plumbing { return try plumbing.content(ofCommit: id).withUnsafeBytes(body) }
    var odb: OpaquePointer?
    try check(git_repository_odb(&odb, handle), "open the object database")
    defer { git_odb_free(odb) }
    var object: OpaquePointer?
    var oid = id.raw
    try check(
      fetching(["cat-file", "-e", id.description]) { git_odb_read(&object, odb, &oid) }, "read commit \(id)")
    defer { git_odb_object_free(object) }
    guard git_odb_object_type(object) == GIT_OBJECT_COMMIT else {
      throw GitError(operation: "read commit \(id)", code: .notFound, message: "no such commit")
    }
    return body(
      UnsafeRawBufferPointer(start: git_odb_object_data(object), count: git_odb_object_size(object)))
  }

  /// The lines of one tree, in git's order.
  public func entries(ofTree id: ObjectID) throws(GitError) -> [TreeEntry] {
    if let plumbing { return try plumbing.entries(ofTree: id) }
    var tree: OpaquePointer?
    var oid = id.raw
    try check(
      fetching(["cat-file", "-e", id.description]) { git_tree_lookup(&tree, handle, &oid) }, "read tree \(id)"
    )
    defer { git_tree_free(tree) }
    var entries: [TreeEntry] = []
    let count = git_tree_entrycount(tree)
    entries.reserveCapacity(count)
    for index in 0..<count {
      guard let entry = git_tree_entry_byindex(tree, index) else { continue }
      entries.append(Self.value(of: entry))
    }
    return entries
  }

  /// The entry at a path below a tree; nil when there is none.
  public func entry(at path: String, inTree id: ObjectID) throws(GitError) -> TreeEntry? {
    if let plumbing { return try plumbing.entry(at: path, inTree: id) }
    var tree: OpaquePointer?
    var oid = id.raw
    try check(
      fetching(["cat-file", "-e", id.description]) { git_tree_lookup(&tree, handle, &oid) }, "read tree \(id)"
    )
    defer { git_tree_free(tree) }
    // A name that a tree does not have is no missing object, which a partial clone would fetch.
    let names = path.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 1).map { String(Substring($0)) }
    guard let name = names.first,
      let entry = name.withRawCString({ git_tree_entry_byname(tree, $0) }).map(Self.value)
    else { return nil }
    guard names.count == 2 else { return entry }
    return entry.mode == GIT_FILEMODE_TREE.rawValue
      ? try self.entry(at: names[1], inTree: entry.id) : nil
  }

  private static func value(of entry: OpaquePointer) -> TreeEntry {
    TreeEntry(
      name: String(rawCString: git_tree_entry_name(entry)),
      id: ObjectID(git_tree_entry_id(entry).pointee),
      mode: git_tree_entry_filemode_raw(entry).rawValue)
  }

  /// The bytes of a blob.
  ///
  /// - Parameter limit: the most bytes to take; `.tooLarge` is thrown for a longer one.
  public func blob(_ id: ObjectID, limit: Int = 1 << 20) throws(GitError) -> [UInt8] {
    if let plumbing { return try plumbing.blob(id, limit: limit) }
    var blob: OpaquePointer?
    var oid = id.raw
    try check(
      fetching(["cat-file", "-e", id.description]) { git_blob_lookup(&blob, handle, &oid) }, "read blob \(id)"
    )
    defer { git_blob_free(blob) }
    let size = Int(git_blob_rawsize(blob))
    guard size <= limit else {
      throw GitError(operation: "read blob \(id)", code: .tooLarge, message: "\(size) bytes")
    }
    guard let content = git_blob_rawcontent(blob) else { return [] }
    return [UInt8](UnsafeRawBufferPointer(start: content, count: size))
  }

  /// The id that these bytes would have as a blob in this repository; nothing is written.
  public func id(ofBlob bytes: [UInt8]) throws(GitError) -> ObjectID {
    guard objectWidth == 32 else { return try Self.blobID(of: bytes) }
    let digest = SHA256.digest(Array("blob \(bytes.count)\0".utf8), bytes)
    return digest.withUnsafeBytes { ObjectID(bytes: $0) } ?? .null
  }

  /// The SHA-1 id that these bytes would have as a blob, which tells them from others.
  public static func blobID(of bytes: [UInt8]) throws(GitError) -> ObjectID {
    var oid = git_oid()
    try check(git_odb_hash(&oid, bytes, bytes.count, GIT_OBJECT_BLOB), "hash \(bytes.count) bytes")
    return ObjectID(oid)
  }

  /// Whether the object database has this object.
  public func contains(_ id: ObjectID) throws(GitError) -> Bool {
    if let plumbing { return try plumbing.info(id.description, "look for \(id)") != nil }
    var odb: OpaquePointer?
    try check(git_repository_odb(&odb, handle), "open the object database")
    defer { git_odb_free(odb) }
    var oid = id.raw
    return git_odb_exists(odb, &oid) == 1
  }

  /// Writes a blob.
  public func write(blob bytes: [UInt8]) throws(GitError) -> ObjectID {
    if let plumbing { return try plumbing.write("blob", bytes) }
    var oid = git_oid()
    try check(git_blob_create_from_buffer(&oid, handle, bytes, bytes.count), "write a blob")
    return ObjectID(oid)
  }

  /// Writes a tree of these entries.
  public func write(tree entries: [TreeEntry]) throws(GitError) -> ObjectID {
    if let plumbing { return try plumbing.write(tree: entries) }
    var builder: OpaquePointer?
    try check(git_treebuilder_new(&builder, handle, nil), "begin a tree")
    defer { git_treebuilder_free(builder) }
    for entry in entries {
      var oid = entry.id.raw
      try check(
        entry.name.withRawCString {
          git_treebuilder_insert(nil, builder, $0, &oid, git_filemode_t(rawValue: entry.mode))
        },
        "add \(entry.name) to a tree")
    }
    var oid = git_oid()
    try check(git_treebuilder_write(&oid, builder), "write a tree")
    return ObjectID(oid)
  }

  /// Writes a commit object; no reference moves.
  ///
  /// - Parameter message: UTF-8, as it shall stand in the commit.
  public func write(
    commitOf tree: ObjectID, parents: [ObjectID], author: Signature, committer: Signature, message: String
  ) throws(GitError) -> ObjectID {
    let content = try text(
      commitOf: tree, parents: parents, author: author, committer: committer, message: message)
    return try write(commit: content)
  }

  /// Writes the content of a commit object, signed or not (gitformat-signature(5)).
  public func write(commit content: String, signature: String? = nil) throws(GitError) -> ObjectID {
    var content = content
    if let signature {
      // Behind the last header: before the first empty line.
      var lines = content.split(separator: "\n", omittingEmptySubsequences: false)
      let end = lines.firstIndex(of: "") ?? lines.endIndex
      let header = signatureHeader + " " + signature.split(separator: "\n").joined(separator: "\n ")
      lines.insert(Substring(header), at: end)
      content = lines.joined(separator: "\n")
    }
    let bytes = content.rawBytes
    if let plumbing { return try plumbing.write("commit", bytes) }
    var odb: OpaquePointer?
    try check(git_repository_odb(&odb, handle), "open the object database")
    defer { git_odb_free(odb) }
    var oid = git_oid()
    try check(git_odb_write(&oid, odb, bytes, bytes.count, GIT_OBJECT_COMMIT), "write a commit")
    return ObjectID(oid)
  }

  /// The header that a signature stands behind: each of the two forms of objects has its own, since a signature is over one
  /// of them (gitformat-signature(5)).
  private var signatureHeader: String { objectWidth == 32 ? "gpgsig-sha256" : "gpgsig" }

  /// The signature of a commit and what was signed; nil for one that has none.
  public func signature(of id: ObjectID) throws(GitError) -> (signature: String, content: String)? {
    if let plumbing { return try plumbing.text(ofCommit: id).signature(in: signatureHeader) }
    var signature = git_buf()
    var content = git_buf()
    var oid = id.raw
    let status = git_commit_extract_signature(&signature, &content, handle, &oid, signatureHeader)
    defer {
      git_buf_dispose(&signature)
      git_buf_dispose(&content)
    }
    if status == GIT_ENOTFOUND.rawValue { return nil }
    try check(status, "read the signature of \(id)")
    guard let first = signature.ptr, let second = content.ptr else { return nil }
    return (String(rawCString: first), String(rawCString: second))
  }

  /// The content of a commit object, as it would be signed or written (git-commit-tree(1)).
  public func text(
    commitOf tree: ObjectID, parents: [ObjectID], author: Signature, committer: Signature, message: String
  ) throws(GitError) -> String {
    var content = "tree \(tree.description)\n"
    for parent in parents { content += "parent \(parent.description)\n" }
    content += "author \(author.line)\ncommitter \(committer.line)\n\n" + message
    return content
  }
}

extension Signature {
  /// `NAME <EMAIL> SECONDS +0000`; what git leaves out of names is left out (git-commit-tree(1)).
  fileprivate var line: String {
    let clean = { (text: String) in String(text.filter { !"<>\n\0".contains($0) }) }
    return "\(clean(name)) <\(clean(email))> \(String(time)) +0000"
  }
}
