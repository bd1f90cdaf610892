import Glibc

/// Other programs on a hook's way. `posix_spawn` takes 1.8 ms for what swift-subprocess does in 7, so
/// hooks use this, the engine uses it for git's
/// quick answers, and swift-subprocess for what runs long.
public enum Child {
  /// Replaces this process; returns only when the program cannot be started.
  static func become(_ command: [String]) {
    withArguments(command) { program, arguments in
      _ = execvp(program, arguments)
    }
  }

  /// Puts bytes on stdin, for the program that this process becomes.
  static func provide(_ bytes: [UInt8]) {
    var template = Array("/tmp/llmos-stdin-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { return }
    unlink(template)
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { break }
      rest = rest.dropFirst(count)
    }
    lseek(descriptor, 0, SEEK_SET)
    dup2(descriptor, 0)
    close(descriptor)
  }

  /// Runs a program to its end with our stdin, stdout and stderr.
  ///
  /// - Returns: its exit code, 128 and the signal's number for one that was killed, or nil when it
  ///   cannot be started.
  static func run(_ command: [String]) -> Int32? {
    var pid = pid_t()
    let status = withArguments(command) { posix_spawnp(&pid, $0, nil, nil, $1, environ) }
    return status == 0 ? wait(pid) : nil
  }

  /// The first line that a program prints on stdout; nil when it fails.
  public static func output(of command: [String]) -> String? {
    guard let bytes = bytes(of: command) else { return nil }
    return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
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

  private static func bytes(of command: [String]) -> [UInt8]? {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    posix_spawn_file_actions_addclose(&actions, ends[0])
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    defer { posix_spawn_file_actions_destroy(&actions) }
    var pid = pid_t()
    let status = withArguments(command) { posix_spawnp(&pid, $0, &actions, nil, $1, environ) }
    close(ends[1])
    defer { close(ends[0]) }
    guard status == 0 else { return nil }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 256)
    while true {
      let count = read(ends[0], &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { break }
      bytes += buffer[..<count]
    }
    return wait(pid) == 0 ? bytes : nil
  }

  private static func wait(_ pid: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
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
