import Core
import Git
import Hook
import Platform
import Verify

/// What a server holds an agent to that works by an owner's grant.
extension Receive {
  /// A ledger that stands by a grant grows only as long as that holds, whatever times its entries have.
  ///
  /// - Parameter moved: the ledgers that a push makes or moves.
  /// - Throws: `Refusal` (1).
  func requireGrantsInForce(
    _ moved: [Repository.Tip], _ verify: Verification, _ repository: borrowing Repository
  ) throws {
    for tip in moved {
      let record = try repository.seal(at: tip.id, under: tip.name).record
      // One that nobody gave is a finding.
      guard let grant = record.grant, let given = verify.grants.given(by: grant.entry),
        !given.isInForce(at: System.now)
      else { continue }
      let end = given.revokedAt.map { "was revoked at \($0)" }
      throw Refusal(
        .refused,
        "push refused: the owner's grant for \(grant.name) "
          + (end ?? "ended at \(given.grant.until.map(Timestamp.text) ?? "")"),
        why: "the ledger \(tip.name) stands by it",
        remedy: grant.wayToRenew(at: record.place))
    }
  }

  /// What an agent makes by a grant comes on the grant's branch first.
  ///
  /// - Parameter known: what the server has.
  /// - Throws: `Refusal` (1).
  func requireGrantedBranches(
    _ moves: [ReferenceMove], _ known: [ObjectID], _ verify: Verification, _ repository: borrowing Repository
  ) throws {
    let granted = verify.ledgers.granted
    guard !granted.isEmpty else { return }
    var own: [[UInt8]: (name: String, tip: ObjectID)] = [:]
    for move in moves where move.isCode && !move.isDeletion {
      own[move.name.rawBytes] = ObjectID(hex: move.new).map { (move.name, $0) }
    }
    for (name, tip) in own.values where name.shortBranch != nil {
      for commit in try repository.newCommits(from: tip, hiding: known) {
        guard let branch = granted[commit], branch.rawBytes != name.rawBytes else { continue }
        // Or with it, in the same push.
        if let other = own[branch.rawBytes]?.tip,
          try other == commit || repository.isAncestor(commit, of: other)
        {
          continue
        }
        let words = (Grant.name(of: branch), Grant.name(of: name))
        throw Refusal(
          .refused,
          "push refused: \(commit.short) was made by the owner's grant for \(words.0), not for \(words.1)",
          why: "what an agent makes comes on its own branch first",
          remedy: "git push \(words.0), and open a pull request; the owner merges it")
      }
    }
  }
}
