import Core
import Platform

extension Plumbing {
  func commit(_ id: ObjectID) throws(GitError) -> Commit {
    let text = try text(ofCommit: id)
    let lines = text.headers
    let ids = { (key: String) in lines.filter { $0.key == key }.compactMap { ObjectID(hex: $0.value) } }
    guard let tree = ids("tree").first else { throw missing("read commit \(id)", "no tree") }
    let committer = lines.first { $0.key == "committer" }?.value ?? ""
    return Commit(
      id: id, tree: tree, parents: ids("parent"), time: CommitSummary.person(committer.rawBytes).time)
  }

  /// A commit's content in its parts.
  func text(ofCommit id: ObjectID) throws(GitError) -> CommitText { CommitText(try content(ofCommit: id)) }

  /// A commit's content as git stores it.
  func content(ofCommit id: ObjectID) throws(GitError) -> [UInt8] {
    guard let found = try read(id.description, "read commit \(id)"), found.kind == "commit" else {
      throw missing("read commit \(id)", "no such commit")
    }
    return found.content
  }

  func entries(ofTree id: ObjectID) throws(GitError) -> [TreeEntry] {
    guard let found = try read(id.description, "read tree \(id)"), found.kind == "tree" else {
      throw missing("read tree \(id)", "no such tree")
    }
    guard let entries = TreeText.entries(in: found.content, width: width) else {
      throw missing("read tree \(id)", "it is no tree")
    }
    return entries
  }

  func entry(at path: String, inTree id: ObjectID) throws(GitError) -> TreeEntry? {
    var tree = id
    var found: TreeEntry?
    for part in path.pathParts.map(\.rawBytes) {
      if let found {
        guard found.isTree else { return nil }
        tree = found.id
      }
      found = try entries(ofTree: tree).first { $0.name.rawBytes == part }
      if found == nil { return nil }
    }
    return found
  }

  func blob(_ id: ObjectID, limit: Int) throws(GitError) -> [UInt8] {
    guard let found = try read(id.description, limit: limit, "read blob \(id)"), found.kind == "blob" else {
      throw missing("read blob \(id)", "no such blob")
    }
    return found.content
  }

  /// The commit behind an object: itself, or what a tag leads to; nil when it is none.
  func commit(behind id: ObjectID) throws(GitError) -> ObjectID? {
    var id = id
    // A tag of a tag of …
    for _ in 0..<32 {
      guard let found = try info(id.description, "read \(id)") else { return nil }
      if found.kind == "commit" { return id }
      guard found.kind == "tag", let tag = try read(id.description, "read \(id)"),
        let target = CommitText(tag.content).headers.first?.value, let next = ObjectID(hex: target)
      else { return nil }
      id = next
    }
    return nil
  }

  func write(tree entries: [TreeEntry]) throws(GitError) -> ObjectID {
    try write("tree", TreeText.content(of: entries))
  }

  /// The paths in which two trees differ. What is the same in both is not looked into.
  func changes(from old: ObjectID?, to new: ObjectID?, below prefix: String = "") throws(GitError)
    -> [Repository.Change]
  {
    if old == new { return [] }
    var before: [[UInt8]: TreeEntry] = [:]
    for entry in try old.map({ id throws(GitError) in try entries(ofTree: id) }) ?? [] {
      before[entry.name.rawBytes] = entry
    }
    var changes: [Repository.Change] = []
    for entry in try new.map({ id throws(GitError) in try entries(ofTree: id) }) ?? [] {
      let then = before.removeValue(forKey: entry.name.rawBytes)
      if then?.id == entry.id, then?.mode == entry.mode { continue }
      changes += try self.changes(from: then, to: entry, at: prefix + entry.name)
    }
    for gone in before.values { changes += try self.changes(from: gone, to: nil, at: prefix + gone.name) }
    return prefix.isEmpty ? changes.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) } : changes
  }

  private func changes(
    from old: TreeEntry?, to new: TreeEntry?, at path: String
  ) throws(GitError) -> [Repository.Change] {
    let trees = (old.flatMap { $0.isTree ? $0.id : nil }, new.flatMap { $0.isTree ? $0.id : nil })
    var found: [Repository.Change] = []
    if trees.0 != nil || trees.1 != nil {
      found = try changes(from: trees.0, to: trees.1, below: path + "/")
    }
    let plain = (trees.0 == nil ? old?.id : nil, trees.1 == nil ? new?.id : nil)
    if plain.0 != nil || plain.1 != nil {
      found.append(Repository.Change(path: path, old: plain.0, new: plain.1))
    }
    return found
  }

  private func missing(_ operation: String, _ why: String) -> GitError {
    GitError(operation: operation, code: .notFound, message: why)
  }
}

