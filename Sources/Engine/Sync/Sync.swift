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
  private var refused: String?
  let remote: String
  private let worktree: String
  /// Ledgers of the remote that one here has replaced when it began anew.
  var outdated: [String] = []
  /// Where HEAD stood when the last entry was made: everything that it has is sealed.
  private var sealed: Head?

  /// Where the remote is configured with which `step --push` syncs first.
  static let remoteKey = Layout.syncKey.text

  /// For a remote, or the one that the branch is of.
  ///
  /// - Throws: `Refusal` (64) when there is no such remote.
  public init(_ engine: borrowing Engine, remote name: String?) throws {
    worktree = engine.worktree
    let remotes = try engine.repository.remotes()
    let branch = try engine.repository.head().branch.map { String($0.dropFirst(11)) }
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
  private var incomingNotes: String { "\(Layout.incomingNotes.text)\(remote)" }

  /// Fetches, merges and pushes, again while others do the same.
  ///
  /// - Throws: `Refusal`: 1 when the remote refuses or a ledger was rewritten there, 74 when it cannot be
  ///   reached, 75 when others were always first.
  public mutating func run(_ engine: borrowing Engine) throws {
    let clone = try cloneName(engine)
    try sealLandings(engine, clone)
    for _ in 0..<10 {
      guard try fetch(engine) else { continue }
      try takeLedgers(engine, clone)
      try requireNotReplaced(engine, clone)
      try mergeNotes(engine)
      if try push(engine, clone) {
        try removeOutdated(engine)
        report += Backup.pruneByTheWay(engine.repository)
        try GitProcess.configure(
          [Self.remoteKey, remote], in: worktree, common: engine.repository.commonDirectory)
        return
      }
    }
    throw Refusal(
      .tryAgain, "\(remote) keeps changing", why: refused,
      remedy: refused == nil
        ? "run the same command again"
        : "run the same command again; if a lock stays, remove it there when no git process is running")
  }

  /// Pushes exactly the commits of HEAD's branch that `run` has sealed: what lands meanwhile is not among them.
  ///
  /// - Throws: `Refusal`: 1 when HEAD is on no branch or the remote refuses, 74 when it cannot be reached.
  public mutating func pushSealed(_ engine: borrowing Engine) throws {
    guard let sealed, let branch = sealed.branch, let commit = sealed.commit else {
      throw Refusal(
        .refused, "HEAD is on no branch with a commit: nothing to push", remedy: "git switch BRANCH")
    }
    let short = String(branch.dropFirst("refs/heads/".count))
    let isTracked = try engine.repository.configuration("branch.\(short).remote") == remote
    let there = try isTracked ? engine.repository.configuration("branch.\(short).merge") ?? branch : branch
    let result = try GitProcess.run(
      ["push", "--quiet", "--porcelain", remote, "\(commit):\(there)"], in: worktree)
    guard result.code != 0 else {
      return report.append("\(remote) has \(short) up to \(commit.short)")
    }
    let lines = (result.errors + "\n" + result.text).split(separator: "\n").map(String.init)
    if let said = lines.first(where: { $0.contains("llmos-hook: ") }) {
      let words = said.replacing("remote: ", with: "").replacing("llmos-hook: ", with: "")
      // Our own pre-push says it without the remote's mark.
      guard said.contains("remote: ") else {
        throw Refusal(.refused, words.trimmed, remedy: "the owner pushes it")
      }
      throw Refusal(.refused, "\(remote) refused: \(words.trimmed)", remedy: "llmos-hook verify")
    }
    // git-push(1): a hook or a rule of the host, such as a protected branch.
    if let rejected = lines.first(where: { $0.contains("[remote rejected]") }) {
      let why = rejected.split(separator: "(").last.map { String($0.prefix { $0 != ")" }) }
      let said = lines.first { $0.hasPrefix("remote: ") }
        .map { $0.dropFirst(8).replacing("error: ", with: "") }
      throw Refusal(
        .refused, "\(remote) refused \(short): \(why ?? "its own rules")",
        why: said.map { String($0).trimmed },
        remedy: "if \(short) is protected there, push another branch and open a pull request")
    }
    let isBehind = lines.contains { $0.contains("[rejected]") }
    throw Refusal(
      isBehind ? .refused : .io, "cannot push \(short) to \(remote)",
      why: isBehind ? "the remote's branch has commits that are not here" : lines.first,
      remedy: isBehind ? "git pull, then llmos-hook sync --push" : "run git push \(remote) to see why")
  }

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
  private mutating func seal(_ head: Head, _ engine: borrowing Engine) throws {
    let previous = try engine.repository.sealInForce()
    var record = previous.record.carriedOn(to: previous.record.sequence + 1)
    record.isAdopted = false
    let seconds = System.now
    let new = NewEntry(
      kind: .sync, seconds: seconds, identity: engine.identity, head: head, record: record,
      state: try engine.repository.blob(previous.state), trigger: "sync", author: try engine.author(seconds))
    _ = try engine.publish(new, after: previous, [], &report)
  }

  /// Whether the entry before a sync's tells where HEAD stands in a quarantine.
  private func isTold(_ head: Head, by seal: Seal, _ repository: borrowing Repository) throws -> Bool {
    guard let previous = seal.previous else { return false }
    return try repository.seal(at: previous, under: seal.reference).head == head.commit
  }

  /// Whether an entry names this clone: a copy's first one under its own name must be made before it is taken.
  private func isNamed(
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
      remote,
      "+\(Ledger.prefix)*:\(incoming)*", "+\(Notes.reference)*:\(incomingNotes)*",
    ]
    var result = try GitProcess.run(fetch, in: worktree)
    if result.code != 0, result.errors.contains(".lock") {
      // One that was killed left its locks.
      LockFile.removeStale(below: engine.repository.commonDirectory + incoming)
      LockFile.removeStale(below: engine.repository.commonDirectory + Layout.incomingNotes.text)
      result = try GitProcess.run(fetch, in: worktree)
    }
    if result.code == 0 { return true }
    if result.errors.contains("cannot lock ref") { return false }
    throw failed("fetch", result)
  }

  private func failed(_ what: String, _ result: Child.Ending) -> Refusal {
    let words = result.errors.split(separator: "\n").map(String.init)
    return Refusal(
      .io, "cannot \(what) with \(remote)", why: words.first { $0.hasPrefix("fatal:") } ?? words.first,
      remedy: "run git fetch \(remote) to see why")
  }

  private mutating func takeLedgers(_ engine: borrowing Engine, _ clone: String) throws {
    outdated = []
    let replaced = try engine.repository.replaced(by: engine.repository.sealInForce()).ledgers
    for tip in try engine.repository.tips(matching: incoming + "*") {
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
      guard let now = try engine.repository.target(of: local) else {
        // Its worktree is gone, and its ledger with it, or it is another clone's and new.
        try engine.repository.moveOurs(
          isOwn ? Ledger.prefix + name : local, to: tip.id, expecting: nil, message: "llmos-hook: sync")
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
    }
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

  // MARK: Giving

  /// - Returns: whether the remote took it; false when somebody was there first.
  private mutating func push(_ engine: borrowing Engine, _ clone: String) throws -> Bool {
    var names: [String] = []
    for tip in try engine.repository.tips(matching: Ledger.prefix + "*") {
      let name = tip.name.dropFirst(Ledger.prefix.count)
      if Ledger.isLocal(tip.name), try !isNamed(tip.id, tip.name, clone, engine.repository) {
        report.append(
          "the ledger \(name) is older than this clone's name: run llmos-hook sync in that worktree")
        continue
      }
      guard Ledger.isLocal(tip.name) || Ledger.isOfClone(name) else { continue }
      let there = Ledger.prefix + (Ledger.isLocal(tip.name) ? clone + "/" : "") + name
      if try engine.repository.target(of: incoming + there.dropFirst(Ledger.prefix.count)) == tip.id {
        continue
      }
      names.append("\(tip.name):\(there)")
    }
    let notes = try engine.repository.target(of: Notes.reference)
    if let notes, try notes != engine.repository.target(of: incomingNotes) {
      names.append("\(Notes.reference):\(Notes.reference)")
    }
    guard !names.isEmpty else {
      report.append("\(remote) is up to date")
      return true
    }
    var result = try push(names, ["--atomic"])
    if result.code != 0, result.errors.contains("atomic") { result = try push(names, []) }
    guard result.code != 0 else {
      report.append("\(remote) has the ledger and the notes; now push the commits")
      return true
    }
    let lines = result.errors.split(separator: "\n")
    // The server compares with what it has by then: somebody else was there first.
    if result.errors.contains("would lose records") { return false }
    if let said = lines.first(where: { $0.contains("llmos-hook: ") }) {
      let words = String(said).replacing("remote: ", with: "").replacing("llmos-hook: ", with: "")
      let isReplaced = words.contains("the owner began anew")
      throw Refusal(
        .refused, "\(remote) refused: \(words.trimmed)",
        remedy: isReplaced ? Self.remedyOfReplaced : "llmos-hook doctor")
    }
    if result.text.contains("[rejected]") || result.errors.contains("failed to update ref")
      || result.errors.contains("cannot lock ref")
    {
      refused = lines.first { $0.contains(".lock'") }.map { String($0).replacing("remote: ", with: "") }
      return false
    }
    throw failed("push", result)
  }

  func push(_ names: [String], _ options: [String]) throws -> Child.Ending {
    try GitProcess.run(
      ["push", "--porcelain", "--no-verify"] + options + [remote] + names, in: worktree)
  }
}

extension String {
  fileprivate var trimmed: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
