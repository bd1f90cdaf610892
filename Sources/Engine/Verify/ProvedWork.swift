import Core
import Git
import Hook
import Verify

/// Tells a hook whether commits that a branch is about to take over are proved.
public struct ProvedWork: Prover {
  /// One that reads the ledgers when it is asked.
  public init() {}

  /// The first commit that is not proved, in words.
  public func firstUnproved(
    from tip: ObjectID, beyond old: ObjectID?, in repository: borrowing Repository
  ) throws -> String? {
    let judged = try Verification(repository).judge(from: [tip], arriving: [tip], in: repository)
    let known = try old.map { try Set(repository.newCommits(from: tip, hiding: [$0])) }
    let bad = judged.last { !$0.judgement.isGood && known?.contains($0.commit) ?? true }
    return bad.map { "\($0.commit.short) is \($0.judgement.rawValue): \($0.reason)" }
  }

  /// Those that a hook saw land or a ledger has judged.
  public func known(among commits: [ObjectID], in repository: borrowing Repository) throws -> Set<ObjectID> {
    let verification = try Verification(repository)
    let judged: [JudgedCommit]
    do {
      judged = try verification.judge(commits, in: repository)
    } catch let refusal as Refusal where refusal.code == .unavailable {
      // An older git does not tell what was made from what: it is not known then, and what is forbidden stays so.
      judged = try verification.judge(commits, comparesContent: false, in: repository)
    }
    return Set(judged.filter { $0.isClosed || $0.judgement.isGood }.map(\.commit))
  }
}
