import Core
import Verify

/// What a report is made of, as the ledgers, the notes and the repository say it. Nothing is worked out here: that is
/// `Report`.
public struct ReportFacts: Sendable {
  /// What the repository is called.
  public var title: String
  /// When the report was made, seconds since 1970.
  public var now: Int64
  /// From when on it tells; nil from the beginning. Seconds since 1970.
  public var since: Int64?
  /// The one feature that it tells of; nil for all.
  public var feature: String?
  /// Whether it tells of all worktrees.
  public var isAll: Bool
  /// The scenarios in force, with the mark where the worktree at hand stands.
  public var graph: Graph
  /// The worktrees' ledgers; the one at hand comes first.
  public var ledgers: [Ledger]
  /// Every commit that was judged, newest first.
  public var commits: [Commit]
  /// The notes' records, newest first.
  public var records: [Record]
  /// How many lines of the notes are no records.
  public var foreignNotes: Int
  /// What is wrong with the ledgers themselves, a line each.
  public var findings: [String]
  /// What stops the worktree at hand: a pending rollback, a state file edited by hand, a quarantine.
  public var hindrances: [Hindrance]
  /// What the features' briefs are headed with, by `feature_slug`.
  public var briefs: [String: String]

  /// Facts of a repository in which nothing happened yet.
  public init(title: String, now: Int64, graph: Graph) {
    self.title = title
    self.now = now
    self.graph = graph
    isAll = false
    ledgers = []
    commits = []
    records = []
    foreignNotes = 0
    findings = []
    hindrances = []
    briefs = [:]
  }
}

extension ReportFacts {
  /// The ledger of one worktree.
  public struct Ledger: Sendable {
    /// The worktree's name: `main`, or that of a linked one.
    public var name: String
    /// Oldest first.
    public var entries: [Entry]
    /// What the phase in force allows.
    public var actions: [String]
    /// Whether the worktree is still there; its records stay when it is gone.
    public var isThere: Bool

    /// A ledger of these.
    public init(name: String, entries: [Entry], actions: [String] = [], isThere: Bool = true) {
      self.name = name
      self.entries = entries
      self.actions = actions
      self.isThere = isThere
    }
  }

  /// A ledger entry.
  public struct Entry: Sendable {
    /// Its number in its ledger, from 1.
    public var sequence: Int
    /// Seconds since 1970; nil where the entry names no time.
    public var at: Int64?
    /// `genesis`, `transition`, `phase-completed`, `override`, `rollback`, …
    public var kind: String
    /// The state after it.
    public var place: Place
    /// The state's status after it.
    public var status: Status
    /// The role whose phase it is.
    public var role: String
    /// The command or event.
    public var trigger: String
    /// `OWNER`, `SYSTEM`, `AGENT` or `AGENT:ROLE`.
    public var actor: String
    /// What the actor claimed to be; nil when nothing.
    public var claimed: String?
    /// The variable by which an agent's harness was recognised; nil when none was.
    public var detected: String?
    /// The full name of the branch; nil when HEAD was detached.
    public var branch: String?
    /// The code commit; nil before the first.
    public var head: ObjectID?
    /// Why, in the actor's words.
    public var reason: String?
    /// `feature_slug`.
    public var feature: String?
    /// `target_environment`.
    public var environment: String?
    /// `incident_type`.
    public var incident: String?
    /// The scenarios set aside, the one to return to first.
    public var suspended: [Place]
    /// Whether deployments are frozen.
    public var isFrozen: Bool
    /// Whether the worktree began here, with another one's state.
    public var isAdopted: Bool
    /// How many commits it answers for by name.
    public var commits: Int
    /// What the move passed over.
    public var skipped: [Place]
    /// The entry's name.
    public var id: ObjectID

    /// An entry of these parts.
    public init(
      sequence: Int, at: Int64?, kind: String, place: Place, status: Status = .inProgress, role: String,
      trigger: String, actor: String, claimed: String? = nil, detected: String? = nil,
      branch: String? = nil, head: ObjectID? = nil, reason: String? = nil, feature: String? = nil,
      environment: String? = nil, incident: String? = nil, suspended: [Place] = [], isFrozen: Bool = false,
      isAdopted: Bool = false, commits: Int = 0, skipped: [Place] = [], id: ObjectID = .null
    ) {
      self.sequence = sequence
      self.at = at
      self.kind = kind
      self.place = place
      self.status = status
      self.role = role
      self.trigger = trigger
      self.actor = actor
      self.claimed = claimed
      self.detected = detected
      self.branch = branch
      self.head = head
      self.reason = reason
      self.feature = feature
      self.environment = environment
      self.incident = incident
      self.suspended = suspended
      self.isFrozen = isFrozen
      self.isAdopted = isAdopted
      self.commits = commits
      self.skipped = skipped
      self.id = id
    }
  }

