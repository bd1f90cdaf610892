import Core
import Git
import Hook
import Ledger
import Platform

/// What commands left in the worktrees that were killed: `uninstall` finishes it, because afterwards nobody could.
extension Install {
  /// Finishes interrupted transitions and checkpoints of every worktree.
  ///
  /// - Throws: `Refusal`: 1 during a rollback, before anything has changed, 75 while another command is at work.
  mutating func finishInterrupted(_ engine: borrowing Engine) throws {
    let directories = engine.repository.gitDirectories
    for directory in directories { try requireNoRollback(directory, engine) }
    for directory in directories {
      let names = ["intent", "checkpoint", "rollback"].map { directory + "llmos/" + $0 }
      guard names.contains(where: Files.exists) else { continue }
      do {
        report += try finish(directory, engine)
      } catch {
        let refusal = Refusal(error)
        if refusal.code == .tryAgain { throw refusal }
        // A ledger that cannot be read is a reason to go, not one to stay.
        report.append("not finished, and forgotten: what was interrupted in \(directory): \(refusal.what)")
      }
    }
  }

  private func requireNoRollback(_ directory: String, _ engine: borrowing Engine) throws {
    guard Files.exists(directory + RollbackJournal.path) else { return }
    var refusal = Refusal.pendingRollback("a rollback must be finished before llmos-hook is removed")
    guard !isOwn(directory, engine) else { throw refusal }
    if let other = try self.engine(of: directory, engine) {
      refusal.what += ", in \(other.worktree)"
      refusal.remedy = "llmos-hook -C \"\(other.worktree)\" rollback --continue, or --abort"
    } else {
      refusal.what += ", in the worktree of \(directory), which is gone"
      refusal.remedy = "git worktree prune"
    }
    throw refusal
  }

  private func finish(_ directory: String, _ engine: borrowing Engine) throws -> [String] {
    if isOwn(directory, engine) { return try finish(engine) }
    // What a worktree left that is gone is forgotten with it.
    guard let other = try self.engine(of: directory, engine) else { return [] }
    return try finish(other)
  }

  private func finish(_ engine: borrowing Engine) throws -> [String] {
    let rollback = try RollbackLock(engine.repository)
    defer { rollback.release() }
    let lock = try StateLock(engine.repository)
    defer { lock.release() }
    // One that died before it had changed anything.
    RollbackIndex(
      gitDirectory: engine.repository.gitDirectory, worktree: engine.worktree, lock: rollback.lock,
      showsProgress: false
    ).end()
    return try engine.recover()
  }

  private func isOwn(_ directory: String, _ engine: borrowing Engine) -> Bool {
    Files.resolved(directory) == Files.resolved(engine.repository.gitDirectory)
  }

  /// The worktree that a git directory belongs to; nil when it is gone, or has no files (bare).
  private func engine(of directory: String, _ engine: borrowing Engine) throws -> Engine? {
    var path = directory
    if directory != common {
      guard let text = Files.read(directory + "gitdir", limit: 4096).text,
        let file = text.split(separator: "\n").first.map(String.init), Files.exists(file)
      else { return nil }
      path = Files.directory(of: file)
    }
    let repository = try Repository(discovering: path, isTrusted: true)
    guard let worktree = repository.workDirectory else { return nil }
    return Engine(repository, worktree: worktree, identity: engine.identity)
  }
}
