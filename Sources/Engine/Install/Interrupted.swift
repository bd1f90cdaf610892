import Core
import Git
import Hook
import Ledger
import Platform

/// What killed commands left in the worktrees. `uninstall` finishes it, because afterwards nobody could.
extension Install {
  /// Finishes interrupted transitions and checkpoints of every worktree.
  ///
  /// - Throws: `Refusal`: 1 during a rollback, before anything has changed, 75 while another command is at work.
  mutating func finishInterrupted(_ engine: borrowing Engine) throws {
    let directories = engine.repository.gitDirectories
    for directory in directories { try requireNoRollback(directory, engine) }
    for directory in directories {
      let names = [Layout.intent, Layout.checkpoint, Layout.rollback].map { directory + $0.path }
      guard names.contains(where: Files.exists) else { continue }
      do {
        report += try finish(directory, engine)
      } catch {
        let refusal = Refusal(error)
        if refusal.code == .tryAgain { throw refusal }
        // A ledger that cannot be read must not stop an uninstall.
        report.append("not finished, and forgotten: what was interrupted in \(directory): \(refusal.what)")
      }
    }
  }

  private func requireNoRollback(_ directory: String, _ engine: borrowing Engine) throws {
    guard Files.exists(directory + RollbackJournal.path) else { return }
    var refusal = Refusal.pendingRollback("a rollback must be finished before llmos-hook is removed")
    guard !engine.isOwn(directory) else { throw refusal }
    if let other = try engine.ofWorktree(with: directory) {
      refusal.what += ", in \(other.worktree)"
      refusal.remedy = "llmos-hook -C \"\(other.worktree)\" rollback --continue, or --abort"
    } else {
      refusal.what += ", in the worktree of \(directory), which is gone"
      refusal.remedy = "git worktree prune"
    }
    throw refusal
  }

  private func finish(_ directory: String, _ engine: borrowing Engine) throws -> [String] {
    if engine.isOwn(directory) { return try finish(engine) }
    // What a removed worktree left is dropped.
    guard let other = try engine.ofWorktree(with: directory) else { return [] }
    return try finish(other)
  }

  private func finish(_ engine: borrowing Engine) throws -> [String] {
    let rollback = try RollbackLock(engine.repository)
    defer { rollback.release() }
    let lock = try StateLock(engine.repository)
    defer { lock.release() }
    // A rollback that was killed before it changed anything.
    RollbackIndex(
      gitDirectory: engine.repository.gitDirectory, worktree: engine.worktree, lock: rollback.lock,
      objectWidth: engine.repository.objectWidth, showsProgress: false
    ).end()
    return try engine.recover()
  }
}
