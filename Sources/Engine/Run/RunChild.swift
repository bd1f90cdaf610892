import Core
import Git
import Glibc
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Subprocess
import Synchronization
import SystemPackage
import Verify

/// A child of `run`: in a process group of its own, with a time limit, its output kept in a file and shown
/// as it comes.
struct RunChild: Sendable {
  /// What it is, for people: `action deploy_backend`.
  let title: String
  let executable: String
  let arguments: [String]
  let directory: String
  let environment: [String: String]
  /// Seconds.
  let timeout: Int
  /// The file that keeps its output.
  let log: String

  /// How a child ended.
  enum End: Equatable, Sendable {
    case code(Int32)
    case timedOut
    case tooMuchOutput
    case interrupted
  }

  /// The most bytes of output that are kept: a child that prints more is ended.
  static let outputLimit: Int64 = 256 << 20

  /// Set by Ctrl-C; every waiting child sees it.
  static let isInterrupted = Atomic<Bool>(false)

  /// Makes Ctrl-C and a terminate signal end the children instead of us.
  static func handleInterrupts() {
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number) { _ in RunChild.isInterrupted.store(true, ordering: .relaxed) }
    }
  }

  /// Runs it to its end, and ends whatever it left behind in its group.
  ///
  /// - Parameter show: takes output as it comes.
  /// - Throws: `Refusal`: 69 when it cannot be started, 73 when its log cannot be made.
  func run(show: @Sendable (String) -> Void) async throws -> End {
    let output: FileDescriptor
    do {
      output = try FileDescriptor.open(
        FilePath(log), .writeOnly, options: [.create, .truncate, .append, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
    } catch {
      throw Refusal(.cannotCreate, "cannot create \(log): \(error)")
    }
    defer { try? output.close() }
    var variables: [Environment.Key: String] = [:]
    for (name, value) in environment { variables[Environment.Key(stringLiteral: name)] = value }
    var options = PlatformOptions()
    options.processGroupID = 0
    let reader = LogReader(path: log)
    do {
      let result = try await Subprocess.run(
        .path(FilePath(executable)), arguments: Arguments(arguments), environment: .custom(variables),
        workingDirectory: FilePath(directory), platformOptions: options, input: .none,
        output: .fileDescriptor(output, closeAfterSpawningProcess: false),
        error: .fileDescriptor(output, closeAfterSpawningProcess: false)
      ) { execution in
        await watch(execution.processIdentifier.value, reader, show)
      }
      reader.forward(show)
      return result.closureResult ?? .code(result.terminationStatus.code)
    } catch let error as SubprocessError {
      throw Refusal(.unavailable, "\(title) cannot be started: \(error)")
    }
  }

  /// Waits until the child has ended, or must be ended: then its whole group is told to terminate, and is
  /// killed two seconds later.
  ///
  /// - Returns: why it was ended; nil when it ended by itself.
  private func watch(_ pid: pid_t, _ reader: LogReader, _ show: @Sendable (String) -> Void) async -> End? {
    let begin = ContinuousClock.now
    var reason: End?
    var told: ContinuousClock.Instant?
    while !hasEnded(pid) {
      reader.forward(show)
      if reason == nil {
        if Self.isInterrupted.load(ordering: .relaxed) {
          reason = .interrupted
        } else if ContinuousClock.now - begin > .seconds(timeout) {
          reason = .timedOut
        } else if reader.size > Self.outputLimit {
          reason = .tooMuchOutput
        }
      }
      if reason != nil, told == nil {
        kill(-pid, SIGTERM)
        told = ContinuousClock.now
      } else if let time = told, ContinuousClock.now - time > .seconds(2) {
        kill(-pid, SIGKILL)
      }
      try? await Task.sleep(for: .milliseconds(10))
    }
    // The child is not reaped yet, so its group's number is still ours: nothing else can be hit.
    kill(-pid, SIGKILL)
    return reason
  }

  /// Looks without reaping: that is swift-subprocess's to do.
  private func hasEnded(_ pid: pid_t) -> Bool {
    var info = siginfo_t()
    return waitid(P_PID, UInt32(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_signo == SIGCHLD
  }
}

/// Reads on in a file that somebody writes.
private final class LogReader: Sendable {
  private let path: String
  private let offset = Atomic<Int64>(0)

  init(path: String) {
    self.path = path
  }

  /// Bytes in the file.
  var size: Int64 {
    var status = stat()
    return stat(path, &status) == 0 ? Int64(status.st_size) : 0
  }

  /// Hands on what has been written since the last time.
  func forward(_ show: (String) -> Void) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let at = offset.load(ordering: .relaxed)
      let count = pread(descriptor, &buffer, buffer.count, off_t(at))
      guard count > 0 else { return }
      offset.store(at + Int64(count), ordering: .relaxed)
      show(String(decoding: buffer[..<count], as: UTF8.self))
    }
  }
}
