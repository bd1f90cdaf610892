import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// Judges commits by brackets: each ledger entry recorded where HEAD stood, so that a commit was made in the
/// phase of the first entry whose next entry's HEAD reaches it. Hooks that were skipped and words in a
/// message change nothing.
public struct Verify {
  /// What is said of one commit.
  public struct Line: Sendable {
    /// The commit.
    public let commit: ObjectID
    /// The judgement.
    public let judgement: Judgement
    /// Why, in a few words.
    public let reason: String
    /// The ledger entry that says so; nil when none does.
    public let entry: ObjectID?
    /// Whether the next entry of its ledger closed the matter.
    public var isClosed = false
  }

  /// Things that are wrong with the ledgers themselves, a line each.
  public let findings: [String]

  let ledgers: [VerifiedLedger]
  private let accepted: Accepted
  private let keys: Keys?
  /// Where each worktree of this machine stands now; none on a server, which has none.
  private let worktrees: [(ledger: Int, head: ObjectID)]
  private let isServer: Bool

  /// Reads every ledger of a repository.
  ///
  /// - Parameters:
  ///   - tips: the ledgers, when they are not what the references say: on a server, as a push would leave
  ///     them.
  ///   - known: ledgers that were looked at when they came: only what goes beyond them can be a finding.
  ///   - isServer: whether what came from a remote is judged here too; a bare repository's answer is yes.
  /// - Throws: `Refusal` (66) when there is no ledger.
  public init(
    _ repository: borrowing Repository, ledgers tips: [Repository.Tip]? = nil,
    trusting known: Set<Repository.Tip> = [],
    isServer: Bool? = nil
  ) throws {
    let tips = try tips ?? repository.tips(matching: Ledger.prefix + "*")
    let isServer = isServer ?? (repository.workDirectory == nil)
    self.isServer = isServer
    guard !tips.isEmpty else {
      throw Refusal(
        .noInput, "no state is sealed here, so nothing can be verified", remedy: "llmos-hook install")
    }
    var rules = SoundRules()
    let old = Dictionary(uniqueKeysWithValues: known.map { ($0.name, $0.id) })
    // What was looked at before comes first: what is new is held to the newest signers that it has.
    var read: [String: VerifiedLedger] = [:]
    for tip in known { read[tip.name] = try VerifiedLedger(tip, trusting: tip.id, repository, &rules) }
    let head = try isServer ? nil : repository.signers(at: repository.head())
    let floor = read.values.compactMap(\.signers).max { $0.version < $1.version }
    ledgers = try tips.map { tip in
      if let ledger = read[tip.name], old[tip.name] == tip.id { return ledger }
      return try VerifiedLedger(tip, trusting: old[tip.name], floor: floor, repository, &rules)
    }
    var findings = ledgers.flatMap(\.findings)
    if head?.hasKeys == true, !ledgers.contains(where: { $0.signers?.hasKeys == true }) {
      findings.append(
        "HEAD has .llmos/allowed_signers, but no ledger has sealed it: the owner's next entry does")
    }
    self.findings = findings
    let keys = Keys(ledgers, isServer: isServer)
    self.keys = keys
    var accepted = Accepted()
    for (number, ledger) in ledgers.enumerated() {
      for entry in ledger.entries where entry.kind == "override" && entry.isSound {
        if keys?.prove(entry, of: number) ?? true || keys?.homes.contains(number) == true {
          accepted.commits.formUnion(entry.commits)
        } else {
          accepted.early.formUnion(entry.commits)
        }
      }
    }
    self.accepted = accepted
    var worktrees: [(ledger: Int, head: ObjectID)] = []
    for (index, ledger) in ledgers.enumerated() where !isServer {
      if let head = try repository.head(ofWorktreeWith: ledger.reference) { worktrees.append((index, head)) }
    }
    self.worktrees = worktrees
  }

  /// A commit that new entries without a signature take out of a phase which forbids it, although that phase
  /// was closed before they came: who proves nothing makes nothing doubtful that is known.
  ///
  /// - Parameter before: the ledgers as they were, all of them looked at.
  /// - Returns: what was known of the first such commit.
  public func taken(from before: [Repository.Tip], in repository: borrowing Repository) throws -> Line? {
    guard let keys, !before.isEmpty else { return nil }
    var unsigned: Set<ObjectID> = []
    var heads: [ObjectID] = []
    for (number, ledger) in ledgers.enumerated() {
      let old = before.first { $0.name == ledger.reference }?.id
      let start = ledger.entries.firstIndex { $0.id == old } ?? -1
      for (index, entry) in ledger.entries.enumerated() where !keys.prove(entry, of: number) {
        unsigned.insert(entry.id)
        if index > start { heads += entry.heads + entry.commits }
      }
    }
    heads = try heads.filter { try repository.contains($0) }
    guard !heads.isEmpty else { return nil }
    let closed = try Verify(repository, ledgers: before, trusting: Set(before), isServer: true)
      .judge(from: heads, in: repository)
      .filter { $0.isClosed && $0.judgement == .violation && !accepted.commits.contains($0.commit) }
    guard !closed.isEmpty else { return nil }
    let now = try judge(closed.map(\.commit), in: repository).filter { line in
      line.judgement != .violation
        && (line.entry.map(unsigned.contains) ?? true || accepted.early.contains(line.commit))
    }
    return closed.first { line in now.contains { $0.commit == line.commit } }
  }

