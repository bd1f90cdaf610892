import Core
import Git
import Ledger
import Platform

/// What `sync` takes from a remote.
extension Sync {
  /// - Returns: false when another sync of this repository was there first.
  func fetch(_ engine: borrowing Engine) throws -> Bool {
    // Into references that nothing but the engine moves: our own hook would refuse git.
    let fetch =
      Repository.optionsWithoutHooks + [
        "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--prune",
        "--no-auto-maintenance", remote,
        "+\(Ledger.prefix)*:\(incoming)*", "+\(Notes.reference)*:\(incomingNotes)*",
      ]
    var result = try GitProcess.run(fetch, in: worktree, environment: environment)
    if result.code != 0, result.errors.contains(".lock") {
      // One that was killed left its locks.
      LockFile.removeStale(below: engine.repository.commonDirectory + incoming)
      LockFile.removeStale(below: engine.repository.commonDirectory + Layout.incomingNotes.text)
      result = try GitProcess.run(fetch, in: worktree, environment: environment)
    }
    if result.code == 0 { return true }
    if result.errors.contains("cannot lock ref") { return false }
    throw failed("fetch", result)
  }

  func failed(_ what: String, _ result: Child.Ending) -> Refusal {
    let words = result.errors.split(separator: "\n").map(String.init)
    return Refusal(
      .io, "cannot \(what) with \(remote)", why: words.first { $0.hasPrefix("fatal:") } ?? words.first,
      remedy: "run git fetch \(remote) to see why")
  }

  /// What git does at the end of each fetch (git-maintenance(1)), and costs a fifth of one that brings nothing.
  func maintain() throws {
    guard hasCome else { return }
    _ = try GitProcess.run(["maintenance", "run", "--auto", "--quiet"], in: worktree)
  }

  /// Puts the remote's ledgers where ours are.
  ///
  /// - Returns: what the remote has, under the names that a fetch gives it here.
  /// - Throws: `Refusal` (1) where one was rewritten, or ours was replaced.
  @discardableResult
  mutating func takeLedgers(_ engine: borrowing Engine, _ clone: String) throws -> [Repository.Tip] {
    outdated = []
    let there = try engine.repository.tips(matching: incoming + "*")
    let ours = try engine.repository.tips(matching: Ledger.prefix + "*")
    let here = Repository.Tip.byName(ours)
    let replaced = try engine.repository.replaced(in: engine.repository.sealInForce().replaced).ledgers
    for tip in there {
      let name = tip.name.dropFirst(incoming.count)
      // A ledger under a plain name is that repository's own worktree's, and none of what is exchanged; one of any other
      // form would stand in the way of ours.
      guard Ledger.isOfClone(name) else { continue }
      if !replaced.isEmpty, try replaced[BeginAnew.first(of: tip, engine.repository)] != nil {
        outdated.append(String(name))
        continue
      }
      let isOwn = name.hasPrefix(clone + "/")
      let local = Ledger.prefix + (isOwn ? name.dropFirst(clone.utf8.count + 1) : name)
      guard let now = here[local.rawBytes] else {
        // Its worktree is gone, and its ledger with it, or it is another clone's and new.
        try engine.repository.moveOurs(
          isOwn ? Ledger.prefix + name : local, to: tip.id, expecting: nil, message: "llmos-hook: sync")
        hasCome = true
        continue
      }
      if try now == tip.id || isEntry(tip.id, before: now, local, engine.repository) { continue }
      guard try !isOwn && isEntry(now, before: tip.id, local, engine.repository) else {
        throw Refusal(
          .refused, "the ledger \(name) of \(remote) does not continue ours",
          why: isOwn ? "another copy of this clone has the same name" : "it was rewritten there",
          remedy: isOwn
            ? "git config --unset \(Ledger.cloneKey), then llmos-hook sync" : "see git log \(tip.name)")
      }
      try engine.repository.moveOurs(local, to: tip.id, expecting: now, message: "llmos-hook: sync")
      hasCome = true
    }
    try requireNotReplaced(engine, clone, ours, among: there)
    return there
  }

  private func isEntry(
    _ old: ObjectID, before new: ObjectID, _ name: String, _ repository: borrowing Repository
  ) throws -> Bool {
    try repository.entry(old, isBefore: repository.seal(at: new, under: name))
  }

  /// Merged by git, in a reference of its own, then put in place by compare-and-swap: a record that another
  /// process adds meanwhile is not lost.
  func mergeNotes(_ engine: borrowing Engine) throws {
    guard let theirs = try engine.repository.target(of: incomingNotes) else { return }
    for _ in 0..<100 {
      let ours = try engine.repository.target(of: Notes.reference)
      var merged = theirs
      if let ours, ours != theirs {
        if try engine.repository.isAncestor(theirs, of: ours) { return }
        if try !engine.repository.isAncestor(ours, of: theirs) { merged = try merge(ours, engine) }
      }
      do {
        if ours == merged { return }
        return try engine.repository.moveOurs(
          Notes.reference, to: merged, expecting: ours, message: "notes: merged by llmos-hook sync")
      } catch {
        guard [.modified, .exists].contains(error.code) else { throw error }
      }
    }
    throw Refusal(.tryAgain, "\(Notes.reference) keeps changing", remedy: "run the same command again")
  }

  private func merge(_ ours: ObjectID, _ engine: borrowing Engine) throws -> ObjectID {
    let scratch = "\(Layout.mergedNotes.text)\(System.processID)"
    let git = ["git", "-C", worktree] + Repository.optionsWithoutHooks
    defer { _ = Child.output(of: git + ["update-ref", "-d", scratch]) }
    guard Child.output(of: git + ["update-ref", scratch, ours.description]) != nil,
      Child.bytes(
        of: git + ["notes", "--ref=\(scratch)", "merge", "-q", "-s", "cat_sort_uniq", incomingNotes])
        != nil, let merged = try engine.repository.target(of: scratch)
    else {
      throw Refusal(
        .io, "git could not merge the notes of \(remote)",
        remedy: "git notes --ref=llmos merge -s cat_sort_uniq \(incomingNotes)")
    }
    return merged
  }
}
