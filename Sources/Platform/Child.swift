import Core
import Glibc

/// Other programs on a hook's way. `posix_spawn` takes 1.8 ms for what swift-subprocess does in 7, so hooks
/// use this; the engine uses it for git's quick answers, and swift-subprocess for what runs long.
public enum Child {
  /// Replaces this process; returns only when the program cannot be started.
  public static func become(_ command: [String]) {
    withArguments(command) { program, arguments in
      _ = execvp(program, arguments)
    }
  }

  /// Puts bytes on stdin, for the program that this process becomes.
  ///
  /// - Throws: `Refusal` (74): a program that reads less than it should could let pass what it did not see.
  public static func provide(_ bytes: [UInt8]) throws(Refusal) {
    let descriptor = try file(of: bytes)
    defer { close(descriptor) }
    guard dup2(descriptor, 0) == 0 else {
      throw Refusal(.io, "cannot hand on what git says: \(String(cString: strerror(errno)))")
    }
  }

  /// Runs a program to its end with our stdin, stdout and stderr.
  ///
  /// - Returns: its exit code, 128 and the signal's number for one that was killed, or nil when it
  ///   cannot be started.
  public static func run(_ command: [String]) -> Int32? {
    var pid = pid_t()
    let status = withArguments(command) { posix_spawnp(&pid, $0, nil, nil, $1, environ) }
    return status == 0 ? wait(pid) : nil
  }

  /// The first line that a program prints on stdout; nil when it fails.
  public static func output(of command: [String]) -> String? {
    guard let bytes = bytes(of: command) else { return nil }
    return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
  }

  /// What to say instead of that git failed, when it is not there; nil when it is.
  public static var missingGit: Refusal? {
    guard output(of: ["git", "--version"]) == nil else { return nil }
    return Refusal(.unavailable, "git cannot be started", remedy: "put git on PATH, then the same command")
  }

  /// The lines that a program prints on stdout; none when it fails.
  public static func lines(of command: [String]) -> [String] {
    (bytes(of: command) ?? []).split(separator: UInt8(ascii: "\n")).map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  /// What a program prints on stdout, split at NUL; none when it fails.
  public static func records(of command: [String]) -> [String] {
    (bytes(of: command) ?? []).split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  /// All that a program prints on stdout; nil when it fails.
  ///
  /// - Parameter input: what it reads on stdin; nil leaves it ours.
  public static func bytes(of command: [String], input: [UInt8]? = nil) -> [UInt8]? {
    var result: [UInt8] = []
    return stream(command, input: input) { result += $0 } == 0 ? result : nil
  }

  /// Runs a program and hands over what it prints on stdout, piece by piece.
  ///
  /// - Returns: its exit code, as `run` does.
  public static func stream(
    _ command: [String], input: [UInt8]? = nil, _ take: (UnsafeRawBufferPointer) -> Void
  ) -> Int32? {
    Running(command, input: input)?.finish(take)
  }

  /// A program that runs while we do something else.
  public struct Running {
    private let pid: pid_t
    private let output: Int32

    /// Starts it, its stdout kept for us; nil when it cannot be started, or cannot be given all of its input.
    public init?(_ command: [String], input: [UInt8]? = nil) {
      var source: Int32 = -1
      if let input {
        guard let descriptor = try? file(of: input) else { return nil }
        source = descriptor
      }
      defer { if source >= 0 { close(source) } }
      var ends: [Int32] = [-1, -1]
      guard pipe(&ends) == 0 else { return nil }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      var actions = posix_spawn_file_actions_t()
      posix_spawn_file_actions_init(&actions)
      if source >= 0 { posix_spawn_file_actions_adddup2(&actions, source, 0) }
      posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
      posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
      defer { posix_spawn_file_actions_destroy(&actions) }
      var pid = pid_t()
      let status = withArguments(command) { posix_spawnp(&pid, $0, &actions, nil, $1, environ) }
      close(ends[1])
      guard status == 0 else {
        close(ends[0])
        return nil
      }
      self.pid = pid
      output = ends[0]
    }

    /// Takes what it prints, piece by piece, and waits for its end.
    ///
    /// - Returns: its exit code, as `run` does.
    public func finish(_ take: (UnsafeRawBufferPointer) -> Void) -> Int32 {
      withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 8) { buffer in
        while true {
          let count = read(output, buffer.baseAddress, buffer.count)
          if count < 0 && errno == EINTR { continue }
          guard count > 0 else { break }
          take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
      }
      close(output)
      return wait(pid)
    }
  }

  /// A file without a name, of these bytes and read from its beginning: in memory where that is possible, since a
  /// full disk must not keep us from asking git.
  ///
  /// - Throws: `Refusal` (74) when there is no room for all of them: whoever reads fewer decides on fewer.
  public static func file(of bytes: [UInt8] = []) throws(Refusal) -> Int32 {
    for make in [fileInMemory, fileOnDisk] {
      let descriptor = make()
      guard descriptor >= 0 else { continue }
      if fill(descriptor, bytes) { return descriptor }
      close(descriptor)
    }
    throw Refusal(.io, "no room for what another program reads or prints", remedy: "df /tmp /dev/shm")
  }

  private static func fileInMemory() -> Int32 {
    let name = "/llmos-" + String(getpid())
    let descriptor = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0o600)
    if descriptor >= 0 { shm_unlink(name) }
    return descriptor
  }

  private static func fileOnDisk() -> Int32 {
    var template = Array("/tmp/llmos-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { return descriptor }
    unlink(template)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    return descriptor
  }

  /// Whether all of it could be written. The file's offset stays at its beginning.
  private static func fill(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes {
        pwrite(descriptor, $0.baseAddress?.advanced(by: offset), $0.count - offset, off_t(offset))
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return false }
      offset += count
    }
    return true
  }

  private static func wait(_ pid: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 {
      // Nobody knows how it ended.
      guard errno == EINTR else { return ExitCode.software.rawValue }
    }
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
  }

  private static func withArguments<Result>(
    _ command: [String], _ body: (String, [UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let pointers = command.map { strdup($0) } + [nil]
    defer { pointers.forEach { free($0) } }
    return body(command[0], pointers)
  }
}
