import Core

/// What `verify` says of one commit.
public struct JudgedCommit: Hashable, Sendable {
  /// The commit.
  public let commit: ObjectID
  /// The judgement.
  public let judgement: Judgement
  /// Why, in a few words.
  public let reason: String
  /// The ledger entry that says so; nil when none does.
  public let entry: ObjectID?
  /// Whether the next entry of its ledger closed the matter.
  public let isClosed: Bool

  /// A judged commit.
  public init(
    commit: ObjectID, judgement: Judgement, reason: String, entry: ObjectID?, isClosed: Bool = false
  ) {
    self.commit = commit
    self.judgement = judgement
    self.reason = reason
    self.entry = entry
    self.isClosed = isClosed
  }
}

/// Judges the commits of a graph, one by one.
struct Judge {
  private var attribution: Attribution
  private let accepted: Accepted
  /// By entry that began anew, what it reaches.
  private let histories: [(entry: ObjectID, reached: [Bool])]
  var witness: Witness

  init(_ attribution: Attribution, _ accepted: Accepted, _ witness: Witness) {
    self.attribution = attribution
    histories = accepted.beginnings.map { ($0.id, attribution.graph.reached(from: $0.heads)) }
    self.accepted = accepted
    self.witness = witness
  }

  /// Judges a commit: by the owner's acceptance, by who saw it land, and where nobody did by the bracket in which it
  /// appeared.
  mutating func judge(_ commit: Int32) -> JudgedCommit {
    let id = attribution.graph.id(commit)
    if let history = histories.first(where: { $0.reached[Int(commit)] }) {
      return JudgedCommit(
        commit: id, judgement: .overridden, reason: "the owner accepted it when the ledger began anew",
        entry: history.entry, isClosed: true)
    }
    var unproved: JudgedCommit?
    let isEarly = !attribution.early.isEmpty && attribution.early[Int(commit)]
    if !isAccepted(commit, id), let witnessed = witness.judge(id, isEarly: isEarly) {
      if witnessed.judgement != .unproven { return witnessed }
      unproved = witnessed
    }
    let judged = judgeByBracket(commit, id)
    return judged.judgement == .unseen || judged.judgement == .violation ? unproved ?? judged : judged
  }

  private mutating func judgeByBracket(_ commit: Int32, _ id: ObjectID) -> JudgedCommit {
    if let span = attribution.answered[commit], attribution.brackets[Int(commit)] != Attribution.older {
      return judge(commit, id, in: span)
    }
    switch attribution.brackets[Int(commit)] {
    case Attribution.older:
      return isAccepted(commit, id)
        ? JudgedCommit(commit: id, judgement: .overridden, reason: "the owner accepted it", entry: nil)
        : JudgedCommit(commit: id, judgement: .predates, reason: "older than the first entry", entry: nil)
    case Attribution.open: return judgeOpen(commit, id)
    case let span: return judge(commit, id, in: span)
    }
  }

  private mutating func judge(_ commit: Int32, _ id: ObjectID, in span: Int32) -> JudgedCommit {
    let mention = mention(of: commit, id, in: span)
    // A function of its own: with `self` in it, each call would copy all the spans.
    return Self.judged(id, mention, &attribution.spans[Int(span)])
  }

  private static func judged(_ id: ObjectID, _ mention: Mention, _ span: inout Attribution.Span)
    -> JudgedCommit
  {
    var said: (judgement: Judgement, reason: String)
    if let known = span.said[mention] {
      said = known
    } else {
      said = judgement(of: mention, in: span.bracket)
      if span.isWitnessed, mention == .none {
        let place = span.bracket.opening.place
        switch said.judgement {
        case .satisfied: said = (.unseen, "no hook saw it land, in \(place)")
        case .violation: said = (.violation, "no hook saw it land, and \(place) allows no commits")
        default: break
        }
      }
      span.said[mention] = said
    }
    return JudgedCommit(
      commit: id, judgement: said.judgement, reason: said.reason, entry: span.entry, isClosed: span.isClosed)
  }

