import Core
import Git
import Hook
import Ledger
import Platform

/// The merge of a feature into the main branch, and its way to the remote.
extension FeatureFinish {
  /// Where the remote's main branch is now, as far as it can be asked; nil where it has none.
  func fetch(
    _ branch: String, from remote: String, _ into: borrowing Engine
  ) throws -> ObjectID? {
    _ = try GitProcess.run(["fetch", "--quiet", remote, branch], in: into.worktree)
    return try into.repository.target(of: "refs/remotes/\(remote)/\(branch)")
  }

  /// Takes what the remote's main branch has meanwhile.
  ///
  /// - Returns: false where each side has what the other has not.
  func followUp(
    _ theirs: ObjectID, _ branch: String, _ into: borrowing Engine
  ) throws -> Bool {
    guard let ours = try into.repository.head().commit else { return true }
    if try into.repository.isAncestor(theirs, of: ours) { return true }
    guard try into.repository.isAncestor(ours, of: theirs) else { return false }
    let result = try lettingTheStateFileGo(in: into) {
      try GitProcess.run(["merge", "--quiet", "--ff-only", theirs.description], in: into.worktree)
    }
    guard result.code == 0 else { throw refusal(of: result, "bring \(branch) up to date", into) }
    return true
  }

  /// Runs git with the state file of HEAD in place, where that is tracked: git merges over no file that differs from HEAD's,
  /// and the ledger has the bytes. They are written again afterwards.
  private func lettingTheStateFileGo(
    in into: borrowing Engine, _ body: () throws -> Child.Ending
  ) throws -> Child.Ending {
    let seal = try into.repository.sealInForce()
    let tracked = try into.repository.head().commit.flatMap { head in
      try into.repository.entry(at: StatePath.name, inTree: into.repository.commit(head).tree)
    }
    guard tracked != nil, try Core.refusal(ofFile: into.repository.fileCondition(seal)) == nil else {
      return try body()
    }
    let restored = try GitProcess.run(
      ["checkout", "--quiet", "HEAD", "--", StatePath.name], in: into.worktree)
    guard restored.code == 0 else { return try body() }
    let result: Child.Ending
    do {
      result = try body()
    } catch {
      try into.repository.restoreStateFile(seal)
      throw error
    }
    try into.repository.restoreStateFile(seal)
    return result
  }

  func hasMoved(_ branch: String, _ remote: String, _ into: borrowing Engine) -> Refusal {
    Refusal(
      .refused, "\(branch) and \(remote)/\(branch) each have commits that the other has not",
      why: "nothing was merged: \(remote) would not take it",
      remedy:
        "llmos-hook sync, git -C \(shellWord(into.root)) pull --no-rebase \(remote) \(branch), then run this again"
    )
  }

  /// How many commits of the main branch are looked at for the feature's content.
  private static let lookedAt = 500

  /// Whether a commit has the feature: its commits, or, in one of the commits that came since the feature began, their
  /// content, as a host squashes or rebases them. What was changed later takes nothing from that.
  func has(_ commit: ObjectID, _ tip: ObjectID, _ into: borrowing Engine) throws -> Bool {
    if try into.repository.isAncestor(tip, of: commit) { return true }
    let since = try into.repository.newCommits(from: commit, hiding: [tip], limit: Self.lookedAt)
    guard !since.isEmpty else { return false }
    let merges = try AutomaticMerges(borrowingFrom: into.repository)
    let trees = try merges.trees(of: since.map { AutomaticMerges.Pair(ours: $0, theirs: tip) })
    return try zip(since, trees).contains { one, merged in
      guard let merged else { return false }
      return try merges.withoutState(merged) == merges.withoutState(into.repository.commit(one).tree)
    }
  }

  /// Merges the feature. What came to the main branch with a pull is proved by ledgers that may not have come yet, so
  /// that they are fetched where a hook asks for them.
  func merge(
    _ tip: ObjectID, _ branch: String, _ into: borrowing Engine, _ remote: String?
  ) throws {
    var result = try attempt(tip, branch, into)
    if result.code != 0, let remote, result.errors.contains("  next: " + Unproved.remedy) {
      try exchange(remote, into)
      result = try attempt(tip, branch, into)
    }
    guard result.code == 0 else { throw refusal(of: result, "merge \(slug.branch) into \(branch)", into) }
  }

