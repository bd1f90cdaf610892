import Core
import Git
import Hook
import Ledger
import Platform
import Verify

/// `feature finish`: merges a feature whose RELEASE is complete into the main branch, exchanges the ledgers, and takes
/// the worktree away. The branch and every record stay.
public struct FeatureFinish: Sendable {
  /// The feature's name.
  public let slug: FeatureSlug
  let report: @Sendable (String) -> Void

  /// For how many seconds another finish is waited for.
  private static let patience: Int64 = 60

  /// A finish that reports what it does, a line each.
  public init(_ slug: FeatureSlug, report: @escaping @Sendable (String) -> Void) {
    self.slug = slug
    self.report = report
  }

  /// Finishes it.
  ///
  /// - Throws: `Refusal`: 1 for an agent, for what is not complete, uncommitted or in conflict, and where the remote takes no
  ///   push to the main branch, 64 for a name that is none of a feature's, 75 while something runs there.
  public func run(_ engine: borrowing Engine) throws {
    try engine.requireOwnersHand(on: "feature finish")
    let worktrees = try engine.repository.worktrees()
    let feature = try find(worktrees, engine)
    guard feature.path + "/" != engine.worktree else {
      throw Refusal(
        .refused, "this is the worktree that goes: \(feature.path)",
        remedy:
          "llmos-hook -C \(worktrees.first.map { shellWord($0.path) } ?? "DIR") feature finish \(slug.text)")
    }
    let there = try engine.engine(of: feature)
    guard let lock = try FileLock(feature.gitDirectory + Layout.runLock.path) else {
      throw Refusal(
        .tryAgain, "a run is in progress in \(feature.path)",
        remedy: "wait for its end, or end it with Ctrl-C")
    }
    defer { lock.release() }
    try requireNoAgent(in: feature)
    try requireRemovable(feature)
    let (tip, released) = try requireFinished(there)
    let main = try mainWorktree(worktrees, engine)
    let into = try engine.engine(of: main.worktree)
    // Two that merge into one worktree would take each other's merge back.
    let path = into.repository.gitDirectory + Layout.finishLock.path
    guard let turn = try FileLock(path, patience: Self.patience) else {
      throw Refusal(
        .tryAgain, "another feature is being finished",
        remedy: "run the same command again when that has ended")
    }
    defer { turn.release() }
    try requireMergeable(tip, into)
    let remote = try into.syncRemote()
    let theirs = try remote.flatMap { try fetch(main.branch, from: $0, into) }
    if let remote, let theirs, try has(theirs, tip, into) {
      // A host has merged it, or an earlier finish has got as far.
      let isHere = try followUp(theirs, main.branch, into)
      report("\(isHere ? main.branch : "\(remote)/\(main.branch)") has the feature already")
      try exchange(remote, into)
    } else {
      if let remote, let theirs, try !followUp(theirs, main.branch, into) {
        throw hasMoved(main.branch, remote, into)
      }
      let before = try into.repository.head().commit
      let isMerged = try before.map { try has($0, tip, into) } ?? false
      if !isMerged {
        try requireReleased(tip, released, besides: before, there)
        try merge(tip, main.branch, into, remote)
      }
      // What was merged before and did not get there, because the connection broke, gets there now.
      if let remote { try push(remote, main.branch, undoingTo: isMerged ? nil : before, into) }
      report(
        isMerged ? "\(main.branch) has the feature already" : "merged \(slug.branch) into \(main.branch)")
      if let remote { report("\(remote) has \(main.branch), the ledgers and the notes") }
    }
    try remove(feature, there, engine)
  }

  // MARK: What is asked first

  private func find(_ worktrees: [Worktree], _ engine: borrowing Engine) throws -> Worktree {
    let there = worktrees.filter(\.isThere)
    if let found = engine.repository.worktree(holding: "refs/heads/\(slug.branch)", among: there) {
      return found
    }
    if let gone = engine.repository.worktree(holding: "refs/heads/\(slug.branch)", among: worktrees) {
      throw Refusal(
        .refused, "the worktree of \(slug.branch) is not there: \(gone.path)",
        why: "its branch and its ledger are kept here",
        remedy: "bring it back, or git worktree repair; where it is lost: git worktree prune, and git merge "
          + slug.branch)
    }
    let prefix = "refs/heads/" + FeatureSlug.branchPrefix
    let others = there.compactMap { engine.repository.branch(checkedOutIn: $0.gitDirectory) }
      .filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    throw Refusal(
      .usage, "no worktree has the branch \(slug.branch)",
      why: others.isEmpty ? nil : "features: " + others.joined(separator: ", "),
      remedy: "llmos-hook feature list")
  }

