/// How a rollback puts the target's tree on the branch.
public enum RollbackMode: String, Sendable, CaseIterable {
  /// One new commit whose tree is the target's: nothing that was published changes.
  case revert
  /// The branch moves back to the target.
  case reset
}

/// What is known before a rollback looks at files: enough to refuse most of what cannot be done.
public struct RollbackSituation: Sendable {
  /// Who calls.
  public var actor: Actor
  /// Whether a rollback was begun and not ended.
  public var isPending = false
  /// Whether HEAD has a commit.
  public var isBorn = true
  /// A merge, rebase, cherry-pick, revert, am or bisect that git has begun; nil when none.
  public var operation: String?
  /// Whether another git process holds `index.lock`.
  public var isIndexLocked = false
  /// Another worktree in which HEAD's branch is checked out; nil when none.
  public var otherWorktree: String?

  /// A situation in which nothing stands against a rollback.
  public init(actor: Actor) {
    self.actor = actor
  }

  /// Why no rollback can begin; nil when one can.
  public var refusal: Refusal? {
    if actor.isAgent {
      return Refusal(
        .refused, "an agent cannot roll back", why: "it changes the scenario and moves the branch",
        remedy: "report what is wrong; the owner or ./llmos run rolls back")
    }
    if isPending { return .pendingRollback("another rollback is not finished") }
    guard isBorn else {
      return Refusal(
        .refused, "the branch has no commit yet: there is nothing to roll back to", remedy: "git commit")
    }
    if let operation {
      return Refusal(
        .refused, "a \(operation) is in progress; a rollback would break it",
        remedy: operation == "bisect"
          ? "git bisect reset" : "git \(operation) --abort, or finish it, then roll back")
    }
    if isIndexLocked {
      return Refusal(
        .tryAgain, "another git process holds index.lock",
        why: "llmos-hook never removes another process's lock",
        remedy: "run the same command again when it has ended")
    }
    if let otherWorktree {
      return Refusal(
        .refused, "the branch is also checked out in \(otherWorktree)",
        why: "moving it would leave that worktree with files that do not match its branch",
        remedy: "switch to another branch there, or git switch --detach")
    }
    return nil
  }
}

/// A rollback's target, as found.
public struct RollbackTarget: Hashable, Sendable {
  /// What the user called it.
  public let name: String
  /// The commit.
  public let commit: ObjectID

  /// A target of this name.
  public init(name: String, commit: ObjectID) {
    self.name = name
    self.commit = commit
  }

  /// Whether a name says where a commit stands from another one, so that it soon means another commit.
  public static func isRelative(_ name: String) -> Bool {
    name == "HEAD" || name == "@" || name.contains { "~^@{".contains($0) }
  }

  /// The name and the first ten digits; the digits alone when the name is a hash.
  public var text: String {
    commit.description.hasPrefix(name) ? commit.short : "\(name) (\(commit.short))"
  }
}

/// What is known of the way from HEAD to a target.
public struct RollbackFacts: Sendable {
  /// The target.
  public var target: RollbackTarget
  /// HEAD's commit.
  public var head: ObjectID
  /// HEAD's branch; nil when detached.
  public var branch: String?
  /// How the branch gets there.
  public var mode: RollbackMode
  /// Commits that HEAD has and the target has not.
  public var commits: Int
  /// Commits that the target has and HEAD has not: 0 for an ancestor.
  public var foreignCommits: Int
  /// Whether the history is cut off (a shallow clone).
  public var isShallow = false
  /// Files that differ between the worktree and the target.
  public var files = 0
  /// Tracked files with changes that no commit has.
  public var dirty: [String] = []
  /// Files that git does not track, where the target has files of its own.
  public var inTheWay: [String] = []
  /// Files that git neither tracks nor ignores; they stay in place and are in the backup.
  public var untracked = 0
  /// A directory in the way that is a repository of its own, which no backup can hold; nil when none.
  public var foreignRepository: String?
  /// What stays although the target does not have it: the rules in force.
  public var kept: [String] = []
  /// Whether the rules at the target have the scenario to which the rollback returns.
  public var hasScenario = true
  /// Whether this undoes a rollback.
  public var isUndo = false
  /// Whether displaced changes were accepted with `--force`.
  public var isForced = false

