import Core
import Verify

/// Judges a world by sets and recursion, as the documents say it and without a thought of time.
struct NaiveJudge {
  /// A bracket: the entry that closes it; its opening one stands before. Entry 0 closes what is older.
  struct Bracket: Hashable {
    let ledger: Int
    let closing: Int
    /// Whether no key proves what is in it.
    let isUnproven: Bool
  }

  struct Verdict: Hashable {
    var judgement: Judgement
    var entry: ObjectID?
    var isClosed = false

    var isGood: Bool { judgement != .violation && judgement != .unproven }
  }

  let world: World
  private var early: Set<Int> = []
  private var keyedLedger: Int?
  private var hasKeys = false
  private var brackets: [Int: Bracket] = [:]
  private var open: Set<Int> = []

  init(_ world: World) {
    self.world = world
    findKeys()
    open = Set(world.firstListed..<max(world.firstListed, world.parents.count))
    var inherited: [Int: Set<Int>] = [:]
    for (order, (ledger, index)) in closings.enumerated() {
      let entry = world.ledgers[ledger].entries[index]
      let heads = entry.branches.union([entry.head].compactMap { $0 })
      if index == 0, order > 0 {
        inherited[ledger] = reach(heads, within: open)
        continue
      }
      let isProven = proves(ledger, max(0, index - 1))
      for commit in reach(heads, within: open.subtracting(inherited[ledger] ?? [])) {
        brackets[commit] = Bracket(
          ledger: ledger, closing: index, isUnproven: !isProven && !early.contains(commit))
        open.remove(commit)
      }
    }
  }

  /// What the commits that the tips reach get.
  var verdicts: [Int: Verdict] {
    var verdicts: [Int: Verdict] = [:]
    let listed = Set(world.firstListed..<max(world.firstListed, world.parents.count))
    for commit in reach(world.tips, within: listed) {
      var verdict = verdict(on: commit)
      if !verdict.isGood, world.remote?.contains(commit) == true { verdict.judgement = .incoming }
      verdicts[commit] = verdict
    }
    return verdicts
  }

  // MARK: The history

  private func reach(_ heads: Set<Int>, within: Set<Int>) -> Set<Int> {
    var reached: Set<Int> = []
    func go(_ commit: Int) {
      guard within.contains(commit), reached.insert(commit).inserted else { return }
      for parent in world.parents[commit] { go(parent) }
    }
    for head in heads { go(head) }
    return reached
  }

  private var closings: [(ledger: Int, index: Int)] {
    var all: [(time: Int, index: Int, ledger: Int)] = []
    for (number, ledger) in world.ledgers.enumerated() {
      for index in ledger.entries.indices {
        let latest = ledger.entries[...index].map(\.at).max() ?? 0
        all.append((latest, index, number))
      }
    }
    return all.sorted { $0 < $1 }.map { ($0.ledger, $0.index) }
  }

  // MARK: Keys

  private func isSigned(_ ledger: Int, _ index: Int) -> Bool {
    let entries = world.ledgers[ledger].entries
    if index > 0, let names = entries[index - 1].namesKeys { return names }
    return entries[index].namesKeys ?? false
  }

  private func proves(_ ledger: Int, _ index: Int) -> Bool {
    if !hasKeys || isSigned(ledger, index) || ledger == keyedLedger { return true }
    return world.ledgers[ledger].isHome && !world.ledgers[ledger].entries[index].mayCommit
  }

  private mutating func findKeys() {
    var firsts: [(at: Int, ledger: Int, index: Int)] = []
    for (number, ledger) in world.ledgers.enumerated() {
      if ledger.entries.indices.contains(where: { isSigned(number, $0) }) { hasKeys = true }
      let index = ledger.entries.indices.first { isSigned(number, $0) && ledger.entries[$0].actor == "OWNER" }
      if let index { firsts.append((ledger.entries[index].at, number, index)) }
    }
    guard let first = firsts.min(by: { $0 < $1 }) else { return }
    keyedLedger = first.ledger
    var heads: Set<Int> = []
    for entry in world.ledgers[first.ledger].entries[...first.index] {
      heads.formUnion(entry.branches.union([entry.head].compactMap { $0 }))
    }
    let listed = Set(world.firstListed..<max(world.firstListed, world.parents.count))
    early = reach(heads, within: listed)
  }

  // MARK: One commit

  private func isAccepted(_ commit: Int) -> Bool {
    for (number, ledger) in world.ledgers.enumerated() {
      for (index, entry) in ledger.entries.enumerated()
      where entry.kind == "override" && entry.isSound && entry.commits.contains(commit) {
        if proves(number, index) || ledger.isHome || early.contains(commit) { return true }
      }
    }
    return false
  }

