import Core

/// All ledgers of a repository, and what they say of its commits.
///
/// Each entry recorded where HEAD stood, so that a commit was made in the phase of the first entry whose next entry's
/// HEAD reaches it. Hooks that were skipped and words in a message change nothing.
public struct Ledgers: Sendable {
  /// The ledgers.
  public let all: [CheckedLedger]
  private let keys: Keys?
  private let accepted: Accepted

  /// Ledgers as they were read.
  public init(_ ledgers: [CheckedLedger]) {
    all = ledgers
    keys = Keys(ledgers)
    accepted = Accepted(ledgers, keys)
  }

  /// Where entries and worktrees stand: a graph that is to be judged has to have what these reach.
  public var heads: Set<ObjectID> {
    Set(all.flatMap { $0.entries.flatMap(\.heads) } + all.compactMap(\.head))
  }

  /// The commits at which the last phase of a scenario was completed, as entries say that prove it.
  public func completed(_ place: Place) -> Set<ObjectID> {
    var found: Set<ObjectID> = []
    for (number, ledger) in all.enumerated() {
      for entry in ledger.entries
      where entry.said.kind == .phaseCompleted && entry.record.place == place
        && entry.record.status == .completed && entry.isSound && keys?.prove(entry, of: number) ?? true
      {
        if let head = entry.seal.head { found.insert(head) }
      }
    }
    return found
  }

  /// Judges the commits that tips reach, in the graph's order.
  ///
  /// - Parameters:
  ///   - graph: what the tips and `heads` reach.
  ///   - remotes: what the remotes' branches reach; asked for once at most, when it matters; nil on a server, which
  ///     judges that too.
  public func judge(
    _ graph: CommitGraph, from tips: [ObjectID], remotes: () throws -> CommitGraph?
  ) rethrows -> [JudgedCommit] {
    let wanted = graph.reached(from: tips)
    var judge = Judge(Attribution(graph, all, keys), accepted)
    var judged: [JudgedCommit] = []
    judged.reserveCapacity(graph.listed.count)
    var remote: [Bool]?
    for place in graph.listed where wanted[Int(place)] {
      let one = judge.judge(place)
      guard one.judgement == .violation || one.judgement == .unproven else {
        judged.append(one)
        continue
      }
      let incoming = try remote ?? remotes().map(graph.shared) ?? []
      remote = incoming
      let isIncoming = !incoming.isEmpty && incoming[Int(place)]
      judged.append(
        isIncoming
          ? JudgedCommit(
            commit: one.commit, judgement: .incoming, reason: "a remote's branch has it", entry: one.entry,
            isClosed: one.isClosed)
          : one)
    }
    return judged
  }
}

extension CommitGraph {
  /// By commit, whether another graph lists it too.
  fileprivate func shared(with other: CommitGraph) -> [Bool] {
    var found = [Bool](repeating: false, count: count)
    for place in other.listed {
      if let place = self.place(of: other.id(place)) { found[Int(place)] = true }
    }
    return found
  }
}

// MARK: Claims without a key

extension Ledgers {
  /// What entries without a signature say where others have one.
  public struct Claims: Sendable {
    /// The entries.
    let entries: Set<ObjectID>
    /// The commits that the new ones of them answer for.
    public let heads: [ObjectID]
  }

  /// The claims of entries that no key proves; nil when no ledger has keys.
  ///
  /// - Parameter known: by reference, the newest entry that is known already.
  public func unprovenClaims(since known: [String: ObjectID]) -> Claims? {
    guard let keys else { return nil }
    var unproven: Set<ObjectID> = []
    var heads: [ObjectID] = []
    for (number, ledger) in all.enumerated() {
      let start = ledger.entries.firstIndex { $0.id == known[ledger.reference] } ?? -1
      for (index, entry) in ledger.entries.enumerated() where !keys.prove(entry, of: number) {
        unproven.insert(entry.id)
        if index > start { heads += entry.heads + entry.said.commits }
      }
    }
    return Claims(entries: unproven, heads: heads)
  }

  /// Of commits as they were judged before, those whose matter was closed as a violation, and that nobody who may
  /// has accepted since.
  public func closedViolations(in before: [JudgedCommit]) -> [JudgedCommit] {
    before.filter {
      $0.isClosed && $0.judgement == .violation && !accepted.commits.contains($0.commit)
    }
  }

  /// The first of such commits that only claims without a key make anything but a violation: who proves nothing makes
  /// nothing doubtful that is known.
  ///
  /// - Parameter now: the same commits as they are judged now.
  public func firstDisputed(
    of closed: [JudgedCommit], now: [JudgedCommit], by claims: Claims
  ) -> JudgedCommit? {
    let disputed = Set(
      now.filter { one in
        one.judgement != .violation
          && (one.entry.map(claims.entries.contains) ?? true || accepted.early.contains(one.commit))
      }.map(\.commit))
    return closed.first { disputed.contains($0.commit) }
  }
}
