import Core

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
  /// Has the content of proven commits: a host's merge, squash or rebase of them.
  case derived = "DERIVED"
  /// Came from a remote's branch, and is judged there.
  case incoming = "INCOMING"
  /// No hook saw it land, in a phase that allows commits.
  case unseen = "UNSEEN"
  /// Made in a phase that forbids commits.
  case violation = "VIOLATION"
  /// No entry that can be trusted says when it was made.
  case unproven = "UNPROVEN"
}

extension Judgement {
  /// Whether a commit is good as it is: what may be built on, merged and derived from.
  public var isGood: Bool {
    switch self {
    case .satisfied, .checkpoint, .rollback, .overridden, .predates, .derived: true
    case .incoming, .unseen, .violation, .unproven: false
    }
  }
}

/// An entry as far as judging needs it.
public struct Bracket: Sendable {
  /// The entry that opens it: its phase holds until the next entry.
  public let opening: GateRecord
  /// Whether the opening entry says what the rules of its time say.
  public let isSound: Bool
  /// Whether a key proves the opening entry, where any is needed.
  public let isSigned: Bool
  /// The kind of the entry that closes it; nil while it is open.
  public let kind: Entry.Kind?

  /// A bracket of these facts.
  public init(opening: GateRecord, isSound: Bool, isSigned: Bool = true, kind: Entry.Kind?) {
    self.opening = opening
    self.isSound = isSound
    self.isSigned = isSigned
    self.kind = kind
  }
}

/// What the ledger says of one commit in particular.
public enum Mention: Sendable, CaseIterable {
  case none
  /// A later entry of the owner's accepts it.
  case accepted
  /// The closing entry made it: a checkpoint, a rollback.
  case answered
  /// It is the one that the opening entry's override was given for.
  case overridden
}

/// Judges a commit by the bracket in which it was made.
public func judgement(of mention: Mention, in bracket: Bracket) -> (judgement: Judgement, reason: String) {
  let place = bracket.opening.place
  switch mention {
  case .none: break
  case .accepted: return (.overridden, "the owner accepted it")
  case .answered where bracket.kind == .rollback || place.scenario == "ROLLBACK":
    return (.rollback, "made by the engine, in \(place)")
  case .answered: return (.checkpoint, "made by the engine, at the end of \(place)")
  case .overridden where bracket.isSound && bracket.isSigned: return (.overridden, "the owner allowed it")
  case .overridden: break
  }
  guard bracket.isSigned else { return (.unproven, "no key proves the entry of \(place)") }
  guard bracket.isSound else { return (.unproven, "the entry of \(place) contradicts its rules") }
  return bracket.opening.mayCommit
    ? (.satisfied, "made in \(place)") : (.violation, "made in \(place), which allows no commits")
}
