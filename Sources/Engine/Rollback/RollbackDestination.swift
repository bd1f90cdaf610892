import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

extension Rollback {
  /// What worktree, index and branch become.
  struct Destination {
    /// The plan's facts that are known without looking at files.
    var facts: RollbackFacts
    /// The tree that the worktree gets; the state file in it does not count.
    var worktree: ObjectID
    /// The tree that the index gets; nil for the worktree's.
    var index: ObjectID?
    /// The conflict stages that the index gets.
    var stages: ObjectID?
    /// The commit that the branch moves to; nil when it is still to be made.
    var commit: ObjectID?
  }

  /// Finds the target.
  static func resolve(
    _ name: String, _ repository: borrowing Repository
  ) throws -> (name: String, commit: ObjectID) {
    switch try repository.resolve(name) {
    case .commit(let id): return (name, id)
    case .missing:
      throw Refusal(
        .refused, "there is no tag, branch or commit \(name)",
        why: repository.isShallow ? "this clone is shallow: git fetch --unshallow fetches the rest" : nil,
        remedy: "git tag --list, git log --oneline")
    case .ambiguous(let names):
      throw Refusal(
        .refused, "\(name) is ambiguous",
        why: names.isEmpty ? "several objects begin with it" : "it names " + names.joined(separator: " and "),
        remedy: names.first.map { "llmos-hook rollback \($0)" } ?? "give more digits")
    case .other(let kind):
      throw Refusal(
        .refused, "\(name) is a \(kind), not a commit", remedy: "git tag --list, git log --oneline")
    }
  }

  /// The destination for a target.
  func destination(
    of target: (name: String, commit: ObjectID), _ engine: borrowing Engine, _ head: Head, _ before: ObjectID
  ) throws -> Destination {
    var facts = try facts(of: target, engine, head, before)
    if let refusal = facts.refusalOfTarget { throw refusal }
    let tree = try engine.repository.commit(target.commit).tree
    let seal = try engine.repository.sealInForce()
    let state = try engine.repository.blob(seal.state)
    guard facts.mode == .revert else {
      let rules = try Rules(engine.repository, at: Head(branch: head.branch, commit: target.commit))
      facts.hasScenario = (try? StateFile.decode(state, catalog: rules.catalog)) != nil
      return Destination(facts: facts, worktree: tree, commit: target.commit)
    }
    // The rules in force stay when the target has none, or none for the scenario in progress.
    let own = try engine.repository.commit(before).tree
    var changes: [String: TreeEntry?] = [:]
    let rules = try? Rules(engine.repository, at: Head(branch: head.branch, commit: target.commit))
    let isUsable = rules.map { (try? StateFile.decode(state, catalog: $0.catalog)) != nil } ?? false
    for name in ["scenarios", ".llmos"] {
      guard let mine = try engine.repository.entry(at: name, inTree: own) else { continue }
      let theirs = try engine.repository.entry(at: name, inTree: tree)
      if theirs == nil || !isUsable {
        changes[name] = .some(mine)
        facts.kept.append(name)
      }
    }
    // Whether the state file is tracked is HEAD's choice; what it says is the ledger's.
    changes[StatePath.name] = .some(try engine.repository.entry(at: StatePath.name, inTree: own))
    let worktree =
      options.isDryRun
      ? try index.tree(tree, replacing: changes) : try engine.repository.tree(tree, replacing: changes)
    return Destination(facts: facts, worktree: worktree)
  }

  private func facts(
    of target: (name: String, commit: ObjectID), _ engine: borrowing Engine, _ head: Head, _ before: ObjectID
  ) throws -> RollbackFacts {
    // git knows of shallow and partial clones, and of the commit graph.
    let line = String(
      decoding: try index.git(["rev-list", "--count", "--left-right", "\(target.commit)...\(before)"]),
      as: UTF8.self)
    let counts = line.split { $0 == "\t" || $0 == "\n" }.compactMap { Int($0) }
    guard counts.count == 2 else { throw Refusal(.software, "git rev-list printed \(line)") }
    var facts = RollbackFacts(
      target: RollbackTarget(name: target.name, commit: target.commit),
      head: before, branch: head.branch, mode: options.mode, commits: counts[1],
      foreignCommits: counts[0])
    facts.isShallow = engine.repository.isShallow
    return facts
  }

