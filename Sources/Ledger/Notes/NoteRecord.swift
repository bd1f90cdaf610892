import Core
import Git
import Platform

/// A record for the notes, before the ledger entry that it names exists.
public struct NoteRecord: Sendable {
  /// `phase-completed`, `checkpoint`, `rollback`, `verdict` or `override`.
  public var kind: String
  /// The code commit on which it stands.
  public var commit: ObjectID
  /// The commit's tree: amend and rebase copy notes, and a record tells whether the content is the same.
  public var tree: ObjectID
  /// The phase that the record is about.
  public var place: Place
  /// Its role.
  public var role: String
  /// Further keys.
  public var more: [(key: String, value: JSON)]

  /// A record of these.
  public init(
    kind: String, commit: ObjectID, tree: ObjectID, place: Place, role: String,
    more: [(key: String, value: JSON)] = []
  ) {
    self.kind = kind
    self.commit = commit
    self.tree = tree
    self.place = place
    self.role = role
    self.more = more
  }

  /// The line: keys sorted, `at` first.
  ///
  /// - Parameters:
  ///   - entry: what the entry that it names says.
  ///   - id: that entry's commit.
  public func line(_ entry: Entry, _ id: ObjectID) -> Notes.Line {
    var pairs: [(key: String, value: JSON)] = [
      ("actor", .string(entry.actor.known?.name ?? entry.actor.text)),
      ("commit", .string(commit.description)),
      ("entry", .string(id.description)), ("kind", .string(kind)), ("phase", .string(place.phase)),
      ("role", .string(role)), ("scenario", .string(place.scenario)), ("seq", .int(entry.sequence)),
      ("tree", .string(tree.description)), ("trigger", .string(entry.trigger)),
    ]
    if let reason = entry.reason { pairs.append(("reason", .string(reason))) }
    pairs = (pairs + more).sorted { $0.key < $1.key }
    let at: (key: String, value: JSON) = ("at", .string(entry.at))
    return Notes.Line(commit: commit, text: JSON.object([at] + pairs).text)
  }
}

/// What remains to be done once the ledger has moved: `$GIT_DIR/llmos/intent`.
public struct Intent {
  /// The entry that the ledger moves to.
  public let entry: ObjectID
  /// What the notes then get.
  public let lines: [Notes.Line]

  /// An intent of these.
  public init(entry: ObjectID, lines: [Notes.Line]) {
    self.entry = entry
    self.lines = lines
  }

  private static func path(_ repository: borrowing Repository) -> String {
    repository.gitDirectory + Layout.intent.path
  }

  /// Writes it down.
  public func write(_ repository: borrowing Repository) throws {
    let text =
      "entry \(entry)\n" + lines.map { "note \($0.commit) \($0.text)\n" }.joined() + "end\n"
    try Files.replace(
      Self.path(repository), with: Array(text.utf8), scratch: repository.gitDirectory + Layout.directory)
  }

  /// Removes it: everything is done.
  public static func remove(_ repository: borrowing Repository) {
    Files.remove(path(repository))
  }

  /// Reads what a call before left.
  ///
  /// - Returns: nil when there is none.
  /// - Throws: `Refusal` (65) for one that cannot be read.
  public static func read(_ repository: borrowing Repository) throws -> Intent? {
    let path = path(repository)
    let file = Files.read(path, limit: 1 << 30)
    if case .missing = file { return nil }
    let words = (file.text ?? "").split(separator: "\n").map { $0.split(separator: " ", maxSplits: 2) }
    guard let first = words.first, first.count == 2, first[0] == "entry",
      let entry = ObjectID(hex: String(first[1])), words.last == ["end"]
    else { throw Refusal(.data, "\(path) cannot be read", remedy: "check it, then remove it") }
    var lines: [Notes.Line] = []
    for parts in words.dropFirst().dropLast() where parts.count == 3 && parts[0] == "note" {
      guard let commit = ObjectID(hex: String(parts[1])) else { continue }
      lines.append(Notes.Line(commit: commit, text: String(parts[2])))
    }
    return Intent(entry: entry, lines: lines)
  }
}
