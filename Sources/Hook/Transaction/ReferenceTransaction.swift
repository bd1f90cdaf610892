import Core
import Git
import Ledger
import Platform

/// reference-transaction in its `prepared` state: the backstop behind every way in which git moves a
/// branch. A commit that no branch reaches yet is a commit, whatever command brings it.
///
/// `HookCall` goes through it: `requireHousekeeping`, `moves`, `arrivals`, `decision`, `requireNothingLost`. None of
/// them changes anything.
struct ReferenceTransaction {
  private let lines: [ReferenceMove]
  private let symbolicLines: [SymbolicMove]
  private let packedLock = PackedLock()

  /// Reads what git says on stdin. Most transactions have no line that matters, and end here.
  init(_ input: [UInt8]) {
    lines = ReferenceMove.all(in: input).filter(\.matters)
    symbolicLines = SymbolicMove.all(in: input)
  }

  /// Whether a line concerns us.
  var matters: Bool { !lines.isEmpty || symbolicLines.contains { $0.refusal != nil } }

  /// The lines of what can carry code.
  var code: [ReferenceMove] { lines.filter { $0.kind == .code } }

  /// `branches`: a transaction that moves only branches that are not enforced passes.
  func isEnforced(_ record: GateRecord) -> Bool {
    let branches = lines.filter { $0.name.shortBranch != nil }
    return branches.isEmpty || branches.contains { record.enforces(branch: $0.name) }
  }

  /// A reference that really moves.
  struct Move: Hashable {
    let reference: String
    /// Where it stands; nil where it is new.
    let old: ObjectID?
    /// The commit to which it goes; nil where it is deleted.
    let new: ObjectID?
  }

  /// The references that really move: what git tells of old values is zeros for a forced update, and packing tells of
  /// moves that are none, so that each is looked up. HEAD counts where it moves by itself.
  func moves(_ head: Head, _ repository: borrowing Repository) throws -> [Move] {
    let code = code
    let branches = Set(code.filter { $0.name.hasPrefix("refs/") }.map(\.new))
    return try code.compactMap { line in
      // A symbolic HEAD is told of with its branch.
      if line.name == "HEAD", head.branch != nil, branches.contains(line.new) { return nil }
      let old = try line.name == "HEAD" ? head.commit : repository.target(of: line.name)
      let new = line.isDeletion ? nil : try commit(of: line, repository)
      if old == new { return nil }
      if isPruned(line, repository) { return nil }
      // Of a blob or a tree there is nothing to say.
      if !line.isDeletion && new == nil { return nil }
      return Move(reference: line.name, old: old, new: new)
    }
  }

  /// The commit that a line names, or the one behind a tag; what is missing fails where it is walked.
  private func commit(of line: ReferenceMove, _ repository: borrowing Repository) throws -> ObjectID? {
    guard let id = ObjectID(hex: line.new) else { return nil }
    return try repository.commit(behind: id) ?? (repository.contains(id) ? nil : id)
  }

  // MARK: Nothing forged

  /// The engine's references stay as they are, and the notes get records alone: an agent's git only copies them, when it
  /// rewrites a commit.
  ///
  /// - Throws: `Refusal` (1).
  func requireHousekeeping(_ repository: borrowing Repository, by actor: Actor) throws {
    if let refusal = symbolicLines.lazy.compactMap(\.refusal).first { throw refusal }
    for line in lines where line.kind == .engine { try requireHousekeeping(line, repository) }
    for line in lines where line.kind == .notes {
      if !isPruned(line, repository) { try repository.requireRecords(line, onlyCopies: actor.isAgent) }
    }
  }

  /// The engine's references move without git; through git only pack-refs handles them, and changes none.
  private func requireHousekeeping(_ line: ReferenceMove, _ repository: borrowing Repository) throws {
    let now = try repository.target(of: line.name)
    if now == nil ? line.isDeletion : now?.description == line.new { return }
    if isPruned(line, repository) { return }
    throw Refusal(
      .refused, "only the engine moves \(line.name)",
      remedy: "leave it as it is; llmos-hook log shows its entries")
  }

  /// A loose reference whose value was just packed, which git deletes without taking it out of packed-refs.
  private func isPruned(_ line: ReferenceMove, _ repository: borrowing Repository) -> Bool {
    // Mostly it is not packed, and then nobody is waited for.
    guard line.isDeletion, repository.packedTarget(of: line.name)?.description == line.old else {
      return false
    }
    return !packedLock.isOwn(repository.commonDirectory + "packed-refs", line)
  }

  // MARK: Nothing lost

  /// What an agent's moves would take out of every branch: it may replace its own last commit, which is kept, and
  /// nothing else.
  ///
  /// - Returns: the commits that are replaced.
  /// - Throws: `Refusal` (1).
  func requireNothingLost(
    _ moves: [Move], by actor: Actor, _ repository: borrowing Repository
  ) throws -> [ObjectID] {
    guard actor.isAgent else { return [] }
    var replaced: [ObjectID] = []
    for move in moves {
      guard let branch = move.reference.shortBranch, let now = move.old else { continue }
      if let new = move.new {
        if try repository.isAncestor(now, of: new) { continue }
        if try repository.commit(new).parents == repository.commit(now).parents {
          replaced.append(now)
          continue
        }
      }
      // A rename takes the old name away and gives the commits another one, in two transactions.
      let gone = Set(moves.filter { $0.new == nil }.map(\.reference) + [move.reference])
      let others = try repository.directTargets(matching: "refs/heads/*") { !gone.contains($0) }
      if try !repository.newCommits(from: now, hiding: others, limit: 1).isEmpty {
        throw Refusal(
          .refused, "branch update refused: \(branch) would lose commits",
          why: "an agent cannot remove commits from a branch",
          remedy: "ask the owner: llmos-hook rollback TARGET")
      }
    }
    return replaced
  }
}

/// The lock of `packed-refs`: of a git that takes references out of it, which asks us, or for a moment of another one that
/// packs.
private final class PackedLock {
  private var known: Bool?

  /// Whether the lock is there for the transaction that a deletion belongs to; looked at once.
  func isOwn(_ packed: String, _ line: ReferenceMove) -> Bool {
    if let known { return known }
    let isOwn = look(packed, line)
    known = isOwn
    return isOwn
  }

  private func look(_ packed: String, _ line: ReferenceMove) -> Bool {
    let new = packed + ".new"
    var (seen, since) = (FileStamp(new.rawBytes), System.monotonicMilliseconds)
    while Files.isReachable(packed + ".lock") {
      if let has = Self.hasLine(of: line.name, new) { return !has }
      let (stamp, now) = (FileStamp(new.rawBytes), System.monotonicMilliseconds)
      if stamp != seen { (seen, since) = (stamp, now) }
      // Nobody goes on writing it: it is whole, and has no line. git asks us when its own is.
      if now - since >= (stamp.isRegular ? 100 : 1000) { return true }
      System.sleep(microseconds: 2000)
    }
    return false
  }

  /// Whether what is about to be `packed-refs` has a line for a reference; nil while that cannot be told. They are sorted by
  /// name, so that one which comes behind tells.
  private static func hasLine(of name: String, _ new: String) -> Bool? {
    guard let text = Files.read(new, limit: 256 << 20).text else { return nil }
    if text.contains(" \(name)\n") { return true }
    let last = text.split(separator: "\n").last { $0.contains(" refs/") }?.split(separator: " ").last
    return last.map { name.utf8.lexicographicallyPrecedes($0.utf8) } == true ? false : nil
  }
}
