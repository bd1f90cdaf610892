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
}
