import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

extension Engine {
  /// Lets the next commit pass, whatever the phase: an entry of the ledger that is good as long as HEAD
  /// stands where it stands now.
  ///
  /// It works too when the rules in HEAD cannot be read, so that a mended file can be committed.
  ///
  /// - Throws: `Refusal` for anybody but the owner.
  public func allowNextCommit(reason: String) throws -> Seal {
    try override(reason: reason) { record, head in
      record.override = head.commit?.description ?? "unborn"
      return []
    }
  }

  /// Accepts commits that landed without leave.
  ///
  /// - Parameter commits: their ids.
  /// - Throws: `Refusal` for anybody but the owner.
  public func accept(_ commits: [ObjectID], reason: String) throws -> Seal {
    try override(reason: reason) { _, _ in commits }
  }

  private func override(
    reason: String, _ change: (inout GateRecord, Head) -> [ObjectID]
  ) throws -> Seal {
    guard identity.actor == .owner else {
      throw Refusal(
        .refused, "only the owner can override the gate", remedy: "ask the owner: llmos-hook allow")
    }
    let lock = try StateLock(repository)
    defer { lock.release() }
    _ = try recover()
    let head = try repository.head()
    let previous = try repository.currentSeal(at: head)
    if let refusal = refusal(ofFile: try repository.fileCondition(previous)) { throw refusal }
    var record = previous.record
    if try repository.rulesVersion(at: head) != record.rules {
      // Where the rules of HEAD cannot be read, or are older than what the ledger has seen, those before them
      // hold on, and the hooks go on to refuse.
      do {
        let now = try Self.recompile(repository, head, previous)
        if !now.isReplayed { record = now }
      } catch is Refusal {} catch is GitError {}
    }
    record.sequence += 1
    record.override = nil
    let commits = change(&record, head)
    let seconds = System.now
    let entry = LedgerEntry(
      sequence: record.sequence, kind: "override", seconds: seconds, identity: identity, head: head,
      place: record.place, trigger: "allow", reason: reason, rules: record.rules,
      commits: commits.map(\.description), author: try author(seconds))
    let records = try commits.map { id in
      NoteRecord(
        kind: "override", commit: id, tree: try repository.commit(id).tree, place: record.place,
        role: record.role)
    }
    return try publish(entry, repository.blob(previous.state), record, previous, records)
  }
}
