import Gate
import Git
import Scenario

/// The record of a rollback in the notes of the commit that it led to: one line of JSON, `at` first and the
/// other keys sorted.
enum RollbackNote {
  /// How often another process may be first.
  private static let attempts = 200

  /// Writes the record, once.
  static func append(
    _ journal: RollbackJournal, commit: Commit, at seconds: Int64, seal: Seal, _ engine: borrowing Engine
  )
    throws
  {
    let reference = RollbackBackup.prefix + journal.id
    let line = JSON.object([
      ("at", .string(Timestamp.text(seconds))), ("actor", .string(engine.identity.actor.name)),
      ("backup", .string(reference)), ("commit", .string(commit.id.description)),
      ("entry", .string(seal.entry.description)), ("from", .string(journal.from)),
      ("kind", .string("rollback")), ("mode", .string(journal.mode.rawValue)),
      ("name", .string(journal.target.name)), ("phase", .string(seal.record.place.phase)),
      ("reason", JSON(journal.reason)), ("scenario", .string(seal.record.place.scenario)),
      ("target", .string(journal.target.commit)), ("tree", .string(commit.tree.description)),
      ("undo", .bool(journal.kind == "undo")),
    ])
    let author = Signature(name: "llmos-hook", email: "llmos-hook@localhost", time: seconds)
    for attempt in 1...attempts {
      do {
        if try engine.repository.target(of: Notes.reference) == nil {
          try engine.repository.move(
            Notes.reference, to: Notes.root(in: engine.repository), expecting: nil, message: "rollback")
        }
        return try engine.repository.append(
          noteLine: line.text, marked: JSON.string(reference).text, to: commit.id, under: Notes.reference,
          by: author)
      } catch let error as GitError
        where [.modified, .exists, .locked].contains(error.code) && attempt < attempts
      {
        System.pause(milliseconds: 5)
      }
    }
  }
}