  /// The commits at which the last phase of a scenario was completed, as ledgers that are believed say.
  func completed(_ place: Place) -> Set<ObjectID> {
    var found: Set<ObjectID> = []
    for (number, ledger) in ledgers.enumerated() {
      for entry in ledger.entries
      where entry.kind == "phase-completed" && entry.record.place == place
        && entry.record.status == .completed
        && entry.isSound && keys?.prove(entry, of: number) ?? true
      {
        if let head = entry.head { found.insert(head) }
      }
    }
    return found
  }

  /// Judges these commits, and what of their history they need.
  public func judge(_ commits: [ObjectID], in repository: borrowing Repository) throws -> [Line] {
    let wanted = Set(commits)
    return try judge(from: commits, in: repository).filter { wanted.contains($0.commit) }
  }

  /// Lets git begin to list all that `judge(from:)` of these will need, while the ledgers are read. (An
  /// entry's second parent is its HEAD.)
  public static func begin(
    from tips: [ObjectID], in repository: borrowing Repository, ledgers: [Repository.Tip]
  ) throws -> Child? {
    let branches = try repository.tips(matching: "refs/heads/*")
    return CommitGraph.begin(from: tips + (ledgers + branches).map(\.id))
  }

  /// Judges the commits that some reach and others do not, newest first.
  ///
  /// - Parameter listing: what `begin` began for the same tips.
  public func judge(
    from tips: [ObjectID], hiding hidden: [ObjectID] = [], in repository: borrowing Repository,
    _ listing: Child? = nil
  ) throws -> [Line] {
    let heads = Set(ledgers.flatMap { $0.entries.flatMap(\.heads) } + worktrees.map(\.head))
    var begun = try listing.map { try CommitGraph($0) }
    // A branch that an entry answers for can be gone since, and its commits on others.
    if let graph = begun,
      try heads.contains(where: { try graph.row(of: $0) == nil && repository.contains($0) })
    {
      begun = nil
    }
    let graph = try begun ?? CommitGraph(from: tips + heads, hiding: hidden)
    var wanted = [Bool](repeating: false, count: graph.count)
    for tip in tips {
      guard let place = graph.row(of: tip) else { continue }
      graph.walk(from: place) { place in
        defer { wanted[Int(place)] = true }
        return !wanted[Int(place)]
      }
    }
    var judged = Judged(graph, ledgers, accepted, keys, worktrees)
    var lines: [Line] = []
    lines.reserveCapacity(graph.listed.count)
    var remote: [Bool]?
    for place in graph.listed where wanted[Int(place)] {
      var line = judged.line(place)
      if line.judgement == .violation || line.judgement == .unproven, !isServer {
        if remote == nil { remote = try reached(by: repository.remoteTips(), graph) }
        if remote?[Int(place)] == true {
          line = Line(
            commit: line.commit, judgement: .incoming, reason: "a remote's branch has it", entry: line.entry)
        }
      }
      lines.append(line)
    }
    return lines
  }

  /// Judges commits made since all was found good, by the newest entry alone.
  ///
  /// - Returns: nil when that does not settle it.
  public static func judge(
    _ commits: [Commit], by ledgers: [Repository.Tip], in repository: borrowing Repository
  ) throws -> [Line]? {
    guard !commits.isEmpty else { return [] }
    guard ledgers.count == 1, let ledger = ledgers.first else { return nil }
    let seal = try repository.seal(at: ledger.id, under: ledger.name)
    guard seal.record.mayCommit, seal.record.override == nil else { return nil }
    let said = judgement(of: .none, in: Bracket(opening: seal.record, isSound: true, kind: nil))
    return commits.map {
      Line(commit: $0.id, judgement: said.judgement, reason: said.reason, entry: seal.entry)
    }
  }

  private func reached(by tips: [ObjectID], _ graph: CommitGraph) throws -> [Bool] {
    var found = [Bool](repeating: false, count: graph.count)
    // What a remote has can lie above what was listed.
    let above = try CommitGraph(from: tips, hiding: [])
    for place in above.listed {
      if let place = graph.row(of: above.id(place)) { found[Int(place)] = true }
    }
    return found
  }
}
