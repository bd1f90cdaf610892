import Core
import Git

/// What judges a push, on a server. The small hook executable hands over to `llmos-hook`.
public protocol PushJudge: Sendable {
  /// Judges the moves of one push; changes nothing.
  ///
  /// - Throws: `Refusal` (1) for the first thing that may not be.
  func judge(_ moves: [ReferenceMove], in repository: borrowing Repository) throws
}
