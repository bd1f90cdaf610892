import Core
import Git
import Glibc
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// Lock files of references (`refs/heads/main.lock`) that a process of ours left when it was killed.
///
/// A live git's are never removed. libgit2 creates the file, writes the new value and renames it, all in a
/// moment: one that stays as it is for a second, and is empty or has a value that we were about to write,
/// is nobody's any more.
enum StaleLock {
  /// Microseconds.
  private static let patience: UInt32 = 1_000_000

  /// Removes those of these references.
  ///
  /// - Parameters:
  ///   - names: full reference names. The caller holds the lock that all our writers of them take.
  ///   - values: what we may have been about to write; nil when only we write there.
  static func remove(of names: [String], _ repository: borrowing Repository, values: [String]?) {
    for name in names {
      let directory = name == "HEAD" ? repository.gitDirectory : repository.commonDirectory
      let path = directory + name + ".lock"
      guard let found = content(path) else { continue }
      let text = found.text.filter { $0 != "\n" }
      if let values, !text.isEmpty {
        if values.contains(text) { unlink(path) }
        continue
      }
      takeOver(path)
    }
  }

  /// Removes a lock file that stays as it is.
  static func takeOver(_ path: String) {
    guard let found = content(path) else { return }
    usleep(patience)
    if content(path) == found { unlink(path) }
  }

  /// Removes those below a directory in which nobody but us moves anything.
  static func remove(below directory: String) {
    for name in System.names(in: directory) {
      if name.hasSuffix(".lock") { takeOver(directory + name) } else { remove(below: directory + name + "/") }
    }
  }

  private struct Content: Equatable {
    let inode: UInt
    let text: String
  }

  private static func content(_ path: String) -> Content? {
    var status = stat()
    guard lstat(path, &status) == 0, case .bytes(let bytes) = System.read(path, limit: 4096) else {
      return nil
    }
    return Content(inode: UInt(status.st_ino), text: String(decoding: bytes, as: UTF8.self))
  }
}
