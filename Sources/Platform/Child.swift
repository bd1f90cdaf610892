import CPlatform
import Core
import Glibc

/// Another program that this process starts: the one way to do so.
///
/// posix_spawn(3), synchronous: 1.8 ms for `git --version` where swift-subprocess takes 7 and makes its callers
/// `async` (docs/adr).
public struct Child: Sendable {
  /// What it reads on stdin.
  public enum Input: Sendable {
    /// Ours.
    case inherited
    case bytes([UInt8])
    /// A socket, which `Dialogue` writes to.
    case piped
  }

  /// Where it writes stdout or stderr.
  public enum Output: Sendable {
    /// Ours.
    case inherited
    case discarded
    /// A file without a name, which `finish` reads when the program has ended.
    case kept
    /// A pipe, which `finish` reads piece by piece. Of stdout alone.
    case piped
    /// The end of a file, made where it is not there.
    case file(String)
  }

  /// How a program is started.
  public struct Setup: Sendable {
    /// Variables to set (a value) or to leave out (nil); all others are ours.
    public var environment: [String: String?] = [:]
    /// The directory in which it starts; nil for ours.
    public var directory: String?
    /// Its stdin.
    public var input = Input.inherited
    /// Its stdout.
    public var output = Output.kept
    /// Its stderr.
    public var errors = Output.discarded
    /// A lock that it goes on holding after we have ended.
    public var lock: FileLock?
    /// Whether it gets a process group of its own, to be ended with everything that it starts.
    public var isGroup = false

    /// Our stdin and environment; stdout is kept, stderr discarded.
    public init() {}

    /// What changes in the environment of a command. The caller's wishes for pathspecs (git(1), `GIT_LITERAL_PATHSPECS`)
    /// are about the paths that he names, not about ours; and where he names his repository from where he is, git has to
    /// find it from where we start it.
    func environment(of command: [String]) -> [String: String?] {
      guard command.first == "git" else { return environment }
      var changes = environment
      for name in Child.pathspecVariables where changes[name] == nil && System.environment(name) != nil {
        changes[name] = .some(nil)
      }
      guard directory != nil || command.dropFirst().first == "-C", let here = System.directory else {
        return changes
      }
      for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR"] where changes[name] == nil {
        guard let value = System.environment(name), !value.isEmpty, !value.hasPrefix("/") else { continue }
        changes[name] = here + "/" + value
      }
      return changes
    }
  }

  /// What a program left.
  public struct Ending: Sendable {
    /// Its exit code; 128 and the signal's number for one that was killed.
    public let code: Int32
    /// What it printed on stdout, where that was kept.
    public let output: [UInt8]
    /// What it printed on stderr, where that was kept.
    public let errors: String
    /// Whether it was killed because its time was over.
    public var isLate = false

    /// What it printed on stdout, without the last newline.
    public var text: String {
      String(raw: output.last == UInt8(ascii: "\n") ? output.dropLast() : output[...])
    }
  }

  /// The process's number, which is its group's too where it has one of its own.
  public let id: Int32
  /// Our end of its stdin, stdout and stderr; -1 for what is not ours.
  let input: Int32
  let output: Int32
  private let errors: Int32
  private let isPiped: Bool

  /// Starts a program.
  ///
  /// - Throws: `Refusal`: 69 when it cannot be started, 73 when a file that it writes cannot be made, 74 when there is
  ///   no room for it, or for what it reads or prints.
  public init(_ command: [String], _ setup: Setup = Setup()) throws(Refusal) {
    var files = Descriptors()
    defer { files.close() }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    var socket: Int32?
    switch setup.input {
    case .inherited: break
    case .bytes(let bytes):
      posix_spawn_file_actions_adddup2(&actions, files.add(try UnnamedFile.descriptor(of: bytes)), 0)
    case .piped:
      let ends = try files.addSocket()
      posix_spawn_file_actions_adddup2(&actions, ends.theirs, 0)
      socket = ends.ours
    }
    let (out, err) = (try files.add(setup.output), try files.add(setup.errors))
    if let out { posix_spawn_file_actions_adddup2(&actions, out.theirs, 1) }
    if let err { posix_spawn_file_actions_adddup2(&actions, err.theirs, 2) }
    if let lock = setup.lock { posix_spawn_file_actions_adddup2(&actions, lock.descriptor, 99) }
    if let directory = setup.directory {
      directory.withRawCString { _ = llmos_spawn_change_directory(&actions, $0) }
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    if setup.isGroup {
      posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
      posix_spawnattr_setpgroup(&attributes, 0)
    }
    var child = pid_t()
    let environment = setup.environment(of: command)
    let spawn = { (command: [String]) in
      Self.withPointers(command, environment) { words, variables in
        command[0].withRawCString { program in
          Sharing.suspended { posix_spawnp(&child, program, &actions, &attributes, words, variables) }
        }
      }
    }
    var status = spawn(command)
    if status == ENOEXEC { status = spawn([Self.shell] + command) }
    guard status == 0 else {
      let failure = SystemFailure(number: status)
      throw Refusal(
        failure.isOfResources ? .io : .unavailable, "cannot start \(command[0]): \(failure.words)",
        remedy: failure.isOfResources ? failure.remedy() : "install it, or put it on PATH")
    }
    id = child
    isPiped = if case .piped = setup.output { true } else { false }
    // What is ours of them is read and closed when it has ended.
    (output, errors, input) = (files.keep(out?.ours), files.keep(err?.ours), files.keep(socket))
  }

  /// What runs a script that does not say in its first line what it is of: git does so with hooks, execvp(3) with all.
  static let shell = "/bin/sh"

  /// Calls a body with a command's words and the environment, as C has them.
  static func withPointers<Result>(
    _ command: [String], _ changes: [String: String?],
    _ body: ([UnsafeMutablePointer<CChar>?], UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    let words = command.map { $0.withRawCString { strdup($0) } } + [nil]
    defer { for word in words { free(word) } }
    guard !changes.isEmpty else { return body(words, environ) }
    var all = System.environment
    for (name, value) in changes { all[name] = value }
    var variables = all.map { ($0.key + "=" + $0.value).withRawCString { strdup($0) } } + [nil]
    defer { for variable in variables { free(variable) } }
    return variables.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.map { body(words, $0) } ?? body(words, environ)
    }
  }
}

