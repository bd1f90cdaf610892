import Core
import Git
import Platform

/// The notes of the process, under `refs/notes/llmos`: on a code commit, one JSON line a record.
///
/// The tree fans out as git reads it (git-notes(1)): a level of flat names is split by their first two
/// digits when it has more than `flatLimit`, so that a note costs the same at 100,000 as at 10. (libgit2's
/// own notes stay flat, and cost more with each.)
public enum Notes {
  /// The notes reference.
  public static let reference = Layout.notes.text

  /// The most notes that one level keeps flat.
  private static let flatLimit = 200

  /// The empty notes commit from which every repository's notes begin: the same everywhere, so that two
  /// clones' notes have an ancestor in common.
  public static func root(in repository: borrowing Repository) throws -> ObjectID {
    let engine = Signature.engine(at: 0)
    return try repository.write(
      commitOf: try repository.write(tree: []), parents: [], author: engine, committer: engine,
      message: "Notes of llmos-hook\n")
  }

  /// A line and the commit that it stands on.
  public struct Line: Hashable, Sendable {
    /// The code commit.
    public let commit: ObjectID
    /// One line of JSON, without a line end.
    public let text: String

    /// A line of these.
    public init(commit: ObjectID, text: String) {
      self.commit = commit
      self.text = text
    }
  }

  /// Adds lines, each once: what is there already is not added again.
  ///
  /// The new notes commit is built on the newest one and put in its place by compare-and-swap, again and
  /// again while other processes do the same.
  ///
  /// - Throws: `Refusal`: 65 when the reference holds no notes, 75 when others were always first.
  public static func append(_ lines: [Line], to repository: borrowing Repository, at seconds: Int64) throws {
    guard !lines.isEmpty else { return }
    for attempt in 0..<500 {
      let tip = try repository.target(of: reference)
      let base = try tip.map { try tree(of: $0, repository) } ?? repository.write(tree: [])
      var grown = base
      for line in lines { grown = try added(line, to: grown, depth: 0, repository) }
      if grown == base { return }
      let engine = Signature.engine(at: seconds)
      let commit = try repository.write(
        commitOf: grown, parents: [try tip ?? root(in: repository)], author: engine, committer: engine,
        message: "Notes added by llmos-hook\n")
      do {
        return try repository.moveOurs(
          reference, to: commit, expecting: tip, message: "notes: Notes added by llmos-hook")
      } catch {
        guard [.modified, .exists].contains(error.code) else { throw error }
        System.sleep(microseconds: UInt32.random(in: 0...UInt32(min(attempt + 1, 20) * 1000)))
      }
    }
    throw Refusal(.tryAgain, "\(reference) keeps changing", remedy: "run the same command again")
  }

  /// Makes sure that the reference holds notes, or nothing.
  ///
  /// - Throws: `Refusal` (65).
  public static func check(_ repository: borrowing Repository) throws {
    if let tip = try repository.target(of: reference) { _ = try tree(of: tip, repository) }
  }

  /// The lines on a commit; none when it has no note.
  public static func lines(on commit: ObjectID, in repository: borrowing Repository) throws -> [String] {
    guard let tip = try repository.target(of: reference) else { return [] }
    var tree = try tree(of: tip, repository)
    var rest = Substring(commit.description)
    while !rest.isEmpty {
      let entries = try repository.entries(ofTree: tree)
      if let note = entries.first(where: { $0.name == rest && !$0.isTree }) {
        return String(decoding: try repository.blob(note.id, limit: 1 << 30), as: UTF8.self)
          .split(separator: "\n").map(String.init)
      }
      guard let next = entries.first(where: { $0.name == rest.prefix(2) && $0.isTree }) else { return [] }
      tree = next.id
      rest = rest.dropFirst(2)
    }
    return []
  }

  /// Every line of every note, in the order of the commits' ids.
  ///
  /// - Throws: `Refusal` (65) when the reference holds no notes.
  public static func all(
    on commits: Set<ObjectID>? = nil, in repository: borrowing Repository
  ) throws -> [Line] {
    try repository.target(of: reference).map { try all(at: $0, on: commits, in: repository) } ?? []
  }

