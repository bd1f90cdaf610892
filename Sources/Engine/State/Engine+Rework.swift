import Core
import Git
import Ledger

/// What was made since a rollback, of a phase in REWORK.
extension Engine {
  /// Whether anything was made since the phase that a move leaves was resumed in REWORK; false where none is.
  ///
  /// In a phase that allows commits a commit was made, or the checkpoint at hand makes one; in another one, uncommitted
  /// work counts too, since the engine commits it.
  func isReworked(_ state: State, checkpoint: Bool, _ standing: Standing) throws -> Bool {
    let suspended = state.suspended.first.flatMap { $0.status == .rework ? $0.place : nil }
    guard let place = state.status == .rework ? state.place : suspended else { return false }
    let then = try headBeforeRework(in: place.scenario, standing.seal)
    if try hasOtherContent(then, standing.head.commit) { return true }
    let allowsCommits = standing.rules.catalog.phase(at: place)?.allowsCommits ?? false
    guard checkpoint || !allowsCommits else { return false }
    let before = LyingAbout(repository)
    return try worktreeChanges().contains { change in
      !(ProtectedPaths.standard + Install.documents).contains(change.name)
        && !before.has(change, in: worktree)
    }
  }

  /// The commit on which REWORK of a scenario began: that of the entry which a finished rollback made, or of the
  /// ledger's first; nil when there was no commit.
  private func headBeforeRework(in scenario: String, _ seal: Seal) throws -> ObjectID? {
    var later = seal
    while let previous = later.previous {
      let before = try repository.seal(at: previous, under: seal.reference)
      if later.record.place.scenario == scenario, later.record.status == .rework,
        before.record.place.scenario == "ROLLBACK"
      {
        break
      }
      later = before
    }
    return later.head
  }

  /// The commit that a rollback in a phase led to, in this visit; nil where none was carried out, or it was undone.
  func rollbackResult(in place: Place) throws -> ObjectID? {
    var seal: Seal? = try repository.sealInForce()
    while let entry = seal, entry.record.place.scenario == place.scenario {
      let before = try entry.previous.map { try repository.seal(at: $0, under: entry.reference) }
      seal = before
      // A later phase of the scenario.
      guard entry.record.place == place else { continue }
      let said = try repository.said(by: repository.commit(entry.entry))
      if let said, said.kind == .rollback { return said.trigger == "rollback" ? entry.head : nil }
      // ROLLBACK has come back from its end.
      if said?.kind == .phaseCompleted, before?.record.place == Place("ROLLBACK", "VERIFY") {
        return entry.head
      }
      if before?.record.place != place { return nil }
    }
    return nil
  }

  /// The commit that the rollback of the incident in progress led to, while HEAD still has what it has; nil otherwise.
  func recoveredCommit() throws -> ObjectID? {
    guard let result = try rollbackResult(in: Place("INCIDENT_RECOVERY", "ROLLBACK")),
      try !hasOtherContent(result, repository.head().commit)
    else { return nil }
    return result
  }

  /// Whether two commits differ in more than the state file, which only the engine writes.
  private func hasOtherContent(_ old: ObjectID?, _ new: ObjectID?) throws -> Bool {
    guard let new, old != new else { return false }
    let before = try old.map { try repository.commit($0).tree }
    return try repository.changes(from: before, to: repository.commit(new).tree).contains {
      $0.path != StatePath.name
    }
  }
}
