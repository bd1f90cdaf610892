import Core
import Verify

/// A history with its ledgers, in plain values: what both judges judge.
struct World {
  struct Entry {
    var kind = "transition"
    var at = 0
    var actor = "OWNER"
    var mayCommit = false
    var isRollbackScenario = false
    /// The commit on which the next one may pass, `-1` for none yet; nil for no override.
    var override: Int?
    var commits: Set<Int> = []
    var head: Int?
    var branches: Set<Int> = []
    var isSound = true
    /// Whether it seals signers, and whether these name anybody.
    var namesKeys: Bool?
  }

  struct Ledger {
    var entries: [Entry] = []
    var head: Int?
    var isHome = true
  }

  /// By commit, its parents, which are earlier ones. Those below `firstListed` are only named.
  var parents: [[Int]] = []
  var firstListed = 0
  var ledgers: [Ledger] = []
  var tips: Set<Int> = []
  /// What remotes have; nil on a server.
  var remote: Set<Int>?

  // MARK: The same for the judge under test

  static func id(_ commit: Int) -> ObjectID { id(0xC, commit) }

  static func entryID(_ ledger: Int, _ entry: Int) -> ObjectID { id(0xE, ledger << 16 | entry) }

  private static func id(_ kind: UInt8, _ number: Int) -> ObjectID {
    var bytes = [UInt8](repeating: kind, count: 20)
    // The hash is of the first bytes.
    for index in 0..<4 { bytes[index] = UInt8(truncatingIfNeeded: number >> (8 * (3 - index))) }
    return bytes.withUnsafeBytes { ObjectID(bytes: $0) } ?? .null
  }

  static func time(_ at: Int) -> String { Timestamp.text(Int64(1_700_000_000 + at)) }

  var graph: CommitGraph {
    var graph = CommitGraph()
    for commit in (firstListed..<parents.count).reversed() {
      graph.append(Self.id(commit), parents: parents[commit].map(Self.id))
    }
    return graph
  }

  /// What the remotes' branches reach, with a commit that this repository does not have.
  var remoteGraph: CommitGraph? {
    guard let remote else { return nil }
    var graph = CommitGraph()
    graph.append(Self.id(1 << 20), parents: [])
    for commit in remote.sorted().reversed() {
      graph.append(Self.id(commit), parents: parents[commit].map(Self.id))
    }
    return graph
  }

  func checkedLedgers(_ records: [GateRecord]) -> Ledgers {
    Ledgers(
      ledgers.enumerated().map { number, ledger in
        var checked = CheckedLedger(
          "refs/llmos/ledger/\(number)",
          ledger.entries.indices.map { Self.checked(ledger.entries[$0], $0, of: number, records) })
        checked.head = ledger.head.map(Self.id)
        checked.isHome = ledger.isHome
        return checked
      })
  }

  private static func checked(
    _ entry: Entry, _ index: Int, of ledger: Int, _ records: [GateRecord]
  ) -> CheckedEntry {
    var record = records[(entry.mayCommit ? 1 : 0) + (entry.isRollbackScenario ? 2 : 0)]
    record.sequence = index + 1
    record.override = entry.override.map { $0 < 0 ? "unborn" : id($0).description }
    let seal = Seal(
      entry: entryID(ledger, index), previous: index > 0 ? entryID(ledger, index - 1) : nil, state: .null,
      record: record, reference: "", head: entry.head.map(id), hasSigners: entry.namesKeys != nil)
    var said = Core.Entry(
      sequence: index + 1, kind: Core.Entry.Kind(rawValue: entry.kind), seconds: 0,
      identity: Identity(actor: .owner), head: entry.head.map(id), place: record.place, trigger: "x",
      commits: entry.commits.map(id))
    said.at = time(entry.at)
    said.actor = RecordedActor(text: entry.actor)
    said.version = 1
    var checked = CheckedEntry(seal, said, isSound: entry.isSound)
    checked.branches = entry.branches.map(id)
    checked.namesKeys = entry.namesKeys
    return checked
  }
}

