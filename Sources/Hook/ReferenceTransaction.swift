import Core
import Git
import Ledger
import Platform

/// reference-transaction in its `prepared` state: the backstop behind every way in which git moves a
/// branch. A commit that no branch reaches yet is a commit, whatever command brings it.
struct ReferenceTransaction {
  private let moves: [ReferenceMove]
  /// What git said on stdin, for whoever goes on from here to read again.
  let input: [UInt8]

  /// Reads stdin. Most transactions have no line that matters, and end here.
  init() throws {
    input = try System.input()
    moves = ReferenceMove.all(in: input).filter(\.matters)
  }

  /// Whether a line concerns us.
  var matters: Bool { !moves.isEmpty }

  /// Lets the transaction pass, or throws why not.
  func decide(_ call: HookCall, _ parser: HookCall.Parser?) throws {
    let repository = try Repository.current()
    for move in moves where move.kind == .engine { try requireHousekeeping(move, repository) }
    for move in moves where move.kind == .notes {
      if try !isPruned(move, repository) { try repository.requireRecords(move) }
    }
    let code = moves.filter { $0.kind == .code }
    guard !code.isEmpty else { return }
    let ids = Set(code.filter { !$0.isDeletion }.map(\.new)).compactMap(ObjectID.init(hex:))
    // Of a tag the commit behind it, of a blob or a tree none; what is missing fails where it is walked.
    let tips = try ids.compactMap {
      try repository.commit(behind: $0) ?? (repository.contains($0) ? nil : $0)
    }
    let overridden = try tips.isEmpty ? nil : requireLeave(for: tips, code, repository, call, parser)
    try requireNothingLost(code, repository)
    if let overridden { try repository.useOverride(overridden) }
  }

  /// The most new commits that one transaction is looked at for protected paths.
  private static let inspected = 10_000

  // MARK: Commits

  /// What is known when commits come.
  private struct Facts {
    let head: Head
    let seal: Seal
    let record: GateRecord
  }

  /// New is what no enforced branch reaches. Only when that is refused, it is worth looking what else has it:
  /// a remote, where it was judged, and what the newest entry answers for.
  ///
  /// - Returns: the seal whose override lets one of the tips pass; nil when none was needed.
  private func requireLeave(
    for tips: [ObjectID], _ code: [ReferenceMove], _ repository: borrowing Repository, _ call: HookCall,
    _ parser: HookCall.Parser?
  ) throws -> Seal? {
    let sealed = try repository.sealInForceIfAny()
    var known = try repository.directTargets(matching: "refs/heads/*") {
      sealed?.record.enforces(branch: $0) ?? true
    }
    // To look at what a tag names brings nothing onto a branch.
    if code.allSatisfy({ $0.name == "HEAD" }) { known += try repository.tagTips().map(\.id) }
    var facts: Facts?
    var overridden: Seal?
    for tip in tips {
      let fresh = try repository.newCommits(from: tip, hiding: known, limit: Self.inspected)
      if fresh.isEmpty { continue }
      if facts == nil {
        let head = try repository.head()
        let seal = try repository.sealInForce()
        let record = try call.currentRecord(seal, repository, head, parser, input: input)
        facts = Facts(head: head, seal: seal, record: record)
      }
      guard let facts, isEnforced(facts.record) else { return nil }
      let overridable = overridden == nil ? repository.overridable(facts.head, facts.seal) : nil
      do {
        try requireLeave(tip, fresh, facts, overridable, repository)
      } catch {
        let elsewhere = try repository.remoteTips() + repository.answered(by: facts.seal)
        let rest = try repository.newCommits(from: tip, hiding: known + elsewhere, limit: Self.inspected)
        if rest.isEmpty { continue }
        guard rest.count < fresh.count else { throw named(Refusal(error)) }
        do {
          try requireLeave(tip, rest, facts, overridable, repository)
        } catch {
          throw named(Refusal(error))
        }
      }
      try requireNotSwallowed(tip, repository, facts.head, facts.record)
      if let override = facts.record.override, override == overridable { overridden = facts.seal }
    }
    return overridden
  }

  private func requireLeave(
    _ tip: ObjectID, _ fresh: [ObjectID], _ facts: Facts, _ overridable: String?,
    _ repository: borrowing Repository
  ) throws {
    // A worktree that is just being made has no state file yet.
    let isOwn = facts.seal.reference == repository.ledgerReference
    let identity = Identity.current()
    let tree = try repository.commit(tip).tree
    let ticket = Files.read(StepTicket.path(in: repository), limit: 200).text
    var snapshot = Snapshot(
      record: facts.record, file: isOwn ? try repository.fileCondition(facts.seal) : .sealed,
      identity: identity,
      proof: ticket.map { StepTicket.condition($0, now: System.now) { tree.description } } ?? .none,
      head: overridable)
    snapshot.isRollbackPending = repository.isRollbackPending
    if let refusal = gate(.commit, snapshot) { throw refusal }
    for commit in fresh {
      let changes = try changes(of: commit, repository)
      try requireSealed(changes, facts.seal, repository)
      let paths = changes.map(\.path)
      if let refusal = gate(.action(Action.commit, role: identity.actor.role, paths: paths), snapshot) {
        throw refusal
      }
    }
  }

  /// `branches`: a transaction that moves only branches that are not enforced passes.
  private func isEnforced(_ record: GateRecord) -> Bool {
    let branches = moves.filter { $0.name.hasPrefix("refs/heads/") }
    return branches.isEmpty || branches.contains { record.enforces(branch: $0.name) }
  }

