/// What a rollback that has begun is about: `$GIT_DIR/llmos/rollback.json`, there from the backup until the
/// end. With it a rollback is continued or aborted after any interruption.
///
/// A flat JSON object, so that it is read without a library.
public struct RollbackJournal: Hashable, Sendable {
  /// How far it has come. Each step may be done again.
  public enum Step: String, Sendable {
    /// The backup is there; nothing has changed.
    case prepared
    /// The commit to which the branch will move is there.
    case decided
    /// Worktree and index are the target's.
    case moved
    /// The branch is at its new commit.
    case referenced
    /// The verification has passed.
    case verified
    /// Everything is recorded; only the journal itself is to be removed.
    case done
  }

  /// Names the backup: `refs/llmos/backup/<id>`.
  public var id: String
  /// `rollback`, or `undo` of one.
  public var kind: String
  /// How far it has come.
  public var step: Step
  /// How the branch moves.
  public var mode: RollbackMode
  /// The target.
  public var target: RollbackTarget
  /// The branch's full name; nil when HEAD is detached.
  public var branch: String?
  /// HEAD before.
  public var from: ObjectID
  /// HEAD after; nil until it is decided.
  public var to: ObjectID?
  /// The tree that the worktree gets.
  public var worktree: ObjectID
  /// The tree that the index gets, when it is another one: the undoing of a rollback.
  public var index: ObjectID?
  /// The commit that holds the conflict stages which the index gets; nil when none.
  public var stages: ObjectID?
  /// The backup's commit.
  public var backup: ObjectID
  /// The ledger's newest entry before.
  public var entry: ObjectID
  /// The place before.
  public var place: Place
  /// Whether the phases of ROLLBACK are gone through; false in INCIDENT_RECOVERY:ROLLBACK and for an undo.
  public var entersScenario: Bool
  /// Commits undone.
  public var commits: Int
  /// Files changed.
  public var files: Int
  /// The words given with `--reason`.
  public var reason: String?
  /// The command that verifies; nil for none.
  public var verify: String?
  /// Seconds that it may take.
  public var timeout: Int

  /// Where it lies, below `$GIT_DIR`.
  public static let path = Layout.rollbackJournal.path

  /// A journal at its first step.
  public init(
    id: String, kind: String, plan: RollbackPlan, to: ObjectID?, worktree: ObjectID,
    index: ObjectID? = nil, stages: ObjectID? = nil, backup: ObjectID, entry: ObjectID, place: Place,
    entersScenario: Bool,
    reason: String?, verify: String?, timeout: Int
  ) {
    self.id = id
    self.kind = kind
    step = .prepared
    mode = plan.mode
    target = plan.target
    branch = plan.branch
    from = plan.head
    self.to = to
    self.worktree = worktree
    self.index = index
    self.stages = stages
    self.backup = backup
    self.entry = entry
    self.place = place
    self.entersScenario = entersScenario
    commits = plan.commits
    files = plan.files
    self.reason = reason
    self.verify = verify
    self.timeout = timeout
  }

  /// One line.
  public var text: String {
    JSON.object([
      ("v", .int(1)), ("id", .string(id)), ("kind", .string(kind)), ("step", .string(step.rawValue)),
      ("mode", .string(mode.rawValue)), ("target", JSON(target.commit)), ("name", .string(target.name)),
      ("branch", JSON(branch)), ("from", JSON(from)), ("to", JSON(to)), ("worktree", JSON(worktree)),
      ("index", JSON(index)), ("stages", JSON(stages)), ("backup", JSON(backup)),
      ("entry", JSON(entry)), ("scenario", .string(place.scenario)), ("phase", .string(place.phase)),
      ("enters_scenario", .bool(entersScenario)), ("commits", .int(commits)), ("files", .int(files)),
      ("reason", JSON(reason)), ("verify", JSON(verify)), ("timeout", .int(timeout)),
    ]).text + "\n"
  }

  /// Reads the file; nil when it is not one of ours, whole.
  public init?(text: String) {
    guard let fields = JSON(reading: text.utf8), fields["v"] == .int(1),
      let id = fields["id"]?.string, let kind = fields["kind"]?.string,
      let step = fields["step"]?.string.flatMap(Step.init(rawValue:)),
      let mode = fields["mode"]?.string.flatMap(RollbackMode.init(rawValue:)),
      let target = fields["target"]?.object, let name = fields["name"]?.string,
      let from = fields["from"]?.object, let worktree = fields["worktree"]?.object,
      let backup = fields["backup"]?.object, let entry = fields["entry"]?.object,
      let scenario = fields["scenario"]?.string, let phase = fields["phase"]?.string,
      let commits = fields["commits"]?.integer, let files = fields["files"]?.integer,
      let timeout = fields["timeout"]?.integer,
      ["branch", "reason", "verify"].allSatisfy({ fields[$0] == .null || fields[$0]?.string != nil }),
      ["to", "index", "stages"].allSatisfy({ fields[$0] == .null || fields[$0]?.object != nil })
    else { return nil }
    self.id = id
    self.kind = kind
    self.step = step
    self.mode = mode
    self.target = RollbackTarget(name: name, commit: target)
    branch = fields["branch"]?.string
    self.from = from
    to = fields["to"]?.object
    self.worktree = worktree
    index = fields["index"]?.object
    stages = fields["stages"]?.object
    self.backup = backup
    self.entry = entry
    place = Place(scenario, phase)
    entersScenario = fields["enters_scenario"]?.isTrue == true
    self.commits = commits
    self.files = files
    reason = fields["reason"]?.string
    verify = fields["verify"]?.string
    self.timeout = timeout
  }

  /// What `status --json` tells of it.
  public var summary: JSON {
    .object([
      ("id", .string(id)), ("kind", .string(kind)), ("target", .string(target.name)),
      ("commit", JSON(target.commit)), ("mode", .string(mode.rawValue)), ("step", .string(step.rawValue)),
    ])
  }
}
