import Core

/// All ledgers of a repository, and what they say of its commits.
///
/// Each entry recorded where HEAD stood, so that a commit was made in the phase of the first entry whose next entry's
/// HEAD reaches it. Hooks that were skipped and words in a message change nothing.
public struct Ledgers: Sendable {
  /// The ledgers.
  public let all: [CheckedLedger]
  let keys: Keys?
  let accepted: Accepted

  /// Ledgers as they were read.
  public init(_ ledgers: [CheckedLedger]) {
    all = ledgers
    keys = Keys(ledgers)
    accepted = Accepted(ledgers, keys)
  }

  /// Where entries and worktrees stand: a graph that is to be judged has to have what these reach.
  public var heads: Set<ObjectID> {
    var found: Set<ObjectID> = []
    for ledger in all {
      for entry in ledger.entries {
        if let head = entry.head { found.insert(head) }
        found.formUnion(entry.branches)
      }
      if let head = ledger.head { found.insert(head) }
    }
    return found
  }

  /// The commits at which the last phase of a scenario was completed, as entries say that prove it.
  ///
  /// - Parameter context: a value that the context had; nil for any.
  public func completed(_ place: Place, with context: ContextValue? = nil) -> Set<ObjectID> {
    var found: Set<ObjectID> = []
    for (number, ledger) in all.enumerated() {
      for entry in ledger.entries
      where entry.kind == .phaseCompleted && entry.record.place == place
        && entry.record.status == .completed && entry.isSound && keys?.prove(entry, of: number) ?? true
        && context.map(entry.record.context.contains) ?? true
      {
        if let head = entry.head { found.insert(head) }
      }
    }
    return found
  }

  /// The commits that agents made under owners' grants, with the branch of each.
  public var granted: [ObjectID: String] {
    var found: [ObjectID: String] = [:]
    for ledger in all where ledger.isGranted {
      let grants = Dictionary(
        ledger.entries.compactMap { entry in entry.record.grant.map { (entry.id, $0.branch) } },
        uniquingKeysWith: { first, _ in first })
      for landing in ledger.entries.flatMap(\.landed) {
        guard let branch = grants[landing.entry] else { continue }
        for commit in landing.commits { found[commit] = branch }
      }
    }
    return found
  }

  /// The newest entry of each ledger that stands by one of these grants.
  public func newest(by grants: Set<ObjectID>) -> [ObjectID] {
    all.compactMap { ledger in
      ledger.entries.last { $0.record.grant.map { grants.contains($0.entry) } ?? false }?.id
    }
  }

  /// Every commit to which a hook saw a reference go.
  public var landed: Set<ObjectID> {
    var found: Set<ObjectID> = []
    for ledger in all {
      ledger.eachLanding { if $0.kind != .derived, let new = $0.new { found.insert(new) } }
    }
    return found
  }

  /// The commits to which a hook of this clone saw a branch go that had come from elsewhere, as far as it could tell: from
  /// a remote mostly, which may have deleted its branch since.
  private var fetched: Set<ObjectID> {
    var found: Set<ObjectID> = []
    for ledger in all where ledger.isHome {
      ledger.eachLanding { if $0.kind == .incoming, let new = $0.new { found.insert(new) } }
    }
    return found
  }

  /// The commits of which entries say that they are derived.
  public var sealedAsDerived: Set<ObjectID> {
    var found: Set<ObjectID> = []
    for ledger in all {
      ledger.eachLanding { if $0.kind == .derived, let new = $0.new { found.insert(new) } }
    }
    return found
  }

  /// Every commit of which a landing or an entry speaks by name.
  public var spokenFor: Set<ObjectID> {
    Set(all.flatMap { $0.entries.flatMap { $0.common.commits + $0.landed.flatMap(\.commits) } })
  }

  /// Every commit that a hook let pass as made.
  public var made: Set<ObjectID> {
    var found: Set<ObjectID> = []
    for ledger in all { ledger.eachLanding { found.formUnion($0.commits) } }
    return found
  }

  /// What somebody else has to tell, asked for once at most, when it matters.
  public protocol Sources {
    /// What the remotes' branches reach; nil on a server, which judges that too.
    func remotes() throws -> CommitGraph?

