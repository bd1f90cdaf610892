import Foundation
import Gate
import Git
import Scenario

/// Judges commits by brackets: each ledger entry recorded where HEAD stood, so that a commit was made in the
/// phase of the first entry whose next entry's HEAD reaches it. Hooks that were skipped and words in a
/// message change nothing.
public struct Verify: ~Copyable {
  /// What is said of one commit.
  public struct Line: Sendable {
    /// The commit.
    public let commit: ObjectID
    /// The judgement.
    public let judgement: Judgement
    /// Why, in a few words.
    public let reason: String
    /// The ledger entry that says so; nil when none does.
    public let entry: ObjectID?
  }

  /// Things that are wrong with the ledgers themselves, a line each.
  public private(set) var findings: [String] = []

  private struct Entry {
    let id: ObjectID
    let reference: String
    let record: GateRecord
    let head: ObjectID?
    let kind: String
    let commits: Set<String>
    let at: String
    let isSound: Bool
  }

  /// A commit's bracket: the entries that open and close it.
  private struct Place {
    let opening: Entry
    let closing: Entry?
  }

  private var brackets: [ObjectID: Int] = [:]
  private var places: [Place] = []
  private var accepted: Set<String> = []
  private var newest: Entry?

  /// Reads every ledger of a repository and walks the brackets, oldest first.
  ///
  /// - Throws: `Refusal` (66) when there is no ledger.
  public init(_ repository: borrowing Repository) throws {
    let references = try repository.references(matching: Ledger.prefix + "*")
    guard !references.isEmpty else {
      throw Refusal(.noInput, "no state is sealed here: nothing can be judged", remedy: "llmos-hook install")
    }
    var ledgers: [[Entry]] = []
    var catalogs: [RulesVersion: Catalog] = [:]
    for reference in references { ledgers.append(try read(reference, repository, &catalogs)) }
    for entry in ledgers.joined() where entry.kind == "override" { accepted.formUnion(entry.commits) }
    let own = repository.ledgerReference
    newest = (ledgers.first { $0.last?.reference == own } ?? ledgers.first)?.last
    // The brackets of all ledgers, in the order in which they closed: who reaches a commit first judges it.
    var closings: [(opening: Entry?, closing: Entry, at: String)] = []
    for ledger in ledgers {
      // A clock can go backwards, a chain cannot: within a ledger no entry is earlier than the one before.
      var latest = ""
      for (index, entry) in ledger.enumerated() {
        latest = max(latest, entry.at)
        closings.append((index > 0 ? ledger[index - 1] : nil, entry, latest))
      }
    }
    closings.sort { ($0.at, $0.closing.record.sequence) < ($1.at, $1.closing.record.sequence) }
    for (index, pair) in closings.enumerated() {
      guard let head = pair.closing.head else { continue }
      if let opening = pair.opening {
        places.append(Place(opening: opening, closing: pair.closing))
        try mark(from: head, as: places.count - 1, repository)
      } else if index == 0 {
        // Only the very first entry of all says what was there before; a later ledger's beginning closes
        // nothing.
        try mark(from: head, as: -1, repository)
      }
    }
  }

  /// Judges commits.
  ///
  /// - Parameter isServer: whether what came from a remote is judged here too.
  public func judge(
    _ commits: [ObjectID], in repository: borrowing Repository, isServer: Bool = false
  ) throws -> [Line] {
    var remote: Set<ObjectID>?
    var lines: [Line] = []
    for id in commits {
      let parent = try repository.commit(id).parents.first?.description
      let line = line(id, parent: parent)
      if line.judgement == .violation || line.judgement == .unproven, !isServer {
        if remote == nil { remote = try reachable(from: "refs/remotes/*", repository) }
        if remote?.contains(id) == true {
          lines.append(
            Line(commit: id, judgement: .incoming, reason: "a remote's branch has it", entry: line.entry))
          continue
        }
      }
      lines.append(line)
    }
    return lines
  }

  private func line(_ id: ObjectID, parent: String?) -> Line {
    guard let index = brackets[id] else {
      guard let newest else { return Line(commit: id, judgement: .unproven, reason: "no entry", entry: nil) }
      return line(id, parent, Place(opening: newest, closing: nil))
    }
    guard index >= 0 else {
      return Line(
        commit: id, judgement: .predates, reason: "older than the first entry", entry: nil)
    }
    return line(id, parent, places[index])
  }

