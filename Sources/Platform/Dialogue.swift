import Core
import Glibc

/// A program that we ask, and that answers, again and again: `git cat-file --batch`.
///
/// What it reads is a socket, so that asking one that has ended is an error and no signal (SIGPIPE).
public final class Dialogue {
  private let child: Child
  private var read: [UInt8] = []
  private var start = 0

  /// Starts the program.
  ///
  /// - Throws: `Refusal`, as `Child.init`.
  public init(_ command: [String], environment: [String: String?] = [:]) throws(Refusal) {
    var setup = Child.Setup()
    (setup.input, setup.output, setup.errors, setup.environment) = (.piped, .piped, .kept, environment)
    child = try Child(command, setup)
  }

  deinit { _ = child.endDialogue() }

  /// What it has said on stderr when it has ended, of which an answer that does not come is the sign.
  public func ended() -> String { child.endDialogue() }

  /// Sends it bytes.
  ///
  /// - Returns: false when it has ended.
  public func ask(_ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        send(child.input, buffer.baseAddress?.advanced(by: sent), buffer.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  /// The next line of its answer, without its end; nil when there is none.
  public func line() -> [UInt8]? {
    var scanned = start
    while true {
      if let end = read[scanned...].firstIndex(of: UInt8(ascii: "\n")) {
        defer { start = end + 1 }
        return Array(read[start..<end])
      }
      scanned = read.count
      let consumed = start
      guard fill() else { return nil }
      scanned -= consumed - start
    }
  }

  /// The next bytes of its answer; nil when there are not so many.
  public func take(_ count: Int) -> [UInt8]? {
    while read.count - start < count { guard fill(atLeast: count) else { return nil } }
    defer { start += count }
    return Array(read[start..<(start + count)])
  }

  private func fill(atLeast count: Int = 0) -> Bool {
    read.removeFirst(start)
    start = 0
    let size = max(1 << 14, count - read.count)
    var got = 0
    repeat {
      got = withUnsafeTemporaryAllocation(byteCount: size, alignment: 8) { buffer in
        let got = Glibc.read(child.output, buffer.baseAddress, size)
        if got > 0 { read += UnsafeRawBufferPointer(rebasing: buffer[..<got]) }
        return got
      }
    } while got < 0 && errno == EINTR
    return got > 0
  }
}