  /// One merge, which is taken back where it is not concluded.
  ///
  /// - Throws: `Refusal` (1) where there are conflicts.
  private func attempt(_ tip: ObjectID, _ branch: String, _ into: borrowing Engine) throws -> Child.Ending {
    // A resolution that git remembers (git-rerere(1)) is work of its own, too.
    let merge = [
      "-c", "rerere.autoUpdate=false", "merge", "--quiet", "--no-ff", "-m", "Merge \(slug.branch)",
      tip.description,
    ]
    var conflicts: [String] = []
    let result = try lettingTheStateFileGo(in: into) {
      let result = try GitProcess.run(merge, in: into.worktree, environment: ["GIT_MERGE_AUTOEDIT": "no"])
      if result.code == 0 { return result }
      conflicts = try GitProcess.run(
        ["diff", "--name-only", "--diff-filter=U", "-z"], in: into.worktree
      ).output.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
      if into.repository.operationInProgress == "merge" {
        _ = try GitProcess.run(["merge", "--abort"], in: into.worktree)
      }
      return result
    }
    guard conflicts.isEmpty else {
      throw Refusal(
        .refused, "\(slug.branch) is in conflict with \(branch): \(conflicts.joined(separator: ", "))",
        why: "nothing was merged; a resolution is work of its own",
        remedy: "in the feature's worktree: llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION, git merge "
          + "\(branch), and through the phases once more")
    }
    return result
  }

  /// Gives the main branch to the remote. Where that takes none, the merge is taken back, and a pull request does it.
  ///
  /// - Parameter before: where the branch stood before this merge; nil where it was made earlier.
  func push(
    _ remote: String, _ branch: String, undoingTo before: ObjectID?, _ into: borrowing Engine
  ) throws {
    var sync = try Sync(into, remote: remote)
    do {
      try sync.run(into, pushing: true)
    } catch var refusal as Refusal where refusal.code == .io {
      refusal.remedy = "the merge is kept here; when \(remote) takes it, run the same command again"
      throw refusal
    } catch let refusal as Refusal where refusal.code == .refused {
      if let before {
        _ = try GitProcess.run(["reset", "--quiet", "--keep", before.description], in: into.worktree)
      }
      // Of the ledgers, and not of the branch: no pull request helps.
      guard sync.isBranchAsked else { throw refusal }
      let undone = before == nil ? "" : "the merge was taken back here"
      if let theirs = try fetch(branch, from: remote, into), let head = try into.repository.head().commit,
        try !into.repository.isAncestor(theirs, of: head)
      {
        throw Refusal(
          .tryAgain, "\(branch) was not merged: \(remote) has got other commits meanwhile",
          why: undone.isEmpty ? nil : undone, remedy: "run the same command again")
      }
      let pushed = try GitProcess.run(
        ["push", "--quiet", remote, "refs/heads/\(slug.branch)"], in: into.worktree)
      guard pushed.code == 0 else {
        throw Refusal(
          .refused, "\(branch) was not merged: \(refusal.what)", why: undone.isEmpty ? refusal.why : undone,
          remedy: refusal.remedy)
      }
      throw Refusal(
        .refused, "\(branch) was not merged: \(refusal.what)",
        why: (undone.isEmpty ? "" : undone + ", and ") + "\(remote) has \(slug.branch)",
        remedy: "open a pull request from \(slug.branch) into \(branch); when it is merged, run this again")
    }
  }

  private func refusal(
    of result: Child.Ending, _ what: String, _ into: borrowing Engine
  ) -> Refusal {
    let lines = result.errors.split(separator: "\n").map(String.init)
    // git-merge(1): what is not committed in the worktree is never written over.
    let files = lines.filter { $0.hasPrefix("\t") }.map { String($0.dropFirst()) }
    guard files.isEmpty else {
      let more = files.count > 3 ? " and \(files.count - 3) more" : ""
      return Refusal(
        .refused,
        "cannot \(what): \(into.root) has its own \(files.prefix(3).joined(separator: ", "))\(more)",
        why: "they are not committed there, and the merge would write over them",
        remedy: "commit them, or move them away; then run the same command again")
    }
    let said = lines.firstIndex { $0.hasPrefix("llmos-hook: ") }
    let ours = said.map { String(lines[$0].dropFirst(12)) }
    let more = said.flatMap { lines[($0 + 1)...].first }.flatMap {
      $0.hasPrefix("  ") && !$0.hasPrefix("  next: ") ? "; " + $0.dropFirst(2) : nil
    }
    let fact = ours ?? lines.first { $0.hasPrefix("fatal: ") || $0.hasPrefix("error: ") } ?? lines.first ?? ""
    // What is missing on the machine has one remedy; any other is for the place where the hook spoke.
    let missing = lines.first { $0.hasPrefix("  next: install ") }.map { String($0.dropFirst(8)) }
    return Refusal(
      .refused, "cannot \(what): \(fact)", why: "nothing was merged" + (more ?? ""),
      remedy: missing ?? "llmos-hook -C \(shellWord(into.root)) status")
  }
}
