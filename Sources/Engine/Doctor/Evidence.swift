import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// What `doctor` looks at besides the ledger: whether the notes say what the ledgers say, whether something
/// makes git show another history than the one that is judged, whether the times can be true.
enum Evidence {
  /// The first record of the notes that no ledger stands behind; nil when all are good.
  ///
  /// A record of another clone whose ledger is not here proves nothing and is no forgery: it is left out
  /// where ledgers of other clones are expected, which is where one was ever synced.
  static func notes(_ repository: borrowing Repository, _ verify: Verification) throws -> String? {
    let isAlone = try repository.configuration(Sync.remoteKey) == nil
    let entries = Dictionary(
      verify.ledgers.all.flatMap(\.entries).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    for note in try Notes.all(in: repository) {
      let (short, line) = (note.commit.short, note.text)
      guard let record = WrittenRecord(line.utf8) else {
        return "the note on \(short) has a line that is not a record"
      }
      let entry = record.entry
      guard let at = entries[entry]?.said.at else {
        if try isAlone || repository.contains(entry) {
          return "the note on \(short) names \(entry.short), which is not a ledger entry"
        }
        continue
      }
      if at != record.at {
        return "the note on \(short) says \(record.at), its entry \(entry.short) says \(at)"
      }
    }
    return nil
  }

  /// What stands in for commits of HEAD's history or of a ledger; nil when nothing does.
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