    /// Which commits have the content of others.
    ///
    /// - Parameters:
    ///   - commits: those for which nothing else speaks.
    ///   - made: the commits that hooks let pass as made, newest first.
    ///   - isNeeded: whether something is forbidden unless it has.
    /// - Returns: nil where git cannot tell, and it is not needed.
    func matches(
      among commits: [Int32], made: [Int32], in graph: CommitGraph, isNeeded: Bool
    ) throws -> [Derivation]?

    /// Commits that a rollback has undone.
    func rolledBack() throws -> Set<ObjectID>

    /// The content of commits, as far as it is asked for; nothing of a commit that cannot be compared with its parents.
    func contents(_ asked: Set<ContentQuestion>) throws -> [ContentQuestion: CommitContent]
  }

  /// Judges the commits that tips reach, in the graph's order.
  ///
  /// - Parameters:
  ///   - graph: what the tips, `heads` and `landed` reach.
  ///   - arriving: commits to which a hook is about to see a reference go.
  public func judge(
    _ graph: CommitGraph, from tips: [ObjectID], arriving: [ObjectID] = [], _ sources: some Sources
  ) throws -> [JudgedCommit] {
    let wanted = graph.reached(from: tips)
    var witness = Witness(all, keys) { id in
      graph.place(of: id).flatMap { graph.parents(of: $0).first }.map(graph.id)
    }
    try witness.look(at: graph.listed.lazy.filter { wanted[Int($0)] }.map(graph.id), sources)
    var judge = Judge(Attribution(graph, all, keys), accepted, witness)
    var judged = [JudgedCommit?](repeating: nil, count: graph.count)
    var isOpen = false
    for place in graph.listed where wanted[Int(place)] {
      let one = judge.judge(place)
      judged[Int(place)] = one
      isOpen = isOpen || !one.judgement.isGood
    }
    if isOpen {
      let arrived = witness.tips.union(arriving)
      try judgeRest(&judged, graph, witness, arrived, &judge, sources)
      try holdUnseenToContent(&judged, sources)
      doubtWhatCannotBeRead(&judged, witness)
    }
    return graph.listed.compactMap { judged[Int($0)] }
  }

  /// Of the commits that nothing speaks for: those that have the content of proven ones, and those that a remote has.
  private func judgeRest(
    _ judged: inout [JudgedCommit?], _ graph: CommitGraph, _ witness: Witness, _ tips: Set<ObjectID>,
    _ judge: inout Judge, _ sources: some Sources
  ) throws {
    let remote = try sources.remotes().map(graph.shared)
    let isRemote = { (place: Int32) in remote?[Int(place)] ?? true }
    // A branch of this clone that moved behind the hooks' back is not made good by what it was made of.
    let arrived = graph.reached(from: tips)
    // Where a hook saw that the phase forbids it, the matter has ended.
    let open = graph.listed.filter { place in
      guard let one = judged[Int(place)], !one.judgement.isGood,
        witness.judge(one.commit)?.judgement != .violation
      else { return false }
      return one.judgement != .violation || isRemote(place) || arrived[Int(place)]
    }
    guard !open.isEmpty else { return }
    let made = graph.listed.filter { witness.judge(graph.id($0)) != nil }
    let isNeeded = open.contains {
      judged[Int($0)]?.judgement == .violation && remote?[Int($0)] != true
    }
    let told = try sources.matches(among: open, made: made, in: graph, isNeeded: isNeeded)
    let matches = told ?? []
    if !matches.isEmpty || open.contains(where: { witness.derived[graph.id($0)] != nil }) {
      // What nobody wanted to be judged can be a source.
      try judge.witness.look(at: made.map(graph.id), sources)
      let undone = try Set(sources.rolledBack().compactMap(graph.place))
      judgeDerived(&judged, graph, Derivations(graph, matches: matches, rolledBack: undone), open, &judge)
    }
    // A merge with something of its own is told so: whoever made it can look at what that is.
    let merges = Set(matches.filter { $0.kind == .merge }.map(\.commit))
    for place in open {
      guard let one = judged[Int(place)] else { continue }
      let more: String
      if told == nil, !one.judgement.isGood {
        more = ", and git 2.39 or newer is needed to compare its content with that of proven commits"
      } else if one.judgement == .unproven, graph.parents(of: place).count == 2, !merges.contains(place) {
        more = ", and it is not the automatic merge of its parents (verify --show \(one.commit.short))"
      } else {
        continue
      }
      judged[Int(place)] = JudgedCommit(
        commit: one.commit, judgement: one.judgement, reason: one.reason + more, entry: one.entry,
        isClosed: one.isClosed)
    }
    let fetched = graph.reached(from: fetched)
    for place in open where remote?[Int(place)] == true || fetched[Int(place)] {
      guard let one = judged[Int(place)], !one.judgement.isGood else { continue }
      // What no remote has any more was perhaps never there: the verdict stays, until a ledger says more.
      let isThere = remote?[Int(place)] == true
      judged[Int(place)] = JudgedCommit(
        commit: one.commit, judgement: isThere ? .incoming : one.judgement,
        reason: isThere
          ? "a remote's branch has it; llmos-hook sync tells what it is"
          : one.reason + "; if a remote's branch had it, llmos-hook sync tells more",
        entry: one.entry, isClosed: one.isClosed)
    }
  }

