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
  /// It works even when the rules in HEAD cannot be read, so that a fixed file can be committed.
  ///
  /// - Parameter remarks: gets what people should know.
  /// - Throws: `Refusal` for anybody but the owner.
  public func allowNextCommit(reason: String, _ remarks: inout [String]) throws -> Seal {
    try override([], reason: reason, &remarks)
  }

  /// Accepts commits that landed in a phase which forbids them.
  ///
  /// - Parameters:
  ///   - commits: their ids.
  ///   - remarks: gets what people should know.
  /// - Throws: `Refusal` for anybody but the owner.
  public func accept(_ commits: [ObjectID], reason: String, _ remarks: inout [String]) throws -> Seal {
    try override(commits, reason: reason, &remarks)
  }

  /// Accepts these commits; where there are none, the next one.
  private func override(
    _ commits: [ObjectID], reason: String, _ remarks: inout [String]
  ) throws -> Seal {
    guard identity.actor == .owner else {
      throw Refusal(
        .refused, "only the owner can override the gate",
        remedy: "ask the owner: llmos-hook allow --once --reason WHY")
    }
    let lock = try StateLock(repository)
    defer { lock.release() }
    _ = try recover()
    let head = try repository.head()
    let previous = try repository.adoptSealInForce(at: head, &remarks)
    if let refusal = refusal(ofFile: try repository.fileCondition(previous)) { throw refusal }
    var record = try unmoved(previous, at: head, accepting: commits)
    if commits.isEmpty { record.override = head.commit?.description ?? "unborn" }
    let seconds = System.now
    let new = NewEntry(
      kind: .override, seconds: seconds, identity: identity, head: head, record: record,
      state: try repository.blob(previous.state), trigger: "allow", reason: reason, commits: commits,
      author: try author(seconds))
    let records = try commits.map { id in
      NoteRecord(
        kind: "override", commit: id, tree: try repository.commit(id).tree, place: record.place,
        role: record.role)
    }
    return try publish(new, after: previous, records, &remarks)
  }

  /// The record of the owner's entry that moves nothing: it brings in the rules of HEAD, unless they wait.
  ///
  /// - Parameter commits: those that the owner is just accepting.
  func unmoved(_ previous: Seal, at head: Head, accepting commits: [ObjectID] = []) throws -> GateRecord {
    var record = previous.record
    let isWaiting =
      try repository.waitingRules(since: previous, at: head, accepting: Set(commits)) != nil
    if try !isWaiting && repository.rulesVersion(at: head) != record.rules {
      // Where the rules of HEAD cannot be read, or are older than what the ledger has seen, those before them
      // hold on, and the hooks go on to refuse.
      do {
        let now = try Self.recompile(repository, head, previous)
        if !now.isReplayed { record = now }
      } catch is Refusal {} catch is GitError {}
    }
    return record.carriedOn(to: record.sequence + 1)
  }
}