  /// The newest commit before HEAD at which DEPLOYMENT:VERIFY was completed, in the `target_environment` at hand where
  /// there is one; else the newest tag that matches a glob.
  ///
  /// - Throws: `Refusal` (1) when there is none.
  public static func lastGood(_ engine: borrowing Engine, stableTags: String? = nil) throws -> String {
    let head = try engine.repository.head()
    guard let before = head.commit else {
      throw Refusal(.refused, "the branch has no commit yet: there is nothing to roll back to")
    }
    var reading = Options()
    reading.isDryRun = true
    return try begun(engine, reading) { rollback, engine in
      // The notes say the same, but anybody writes notes, and git copies them to other commits.
      let environment = try engine.repository.sealInForce().record.context.first {
        $0.key == "target_environment"
      }
      let place = Place("DEPLOYMENT", "VERIFY")
      let verification = try Verification(engine.repository)
      if environment?.value == nil {
        try requireOneEnvironment(engine) { verification.completed(place, with: $0) }
      }
      let good = verification.completed(place, with: environment?.value == nil ? nil : environment)
      let history = String(decoding: try rollback.index.git(["rev-list", before.description]), as: UTF8.self)
      for id in history.split(separator: "\n").dropFirst() {
        if let id = ObjectID(hex: String(id)), good.contains(id) { return id.description }
      }
      if let stableTags {
        let tags = String(
          decoding: try rollback.index.git([
            "for-each-ref", "--merged=\(before)", "--sort=-creatordate",
            "--format=%(refname) %(objectname) %(*objectname)",
            "refs/tags/" + stableTags,
          ]), as: UTF8.self)
        for line in tags.split(separator: "\n") {
          let words = line.split(separator: " ")
          if let name = words.first, words.last.map({ $0 != before.description }) ?? false {
            return String(name)
          }
        }
      }
      throw Refusal(
        .refused, "no earlier commit is known to be good",
        why: "none has a completed DEPLOYMENT:VERIFY"
          + (environment?.value.map { " in \($0)" } ?? "")
          + (stableTags.map { ", and no tag \($0) is an ancestor of HEAD" } ?? ""),
        remedy: "llmos-hook rollback TARGET")
    }
  }

  /// What is good in one environment is not in another: where nobody said which, and several were deployed to, it is asked.
  private static func requireOneEnvironment(
    _ engine: borrowing Engine, _ completed: (ContextValue) -> Set<ObjectID>
  ) throws {
    let deployed = try engine.rules().configuration.environments.filter {
      !completed(ContextValue("target_environment", $0)).isEmpty
    }
    guard deployed.count > 1 else { return }
    let here = try engine.repository.sealInForce().record.place
    throw Refusal(
      .refused,
      "which environment is meant is not known: there are deployments to "
        + deployed.joined(separator: ", "), why: "what is good in one need not be in another",
      remedy:
        "llmos-hook set \(here.scenario) \(here.phase) --context target_environment=NAME, or rollback TARGET")
  }

  /// Puts back what the newest rollback of this branch replaced, when nothing was committed since.
  ///
  /// - Throws: `Refusal` (1) when HEAD is not where a rollback led.
  ///
  /// - Parameter id: the backup that it must have made; nil for any.
  public static func undo(
    _ engine: borrowing Engine, _ options: Options = Options(), of id: String? = nil,
    announce: (RollbackPlan) -> Void = { _ in }
  ) throws -> Outcome {
    try begun(engine, options) { rollback, engine in
      let head = try engine.repository.head()
      try rollback.permit(engine, head)
      guard let now = head.commit else { throw nothingPending }
      let commit = try engine.repository.commit(now)
      let message = try engine.repository.message(of: now)
      let backups = try RollbackBackup.all(engine.repository).filter { $0.kind == "rollback" }
      let found = backups.first { backup in
        (id == nil || backup.id == id) && backup.ledTo(commit, message, on: head.branch)
      }
      guard let found, let old = found.head, let indexCommit = found.indexCommit else {
        throw Refusal(
          .refused, "HEAD is not the result of a rollback: nothing to undo",
          why: backups.first.map {
            "the newest backup is \($0.id), made before the rollback to \($0.target.text)"
          },
          remedy: backups.first?.head.map { "llmos-hook rollback \($0.short), for an ancestor" }
            ?? "llmos-hook rollback --list")
      }
      var facts = RollbackFacts(
        target: RollbackTarget(name: RollbackBackup.prefix + found.id, commit: old),
        head: now, branch: head.branch, mode: .reset, commits: found.mode == .revert ? 1 : 0)
      facts.isUndo = true
      let indexTree = try engine.repository.commit(indexCommit).tree
      return try rollback.execute(
        engine, head,
        Destination(
          facts: facts, worktree: found.commit.tree, index: indexTree, stages: found.stages, commit: old),
        kind: "undo", announce)
    }
  }
}
