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
    guard !Files.exists(commonDirectory + reference + ".lock"), try target(of: reference) == tip else {
      return
    }
    throw Refusal(
      .data, "the ledger \(reference) was wound back: it stood at \(newest.short)",
      why: "it is at \(tip.short)",
      remedy: "the owner: git -c core.hooksPath=/dev/null update-ref \(reference) \(newest)")
  }

  /// The newest value in a reference's reflog, by the last line of its file (gitrepository-layout(5), `logs`); nil
  /// where there is none.
  public func newestInLog(of reference: String) -> ObjectID? {
    guard let file = OpenFile(commonDirectory + "logs/" + reference) else { return nil }
    let size = file.size
    let tail = file.read(at: max(0, size - 1024), count: 1024)
    guard let line = tail.split(separator: UInt8(ascii: "\n")).last else { return nil }
    let words = line.split(separator: UInt8(ascii: " "), maxSplits: 2)
    return words.count == 3 ? ObjectID(hex: String(decoding: words[1], as: UTF8.self)) : nil
  }

  /// Reads one entry.
  ///
  /// - Throws: `Refusal` (65) when the object is no entry of ours.
  public func seal(at id: ObjectID, under reference: String) throws -> Seal {
    let malformed = { (fact: String) in
      Refusal(
        .data, "the ledger \(reference) is damaged: \(fact)", why: "the entry is \(id.short)",
        remedy: "git reflog show \(reference), then git update-ref to the last good entry, by the owner")
    }
    let entries: [TreeEntry]
    let parents: [ObjectID]
    do {
      let commit = try commit(id)
      entries = try self.entries(ofTree: commit.tree)
      parents = commit.parents
    } catch {
      throw malformed("no commit can be read there (\(error.message))")
    }
    guard let state = entries.first(where: { $0.name == StatePath.name }),
      let gate = entries.first(where: { $0.name == Ledger.recordName })
    else { throw malformed("the commit is not a ledger entry") }
    let bytes: [UInt8]
    do {
      bytes = try blob(gate.id)
    } catch {
      throw malformed("its record cannot be read (\(error.message))")
    }
    guard let text = String(validating: bytes, as: UTF8.self), let record = GateRecord(text: text) else {
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
      hasSigners: entries.contains { $0.name == Signers.name })
  }
}
