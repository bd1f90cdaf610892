import Core
import Git
import Ledger
import Platform
import Verify

/// What git tells when the ledgers alone do not say what a commit is.
struct VerificationSources: Ledgers.Sources {
  private let directory: String
  private let remoteTips: [ObjectID]?
  private let undone: [(from: ObjectID, to: ObjectID)]

  /// - Parameter isServer: whether what came from a remote is judged here too.
  init(_ repository: borrowing Repository, isServer: Bool) throws {
    directory = repository.gitDirectory
    remoteTips = isServer ? nil : try repository.remoteTips()
    // Anybody writes notes; these can only make a commit doubtful.
    undone = try Notes.all(in: repository).compactMap { line in
      guard let record = JSON(reading: line.text.utf8), record["kind"]?.string == "rollback",
        record["undo"]?.isTrue != true, let from = record["from"]?.object, let to = record["target"]?.object
      else { return nil }
      return (from, to)
    }
  }

  func remotes() throws -> CommitGraph? {
    // What a remote has can lie above what was listed.
    try remoteTips.map { try CommitGraph(from: $0, hiding: []) }
  }

  func matches(among commits: [Int32], made: [Int32], in graph: CommitGraph) throws -> [Derivation] {
    try ContentMatches.find(among: commits, sources: made, in: graph, Repository.current())
  }

  func rolledBack() throws -> Set<ObjectID> {
    var found: Set<ObjectID> = []
    for one in undone {
      let graph = try CommitGraph(from: [one.from], hiding: [one.to])
      found.formUnion(graph.listed.map(graph.id))
    }
    return found
  }
}
