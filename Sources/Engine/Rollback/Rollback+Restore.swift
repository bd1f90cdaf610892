import Core
import Git
import Ledger
import Platform

/// `backups restore`: brings back what was displaced, after another backup of what stands there now.
extension Rollback {
  /// What a restored backup led to.
  public struct Restored: Sendable {
    /// What was done, a line each.
    public var report: [String]
    /// The backup that was made first; nil where nothing was replaced.
    public var backup: String?
  }

  /// Restores a backup.
  ///
  /// A dropped commit gets a branch. The rollback that HEAD is the result of is undone, for who may. From any other
  /// backup come files, the index and untracked files; the branch stays where it is.
  ///
  /// - Throws: `Refusal`: 65 for a backup that cannot be read, 75 when git or another rollback is running.
  public static func restore(
    _ backup: Backup, _ engine: borrowing Engine, _ options: Options = Options()
  ) throws -> Restored {
    if backup.kind == "dropped" { return try restoreDropped(backup, engine) }
    let kept = try RollbackBackup(backup.reference, engine.repository)
    var options = options
    options.isForced = true
    if try !engine.identity.actor.isAgent && isUndoable(kept, engine.repository) {
      let outcome = try undo(engine, options, of: kept.id)
      return Restored(
        report: ["the rollback to \(kept.target.text) is undone"] + outcome.remarks, backup: outcome.backup)
    }
    return try restoreFiles(kept, engine, options)
  }

  private static func isUndoable(_ kept: RollbackBackup, _ repository: borrowing Repository) throws -> Bool {
    let head = try repository.head()
    guard let now = head.commit else { return false }
    return kept.ledTo(try repository.commit(now), try repository.message(of: now), on: head.branch)
  }

  private static func restoreFiles(
    _ kept: RollbackBackup, _ engine: borrowing Engine, _ options: Options
  ) throws -> Restored {
    try begun(engine, options) { rollback, engine in
      let head = try engine.repository.head()
      try rollback.permit(engine, head, isForAll: true)
      guard let now = head.commit, let indexCommit = kept.indexCommit else { throw nothingPending }
      var facts = RollbackFacts(
        target: RollbackTarget(name: RollbackBackup.prefix + kept.id, commit: kept.commit.id), head: now,
        branch: head.branch, mode: .reset, commits: 0)
      facts.isUndo = true
      let destination = Destination(
        facts: facts, worktree: try rollback.worktree(of: kept, engine),
        index: try engine.repository.commit(indexCommit).tree, stages: kept.stages, commit: now)
      let outcome = try rollback.execute(engine, head, destination, kind: "restore") { _ in }
      var report = ["the files are as in \(kept.id), and not committed"]
      if let then = kept.head, then != now {
        report.append("HEAD stays at \(now.short); the backup was made at \(then.short)")
      }
      return Restored(report: report + outcome.remarks, backup: outcome.backup)
    }
  }

  /// The worktree of a backup, with the untracked files that were in it.
  private func worktree(of kept: RollbackBackup, _ engine: borrowing Engine) throws -> ObjectID {
    guard let untracked = kept.untracked else { return kept.commit.tree }
    let tree = try engine.repository.commit(untracked).tree
    try Files.makeDirectories(index.home.withoutSlash)
    let file = index.home + "index-untracked"
    Files.remove(file)
    defer { Files.remove(file) }
    try index.git(["read-tree", kept.commit.tree.description], index: file)
    let listed = try index.git(["ls-tree", "-r", "-z", tree.description])
    // `MODE TYPE ID<tab>PATH`; --index-info takes it without the type too.
    try index.git(["update-index", "-z", "--replace", "--index-info"], index: file, input: listed)
    return try index.tree(index: file)
  }

  private static func restoreDropped(_ backup: Backup, _ engine: borrowing Engine) throws -> Restored {
    let name = "restored-" + backup.id
    let branch = "refs/heads/" + name
    let lock = try StateLock(engine.repository)
    defer { lock.release() }
    if let there = try engine.repository.target(of: branch) {
      guard there == backup.commit else {
        throw Refusal(
          .refused, "the branch \(name) is there already, with other commits",
          remedy: "git branch NAME \(backup.commit.short)")
      }
    } else {
      try engine.repository.move(branch, to: backup.commit, expecting: nil, message: "llmos-hook: restored")
    }
    // The engine moves it without a hook.
    var table = BranchTable(engine.repository)
    table.set(branch, to: backup.commit)
    try table.write(engine.repository)
    return Restored(report: ["the commit is on the branch \(name)"], backup: nil)
  }
}