  /// The paths in which a commit differs from each of its parents: what a merge took from one of them was
  /// judged where it was made.
  private func changes(
    of id: ObjectID, _ repository: borrowing Repository
  ) throws -> [Repository.Change] {
    let commit = try repository.commit(id)
    var changes = try repository.changes(
      from: commit.parents.first.map { try repository.commit($0).tree }, to: commit.tree)
    for parent in commit.parents.dropFirst() {
      let other = Set(
        try repository.changes(from: repository.commit(parent).tree, to: commit.tree).map(\.path))
      changes = changes.filter { other.contains($0.path) }
    }
    return changes
  }

  /// A commit carries the state file only as it was sealed, and so does the owner's.
  private func requireSealed(
    _ changes: [Repository.Change], _ seal: Seal, _ repository: borrowing Repository
  ) throws {
    guard let state = changes.first(where: { $0.path == StatePath.name })?.new, state != seal.state,
      try !repository.sealed(state, before: seal)
    else { return }
    throw Refusal(
      .refused, "the commit contains a \(StatePath.name) that was never sealed",
      remedy: "llmos-hook restore, git add \(StatePath.name), and commit again")
  }

  // MARK: What a refusal leaves behind

  /// A fast-forward or reset that is refused has moved index and worktree already: the next commit would
  /// swallow what it brought. Its files are remembered, and a commit that brings them from where HEAD still
  /// stands is refused, until they are gone from the index.
  private func requireNotSwallowed(
    _ tip: ObjectID, _ repository: borrowing Repository, _ head: Head, _ record: GateRecord
  ) throws {
    let path = repository.gitDirectory + "llmos/refused"
    guard let words = Files.read(path, limit: 200).text?.split(separator: " "), words.count == 2,
      let refused = ObjectID(hex: String(words[1])), let now = head.commit, words[0] == now.description,
      refused != tip, record.override == nil
    else { return }
    let base = try repository.commit(now).tree
    let brought = try repository.changes(from: base, to: repository.commit(refused).tree)
    let carried = Set(try repository.changes(from: base, to: repository.commit(tip).tree))
    guard let change = brought.first(where: { carried.contains($0) }) else { return }
    throw Refusal(
      .refused, "this commit would include what a refused merge or reset left in the worktree",
      why: change.path, remedy: "git restore --source=HEAD --staged --worktree -- \(change.path)")
  }

  private func named(_ refusal: Refusal) -> Refusal {
    var refusal = refusal
    // `cherry-pick --ff` has moved the files before it asks, as a fast-forward merge has.
    let words = System.callersCommandLine
    let isCommit =
      !words.contains("--ff")
      && ["commit", "commit-tree", "cherry-pick"].contains { words.contains($0) }
    if !isCommit, let tip = moves.first(where: { $0.kind == .code && !$0.isDeletion }),
      let repository = try? Repository.current(), let head = try? repository.head().commit
    {
      try? Files.makeDirectory(repository.gitDirectory + "llmos")
      try? Files.replace(
        repository.gitDirectory + "llmos/refused", with: Array("\(head) \(tip.new)".utf8),
        scratch: repository.gitDirectory + "llmos/")
    }
    refusal.what = (isCommit ? "commit" : "branch update") + " refused: " + refusal.what
    return refusal
  }

  // MARK: Nothing lost, nothing forged

  /// An agent does not take commits out of every branch: a rollback keeps them.
  private func requireNothingLost(_ code: [ReferenceMove], _ repository: borrowing Repository) throws {
    guard Identity.current().actor.isAgent else { return }
    for move in code where move.name.hasPrefix("refs/heads/") {
      // Read with U+FFFD for what is not UTF-8, it names nothing that could be looked at.
      guard !move.name.unicodeScalars.contains("\u{FFFD}") else {
        throw Refusal(
          .refused, "branch update refused: \(move.name.dropFirst(11)) is not UTF-8",
          why: "whether it would lose commits cannot be checked", remedy: "leave it to the owner")
      }
      guard let now = try repository.target(of: move.name) else { continue }
      if let new = ObjectID(hex: move.new), !move.isDeletion {
        let isAmend = try repository.commit(new).parents == repository.commit(now).parents
        if try isAmend || repository.isAncestor(now, of: new) { continue }
      } else if try isPruned(move, repository) {
        continue
      }
      // A rename takes the old name away and gives the commits another one, in two transactions.
      let gone = Set(code.filter(\.isDeletion).map(\.name) + [move.name])
      let others =
        try repository.directTargets(matching: "refs/heads/*") { !gone.contains($0) }
        + repository.directTargets(matching: "refs/remotes/*")
      if try !repository.newCommits(from: now, hiding: others, limit: 1).isEmpty {
        throw Refusal(
          .refused, "branch update refused: \(move.name.dropFirst(11)) would lose commits",
          why: "an agent cannot remove commits from a branch",
          remedy: "ask the owner: llmos-hook rollback TARGET")
      }
    }
  }

  /// The engine's references move without git; through git only pack-refs handles them, and changes none.
  private func requireHousekeeping(_ move: ReferenceMove, _ repository: borrowing Repository) throws {
    let now = try repository.target(of: move.name)
    if now == nil ? move.isDeletion : now?.description == move.new { return }
    if try move.isDeletion && isPruned(move, repository) { return }
    throw Refusal(
      .refused, "only the engine moves \(move.name)",
      remedy: "leave it as it is; llmos-hook log shows its entries")
  }

  /// A loose reference whose value was just packed, which git deletes without taking it out of packed-refs.
  private func isPruned(_ move: ReferenceMove, _ repository: borrowing Repository) throws -> Bool {
    let packed = repository.commonDirectory + "packed-refs"
    guard move.isDeletion, !Files.isReachable(packed + ".lock"),
      let text = Files.read(packed, limit: 256 << 20).text
    else { return false }
    return text.contains("\(move.old) \(move.name)\n")
  }
}
