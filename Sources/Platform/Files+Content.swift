import Core
import Glibc

extension Files {
  /// What `read` found at a path.
  public enum Content: Sendable {
    case bytes([UInt8])
    case missing
    /// Something that is no regular file, or cannot be read: in words.
    case unusable(String)

    /// The bytes as text; nil when there are none.
    public var text: String? {
      if case .bytes(let bytes) = self { String(raw: bytes) } else { nil }
    }
  }

  /// The one line of a file in which git keeps a path (gitrepository-layout(5): `.git`, `gitdir`, `commondir`), without its
  /// end. The path may have ends of lines in it.
  public static func line(_ path: String) -> String? {
    guard case .bytes(var bytes) = read(path, limit: 1 << 16) else { return nil }
    while bytes.last == UInt8(ascii: "\n") || bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
    return String(raw: bytes)
  }

  /// Reads a regular file of at most `limit` bytes, following no symlink and never waiting on a FIFO.
  ///
  /// - Parameter grows: whether somebody may append to it meanwhile: what came since is left out.
  public static func read(_ path: String, limit: Int, grows: Bool = false) -> Content {
    var status = stat()
    guard path.withRawCString({ lstat($0, &status) }) == 0 else {
      return errno == ENOENT || errno == ENOTDIR ? .missing : .unusable(System.reason)
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFLNK: return .unusable("it is a symlink")
    case S_IFDIR: return .unusable("it is a directory")
    default: return .unusable("it is not a regular file")
    }
    guard Int(status.st_size) <= limit else {
      return .unusable("it has \(String(status.st_size)) bytes, more than \(String(limit))")
    }
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { return .unusable(System.reason) }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size) + 1)
    var filled = 0
    while filled < bytes.count {
      let count = bytes.withUnsafeMutableBytes { buffer in
        Glibc.read(descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { return .unusable(System.reason) }
      if count == 0 { break }
      filled += count
    }
    if grows { filled = min(filled, Int(status.st_size)) }
    guard filled <= Int(status.st_size) else { return .unusable("it is being written") }
    bytes.removeLast(bytes.count - filled)
    return .bytes(bytes)
  }

  /// The bytes of a regular file; nil for anything else.
  public static func content(_ path: String, limit: Int) -> [UInt8]? {
    if case .bytes(let bytes) = read(path, limit: limit) { bytes } else { nil }
  }

  /// Puts a file in place in one step: written in `scratch` or beside it, then renamed.
  ///
  /// Not flushed by default: most of what goes through here can be written again from the ledger.
  ///
  /// - Parameters:
  ///   - isShared: whether `core.sharedRepository` holds: of what lies in a git directory, and of nothing in a worktree.
  ///   - scratch: a directory, with a trailing slash, that is preferably of the same file system.
  ///   - isDurable: whether it outlives a power failure (fsync(2)).
  /// - Throws: `Refusal` (73, or 74 when not all of it can be written) with the system's reason.
  public static func replace(
    _ path: String, with bytes: [UInt8], scratch: String, mode: UInt32 = 0o644, isShared: Bool = true,
    isDurable: Bool = false
  ) throws(Refusal) {
    let mode = isShared ? Sharing.mode(mode) : mode
    let beside = directory(of: path)
    for directory in [scratch, beside] {
      let temporary = directory + ".llmos-new-" + String(getpid())
      let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode)
      guard descriptor >= 0 else { continue }
      let written =
        bytes.withUnsafeBytes { writeAll($0, to: descriptor) } && (!isDurable || fsync(descriptor) == 0)
      let reason = errno
      close(descriptor)
      guard written else {
        remove(temporary)
        throw failure("write", path, .io, SystemFailure(number: reason))
      }
      _ = temporary.withRawCString { chmod($0, mode) }
      if rename(temporary, path) {
        if isDurable { flush(beside) }
        return
      }
      let failure = errno
      remove(temporary)
      if failure != EXDEV {
        throw Files.failure("replace", path, .cannotCreate, SystemFailure(number: failure))
      }
    }
    throw failure("create", path)
  }

  /// Puts a directory's names on the disk.
  private static func flush(_ directory: String) {
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  /// Writes a file in place, which a reader may see by half: for what only ever speeds something up.
  ///
  /// - Throws: `Refusal` (73).
  public static func overwrite(_ path: String, with bytes: [UInt8]) throws(Refusal) {
    let mode = Sharing.mode(0o644)
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode)
    guard file >= 0 else { throw failure("create", path) }
    defer { close(file) }
    guard bytes.withUnsafeBytes({ writeAll($0, to: file) }) else { throw failure("write", path) }
  }

  /// Makes a file of these bytes where nothing is.
  ///
  /// - Returns: false where something is there.
  /// - Throws: `Refusal` (73).
  public static func create(_ path: String, with bytes: [UInt8], mode: UInt32) throws(Refusal) -> Bool {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL, mode)
    guard descriptor >= 0 else {
      guard errno == EEXIST else { throw failure("create", path) }
      return false
    }
    defer { close(descriptor) }
    guard bytes.withUnsafeBytes({ writeAll($0, to: descriptor) }) else {
      let refusal = failure("write", path)
      remove(path)
      throw refusal
    }
    return true
  }

  /// Adds text at the end of a file, made where it is not there.
  ///
  /// - Throws: `Refusal` (73).
  public static func append(_ text: String, to path: String) throws(Refusal) {
    let file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    guard file >= 0 else { throw failure("create", path) }
    defer { close(file) }
    guard Array(text.utf8).withUnsafeBytes({ writeAll($0, to: file) }) else { throw failure("write", path) }
  }

  /// Makes an empty file where nothing is; one that is there stays as it is.
  ///
  /// - Throws: `Refusal` (73).
  public static func touch(_ path: String) throws(Refusal) {
    let file = open(path, O_WRONLY | O_CREAT, Sharing.mode(0o644))
    guard file >= 0 else { throw failure("create", path) }
    close(file)
  }

  /// Writes all of it; false and `errno` when that fails.
  static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
    var rest = bytes
    while let base = rest.baseAddress, !rest.isEmpty {
      let count = Glibc.write(descriptor, base, rest.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return false }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
    return true
  }
}

/// A file that is open for reading.
public struct OpenFile: ~Copyable {
  private let descriptor: Int32

  /// Opens a file; nil when that cannot be done, or it is a symlink.
  public init?(_ path: String) {
    let descriptor = Files.open(path, O_RDONLY | O_NOFOLLOW)
    guard descriptor >= 0 else { return nil }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Bytes in it.
  public var size: Int64 {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Int64(status.st_size) : 0
  }

  /// The bytes from a place on, `count` at most; fewer at the end.
  public func read(at offset: Int64, count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let got = pread(
          descriptor, buffer.baseAddress?.advanced(by: filled), count - filled, off_t(offset) + off_t(filled))
        if got < 0 && errno == EINTR { continue }
        guard got > 0 else { return }
        filled += got
      }
    }
  }

  /// Sends what comes from a place on to stdout, without taking it into memory where the system can.
  public func sendToStandardOutput(from start: Int64) {
    var offset = off_t(start)
    while sendfile(1, descriptor, &offset, 1 << 24) > 0 {}
    // Not everything takes sendfile(2): a file that is appended to does not.
    while true {
      let bytes = read(at: Int64(offset), count: 1 << 16)
      guard !bytes.isEmpty else { return }
      System.write(bytes[...], to: 1)
      offset += off_t(bytes.count)
    }
  }
}
