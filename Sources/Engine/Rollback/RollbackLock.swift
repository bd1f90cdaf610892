import Core
import Git
import Glibc
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// One rollback at a time in a worktree: flock(2) on `$GIT_DIR/llmos/rollback.lock`. git's children hold it
/// too, so that it is free only when the last of them has ended.
struct RollbackLock {
  let descriptor: Int32
  private let path: String

  /// - Throws: `Refusal` (75) at once when another holds it.
  init(_ repository: borrowing Repository) throws(Refusal) {
    try System.makeDirectory(repository.gitDirectory + "llmos")
    path = repository.gitDirectory + "llmos/rollback.lock"
    while true {
      let opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
      guard opened >= 0 else {
        throw Refusal(.cannotCreate, "cannot create \(path): \(String(cString: strerror(errno)))")
      }
      guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
        close(opened)
        throw Refusal(
          .tryAgain, "another rollback is at work in this worktree",
          why: "or a git that it started still moves files",
          remedy: "the same command again when it has ended")
      }
      // Its last holder may have removed the file in between.
      var mine = stat()
      var named = stat()
      if fstat(opened, &mine) == 0, stat(path, &named) == 0, mine.st_ino == named.st_ino {
        descriptor = opened
        return
      }
      close(opened)
    }
  }

  func release() {
    unlink(path)
    close(descriptor)
  }
}
