import Core
import Git

/// Reads a ledger's entries one after the other, for who judges all of them.
///
/// The message of an entry says what its tree has (`EntryMessage`), and is what the entry is judged by: then its commit
/// alone is read. One whose message says nothing, or names what no entry before has shown, and one that is read whole, is
/// read with all its parts, and what the message says has to agree with them.
public struct EntryReader {
  /// An entry as it was found.
  public struct Found {
    /// The entry.
    public let entry: ReadEntry
    /// The entry before it; nil for the first.
    public let previous: ObjectID?
    /// What it seals of the hooks' landings.
    public let landed: [Landing]
    /// Its tree, where that was read.
    public let tree: ObjectID?
  }

  /// What a message names of an entry's common parts.
  private struct Name: Hashable {
    let said: ObjectID
    let record: ObjectID
    let replaced: ObjectID?

    init(_ says: EntryMessage) { (said, record, replaced) = (says.said, says.record, says.replaced) }
  }

  private var records = RecordReader()
  private var known: [Name: ReadEntry.Common] = [:]

  /// One that has read nothing.
  public init() {}

  /// Reads an entry.
  ///
  /// - Parameters:
  ///   - isWhole: whether its parts are read although its message says them.
  /// - Throws: `Refusal` (65) for what is no entry, or contradicts itself; `GitError`.
  public mutating func read(
    _ id: ObjectID, under reference: String, isWhole: Bool, in repository: borrowing Repository
  ) throws -> Found {
    // What cannot be read is told by the way through the parts.
    let message = (try? repository.withContent(ofCommit: id) { EntryCommit($0) }) ?? nil
    if !isWhole, let message, let found = found(id, under: reference, message) { return found }
    let commit = try repository.commit(ofEntry: id, under: reference)
    let seal = try repository.seal(at: commit, under: reference, &records)
    guard let said = try repository.said(by: commit) else {
      throw Refusal(.data, "its entry.json cannot be read")
    }
    let bytes = try seal.landed.map { try repository.blob($0, limit: 1 << 30) } ?? []
    guard said.sequence == seal.record.sequence,
      commit.parents == [seal.previous, said.version == 1 ? said.head : nil].compactMap({ $0 }),
      said.version == seal.record.form, said.head == seal.head,
      said.sequence == 1 || seal.previous != nil, said.place == seal.record.place
    else { throw Refusal(.data, "its parts contradict each other") }
    var common: ReadEntry.Common?
    if let says = message?.says {
      common = try self.common(of: seal, said, landed: bytes, as: says, in: repository)
    }
    return Found(
      entry: ReadEntry(seal, said, sharing: common), previous: seal.previous, landed: Landing.all(in: bytes),
      tree: commit.tree)
  }

  /// What an entry has alike with others, once its message was held to its parts.
  private mutating func common(
    of seal: Seal, _ said: Entry, landed: [UInt8], as says: EntryMessage, in repository: borrowing Repository
  ) throws -> ReadEntry.Common {
    func check(_ other: EntryMessage?) throws {
      guard says == other else { throw Refusal(.data, "its message contradicts its parts") }
    }
    let name = Name(says)
    // What was named before is compared, which takes less than to find its name again.
    if let known = known[name], known.said == said.common, known.record == seal.record.common {
      try check(
        EntryMessage(of: seal, said, landed: landed, named: (says.said, says.record)))
      return known
    }
    try check(repository.message(of: seal, said, landed: landed))
    let common = ReadEntry.Common(said, seal)
    known[name] = common
    return common
  }

  /// An entry by its message; nil where that names what no entry before has shown.
  private func found(_ id: ObjectID, under reference: String, _ commit: EntryCommit) -> Found? {
    let says = commit.says
    guard let common = known[Name(says)], commit.parents.count == (says.sequence > 1 ? 1 : 0) else {
      return nil
    }
    let entry = ReadEntry(
      common, id: id, reference: reference, sequence: says.sequence, at: says.at, head: says.head,
      state: says.state, hasSigners: false)
    return Found(
      entry: entry, previous: commit.parents.first, landed: Landing.all(in: says.landed), tree: nil)
  }
}

/// The commit of an entry whose message says what its tree has.
private struct EntryCommit {
  var parents: [ObjectID] = []
  let says: EntryMessage

  /// Reads a commit's content (git-commit-tree(1)); nil for one whose message says nothing.
  init?(_ content: UnsafeRawBufferPointer) {
    var rest = content[...]
    var found: [ObjectID] = []
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      let line = rest[..<end]
      rest = rest[(end + 1)...]
      if line.isEmpty { break }
      if line.starts(with: "parent ".utf8) {
        guard let id = ObjectID(hex: UnsafeRawBufferPointer(rebasing: line.dropFirst(7))) else { return nil }
        found.append(id)
      }
    }
    guard let says = EntryMessage(message: UnsafeRawBufferPointer(rebasing: rest)) else { return nil }
    (parents, self.says) = (found, says)
  }
}

extension EntryMessage {
  /// Of an entry whose common parts have these names; nil where it seals signers, or more landings than a message is for.
  fileprivate init?(
    of seal: Seal, _ said: Entry, landed: [UInt8], named names: (said: ObjectID, record: ObjectID)
  ) {
    guard !seal.hasSigners, landed.count <= EntryMessage.mostLanded else { return nil }
    self.init(
      sequence: said.sequence, at: said.at, head: said.head, said: names.said, record: names.record,
      state: seal.state, replaced: seal.replaced, landed: landed)
  }
}

extension Repository {
  /// What the message of an entry says of it; nil where it says nothing.
  ///
  /// - Parameter landed: the bytes of its blob `landed`.
  func message(of seal: Seal, _ said: Entry, landed: [UInt8]) throws -> EntryMessage? {
    let names = (
      said: try id(ofBlob: Array(said.common.json.text.utf8)),
      record: try id(ofBlob: Array(seal.record.common.text.utf8))
    )
    return EntryMessage(of: seal, said, landed: landed, named: names)
  }
}
