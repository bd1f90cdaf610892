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
    return try seal(at: tip, under: reference)
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
      throw malformed("its record is not of our form")
    }
    let previous = Ledger.previous(among: parents, sequence: record.sequence)
    return Seal(
      entry: id, previous: previous, state: state.id, record: record, reference: reference,
      head: parents.dropFirst(previous == nil ? 0 : 1).first,
      branches: entries.first { $0.name == Ledger.branchesName }?.id,
      hasSigners: entries.contains { $0.name == Signers.name })
  }
}
