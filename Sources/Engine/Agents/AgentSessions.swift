import Core
import Git
import Platform

/// What `agent-hook` remembers of agents' sessions: `$GIT_DIR/llmos/agent-sessions`, a line each, the newest last.
///
/// `told SESSION SCENARIO:PHASE`: the session was told what the phase owes.
struct AgentSessions: Sendable {
  private let path: String

  /// The most lines.
  static let limit = 500

  init(_ repository: borrowing Repository) {
    path = repository.gitDirectory + Layout.agentSessions.path
  }

  /// Remembers that a session was told what a phase owes.
  ///
  /// - Returns: whether it is told now: false where it was before, or where nobody could remember it, so that nobody is
  ///   told for ever.
  func remember(_ session: String?, told place: Place) -> Bool {
    add("told \(Self.word(session ?? "-")) \(place)")
  }

  /// Adds a line that is not there yet.
  private func add(_ line: String) -> Bool {
    do {
      guard let lock = try FileLock(path, patience: 1) else { return false }
      defer { lock.release() }
      let bytes = Files.content(path, limit: 1 << 20) ?? []
      let lines = bytes.split(separator: 0x0A)
      if lines.contains(where: { $0.elementsEqual(line.utf8) }) { return false }
      guard lines.count >= Self.limit else { return lock.append(Array((line + "\n").utf8)) }
      let kept = lines.suffix(Self.limit / 2) + [Array(line.utf8)[...]]
      try Files.replace(
        path, with: Array(kept.joined(separator: [0x0A])) + [0x0A], scratch: Files.directory(of: path))
      return true
    } catch {
      return false
    }
  }

  /// A harness's name of a session, without what ends a word or a line.
  private static func word(_ name: String) -> String {
    String(
      String.UnicodeScalarView(name.unicodeScalars.filter { $0.value > 0x20 && $0.value != 0x7F }.prefix(100))
    )
  }
}