/// The content of a commit or a tag: headers, an empty line, the message (git-cat-file(1)).
struct CommitText {
  private(set) var headers: [(key: String, value: String)] = []
  let message: [UInt8]
  private let lines: [ArraySlice<UInt8>]

  init(_ content: [UInt8]) {
    let newline = UInt8(ascii: "\n")
    var rest = content[...]
    var lines: [ArraySlice<UInt8>] = []
    while !rest.isEmpty, rest.first != newline {
      let end = rest.firstIndex(of: newline) ?? rest.endIndex
      lines.append(rest[..<end])
      rest = rest[min(end + 1, rest.endIndex)...]
    }
    message = Array(rest.dropFirst())
    self.lines = lines
    for line in lines {
      if line.first == UInt8(ascii: " ") {
        guard let last = headers.popLast() else { continue }
        headers.append((last.key, last.value + "\n" + String(raw: line.dropFirst())))
      } else {
        let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 1, omittingEmptySubsequences: false)
        headers.append((String(raw: parts[0]), parts.count > 1 ? String(raw: parts[1]) : ""))
      }
    }
  }

  /// The signature in a header, and what was signed: all but it.
  func signature(in header: String) -> (signature: String, content: String)? {
    guard let signature = headers.first(where: { $0.key == header })?.value else { return nil }
    let start = Array((header + " ").utf8)
    var isInside = false
    var signed: [UInt8] = []
    for line in lines {
      isInside = line.starts(with: start) || isInside && line.first == UInt8(ascii: " ")
      if !isInside { signed += line + [UInt8(ascii: "\n")] }
    }
    return (signature, String(raw: signed + [UInt8(ascii: "\n")] + message))
  }
}

/// The content of a tree: `MODE NAME NUL ID`, in the order of the names, those of trees as if they ended in a slash.
enum TreeText {
  static func entries(in content: [UInt8], width: Int) -> [TreeEntry]? {
    var entries: [TreeEntry] = []
    var rest = content[...]
    while !rest.isEmpty {
      guard let space = rest.firstIndex(of: UInt8(ascii: " ")), let end = rest.firstIndex(of: 0), space < end,
        let mode = UInt32(String(decoding: rest[..<space], as: UTF8.self), radix: 8),
        rest.endIndex - end - 1 >= width
      else { return nil }
      let id = rest[(end + 1)..<(end + 1 + width)].withUnsafeBytes { ObjectID(bytes: $0) }
      guard let id else { return nil }
      entries.append(TreeEntry(name: String(raw: rest[(space + 1)..<end]), id: id, mode: mode))
      rest = rest[(end + 1 + width)...]
    }
    return entries
  }

  static func content(of entries: [TreeEntry]) -> [UInt8] {
    let sorted = entries.map { (key: $0.name.rawBytes + ($0.isTree ? [UInt8(ascii: "/")] : []), entry: $0) }
      .sorted { $0.key.lexicographicallyPrecedes($1.key) }
    var content: [UInt8] = []
    for (_, entry) in sorted {
      content += Array((String(entry.mode, radix: 8) + " ").utf8) + entry.name.rawBytes + [0]
      entry.id.withBytes { content += $0 }
    }
    return content
  }
}
