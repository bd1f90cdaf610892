import Core
import Git
import Ledger
import Platform

/// The commits that a transaction brings onto branches, and whether they may land.
extension ReferenceTransaction {
  /// The most new commits that one transaction is looked at for protected paths.
  private static let inspected = 10_000

  /// A reference that goes to a commit, with what it brings.
  struct Arrival {
    let move: Move
    let tip: ObjectID
    /// The commits that no enforced branch has yet.
    let fresh: [ObjectID]
    /// Whether git has just asked the message hooks about it: one commit, made on top of where the reference stands.
    let isCommit: Bool
  }

  /// What the decision about arrivals is made by.
  struct Observed {
    let head: Head
    let seal: Seal
    var facts: Snapshot
  }

  /// What becomes of an arrival.
  enum Decision {
    /// The gate allows these commits.
    /// - usesOverride: whether one of them needed the owner's override.
    case made([ObjectID], usesOverride: Bool)
    /// Every commit of it is known.
    case moved
    /// A remote has it.
    case incoming
    /// It is allowed where all of it is proved: only `llmos-hook` can tell.
    case needsProof(else: Refusal)
    case refused(Refusal)

    /// Whether it brings a branch what was not on it: what is made, and of an agent also what was proved elsewhere.
    func bringsCommits(of actor: Actor) -> Bool {
      switch self {
      case .made: true
      case .needsProof: actor.isAgent
      case .moved, .incoming, .refused: false
      }
    }
  }

  // MARK: Observe

  /// Looks which commits a move brings. New is what no enforced branch reaches. A commit that git has just asked about
  /// is new by itself, and no branch is looked at for it.
  func arrival(
    of move: Move, isAsked: Bool, _ seal: Seal?, known: inout KnownTips?, _ repository: borrowing Repository
  ) throws -> Arrival? {
    guard let tip = move.new else { return nil }
    if isAsked, let old = move.old, let commit = try? repository.commit(tip) {
      let isOnTop = commit.parents.first == old
      if try isOnTop || commit.parents == repository.commit(old).parents {
        let others = commit.parents.dropFirst(isOnTop ? 1 : 0)
        let merged =
          try isOnTop && !others.isEmpty ? fresh(from: Array(others), seal, &known, repository) : []
        return Arrival(move: move, tip: tip, fresh: [tip] + merged, isCommit: true)
      }
    }
    return Arrival(
      move: move, tip: tip, fresh: try fresh(from: [tip], seal, &known, repository), isCommit: false)
  }

  /// Where what is known already ends: the same for all moves of a transaction.
  struct KnownTips {
    let list: [ObjectID]
    let set: Set<ObjectID>
  }

  private func fresh(
    from tips: [ObjectID], _ seal: Seal?, _ known: inout KnownTips?, _ repository: borrowing Repository
  ) throws -> [ObjectID] {
    let ends = try known ?? self.known(seal, repository)
    known = ends
    var hidden = ends.list
    var found: [ObjectID] = []
    for tip in tips where !ends.set.contains(tip) {
      found += try repository.newCommits(from: tip, hiding: hidden, limit: Self.inspected)
      hidden.append(tip)
    }
    return found
  }

  private func known(_ seal: Seal?, _ repository: borrowing Repository) throws -> KnownTips {
    var known = try repository.directTargets(matching: "refs/heads/*") {
      seal?.record.enforces(branch: $0) ?? true
    }
    // To look at what a tag names brings nothing onto a branch.
    if code.allSatisfy({ $0.name == "HEAD" }) { known += try repository.tagTips().map(\.id) }
    let set = Set(known)
    return KnownTips(list: Array(set), set: set)
  }

  // MARK: Decide

  /// Decides whether an arrival may land.
  ///
  /// - Throws: `Refusal` (1) for a commit that would swallow what a refused one left.
  func decision(
    on arrival: Arrival, _ observed: Observed, _ repository: borrowing Repository
  ) throws -> Decision {
    let record = observed.facts.record
    let actor = observed.facts.identity.actor
    if arrival.fresh.isEmpty { return try decisionOnKnown(arrival, observed, repository) }
    if !arrival.isCommit, !actor.isAgent, try isFetched(arrival, observed.seal, repository) {
      return .incoming
    }
    guard let refusal = refusal(of: arrival.fresh, at: arrival.tip, observed, repository) else {
      try RefusedArrival.requireNotSwallowed(by: arrival.tip, at: observed.head, record, repository)
      let override = record.override
      return .made(arrival.fresh, usesOverride: override != nil && override == observed.facts.head)
    }
    // A plain commit is refused as it stands; what else brings it may bring what is proved.
    let isPlain =
      arrival.isCommit && arrival.fresh.count == 1
      && arrival.fresh.first.map {
        (try? repository.commit($0).parents.count) ?? 1
      } == 1
    if isPlain { return .refused(refusal) }
    // Where no commits are allowed, an owner merges: nothing that the branch has is taken out of it or made anew.
    let isMerge = try arrival.move.old.map { try repository.isAncestor($0, of: arrival.tip) } ?? true
    let mayBeProved = actor.isAgent ? record.mayCommit : record.takesProvenWork && isMerge
    return mayBeProved ? .needsProof(else: refusal) : .refused(refusal)
  }

  /// A branch that goes on to what another one has: an agent's goes in an allowing phase alone, to what is proved.
  private func decisionOnKnown(
    _ arrival: Arrival, _ observed: Observed, _ repository: borrowing Repository
  ) throws -> Decision {
    guard observed.facts.identity.actor.isAgent, let branch = arrival.move.reference.shortBranch,
      let old = arrival.move.old, try repository.isAncestor(old, of: arrival.tip)
    else { return .moved }
    let record = observed.facts.record
    let refusal = Refusal(
      .refused, "\(record.place) does not let an agent move \(branch) forward",
      why: "an agent's branch goes on to proven work, in a phase that allows commits",
      remedy: "leave it to the owner")
    return record.mayCommit ? .needsProof(else: refusal) : .refused(refusal)
  }

  /// Whether what a remote's branches have is all that an arrival brings.
  private func isFetched(
    _ arrival: Arrival, _ seal: Seal, _ repository: borrowing Repository
  ) throws -> Bool {
    let elsewhere = try repository.remoteTips() + repository.answered(by: seal)
    let known = try repository.directTargets(matching: "refs/heads/*") { seal.record.enforces(branch: $0) }
    return try repository.newCommits(from: arrival.tip, hiding: known + elsewhere, limit: 1).isEmpty
  }

  private func refusal(
    of commits: [ObjectID], at tip: ObjectID, _ observed: Observed, _ repository: borrowing Repository
  ) -> Refusal? {
    do {
      var facts = observed.facts
      let tree = try repository.commit(tip).tree
      facts.proof = StepTicket.condition(in: repository) { tree.description }
      if let refusal = gate(.commit, facts) { return refusal }
      for commit in commits {
        let changes = try changes(of: commit, repository)
        try requireSealed(changes, observed.seal, repository)
        let paths = changes.map(\.path)
        let role = facts.identity.actor.role
        if let refusal = gate(.action(Action.commit, role: role, paths: paths), facts) { return refusal }
        for pattern in facts.identity.actor == .system ? [] : facts.messages {
          try Trailers.require(pattern, of: commit, repository)
        }
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
