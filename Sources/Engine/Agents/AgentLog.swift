import Core
import Git
import Platform

/// What `agent-hook` did not understand, for a report: `$GIT_DIR/llmos/agent-hook.log`. It has names, never what a
/// call had in it.
struct AgentLog: Sendable {
  private let path: String

  /// The most bytes of it.
  static let limit = 64 << 10

  init(_ repository: borrowing Repository) {
    path = repository.gitDirectory + Layout.agentLog.path
  }

  /// Adds a line. Where that cannot be done, nothing else fails.
  func note(_ words: String) {
    let plain = words.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }
    let line = Timestamp.text(System.now) + " " + String(String.UnicodeScalarView(plain.prefix(500))) + "\n"
    do {
      guard let lock = try FileLock(path) else { return }
      defer { lock.release() }
      if lock.size + Int64(line.utf8.count) > Self.limit, let bytes = Files.content(path, limit: 1 << 24) {
        // The newer half goes on.
        let half = bytes.suffix(Self.limit / 2).drop { $0 != 0x0A }.dropFirst()
        try Files.replace(path, with: half + Array(line.utf8), scratch: Files.directory(of: path))
      } else {
        _ = lock.append(Array(line.utf8))
      }
    } catch {
      return
    }
  }
}
