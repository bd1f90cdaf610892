import Core
import Git
import Ledger
import Platform
import Verify

/// The ledgers of a repository as git and their keys have them, and what they say of its commits.
public struct Verification {
  /// Things that are wrong with the ledgers themselves, a line each.
  public let findings: [String]

  /// What owners have opened to agents.
  let grants: Grants
  let ledgers: Ledgers
  private let isServer: Bool

  /// Reads every ledger of a repository.
  ///
  /// - Parameters:
  ///   - tips: the ledgers, when they are not what the references say: on a server, as a push would leave
  ///     them.
  ///   - known: ledgers that were looked at when they came: only what goes beyond them can be a finding.
  ///   - isServer: whether what came from a remote is judged here too; a bare repository's answer is yes.
  ///   - isWhole: whether all parts of entries are read, and held to what their messages say; a server's answer is yes.
  /// - Throws: `Refusal` (66) when there is no ledger.
  public init(
    _ repository: borrowing Repository, ledgers tips: [Repository.Tip]? = nil,
    trusting known: Set<Repository.Tip> = [],
    isServer: Bool? = nil, isWhole: Bool? = nil
  ) throws {
    let tips = try tips ?? repository.tips(matching: Ledger.prefix + "*")
    let isServer = isServer ?? (repository.workDirectory == nil)
    self.isServer = isServer
    guard !tips.isEmpty else {
      throw Refusal(
        .noInput, "no state is sealed here, so nothing can be verified", remedy: "llmos-hook install")
    }
    var rules = SoundRules()
    let old = Repository.Tip.byName(Array(known))
    // What was looked at before comes first: what is new is held to the newest signers that it has.
    var read: [[UInt8]: LedgerReading] = [:]
    for tip in known {
      read[tip.name.rawBytes] = try LedgerReading(tip, trusting: tip.id, repository, &rules)
    }
    let head = try isServer ? nil : repository.signers(at: repository.head())
    let floor = read.values.compactMap(\.signers).max { $0.version < $1.version }
    var readings = try tips.map { tip in
      let then = old[tip.name.rawBytes]
      if let ledger = read[tip.name.rawBytes], then == tip.id { return ledger }
      return try LedgerReading(
        tip, trusting: then, floor: floor, isWhole: isWhole ?? isServer, repository, &rules)
    }
    // What owners have granted, their own ledgers say.
    grants = Grants(readings.filter { !$0.isOpen }.map(\.ledger))
    for index in readings.indices where readings[index].isOpen {
      try readings[index].settle(under: grants, repository)
    }
    var findings = readings.flatMap(\.findings)
    if head?.hasKeys == true, !readings.contains(where: { $0.signers?.hasKeys == true }) {
      findings.append(
        "HEAD has .llmos/allowed_signers, but no ledger has sealed it: the owner's next entry does")
    }
    self.findings = findings
    let main = readings.first { $0.ledger.reference == Ledger.reference(linkedWorktree: nil) }?.ledger
    ledgers = Ledgers(
      try readings.map { reading in
        var ledger = reading.ledger
        // A worktree's first entry seals what landed under the entry that it takes over.
        if ledger.entries.contains(where: \.beginsWorktree) { ledger.origins = main?.entries ?? [] }
        if !isServer {
          ledger.isHome = Ledger.isLocal(ledger.reference)
          ledger.head = try repository.head(ofWorktreeWith: ledger.reference)
          if ledger.isHome {
            ledger.unsealed = try LandingLog(repository, ledger: ledger.reference).content().landings
          }
        }
        return ledger
      } + (isServer ? [] : Self.unbegun(repository, besides: tips, origins: main?.entries ?? [])))
  }

  /// Worktrees that have no ledger yet: their hooks' lines name the entry that they stand under.
  private static func unbegun(
    _ repository: borrowing Repository, besides tips: [Repository.Tip], origins: [CheckedEntry]
  ) throws -> [CheckedLedger] {
    let there = repository.ledgersOfWorktrees().subtracting(tips.map(\.name.rawBytes))
    var ledgers: [CheckedLedger] = []
    for reference in LandingLog.ledgers(repository) where there.contains(reference.rawBytes) {
      var ledger = CheckedLedger(reference, [])
      (ledger.origins, ledger.isHome) = (origins, true)
      ledger.head = try repository.head(ofWorktreeWith: reference)
      ledger.unsealed = try LandingLog(repository, ledger: reference).content().landings
      ledgers.append(ledger)
    }
    return ledgers
  }

