import Core
import Git
import Ledger
import Platform

/// The commits that a transaction brings onto branches, and whether they may land.
extension ReferenceTransaction {
  /// The most new commits that one transaction is looked at for protected paths.
  private static let inspected = 10_000

  /// A commit to which a reference moves, with what it brings.
  struct Arrival {
    let tip: ObjectID
    /// The commits that nobody has yet.
    let fresh: [ObjectID]
  }

  /// What a transaction brings.
  struct Arrivals {
    let all: [Arrival]
    /// What the enforced branches have.
    let known: [ObjectID]
    /// The newest seal that holds in this worktree; nil where nothing was ever sealed.
    let seal: Seal?
  }

  /// What the decision about arrivals is made by.
  struct Observed {
    let head: Head
    let seal: Seal
    let facts: Snapshot
  }

  /// What becomes of a transaction.
  enum Decision {
    /// - usesOverride: whether one of the commits needed the owner's word.
    case passes(usesOverride: Bool)
    case refused(Refusal)
  }

  // MARK: Observe

  /// Looks which commits the transaction brings. New is what no enforced branch reaches.
  func arrivals(_ repository: borrowing Repository) throws -> Arrivals {
    let ids = Set(code.filter { !$0.isDeletion }.map(\.new)).compactMap(ObjectID.init(hex:))
    // Of a tag the commit behind it, of a blob or a tree none; what is missing fails where it is walked.
    let tips = try ids.compactMap {
      try repository.commit(behind: $0) ?? (repository.contains($0) ? nil : $0)
    }
    guard !tips.isEmpty else { return Arrivals(all: [], known: [], seal: nil) }
    let seal = try repository.sealInForceIfAny()
    var known = try repository.directTargets(matching: "refs/heads/*") {
      seal?.record.enforces(branch: $0) ?? true
    }
    // To look at what a tag names brings nothing onto a branch.
    if code.allSatisfy({ $0.name == "HEAD" }) { known += try repository.tagTips().map(\.id) }
    var all: [Arrival] = []
    for tip in tips {
      let fresh = try repository.newCommits(from: tip, hiding: known, limit: Self.inspected)
      if !fresh.isEmpty { all.append(Arrival(tip: tip, fresh: fresh)) }
    }
    return Arrivals(all: all, known: known, seal: seal)
  }

  // MARK: Decide

  /// Decides whether they may land.
  ///
  /// - Throws: `Refusal` (1) for a commit that would swallow what a refused one left.
  func decision(
    on arrivals: Arrivals, _ observed: Observed, _ repository: borrowing Repository
  ) throws -> Decision {
    var usesOverride = false
    for arrival in arrivals.all {
      var facts = observed.facts
      // The owner's word is good for one commit.
      if usesOverride { facts.head = nil }
      if let refusal = try refusalUnlessElsewhere(
        of: arrival, facts, observed.seal, known: arrivals.known, repository)
      {
        return .refused(refusal)
      }
      try RefusedArrival.requireNotSwallowed(
        by: arrival.tip, at: observed.head, facts.record, repository)
      if let override = facts.record.override, override == facts.head { usesOverride = true }
    }
    return .passes(usesOverride: usesOverride)
  }

  /// Why an arrival may not land; nil when it may. Only when it is refused, it is worth looking what else has it: a
  /// remote, where it was judged, and what the newest entry answers for.
  private func refusalUnlessElsewhere(
    of arrival: Arrival, _ facts: Snapshot, _ seal: Seal, known: [ObjectID],
    _ repository: borrowing Repository
  ) throws -> Refusal? {
    guard let refusal = refusal(of: arrival, facts, seal, repository) else { return nil }
    let elsewhere = try repository.remoteTips() + repository.answered(by: seal)
    let rest = try repository.newCommits(
      from: arrival.tip, hiding: known + elsewhere, limit: Self.inspected)
    if rest.isEmpty { return nil }
    guard rest.count < arrival.fresh.count else { return refusal }
    return self.refusal(of: Arrival(tip: arrival.tip, fresh: rest), facts, seal, repository)
  }

  private func refusal(
    of arrival: Arrival, _ facts: Snapshot, _ seal: Seal, _ repository: borrowing Repository
  ) -> Refusal? {
    do {
      var facts = facts
      let tree = try repository.commit(arrival.tip).tree
      facts.proof = StepTicket.condition(in: repository) { tree.description }
      if let refusal = gate(.commit, facts) { return refusal }
      for commit in arrival.fresh {
        let changes = try changes(of: commit, repository)
        try requireSealed(changes, seal, repository)
        let paths = changes.map(\.path)
        let role = facts.identity.actor.role
        if let refusal = gate(.action(Action.commit, role: role, paths: paths), facts) { return refusal }
      }
      return nil
    } catch {
      // What cannot be looked at does not land.
      return Refusal(error)
    }
  }

  /// The paths in which a commit differs from each of its parents: what a merge took from one of them was
  /// judged where it was made.
  private func changes(
    of id: ObjectID, _ repository: borrowing Repository
  ) throws -> [Repository.Change] {
    let commit = try repository.commit(id)
    var changes = try repository.changes(
      from: commit.parents.first.map { try repository.commit($0).tree }, to: commit.tree)
    for parent in commit.parents.dropFirst() {
      let other = Set(
        try repository.changes(from: repository.commit(parent).tree, to: commit.tree).map(\.path))
      changes = changes.filter { other.contains($0.path) }
    }
    return changes
  }

  /// A commit carries the state file only as it was sealed, and so does the owner's.
  private func requireSealed(
    _ changes: [Repository.Change], _ seal: Seal, _ repository: borrowing Repository
  ) throws {
    guard let state = changes.first(where: { $0.path == StatePath.name })?.new, state != seal.state,
      try !repository.sealed(state, before: seal)
    else { return }
    throw Refusal(
      .refused, "the commit contains a \(StatePath.name) that was never sealed",
      remedy: "llmos-hook restore, git add \(StatePath.name), and commit again")
  }
}