  /// The same of the notes as they stood at a commit of theirs.
  ///
  /// - Parameter commits: those whose notes are read; nil for all.
  public static func all(
    at tip: ObjectID, on commits: Set<ObjectID>? = nil, in repository: borrowing Repository
  ) throws -> [Line] {
    var lines: [Line] = []
    var open = [(name: "", tree: try tree(of: tip, repository))]
    while let (name, tree) = open.popLast() {
      for entry in try repository.entries(ofTree: tree) {
        let name = name + entry.name
        if entry.isTree {
          // Below anything else than two digits git keeps no notes.
          if entry.name.utf8.count == 2 { open.append((name, entry.id)) }
        } else if let commit = ObjectID(hex: name), commits?.contains(commit) ?? true {
          lines += String(decoding: try repository.blob(entry.id, limit: 1 << 30), as: UTF8.self)
            .split(separator: "\n").map { Line(commit: commit, text: String($0)) }
        }
      }
    }
    return lines.sorted { $0.commit < $1.commit }
  }

  private static func tree(of tip: ObjectID, _ repository: borrowing Repository) throws -> ObjectID {
    do {
      return try repository.commit(tip).tree
    } catch {
      throw Refusal(
        .data, "\(reference) is not a notes reference: \(error.message)",
        remedy: "check it; then, as the owner: git -c core.hooksPath=/dev/null update-ref -d \(reference)")
    }
  }

  /// The tree with a line added on one commit; entries that are no notes stay as they are.
  private static func added(
    _ line: Line, to tree: ObjectID, depth: Int, _ repository: borrowing Repository
  ) throws -> ObjectID {
    var entries = try repository.entries(ofTree: tree)
    let rest = String(line.commit.description.dropFirst(2 * depth))
    let prefix = String(rest.prefix(2))
    if let index = entries.firstIndex(where: { $0.name == prefix && $0.isTree }) {
      let below = try added(line, to: entries[index].id, depth: depth + 1, repository)
      if below == entries[index].id { return tree }
      entries[index] = TreeEntry(name: prefix, id: below, mode: 0o040000)
    } else if let index = entries.firstIndex(where: { $0.name == rest && !$0.isTree }) {
      let before = try repository.blob(entries[index].id, limit: 1 << 30)
      guard let after = appended(line.text, to: before) else { return tree }
      entries[index] = TreeEntry(name: rest, id: try repository.write(blob: after))
    } else if entries.contains(where: { $0.isTree && $0.name.utf8.count == 2 }) {
      let below = try added(line, to: repository.write(tree: []), depth: depth + 1, repository)
      entries.append(TreeEntry(name: prefix, id: below, mode: 0o040000))
    } else {
      entries.append(TreeEntry(name: rest, id: try repository.write(blob: Array((line.text + "\n").utf8))))
      var flat = 0
      for entry in entries where isNote(entry, depth, repository) { flat += 1 }
      if flat > flatLimit {
        entries = try fannedOut(entries, depth, repository)
      }
    }
    return try repository.write(tree: entries)
  }

  /// The note with a line more; nil when it has that line.
  private static func appended(_ line: String, to before: [UInt8]) -> [UInt8]? {
    let newline = UInt8(ascii: "\n")
    let wanted = Array(line.utf8)
    if before.split(separator: newline).contains(where: { $0.elementsEqual(wanted) }) { return nil }
    return before + (before.isEmpty || before.last == newline ? [] : [newline]) + wanted + [newline]
  }

  private static func isNote(_ entry: TreeEntry, _ depth: Int, _ repository: borrowing Repository) -> Bool {
    !entry.isTree && entry.name.utf8.count == 2 * (repository.objectWidth - depth)
  }

  private static func fannedOut(
    _ entries: [TreeEntry], _ depth: Int, _ repository: borrowing Repository
  ) throws -> [TreeEntry] {
    var result: [TreeEntry] = []
    var flat: [TreeEntry] = []
    for entry in entries {
      if isNote(entry, depth, repository) { flat.append(entry) } else { result.append(entry) }
    }
    for (prefix, notes) in Dictionary(grouping: flat, by: { $0.name.prefix(2) }) {
      let tree = try repository.write(
        tree: notes.map { TreeEntry(name: String($0.name.dropFirst(2)), id: $0.id, mode: $0.mode) })
      result.append(TreeEntry(name: String(prefix), id: tree, mode: 0o040000))
    }
    return result
  }
}
