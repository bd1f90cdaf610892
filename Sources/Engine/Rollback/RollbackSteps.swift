import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

extension Rollback {
  // MARK: Forward

  /// Goes to the end from any step of the journal.
  ///
  /// - Parameters:
  ///   - snapshot: what the backup was made of, in the same process; nil after an interruption.
  ///   - remarks: gets what people should know.
  func forward(
    _ journal: inout RollbackJournal, _ engine: borrowing Engine, snapshot: RollbackSnapshot?,
    _ remarks: inout [String]
  ) throws {
    if journal.step == .done { return try finish(journal, engine) }
    if journal.step == .prepared {
      try enterScenario(journal, engine, &remarks)
      try decide(&journal, engine)
      try reach(.decided, &journal)
    }
    let new = try commit(journal.to, engine)
    if journal.step != .verified {
      // Repeated after an interruption, whatever the journal says: files may have changed since.
      try checkHead(journal, engine, allowed: [journal.from, new.id])
      try move(journal, engine, isForward: true, snapshot: snapshot)
      try reach(.moved, &journal)
      try moveBranch(journal, engine, from: journal.from, to: new.id)
      try reach(.referenced, &journal)
      if journal.entersScenario, try place(engine) == Place("ROLLBACK", "EXECUTE") {
        remarks += try engine.perform(.nextPhase, reason: journal.reason, answering: [new.id]).remarks
      }
      try verify(journal, engine, new)
      try reach(.verified, &journal)
    }
    try record(journal, engine, new, &remarks)
    try reach(.done, &journal)
    try finish(journal, engine)
  }

  /// Makes the commit that the branch moves to.
  private func decide(_ journal: inout RollbackJournal, _ engine: borrowing Engine) throws {
    guard journal.to == nil else { return }
    let seconds = System.now
    let seal = try engine.repository.sealInForce()
    let worktree = journal.worktree
    var tree = worktree
    if try engine.repository.entry(at: StatePath.name, inTree: worktree) != nil {
      let state = TreeEntry(name: StatePath.name, id: seal.state)
      tree = try engine.repository.tree(worktree, replacing: [StatePath.name: .some(state)])
    }
    let place = seal.record.place
    var message = "[SYSTEM] \(place) Roll back to \(journal.target.text)\n\n"
    if let reason = journal.reason { message += reason + "\n\n" }
    message += "Commits undone: \(journal.commits). What was replaced is in\n"
    message += RollbackBackup.prefix + journal.id + "\n"
    let trailers = seal.record.trailers.lines(at: place, role: nil)
    if !trailers.isEmpty { message += "\n" + trailers.joined(separator: "\n") + "\n" }
    let author =
      try engine.author(seconds)
      ?? Signature.engine(at: seconds)
    let commit = try engine.repository.write(
      commitOf: tree, parents: [journal.from], author: author, committer: author, message: message
    )
    // So that no gc removes it before the branch has it.
    let pending = pendingReference(journal)
    try engine.repository.move(
      pending, to: commit, expecting: engine.repository.target(of: pending), message: "rollback")
    journal.to = commit
  }

  private func pendingReference(_ journal: RollbackJournal) -> String { Self.pendingPrefix + journal.id }

  /// Brings worktree and index to the destination, or back to the backup.
  private func move(
    _ journal: RollbackJournal, _ engine: borrowing Engine, isForward: Bool, snapshot: RollbackSnapshot?
  ) throws {
    let backup = try engine.repository.commit(journal.backup)
    do {
      try index.holdIndex()
      guard snapshot == nil || index.isUnchanged else {
        throw Refusal(
          .tryAgain, "another git process has changed the index", remedy: "run the same command again")
      }
    } catch {
      throw snapshot == nil ? error : Untouched(refusal: Refusal(error))
    }
    let current =
      try snapshot ?? snapshotAfterInterruption(journal, engine, backup: backup, isForward: isForward)
    let to = try moveFiles(
      from: current, to: isForward ? journal.worktree : backup.tree, engine, isFirst: snapshot != nil)
    if isForward {
      try setIndex(journal, engine, at: to)
    } else if Files.exists(index.before) {
      Files.remove(index.own)
      guard Files.linkOrCopy(index.before, index.own) else { throw index.failure("restore the index") }
    } else {
      let stages = backup.parents.count > 3 ? backup.parents[3] : nil
      try setIndex(
        tree: engine.repository.commit(backup.parents[1]).tree, stages: stages, engine, at: to)
    }
    try index.replaceIndex(with: index.own)
    index.releaseIndex()
  }

  /// Looks at the worktree again where another process has stopped, and backs up what it finds there: half of a move,
  /// or somebody's work of since.
  private func snapshotAfterInterruption(
    _ journal: RollbackJournal, _ engine: borrowing Engine, backup: Commit, isForward: Bool
  ) throws -> RollbackSnapshot {
    try index.begin(keepingBefore: false)
    let head = try engine.repository.head()
    guard let commit = head.commit else { throw Refusal(.io, "HEAD has no commit") }
    let there = journal.worktree
    // Both trees, because a file of either may be there that this index does not know.
    let found = try RollbackSnapshot(
      index, engine.repository, head: engine.repository.commit(commit).tree,
      destinations: isForward ? [there, backup.tree] : [backup.tree, there])
    if let path = found.foreignRepository {
      throw Refusal(
        .refused, "\(path) is a nested repository at a path that the rollback needs", remedy: "move it away"
      )
    }
    if found.isDirty, found.tree != there, found.tree != backup.tree {
      _ = try RollbackBackup.write(
        found, index, engine, kind: "interrupted", head: head, target: journal.target, mode: journal.mode,
        entry: journal.entry, stem: journal.id + "-interrupted")
    }
    return found
  }