  /// A commit, and what is said of it.
  public struct Commit: Sendable {
    /// Its name.
    public var id: ObjectID
    /// The judgement.
    public var judgement: Judgement
    /// Why, in a few words.
    public var why: String
    /// The ledger entry that says so; nil when none does.
    public var entry: ObjectID?
    /// When a hook saw it land, seconds since 1970; nil when none did.
    public var landed: Int64?
    /// Who made it, as the hook saw it; nil when none did.
    public var actor: String?
    /// Its own words; nil where they were not read.
    public var text: CommitText?
    /// Whether it is of the time that the report tells of.
    public var isInTime: Bool

    /// A commit of these parts.
    public init(
      id: ObjectID, judgement: Judgement, why: String, entry: ObjectID? = nil, landed: Int64? = nil,
      actor: String? = nil, text: CommitText? = nil, isInTime: Bool = true
    ) {
      self.id = id
      self.judgement = judgement
      self.why = why
      self.entry = entry
      self.landed = landed
      self.actor = actor
      self.text = text
      self.isInTime = isInTime
    }
  }

  /// What a commit says of itself.
  public struct CommitText: Sendable {
    /// The message's first line.
    public var subject: String
    /// The author's name.
    public var author: String
    /// The committer's date, seconds since 1970.
    public var date: Int64

    /// A commit's own words.
    public init(subject: String, author: String, date: Int64) {
      self.subject = subject
      self.author = author
      self.date = date
    }
  }

  /// A record of the notes.
  public struct Record: Sendable {
    /// UTC, as it was written.
    public var at: String
    /// `phase-completed`, `checkpoint`, `rollback`, `verdict` or `override`.
    public var kind: String
    /// The phase that it is about.
    public var place: Place
    /// The role whose phase it was.
    public var role: String
    /// Who did it.
    public var actor: String
    /// The code commit that the note stands on.
    public var commit: ObjectID
    /// Why, in the actor's words.
    public var reason: String?
    /// What the move passed over, as `SCENARIO:PHASE`.
    public var skipped: [String]

    /// A record of these parts.
    public init(
      at: String, kind: String, place: Place, role: String, actor: String, commit: ObjectID,
      reason: String? = nil, skipped: [String] = []
    ) {
      self.at = at
      self.kind = kind
      self.place = place
      self.role = role
      self.actor = actor
      self.commit = commit
      self.reason = reason
      self.skipped = skipped
    }
  }

  /// Something that stops the worktree at hand.
  public struct Hindrance: Sendable {
    /// One word: `quarantine`, `rollback`, `state file`, `lock`.
    public var kind: String
    /// What it is.
    public var fact: String
    /// What to do.
    public var remedy: String

    /// A hindrance of these words.
    public init(kind: String, fact: String, remedy: String) {
      self.kind = kind
      self.fact = fact
      self.remedy = remedy
    }
  }
}

extension ReportFacts {
  /// The most that a report shows of each kind; of all it has the counts.
  public enum Most {
    /// Ledger entries, the newest.
    public static let entries = 2000
    /// Commits, the newest; and of those with something wrong.
    public static let commits = 2000
    /// Features, and lanes of the timeline.
    public static let features = 60
    /// Characters of a text.
    public static let characters = 240
  }

  /// The positions of the commits that a report shows: those with something wrong, and the newest of the time and the
  /// feature that it tells of.
  public func shownCommits() -> [Int] {
    let others = entriesOfOtherFeatures
    let told = commits.indices.lazy.filter { [commits] in
      commits[$0].entry.map { !others.contains($0) } ?? true
    }
    let wrong = told.filter { [commits] in commits[$0].judgement.isNotable }
    let newest = told.filter { [commits] in commits[$0].isInTime && !commits[$0].judgement.isNotable }
    return (Array(wrong.prefix(Most.commits)) + Array(newest.prefix(Most.commits))).sorted()
  }

  /// The entries that a report of one feature leaves out; none for a report of all.
  private var entriesOfOtherFeatures: Set<ObjectID> {
    guard let feature else { return [] }
    return Set(ledgers.flatMap { $0.entries.filter { $0.feature != feature }.map(\.id) })
  }
}

extension Judgement {
  /// Whether somebody has to look at it.
  var isNotable: Bool {
    switch self {
    case .violation, .unseen, .unproven, .overridden: true
    case .satisfied, .checkpoint, .rollback, .predates, .derived, .incoming: false
    }
  }

  /// What the verdict means, in one line.
  public var meaning: String {
    switch self {
    case .satisfied: "a hook saw it land, in a phase that allows commits"
    case .checkpoint: "the engine's own commit of what a phase made"
    case .rollback: "the engine's own commit of a rollback"
    case .overridden: "the owner let it pass, or accepted it afterwards"
    case .predates: "older than the ledger"
    case .derived: "a merge, squash or rebase of exactly what was proved before"
    case .incoming: "a known remote brought it; its own ledger has not said yet what it is"
    case .unseen: "no hook saw it land, in a phase that allows commits: the owner has still to accept it"
    case .violation: "made where the rules forbid it: the owner accepts it or takes it back"
    case .unproven: "nothing that is believed says in which phase it was made"
    }
  }
}
