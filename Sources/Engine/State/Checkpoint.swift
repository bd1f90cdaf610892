import Core
import Git
import Hook
import Ledger
import Platform

/// The engine's own commit of what a phase leaves.
struct Checkpoint {
  let commit: ObjectID
  /// The paths in which it differs from its parent.
  let files: [String]
}

extension Engine {
  /// What git sees that is not committed. Work in progress inside a submodule is for that to commit.
  ///
  /// - Throws: `Refusal` (74) with git's own words.
  func worktreeChanges() throws -> [WorktreeChange] {
    let ending: Child.Ending
    do {
      ending = try GitProcess.run(
        [
          "--no-optional-locks", "status", "--porcelain=v2", "-z", "--no-renames", "--untracked-files=all",
          "--ignore-submodules=dirty",
        ], in: worktree)
    } catch {
      throw Child.missingGit ?? error
    }
    guard ending.code == 0 else {
      throw GitProcess.failure(
        "git status failed (\(ending.code))", ending.errors, remedy: "run git status to see why")
    }
    return WorktreeChange.all(in: ending.output)
  }

  /// Commits the work of a phase, as the engine: staged by git, so that its filters apply, and never what
  /// is ignored. Kept hooks do not run: they must not stop or change the end of a phase.
  ///
  /// - Returns: nil when there was nothing to commit.
  /// - Throws: `Refusal`: 1 when something was changed that does not belong to the phase.
  func commitArtifacts(
    of place: Place, _ state: State, _ standing: Standing, _ seconds: Int64, _ remarks: inout [String]
  ) throws -> Checkpoint? {
    if let operation = repository.operationInProgress {
      throw Refusal(
        .refused, "a \(operation) is in progress: no checkpoint can be made",
        remedy: operation == "bisect" ? "git bisect reset" : "git \(operation) --continue or --abort")
    }
    if repository.isRollbackPending { throw Refusal.pendingRollback("no checkpoint can be made") }
    let pending = PendingCheckpoint(repository)
    try pending.begin()
    let indexBefore = Inode(repository.gitDirectory + "index")
    let plan = try checkpointPlan(of: place, state, standing)
    if let refusal = plan.refusal(at: place) {
      pending.end()
      throw refusal
    }
    if !plan.left.isEmpty {
      remarks.append("left alone, as before the phase: " + CheckpointPlan.names(plan.left))
    }
    let head = standing.head.commit
    let staged = plan.taken.isEmpty ? nil : try stage(plan, after: head, in: pending)
    guard let staged, !staged.files.isEmpty else {
      pending.end()
      return nil
    }
    try requireTouchable(staged.files, standing)
    let role = standing.rules.catalog.phase(at: place)?.role ?? ""
    let engine = Signature.engine(at: seconds)
    let commit = try repository.write(
      commitOf: staged.tree, parents: [head].compactMap { $0 }, author: try author(seconds) ?? engine,
      committer: engine,
      message: (["[\(role)] \(place) complete"] + standing.seal.record.trailers.lines(at: place, role: nil))
        .joined(
          separator: "\n\n") + "\n")
    try BranchLock.withBranchUnlocked(repository) {
      try pending.move(
        standing.head.branch ?? "HEAD", from: head, to: commit, index: indexBefore,
        message: "commit: [\(role)] \(place) complete", repository)
    }
    return Checkpoint(commit: commit, files: staged.files)
  }

  private func checkpointPlan(
    of place: Place, _ state: State, _ standing: Standing
  ) throws -> CheckpointPlan {
    let required = try standing.rules.requirements(place, state).compactMap { requirement -> String? in
      switch requirement {
      case .path(let path), .brief(let path): path
      case .context: nil
      }
    }
    let rule = CheckpointRule(
      actions: standing.rules.catalog.phase(at: place)?.actions ?? [],
      paths: standing.rules.configuration.checkpointPaths[place.description], required: required)
    let before = LyingAbout(repository)
    let root = worktree
    // What install put in is for the owner to commit.
    let changes = try worktreeChanges().filter { !$0.isNew || !Install.documents.contains($0.name) }
    return CheckpointPlan(
      changes, rule, protected: standing.seal.record.ownersPaths,
      isOwner: identity.actor == .owner, layThere: { before.has($0, in: root) })
  }

