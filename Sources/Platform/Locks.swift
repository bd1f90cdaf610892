import Core
import Glibc

/// A lock that the system releases when its holder dies: flock(2) on a file.
public struct FileLock: Sendable {
  /// For a child that goes on holding it after we have ended (`Child.Setup.lock`).
  public let descriptor: Int32

  /// Takes a lock.
  ///
  /// - Parameters:
  ///   - path: its file, made where it is not there.
  ///   - patience: seconds for which another process is waited for.
  /// - Returns: nil when another process keeps it.
  /// - Throws: `Refusal`: 73 when the file cannot be made or something else has its place, 74 when its file system
  ///   gives no lock.
  public init?(_ path: String, isShared: Bool = false, patience: Int64 = 0) throws(Refusal) {
    let end = System.now + patience
    let operation = (isShared ? LOCK_SH : LOCK_EX) | LOCK_NB
    while true {
      // A link or a device would be taken for a file that somebody keeps replacing.
      let opened = Files.open(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK, 0o666)
      guard opened >= 0 else { throw Files.failure("create", path) }
      guard Self.isRegular(opened) else {
        close(opened)
        throw Refusal(.cannotCreate, "\(path) is not a file", remedy: "move it away")
      }
      while flock(opened, operation) != 0 {
        if errno == EINTR { continue }
        let failure = SystemFailure.last
        let isHeld = errno == EWOULDBLOCK
        guard isHeld, System.now < end else {
          close(opened)
          if isHeld { return nil }
          throw Files.failure("lock", path, .io, failure)
        }
        usleep(2000)
      }
      // Its last holder may have removed the file in between.
      if let mine = Inode(opened), mine == Inode(path) {
        descriptor = opened
        return
      }
      close(opened)
    }
  }

  private static func isRegular(_ descriptor: Int32) -> Bool {
    var status = stat()
    return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// Gives it back.
  public func release() { close(descriptor) }

  /// Bytes in its file.
  public var size: Int64 {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Int64(status.st_size) : 0
  }

  /// Appends to its file in one write(2), so that what several holders append at once never mixes.
  ///
  /// - Returns: false when not all of it could be written.
  public func append(_ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBytes { buffer in
      while true {
        let count = Glibc.write(descriptor, buffer.baseAddress, buffer.count)
        if count < 0 && errno == EINTR { continue }
        return count == buffer.count
      }
    }
  }
}

/// git's lock files (`refs/heads/main.lock`): who makes the file holds the lock, and a holder that was killed leaves
/// it.
///
/// The one rule for stale ones: libgit2 and git make the file, write the new value and rename it, all in a
/// moment. One that stays as it is for a second is nobody's any more. It is only ever applied to locks of
/// references and files that our own processes move.
public enum LockFile {
  /// In milliseconds.
  private static let patience: Int64 = 1000

  /// Removes a lock file that stays as it is for a second.
  public static func removeIfStale(_ path: String) {
    endIfStale(path) { Files.remove(path) }
  }

  /// Ends the hold of a lock file that stays as it is for a second.
  ///
  /// - Parameter end: removes the file, or renames it as its holder was about to.
  public static func endIfStale(_ path: String, _ end: () -> Void) {
    var watch = Watch(path)
    while watch.isHeld, !watch.endIfStale(end) { System.sleep(microseconds: 10_000) }
  }

  /// Looks at a lock file now and then, by somebody who tries to take it meanwhile.
  public struct Watch: Sendable {
    private let path: String
    private var seen: Content?
    private var since = System.monotonicMilliseconds

    /// Begins to watch a lock file.
    public init(_ path: String) {
      self.path = path
      seen = LockFile.content(path)
    }

    /// Whether the file was there, unchanged, at the last look.
    public var isHeld: Bool { seen != nil }

    /// Removes the file once it has stayed as it is for a second.
    ///
    /// - Returns: whether it was removed.
    public mutating func removeIfStale() -> Bool {
      let path = path
      return endIfStale { Files.remove(path) }
    }

    fileprivate mutating func endIfStale(_ end: () -> Void) -> Bool {
      let now = LockFile.content(path)
      guard let now, now == seen else {
        // Another holder's, or given back: the second begins anew with whoever comes next.
        (seen, since) = (nil, System.monotonicMilliseconds)
        return false
      }
      guard System.monotonicMilliseconds - since >= LockFile.patience else { return false }
      end()
      return true
    }
  }

  /// Removes every stale one below a directory in which nobody but us moves anything.
  public static func removeStale(below directory: String) {
    for name in Files.names(in: directory) {
      if name.hasSuffix(".lock") {
        removeIfStale(directory + name)
      } else {
        removeStale(below: directory + name + "/")
      }
    }
  }

  /// What a lock file says.
  public static func text(_ path: String) -> String? { content(path)?.text }

  private struct Content: Equatable {
    let inode: Inode
    let text: String
  }

  private static func content(_ path: String) -> Content? {
    guard let inode = Inode(path), let text = Files.read(path, limit: 4096).text else { return nil }
    return Content(inode: inode, text: text)
  }
}