// MARK: Its end

extension Child {
  /// Waits for its end and takes what it printed.
  ///
  /// - Parameter timeout: seconds after which it is killed with its group, which `Setup.isGroup` has made; what it left
  ///   running is killed too. `Interrupts.hasCome` kills it likewise. Nil waits.
  public func finish(timeout: Int? = nil) -> Ending {
    defer { closeOutputs() }
    let end = wait(timeout)
    return Ending(
      code: end.code, output: UnnamedFile.content(of: output),
      errors: String(raw: UnnamedFile.content(of: errors)), isLate: end.isLate)
  }

  /// Takes what it prints on a pipe, piece by piece, and waits for its end.
  ///
  /// - Returns: how it ended, without what was taken.
  public func finish(_ take: (UnsafeRawBufferPointer) -> Void) -> Ending {
    precondition(isPiped)
    withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 8) { buffer in
      while true {
        let count = read(output, buffer.baseAddress, buffer.count)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { break }
        take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      }
    }
    defer { closeOutputs() }
    return Ending(
      code: wait(nil).code, output: [], errors: String(raw: UnnamedFile.content(of: errors)))
  }

  /// Whether it has ended; it is not reaped, so that its number stays its own.
  public var hasEnded: Bool {
    var info = siginfo_t()
    return waitid(P_PID, UInt32(id), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_signo == SIGCHLD
  }

  /// Asks it and its group to end (`SIGTERM`).
  public func terminate() { Glibc.kill(-id, SIGTERM) }

  /// Ends it and its group (`SIGKILL`).
  public func kill() { Glibc.kill(-id, SIGKILL) }

  /// Hangs up, waits for its end, and tells what it said on stderr.
  func endDialogue() -> String {
    if input >= 0 { close(input) }
    if output >= 0 { close(output) }
    _ = Self.code(of: id)
    defer { if errors >= 0 { close(errors) } }
    return String(raw: UnnamedFile.content(of: errors))
  }

  private func closeOutputs() {
    for descriptor in [output, errors] where descriptor >= 0 { close(descriptor) }
  }

  private func wait(_ timeout: Int?) -> (code: Int32, isLate: Bool) {
    guard let timeout else { return (Self.code(of: id), false) }
    let begin = System.monotonicMilliseconds
    var pause: UInt32 = 1000
    var isLate = false
    while !hasEnded {
      if System.monotonicMilliseconds - begin >= Int64(timeout) * 1000 || Interrupts.hasCome {
        isLate = !Interrupts.hasCome
        break
      }
      usleep(pause)
      pause = min(pause * 2, 50_000)
    }
    // What it left running must not change files behind us. It is not reaped yet, so the group is still its own.
    kill()
    return (Self.code(of: id), isLate)
  }

  /// Waits for a process's end: its exit code, or 128 and the signal's number (waitpid(2)).
  private static func code(of id: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(id, &status, 0) < 0 {
      // Nobody knows how it ended.
      guard errno == EINTR else { return ExitCode.software.rawValue }
    }
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
  }
}
