import Foundation
import Gate
import Git
import Glibc
import Scenario

/// A record for the notes, before the ledger entry that it names exists.
struct NoteRecord: Sendable {
  /// `phase-completed`, `checkpoint`, `rollback`, `verdict` or `override`.
  var kind: String
  /// The code commit on which it stands.
  var commit: ObjectID
  /// The commit's tree: amend and rebase copy notes, and a record tells whether the content is the same.
  var tree: ObjectID
  var place: Place
  var role: String
  /// Further keys.
  var more: [(key: String, value: JSON)] = []

  /// The line: keys sorted, `at` first.
  func line(_ entry: LedgerEntry, _ id: ObjectID) -> Notes.Line {
    var pairs: [(key: String, value: JSON)] = [
      ("actor", .string(entry.identity.actor.name)), ("commit", .string(commit.description)),
      ("entry", .string(id.description)), ("kind", .string(kind)), ("phase", .string(place.phase)),
      ("role", .string(role)), ("scenario", .string(place.scenario)), ("seq", .int(entry.sequence)),
      ("tree", .string(tree.description)), ("trigger", .string(entry.trigger)),
    ]
    if let reason = entry.reason { pairs.append(("reason", .string(reason))) }
    pairs = (pairs + more).sorted { $0.key < $1.key }
    let at: (key: String, value: JSON) = ("at", .string(Timestamp.text(entry.seconds)))
    return Notes.Line(commit: commit, text: JSON.object([at] + pairs).text)
  }
}

/// A record as the notes have it: what each has, and of the rest what somebody here reads.
struct WrittenRecord: Decodable {
  let at: String
  let commit: String
  let entry: String
  let kind: String
  let scenario: String?
  let phase: String?
  /// Not in the record of a rollback.
  let role: String?
  let actor: String?
  let reason: String?

  /// nil for a line that is no record.
  init?(_ line: some Sequence<UInt8>) {
    guard let record = try? Self.decoder.decode(Self.self, from: Data(line)) else { return nil }
    self = record
  }

  private static let decoder = JSONDecoder()
}

/// What remains to be done once the ledger has moved: `$GIT_DIR/llmos/intent`.
struct Intent {
  let entry: ObjectID
  let lines: [Notes.Line]

  private static func path(_ repository: borrowing Repository) -> String {
    repository.gitDirectory + "llmos/intent"
  }

  func write(_ repository: borrowing Repository) throws {
    let text =
      "entry \(entry)\n" + lines.map { "note \($0.commit) \($0.text)\n" }.joined() + "end\n"
    try System.replace(
      Self.path(repository), with: Array(text.utf8), scratch: repository.gitDirectory + "llmos/")
  }

  static func remove(_ repository: borrowing Repository) {
    unlink(path(repository))
  }

  /// - Returns: nil when there is none.
  /// - Throws: `Refusal` (65) for one that cannot be read.
  static func read(_ repository: borrowing Repository) throws -> Intent? {
    let path = path(repository)
    let file = System.read(path, limit: 1 << 30)
    if case .missing = file { return nil }
    let words = (file.text ?? "").split(separator: "\n").map { $0.split(separator: " ", maxSplits: 2) }
    guard let first = words.first, first.count == 2, first[0] == "entry",
      let entry = ObjectID(hex: String(first[1])), words.last == ["end"]
    else { throw Refusal(.data, "\(path) cannot be read", remedy: "look at it, then remove it") }
    var lines: [Notes.Line] = []
    for parts in words.dropFirst().dropLast() where parts.count == 3 && parts[0] == "note" {
      guard let commit = ObjectID(hex: String(parts[1])) else { continue }
      lines.append(Notes.Line(commit: commit, text: String(parts[2])))
    }
    return Intent(entry: entry, lines: lines)
  }
}
