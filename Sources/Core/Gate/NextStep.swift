/// What comes next in a worktree, and who owes it.
public struct NextStep: Hashable, Sendable {
  /// A role; nil for the owner.
  public var role: String?
  /// What is owed, in a few words.
  public var what: String
  /// The command line that does it, or that follows when a role has done its part; nil where there is none.
  public var command: String?

  /// A step of these; the role of ROLLBACK's IDENTIFY is the owner.
  public init(_ role: String?, _ what: String, command: String? = nil) {
    self.role = role == "OWNER" ? nil : role
    self.what = what
    self.command = command
  }

  /// For a table: `PM: docs/features/x/feature_brief.md is missing`.
  public var short: String { (role ?? "the owner") + ": " + what }

  /// For `status`: with the command.
  public var text: String {
    guard let command else { return short }
    return role == nil ? "the owner: " + command : short + "; then the owner: " + command
  }

  /// The facts that tell it.
  public struct Facts: Sendable {
    /// Whether commits landed that the phase forbids.
    public var isQuarantined = false
    /// Whether a rollback was begun and not ended.
    public var isRollbackPending = false
    /// How the state file compares with the seal.
    public var file = FileCondition.sealed
    /// The first requirement that does not hold.
    public var open: Refusal?
    /// Whether the phase requires anything.
    public var hasRequirements = false
    /// Whether anything was made since the phase in REWORK was resumed.
    public var isReworked = false

    /// Facts by which nothing stands in the way.
    public init() {}
  }

  /// Tells it.
  public init(_ record: GateRecord, _ facts: Facts) {
    if facts.isRollbackPending {
      self.init(nil, "rollback --continue, or --abort", command: "llmos-hook rollback --continue, or --abort")
    } else if facts.isQuarantined {
      self.init(
        nil, "allow --commits, or rollback",
        command: "llmos-hook allow --commits RANGE --reason WHY, or llmos-hook rollback TARGET")
    } else if facts.file.isAnEdit {
      self.init(nil, "restore, \(StatePath.name) was edited", command: "llmos-hook restore")
    } else if record.status.isOpen {
      self.init(open: record, facts)
    } else if record.suspended.isEmpty {
      self.init(nil, "set SCENARIO", command: "llmos-hook set SCENARIO [PHASE]")
    } else {
      self.init(nil, "resume", command: "llmos-hook resume")
    }
  }

  private init(open record: GateRecord, _ facts: Facts) {
    let ends = "llmos-hook next-phase, or ./llmos run"
    if record.place == Place("QUALITY_GATE", "VERDICT") {
      self.init(record.role, "a verdict", command: "llmos-hook verdict PASS|FAIL")
    } else if let open = facts.open {
      let prefix = "\(record.place) is not complete: "
      let what = open.what.hasPrefix(prefix) ? String(open.what.dropFirst(prefix.count)) : open.what
      // A file is the role's to write, a value the owner's to give.
      let isOwners = open.remedy?.hasPrefix("llmos-hook ") == true
      self.init(isOwners ? nil : record.role, what, command: isOwners ? open.remedy : ends)
    } else if record.status == .rework, !facts.isReworked {
      self.init(record.role, "what was rolled back has to be made anew", command: ends)
    } else if record.owesGate {
      self.init(nil, "a quality gate, which failed", command: "llmos-hook set QUALITY_GATE")
    } else if facts.hasRequirements {
      self.init(nil, "next-phase", command: ends)
    } else {
      self.init(record.role, record.actions.joined(separator: ", "), command: ends)
    }
  }
}

extension GateRecord {
  /// Whether the phase is one before which a quality gate that failed has to be passed.
  fileprivate var owesGate: Bool {
    place.scenario == "FEATURE_DEVELOPMENT" && ["QA", "RELEASE"].contains(place.phase)
      && context.contains { $0.key == State.failedGateKey && $0.value != nil }
  }
}

extension FileCondition {
  /// Whether the file says something that was never sealed.
  public var isAnEdit: Bool {
    switch self {
    case .edited, .unusable: true
    case .sealed, .older, .missing: false
    }
  }
}
