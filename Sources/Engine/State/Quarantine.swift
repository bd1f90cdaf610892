import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// Commits that landed in a phase which forbids them, however they came: the process does not go on until the
/// owner has decided about them.
public struct Quarantine: Sendable {
  /// Their ids, newest first.
  public let commits: [ObjectID]
  /// The phase in which they landed.
  public let place: Place
  /// Where HEAD's branch stood before the first of them; nil when there was no commit, or HEAD has none of them.
  public let sealed: ObjectID?
  /// Whether a rollback was begun and not ended: its commit may be among them, and it has to be ended first.
  public let isRollbackPending: Bool

  /// `2 commits landed in FEATURE_DEVELOPMENT:QA, which allows none: 1234567890, 2345678901`
  public var fact: String {
    let count = commits.count == 1 ? "a commit" : "\(commits.count) commits"
    return "\(count) landed in \(place), which allows none: "
      + commits.prefix(3).map(\.short).joined(separator: ", ") + (commits.count > 3 ? ", …" : "")
  }

  /// The owner's ways out.
  public var remedy: String {
    if isRollbackPending, let remedy = Refusal.pendingRollback("").remedy { return remedy }
    let range = commits.count == 1 ? commits[0].short : "RANGE"
    let back = sealed.map { "llmos-hook rollback \($0.short) --mode reset, or " } ?? ""
    return back + "llmos-hook allow --commits \(range) --reason WHY, by the owner"
  }

  /// The refusal of every command that would go on.
  var refusal: Refusal {
    Refusal(
      .refused, "in quarantine: " + fact, why: "llmos-hook verify lists them all", remedy: remedy)
  }
}

extension Engine {
  /// The commits that landed without permission; nil when there are none, and in a phase that allows commits
  /// always nil.
  ///
  /// - Parameter shared: what was looked at for many worktrees at once; nil for one alone.
  public func quarantine(
    _ standing: Standing, among shared: Repository.SharedBranches? = nil
  ) throws -> Quarantine? {
    let (seal, head) = (standing.seal, standing.head)
    if let shared, try repository.isAnswered(since: seal, seal.record, at: head, among: shared) { return nil }
    let bad = try repository.settled {
      let landed = try repository.landed(since: seal, seal.record, at: head)
      guard !landed.isEmpty else { return [] }
      let wanted = Set(landed)
      return try Verification(repository)
        .judge(from: landed, hiding: repository.answered(by: seal), in: repository)
        .filter { $0.judgement == .violation && wanted.contains($0.commit) }.map(\.commit)
    }
    guard !bad.isEmpty else { return nil }
    return Quarantine(
      commits: bad, place: seal.record.place,
      sealed: try before(bad, head, hiding: repository.answered(by: seal)),
      isRollbackPending: repository.isRollbackPending)
  }

  /// Refuses a move while commits are in quarantine. The owner's `set` is a choice too, and `verify` goes on to
  /// name the commits; a rollback is the way out.
  func requireNoQuarantine(
    _ standing: Standing, unless move: Move, _ remarks: inout [String]
  ) throws {
    guard let quarantine = try quarantine(standing) else { return }
    guard case .set(let scenario, _) = move else { throw quarantine.refusal }
    if scenario != "ROLLBACK" { remarks.append(quarantine.fact) }
  }

  /// The commits of HEAD and the branches that no hook saw land, in phases that allow commits: the owner has still to
  /// accept them.
  public func unseen(_ standing: Standing) throws -> [ObjectID] {
    try repository.settled {
      let arrived = try repository.unwitnessed(
        since: standing.seal, standing.seal.record, at: standing.head)
      guard !arrived.isEmpty else { return [] }
      let wanted = Set(arrived)
      return try Verification(repository).judge(from: arrived, in: repository).filter {
        $0.judgement == .unseen && wanted.contains($0.commit)
      }.map(\.commit)
    }
  }

  /// The commit to which HEAD can go back: it has none of these behind it, and all that is good. Nil when there
  /// is none, as after a merge of what is good on both sides.
  private func before(_ bad: [ObjectID], _ head: Head, hiding: [ObjectID]) throws -> ObjectID? {
    guard let commit = head.commit else { return nil }
    let own = Set(try repository.newCommits(from: commit, hiding: hiding, limit: 1000)).intersection(bad)
    var parents: Set<ObjectID> = []
    for id in own { parents.formUnion(try repository.commit(id).parents) }
    let good = try parents.subtracting(bad).filter { parent in
      try repository.newCommits(from: parent, hiding: hiding, limit: 1000).allSatisfy { !own.contains($0) }
    }
    return try good.first { candidate in
      try good.allSatisfy { try $0 == candidate || repository.isAncestor($0, of: candidate) }
    }
  }
}
