import Core
import Git
import Platform

/// The ledger of one worktree: a chain of commits under `refs/llmos/ledger/<worktree>`.
///
/// An entry's tree holds `SCENARIO_STATE.yml` (the exact sealed bytes), `entry.json` and `gate`. Its
/// parents are the previous entry, when there is one, and the code HEAD, when one was born; the first
/// entry (sequence 1) therefore has no previous one among its parents.
public enum Ledger {
  /// The names in an entry's tree.
  public static let recordName = "gate"
  /// The blob that says when, who, why and on which code.
  public static let entryName = "entry.json"
  /// The worktree's tree of a quality gate's first entry.
  public static let auditedName = "audited"
  /// The branches and tags as they stood when a phase that allows commits ended: lines of `ID NAME`.
  public static let branchesName = "branches"
  /// Where the clone's name is configured, 16 hexadecimal digits, so that no two clones' entries are one.
  public static let cloneKey = "llmos.clone"
  /// What every ledger reference begins with.
  public static let prefix = "refs/llmos/ledger/"

  /// The reference of a worktree's ledger.
  ///
  /// The main worktree's is `main`. A linked worktree has its own id; one whose id is `main`, or `main`
  /// followed by dashes, gets a dash more, so that no two share a ledger.
  ///
  /// - Parameter linkedWorktree: the worktree's id; nil for the main one.
  public static func reference(linkedWorktree: String?) -> String {
    guard let id = linkedWorktree else { return prefix + "main" }
    let isLikeMain = id.hasPrefix("main") && id.utf8.dropFirst(4).allSatisfy { $0 == UInt8(ascii: "-") }
    return prefix + id + (isLikeMain ? "-" : "")
  }

  /// Whether a ledger is one of this clone's worktrees'; another clone's has that clone's name before it.
  public static func isLocal(_ reference: String) -> Bool {
    reference.hasPrefix(prefix) && !reference.dropFirst(prefix.count).contains("/")
  }
}

/// The newest entry of a ledger, as far as the gate needs it.
public struct Seal: Sendable {
  /// The entry's commit.
  public let entry: ObjectID
  /// The blob of the sealed `SCENARIO_STATE.yml`.
  public let state: ObjectID
  /// The decision that was compiled with it.
  public let record: GateRecord
  /// The reference it stands under.
  public let reference: String
  /// The code commit on which it was made; nil when there was none.
  public let head: ObjectID?
  /// The blob of the branches that the ledger answers for; nil when it has none.
  public let branches: ObjectID?
  /// Whether it seals who may sign the next one.
  public let isSigned: Bool

  /// A seal of these parts.
  public init(
    entry: ObjectID, state: ObjectID, record: GateRecord, reference: String, head: ObjectID?,
    branches: ObjectID? = nil, isSigned: Bool = false
  ) {
    self.isSigned = isSigned
    self.entry = entry
    self.state = state
    self.record = record
    self.reference = reference
    self.head = head
    self.branches = branches
  }
}

extension Repository {
  /// The ledger reference of this worktree.
  public var ledgerReference: String { Ledger.reference(linkedWorktree: linkedWorktree) }

  /// Reads the newest seal under a ledger reference; nil when the reference does not exist.
  ///
  /// - Throws: `Refusal` (65) for a reference that leads to anything but an entry of ours, `GitError`.
  public func seal(under reference: String) throws -> Seal? {
    if try isSymbolic(reference) {
      throw Refusal(
        .data, "the ledger \(reference) is a symbolic reference, which the engine never makes",
        remedy: "git reflog show \(reference), then git update-ref --no-deref, by the owner")
    }
    guard let tip = try target(of: reference) else { return nil }
    return try seal(at: tip, under: reference)
  }

  /// Reads one entry.
  ///
  /// - Throws: `Refusal` (65) when the object is no entry of ours.
  public func seal(at id: ObjectID, under reference: String) throws -> Seal {
    let malformed = { (fact: String) in
      Refusal(
        .data, "the ledger \(reference) is damaged: \(fact)", why: "the entry is \(id.short)",
        remedy: "git reflog show \(reference), then git update-ref to the last good entry, by the owner")
    }
    let entries: [TreeEntry]
    let parents: [ObjectID]
    do {
      let commit = try commit(id)
      entries = try self.entries(ofTree: commit.tree)
      parents = commit.parents
    } catch {
      throw malformed("no commit can be read there (\(error.message))")
    }
    guard let state = entries.first(where: { $0.name == StatePath.name }),
      let gate = entries.first(where: { $0.name == Ledger.recordName })
    else { throw malformed("the commit is not a ledger entry") }
    let bytes: [UInt8]
    do {
      bytes = try blob(gate.id)
    } catch {
      throw malformed("its record cannot be read (\(error.message))")
    }
    guard let text = String(validating: bytes, as: UTF8.self), let record = GateRecord(text: text) else {
      throw malformed("its record is not of our form")
    }
    return Seal(
      entry: id, state: state.id, record: record, reference: reference,
      head: parents.dropFirst(record.sequence > 1 ? 1 : 0).first,
      branches: entries.first { $0.name == Ledger.branchesName }?.id,
      isSigned: entries.contains { $0.name == Signers.name })
  }

