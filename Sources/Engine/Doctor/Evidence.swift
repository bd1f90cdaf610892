import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// What `doctor` checks besides the ledger: whether the notes say what the ledgers say, whether something
/// makes git show a history other than the one that is judged, whether the times can be true.
enum Evidence {
  /// The first record of the notes that no ledger confirms; nil when all are good.
  ///
  /// A record of another clone whose ledger is not here proves nothing, but need not be forged. It is skipped
  /// where ledgers of other clones are expected: in a repository that was ever synced.
  static func notes(_ repository: borrowing Repository, _ verify: Verification) throws -> String? {
    let isAlone = try repository.configuration(Sync.remoteKey) == nil
    var entries: [ObjectID: (entry: CheckedEntry, before: CheckedEntry?)] = [:]
    for ledger in verify.ledgers.all {
      for (index, entry) in ledger.entries.enumerated() {
        entries[entry.id] = (entry, index > 0 ? ledger.entries[index - 1] : nil)
      }
    }
    let accepted = try acceptedNotes(repository, verify)
    var named: Set<ObjectID> = []
    for note in try Notes.all(in: repository) {
      let (short, line) = (note.commit.short, note.text)
      guard let record = WrittenRecord(line.utf8) else {
        return "the note on \(short) has a line that is not a record"
      }
      let entry = record.entry
      named.insert(entry)
      guard let (said, before) = entries[entry] else {
        if accepted.contains(note) { continue }
        if try isAlone || repository.contains(entry) {
          return "the note on \(short) names \(entry.short), which is not a ledger entry"
        }
        continue
      }
      if said.said.at != record.at {
        return "the note on \(short) says \(record.at), its entry \(entry.short) says \(said.said.at)"
      }
      if let lie = lie(in: record, of: said, after: before) {
        return "the note on \(short) says \(lie), which its entry \(entry.short) does not"
      }
    }
    return try missing(repository, verify, named: named)
  }

  /// What the notes said when the ledger began anew: the entries that confirmed it are gone.
  private static func acceptedNotes(
    _ repository: borrowing Repository, _ verify: Verification
  ) throws -> Set<Notes.Line> {
    var accepted: Set<Notes.Line> = []
    for ledger in verify.ledgers.all {
      guard let first = ledger.entries.first, first.beginsAnew,
        let notes = try repository.replaced(by: first.seal).notes, try repository.contains(notes)
      else { continue }
      accepted.formUnion(try Notes.all(at: notes, in: repository))
    }
    return accepted
  }

  /// What a record says that its entry does not; nil when they agree.
  private static func lie(
    in record: WrittenRecord, of entry: CheckedEntry, after before: CheckedEntry?
  ) -> String? {
    if let actor = record.actor, !entry.said.actor.text.hasPrefix(actor) { return actor }
    guard let scenario = record.scenario, let phase = record.phase else { return nil }
    let place = Place(scenario, phase)
    var places = [entry.record.place]
    if let before { places += [before.record.place] + before.record.suspended }
    return places.contains(place) ? nil : place.description
  }

  /// An entry of this clone that completed a phase, and whose note is gone; nil when all are there. A move that was
  /// interrupted is noted by the next command.
  private static func missing(
    _ repository: borrowing Repository, _ verify: Verification, named: Set<ObjectID>
  ) throws -> String? {
    let pending = try Intent.read(repository)?.entry
    for ledger in verify.ledgers.all where ledger.isHome {
      for entry in ledger.entries
      where entry.said.kind == .phaseCompleted && !named.contains(entry.id) && entry.id != pending {
        guard let head = entry.seal.head, try repository.contains(head) else { continue }
        return "the note of entry \(entry.id.short) on \(head.short) is gone"
      }
    }
    return nil
  }

  /// What replaces commits of HEAD's history or of a ledger; nil when nothing does.
  static func replacements(_ repository: borrowing Repository, _ head: ObjectID?) throws -> String? {
    if Files.exists(repository.commonDirectory + "info/grafts") {
      return "info/grafts gives commits other parents"
    }
    let ledgers = try repository.tips(matching: Ledger.prefix + "*").map(\.id)
    for tip in try repository.tips(matching: "refs/replace/*") {
      guard let id = ObjectID(hex: String(tip.name.dropFirst("refs/replace/".count))),
        let commit = try repository.commit(behind: id)
      else { continue }
      for place in ledgers + [head].compactMap({ $0 }) where try repository.isAncestor(commit, of: place) {
        return "\(tip.name) replaces a commit: git shows a different history from the one that verify checks"
      }
    }
    return nil
  }

  /// An entry whose time cannot be true; nil when there is none.
  static func times(_ verify: Verification) -> String? {
    for ledger in verify.ledgers.all {
      var before = ""
      for entry in ledger.entries {
        let (id, at) = (entry.id.short, entry.said.at)
        guard let seconds = entry.said.seconds else { return "entry \(id) has no time" }
        if seconds > System.now + 86_400 { return "entry \(id) is in the future: \(at)" }
        if at < before { return "entry \(id) is older than the one before it" }
        before = at
      }
    }
    return nil
  }
}