  /// A directory is not taken away under who works in it.
  private func requireNoAgent(in feature: Worktree) throws {
    for process in System.processes(workingIn: Files.resolved(feature.path)) {
      let identity = Identity(
        environment: { process.environment[$0] }, onTerminal: process.isOnTerminal)
      guard identity.actor.isAgent || Identity.isHarness(name: process.name, words: process.words) else {
        continue
      }
      throw Refusal(
        .tryAgain,
        "an agent is at work in \(feature.path): process \(process.id), \(process.name)",
        remedy: "wait for its end, or end it, or let it leave the directory")
    }
  }

  /// git removes no worktree that is locked: said before anything is merged.
  private func requireRemovable(_ feature: Worktree) throws {
    let reason = Files.read(feature.gitDirectory + "locked", limit: 1 << 12).text
    guard let reason else { return }
    let words = reason.split(separator: "\n").first.map { ": " + $0 } ?? ""
    throw Refusal(
      .refused, "\(feature.path) is locked\(words)", why: "git removes no worktree that is locked",
      remedy: "git worktree unlock \(shellWord(feature.path)), then run the same command again")
  }

  /// The commit of a feature that is complete and all committed, and the one at which its last phase was completed.
  private func requireFinished(_ there: borrowing Engine) throws -> (tip: ObjectID, released: ObjectID) {
    let standing = try there.standing()
    if let quarantine = try there.quarantine(standing) { throw quarantine.refusal }
    guard let tip = standing.head.commit else {
      throw Refusal(
        .refused, "\(slug.branch) has no commit", remedy: "llmos-hook -C \(shellWord(there.root)) status")
    }
    guard let released = try there.releasedHead(slug) else {
      throw Refusal(
        .refused, "the feature \(slug.text) is not complete: it is at \(standing.seal.record.place)",
        why: "it is merged when its last phase is complete",
        remedy: "llmos-hook -C \(shellWord(there.root)) next-phase, or run")
    }
    let dirty = there.uncommitted()
    guard dirty.isEmpty else {
      let more = dirty.count > 3 ? " and \(dirty.count - 3) more" : ""
      throw Refusal(
        .refused, "\(there.root) has uncommitted work: \(dirty.prefix(3).joined(separator: ", "))\(more)",
        why: "the worktree goes, and it with it",
        remedy:
          "commit it in a phase that allows it, move it away, or git -C \(shellWord(there.root)) stash -u")
    }
    return (tip, released)
  }

  /// What came after the last phase was released by nobody, but for merges that are git's own: a host brings a branch up
  /// to date with the main one.
  private func requireReleased(
    _ tip: ObjectID, _ released: ObjectID, besides main: ObjectID?, _ there: borrowing Engine
  ) throws {
    guard released != tip else { return }
    let later = try there.repository.newCommits(from: tip, hiding: [released] + [main].compactMap(\.self))
    let isMerging = try later.allSatisfy { try there.repository.commit($0).parents.count > 1 }
    let judged = isMerging ? try Verification(there.repository).judge(later, in: there.repository) : []
    guard !isMerging || judged.contains(where: { $0.judgement != .derived }) else { return }
    throw Refusal(
      .refused, "\(slug.branch) has commits that came after its last phase: \(tip.short)",
      why: "its last phase was completed at \(released.short)",
      remedy:
        "llmos-hook -C \(shellWord(there.root)) set FEATURE_DEVELOPMENT QA, and through the phases once more"
    )
  }

  private func mainWorktree(
    _ worktrees: [Worktree], _ engine: borrowing Engine
  ) throws -> (worktree: Worktree, branch: String) {
    guard let branch = try engine.repository.mainBranch() else {
      throw Refusal(.refused, "there is no main branch here", remedy: "git branch main COMMIT")
    }
    let there = worktrees.filter(\.isThere)
    guard let found = engine.repository.worktree(holding: "refs/heads/\(branch)", among: there) else {
      throw Refusal(
        .refused, "\(branch) is checked out in no worktree, so nothing can be merged into it",
        remedy: "git -C \(worktrees.first.map { shellWord($0.path) } ?? "DIR") switch \(branch)")
    }
    return (found, branch)
  }

