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
  /// The records of the notes that no ledger confirms, and those that are gone: the first ten, a line each.
  ///
  /// A record of another clone whose ledger is not here proves nothing, but need not be forged. It is skipped
  /// where ledgers of other clones are expected: in a repository that was ever synced.
  ///
  /// - Parameter commits: those whose notes are looked at; nil for all.
  static func notes(
    _ repository: borrowing Repository, _ verify: Verification, on commits: Set<ObjectID>? = nil
  ) throws -> [String] {
    var findings: [String] = []
    let isAlone = try repository.configuration(Sync.remoteKey) == nil
    let lines = try lines(repository, on: commits).map { ($0, WrittenRecord($0.text.utf8)) }
    let entries = entries(Set(lines.compactMap { $0.1?.entry }), of: verify)
    let accepted = try acceptedNotes(repository, verify)
    var named: Set<NamedRecord> = []
    for (note, record) in lines {
      guard findings.count < most else { return findings }
      let short = note.commit.short
      guard let record else {
        findings.append("the note on \(short) has a line that is not a record")
        continue
      }
      named.insert(NamedRecord(entry: record.entry, kind: record.kind, commit: record.commit))
      guard let (said, before) = entries[record.entry] else {
        if accepted.contains(note) { continue }
        if try isAlone || repository.contains(record.entry) {
          findings.append("the note on \(short) names \(record.entry.short), which is not a ledger entry")
        }
        continue
      }
      if let lie = said.contradiction(in: record, after: before) {
        findings.append("the note on \(short) says \(lie), which its entry \(said.id.short) does not")
      }
    }
    return try Array(
      (findings + missing(repository, verify, on: commits) { named.contains($0) }).prefix(most))
  }

  /// The most lines that are said of the notes.
  private static let most = 10

  /// What tells one record from others.
  private struct NamedRecord: Hashable {
    let entry: ObjectID
    let kind: String
    let commit: ObjectID
  }

  /// Entries that records name, each with the one before it.
  private static func entries(
    _ named: Set<ObjectID>, of verify: Verification
  ) -> [ObjectID: (entry: CheckedEntry, before: CheckedEntry?)] {
    var found: [ObjectID: (entry: CheckedEntry, before: CheckedEntry?)] = [:]
    guard !named.isEmpty else { return found }
    for ledger in verify.ledgers.all {
      for (index, entry) in ledger.entries.enumerated() where named.contains(entry.id) {
        found[entry.id] = (entry, index > 0 ? ledger.entries[index - 1] : nil)
      }
    }
    return found
  }

  /// The lines of the notes on some commits; nil for all.
  private static func lines(
    _ repository: borrowing Repository, on commits: Set<ObjectID>?
  ) throws -> [Notes.Line] {
    guard let commits, commits.count < 100 else { return try Notes.all(on: commits, in: repository) }
    return try commits.sorted().flatMap { commit in
      try Notes.lines(on: commit, in: repository).map { Notes.Line(commit: commit, text: $0) }
    }
  }

  /// What the notes said when the ledger began anew: the entries that confirmed it are gone.
  private static func acceptedNotes(
    _ repository: borrowing Repository, _ verify: Verification
  ) throws -> Set<Notes.Line> {
    var accepted: Set<Notes.Line> = []
    for ledger in verify.ledgers.all {
      guard let first = ledger.entries.first, first.beginsAnew,
        let notes = try repository.replaced(in: first.read.common.replaced).notes,
        try repository.contains(notes)
      else { continue }
      accepted.formUnion(try Notes.all(at: notes, in: repository))
    }
    return accepted
  }

  /// The records that entries have to have and the notes do not: deleted here, or by somebody whose notes were merged.
  ///
  /// A move that was interrupted is noted by the next command. Where there are no notes at all, those of other clones'
  /// ledgers were not fetched.
  private static func missing(
    _ repository: borrowing Repository, _ verify: Verification, on commits: Set<ObjectID>?,
    _ isThere: (NamedRecord) -> Bool
  ) throws -> [String] {
    let pending = try Intent.read(repository)?.entry
    let haveNotes = try repository.target(of: Notes.reference) != nil
    var findings: [String] = []
    for ledger in verify.ledgers.all where ledger.isHome || haveNotes {
      for entry in ledger.entries where entry.owesRecords && entry.id != pending {
        for (kind, commit) in entry.owedRecords where commits?.contains(commit) ?? true {
          guard findings.count < most else { return findings }
          if isThere(NamedRecord(entry: entry.id, kind: kind, commit: commit)) { continue }
          if try repository.contains(commit) {
            findings.append("the note of entry \(entry.id.short) on \(commit.short) is gone")
          }
        }
      }
    }
    return findings
  }

  /// What replaces commits that some reach, or of a ledger; nil when nothing does.
  static func replacements(_ repository: borrowing Repository, _ heads: [ObjectID]) throws -> String? {
    if Files.exists(repository.commonDirectory + "info/grafts") {
      return "info/grafts gives commits other parents"
    }
    let ledgers = try repository.tips(matching: Ledger.prefix + "*").map(\.id)
    for tip in try repository.tips(matching: "refs/replace/*") {
      guard let id = ObjectID(hex: String(tip.name.dropFirst("refs/replace/".count))),
        let commit = try repository.commit(behind: id)
      else { continue }
      for place in ledgers + heads where try repository.isAncestor(commit, of: place) {
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
        let (id, at) = (entry.id.short, entry.at)
        guard let seconds = entry.seconds else { return "entry \(id) has no time" }
        if seconds > System.now + 86_400 { return "entry \(id) is in the future: \(at)" }
        if at < before { return "entry \(id) is older than the one before it" }
        before = at
      }
    }
    return nil
  }
}

extension Verification {
  /// What git shows otherwise than commits say, which nothing was judged by; nil mostly.
  ///
  /// - Parameter tips: what was judged.
  public func replacements(at tips: [ObjectID], in repository: borrowing Repository) throws -> String? {
    try Evidence.replacements(repository, tips)
  }

  /// What is wrong beside the ledgers: notes that say otherwise or are gone, history that is cut off. A line each.
  ///
  /// - Parameter commits: those whose notes are looked at; nil for all.
  public func evidence(of commits: [ObjectID]?, in repository: borrowing Repository) throws -> [String] {
    var findings: [String] = []
    if repository.isShallow {
      findings.append(
        "the history is cut off (shallow): what lies before it was not verified; git fetch --unshallow")
    }
    do {
      findings += try Evidence.notes(repository, self, on: commits.map(Set.init))
    } catch let refusal as Refusal {
      findings.append(refusal.what)
    }
    return findings
  }
}
