import Core
import Glibc

/// Files and directories, by path. No function follows a symlink unless it says so.
public enum Files {
  // MARK: Looking

  /// Whether something, a dangling symlink included, is at a path.
  public static func exists(_ path: String) -> Bool {
    var status = stat()
    return path.withRawCString { lstat($0, &status) } == 0
  }

  /// Whether a path leads, over symlinks too, to something: one access(2), for the hot path.
  public static func isReachable(_ path: String) -> Bool { path.withRawCString { access($0, F_OK) } == 0 }

  /// The same of a path as C has it.
  public static func isReachable(_ path: UnsafePointer<CChar>) -> Bool { access(path, F_OK) == 0 }

  /// Whether a path leads to something that we may read.
  static func isReadable(_ path: String) -> Bool { path.withRawCString { access($0, R_OK) } == 0 }

  /// Whether a path leads to something that we may execute.
  public static func isExecutable(_ path: String) -> Bool { path.withRawCString { access($0, X_OK) } == 0 }

  /// Whether a path leads to something that belongs to the user who runs us; under sudo(8) also to who called it.
  public static func isOwn(_ path: String) -> Bool {
    var status = stat()
    guard path.withRawCString({ stat($0, &status) }) == 0 else { return false }
    if status.st_uid == geteuid() { return true }
    return geteuid() == 0 && System.environment("SUDO_UID") == String(status.st_uid)
  }

  /// Whether files can be made and removed in a directory.
  public static func isWritableDirectory(_ path: String) -> Bool {
    path.withRawCString { access($0, W_OK | X_OK) } == 0
  }

  /// Whether a path leads, over symlinks too, to a regular file.
  public static func isRegular(_ path: String) -> Bool { kind(following: path) == S_IFREG }

  /// Whether a path leads, over symlinks too, to a directory.
  public static func isDirectory(_ path: String) -> Bool { kind(following: path) == S_IFDIR }

  private static func kind(following path: String) -> mode_t? {
    var status = stat()
    return path.withRawCString { stat($0, &status) } == 0 ? status.st_mode & S_IFMT : nil
  }

  /// Whether nothing in a directory can be executed, whatever its mode says: its file system is mounted so (mount(8),
  /// `noexec`).
  public static func isMountedNoexec(_ path: String) -> Bool {
    var about = statvfs()
    // ST_NOEXEC, which Swift's module of glibc leaves out.
    return path.withRawCString { statvfs($0, &about) } == 0 && about.f_flag & 8 != 0
  }

  /// The permission bits of a file; nil when nothing is there.
  public static func mode(_ path: String) -> UInt32? {
    var status = stat()
    return path.withRawCString { stat($0, &status) } == 0 ? status.st_mode & 0o7777 : nil
  }

  /// Bytes of a file; 0 when nothing is there.
  public static func size(_ path: String) -> Int64 {
    var status = stat()
    return path.withRawCString { stat($0, &status) } == 0 ? Int64(status.st_size) : 0
  }

  /// Where a symlink leads; nil when the path is none.
  public static func target(ofLink path: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = path.withRawCString { readlink($0, &buffer, buffer.count) }
    return count > 0 ? String(raw: buffer[..<count]) : nil
  }

  /// A path without symlinks and `..`; nil when nothing is there.
  public static func real(_ path: String) -> String? {
    guard let found = path.withRawCString({ realpath($0, nil) }) else { return nil }
    defer { free(found) }
    return String(rawCString: found)
  }

  /// A path without symlinks and `..`; the path itself when nothing is there.
  public static func resolved(_ path: String) -> String { real(path) ?? path }

  /// The names in a directory, sorted; none when it cannot be read.
  public static func names(in directory: String) -> [String] {
    byteNames(in: directory.rawBytes).map { String(raw: $0) }.sorted()
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

  /// Opens a file that no child inherits (open(2)).
  ///
  /// - Returns: its descriptor; -1 and `errno` when that fails.
  static func open(_ path: String, _ flags: Int32, _ mode: mode_t = 0) -> Int32 {
    path.withRawCString { Glibc.open($0, flags | O_CLOEXEC, mode) }
  }

  // MARK: Changing

  /// Removes a file or a symlink; one that is not there is fine.
  public static func remove(_ path: String) { _ = path.withRawCString { unlink($0) } }

  /// Removes a directory that is empty; any other stays.
  public static func removeDirectory(_ path: String) { _ = path.withRawCString { rmdir($0) } }

  /// Removes a directory with everything in it; no symlink in it is followed.
  public static func removeTree(_ directory: String) {
    let path = directory.withoutSlash
    for name in byteNames(in: path.rawBytes) {
      let full = path.rawBytes + [0x2F] + name
      if kind(full) == .directory {
        removeTree(String(raw: full))
      } else {
        unlink(full.map { CChar(bitPattern: $0) } + [0])
      }
    }
    removeDirectory(path)
  }

  /// Gives a file a second name, never over one that is there.
  public static func link(_ path: String, _ name: String) -> Bool {
    path.withRawCString { old in name.withRawCString { linkat(AT_FDCWD, old, AT_FDCWD, $0, 0) } } == 0
  }

  /// Gives a file a second name, never over one that is there; where the file system knows no second names, a copy that is
  /// as old.
  public static func linkOrCopy(_ path: String, _ name: String) -> Bool {
    if link(path, name) { return true }
    return [EPERM, EOPNOTSUPP, ENOSYS, EMLINK].contains(errno) && copy(path, name)
  }

  /// Copies a file to where nothing is; the copy is as old.
  public static func copy(_ path: String, _ name: String) -> Bool {
    guard let bytes = content(path, limit: 1 << 31) else { return false }
    let descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL, mode(path) ?? 0o644)
    guard descriptor >= 0 else { return false }
    let isWhole = bytes.withUnsafeBytes { writeAll($0, to: descriptor) }
    close(descriptor)
    if isWhole, copyTimes(of: path, to: name) { return true }
    let reason = errno
    remove(name)
    errno = reason
    return false
  }