  private func line(_ id: ObjectID, _ parent: String?, _ place: Place) -> Line {
    let closing = place.closing
    let isEngines = closing.map { $0.kind != "override" } ?? false
    let result = judgement(
      of: id.description, parent: parent,
      in: Bracket(
        opening: place.opening.record, isSound: place.opening.isSound, kind: closing?.kind,
        answered: isEngines ? closing?.commits ?? [] : []),
      accepted: accepted)
    return Line(commit: id, judgement: result.judgement, reason: result.reason, entry: place.opening.id)
  }

  private mutating func mark(
    from head: ObjectID, as index: Int, _ repository: borrowing Repository
  ) throws {
    var open = [head]
    while let id = open.popLast() {
      guard brackets.updateValue(brackets[id] ?? index, forKey: id) == nil else { continue }
      open += try repository.commit(id).parents.filter { brackets[$0] == nil }
    }
  }

  private func reachable(
    from glob: String, _ repository: borrowing Repository
  ) throws -> Set<ObjectID> {
    var seen: Set<ObjectID> = []
    var open: [ObjectID] = []
    for name in try repository.references(matching: glob) {
      if let id = try repository.target(of: name) { open.append(id) }
    }
    while let id = open.popLast() {
      guard seen.insert(id).inserted else { continue }
      open += try repository.commit(id).parents.filter { !seen.contains($0) }
    }
    return seen
  }

  // MARK: Reading ledgers

  /// The entries of one ledger, oldest first. What is wrong with the chain is a finding, and what comes
  /// before it is not believed.
  private mutating func read(
    _ reference: String, _ repository: borrowing Repository, _ catalogs: inout [RulesVersion: Catalog]
  ) throws -> [Entry] {
    var entries: [Entry] = []
    var next = try repository.target(of: reference)
    while let id = next {
      next = nil
      do {
        let seal = try repository.seal(at: id, under: reference)
        let commit = try repository.commit(id)
        guard let blob = try repository.entry(at: Ledger.entryName, inTree: commit.tree),
          let said = try? JSONDecoder().decode(
            HistoryEntry.self, from: Data(repository.blob(blob.id, limit: 1 << 28)))
        else { throw Refusal(.data, "its entry.json cannot be read") }
        let head = said.head.flatMap(ObjectID.init(hex:))
        let previous = said.seq > 1 ? commit.parents.first : nil
        guard said.seq == seal.record.sequence,
          entries.last.map({ $0.record.sequence == said.seq + 1 }) ?? true,
          commit.parents == [previous, head].compactMap({ $0 }), said.seq == 1 || previous != nil,
          said.scenario == seal.record.place.scenario, said.phase == seal.record.place.phase
        else { throw Refusal(.data, "its parts do not fit together") }
        let isSound = try isSound(seal.record, repository, &catalogs, head)
        if !isSound { findings.append("\(reference): entry \(id.short) allows what its rules do not") }
        entries.append(
          Entry(
            id: id, reference: reference, record: seal.record, head: head, kind: said.kind,
            commits: Set(said.commits ?? []), at: said.at, isSound: isSound))
        next = previous
      } catch {
        findings.append("\(reference): entry \(id.short) is not believed: \(Refusal(error).what)")
      }
    }
    return entries.reversed()
  }

  /// Whether a record says what the rules at its code commit say: a forged one would allow more.
  private func isSound(
    _ record: GateRecord, _ repository: borrowing Repository, _ catalogs: inout [RulesVersion: Catalog],
    _ head: ObjectID?
  ) throws -> Bool {
    let version = try repository.rulesVersion(at: Head(branch: nil, commit: head))
    if catalogs[version] == nil {
      let rules = try? Rules(repository, at: Head(branch: nil, commit: head))
      catalogs[version] = rules?.catalog ?? Catalog(scenarios: [])
    }
    guard let phase = catalogs[version]?.phase(at: record.place) else { return !record.mayCommit }
    return record.actions == phase.actions
  }
}