  /// Stages what a checkpoint takes, and nothing else.
  ///
  /// The index that will be the repository's keeps what somebody had staged besides; the commit does not have it.
  ///
  /// - Returns: the tree to commit, and the paths in which it differs from HEAD's.
  private func stage(
    _ plan: CheckpointPlan, after head: ObjectID?, in pending: PendingCheckpoint
  ) throws -> (tree: ObjectID, files: [String]) {
    let before =
      try head?.description
      ?? String(
        decoding: git(["hash-object", "-t", "tree", "--stdin"], on: pending.own).dropLast(), as: UTF8.self)
    // By name and not by a look at the worktree: what stood below a directory may be behind a symlink now.
    let nothing = Array("0 \(String(repeating: "0", count: before.utf8.count))\t".utf8)
    let gone = plan.taken.filter(\.isGone).map { nothing + $0.path }
    _ = try git(["update-index", "-z", "--index-info"], on: pending.own, input: Self.list(gone))
    try add(plan.taken.filter { !$0.isGone }.map(\.path), to: pending.own)
    let taken = Set(plan.taken.map(\.path))
    // What changes while git reads it would be committed by half.
    for attempt in 1...3 {
      let changed = try git(
        ["diff-files", "-z", "--name-only", "--ignore-submodules=dirty"], on: pending.own
      )
      .split(separator: 0).map(Array.init)
      let torn = changed.filter(taken.contains)
      if torn.isEmpty { break }
      guard attempt < 3 else {
        throw Refusal(
          .tryAgain, "no checkpoint: \(String(decoding: torn[0], as: UTF8.self)) changes while it is read",
          remedy: "run the same command again when nothing writes to it")
      }
      try add(torn, to: pending.own)
    }
    let all = try StagedChange.all(
      in: git(
        ["diff-index", "--cached", "--raw", "--no-abbrev", "--no-renames", "-z", before, "--"],
        on: pending.own))
    let ours = all.filter { taken.contains($0.path) }
    var index = pending.own
    if ours.count < all.count {
      index = pending.pure
      Files.remove(index)
      _ = try git(["read-tree", head?.description ?? "--empty"], on: index)
      _ = try git(["update-index", "-z", "--index-info"], on: index, input: Self.list(ours.map(\.line)))
    }
    let written = try String(decoding: git(["write-tree"], on: index).dropLast(), as: UTF8.self)
    guard let tree = ObjectID(hex: written) else {
      throw Refusal(.software, "git write-tree printed \(written)", remedy: "report this")
    }
    return (tree, ours.map { String(decoding: $0.path, as: UTF8.self) })
  }

  private func add(_ paths: [[UInt8]], to index: String) throws {
    _ = try git(
      ["update-index", "--add", "--remove", "--replace", "-z", "--stdin"], on: index, input: Self.list(paths))
  }

  /// Each ended by NUL.
  private static func list(_ items: [[UInt8]]) -> [UInt8] { items.flatMap { $0 + [0] } }

  /// What git prints when it works on an index of ours.
  ///
  /// - Throws: `Refusal` (74) with git's own words.
  private func git(_ arguments: [String], on index: String, input: [UInt8] = []) throws -> [UInt8] {
    let ending = try GitProcess.run(
      arguments, in: worktree, environment: ["GIT_INDEX_FILE": index], input: input)
    guard ending.code == 0 else {
      throw Refusal(
        .io, "git could not stage what the phase leaves",
        why: ending.errors.split(separator: "\n").last.map(String.init),
        remedy: "mend that, then run the same command again")
    }
    return ending.output
  }

  /// A checkpoint may touch only what a commit may touch, so that no agent's edit of the rules gets in with it.
  private func requireTouchable(_ paths: [String], _ standing: Standing) throws {
    var record = standing.seal.record
    record.actions.append(Action.commit)
    let facts = try repository.observe(
      .checkpoint, by: identity, under: record, of: standing.seal, at: standing.head)
    if var refusal = gate(
      .action(Action.commit, role: nil, paths: paths.filter { $0 != StatePath.name }), facts)
    {
      refusal.what = "no checkpoint: " + refusal.what
      refusal.remedy = "the owner commits it, or takes it back; then ./llmos run"
      throw refusal
    }
  }
}

/// A line of `git diff-index --cached --raw -z`: how the index differs from a tree.
private struct StagedChange {
  let path: [UInt8]
  /// As `git update-index --index-info` reads it.
  let line: [UInt8]

  static func all(in bytes: [UInt8]) -> [StagedChange] {
    let fields = bytes.split(separator: 0)
    return stride(from: 0, to: fields.count - 1, by: 2).compactMap { index in
      // :MODE-BEFORE MODE ID-BEFORE ID STATUS
      let words = fields[index].split(separator: UInt8(ascii: " "))
      guard words.count == 5 else { return nil }
      let path = Array(fields[index + 1])
      return StagedChange(
        path: path, line: Array(words[1]) + [0x20] + Array(words[3]) + [0x09] + path)
    }
  }
}
