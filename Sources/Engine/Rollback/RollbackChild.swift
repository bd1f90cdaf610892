import Core
import Git
import Glibc
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Synchronization
import Verify

/// The programs that a rollback starts.
///
/// Not swift-subprocess, which closes every descriptor in a child: a git that outlives us after `kill -9`
/// must go on holding the rollback's lock, so that nobody continues while it still moves files.
enum RollbackChild {
  struct Result {
    let code: Int32
    let output: [UInt8]
    let errors: String
    /// Whether it was killed because its time was over.
    let isLate: Bool
  }

  /// Runs a program to its end.
  ///
  /// - Parameters:
  ///   - environment: variables to set (a value) or to leave out (nil).
  ///   - lock: a descriptor that the child keeps open.
  ///   - showsErrors: whether stderr is ours instead of being taken.
  ///   - timeout: seconds after which it is killed, with everything that it started; nil waits.
  /// - Throws: `Refusal`: 69 when it cannot be started, 74 when there is no room for what it reads.
  static func run(
    _ command: [String], environment: [String: String?] = [:], input: [UInt8] = [], lock: Int32? = nil,
    showsErrors: Bool = false, timeout: Int? = nil
  ) throws(Refusal) -> Result {
    try start(
      command, environment: environment, input: input, lock: lock, showsErrors: showsErrors,
      isGroup: timeout != nil
    ).end(timeout: timeout)
  }

  /// A program that runs. `end` is to be called, once.
  struct Running {
    fileprivate let child: pid_t
    fileprivate let output: Int32
    fileprivate let errors: Int32

    /// Waits for its end and takes what it printed.
    func end(timeout: Int? = nil) -> Result {
      defer { for descriptor in [output, errors] { close(descriptor) } }
      let end = wait(child, timeout)
      return Result(
        code: end.code, output: content(of: output),
        errors: String(decoding: content(of: errors), as: UTF8.self), isLate: end.isLate)
    }
  }

  /// Starts a program, as `run` does.
  ///
  /// - Parameter isGroup: whether it gets a process group of its own, to be killed as a whole.
  static func start(
    _ command: [String], environment: [String: String?] = [:], input: [UInt8] = [], lock: Int32? = nil,
    showsErrors: Bool = false, isGroup: Bool = false
  ) throws(Refusal) -> Running {
    var scratches: [Int32] = []
    var isStarted = false
    // The child has them by itself; what it prints is read through ours.
    defer {
      for (place, descriptor) in scratches.enumerated() where !isStarted || place == 0 { close(descriptor) }
    }
    for bytes in [input, [], []] { scratches.append(try Child.file(of: bytes)) }
    let (standardInput, output, errors) = (scratches[0], scratches[1], scratches[2])
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, standardInput, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    if !showsErrors { posix_spawn_file_actions_adddup2(&actions, errors, 2) }
    if let lock { posix_spawn_file_actions_adddup2(&actions, lock, 99) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    if isGroup {
      posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
      posix_spawnattr_setpgroup(&attributes, 0)
    }
    let words = command.map { strdup($0) } + [nil]
    let variables = variables(environment).map { strdup($0) } + [nil]
    defer { for pointer in words + variables { free(pointer) } }
    var child = pid_t()
    let status = posix_spawn(&child, command[0], &actions, &attributes, words, variables)
    guard status == 0 else {
      throw Refusal(
        .unavailable, "cannot start \(command[0]): \(String(cString: strerror(status)))",
        remedy: "is it installed?")
    }
    isStarted = true
    return Running(child: child, output: output, errors: errors)
  }

  /// Whether Ctrl-C or a request to end has come.
  static var isInterrupted: Bool { interrupted.load(ordering: .relaxed) }

  /// From here on a signal that asks us to end only ends the child that runs: the rollback then puts
  /// everything back, and ends by itself.
  static func catchSignals() {
    interrupted.store(false, ordering: .relaxed)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number) { _ in RollbackChild.interrupted.store(true, ordering: .relaxed) }
    }
  }

  private static let interrupted = Atomic<Bool>(false)

  private static func wait(_ child: pid_t, _ timeout: Int?) -> (code: Int32, isLate: Bool) {
    var status: Int32 = 0
    var isLate = false
    if let timeout {
      let begin = ContinuousClock.now
      var pause: UInt32 = 1000
      while waitpid(child, &status, WNOHANG) == 0 {
        if ContinuousClock.now - begin >= .seconds(timeout) || isInterrupted {
          isLate = !isInterrupted
          kill(-child, SIGKILL)
          while waitpid(child, &status, 0) < 0 && errno == EINTR {}
          break
        }
        usleep(pause)
        pause = min(pause * 2, 50_000)
      }
      // What it left running must not change files behind us.
      kill(-child, SIGKILL)
    } else {
      while waitpid(child, &status, 0) < 0 && errno == EINTR {}
    }
    return (status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F), isLate)
  }

  private static func variables(_ changes: [String: String?]) -> [String] {
    var result: [String] = []
    var next = environ
    while let entry = next.pointee {
      let line = String(cString: entry)
      let name = line.prefix { $0 != "=" }
      if changes[String(name)] == nil { result.append(line) }
      next += 1
    }
    for case (let name, let value?) in changes { result.append(name + "=" + value) }
    return result
  }

  private static func content(of descriptor: Int32) -> [UInt8] {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_size > 0 else { return [] }
    return [UInt8](unsafeUninitializedCapacity: Int(status.st_size)) { buffer, filled in
      while filled < buffer.count {
        let count = pread(
          descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled, off_t(filled))
        guard count > 0 else { return }
        filled += count
      }
    }
  }
}
