import Core
import Git
import Platform

extension Repository {
  /// The ledger reference of this worktree.
  public var ledgerReference: String { Ledger.reference(linkedWorktree: linkedWorktree) }

  /// Reads the newest seal under a ledger reference; nil when the reference does not exist.
  ///
  /// - Throws: `Refusal` (65) for a reference that leads to anything but an entry of ours, `GitError`.
  public func seal(under reference: String) throws -> Seal? {
    if try isSymbolic(reference) {
      throw Refusal(
        .data, "the ledger \(reference) is a symbolic reference, which the engine never makes",
        remedy: "git reflog show \(reference), then git update-ref --no-deref, by the owner")
    }
    guard let tip = try target(of: reference) else { return nil }
    try requireNotWoundBack(reference, at: tip)
    return try seal(at: tip, under: reference)
  }

  /// A ledger only grows: where its reflog says that it stood further on, somebody has put it back, by its file or to
  /// an older value among the packed references. A reflog that has expired says nothing.
  private func requireNotWoundBack(_ reference: String, at tip: ObjectID) throws {
    guard Ledger.isLocal(reference), let newest = newestInLog(of: reference), newest != tip,
      try contains(newest), let seal = try? seal(at: newest, under: reference),
      try entry(tip, isBefore: seal)
    else { return }
    // libgit2 writes the log first and renames the lock file last: while that is there the move has not happened, and
    // where a process was killed it never will. Or it has happened since the tip was read.
    guard !keepsReferencesInFiles || !Files.exists(commonDirectory + reference + ".lock"),
      try target(of: reference) == tip
    else {
      return
    }
    throw Refusal(
      .data, "the ledger \(reference) was wound back: it stood at \(newest.short)",
      why: "it is at \(tip.short)",
      remedy: "the owner: git -c core.hooksPath=/dev/null update-ref \(reference) \(newest)")
  }

  /// Reads one entry.
  ///
  /// - Throws: `Refusal` (65) when the object is no entry of ours.
  public func seal(at id: ObjectID, under reference: String) throws -> Seal {
    var records = RecordReader()
    return try seal(at: commit(ofEntry: id, under: reference), under: reference, &records)
  }

  /// The commit of an entry.
  ///
  /// - Throws: `Refusal` (65) where there is none.
  public func commit(ofEntry id: ObjectID, under reference: String) throws -> Commit {
    do {
      return try commit(id)
    } catch {
      if error.isOfGitItself { throw error }
      throw Refusal(damaged: reference, at: id, "no commit can be read there (\(error.message))")
    }
  }

  /// Whether an entry has a form that only a newer version reads.
  public func isNewer(entry: ObjectID) -> Bool {
    do {
      guard let gate = try self.entry(at: Ledger.recordName, inTree: commit(entry).tree) else { return false }
      return try GateRecord.isNewer(String(decoding: blob(gate.id), as: UTF8.self))
    } catch {
      return false
    }
  }

  /// The same for many entries of a ledger.
  ///
  /// - Parameters:
  ///   - commit: the entry.
  ///   - records: what was read of others.
  public func seal(
    at commit: Commit, under reference: String, _ records: inout RecordReader
  ) throws -> Seal {
    let id = commit.id
    let parents = commit.parents
    let malformed = { (fact: String) in Refusal(damaged: reference, at: id, fact) }
    let entries: [TreeEntry]
    do {
      entries = try self.entries(ofTree: commit.tree)
    } catch {
      if error.isOfGitItself { throw error }
      throw malformed("no commit can be read there (\(error.message))")
    }
    guard let state = entries.first(where: { $0.name == StatePath.name }),
      let gate = entries.first(where: { $0.name == Ledger.recordName })
    else { throw malformed("the commit is not a ledger entry") }
    let bytes: [UInt8]
    do {
      bytes = try blob(gate.id)
    } catch {
      if error.isOfGitItself { throw error }
      throw malformed("its record cannot be read (\(error.message))")
    }
    guard let record = records.record(bytes) else {
      guard !GateRecord.isNewer(String(decoding: bytes, as: UTF8.self)) else {
        throw Refusal(
          .data, "the ledger \(reference) was written by a newer llmos-hook",
          remedy: "upgrade llmos-hook, then llmos-hook install")
      }
      throw malformed("its record is not of our form")
    }
    let previous = Ledger.previous(among: parents, sequence: record.sequence)
    let isFirstForm = record.form == 1
    return Seal(
      entry: id, previous: previous, state: state.id, record: record, reference: reference,
      head: isFirstForm ? parents.dropFirst(previous == nil ? 0 : 1).first : record.codeHead,
      branches: isFirstForm ? entries.first { $0.name == Ledger.branchesName }?.id : record.begun,
      landed: entries.first { $0.name == Ledger.landedName }?.id,
      replaced: entries.first { $0.name == Ledger.replacedName }?.id,
      hasSigners: entries.contains { $0.name == Signers.name })
  }
}

extension Refusal {
  fileprivate init(damaged reference: String, at entry: ObjectID, _ fact: String) {
    self.init(
      .data, "the ledger \(reference) is damaged: \(fact)", why: "the entry is \(entry.short)",
      remedy: "git reflog show \(reference), then git update-ref to the last good entry, by the owner")
  }
}

/// Reads the records of a ledger's entries. Most differ from another one in two lines, their number and where HEAD
/// stood, so that the rest is read once and kept once.
public struct RecordReader {
  private var known: [[UInt8]: GateRecord] = [:]

  /// One that has read nothing.
  public init() {}

  /// The record in the blob `gate`; nil for what is none.
  public mutating func record(_ bytes: [UInt8]) -> GateRecord? {
    guard let parts = Parts(bytes) else { return Self.read(bytes) }
    if var record = known[parts.rest] {
      (record.sequence, record.codeHead) = (parts.sequence, parts.head)
      return record
    }
    let record = Self.read(bytes)
    if known.count < 10_000 { known[parts.rest] = record }
    return record
  }

  private static func read(_ bytes: [UInt8]) -> GateRecord? {
    String(validating: bytes, as: UTF8.self).flatMap(GateRecord.init(text:))
  }

  /// A record's text without the lines `seq` and `head`.
  private struct Parts {
    var rest: [UInt8] = []
    var sequence = 0
    var head: ObjectID?

    /// Nil where they do not stand once each, as the engine writes them.
    init?(_ bytes: [UInt8]) {
      rest.reserveCapacity(bytes.count)
      var numbers = 0
      for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
        if line.starts(with: "seq ".utf8) {
          numbers += 1
          guard let number = Int(String(decoding: line.dropFirst(4), as: UTF8.self)), number > 0,
            number <= 1 << 53
          else { return nil }
          sequence = number
        } else if line.starts(with: "head ".utf8) {
          guard head == nil, let id = ObjectID(hex: String(decoding: line.dropFirst(5), as: UTF8.self)) else {
            return nil
          }
          head = id
        } else {
          rest += line
          rest.append(UInt8(ascii: "\n"))
        }
      }
      guard numbers == 1, head != nil else { return nil }
    }
  }
}
