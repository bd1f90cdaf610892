import Core
import Git
import Ledger
import Platform
import Verify

/// What git tells when the ledgers alone do not say what a commit is.
struct VerificationSources: Ledgers.Sources {
  /// Whether what came from a remote is judged here too.
  let isServer: Bool
  /// Whether commits are compared with others for their content.
  var comparison = Verification.Comparison.possible

  func remotes() throws -> CommitGraph? {
    // What a remote has can lie above what was listed.
    try isServer ? nil : CommitGraph(from: Repository.current().remoteTips(), hiding: [])
  }

  func matches(
    among commits: [Int32], made: [Int32], in graph: CommitGraph, isNeeded: Bool
  ) throws -> [Derivation]? {
    guard comparison != .none else { return [] }
    do {
      return try ContentMatches.find(among: commits, sources: made, in: graph, Repository.current())
    } catch let refusal as Refusal where refusal.code == .unavailable {
      if isNeeded || comparison == .needed { throw refusal }
      return nil
    }
  }

  func rolledBack() throws -> Set<ObjectID> {
    var found: Set<ObjectID> = []
    // Anybody writes notes; these can only make a commit doubtful.
    for line in try Notes.all(in: Repository.current()) {
      guard let record = JSON(reading: line.text.utf8), record["kind"]?.string == "rollback",
        record["undo"]?.isTrue != true, let from = record["from"]?.object, let to = record["target"]?.object
      else { continue }
      let graph = try CommitGraph(from: [from], hiding: [to])
      found.formUnion(graph.listed.map(graph.id))
    }
    return found
  }

  func contents(_ asked: Set<ContentQuestion>) throws -> [ContentQuestion: CommitContent] {
    guard !asked.isEmpty else { return [:] }
    return try CommitContents(asked, Repository.current()).found
  }
}