  /// The engine's own commits were made where the entry that names them says.
  private func answeredVerdict(on commit: Int) -> Verdict? {
    for (ledger, index) in closings where index > 0 {
      let entry = world.ledgers[ledger].entries[index]
      let isProven = proves(ledger, index - 1) || early.contains(commit)
      if entry.kind != "override", entry.isSound, entry.commits.contains(commit),
        isProven || isSigned(ledger, index)
      {
        return verdict(on: commit, in: ledger, opening: index - 1, closing: index, isSigned: isProven)
      }
    }
    return nil
  }

  /// The first ledger whose owner began it anew with this commit in its history.
  private func beginning(with commit: Int) -> Int? {
    let listed = Set(world.firstListed..<max(world.firstListed, world.parents.count))
    return world.ledgers.indices.first { number in
      guard let first = world.ledgers[number].entries.first, first.kind == "begin-anew",
        first.actor == "OWNER",
        proves(number, 0) || world.ledgers[number].isHome
      else { return false }
      return reach(first.branches.union([first.head].compactMap { $0 }), within: listed).contains(commit)
    }
  }

  private func verdict(on commit: Int) -> Verdict {
    if let ledger = beginning(with: commit) {
      return Verdict(judgement: .overridden, entry: World.entryID(ledger, 0), isClosed: true)
    }
    let isOlder = brackets[commit].map { $0.closing == 0 && !$0.isUnproven } ?? false
    if !isOlder, let answered = answeredVerdict(on: commit) { return answered }
    guard let bracket = brackets[commit] else { return openVerdict(on: commit) }
    if bracket.closing == 0, !bracket.isUnproven {
      return Verdict(judgement: isAccepted(commit) ? .overridden : .predates)
    }
    return verdict(
      on: commit, in: bracket.ledger, opening: max(0, bracket.closing - 1),
      closing: bracket.closing > 0 ? bracket.closing : nil, isSigned: !bracket.isUnproven)
  }

  private func verdict(
    on commit: Int, in ledger: Int, opening: Int, closing: Int?, isSigned signed: Bool
  ) -> Verdict {
    let entries = world.ledgers[ledger].entries
    let open = entries[opening]
    let isBelieved = open.isSound && signed
    var verdict = Verdict(
      judgement: .unproven, entry: World.entryID(ledger, opening), isClosed: closing != nil)
    if isAccepted(commit) {
      verdict.judgement = .overridden
    } else if let closing, entries[closing].kind != "override", entries[closing].isSound,
      signed || isSigned(ledger, closing), entries[closing].commits.contains(commit)
    {
      let isRollback = entries[closing].kind == "rollback" || open.isRollbackScenario
      verdict.judgement = isRollback ? .rollback : .checkpoint
    } else if let override = open.override, override == world.parents[commit].first ?? -1,
      isOnTheWay(commit, ledger, closing), isBelieved
    {
      verdict.judgement = .overridden
    } else if isBelieved {
      verdict.judgement = open.mayCommit ? .satisfied : .violation
    }
    return verdict
  }

  private func isOnTheWay(_ commit: Int, _ ledger: Int, _ closing: Int?) -> Bool {
    guard let closing else {
      return worktrees.isEmpty || worktrees.contains { $0.open.contains(commit) }
    }
    guard let head = world.ledgers[ledger].entries[closing].head else { return false }
    let same = Set(brackets.filter { $0.value == brackets[commit] }.keys)
    return reach([head], within: same).contains(commit)
  }

  // MARK: What no entry reaches

  private var worktrees: [(ledger: Int, open: Set<Int>)] {
    world.ledgers.enumerated().compactMap { number, ledger in
      ledger.head.map { (number, reach([$0], within: open)) }
    }
  }

  private func openVerdict(on commit: Int) -> Verdict {
    let having = worktrees.filter { $0.open.contains(commit) }.map(\.ledger)
    var asked = having.isEmpty ? worktrees.map(\.ledger) : having
    if asked.isEmpty { asked = Array(world.ledgers.indices) }
    var verdicts: [(Verdict, mayCommit: Bool)] = []
    for ledger in asked {
      guard let last = world.ledgers[ledger].entries.indices.last else { continue }
      let isSigned = proves(ledger, last) || early.contains(commit)
      verdicts.append(
        (
          verdict(on: commit, in: ledger, opening: last, closing: nil, isSigned: isSigned),
          world.ledgers[ledger].entries[last].mayCommit
        ))
    }
    if let good = verdicts.first(where: { $0.0.isGood })?.0 {
      if isAccepted(commit) { return good }
      let areAtOdds = having.isEmpty && verdicts.contains { !$0.0.isGood }
      return worktrees.isEmpty || areAtOdds ? Verdict(judgement: .unproven) : good
    }
    return verdicts.first { $0.0.judgement == .unproven && $0.mayCommit }?.0
      ?? verdicts.first { $0.0.judgement == .violation }?.0 ?? verdicts.first?.0
      ?? Verdict(judgement: .unproven)
  }
}
