/// What a ledger entry says of itself, in the blob `entry.json`: when, who, why and on which code.
public struct Entry: Hashable, Sendable {
  /// The form: 1 has the code commit among its parents, 2 names commits as text and seals landings.
  public var version = 2
  /// Its number in its ledger, from 1.
  public var sequence: Int
  /// What made it.
  public var kind: Kind
  /// UTC, `2025-12-27T17:18:52Z`; of an entry that somebody forged, whatever it says.
  public var at: String
  /// Who made it.
  public var actor: RecordedActor
  /// What the actor claimed to be.
  public var claimed: String?
  /// The variable by which an agent's harness was recognised.
  public var detected: String?
  /// The full name of the branch; nil where HEAD was detached.
  public var branch: String?
  /// The code commit; nil where there was none.
  public var head: ObjectID?
  /// The state's scenario and phase after it.
  public var place: Place
  /// The command or event that led to it.
  public var trigger: String
  /// The words given with `--reason`.
  public var reason: String?
  /// The version of the rules it was decided under.
  public var rules: RulesVersion
  /// The commits that it covers by name: a checkpoint, a rollback, or what an owner accepted.
  public var commits: [ObjectID]
  /// What the move passed over: phases that were not gone through, a phase in REWORK in which nothing was made, a quality
  /// gate that was not passed.
  public var skipped: [Place] = []
  /// What an owner's entry of kind `grant` opens; nil in any other.
  public var grant: Grant?
  /// The owner's entry under whose grant an agent's entry enters a phase; nil in any other.
  public var granted: ObjectID?
  /// The grants that an owner's entry of kind `revoke` ends, by their entries.
  public var revoked: [ObjectID] = []
  /// The newest entries by those grants that the owner knew when he ended them: what is up to them stays.
  public var kept: [ObjectID] = []
  /// The clone's and the ledger's name, so that two worktrees' entries never are one; nil in old entries.
  public var worktree: String?

  /// An entry of these.
  ///
  /// - Parameter seconds: since 1970.
  public init(
    sequence: Int, kind: Kind, seconds: Int64, identity: Identity, branch: String? = nil,
    head: ObjectID? = nil, place: Place, trigger: String, reason: String? = nil,
    rules: RulesVersion = RulesVersion(), commits: [ObjectID] = [], worktree: String? = nil
  ) {
    self.sequence = sequence
    self.kind = kind
    at = Timestamp.text(seconds)
    actor = .known(identity.actor)
    claimed = identity.claimed
    detected = identity.detected
    self.branch = branch
    self.head = head
    self.place = place
    self.trigger = trigger
    self.reason = reason
    self.rules = rules
    self.commits = commits
    self.worktree = worktree
  }

  /// Seconds since 1970; nil where `at` is no time.
  public var seconds: Int64? { Timestamp.seconds(at) }

  /// Whether a quality gate's verdict led to it.
  public var isVerdict: Bool { trigger.hasPrefix("quality-gate-") }
}

extension Entry {
  /// What made an entry. One that this version does not know keeps its name.
  public struct Kind: RawRepresentable, Hashable, Sendable {
    /// As `entry.json` has it.
    public let rawValue: String

    /// A kind of any name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The first of a ledger that the owner began anew: it accepts history as it stood then.
    public static let beginAnew = Kind(rawValue: "begin-anew")
    /// The owner lets an agent's key work in a phase on a branch, from any machine.
    public static let grant = Kind(rawValue: "grant")
    /// The owner ends such grants.
    public static let revoke = Kind(rawValue: "revoke")
    /// The first of a ledger.
    public static let genesis = Kind(rawValue: "genesis")
    /// A move that completed no phase.
    public static let transition = Kind(rawValue: "transition")
    /// A move that completed at least one.
    public static let phaseCompleted = Kind(rawValue: "phase-completed")
    /// The owner let a commit pass, or accepted some.
    public static let override = Kind(rawValue: "override")
    /// What was committed since the entry before was sealed, on the way to a remote.
    public static let sync = Kind(rawValue: "sync")
    /// A rollback, or its undo.
    public static let rollback = Kind(rawValue: "rollback")
  }
}

/// Who made an entry, as the entry says.
public enum RecordedActor: Hashable, Sendable {
  case known(Actor)
  /// Not an actor that we know. The text is kept, because a finding shows it.
  case unknown(String)

  /// Reads what an entry says.
  public init(text: String) { self = Actor(text: text).map(Self.known) ?? .unknown(text) }

  /// As `entry.json` has it; also the principal of a key that may sign the entry.
  public var text: String {
    switch self {
    case .known(let actor): actor.text
    case .unknown(let text): text
    }
  }

  /// The actor; nil for one that we do not know.
  public var known: Actor? { if case .known(let actor) = self { actor } else { nil } }
}

extension Actor {
  /// `OWNER`, `SYSTEM`, `AGENT` or `AGENT:ROLE`.
  public var text: String { name + (role.map { ":" + $0 } ?? "") }

  /// Reads that; nil for anything else.
  public init?(text: String) {
    switch text {
    case "OWNER": self = .owner
    case "SYSTEM": self = .system
    case "AGENT": self = .agent(role: nil)
    default:
      guard text.hasPrefix("AGENT:") else { return nil }
      self = .agent(role: String(text.dropFirst(6)))
    }
  }
}
