import Core
import Git
import Ledger
import Platform

/// Whose work a verdict is about, as far as the harness and the ledger tell.
extension Engine {
  /// What the record of a verdict says of it: `own_work`, where the owner judges what he made himself.
  ///
  /// - Throws: `Refusal` (1) for an agent whose session made it.
  func ownWork(_ seal: Seal) throws -> [(key: String, value: JSON)] {
    let made = try newestMade(until: seal)
    switch identity.actor {
    case .agent:
      if let refusal = try refusal(ofJudging: made, in: AgentSessions.ownSession) { throw refusal }
      return []
    case .owner: return try isOwners(made) ? [("own_work", .bool(true))] : []
    case .system: return []
    }
  }

  /// Why an agent gives no verdict about the newest work; nil where it may.
  ///
  /// - Parameter session: as the harness names it; nil where nobody knows.
  func refusalOfJudging(in session: String?) throws -> Refusal? {
    try refusal(ofJudging: newestMade(until: repository.sealInForce()), in: session)
  }

  private func refusal(ofJudging made: [Landing], in session: String?) throws -> Refusal? {
    guard !made.isEmpty else { return nil }
    let isSessions = session.map { AgentSessions(repository).hasMade(made, in: $0) } ?? false
    let isRoles = made.contains { $0.actor == identity.actor.text && identity.actor.role != nil }
    guard isSessions || isRoles else { return nil }
    return Refusal(
      .refused, "who made the work gives no verdict about it",
      why: isSessions
        ? "this session made the newest commits"
        : "\(identity.actor.role ?? "the agent") made the newest commits",
      remedy: "leave the verdict to another session, or to the owner")
  }

  private func isOwners(_ made: [Landing]) throws -> Bool {
    let own = try System.environment("GIT_AUTHOR_EMAIL") ?? repository.configuration("user.email")
    for landing in made where landing.actor == Actor.owner.text {
      for id in landing.commits where try repository.contains(id) {
        let author = try GitProcess.output(["show", "-s", "--format=%ae", id.description], in: worktree)
        if own == nil || author == own { return true }
      }
    }
    return false
  }

  /// The newest commits that hooks saw being made, as one entry sealed them, or none has yet.
  private func newestMade(until seal: Seal) throws -> [Landing] {
    let open = try LandingLog(repository, ledger: seal.reference).content().landings.filter {
      $0.kind == .made
    }
    if !open.isEmpty { return open }
    var found: [Landing] = []
    var rest = 1000
    try repository.walkLedger(from: seal.entry) { id in
      let seal = try repository.seal(at: id, under: seal.reference)
      found = try repository.landings(sealedBy: seal).filter { $0.kind == .made }
      rest -= 1
      return found.isEmpty && rest > 0 ? seal.previous : nil
    }
    return found
  }
}
