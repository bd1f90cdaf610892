import Core
import Git
import Platform

extension Repository {
  /// Appends an entry that seals what the hooks let land in its worktree, while no hook decides.
  ///
  /// It is prepared and signed first, which may take its time; when something has landed meanwhile, it is prepared
  /// again. After some times of that the hooks have to wait for it.
  ///
  /// - Parameters:
  ///   - previous: the newest entry that the caller saw; nil for the first of a ledger.
  ///   - origin: the seal that a worktree's first entry takes over.
  ///   - remarks: gets what people should know.
  ///   - willMove: is told the entry right before the ledger moves to it.
  /// - Returns: the new seal.
  /// - Throws: `GitError`: `.modified`, `.exists` or `.locked` when another process was first; `Refusal` (75) when a hook
  ///   keeps the log.
  public func sealLandings(
    with new: NewEntry, after previous: Seal?, adopting origin: Seal? = nil, _ remarks: inout [String],
    willMove: (Seal, Entry) throws -> Void = { _, _ in }
  ) throws -> Seal {
    let log = LandingLog(self, ledger: previous?.reference ?? ledgerReference)
    for attempt in 0..<5 {
      var said: [String] = []
      let sealed: (seal: Seal, landings: [Landing])?
      if attempt < 4 {
        let content = try log.content()
        let seal = try prepare(
          new.sealing(content.landings, after: previous, origin), after: previous, adopting: origin, &said)
        let isPublished = try log.seal(size: content.size) { try move(to: seal, new, previous, willMove) }
        sealed = isPublished ? (seal, content.landings) : nil
      } else {
        sealed = try log.hold { content in
          let seal = try prepare(
            new.sealing(content.landings, after: previous, origin), after: previous, adopting: origin, &said)
          try move(to: seal, new, previous, willMove)
          return (seal, content.landings)
        }
      }
      guard let sealed else { continue }
      remarks += said
      var table = BranchTable(self)
      table.apply(sealed.landings)
      // The engine moves a branch without a hook: to what the entry answers for.
      if let branch = new.said.branch, let commit = new.said.head, new.said.commits.contains(commit) {
        table.set(branch, to: commit)
      }
      try table.write(self)
      if sealed.seal.reference.rawBytes == ledgerReference.rawBytes { try markLedgerBegun() }
      return sealed.seal
    }
    throw Refusal(.software, "the ledger was not moved", remedy: "report this")
  }

  private func move(
    to seal: Seal, _ new: NewEntry, _ previous: Seal?, _ willMove: (Seal, Entry) throws -> Void
  ) throws {
    try willMove(seal, new.said)
    try publish(seal, previous: previous)
  }
}

extension NewEntry {
  /// The entry with the landings that it seals.
  fileprivate func sealing(_ landings: [Landing], after previous: Seal?, _ origin: Seal?) -> NewEntry {
    var entry = self
    entry.landings = LandingLog.sealable(landings, after: previous, adopting: origin) + derived
    return entry
  }
}