// MARK: Random worlds

/// Numbers from a seed (SplitMix64), so that a failure can be had again.
struct Seeded: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

  /// Whether it happens, so many times in a hundred.
  mutating func happens(_ percent: Int) -> Bool { below(100) < percent }

  mutating func some(_ count: Int, of bound: Int) -> Set<Int> {
    bound == 0 ? [] : Set((0..<count).map { _ in below(bound) })
  }
}

extension World {
  /// Several worktrees that commit, merge, go back and move their states in turn; in some worlds entries name any
  /// commits at all, as forged ones would.
  init(seed: UInt64) {
    var random = Seeded(seed)
    let isWild = random.happens(25)
    let hasKeys = random.happens(40)
    let isServer = random.happens(30)
    var now = 0
    ledgers = [Ledger()]
    for _ in 0..<(6 + random.below(24)) {
      // Two things can happen in a second, and a clock can go back.
      now += random.happens(8) ? -random.below(6) : random.below(3)
      let number = random.below(ledgers.count)
      let head = ledgers[number].head
      switch random.below(20) {
      case 0...7: commit(in: number, [head].compactMap { $0 })
      case 8...9:
        let other = ledgers[random.below(ledgers.count)].head
        commit(in: number, [head, other].compactMap { $0 })
      case 10: if let head { ledgers[number].head = random.below(head + 1) }
      case 11 where ledgers.count < 4: ledgers.append(Ledger(head: head))
      default: addEntry(to: number, at: now, isWild, hasKeys, &random)
      }
    }
    firstListed = random.happens(20) ? random.below(parents.count + 1) : 0
    for number in ledgers.indices {
      ledgers[number].isHome = !isServer && random.happens(70)
      if isServer || random.happens(20) { ledgers[number].head = nil }
    }
    let heads = ledgers.compactMap(\.head) + ledgers.flatMap { $0.entries.compactMap(\.head) }
    tips = Set(heads).union(random.some(2, of: parents.count))
    remote = isServer ? nil : random.some(random.below(3), of: parents.count)
    while let more = remote.map({ Set($0.flatMap { parents[$0] }).subtracting($0) }), !more.isEmpty {
      remote?.formUnion(more)
    }
    for number in ledgers.indices where !ledgers[number].entries.isEmpty && random.happens(8) {
      ledgers[number].entries[0].kind = "begin-anew"
    }
  }

  private mutating func commit(in ledger: Int, _ from: [Int]) {
    parents.append(from)
    ledgers[ledger].head = parents.count - 1
  }

  private mutating func addEntry(
    to number: Int, at now: Int, _ isWild: Bool, _ hasKeys: Bool, _ random: inout Seeded
  ) {
    var entry = Entry()
    entry.kind =
      ["transition", "phase-completed", "override", "override", "sync", "rollback"][random.below(6)]
    entry.at = now
    entry.actor = ["OWNER", "OWNER", "SYSTEM", "AGENT:DEV", "NOBODY"][random.below(5)]
    entry.mayCommit = random.happens(50)
    entry.isRollbackScenario = random.happens(10)
    entry.head = ledgers[number].head
    if isWild, !parents.isEmpty { entry.head = random.happens(20) ? nil : random.below(parents.count) }
    if random.happens(15) { entry.branches = random.some(2, of: parents.count) }
    if entry.kind == "override", random.happens(60) { entry.override = ledgers[number].head ?? -1 }
    switch entry.kind {
    case "override" where entry.override == nil: entry.commits = random.some(2, of: parents.count)
    case "rollback", "phase-completed": if let head = entry.head { entry.commits = [head] }
    default: if random.happens(10) { entry.commits = random.some(2, of: parents.count) }
    }
    entry.isSound = random.happens(88)
    if hasKeys {
      let before = ledgers[number].entries.last?.namesKeys
      entry.namesKeys =
        before != nil && random.happens(90) ? before : random.happens(25) ? random.happens(80) : nil
    }
    ledgers[number].entries.append(entry)
  }
}
