import Core
import Git
import Ledger
import Platform

/// One process at a time moves the state of a worktree: a lock on `$GIT_DIR/llmos/lock`.
struct StateLock {
  private let lock: FileLock

  /// - Parameters:
  ///   - file: the lock's file.
  ///   - patience: how long another process is waited for, in seconds.
  /// - Throws: `Refusal` (75) when the lock stays held, 73 when its file cannot be made.
  init(
    _ repository: borrowing Repository, file: Layout.File = Layout.lock, patience: Int64 = 60
  ) throws(Refusal) {
    try Files.makeDirectory(repository.gitDirectory + Layout.name)
    let path = repository.gitDirectory + file.path
    guard let lock = try FileLock(path, patience: patience) else {
      throw Refusal(.tryAgain, "another llmos-hook holds \(path)", remedy: "run the same command again")
    }
    self.lock = lock
  }

  func release() { lock.release() }
}