  /// Facts about an ancestor of HEAD and a clean worktree.
  public init(
    target: RollbackTarget, head: ObjectID, branch: String?, mode: RollbackMode, commits: Int,
    foreignCommits: Int = 0
  ) {
    self.target = target
    self.head = head
    self.branch = branch
    self.mode = mode
    self.commits = commits
    self.foreignCommits = foreignCommits
  }

  /// Why this target is none; nil when it is one.
  public var refusalOfTarget: Refusal? {
    if target.commit == head {
      return Refusal(
        .refused, "\(target.text) is HEAD: nothing to roll back", remedy: "git log lists earlier commits")
    }
    guard foreignCommits == 0 else {
      return Refusal(
        .refused, "\(target.text) is not an ancestor of HEAD",
        why: isShallow
          ? "this clone is shallow: the history before its first commit is missing"
          : "it has \(foreignCommits) commits that HEAD does not have",
        remedy: isShallow
          ? "git fetch --unshallow" : "git merge-base HEAD \(target.name) shows the last common commit")
    }
    return nil
  }
}

/// A rollback that may happen: printed by `--dry-run`, executed by the engine.
public struct RollbackPlan: Hashable, Sendable {
  /// The target.
  public let target: RollbackTarget
  /// HEAD before.
  public let head: ObjectID
  /// The branch that moves; nil when HEAD is detached.
  public let branch: String?
  /// How it moves.
  public let mode: RollbackMode
  /// Commits undone.
  public let commits: Int
  /// Files changed.
  public let files: Int
  /// Changes that only the backup will have.
  public let displaced: [String]
  /// Untracked files that stay in place.
  public let untracked: Int
  /// What stays although the target does not have it.
  public let kept: [String]

  /// Decides.
  ///
  /// - Throws: `Refusal` (1) with what to do.
  public init(_ facts: RollbackFacts) throws(Refusal) {
    if let refusal = facts.refusalOfTarget { throw refusal }
    if let path = facts.foreignRepository {
      throw Refusal(
        .refused, "\(path) is a nested repository, where the target has other files",
        why: "a backup cannot contain it", remedy: "move it away, then roll back")
    }
    guard facts.hasScenario else {
      throw Refusal(
        .refused, "the rules at \(facts.target.text) do not have the scenario in progress",
        why: "with --mode reset, the target's rules would apply",
        remedy: "llmos-hook rollback \(facts.target.name) --mode revert")
    }
    let displaced = facts.dirty + facts.inTheWay
    if let first = displaced.first, !facts.isForced {
      throw Refusal(
        .refused,
        facts.dirty.isEmpty
          ? "\(count(displaced.count, "untracked file")) at paths that the target needs; the first: \(first)"
          : "\(count(displaced.count, "file")) with uncommitted changes; the first: \(first)",
        why: "a rollback replaces them; the backup keeps them",
        remedy: "commit or stash them, or: llmos-hook rollback "
          + (facts.isUndo ? "--undo" : facts.target.name) + " --force")
    }
    target = facts.target
    head = facts.head
    branch = facts.branch
    mode = facts.mode
    commits = facts.commits
    files = facts.files
    self.displaced = displaced
    untracked = facts.untracked
    kept = facts.kept
  }

  /// For people, a fact a line.
  public var lines: [String] {
    let name = branch.map { $0.shortBranch ?? $0 } ?? "HEAD (detached)"
    var lines = [
      "target   \(target.text)",
      mode == .revert
        ? "mode     revert: \(name) gets one commit with the target's files"
        : "mode     reset: \(name) moves from \(head.short) to \(target.commit.short)",
      "undone   \(count(commits, "commit")), \(count(files, "file"))",
    ]
    if !displaced.isEmpty {
      let names = displaced.prefix(3).joined(separator: ", ") + (displaced.count > 3 ? ", …" : "")
      lines.append("backup   keeps \(count(displaced.count, "replaced file")): \(names)")
    }
    if untracked > 0 { lines.append("stays    \(count(untracked, "untracked file"))") }
    if !kept.isEmpty {
      lines.append("kept     \(kept.joined(separator: ", ")): the target has no rules, the current ones stay")
    }
    return lines
  }
}

/// `1 file`, `2 files`.
func count(_ number: Int, _ noun: String) -> String {
  String(number) + " " + noun + (number == 1 ? "" : "s")
}
