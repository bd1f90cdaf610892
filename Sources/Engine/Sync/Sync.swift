import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// `sync`: exchanges ledgers and notes with a remote, so that nothing of either side is lost.
///
/// A ledger is one worktree's of one clone, and only that clone adds to it: on the remote it stands under
/// `refs/llmos/ledger/<clone>/<worktree>`, and so no two collide. Notes are merged by git, line by line.
public struct Sync: Sendable {
  /// What was done, a line each.
  public internal(set) var report: [String] = []
  /// The lock that stood in the way of the last push.
  var refused: String?
  let remote: String
  let worktree: String
  /// Variables for git when it fetches.
  var environment: [String: String?] = [:]
  /// Ledgers of the remote that one here has replaced when it began anew.
  var outdated: [String] = []
  /// Where HEAD stood when the last entry was made: everything that it has is sealed.
  var sealed: Head?
  /// Whether the remote was asked to take the branch by itself, when it had taken the ledgers.
  public internal(set) var isBranchAsked = false
  /// Whether the remote had ledgers that were not here.
  var hasCome = false

  /// Where the remote is configured with which `step --push` syncs first.
  static let remoteKey = Layout.syncKey.text

  /// For a remote, or the one that the branch is of.
  ///
  /// - Throws: `Refusal` (64) when there is no such remote.
  public init(_ engine: borrowing Engine, remote name: String?) throws {
    worktree = engine.worktree
    let remotes = try engine.repository.remotes()
    let branch = try engine.repository.head().branch?.shortBranch
    let configured = try branch.flatMap { try engine.repository.configuration("branch.\($0).remote") }
    let wanted =
      name ?? configured.flatMap { remotes.contains($0) ? $0 : nil }
      ?? (remotes.count == 1 ? remotes.first : "origin")
    guard let wanted, remotes.contains(wanted) else {
      throw Refusal(
        .usage, "unknown remote: \(wanted ?? "")",
        why: remotes.isEmpty ? nil : "remotes: " + remotes.joined(separator: ", "),
        remedy: remotes.first.map { "llmos-hook sync \($0)" } ?? "git remote add NAME URL")
    }
    remote = wanted
  }

  var incoming: String { "\(Layout.incoming.text)\(remote)/" }
  var incomingNotes: String { "\(Layout.incomingNotes.text)\(remote)" }

  /// Seals, fetches, merges and pushes, again while others do the same.
  ///
  /// - Parameter pushing: whether HEAD's branch is pushed too, up to exactly the commit that was sealed: what lands
  ///   meanwhile is not among it.
  /// - Throws: `Refusal`: 1 when the remote refuses, a ledger was rewritten there, or HEAD is on no branch that could be
  ///   pushed, 74 when it cannot be reached, 75 when others were always first.
  public mutating func run(_ engine: borrowing Engine, pushing: Bool = false) throws {
    let clone = try cloneName(engine)
    if try engine.mayTakeUpGrant() {
      // Before anything is sealed: what the owner has ended proves nothing any more.
      if try fetch(engine) { try takeLedgers(engine, clone) }
      _ = try engine.takeUpGrant(&report)
      try engine.requireGrantInForce()
    }
    try sealLandings(engine, clone)
    let branch = pushing ? try sealedBranch(engine) : nil
    var hasLooked = false
    for _ in 0..<10 {
      let there: [Repository.Tip]
      do {
        guard try fetch(engine) else { continue }
        there = try takeLedgers(engine, clone)
        try mergeNotes(engine)
        if !hasLooked { try sealDerived(engine) }
        hasLooked = true
      } catch let error as GitError where [.modified, .exists, .locked].contains(error.code) {
        // Another worktree's sync took the same at this moment.
        continue
      }
      switch try push(engine, clone, beyond: there, with: branch) {
      case .lost: continue
      case .readOnly: return try maintain()
      case .done(let hasBranch):
        try removeOutdated(engine)
        report += Backup.pruneByTheWay(engine.repository)
        try maintain()
        try rememberRemote(engine, clone)
        if let branch, !hasBranch { try push(branch) }
        return
      }
    }
    throw Refusal(
      .tryAgain, "\(remote) keeps changing", why: refused,
      remedy: refused == nil
        ? "run the same command again"
        : "run the same command again; if a lock stays, remove it there when no git process is running")
  }

  /// Remembers the remote; the first time it is looked whether it shows what it has taken.
  private mutating func rememberRemote(_ engine: borrowing Engine, _ clone: String) throws {
    guard try engine.repository.configuration(Self.remoteKey) != remote else { return }
    let own = Ledger.prefix + clone + "/*"
    let shown = try GitProcess.run(["ls-remote", "--quiet", remote, own], in: worktree)
    if shown.code == 0, shown.output.isEmpty {
      report.append(
        "\(remote) has taken the ledger and does not show it: it hides refs/llmos from those who fetch")
      report.append(
        "  so nobody else can tell what your commits are; there: git config --add uploadpack.hideRefs '!refs/llmos'"
      )
    }
    try GitProcess.configure(
      [Self.remoteKey, remote], in: worktree, common: engine.repository.commonDirectory)
  }

