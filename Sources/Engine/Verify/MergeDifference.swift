import Core
import Git
import Ledger
import Platform
import Verify

/// What a merge, or a squash, has of its own: its difference from the merge that git makes by itself.
public struct MergeDifference: Sendable {
  /// The verdict on the commit.
  public let judged: JudgedCommit
  /// The two commits that the automatic merge is of: the parents, or a squash's parent and what it was made of.
  public let sides: [ObjectID]
  /// Whether it has one parent, and the second side was found by its content.
  public let isSquash: Bool
  /// The paths that are in conflict when git merges by itself.
  public let conflicts: [String]
  /// The difference as a patch, but for the state file; empty where there is none.
  public let patch: [UInt8]

  /// Finds it.
  ///
  /// - Parameter color: whether the patch gets colours for a terminal.
  /// - Throws: `Refusal`: 1 for a commit that is neither, 66 where nothing is sealed or a side is not there, 69 where git is
  ///   too old.
  public init(of commit: ObjectID, color: Bool, _ repository: borrowing Repository) throws {
    let verify = try Verification(repository)
    guard let judged = try verify.judge([commit], in: repository).first else {
      throw Refusal(.usage, "\(commit.short) is not a commit", remedy: "llmos-hook verify --show COMMIT")
    }
    self.judged = judged
    let parents = try repository.commit(commit).parents
    isSquash = parents.count == 1
    switch parents.count {
    case 1: sides = [parents[0], try Self.source(of: commit, verify, repository)]
    case 2: sides = parents
    default:
      throw Refusal(
        .refused, "\(commit.short) has \(parents.count) parents: git makes no such merge by itself",
        remedy: "git show \(commit.short)")
    }
    let merges = try AutomaticMerges(borrowingFrom: repository)
    guard let left = try merges.left(by: AutomaticMerges.Pair(ours: sides[0], theirs: sides[1])) else {
      throw Refusal(
        .noInput, "what \(commit.short) was made of is not here", remedy: "git fetch, with all branches")
    }
    conflicts = left.conflicts.filter { $0 != StatePath.name }
    patch = try merges.difference(from: left.tree, to: repository.commit(commit).tree, color: color)
  }

  /// Of the commits that hooks let land, the one whose content a squash has most of.
  private static func source(
    of commit: ObjectID, _ verify: Verification, _ repository: borrowing Repository
  ) throws -> ObjectID {
    let made = try verify.ledgers.made.filter { try $0 != commit && repository.contains($0) }
    let graph = try CommitGraph(from: [commit] + made, hiding: [])
    let own = graph.reached(from: [commit])
    // What is in its own history, it was not made of.
    let sources = graph.listed.filter { made.contains(graph.id($0)) && !own[Int($0)] }
    guard let place = graph.place(of: commit),
      let nearest = try ContentMatches.nearest(to: place, among: sources, in: graph)
    else {
      throw Refusal(
        .refused, "\(commit.short) is no merge, and no proven commit changes a file that it changes",
        remedy: "git show \(commit.short)")
    }
    return graph.id(nearest)
  }
}
