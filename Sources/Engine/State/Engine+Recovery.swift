import Core
import Git
import Ledger
import Platform

/// What a call does first about those that were interrupted.
extension Engine {
  /// Finishes or forgets what an interrupted call had begun. The caller holds the lock.
  ///
  /// - Returns: what was done, for people.
  func recover() throws -> [String] {
    let done = try takeBackCheckpoint()
    try repository.keepWrittenDown()
    try sealOrphanedLogs()
    if let record = try repository.seal(under: repository.ledgerReference)?.record {
      try BranchLock.bringInLine(repository, record, at: repository.head())
    }
    try LyingAbout.settle(repository, under: repository.seal(under: repository.ledgerReference))
    guard let intent = try Intent.read(repository) else { return done }
    guard let seal = try repository.seal(under: repository.ledgerReference),
      try seal.entry == intent.entry || repository.entry(intent.entry, isBefore: seal)
    else {
      Intent.remove(repository)
      return done + ["discarded an interrupted transition that had not begun"]
    }
    // Only then: what cannot be noted now is noted by a later call.
    try Notes.append(intent.lines, to: repository, at: System.now)
    Intent.remove(repository)
    return done + ["finished an interrupted transition"]
  }

  /// Seals the landings of worktrees that are gone (git-worktree(1), "remove"), in the ledgers that they leave.
  func sealOrphanedLogs() throws {
    let there = repository.ledgersOfWorktrees()
    for ledger in LandingLog.ledgers(repository) where !there.contains(ledger.rawBytes) {
      try sealLog(of: ledger, trigger: "worktree-removed")
      LandingLog(repository, ledger: ledger).removeEmpty()
    }
  }

  /// Seals the landings of the clone's other worktrees, whose commits this one may push. The caller holds the lock of its
  /// own worktree; where another command moves the state of one just now, that command seals them.
  func sealOtherLogs(trigger: String) throws {
    for ledger in LandingLog.ledgers(repository) where ledger != repository.ledgerReference {
      guard try !LandingLog(repository, ledger: ledger).content().landings.isEmpty,
        let directory = repository.gitDirectory(ofWorktreeWith: ledger)
      else { continue }
      try Files.makeDirectory(directory + Layout.name)
      guard let lock = try FileLock(directory + Layout.lock.path) else { continue }
      defer { lock.release() }
      try sealLog(of: ledger, trigger: trigger)
    }
  }

  /// Seals the landings of every worktree, before their logs go.
  func sealAllLogs(trigger: String) throws {
    let lock = try StateLock(repository)
    defer { lock.release() }
    try sealLog(of: repository.ledgerReference, trigger: trigger)
    try sealOtherLogs(trigger: trigger)
    try sealOrphanedLogs()
  }

  private func sealLog(of ledger: String, trigger: String) throws {
    let log = LandingLog(repository, ledger: ledger)
    guard try !log.content().landings.isEmpty, let seal = try repository.seal(under: ledger),
      try repository.canSign(after: seal)
    else { return }
    let seconds = System.now
    var new = NewEntry(
      kind: .sync, seconds: seconds, identity: identity, head: Head(branch: nil, commit: seal.head),
      record: seal.record.carriedOn(to: seal.record.sequence + 1), state: try repository.blob(seal.state),
      trigger: trigger, author: try author(seconds))
    new.takesSigners = false
    var remarks: [String] = []
    _ = try repository.sealLandings(with: new, after: seal, &remarks)
  }

  /// Undoes a checkpoint that no entry covers. The caller holds the lock.
  ///
  /// - Returns: what was done, for people.
  func takeBackCheckpoint() throws -> [String] {
    let answered = try repository.seal(under: repository.ledgerReference)?.head
    return try PendingCheckpoint(repository).takeBack(repository, answered: answered)
      ? ["undid the checkpoint of an interrupted transition"] : []
  }
}
