import Core
import Platform

/// A child of `run`: in a process group of its own, with a time limit, its output kept in a file and shown
/// as it comes.
struct RunChild: Sendable {
  /// What it is, for people: `action deploy_backend`.
  let title: String
  /// The program and its arguments.
  let command: [String]
  let directory: String
  /// What changes in our environment: a value, or nil for what is left out.
  let environment: [String: String?]
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

  /// Runs it to its end, and ends whatever it left behind in its group.
  ///
  /// - Parameter show: takes output as it comes.
  /// - Throws: `Refusal`: 69 when it cannot be started, 73 when its log cannot be made.
  func run(show: (String) -> Void) throws -> End {
    Files.remove(log)
    try Files.touch(log)
    guard let reader = OpenFile(log) else { throw Files.failure("read", log) }
    var setup = Child.Setup()
    (setup.directory, setup.environment, setup.isGroup) = (directory, environment, true)
    (setup.input, setup.output, setup.errors) = (.bytes([]), .file(log), .file(log))
    let child: Child
    do {
      child = try Child(command, setup)
    } catch {
      throw Refusal(error.code, "\(title) cannot be started: \(error.what)", remedy: error.remedy)
    }
    var shown: Int64 = 0
    let reason = watch(child, reader, &shown, show)
    forward(reader, &shown, show)
    let code = child.finish().code
    return reason ?? .code(code)
  }

  /// Waits until the child has ended, or must be ended: then its whole group is told to terminate, and is
  /// killed two seconds later.
  ///
  /// - Returns: why it was ended; nil when it ended by itself.
  private func watch(
    _ child: Child, _ reader: borrowing OpenFile, _ shown: inout Int64, _ show: (String) -> Void
  ) -> End? {
    let begin = ContinuousClock.now
    var reason: End?
    var told: ContinuousClock.Instant?
    var clock = begin
    while !child.hasEnded {
      forward(reader, &shown, show)
      if ContinuousClock.now - clock > .seconds(1) {
        // So that whoever shows the time can.
        show("")
        clock = ContinuousClock.now
      }
      if reason == nil {
        if Interrupts.hasCome {
          reason = .interrupted
        } else if ContinuousClock.now - begin > .seconds(timeout) {
          reason = .timedOut
        } else if reader.size > Self.outputLimit {
          reason = .tooMuchOutput
        }
      }
      if reason != nil, told == nil {
        child.terminate()
        told = ContinuousClock.now
      } else if let time = told, ContinuousClock.now - time > .seconds(2) {
        child.kill()
      }
      System.sleep(microseconds: 10_000)
    }
    // The child is not reaped yet, so its group's number is still ours: nothing else can be hit.
    child.kill()
    return reason
  }

  /// Hands on what has been written since the last time.
  private func forward(_ reader: borrowing OpenFile, _ shown: inout Int64, _ show: (String) -> Void) {
    while true {
      let bytes = reader.read(at: shown, count: 1 << 16)
      guard !bytes.isEmpty else { return }
      shown += Int64(bytes.count)
      show(String(decoding: bytes, as: UTF8.self))
    }
  }
}
