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
  private var environment: [String: String?] = [:]
  /// Ledgers of the remote that one here has replaced when it began anew.
  var outdated: [String] = []
  /// Where HEAD stood when the last entry was made: everything that it has is sealed.
  var sealed: Head?
  /// Whether the remote was asked to take the branch by itself, when it had taken the ledgers.
  public internal(set) var isBranchAsked = false
  /// Whether the remote had ledgers that were not here.
  private var hasCome = false

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
      if try fetch(engine) { _ = try takeLedgers(engine, clone) }
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
        _ = try takeLedgers(engine, clone)
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
    try engine.sealOtherLogs()
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
    try repository.said(by: repository.commit(entry))?.worktree == Ledger.name(of: reference, clone: clone)
  }

  // MARK: Bringing

  /// - Returns: false when another sync of this repository was there first.
  private func fetch(_ engine: borrowing Engine) throws -> Bool {
    let fetch = [
      // Into references that nothing but the engine moves: our own hook would refuse git.
      "-c", "core.hooksPath=/dev/null", "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--prune",
      "--no-auto-maintenance", remote,
      "+\(Ledger.prefix)*:\(incoming)*", "+\(Notes.reference)*:\(incomingNotes)*",
    ]
    var result = try GitProcess.run(fetch, in: worktree, environment: environment)
    if result.code != 0, result.errors.contains(".lock") {
      // One that was killed left its locks.
      LockFile.removeStale(below: engine.repository.commonDirectory + incoming)
      LockFile.removeStale(below: engine.repository.commonDirectory + Layout.incomingNotes.text)
      result = try GitProcess.run(fetch, in: worktree, environment: environment)
    }
    if result.code == 0 { return true }
    if result.errors.contains("cannot lock ref") { return false }
    throw failed("fetch", result)
  }

  func failed(_ what: String, _ result: Child.Ending) -> Refusal {
    let words = result.errors.split(separator: "\n").map(String.init)
    return Refusal(
      .io, "cannot \(what) with \(remote)", why: words.first { $0.hasPrefix("fatal:") } ?? words.first,
      remedy: "run git fetch \(remote) to see why")
  }

  /// What git does at the end of each fetch (git-maintenance(1)), and costs a fifth of one that brings nothing.
  private func maintain() throws {
    guard hasCome else { return }
    _ = try GitProcess.run(["maintenance", "run", "--auto", "--quiet"], in: worktree)
  }

  /// Puts the remote's ledgers where ours are.
  ///
  /// - Returns: what the remote has, under the names that a fetch gives it here.
  /// - Throws: `Refusal` (1) where one was rewritten, or ours was replaced.
  private mutating func takeLedgers(_ engine: borrowing Engine, _ clone: String) throws -> [Repository.Tip] {
    outdated = []
    let there = try engine.repository.tips(matching: incoming + "*")
    let ours = try engine.repository.tips(matching: Ledger.prefix + "*")
    let here = Repository.Tip.byName(ours)
    let replaced = try engine.repository.replaced(in: engine.repository.sealInForce().replaced).ledgers
    for tip in there {
      let name = tip.name.dropFirst(incoming.count)
      // A ledger under a plain name is that repository's own worktree's, and none of what is exchanged; one of any other
      // form would stand in the way of ours.
      guard Ledger.isOfClone(name) else { continue }
      if !replaced.isEmpty, try replaced[BeginAnew.first(of: tip, engine.repository)] != nil {
        outdated.append(String(name))
        continue
      }
      let isOwn = name.hasPrefix(clone + "/")
      let local = Ledger.prefix + (isOwn ? name.dropFirst(clone.utf8.count + 1) : name)
      guard let now = here[local.rawBytes] else {
        // Its worktree is gone, and its ledger with it, or it is another clone's and new.
        try engine.repository.moveOurs(
          isOwn ? Ledger.prefix + name : local, to: tip.id, expecting: nil, message: "llmos-hook: sync")
        hasCome = true
        continue
      }
      if try now == tip.id || isEntry(tip.id, before: now, local, engine.repository) { continue }
      guard try !isOwn && isEntry(now, before: tip.id, local, engine.repository) else {
        throw Refusal(
          .refused, "the ledger \(name) of \(remote) does not continue ours",
          why: isOwn ? "another copy of this clone has the same name" : "it was rewritten there",
          remedy: isOwn
            ? "git config --unset \(Ledger.cloneKey), then llmos-hook sync" : "see git log \(tip.name)")
      }
      try engine.repository.moveOurs(local, to: tip.id, expecting: now, message: "llmos-hook: sync")
      hasCome = true
    }
    try requireNotReplaced(engine, clone, ours, among: there)
    return there
  }

  private func isEntry(
    _ old: ObjectID, before new: ObjectID, _ name: String, _ repository: borrowing Repository
  ) throws -> Bool {
    try repository.entry(old, isBefore: repository.seal(at: new, under: name))
  }

  /// Merged by git, in a reference of its own, then put in place by compare-and-swap: a record that another
  /// process adds meanwhile is not lost.
  private func mergeNotes(_ engine: borrowing Engine) throws {
    guard let theirs = try engine.repository.target(of: incomingNotes) else { return }
    for _ in 0..<100 {
      let ours = try engine.repository.target(of: Notes.reference)
      var merged = theirs
      if let ours, ours != theirs {
        if try engine.repository.isAncestor(theirs, of: ours) { return }
        if try !engine.repository.isAncestor(ours, of: theirs) { merged = try merge(ours, engine) }
      }
      do {
        if ours == merged { return }
        return try engine.repository.moveOurs(
          Notes.reference, to: merged, expecting: ours, message: "notes: merged by llmos-hook sync")
      } catch {
        guard [.modified, .exists].contains(error.code) else { throw error }
      }
    }
    throw Refusal(.tryAgain, "\(Notes.reference) keeps changing", remedy: "run the same command again")
  }

  private func merge(_ ours: ObjectID, _ engine: borrowing Engine) throws -> ObjectID {
    let scratch = "\(Layout.mergedNotes.text)\(System.processID)"
    let git = ["git", "-C", worktree, "-c", "core.hooksPath=/dev/null"]
    defer { _ = Child.output(of: git + ["update-ref", "-d", scratch]) }
    guard Child.output(of: git + ["update-ref", scratch, ours.description]) != nil,
      Child.bytes(
        of: git + ["notes", "--ref=\(scratch)", "merge", "-q", "-s", "cat_sort_uniq", incomingNotes])
        != nil, let merged = try engine.repository.target(of: scratch)
    else {
      throw Refusal(
        .io, "git could not merge the notes of \(remote)",
        remedy: "git notes --ref=llmos merge -s cat_sort_uniq \(incomingNotes)")
    }
    return merged
  }
}

extension String {
  var trimmed: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