  /// Whether entries without a signature that are not known yet name any commit, where others have signatures.
  func hasUnprovenClaims(since before: [Repository.Tip]) -> Bool {
    let known = Repository.Tip.byName(before)
    return ledgers.unprovenClaims(since: known).map { !$0.heads.isEmpty } ?? false
  }

  /// Every commit of which a landing or an entry speaks by name.
  var spokenFor: Set<ObjectID> { ledgers.spokenFor }

  /// What ledgers, and the logs of this machine, say of commits by their names.
  ///
  /// - Parameter wanted: whether a commit is asked for.
  public func landings(of wanted: (ObjectID) -> Bool) -> [CommitLanding] { ledgers.landings(of: wanted) }

  /// The commits at which the last phase of a scenario was completed, as ledgers that are believed say.
  func completed(_ place: Place, with context: ContextValue? = nil) -> Set<ObjectID> {
    ledgers.completed(place, with: context)
  }
}

// MARK: Judging

extension Verification {
  /// Whether commits for which nothing speaks are compared with others for their content, which takes git 2.39.
  public enum Comparison: Sendable {
    /// They are not.
    case none
    /// Where git cannot, they stay what they are without it; one that is forbidden then is `Refusal` 69.
    case possible
    /// Where git cannot, that is `Refusal` 69.
    case needed
  }

  /// Judges these commits, and what of their history they need.
  public func judge(
    _ commits: [ObjectID], comparing: Comparison = .possible, in repository: borrowing Repository
  ) throws -> [JudgedCommit] {
    let wanted = Set(commits)
    return try judge(from: commits, comparing: comparing, in: repository)
      .filter { wanted.contains($0.commit) }
  }

  /// Lets git begin to list all that `judge(from:)` of these will need, mostly, while the ledgers are read.
  public static func begin(from tips: [ObjectID], in repository: borrowing Repository) throws -> Result<
    Child, Refusal
  > {
    try CommitGraph.begin(from: tips + repository.tips(matching: "refs/heads/*").map(\.id))
  }

  /// Judges the commits that some reach and others do not, newest first.
  ///
  /// - Parameters:
  ///   - arriving: commits to which a hook is about to see a reference go.
  ///   - listing: what `begin` began for the same tips.
  public func judge(
    from tips: [ObjectID], hiding hidden: [ObjectID] = [], arriving: [ObjectID] = [],
    comparing: Comparison = .possible, in repository: borrowing Repository,
    _ listing: Result<Child, Refusal>? = nil
  ) throws -> [JudgedCommit] {
    let heads = ledgers.heads.union(ledgers.landed)
    // For each commit that git hides it can look through all that it was given.
    let isHiding = !hidden.isEmpty && heads.count < 1_000
    // One that could not be read is made again, with patience.
    var begun = listing.flatMap { try? CommitGraph($0) }
    // A branch that an entry answers for can be gone since, and its commits on others.
    if let graph = begun,
      try heads.contains(where: { try graph.place(of: $0) == nil && repository.contains($0) })
    {
      begun = nil
    }
    let sources = VerificationSources(isServer: isServer, comparison: comparing)
    if isHiding {
      let graph = try CommitGraph(from: tips + heads, hiding: hidden)
      let judged = try ledgers.judge(graph, from: tips, arriving: arriving, sources)
      guard judged.contains(where: { !$0.judgement.isGood }) else { return judged }
      // What a commit was made from can lie in the history that was left out.
    }
    let graph = try begun ?? CommitGraph(from: tips + hidden + heads, hiding: [])
    let judged = try ledgers.judge(graph, from: tips, arriving: arriving, sources)
    if hidden.isEmpty { return judged }
    let old = graph.reached(from: hidden)
    return judged.filter { one in graph.place(of: one.commit).map { !old[Int($0)] } ?? false }
  }

  /// Judges the commits of a graph that tips reach, by nothing outside of it.
  func judge(_ graph: CommitGraph, from tips: [ObjectID]) throws -> [JudgedCommit] {
    try ledgers.judge(graph, from: tips, VerificationSources(isServer: isServer))
  }