  private func requireMergeable(_ tip: ObjectID, _ into: borrowing Engine) throws {
    if let other = try into.repository.frozenSomewhere() {
      throw Refusal(
        .refused, "nothing is merged while the incident in \(other) freezes deployments",
        remedy: "llmos-hook -C \(shellWord(other)) next-phase, to the end of INCIDENT_RECOVERY")
    }
    if let operation = into.repository.operationInProgress {
      throw Refusal(
        .refused, "a \(operation) is in progress in \(into.root)",
        remedy: "git -C \(shellWord(into.root)) \(operation) --continue or --abort")
    }
    // A branch that stands on what was rolled back with `reset` would bring it back.
    guard let head = try into.repository.head().commit else { return }
    let undone = try VerificationSources(isServer: false).rolledBack()
    guard !undone.isEmpty,
      let back = try into.repository.commits(from: tip, hiding: [head]).first(where: undone.contains)
    else { return }
    throw Refusal(
      .refused, "\(slug.branch) would bring back \(back.short), which was rolled back",
      why: "the feature began on top of it",
      remedy: "git -C WORKTREE rebase onto the main branch, in a phase that allows commits")
  }

  // MARK: The end

  func exchange(_ remote: String, _ into: borrowing Engine) throws {
    var sync = try Sync(into, remote: remote)
    try sync.run(into)
    report("\(remote) has the ledgers and the notes")
  }

  private func remove(_ feature: Worktree, _ there: borrowing Engine, _ engine: borrowing Engine) throws {
    // Looked at already: what is left is ours (the state file, the scripts) or ignored.
    let result = try GitProcess.run(["worktree", "remove", "--force", feature.path], in: engine.worktree)
    guard result.code == 0 else {
      throw Refusal(
        .io, "git could not remove the worktree \(feature.path)",
        why: result.errors.split(separator: "\n").first.map(String.init),
        remedy: "git worktree remove --force \(shellWord(feature.path))")
    }
    let lock = try StateLock(engine.repository)
    defer { lock.release() }
    try engine.sealOrphanedLogs()
    report("removed \(feature.path); the branch \(slug.branch) stays")
  }
}

extension Engine {
  /// The worktree's root, without its trailing slash.
  var root: String { worktree.withoutSlash }

  /// The remote with which this clone exchanges ledgers, or has its main branch from; nil where there is none.
  func syncRemote() throws -> String? {
    let remotes = try repository.remotes()
    if let name = try repository.configuration(Sync.remoteKey), remotes.contains(name) { return name }
    return remotes.count == 1 ? remotes.first : remotes.first { $0 == "origin" }
  }

  /// What git sees that is not committed, apart from what `install` put in; paths as git shows them.
  func uncommitted() -> [String] {
    let ours = ProtectedPaths.standard.map(Step.exclusion(of:))
    return Child.records(
      of: [
        "git", "--no-optional-locks", "-C", worktree, "status", "--porcelain", "-z", "--no-renames", "--",
        ":/",
      ]
        + ours
    ).map { String($0.dropFirst(3)) }
  }

  /// Where HEAD stood when the last phase of a feature was completed; nil where it was not, or the feature went back
  /// into a phase since.
  func releasedHead(_ slug: FeatureSlug) throws -> ObjectID? {
    guard var seal = try repository.seal(under: repository.ledgerReference) else { return nil }
    while let previous = seal.previous {
      let before = try repository.seal(at: previous, under: seal.reference)
      let (now, then) = (seal.record, before.record)
      let isOf = { (record: GateRecord) in
        record.place.scenario == "FEATURE_DEVELOPMENT"
          && record.context.contains { $0.key == "feature_slug" && $0.value == slug.text }
      }
      if isOf(then), !isOf(now) || now.status == .completed,
        try repository.said(by: repository.commit(seal.entry))?.kind == .phaseCompleted
      {
        return seal.head
      }
      if isOf(now), now.status.isOpen { return nil }
      seal = before
    }
    return nil
  }
}
