import Core
import Git
import Hook
import Verify

/// Tells a hook whether commits that a branch is about to take over are proved.
public struct ProvedWork: Prover {
  /// One that reads the ledgers when it is asked.
  public init() {}

  /// The first commit that is not proved.
  public func firstUnproved(
    from tip: ObjectID, beyond old: ObjectID?, in repository: borrowing Repository
  ) throws -> Unproved? {
    let judged = try Verification(repository).judge(from: [tip], arriving: [tip], in: repository)
    let fresh = try old.map { try Set(repository.newCommits(from: tip, hiding: [$0])) }
    guard var bad = judged.last(where: { !$0.judgement.isGood && fresh?.contains($0.commit) ?? true }) else {
      return nil
    }
    // A merge is as good as what it was made of, which the branch may have already.
    let open = Dictionary(
      judged.lazy.filter { !$0.judgement.isGood }.map { ($0.commit, $0) }, uniquingKeysWith: { one, _ in one }
    )
    while case let parents = try repository.commit(bad.commit).parents, parents.count > 1,
      let cause = parents.lazy.compactMap({ open[$0] }).first
    { bad = cause }
    return Unproved(
      fact: "\(bad.commit.short) is \(bad.judgement.rawValue): \(bad.reason)",
      isIncoming: bad.judgement == .incoming)
  }

  /// Those that a hook saw land or a ledger has judged.
  public func known(among commits: [ObjectID], in repository: borrowing Repository) throws -> Set<ObjectID> {
    let verification = try Verification(repository)
    let judged: [JudgedCommit]
    do {
      judged = try verification.judge(commits, in: repository)
    } catch let refusal as Refusal where refusal.code == .unavailable {
      // An older git does not tell what was made from what: it is not known then, and what is forbidden stays so.
      judged = try verification.judge(commits, comparing: .none, in: repository)
    }
    return Set(judged.filter { $0.isClosed || $0.judgement.isGood }.map(\.commit))
  }
}