  /// Whether an earlier entry sealed this blob, looking back from a seal.
  ///
  /// Only a file that differs from the newest seal pays for this walk, and a hand edit that was never
  /// stored as an object does not pay either.
  public func sealed(_ state: ObjectID, before seal: Seal) throws -> Bool {
    guard try contains(state) else { return false }
    let main = Ledger.reference(linkedWorktree: nil)
    if seal.reference != main, let origin = try self.seal(under: main) {
      // A linked worktree begins with whatever the checkout brings: a seal of the main one.
      if try origin.state == state || sealed(state, before: origin) { return true }
    }
    var sequence = seal.record.sequence
    var entry = seal.entry
    while sequence > 1 {
      guard let previous = try commit(entry).parents.first else { return false }
      let tree = try commit(previous).tree
      if try self.entry(at: StatePath.name, inTree: tree)?.id == state { return true }
      entry = previous
      sequence -= 1
    }
    return false
  }

  /// Whether an earlier entry was made under these rules, and a later one under others.
  public func hasSuperseded(_ rules: RulesVersion, before seal: Seal) throws -> Bool {
    guard seal.record.rules != rules else { return false }
    var seal = seal
    while seal.record.sequence > 1, let previous = try commit(seal.entry).parents.first {
      seal = try self.seal(at: previous, under: seal.reference)
      if seal.record.rules == rules { return true }
    }
    return false
  }

  /// Whether a commit is an earlier entry of a seal's ledger.
  public func entry(_ id: ObjectID, isBefore seal: Seal) throws -> Bool {
    var entry = seal.entry
    for _ in 1..<max(seal.record.sequence, 2) {
      guard let previous = try commit(entry).parents.first else { return false }
      if previous == id { return true }
      entry = previous
    }
    return false
  }

  /// What HEAD's tree has of the repository's own rules.
  public func rulesVersion(at head: Head) throws -> RulesVersion {
    guard let id = head.commit else { return RulesVersion() }
    let tree = try commit(id).tree
    return RulesVersion(
      scenarios: try entry(at: "scenarios", inTree: tree)?.id.description,
      configuration: try entry(at: ".llmos", inTree: tree)?.id.description)
  }

  /// Where the worktree that a ledger is of stands now; nil when this machine has none, or it has no commit.
  public func head(ofWorktreeWith ledger: String) throws -> ObjectID? {
    var directory = commonDirectory
    if ledger != Ledger.reference(linkedWorktree: nil) {
      let id = Files.names(in: commonDirectory + "worktrees").first {
        Ledger.reference(linkedWorktree: $0) == ledger
      }
      guard let id else { return nil }
      directory += "worktrees/" + id + "/"
    }
    guard let text = Files.read(directory + "HEAD", limit: 4096).text else { return nil }
    let line = String(text.prefix { $0 != "\n" })
    return line.hasPrefix("ref: ") ? try target(of: String(line.dropFirst(5))) : ObjectID(hex: line)
  }

  /// What the configured remotes have, as far as it was fetched: what was pushed from here was judged by
  /// nobody. A remote-tracking name that no fetch can have made counts for nothing.
  public func remoteTips() throws -> [ObjectID] {
    let remotes = try remotes()
    return try tips(matching: "refs/remotes/*").compactMap { tip in
      guard remotes.contains(where: { tip.name.hasPrefix("refs/remotes/\($0)/") }),
        let fetched = try fetched(tip)
      else { return nil }
      return try commit(behind: fetched)
    }
  }

  /// The commits that tags name, annotated or not.
  public func tagTips() throws -> [Tip] {
    try tips(matching: "refs/tags/*").compactMap { tag in
      try commit(behind: tag.id).map { Tip(name: tag.name, id: $0) }
    }
  }

  /// Reads a blob of branches.
  public func branches(in blob: ObjectID?) throws -> [ObjectID] {
    guard let blob else { return [] }
    return try self.blob(blob, limit: 1 << 28).split(separator: UInt8(ascii: "\n")).compactMap {
      ObjectID(hex: String(decoding: $0.prefix(40), as: UTF8.self))
    }
  }

  /// Moves the ledger to a prepared entry by compare-and-swap.
  ///
  /// - Throws: `GitError`: `.modified`, `.exists` or `.locked` when another process was first.
  public func publish(_ seal: Seal, previous: Seal?) throws {
    // So that a ledger which somebody damaged has a past to go back to.
    if previous == nil { try ensureLog(of: seal.reference) }
    try moveOurs(
      seal.reference, to: seal.entry, expecting: previous?.entry,
      message: "llmos-hook: \(seal.record.place)")
  }

  /// Moves a reference that only we write. A lock file that a killed process of ours left is removed
  /// (`LockFile`).
  ///
  /// - Throws: `GitError`: `.modified` or `.exists` when another process was first.
  public func moveOurs(
    _ name: String, to new: ObjectID, expecting expected: ObjectID?, message: String
  ) throws(GitError) {
    var watch: LockFile.Watch?
    for _ in 0..<400 {
      do {
        return try move(name, to: new, expecting: expected, message: message)
      } catch {
        guard error.code == .locked else { throw error }
        if watch?.isHeld != true { watch = LockFile.Watch(commonDirectory + name + ".lock") }
        _ = watch?.removeIfStale()
        System.sleep(microseconds: 10_000)
      }
    }
    try move(name, to: new, expecting: expected, message: message)
  }
}