  private func judgeDerived(
    _ judged: inout [JudgedCommit?], _ graph: CommitGraph, _ derivations: Derivations, _ open: [Int32],
    _ judge: inout Judge
  ) {
    var derivations = derivations
    var good = [Bool?](repeating: nil, count: graph.count)
    func isGood(_ place: Int32) -> Bool {
      if let known = good[Int(place)] { return known }
      let one = judged[Int(place)] ?? judge.judge(place)
      good[Int(place)] = one.judgement.isGood
      return one.judgement.isGood
    }
    // Parents before children.
    for place in open.reversed() {
      let kind = derivations.derivation(of: place, isGood: isGood)
      // What it was made from can be gone since somebody found it.
      let entry = kind == nil ? judge.witness.derived[graph.id(place)] : nil
      guard kind != nil || entry != nil && graph.parents(of: place).allSatisfy(isGood) else { continue }
      good[Int(place)] = true
      guard let one = judged[Int(place)] else { continue }
      judged[Int(place)] = JudgedCommit(
        commit: one.commit, judgement: .derived,
        reason: kind.map { Self.reason($0, graph) }
          ?? "found to be made from proven commits when it was sealed",
        entry: entry)
    }
  }

  /// What no hook saw land is held to the rules of content that were in force then. Nobody knows who made it: what only
  /// the owner changes, it may not change.
  private func holdUnseenToContent(_ judged: inout [JudgedCommit?], _ sources: some Sources) throws {
    let unseen = judged.indices.filter { judged[$0]?.judgement == .unseen }
    guard !unseen.isEmpty else { return }
    let records = Dictionary(
      all.flatMap { $0.entries.map { ($0.id, $0.record) } }, uniquingKeysWith: { first, _ in first })
    let asked: [(place: Int, question: ContentQuestion, record: GateRecord)] = unseen.compactMap { place in
      guard let one = judged[place], let record = one.entry.flatMap({ records[$0] }),
        let question = ContentQuestion(one.commit, by: nil, under: record)
      else { return nil }
      return (place, question, record)
    }
    let contents = try sources.contents(Set(asked.map(\.question)))
    for (place, question, record) in asked {
      guard let one = judged[place], let content = contents[question],
        let breach = record.breach(in: content, by: nil)
      else { continue }
      judged[place] = JudgedCommit(
        commit: one.commit, judgement: .violation, reason: "no hook saw it land, and it \(breach)",
        entry: one.entry, isClosed: one.isClosed)
    }
  }

  /// A ledger of a newer version may have seen what no other one did: what was only inferred is not bad for that. What this
  /// clone's own ledgers have closed stays, and so does all that a key proves.
  private func doubtWhatCannotBeRead(_ judged: inout [JudgedCommit?], _ witness: Witness) {
    guard keys == nil, let newer = all.first(where: \.isNewer) else { return }
    let own = Set(all.filter(\.isHome).flatMap { $0.entries.map(\.id) })
    for place in judged.indices {
      guard let one = judged[place], [.violation, .unseen, .unproven].contains(one.judgement),
        witness.judge(one.commit)?.judgement != .violation, !(one.entry.map(own.contains) ?? false)
      else { continue }
      judged[place] = JudgedCommit(
        commit: one.commit, judgement: .unproven,
        reason: "\(newer.reference) was written by a newer llmos-hook, which has to be installed here",
        entry: nil)
    }
  }

  private static func reason(_ kind: Derivation.Kind, _ graph: CommitGraph) -> String {
    switch kind {
    case .merge: "the automatic merge of proven commits"
    case .squash(let source): "a squash of proven commits up to \(graph.id(source).short)"
    case .replay(let source): "the change of \(graph.id(source).short), rebased"
    }
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
