import Core

/// Each commit of a graph with the bracket in which it was made: the first entry whose next entry reaches it.
struct Attribution {
  /// A bracket as far as its commits are judged by it.
  struct Span {
    private let opening: CheckedEntry
    /// Nil while it is open.
    private let closing: CheckedEntry?
    /// Whether a key proves it, where any is needed.
    private let isSigned: Bool
    /// What was said of its commits so far: thousands have the same.
    var said: [Mention: (judgement: Judgement, reason: String)] = [:]

    /// - Parameter isSigned: whether a key proves it, where any is needed.
    init(_ opening: CheckedEntry, _ closing: CheckedEntry?, isSigned: Bool) {
      (self.opening, self.closing, self.isSigned) = (opening, closing, isSigned)
    }

    /// What its commits are judged by.
    var bracket: Bracket {
      Bracket(opening: opening.record, isSound: opening.isSound, isSigned: isSigned, kind: closing?.kind)
    }
    /// The entry that opens it.
    var entry: ObjectID { opening.id }
    /// Whether its phase allows commits.
    var mayCommit: Bool { opening.record.mayCommit }
    /// Whether an entry closes it.
    var isClosed: Bool { closing != nil }
    /// Whether hooks wrote landings while it was open: what was made then without one, no hook saw.
    var isWitnessed: Bool { (closing ?? opening).common.version >= 2 }
    /// HEAD of the entry that closes it.
    var head: ObjectID? { closing?.head }
    /// What that entry answers for by name: the engine's own commits.
    var answered: Set<ObjectID> {
      guard let closing, closing.kind != .override, closing.isSound, isSigned || closing.isSigned else {
        return []
      }
      return closing.answered
    }
    /// The commit on which the opening entry's override is good.
    var override: Override? { opening.record.override.flatMap(Override.init) }
  }

  /// The commit on which an owner let the next one pass.
  enum Override: Equatable {
    case unborn
    case commit(ObjectID)

    init?(_ text: String) {
      if text == "unborn" {
        self = .unborn
      } else {
        guard let id = ObjectID(hex: text) else { return nil }
        self = .commit(id)
      }
    }
  }

  /// An entry as the one that closes the bracket of the entry before.
  private struct Closing {
    let ledger: Int
    let entry: Int
    /// No earlier than any entry before it in its ledger.
    let at: String
  }

  /// Of a commit: older than the first entry of all.
  static let older: Int32 = -1
  /// Of a commit: no entry reaches it yet.
  static let open: Int32 = -2

  let graph: CommitGraph
  /// By commit: whether it is older than the keys; empty without any.
  let early: [Bool]
  /// All brackets, and those that are open.
  var spans: [Span] = []
  /// By commit: its index in `spans`, `older` or `open`.
  private(set) var brackets: [Int32]
  /// By commit that an entry answers for by name, the bracket which that entry closes: the engine's own commits were made
  /// there, whichever entry reached them first.
  private(set) var answered: [Int32: Int32] = [:]
  /// By ledger, the spans of its newest entry, which none closes yet: of what is older than the keys, and of the
  /// rest; nil for a ledger without entries that goes on from none.
  private(set) var newest: [(early: Int32, late: Int32)?] = []
  /// By worktree, what its HEAD reaches of the commits that no entry reaches.
  private(set) var holders: [(ledger: Int, reached: [Bool])] = []
  private let ledgers: [CheckedLedger]
  private let keys: Keys?

  init(_ graph: CommitGraph, _ ledgers: [CheckedLedger], _ keys: Keys?) {
    self.graph = graph
    self.ledgers = ledgers
    self.keys = keys
    early = keys.map { graph.reached(from: $0.heads) } ?? []
    brackets = [Int32](repeating: Self.open, count: graph.count)
    // By ledger: what had been made when it began, and was in no closed bracket then. Another worktree's HEAD
    // may have it before that worktree's own ledger says so.
    var inherited = [Set<Int32>](repeating: [], count: ledgers.count)
    for (index, closing) in Self.closings(of: ledgers).enumerated() {
      let entry = ledgers[closing.ledger].entries[closing.entry]
      if index > 0, closing.entry == 0 || entry.beginsWorktree {
        // Only the very first entry of all says what was there before; a later ledger's beginning closes nothing, nor
        // does that of a worktree which goes on in the ledger of one that is gone.
        inherited[closing.ledger].formUnion(openCommits(entry.heads))
      } else {
        close(closing, except: inherited[closing.ledger])
      }
    }
    for (number, ledger) in ledgers.enumerated() {
      // A worktree that has not begun stands under the entry that it will take over.
      newest.append((ledger.entries.last ?? ledger.origins.last).map { addOpen($0, number) })
      guard let head = ledger.head else { continue }
      let reached = graph.reached(from: [head]) { brackets[Int($0)] == Self.open }
      holders.append((number, reached))
    }
  }

  /// All entries in the order in which they closed a bracket: who reaches a commit first judges it.
  private static func closings(of ledgers: [CheckedLedger]) -> [Closing] {
    var closings: [Closing] = []
    for (number, ledger) in ledgers.enumerated() {
      // A clock can go backwards, a chain cannot: within a ledger no entry is earlier than the one before.
      var latest = ""
      for (index, entry) in ledger.entries.enumerated() {
        latest = max(latest, entry.at)
        closings.append(Closing(ledger: number, entry: index, at: latest))
      }
    }
    return closings.sorted { ($0.at, $0.entry, $0.ledger) < ($1.at, $1.entry, $1.ledger) }
  }

  private func openCommits(_ heads: [ObjectID]) -> Set<Int32> {
    var found: Set<Int32> = []
    for place in heads.compactMap(graph.place) {
      graph.walk(from: place) { brackets[Int($0)] == Self.open && found.insert($0).inserted }
    }
    return found
  }

  /// Puts what an entry reaches, and no bracket has yet, into the bracket that it closes.
  private mutating func close(_ closing: Closing, except inherited: Set<Int32>) {
    let entries = ledgers[closing.ledger].entries
    let opening = entries[max(0, closing.entry - 1)]
    let end = closing.entry > 0 ? entries[closing.entry] : nil
    let isSigned = keys?.prove(opening, of: closing.ledger) ?? true
    let bracket = end == nil ? Self.older : add(Span(opening, end, isSigned: true))
    // What came after the keys, in a bracket that no key proves, stands in one of its own.
    let late = isSigned ? bracket : add(Span(opening, end, isSigned: false))
    for commit in end?.answered ?? [] {
      guard let place = graph.place(of: commit), answered[place] == nil else { continue }
      let span = isSigned || early[Int(place)] ? bracket : late
      if spans[Int(span)].answered.contains(commit) { answered[place] = span }
    }
    for place in entries[closing.entry].heads.compactMap(graph.place) {
      graph.walk(from: place) { place in
        guard brackets[Int(place)] == Self.open, !inherited.contains(place) else { return false }
        brackets[Int(place)] = isSigned || early[Int(place)] ? bracket : late
        return true
      }
    }
  }

  private mutating func addOpen(_ entry: CheckedEntry, _ ledger: Int) -> (early: Int32, late: Int32) {
    let proved = add(Span(entry, nil, isSigned: true))
    let isSigned = keys?.prove(entry, of: ledger) ?? true
    return (proved, isSigned ? proved : add(Span(entry, nil, isSigned: false)))
  }

  private mutating func add(_ span: Span) -> Int32 {
    spans.append(span)
    return Int32(spans.count - 1)
  }
}