  private func isAccepted(_ commit: Int32, _ id: ObjectID) -> Bool {
    if accepted.commits.contains(id) { return true }
    return !attribution.early.isEmpty && attribution.early[Int(commit)] && accepted.early.contains(id)
  }

  private func mention(of commit: Int32, _ id: ObjectID, in span: Int32) -> Mention {
    if isAccepted(commit, id) { return .accepted }
    if attribution.spans[Int(span)].answered.contains(id) { return .answered }
    if let override = attribution.spans[Int(span)].override,
      !witness.usedOverrides.contains(attribution.spans[Int(span)].entry)
    {
      let parent = attribution.graph.parents(of: commit).first.map(attribution.graph.id)
      // Good for one commit: the one that HEAD went on from.
      if override == parent.map(Attribution.Override.commit) ?? .unborn, isOnTheWay(commit, span) {
        return .overridden
      }
    }
    return .none
  }

  /// Whether the HEAD that closes a bracket has a commit; what is open still, a worktree's HEAD has.
  private func isOnTheWay(_ commit: Int32, _ span: Int32) -> Bool {
    guard attribution.spans[Int(span)].isClosed else {
      return attribution.holders.isEmpty || attribution.holders.contains { $0.reached[Int(commit)] }
    }
    guard let head = attribution.spans[Int(span)].head.flatMap(attribution.graph.place) else { return false }
    var visited: Set<Int32> = []
    attribution.graph.walk(from: head) { place in
      guard !visited.contains(commit), attribution.brackets[Int(place)] == span else { return false }
      return visited.insert(place).inserted
    }
    return visited.contains(commit)
  }

  /// A commit that no entry reaches yet was made in a bracket that is open still: that of the worktree whose
  /// HEAD has it; where no worktree has it, any could have made it.
  private mutating func judgeOpen(_ commit: Int32, _ id: ObjectID) -> JudgedCommit {
    let holders = attribution.holders
    let having = holders.filter { $0.reached[Int(commit)] }.map(\.ledger)
    let own = having.isEmpty ? holders.map(\.ledger) : having
    let isEarly = !attribution.early.isEmpty && attribution.early[Int(commit)]
    var judged: [JudgedCommit] = []
    var doubt: JudgedCommit?
    for number in own.isEmpty ? Array(attribution.newest.indices) : own {
      guard let newest = attribution.newest[number] else { continue }
      let span = isEarly ? newest.early : newest.late
      let one = judge(commit, id, in: span)
      judged.append(one)
      let mayCommit = attribution.spans[Int(span)].mayCommit
      if one.judgement == .unproven, mayCommit, doubt == nil { doubt = one }
    }
    let isGood = { (one: JudgedCommit) in one.judgement != .violation && one.judgement != .unproven }
    guard let good = judged.first(where: isGood) else {
      // A clone without a key may have made it, where its phase would allow it.
      let worst =
        doubt ?? judged.first { $0.judgement == .violation } ?? judged.first
        ?? JudgedCommit(commit: id, judgement: .unproven, reason: "no entry", entry: nil)
      guard holders.isEmpty, worst.judgement == .violation else { return worst }
      // A server does not know every clone that works.
      return JudgedCommit(
        commit: id, judgement: .violation, reason: worst.reason + "; a sync of its clone may tell more",
        entry: worst.entry, isClosed: worst.isClosed)
    }
    // What the owner accepted by its name is good wherever it was made, and also where no worktree is at hand.
    if isAccepted(commit, id) { return good }
    // A server does not know where a worktree stands now: what it is told by sync counts, not what was last.
    guard holders.isEmpty || (having.isEmpty && judged.contains(where: { !isGood($0) })) else { return good }
    return JudgedCommit(
      commit: id, judgement: .unproven, reason: "no ledger says yet in which phase it was made", entry: nil)
  }
}
