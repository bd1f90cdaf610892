import Core
import Git
import Ledger
import Platform
import ToolGate

/// A backup that was made because an agent's command was about to lose what was never committed. It has the form of a
/// rollback's (`RollbackBackup`).
struct AgentBackup {
  /// The last part of the reference's name.
  let id: String
  /// Whether it was made now; an earlier one that has the same is not made again.
  let isNew: Bool
  /// What it holds, in words.
  let what: String

  /// What the agent is told.
  static func words(_ backups: [AgentBackup]) -> String {
    let list = backups.map { "\(RollbackBackup.prefix)\($0.id) has \($0.what)" }.joined(separator: "; ")
    let reference = RollbackBackup.prefix + (backups.last?.id ?? "")
    return
      "what this command may lose was kept: \(list). To get it back: llmos-hook backups restore \(backups.last?.id ?? ""), "
      + "or single files: git restore --source=\(reference) PATH (untracked ones: --source=\(reference)^3)"
  }
}

extension Engine {
  /// Keeps what a command is about to lose, as a rollback does.
  ///
  /// - Returns: the backups; none where nothing would be lost.
  /// - Throws: `Refusal` (1) where a backup cannot be made: the command must not run then.
  func backUp(_ losses: [Loss]) throws -> [AgentBackup] {
    do {
      var made: [AgentBackup] = []
      let ofFiles = losses.filter { if case .stashes = $0 { false } else { true } }
      if !ofFiles.isEmpty, let backup = try backUpFiles(ofFiles) { made.append(backup) }
      for case .stashes(let numbers) in losses { made += try backUpStashes(numbers) }
      return made
    } catch {
      let refusal = Refusal(error)
      throw Refusal(
        .refused, "this command may lose work that is not committed, and no backup can be made of it",
        why: [refusal.what, refusal.why].compactMap { $0 }.joined(separator: ": "),
        remedy: refusal.remedy ?? "commit the work, or leave it as it is")
    }
  }

  private func backUpFiles(_ losses: [Loss]) throws -> AgentBackup? {
    let head = try repository.head()
    try Files.makeDirectory(repository.gitDirectory + Layout.name)
    guard let lock = try FileLock(repository.gitDirectory + Layout.backupLock.path, patience: 5) else {
      throw Refusal(.tryAgain, "another backup is being made", remedy: "run the same command again")
    }
    defer { lock.release() }
    let index = RollbackIndex(
      gitDirectory: repository.gitDirectory, worktree: worktree, lock: lock,
      objectWidth: repository.objectWidth, showsProgress: false,
      directory: Layout.backupIndex.path)
    try index.begin(keepingBefore: false)
    defer { index.end() }
    guard let commit = head.commit else {
      throw Refusal(.refused, "there is no commit yet", remedy: "leave the files as they are")
    }
    let tree = try repository.commit(commit).tree
    let snapshot = try RollbackSnapshot(index, repository, head: tree, destinations: [tree])
    guard losses.contains(where: { isLost($0, snapshot) }) else { return nil }
    let seal = try repository.sealInForce()
    return try write(snapshot, index, head, commit, seal.entry)
  }

  private func write(
    _ snapshot: RollbackSnapshot, _ index: RollbackIndex, _ head: Head, _ commit: ObjectID, _ entry: ObjectID
  ) throws -> AgentBackup {
    let what = Self.words(snapshot)
    let backup = try RollbackBackup.write(
      snapshot, index, self, kind: RollbackBackup.agentKind, head: head,
      target: RollbackTarget(name: "HEAD", commit: commit), mode: .reset, entry: entry,
      subject: "Before an agent's command", reusing: true)
    return AgentBackup(id: backup.id, isNew: backup.isNew, what: what)
  }

  private static func words(_ snapshot: RollbackSnapshot) -> String {
    let count = { (number: Int, noun: String) in "\(number) \(noun)\(number == 1 ? "" : "s")" }
    var words: [String] = []
    if !snapshot.dirty.isEmpty { words.append(count(snapshot.dirty.count, "changed file")) }
    if !snapshot.untracked.isEmpty { words.append(count(snapshot.untracked.count, "untracked file")) }
    return words.joined(separator: " and ")
  }

  /// Whether a command would lose something that the snapshot has.
  private func isLost(_ loss: Loss, _ snapshot: RollbackSnapshot) -> Bool {
    switch loss {
    case .changes: return !snapshot.dirty.isEmpty
    case .untracked: return !snapshot.untracked.isEmpty
    case .stashes: return false
    case .paths(let paths):
      let root = worktree.rawBytes
      return paths.contains { path in
        let full = path.rawBytes
        // The root itself has no slash behind it.
        if full.count < root.count { return !snapshot.dirty.isEmpty || !snapshot.untracked.isEmpty }
        guard full.starts(with: root) else { return false }
        let own = Array(full.dropFirst(root.count))
        let below = own + [UInt8(ascii: "/")]
        return (snapshot.dirty + snapshot.untracked).contains { $0 == own || $0.starts(with: below) }
      }
    }
  }

  /// A stash is a commit of the form that a backup has.
  private func backUpStashes(_ numbers: [Int]) throws -> [AgentBackup] {
    let printed = try GitProcess.run(["stash", "list", "--format=%H"], in: worktree)
    let stashes = printed.text.split(separator: "\n").compactMap { ObjectID(hex: String($0)) }
    let entry = try repository.sealInForce().entry
    var made: [AgentBackup] = []
    for (number, id) in stashes.enumerated() where numbers.isEmpty || numbers.contains(number) {
      let backup = try RollbackBackup.write(stash: id, self, entry: entry)
      made.append(AgentBackup(id: backup.id, isNew: backup.isNew, what: "stash@{\(number)}"))
    }
    return made
  }
}
