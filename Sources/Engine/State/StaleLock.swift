import Core
import Git
import Ledger
import Platform

/// Lock files of references (`refs/heads/main.lock`) that a process of ours left when it was killed.
///
/// Those of a running git are never removed: only one that does not change (`LockFile`) and is empty, or has a value
/// that we were about to write.
enum StaleLock {
  /// Removes the stale locks of these references.
  ///
  /// - Parameters:
  ///   - names: full reference names. The caller holds the lock that all our writers of them take.
  ///   - values: what we may have been about to write; nil when only we write there.
  static func remove(of names: [String], _ repository: borrowing Repository, values: [String]?) {
    for name in names {
      let directory = name == "HEAD" ? repository.gitDirectory : repository.commonDirectory
      let path = directory + name + ".lock"
      guard let text = LockFile.text(path)?.filter({ $0 != "\n" }) else { continue }
      if let values, !text.isEmpty {
        if values.contains(text) { Files.remove(path) }
        continue
      }
      LockFile.removeIfStale(path)
    }
  }

  /// Ends the stale lock of a ledger: libgit2 writes the reference's log first and then renames the lock file, so a
  /// value that the log has already was moved but for that, and is moved now; any other is forgotten.
  static func finish(ledger: String, _ repository: borrowing Repository) {
    // Of any other form git's own library, not ours, writes it.
    guard repository.keepsReferencesInFiles else { return }
    let path = repository.commonDirectory + ledger
    let newest = repository.newestInLog(of: ledger)
    let standing = (try? repository.target(of: ledger)) ?? nil
    LockFile.endIfStale(path + ".lock") {
      let text = LockFile.text(path + ".lock")?.filter { $0 != "\n" }
      guard text == nil || text != newest?.description || !Files.rename(path + ".lock", path) else { return }
      if let newest { repository.takeBackLogLine(of: ledger, newest, standing) }
      Files.remove(path + ".lock")
    }
  }
}
