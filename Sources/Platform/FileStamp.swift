import Glibc

/// What lstat(2) says of a file, as far as it tells whether somebody has changed it.
public struct FileStamp: Hashable, Sendable {
  /// Kind and permissions; 0 when nothing is there.
  public let mode: UInt32
  /// Bytes.
  public let size: Int64
  /// Nanoseconds of the last change since 1970.
  public let changed: Int64

  /// A stamp of these.
  public init(mode: UInt32, size: Int64, changed: Int64) {
    (self.mode, self.size, self.changed) = (mode, size, changed)
  }

  /// That of a path, which need not be UTF-8.
  public init(_ path: [UInt8]) {
    var status = stat()
    guard lstat(path.map { CChar(bitPattern: $0) } + [0], &status) == 0 else {
      self.init(mode: 0, size: 0, changed: 0)
      return
    }
    let time = Int64(status.st_mtim.tv_sec).multipliedReportingOverflow(by: 1_000_000_000).partialValue
    self.init(
      mode: status.st_mode, size: Int64(status.st_size), changed: time &+ Int64(status.st_mtim.tv_nsec))
  }

  /// Whether it is a regular file.
  public var isRegular: Bool { mode & S_IFMT == S_IFREG }

  /// Whether it is a directory.
  public var isDirectory: Bool { mode & S_IFMT == S_IFDIR }
}
