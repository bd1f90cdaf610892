import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// `begin-anew`: fresh ledgers that accept history as it stands. Nothing of ours leads to what was there before, so
/// that a secret which was taken out of branches and tags is gone with the next `git gc`.
///
/// Each step is safe to repeat: a command that was killed is run again.
public struct BeginAnew: Sendable {
  /// What was done, a line each.
  public internal(set) var report: [String] = []
  let reason: String
  private var locks: [StateLock] = []
  /// How many references went, by what they were.
  private var removed: [(count: Int, what: String)] = []

  /// - Parameter reason: why, for the ledger.
  public init(reason: String) { self.reason = reason }

  /// Begins the ledgers of all worktrees anew, and removes what keeps the old history.
  ///
  /// - Throws: `Refusal`: 1 for anybody but the owner and during a rollback, 75 while another command is at work.
  public mutating func run(_ engine: borrowing Engine) throws {
    try Self.requireOwner(engine.identity.actor)
    defer { for lock in locks { lock.release() } }
    let directories = engine.repository.gitDirectories
    for directory in directories { try enter(directory, engine) }
    let seal = try engine.adoptStanding(&report).seal
    let replaced = try Self.replaced(in: engine.repository, after: seal)
    try rename(engine)
    for directory in directories { try begin(directory, engine, replaced) }
    try BranchTable.standing(engine.repository).write(engine.repository)
    try removeReferences(engine)
    for directory in directories {
      for file in [Layout.verifiedText, Layout.verifiedJSON] { Files.remove(directory + file.path) }
    }
    report.append("begun anew at \(seal.record.place)" + Self.words(removed))
    report.append(
      "for git to forget the old objects: git reflog expire --expire=now --all && git gc --prune=now")
  }

  static func requireOwner(_ actor: Actor) throws(Refusal) {
    guard actor == .owner else {
      throw Refusal(.refused, "only the owner can begin anew", remedy: "ask the owner: llmos-hook begin-anew")
    }
  }

  /// `: removed 2 ledgers, 1 backup`; nothing where nothing was removed.
  static func words(_ removed: [(count: Int, what: String)]) -> String {
    let words = removed.filter { $0.count > 0 }.map { "\($0.count) \($0.what)\($0.count == 1 ? "" : "s")" }
    return words.isEmpty ? "" : "; removed \(words.joined(separator: ", "))"
  }

  /// The ledgers that are here, and those that they have replaced before.
  static func replaced(in repository: borrowing Repository, after seal: Seal?) throws -> Replaced {
    var replaced = try repository.replaced(in: seal?.replaced)
    let clone = try repository.configuration(Ledger.cloneKey)
    for tip in try repository.tips(matching: Ledger.prefix + "*") {
      let isLocal = Ledger.isLocal(tip.name)
      let name = Ledger.name(of: tip.name, clone: isLocal ? clone : nil)
      replaced.ledgers[try first(of: tip, repository)] = name
    }
    replaced.notes = try repository.target(of: Notes.reference)
    return replaced
  }

  /// The entry with which a ledger begins; of one that cannot be read, the newest.
  static func first(of tip: Repository.Tip, _ repository: borrowing Repository) throws -> ObjectID {
    do {
      return try repository.firstEntry(of: repository.seal(at: tip.id, under: tip.name))
    } catch let refusal as Refusal where refusal.code == .data {
      return tip.id
    }
  }

  // MARK: Steps

  /// Takes a worktree's lock and finishes what was interrupted there.
  private mutating func enter(_ directory: String, _ engine: borrowing Engine) throws {
    if engine.isOwn(directory) { return try enter(engine, patience: 60) }
    if let other = try engine.ofWorktree(with: directory) { try enter(other, patience: 1) }
  }

  private mutating func enter(_ engine: borrowing Engine, patience: Int64) throws {
    if engine.repository.isRollbackPending {
      throw Refusal.pendingRollback("the ledger of \(engine.worktree) cannot begin anew")
    }
    locks.append(try StateLock(engine.repository, patience: patience))
    // Before anything is changed.
    if let old = try engine.repository.seal(under: engine.repository.ledgerReference) {
      if let waiting = try engine.repository.waitingRules(since: old, at: engine.repository.head()) {
        throw Refusal(
          .refused, waiting.fact, why: "to begin anew accepts them with the rest",
          remedy: "read them, then llmos-hook begin-anew --accept-rules --reason WHY")
      }
    }
    report += try engine.recover()
  }

  /// The clone gets a new name, so that the fresh ledgers take no old one's place on a remote.
  private func rename(_ engine: borrowing Engine) throws {
    guard let old = try engine.repository.configuration(Ledger.cloneKey) else { return }
    let common = engine.repository.commonDirectory
    let name = Sync.newCloneName()
    var manifest = Manifest(read: common + Layout.installed.path)
    if manifest.has("config", Ledger.cloneKey, old) {
      manifest.add("config", Ledger.cloneKey, name)
      try manifest.write()
    }
    try GitProcess.configure([Ledger.cloneKey, name], in: engine.worktree, common: common)
  }

  private mutating func begin(_ directory: String, _ engine: borrowing Engine, _ replaced: Replaced) throws {
    if engine.isOwn(directory) { return try begin(engine, replaced) }
    guard let other = try engine.ofWorktree(with: directory), other.repository.hasBegunLedger else { return }
    try begin(other, replaced)
  }

  private mutating func begin(_ engine: borrowing Engine, _ replaced: Replaced) throws {
    guard let old = try engine.repository.seal(under: engine.repository.ledgerReference) else { return }
    let audited = try old.record.place.scenario == "QUALITY_GATE" ? engine.worktreeTree() : nil
    let seconds = System.now
    _ = try engine.repository.beginAnew(replacing: old, &report) { head in
      var record = try Engine.recompile(engine.repository, head, old).carriedOn(to: 1)
      (record.isReplayed, record.isAdopted) = (false, false)
      var new = NewEntry(
        kind: .beginAnew, seconds: seconds, identity: engine.identity, head: head, record: record,
        state: try engine.repository.blob(old.state), trigger: "begin-anew", reason: reason, audited: audited,
        author: try engine.author(seconds))
      new.replaced = replaced
      return new
    }
    _ = try GitProcess.output(["reflog", "expire", "--expire=all", old.reference], in: engine.worktree)
  }

  /// Removes every ledger that did not begin anew, and what else keeps commits and files of the old history.
  private mutating func removeReferences(_ engine: borrowing Engine) throws {
    var fresh: Set<[UInt8]> = [engine.repository.ledgerReference.rawBytes]
    for directory in engine.repository.gitDirectories {
      if let other = try engine.ofWorktree(with: directory), other.repository.hasBegunLedger {
        fresh.insert(other.repository.ledgerReference.rawBytes)
      }
    }
    let kinds = [
      (Layout.ledger, "ledger"), (Layout.backup, "backup"), (Layout.dropped, "dropped commit"),
      (Layout.pending, "pending rollback"), (Layout.incoming, "fetched ledger"),
    ]
    for (name, what) in kinds {
      let tips = try engine.repository.tips(matching: name.text + "*").filter {
        !fresh.contains($0.name.rawBytes)
      }
      for tip in tips { try engine.repository.delete(tip.name, expecting: tip.id) }
      removed.append((tips.count, what))
    }
  }
}
