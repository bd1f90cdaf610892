import Core
import Git
import Platform

/// One rollback at a time in a worktree: a lock on `$GIT_DIR/llmos/rollback.lock`. git's children hold it
/// too (a git that outlives us after `kill -9` still moves files), so that it is free only when the last of them has
/// ended.
struct RollbackLock {
  let lock: FileLock
  private let path: String

  /// - Throws: `Refusal` (75) at once when another holds it.
  init(_ repository: borrowing Repository) throws(Refusal) {
    try Files.makeDirectory(repository.gitDirectory + Layout.name)
    path = repository.gitDirectory + Layout.rollbackLock.path
    guard let lock = try FileLock(path) else {
      throw Refusal(
        .tryAgain, "another rollback is running in this worktree",
        why: "or a git process that it started is still moving files",
        remedy: "run the same command again when it has ended")
    }
    self.lock = lock
  }

  func release() {
    Files.remove(path)
    lock.release()
  }
}
