import Core
import Glibc

/// Files and directories, by path. No function follows a symlink unless it says so.
public enum Files {
  // MARK: Looking

  /// Whether something, a dangling symlink included, is at a path.
  public static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// Whether a path leads, over symlinks too, to something: one access(2), for the hot path.
  public static func isReachable(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Whether a path leads to something that we may execute.
  public static func isExecutable(_ path: String) -> Bool { access(path, X_OK) == 0 }

  /// Whether files can be made and removed in a directory.
  public static func isWritableDirectory(_ path: String) -> Bool { access(path, W_OK | X_OK) == 0 }

  /// Whether a path leads, over symlinks too, to a regular file.
  public static func isRegular(_ path: String) -> Bool { kind(following: path) == S_IFREG }

  /// Whether a path leads, over symlinks too, to a directory.
  public static func isDirectory(_ path: String) -> Bool { kind(following: path) == S_IFDIR }

  private static func kind(following path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
  }

  /// The permission bits of a file; nil when nothing is there.
  public static func mode(_ path: String) -> UInt32? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
  }

  /// Bytes of a file; 0 when nothing is there.
  public static func size(_ path: String) -> Int64 {
    var status = stat()
    return stat(path, &status) == 0 ? Int64(status.st_size) : 0
  }

  /// Where a symlink leads; nil when the path is none.
  public static func target(ofLink path: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(path, &buffer, buffer.count)
    return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
  }

  /// A path without symlinks and `..`; nil when nothing is there.
  public static func real(_ path: String) -> String? {
    guard let found = realpath(path, nil) else { return nil }
    defer { free(found) }
    return String(cString: found)
  }

  /// A path without symlinks and `..`; the path itself when nothing is there.
  public static func resolved(_ path: String) -> String { real(path) ?? path }

  /// The names in a directory, sorted; none when it cannot be read.
  public static func names(in directory: String) -> [String] {
    byteNames(in: Array(directory.utf8)).map { String(decoding: $0, as: UTF8.self) }.sorted()
  }

  /// The names in a directory as bytes: a name need not be UTF-8.
  public static func byteNames(in directory: [UInt8]) -> [[UInt8]] {
    guard let stream = opendir(directory.map { CChar(bitPattern: $0) } + [0]) else { return [] }
    defer { closedir(stream) }
    var names: [[UInt8]] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      if name != [0x2E], name != [0x2E, 0x2E] { names.append(name) }
    }
    return names
  }

  /// What is at a path that need not be UTF-8.
  public enum Kind: Sendable {
    case directory
    /// A file, a symlink, or anything else.
    case other
  }

  /// What is at a path; nil when nothing is.
  public static func kind(_ path: [UInt8]) -> Kind? {
    var status = stat()
    guard lstat(path.map { CChar(bitPattern: $0) } + [0], &status) == 0 else { return nil }
    return status.st_mode & S_IFMT == S_IFDIR ? .directory : .other
  }

  // MARK: Changing

  /// Removes a file or a symlink; one that is not there is fine.
  public static func remove(_ path: String) { unlink(path) }

  /// Removes a directory that is empty; any other stays.
  public static func removeDirectory(_ path: String) { rmdir(path) }

  /// Removes a directory with everything in it; no symlink in it is followed.
  public static func removeTree(_ directory: String) {
    let path = directory.hasSuffix("/") ? String(directory.dropLast()) : directory
    for name in byteNames(in: Array(path.utf8)) {
      let full = Array(path.utf8) + [0x2F] + name
      if kind(full) == .directory {
        removeTree(String(decoding: full, as: UTF8.self))
      } else {
        unlink(full.map { CChar(bitPattern: $0) } + [0])
      }
    }
    rmdir(path)
  }

  /// Gives a file a second name, never over one that is there.
  public static func link(_ path: String, _ name: String) -> Bool {
    Glibc.linkat(AT_FDCWD, path, AT_FDCWD, name, 0) == 0
  }

  /// Makes a symlink.
  @discardableResult
  public static func symlink(_ target: String, _ path: String) -> Bool { Glibc.symlink(target, path) == 0 }

  /// Renames in one step, over what is there.
  public static func rename(_ path: String, _ name: String) -> Bool { Glibc.rename(path, name) == 0 }

  /// Gives a file the times of another.
  public static func copyTimes(of path: String, to copy: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0
      && utimensat(AT_FDCWD, copy, [status.st_atim, status.st_mtim], 0) == 0
  }

  /// Makes a directory whose parent exists; one that is there is fine.
  ///
  /// - Throws: `Refusal` (73).
  public static func makeDirectory(_ path: String) throws(Refusal) {
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw failure("create", path) }
  }

  /// Makes a directory and its parents.
  ///
  /// - Throws: `Refusal` (73).
  public static func makeDirectories(_ path: String) throws(Refusal) {
    guard !path.isEmpty, path != "/", !exists(path) else { return }
    try makeDirectories(String(directory(of: path).dropLast()))
    try makeDirectory(path)
  }

  /// Makes a directory of a new name.
  ///
  /// - Parameter prefix: the path that the name begins with.
  /// - Returns: its path, with a trailing slash.
  /// - Throws: `Refusal` (73).
  public static func makeNewDirectory(_ prefix: String) throws(Refusal) -> String {
    var template = Array((prefix + "XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else { throw failure("create a directory like", prefix) }
    return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self) + "/"
  }

  /// The directory of a path, with a trailing slash: `./` of a bare name.
  public static func directory(of path: String) -> String {
    let parts = path.split(separator: "/").dropLast()
    let root = path.hasPrefix("/") ? "/" : parts.isEmpty ? "./" : ""
    return root + parts.map { $0 + "/" }.joined()
  }

  /// What the system said of the last call.
  public static func failure(_ verb: String, _ path: String) -> Refusal {
    Refusal(.cannotCreate, "cannot \(verb) \(path): \(System.reason)")
  }
}

/// What tells one file from another that takes its place.
public struct Inode: Hashable, Sendable {
  private let device: UInt
  private let number: UInt

  /// The file at a path; nil when nothing is there.
  public init?(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  /// The file behind an open descriptor.
  public init?(_ descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  private init(_ status: stat) {
    device = UInt(status.st_dev)
    number = UInt(status.st_ino)
  }
}
