import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// What an entry without a signature is worth where others have one: nothing, but for what was there when the
/// owner first sealed keys. That is told by what his entry reaches, and by no time that anybody could forge.
struct Keys {
  /// Where history stood then.
  var heads: [ObjectID] = []
  /// The ledger that has had keys first: its owner has signed what stands before them too.
  private var first: Int?
  /// The ledgers of this clone's own worktrees: what they say against it is heard here, and by no server.
  let homes: Set<Int>

  /// Nil when no ledger has keys.
  init?(_ ledgers: [VerifiedLedger], isServer: Bool) {
    guard ledgers.contains(where: { $0.entries.contains(where: \.isKeyed) }) else { return nil }
    homes = Set(ledgers.indices.filter { !isServer && Ledger.isLocal(ledgers[$0].reference) })
    var earliest: String?
    for (number, ledger) in ledgers.enumerated() {
      guard let index = ledger.entries.firstIndex(where: { $0.isKeyed && $0.actor == "OWNER" }) else {
        continue
      }
      let at = ledger.entries[index].at
      if let earliest, earliest <= at { continue }
      (earliest, first) = (at, number)
      heads = ledger.entries[...index].flatMap(\.heads)
    }
  }

  /// Whether an entry counts for what was made since, too.
  func prove(_ entry: VerifiedLedger.Entry, of ledger: Int) -> Bool {
    entry.isKeyed || ledger == first || (homes.contains(ledger) && !entry.record.mayCommit)
  }
}

/// The commits that overrides accept.
struct Accepted {
  var commits: Set<ObjectID> = []
  /// By entries without a signature where others have one: good for what is older than the keys.
  var early: Set<ObjectID> = []
}

/// Each commit of a graph with the bracket in which it was made.
struct Judged {
  /// A commit's bracket: the entries that open and close it.
  private struct Place {
    let opening: VerifiedLedger.Entry
    let closing: VerifiedLedger.Entry?
    /// Whether a key proves it, where any is needed.
    var isSigned = true
    var said: [Mention: (judgement: Judgement, reason: String)] = [:]
  }

  private static let older: Int32 = -1
  private static let open: Int32 = -2

  private let graph: CommitGraph
  private let ledgers: [VerifiedLedger]
  private let accepted: Accepted
  private let keys: Keys?
  /// By commit: whether it is older than the keys; empty without any.
  private let early: [Bool]
  private var places: [Place] = []
  /// By commit: its place in `places`, or one of the two above.
  private var brackets: [Int32]
  /// By worktree, what its HEAD reaches of the commits that no entry reaches.
  private var holders: [(ledger: Int, reached: [Bool])] = []

  init(
    _ graph: CommitGraph, _ ledgers: [VerifiedLedger], _ accepted: Accepted, _ keys: Keys?,
    _ worktrees: [(ledger: Int, head: ObjectID)]
  ) {
    self.graph = graph
    self.ledgers = ledgers
    self.accepted = accepted
    self.keys = keys
    var early = [Bool](repeating: false, count: keys == nil ? 0 : graph.count)
    for place in (keys?.heads ?? []).compactMap(graph.row(of:)) {
      graph.walk(from: place) { place in
        defer { early[Int(place)] = true }
        return !early[Int(place)]
      }
    }
    self.early = early
    var brackets = [Int32](repeating: Self.open, count: graph.count)
    // The brackets of all ledgers, in the order in which they closed: who reaches a commit first judges it.
    var closings: [(ledger: Int, entry: Int, at: String)] = []
    for (number, ledger) in ledgers.enumerated() {
      // A clock can go backwards, a chain cannot: within a ledger no entry is earlier than the one before.
      var latest = ""
      for (index, entry) in ledger.entries.enumerated() {
        latest = max(latest, entry.at)
        closings.append((number, index, latest))
      }
    }
    // By ledger: what had been made when it began, and was in no closed bracket then. Another worktree's HEAD
    // may have it before that worktree's own ledger says so.
    var inherited = [Set<Int32>](repeating: [], count: ledgers.count)
    closings.sort { ($0.at, $0.entry, $0.ledger) < ($1.at, $1.entry, $1.ledger) }
    for (index, closing) in closings.enumerated() {
      let entries = ledgers[closing.ledger].entries
      let bracket: Int32
      let opening = entries[max(0, closing.entry - 1)]
      let isSigned = keys?.prove(opening, of: closing.ledger) ?? true
      if closing.entry > 0 {
        bracket = Int32(places.count)
        places.append(Place(opening: opening, closing: entries[closing.entry]))
      } else if index == 0 {
        // Only the very first entry of all says what was there before; a later ledger's beginning closes
        // nothing.
        bracket = Self.older
      } else {
        var reached: Set<Int32> = []
        for head in entries[closing.entry].heads {
          guard let place = graph.row(of: head) else { continue }
          graph.walk(from: place) { brackets[Int($0)] == Self.open && reached.insert($0).inserted }
        }
        inherited[closing.ledger] = reached
        continue
      }
      // What came after the keys stands in a place of its own.
      let later = isSigned ? bracket : Int32(places.count)
      if !isSigned {
        places.append(
          Place(opening: opening, closing: closing.entry > 0 ? entries[closing.entry] : nil, isSigned: false))
      }
      let others = inherited[closing.ledger]
      for head in entries[closing.entry].heads {
        guard let place = graph.row(of: head) else { continue }
        graph.walk(from: place) { place in
          guard brackets[Int(place)] == Self.open, !others.contains(place) else { return false }
          brackets[Int(place)] = isSigned || early[Int(place)] ? bracket : later
          return true
        }
      }
    }
    self.brackets = brackets
    for worktree in worktrees {
      var reached = [Bool](repeating: false, count: graph.count)
      if let place = graph.row(of: worktree.head) {
        graph.walk(from: place) { place in
          guard brackets[Int(place)] == Self.open, !reached[Int(place)] else { return false }
          reached[Int(place)] = true
          return true
        }
      }
      holders.append((worktree.ledger, reached))
    }
  }