  /// Whether two names are of one file, or of a file and its copy by `linkOrCopy`; false when one of them is not there.
  public static func isSame(_ path: String, _ other: String) -> Bool {
    var (first, second) = (stat(), stat())
    guard path.withRawCString({ lstat($0, &first) }) == 0,
      other.withRawCString({ lstat($0, &second) }) == 0
    else { return false }
    if first.st_dev == second.st_dev, first.st_ino == second.st_ino { return true }
    guard first.st_size == second.st_size, first.st_mtim.tv_sec == second.st_mtim.tv_sec,
      first.st_mtim.tv_nsec == second.st_mtim.tv_nsec, let bytes = content(path, limit: 1 << 31)
    else { return false }
    return bytes == content(other, limit: 1 << 31)
  }

  /// Makes a symlink.
  @discardableResult
  public static func symlink(_ target: String, _ path: String) -> Bool {
    target.withRawCString { target in path.withRawCString { Glibc.symlink(target, $0) } } == 0
  }

  /// Renames in one step, over what is there.
  public static func rename(_ path: String, _ name: String) -> Bool {
    path.withRawCString { old in name.withRawCString { Glibc.rename(old, $0) } } == 0
  }

  /// Gives a file the times of another.
  public static func copyTimes(of path: String, to copy: String) -> Bool {
    var status = stat()
    return path.withRawCString { stat($0, &status) } == 0
      && copy.withRawCString { utimensat(AT_FDCWD, $0, [status.st_atim, status.st_mtim], 0) } == 0
  }

  /// Makes a directory whose parent exists; one that is there is fine.
  ///
  /// - Throws: `Refusal` (73).
  public static func makeDirectory(_ path: String) throws(Refusal) {
    guard path.withRawCString({ mkdir($0, 0o777) }) == 0 || errno == EEXIST else {
      throw failure("create", path)
    }
  }

  /// Makes a directory and its parents.
  ///
  /// - Throws: `Refusal` (73).
  public static func makeDirectories(_ path: String) throws(Refusal) {
    guard !path.isEmpty, path != "/", !exists(path) else { return }
    try makeDirectories(directory(of: path).withoutSlash)
    try makeDirectory(path)
  }

  /// Makes a directory of a new name.
  ///
  /// - Parameter prefix: the path that the name begins with.
  /// - Returns: its path, with a trailing slash.
  /// - Throws: `Refusal` (73).
  public static func makeNewDirectory(_ prefix: String) throws(Refusal) -> String {
    var template = (prefix + "XXXXXX").rawBytes.map { CChar(bitPattern: $0) } + [0]
    guard mkdtemp(&template) != nil else { throw failure("create a directory like", prefix) }
    return String(rawCString: template) + "/"
  }

  /// Where a directory for a moment can be made outside the repository, for `makeNewDirectory`: below `TMPDIR`, or where
  /// the system has such a place.
  public static func temporary(_ prefix: String) -> [String] {
    [System.environment("TMPDIR"), "/tmp", "/dev/shm", "/var/tmp"].compactMap { $0 }.map { $0 + "/" + prefix }
  }

  /// The directory of a path, with a trailing slash: `./` of a bare name.
  public static func directory(of path: String) -> String {
    let parts = path.pathParts.dropLast()
    let root = path.utf8.first == UInt8(ascii: "/") ? "/" : parts.isEmpty ? "./" : ""
    return root + parts.map { $0 + "/" }.joined()
  }

  /// What the system said of the last call, and what helps.
  public static func failure(
    _ verb: String, _ path: String, _ code: ExitCode = .cannotCreate, _ why: SystemFailure = .last
  ) -> Refusal {
    Refusal(code, "cannot \(verb) \(path): \(why.words)", remedy: why.remedy(at: path))
  }
}

/// What tells one file from another that takes its place.
public struct Inode: Hashable, Sendable {
  private let device: UInt
  private let number: UInt

  /// The file at a path; nil when nothing is there.
  public init?(_ path: String) {
    var status = stat()
    guard path.withRawCString({ lstat($0, &status) }) == 0 else { return nil }
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
