import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// The record of a rollback in the notes of the commit that it led to: one line of JSON, `at` first and the
/// other keys sorted.
enum RollbackNote {
  /// Writes the record, once.
  static func append(
    _ journal: RollbackJournal, commit: Commit, at seconds: Int64, seal: Seal, _ engine: borrowing Engine
  )
    throws
  {
    let reference = RollbackBackup.prefix + journal.id
    // Whoever continues a rollback need not be who sealed its entry.
    let actor = try engine.repository.said(by: engine.repository.commit(seal.entry))?.actor.known
    let line = JSON.object([
      ("at", .string(Timestamp.text(seconds))), ("actor", .string((actor ?? engine.identity.actor).name)),
      ("backup", .string(reference)), ("commit", .string(commit.id.description)),
      ("entry", .string(seal.entry.description)), ("from", JSON(journal.from)),
      ("kind", .string("rollback")), ("mode", .string(journal.mode.rawValue)),
      ("name", .string(journal.target.name)), ("phase", .string(seal.record.place.phase)),
      ("reason", JSON(journal.reason)), ("scenario", .string(seal.record.place.scenario)),
      ("target", JSON(journal.target.commit)), ("tree", .string(commit.tree.description)),
      ("undo", .bool(journal.kind == "undo")),
    ])
    let isThere = try Notes.lines(on: commit.id, in: engine.repository).contains {
      $0.contains(JSON.string(reference).text)
    }
    guard !isThere else { return }
    try Notes.append([Notes.Line(commit: commit.id, text: line.text)], to: engine.repository, at: seconds)
  }
}