  /// Judges one commit.
  mutating func line(_ commit: Int32) -> Verify.Line {
    let id = graph.id(commit)
    switch brackets[Int(commit)] {
    case Self.older where isAccepted(commit, id):
      return Verify.Line(commit: id, judgement: .overridden, reason: "the owner accepted it", entry: nil)
    case Self.older:
      return Verify.Line(
        commit: id, judgement: .predates, reason: "older than the first entry", entry: nil)
    case Self.open: return openLine(commit, id)
    case let index:
      let mention = mention(commit, id, places[Int(index)], index)
      // A function of its own: with `self` in it, each call would copy all the places.
      var line = Self.line(id, mention, &places[Int(index)])
      line.isClosed = places[Int(index)].closing != nil
      return line
    }
  }

  private static func line(_ id: ObjectID, _ mention: Mention, _ place: inout Place) -> Verify.Line {
    let said: (judgement: Judgement, reason: String)
    if let known = place.said[mention] {
      said = known
    } else {
      said = judgement(
        of: mention,
        in: Bracket(
          opening: place.opening.record, isSound: place.opening.isSound, isSigned: place.isSigned,
          kind: place.closing?.kind))
      place.said[mention] = said
    }
    return Verify.Line(
      commit: id, judgement: said.judgement, reason: said.reason, entry: place.opening.id)
  }

  private func isAccepted(_ commit: Int32, _ id: ObjectID) -> Bool {
    accepted.commits.contains(id) || (!early.isEmpty && early[Int(commit)] && accepted.early.contains(id))
  }

  private func mention(_ commit: Int32, _ id: ObjectID, _ place: Place, _ bracket: Int32) -> Mention {
    if isAccepted(commit, id) { return .accepted }
    if let closing = place.closing, closing.kind != "override", closing.isSound,
      place.isSigned || closing.isKeyed, closing.commits.contains(id)
    {
      return .answered
    }
    if let override = place.opening.record.override {
      let parent = graph.parents(of: commit).first.map { graph.id($0).description }
      // Good for one commit: the one that HEAD went on from.
      if override == parent ?? "unborn", isOnTheWay(commit, place, bracket) { return .overridden }
    }
    return .none
  }

  /// Whether the HEAD that closes a bracket has a commit; what is open still, a worktree's HEAD has.
  private func isOnTheWay(_ commit: Int32, _ place: Place, _ bracket: Int32) -> Bool {
    guard let closing = place.closing else {
      return holders.isEmpty || holders.contains { $0.reached[Int(commit)] }
    }
    guard let head = closing.head.flatMap(graph.row(of:)) else { return false }
    var seen: Set<Int32> = []
    var isThere = false
    graph.walk(from: head) { place in
      guard !isThere, brackets[Int(place)] == bracket, seen.insert(place).inserted else { return false }
      isThere = place == commit
      return true
    }
    return isThere
  }

  /// A commit that no entry reaches yet was made in a bracket that is open still: that of the worktree whose
  /// HEAD has it; where no worktree has it, any could have made it.
  private func openLine(_ commit: Int32, _ id: ObjectID) -> Verify.Line {
    let having = holders.filter { $0.reached[Int(commit)] }.map(\.ledger)
    let own = having.isEmpty ? holders.map(\.ledger) : having
    var lines: [Verify.Line] = []
    var doubt: Verify.Line?
    for number in own.isEmpty ? Array(ledgers.indices) : own {
      guard let entry = ledgers[number].entries.last else { continue }
      let isSigned = keys?.prove(entry, of: number) ?? true || early[Int(commit)]
      var place = Place(opening: entry, closing: nil, isSigned: isSigned)
      let line = Self.line(id, mention(commit, id, place, Self.open), &place)
      lines.append(line)
      if line.judgement == .unproven, entry.record.mayCommit, doubt == nil { doubt = line }
    }
    let isGood = { (line: Verify.Line) in line.judgement != .violation && line.judgement != .unproven }
    guard let good = lines.first(where: isGood) else {
      // A clone without a key may have made it, where its phase would allow it.
      return doubt ?? lines.first { $0.judgement == .violation } ?? lines.first
        ?? Verify.Line(commit: id, judgement: .unproven, reason: "no entry", entry: nil)
    }
    // A server does not know where a worktree stands now: what it is told by sync counts, not what was last.
    guard holders.isEmpty || (having.isEmpty && lines.contains(where: { !isGood($0) })) else { return good }
    return Verify.Line(
      commit: id, judgement: .unproven, reason: "no ledger says yet in which phase it was made", entry: nil)
  }
}