  /// Judges commits made since all was found good, by the newest entry and the log of its worktree alone.
  ///
  /// - Parameter size: the bytes of that log which were looked at then.
  /// - Returns: nil when that is not enough.
  public static func judge(
    _ commits: [Commit], by ledgers: [Repository.Tip], sinceLogOf size: Int,
    in repository: borrowing Repository
  ) throws -> [JudgedCommit]? {
    guard !commits.isEmpty else { return [] }
    guard ledgers.count == 1, let ledger = ledgers.first else { return nil }
    let seal = try repository.seal(at: ledger.id, under: ledger.name)
    guard seal.record.mayCommit, seal.record.override == nil, seal.record.grant == nil else { return nil }
    let bytes = try LandingLog(repository, ledger: ledger.name).bytes()
    let wanted = Set(commits.map(\.id))
    // What was written since of a commit that was judged then, or under another entry, the whole ledger has to weigh.
    for landing in Landing.all(in: Array(bytes.dropFirst(size))) where landing.kind == .made {
      guard landing.commits.allSatisfy(wanted.contains) else { return nil }
    }
    var made: [ObjectID: [Actor?]] = [:]
    for landing in Landing.all(in: bytes) where landing.kind == .made {
      for commit in landing.commits where wanted.contains(commit) {
        guard landing.entry == seal.entry else { return nil }
        made[commit, default: []].append(Actor(text: landing.actor))
      }
    }
    let asked = commits.flatMap { commit in
      (made[commit.id] ?? []).map { ($0, ContentQuestion(commit.id, by: $0, under: seal.record)) }
    }
    let contents = try CommitContents(Set(asked.compactMap(\.1)), repository).found
    let isBroken = asked.contains { actor, question in
      question.flatMap { contents[$0] }.map { seal.record.breach(in: $0, by: actor) != nil } ?? false
    }
    guard !isBroken, commits.allSatisfy({ made[$0.id] != nil }) else { return nil }
    let said = judgement(of: .none, in: Bracket(opening: seal.record, isSound: true, kind: nil))
    return commits.map {
      JudgedCommit(commit: $0.id, judgement: said.judgement, reason: said.reason, entry: seal.entry)
    }
  }

  /// Of the commits that some reach and others do not, those that the signed ledgers alone have closed as violations, and
  /// that nobody who may has accepted: what an unsigned ledger says of them is not heard.
  func closedBySigned(
    from tips: [ObjectID], hiding hidden: [ObjectID], in repository: borrowing Repository
  ) throws -> [ObjectID: JudgedCommit] {
    guard let signed = ledgers.signedAlone else { return [:] }
    let alone = Verification(ledgers: signed, isServer: isServer)
    let closed = try ledgers.closedViolations(in: alone.judge(from: tips, hiding: hidden, in: repository))
    return Dictionary(closed.map { ($0.commit, $0) }, uniquingKeysWith: { first, _ in first })
  }

  private init(ledgers: Ledgers, isServer: Bool) {
    (findings, grants, self.ledgers, self.isServer) = ([], Grants([]), ledgers, isServer)
  }

  /// A commit that new entries without a signature claim, although a phase which forbids it was closed before they
  /// came.
  ///
  /// - Parameter before: the ledgers as they were, all of them looked at.
  /// - Returns: what was known of the first such commit.
  public func firstDisputed(
    since before: [Repository.Tip], in repository: borrowing Repository
  ) throws -> JudgedCommit? {
    let known = Repository.Tip.byName(before)
    guard !before.isEmpty, let claims = ledgers.unprovenClaims(since: known) else { return nil }
    let heads = try claims.heads.filter { try repository.contains($0) }
    // What a signed ledger says of a commit can be told only once the commit is here.
    if let commit = try claims.contested.first(where: { try !repository.contains($0) }) {
      return JudgedCommit(
        commit: commit, judgement: .unproven, reason: "its commits have to be pushed first", entry: nil)
    }
    guard !heads.isEmpty else { return nil }
    let then = try Verification(repository, ledgers: before, trusting: Set(before), isServer: true)
      .judge(from: heads, in: repository)
    let closed = ledgers.closedViolations(in: then)
    guard !closed.isEmpty else { return nil }
    return ledgers.firstDisputed(
      of: closed, now: try judge(closed.map(\.commit), in: repository), by: claims)
  }
}
