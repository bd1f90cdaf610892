/// What `verify` says of a commit.
public enum Judgement: String, Sendable, CaseIterable {
  /// Made in a phase that allows commits.
  case satisfied = "SATISFIED"
  /// The engine's own commit of a phase's artifacts.
  case checkpoint = "CHECKPOINT"
  /// The engine's own commit of a rollback.
  case rollback = "ROLLBACK"
  /// The owner let it pass, or accepted it afterwards.
  case overridden = "OVERRIDDEN"
  /// Older than the first entry.
  case predates = "PREDATES"
  /// Came from a remote's branch, and is judged there.
  case incoming = "INCOMING"
  /// Made in a phase that forbids commits.
  case violation = "VIOLATION"
  /// No entry that can be trusted says when it was made.
  case unproven = "UNPROVEN"
}

/// An entry as far as judging needs it.
public struct Bracket: Sendable {
  /// The entry that opens it: its phase holds until the next entry.
  public let opening: GateRecord
  /// Whether the opening entry says what the rules of its time say.
  public let isSound: Bool
  /// What the closing entry answers for, by kind: hexadecimal commit ids.
  public let kind: String?
  /// The ids of those commits.
  public let answered: Set<String>

  /// A bracket of these facts; an open one has no closing entry.
  public init(opening: GateRecord, isSound: Bool, kind: String?, answered: Set<String>) {
    self.opening = opening
    self.isSound = isSound
    self.kind = kind
    self.answered = answered
  }
}

/// Judges one commit by the bracket in which it was made.
///
/// - Parameters:
///   - commit: its id, hexadecimal.
///   - parent: its first parent's id; nil for a root commit.
///   - accepted: commits that a later entry of the owner's accepts.
public func judgement(
  of commit: String, parent: String?, in bracket: Bracket, accepted: Set<String>
) -> (judgement: Judgement, reason: String) {
  let place = bracket.opening.place
  if accepted.contains(commit) { return (.overridden, "the owner accepted it") }
  if bracket.answered.contains(commit) {
    if bracket.kind == "rollback" || place.scenario == "ROLLBACK" {
      return (.rollback, "the engine's, in \(place)")
    }
    return (.checkpoint, "the engine's, at the end of \(place)")
  }
  if let override = bracket.opening.override, override == parent ?? "unborn" {
    return (.overridden, "the owner let it pass")
  }
  guard bracket.isSound else { return (.unproven, "the entry of \(place) is not what its rules say") }
  return bracket.opening.mayCommit
    ? (.satisfied, "made in \(place)") : (.violation, "made in \(place), which allows no commit")
}
