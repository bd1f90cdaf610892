import Core
import Glibc

/// The few calls of the system that a hook makes. Foundation stays out of a hook's way: starting it
/// costs more than the whole decision.
public enum System {
  /// The value of an environment variable.
  public static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }

  /// A static executable of Swift's finds its arguments through /proc/self/maps. Without them no command is
  /// known, and none may seem to be done.
  public static var noArguments: Refusal {
    Refusal(
      .io, "cannot read the command's own arguments", why: "/proc/self/maps cannot be read",
      remedy: "mount /proc, then the same command")
  }

  /// Seconds since 1970.
  public static var now: Int64 { Int64(time(nil)) }

  /// Writes text to a file descriptor, all of it; what a closed pipe refuses is dropped.
  public static func write(_ text: String, to descriptor: Int32) {
    write(ArraySlice(text.utf8), to: descriptor)
  }

  /// Writes bytes to a file descriptor, as `write` writes text.
  public static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) {
    guard !bytes.withUnsafeBytes({ writeAll($0, to: descriptor) }), descriptor == 1 else { return }
    // A result that nobody got is no success.
    write("llmos-hook: cannot write to stdout: \(String(cString: strerror(errno)))\n", to: 2)
    exit(.io)
  }

  /// Whether a descriptor is a terminal that can move its cursor and show colours.
  public static func isTerminal(_ descriptor: Int32) -> Bool {
    isatty(descriptor) == 1 && environment("TERM") != "dumb"
  }

  /// All that comes on stdin.
  ///
  /// - Throws: `Refusal` (74): what was not read is not decided.
  public static func input() throws(Refusal) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(0, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else {
        throw Refusal(.io, "cannot read what git says on stdin: \(String(cString: strerror(errno)))")
      }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }

  /// What `read` found at a path.
  public enum File: Sendable {
    case bytes([UInt8])
    case missing
    /// Something that is no regular file, or cannot be read: in words.
    case unusable(String)

    /// The bytes as text; nil when there are none.
    public var text: String? {
      if case .bytes(let bytes) = self { String(decoding: bytes, as: UTF8.self) } else { nil }
    }
  }

  /// Reads a regular file of at most `limit` bytes, following no symlink and never waiting on a FIFO.
  public static func read(_ path: String, limit: Int) -> File {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      return errno == ENOENT || errno == ENOTDIR ? .missing : .unusable(String(cString: strerror(errno)))
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFLNK: return .unusable("it is a symlink")
    case S_IFDIR: return .unusable("it is a directory")
    default: return .unusable("it is no regular file")
    }
    guard Int(status.st_size) <= limit else {
      return .unusable("it has \(String(status.st_size)) bytes, more than \(String(limit))")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { return .unusable(String(cString: strerror(errno))) }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size) + 1)
    var filled = 0
    while filled < bytes.count {
      let count = bytes.withUnsafeMutableBytes { buffer in
        Glibc.read(descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { return .unusable(String(cString: strerror(errno))) }
      if count == 0 { break }
      filled += count
    }
    guard filled <= Int(status.st_size) else { return .unusable("it is being written") }
    bytes.removeLast(bytes.count - filled)
    return .bytes(bytes)
  }

  /// Puts a file in place in one step: written in `scratch` or beside it, then renamed.
  ///
  /// Not flushed: what goes through here can be written again from the ledger.
  ///
  /// - Parameters:
  ///   - scratch: a directory, with a trailing slash, that is preferably of the same file system.
  /// - Throws: `Refusal` (73, or 74 when not all of it can be written) with the system's reason.
  public static func replace(
    _ path: String, with bytes: [UInt8], scratch: String, mode: mode_t = 0o644
  ) throws(Refusal) {
    let beside = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
      separator: "/")
    for directory in [scratch, beside.isEmpty ? "/" : beside + "/"] {
      let temporary = directory + ".llmos-new-" + String(getpid())
      let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)
      guard descriptor >= 0 else { continue }
      let written = bytes.withUnsafeBytes { writeAll($0, to: descriptor) }
      let reason = errno
      close(descriptor)
      guard written else {
        unlink(temporary)
        throw Refusal(.io, "cannot write \(path): \(String(cString: strerror(reason)))")
      }
      chmod(temporary, mode)
      if rename(temporary, path) == 0 { return }
      let failure = errno
      unlink(temporary)
      if failure != EXDEV {
        throw Refusal(.cannotCreate, "cannot replace \(path): \(String(cString: strerror(failure)))")
      }
    }
    throw Refusal(.cannotCreate, "cannot create \(path): \(String(cString: strerror(errno)))")
  }

  /// Writes all of it; false and `errno` when that fails.
  public static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
    var rest = bytes
    while let base = rest.baseAddress, !rest.isEmpty {
      let count = Glibc.write(descriptor, base, rest.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return false }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
    return true
  }

  /// The names in a directory, sorted; none when it cannot be read.
  public static func names(in directory: String) -> [String] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Whether an executable file has these words in it: a small one, as hooks are.
  public static func holds(_ path: some StringProtocol, _ words: String) -> Bool {
    guard access(String(path), X_OK) == 0, let text = read(String(path), limit: 1 << 16).text else {
      return false
    }
    return text.utf8.contains(words.utf8)
  }

  /// Seconds since a file was last changed; nil when it is not there.
  public static func age(_ path: String) -> Int64? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return now - Int64(status.st_mtim.tv_sec)
  }

  /// Makes a directory whose parent exists; one that is there is fine.
  public static func makeDirectory(_ path: String) throws(Refusal) {
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
      throw Refusal(.cannotCreate, "cannot create \(path): \(String(cString: strerror(errno)))")
    }
  }
}

extension System {
  /// Ends the process.
  public static func exit(_ code: ExitCode) -> Never { Glibc.exit(code.rawValue) }

  /// Ends the process with a code as the system has it.
  public static func exit(_ code: Int32) -> Never { Glibc.exit(code) }
}

extension System {
  /// The whole environment.
  public static var environment: [String: String] {
    var result: [String: String] = [:]
    var next = environ
    while let entry = next.pointee {
      let text = String(cString: entry)
      if let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) {
        result[String(text[..<equals])] = String(text[text.utf8.index(after: equals)...])
      }
      next = next.advanced(by: 1)
    }
    return result
  }
}