  /// Fetches the ledgers and takes up a grant, for an agent's machine that begins. A remote that cannot be asked within
  /// seconds and without questions is let be.
  mutating func begin(_ engine: borrowing Engine) throws {
    guard try engine.mayTakeUpGrant() else { return }
    environment = Self.unattended
    defer { environment = [:] }
    do {
      let clone = try cloneName(engine)
      if try fetch(engine) {
        try takeLedgers(engine, clone)
        try mergeNotes(engine)
      }
    } catch let refusal as Refusal where refusal.code == .io {
      return report.append("\(remote) could not be asked for a grant; llmos-hook sync takes one up")
    }
    _ = try engine.takeUpGrant(&report)
  }

  /// What git and ssh are told where nobody answers.
  static let unattended: [String: String?] = [
    "GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "true", "SSH_ASKPASS": "true",
    "GIT_SSH_COMMAND": "ssh -o BatchMode=yes -o ConnectTimeout=5",
  ]

  private func cloneName(_ engine: borrowing Engine) throws -> String {
    if let name = try engine.repository.configuration(Ledger.cloneKey) {
      guard Ledger.isCloneName(name) else {
        throw Refusal(
          .data, "\(Ledger.cloneKey) is not a valid clone name: \(name)",
          remedy: "git config --unset \(Ledger.cloneKey), then llmos-hook sync")
      }
      return name
    }
    let name = Self.newCloneName()
    try GitProcess.configure(
      [Ledger.cloneKey, name], in: worktree, common: engine.repository.commonDirectory)
    return name
  }

  static func newCloneName() -> String {
    let digits = String(UInt64.random(in: .min ... .max), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Seals what landed since the newest entry, so that whoever reads the ledger knows where it was made.
  private mutating func sealLandings(_ engine: borrowing Engine, _ clone: String) throws {
    let lock = try StateLock(engine.repository)
    defer { lock.release() }
    report += try engine.recover()
    let standing = try engine.adoptStanding(&report)
    let quarantine = try engine.quarantine(standing)
    if let quarantine { report.append("in quarantine: " + quarantine.fact) }
    try engine.sealOtherLogs(trigger: "sync")
    let seal = standing.seal
    let isNamed = try isNamed(seal.entry, seal.reference, clone, engine.repository)
    let log = LandingLog(engine.repository, ledger: seal.reference)
    let isTold = try quarantine != nil && isTold(standing.head, by: seal, engine.repository)
    let hasMoved = seal.head != standing.head.commit && !isTold
    let isOpen = try hasMoved || !log.content().landings.isEmpty
    sealed = standing.head
    guard !isNamed || isOpen else { return }
    guard try engine.repository.canSign(after: seal) else {
      return report.append(
        "this ledger is signed and there is no key here: somebody with a key must seal the new commits")
    }
    // What HEAD has at this moment is in the log already: a hook writes it down before the branch moves.
    let head = try engine.repository.head()
    try self.seal(head, engine)
    guard quarantine == nil else {
      // An entry answers for its HEAD, and whoever syncs does not end a quarantine: a server has to know what landed, and
      // here it goes on to be what nobody has answered for.
      return try self.seal(Head(branch: head.branch, commit: seal.head), engine)
    }
    sealed = head
  }

  /// Seals where HEAD stands. What stands is carried on as it was sealed: a sync, which an agent may call, puts no
  /// rules in force.
  ///
  /// - Parameter derived: commits that have the content of proven ones.
  mutating func seal(_ head: Head, _ engine: borrowing Engine, derived: [ObjectID] = []) throws {
    let previous = try engine.repository.sealInForce()
    var record = previous.record.carriedOn(to: previous.record.sequence + 1)
    record.isAdopted = false
    let seconds = System.now
    var new = NewEntry(
      kind: .sync, seconds: seconds, identity: engine.identity, head: head, record: record,
      state: try engine.repository.blob(previous.state), trigger: "sync", author: try engine.author(seconds))
    new.derived = derived.map {
      Landing(
        entry: previous.entry, kind: .derived, at: seconds, actor: engine.identity.actor.text,
        reference: head.branch ?? "HEAD", old: nil, new: $0)
    }
    _ = try engine.publish(new, after: previous, [], &report)
  }

  /// Whether the entry before a sync's tells where HEAD stands in a quarantine.
  private func isTold(_ head: Head, by seal: Seal, _ repository: borrowing Repository) throws -> Bool {
    guard let previous = seal.previous else { return false }
    return try repository.seal(at: previous, under: seal.reference).head == head.commit
  }

  /// Whether an entry names this clone: a copy's first one under its own name must be made before it is taken.
  func isNamed(
    _ entry: ObjectID, _ reference: String, _ clone: String, _ repository: borrowing Repository
  ) throws -> Bool {
    try repository.said(by: repository.commit(entry))?.worktree?.rawBytes
      == Ledger.name(of: reference, clone: clone).rawBytes
  }
}

extension String {
  var trimmed: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