  /// Lets git move the files of the worktree to a tree, all but the state file, which only the ledger changes.
  ///
  /// - Parameter isFirst: whether nothing was moved yet.
  /// - Returns: the tree at which our index is now: the one given, without the state file.
  private func moveFiles(
    from current: RollbackSnapshot, to destination: ObjectID, _ engine: borrowing Engine, isFirst: Bool
  ) throws -> ObjectID {
    let hasState = try engine.repository.entry(at: StatePath.name, inTree: current.tree) != nil
    if hasState { try index.setState(nil) }
    let from = try engine.repository.tree(current.tree, replacing: [StatePath.name: nil])
    let to = try engine.repository.tree(destination, replacing: [StatePath.name: nil])
    guard from != to || current.stages != nil else { return to }
    if let path = current.arrival(index) {
      let refusal = Self.arrived(path)
      throw isFirst ? Untouched(refusal: refusal) : refusal
    }
    try index.git(
      ["read-tree"] + (index.showsProgress ? ["-v"] : []) + ["-m", "-u", from.description, to.description],
      showsErrors: index.showsProgress)
    return to
  }

  private func setIndex(_ journal: RollbackJournal, _ engine: borrowing Engine, at now: ObjectID) throws {
    var tree = try commit(journal.to, engine).tree
    if let other = journal.index { tree = other }
    try setIndex(tree: tree, stages: journal.stages, engine, at: now)
  }

  /// Brings our index from a tree without the state file to another tree.
  private func setIndex(
    tree: ObjectID, stages: ObjectID?, _ engine: borrowing Engine, at now: ObjectID
  ) throws {
    let plain = try engine.repository.tree(tree, replacing: [StatePath.name: nil])
    if plain != now { try index.git(["read-tree", "-i", "-m", now.description, plain.description]) }
    if let state = try engine.repository.entry(at: StatePath.name, inTree: tree) {
      try index.setState(state.id)
    }
    // This also writes the names of trees into the index, for the next git status.
    guard try index.tree() == tree else {
      throw Refusal(.software, "the index is not the tree \(tree.short) that it should be")
    }
    if let stages {
      try index.git(
        ["update-index", "-z", "--index-info"], input: try RollbackBackup.stages(in: stages, index))
    }
  }

  private func moveBranch(
    _ journal: RollbackJournal, _ engine: borrowing Engine, from old: ObjectID, to new: ObjectID
  ) throws {
    let head = try engine.repository.head()
    guard head.commit != new else { return }
    try BranchLock.withBranchUnlocked(engine.repository) {
      try engine.repository.move(
        head.branch ?? "HEAD", to: new, expecting: old,
        message: "llmos-hook \(journal.kind): \(journal.target.text)")
    }
  }

  /// HEAD must be where the rollback left it: later commits must not be lost.
  private func checkHead(_ journal: RollbackJournal, _ engine: borrowing Engine, allowed: [ObjectID]) throws {
    let head = try engine.repository.head()
    guard head.branch?.rawBytes == journal.branch?.rawBytes else {
      let name = journal.branch?.shortBranch
      throw Refusal(
        .refused, "HEAD is no longer on \(name ?? "the detached commit")",
        why: "the rollback was started there",
        remedy: journal.branch.map { "git symbolic-ref HEAD \($0), then --continue or --abort" }
          ?? "git switch --detach \(journal.from), then --continue or --abort")
    }
    guard let commit = head.commit, allowed.contains(commit) else {
      throw Refusal(
        .refused, "HEAD has moved since the rollback started: it is \(head.commit?.short ?? "unborn")",
        why: "later commits would be lost",
        remedy:
          "git branch kept HEAD && git reset --soft \(journal.from.short), then --continue or --abort")
    }
  }

  // MARK: Backward

  /// Goes back to the backup from any step of the journal.
  ///
  /// - Parameters:
  ///   - isTouched: whether files may have been moved.
  ///   - remarks: gets what people should know.
  func backward(
    _ journal: inout RollbackJournal, _ engine: borrowing Engine, isTouched: Bool = true,
    _ remarks: inout [String]
  ) throws {
    try checkHead(journal, engine, allowed: [journal.from] + [journal.to].compactMap { $0 })
    if isTouched { try move(journal, engine, isForward: false, snapshot: nil) }
    try moveBranch(journal, engine, from: journal.to ?? journal.from, to: journal.from)
    try restoreScenario(journal, engine, &remarks)
    try finish(journal, engine)
  }

  // MARK: The end

  /// Removes what only the rollback needed, the journal last.
  private func finish(_ journal: RollbackJournal, _ engine: borrowing Engine) throws {
    // libgit2 would write packed-refs anew for it: only when it was packed meanwhile.
    let loose = engine.repository.commonDirectory + pendingReference(journal)
    Files.remove(loose)
    Files.removeDirectory(engine.repository.commonDirectory + Self.pendingPrefix.dropLast())
    if let pending = try engine.repository.target(of: pendingReference(journal)) {
      try engine.repository.delete(pendingReference(journal), expecting: pending)
    }
    index.end()
    Files.remove(index.gitDirectory + RollbackJournal.path)
  }

  // MARK: Values

  private func commit(_ id: ObjectID?, _ engine: borrowing Engine) throws -> Commit {
    guard let id else { throw Refusal(.data, "the journal names no commit") }
    return try engine.repository.commit(id)
  }

  func place(_ engine: borrowing Engine) throws -> Place {
    try engine.repository.sealInForce().record.place
  }
}
