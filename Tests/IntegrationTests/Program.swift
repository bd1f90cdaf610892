import Foundation
import Synchronization

/// A program to run.
///
/// `posix_spawn` and a thread that waits cost half of what swift-subprocess takes; Foundation's `Process` hands its
/// own descriptors to programs that start at the same time, and then waits for their end too.
struct Program: Sendable {
  let command: [String]
  let environment: [String: String]
  let directory: String
  let input: String

  /// Runs it to its end, and to that of whatever it left behind with its stdout or stderr.
  func run() async throws -> Outcome {
    try await withCheckedThrowingContinuation { ended in
      Thread.detachNewThread { ended.resume(with: Result { try self.runHere() }) }
    }
  }

  /// Held from the making of a pipe to the start of its program: none that starts meanwhile has its ends too.
  private static let starting = Mutex(())

  private func runHere() throws -> Outcome {
    let (pid, out, err) = try Self.starting.withLock { _ in try start() }
    defer {
      close(out)
      close(err)
    }
    var printed: [Int32: [UInt8]] = [out: [], err: []]
    var open = [
      pollfd(fd: out, events: Int16(POLLIN), revents: 0), pollfd(fd: err, events: Int16(POLLIN), revents: 0),
    ]
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while !open.isEmpty {
      guard poll(&open, nfds_t(open.count), -1) >= 0 else {
        if errno == EINTR { continue }
        throw error("poll", errno)
      }
      for ready in open where ready.revents != 0 {
        let count = read(ready.fd, &buffer, buffer.count)
        if count > 0 { printed[ready.fd]?.append(contentsOf: buffer[..<count]) }
        if count == 0 { open.removeAll { $0.fd == ready.fd } }
        if count < 0, errno != EINTR { throw error("read", errno) }
      }
    }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 { if errno != EINTR { throw error("waitpid", errno) } }
    let signal = status & 0x7f
    return Outcome(
      code: signal == 0 ? (status >> 8) & 0xff : 128 + signal,
      out: String(decoding: printed[out] ?? [], as: UTF8.self),
      err: String(decoding: printed[err] ?? [], as: UTF8.self))
  }

  /// Starts it; its stdout and stderr come out of the two descriptors.
  private func start() throws -> (pid: pid_t, out: Int32, err: Int32) {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    var signals = sigset_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    // What a thread of the tests blocks or ignores is not the program's.
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    let source = try given()
    let (out, outEnd) = try pipe()
    let (err, errEnd) = try pipe()
    defer { for end in [source, outEnd, errEnd] { close(end) } }
    for (end, target) in [(source, 0), (outEnd, 1), (errEnd, 2)] {
      posix_spawn_file_actions_adddup2(&actions, end, Int32(target))
    }
    guard let addDirectory = Self.addDirectory, addDirectory(&actions, directory) == 0 else {
      throw error("a directory for posix_spawn", ENOSYS)
    }
    var arguments = command.map { strdup($0) } + [nil]
    var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in arguments + variables { free(text) } }
    var pid: pid_t = 0
    let failed = posix_spawn(&pid, command[0], &actions, &attributes, &arguments, &variables)
    guard failed == 0 else { throw error(command[0], failed) }
    return (pid, out, err)
  }

  /// glibc declares it for GNU programs only, which Swift's module of it is not.
  private static let addDirectory = unsafeBitCast(
    dlsym(nil, "posix_spawn_file_actions_addchdir_np"),
    to: (@convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, UnsafePointer<CChar>) -> Int32)?
      .self)

  /// A descriptor from which the input is read.
  private func given() throws -> Int32 {
    guard !input.isEmpty else {
      return try checked("/dev/null", Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC))
    }
    let path = NSTemporaryDirectory() + "llmos-input-" + UUID().uuidString
    try Data(input.utf8).write(to: URL(filePath: path))
    defer { unlink(path) }
    return try checked(path, Glibc.open(path, O_RDONLY | O_CLOEXEC))
  }

  private func pipe() throws -> (Int32, Int32) {
    var ends: [Int32] = [-1, -1]
    _ = try checked("pipe", Glibc.pipe(&ends))
    for end in ends { _ = try checked("pipe", fcntl(end, F_SETFD, FD_CLOEXEC)) }
    return (ends[0], ends[1])
  }

  private func checked(_ what: String, _ result: Int32) throws -> Int32 {
    guard result >= 0 else { throw error(what, errno) }
    return result
  }

  private func error(_ what: String, _ code: Int32) -> NSError {
    NSError(
      domain: NSPOSIXErrorDomain, code: Int(code),
      userInfo: [NSLocalizedDescriptionKey: "\(what): \(String(cString: strerror(code)))"])
  }
}
