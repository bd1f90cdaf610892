import Core
import Git
import Platform

/// What `agent-hook` remembers of agents' sessions: `$GIT_DIR/llmos/agent-sessions`, a line each, the newest last.
///
/// `told SESSION SCENARIO:PHASE`: the session was told what the phase owes. `step SESSION COMMIT`: it was about to
/// commit on that. `made SESSION COMMIT`: it made that.
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

  /// The variables by which harnesses tell their sessions to what they start: the same names as in their events.
  private static let variables = ["CLAUDE_CODE_SESSION_ID", "CODEX_THREAD_ID"]

  /// The session in which this process runs; nil where no harness tells.
  static var ownSession: String? {
    variables.compactMap(System.environment).first { !$0.isEmpty }
  }

  /// Remembers that a session is about to commit on a commit.
  func remember(_ session: String, stepsOn head: ObjectID?) {
    _ = add("step \(Self.word(session)) \(head?.description ?? "unborn")")
  }

  /// Remembers that a session made a commit.
  func remember(_ session: String, made commit: ObjectID) {
    _ = add("made \(Self.word(session)) \(commit)")
  }

  /// Whether a session made any of these landings, in their order.
  func hasMade(_ landings: [Landing], in session: String) -> Bool {
    let own = Self.word(session)
    var makers: [String: String] = [:]
    var steppers: [String: String] = [:]
    let bytes = Files.content(path, limit: 1 << 20) ?? []
    for line in bytes.split(separator: 0x0A) {
      let words = String(decoding: line, as: UTF8.self).split(separator: " ").map(String.init)
      guard words.count == 3 else { continue }
      if words[0] == "made" { makers[words[2]] = words[1] }
      if words[0] == "step" { steppers[words[2]] = words[1] }
    }
    var before: (session: String, commit: ObjectID?)?
    for landing in landings {
      // One command can make several commits, of which only the first stands on what was there when it began.
      let stepper = steppers[landing.old?.description ?? "unborn"]
      let continued = before.flatMap { $0.commit == landing.old ? $0.session : nil }
      let maker = landing.commits.compactMap { makers[$0.description] }.last ?? stepper ?? continued
      if maker == own { return true }
      before = maker.map { ($0, landing.new) }
    }
    return false
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
