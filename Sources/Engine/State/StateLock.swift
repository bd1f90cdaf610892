import Core
import Git
import Glibc
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// One process at a time moves the state of a worktree: flock(2) on `$GIT_DIR/llmos/lock`, which the
/// system releases when its holder dies.
struct StateLock {
  private let descriptor: Int32

  /// - Parameters:
  ///   - name: the file below `$GIT_DIR/llmos`.
  ///   - patience: how long another process is waited for, in seconds.
  /// - Throws: `Refusal` (75) when the lock stays held, 73 when its file cannot be made.
  init(
    _ repository: borrowing Repository, name: String = "lock", patience: Int64 = 60
  ) throws(Refusal) {
    try System.makeDirectory(repository.gitDirectory + "llmos")
    let path = repository.gitDirectory + "llmos/" + name
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw Refusal(.cannotCreate, "cannot create \(path): \(String(cString: strerror(errno)))")
    }
    let end = System.now + patience
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR, System.now < end else {
        close(descriptor)
        throw Refusal(
          .tryAgain, "another llmos-hook holds \(path)", remedy: "the same command again")
      }
      usleep(2000)
    }
    StaleLock.remove(of: [repository.ledgerReference], repository, values: nil)
  }

  func release() {
    close(descriptor)
  }
}
