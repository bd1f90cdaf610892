import Core
import Git
import Platform

extension Repository {
  /// The newest seal of this worktree. A linked worktree that has no ledger yet gets one: its first entry takes
  /// over the main worktree's state.
  ///
  /// - Parameter remarks: gets what people should know.
  /// - Throws: `Refusal`: 66 when nothing was ever sealed, 65 when the ledger is damaged.
  public func adoptSealInForce(at head: Head, _ remarks: inout [String]) throws -> Seal {
    let seal = try sealInForce()
    return try isToAdopt(seal) ? adopt(seal, at: head, &remarks) : seal
  }

  /// Whether a seal in force is another worktree's, which this one will take over with its own first entry.
  public func isToAdopt(_ seal: Seal) throws -> Bool {
    guard seal.reference.rawBytes != ledgerReference.rawBytes || !hasBegunLedger else { return false }
    // Where the ledger is signed and no key is here, a new worktree stands as the other one does.
    return try canSign(after: seal)
  }

  /// The newest seal that holds in this worktree: its own, else the one that it will take over. Writes nothing.
  public func sealInForce() throws -> Seal {
    guard let seal = try sealInForceIfAny() else {
      throw Refusal(
        .noInput, "no state is sealed here (\(ledgerReference) does not exist)", remedy: "llmos-hook install")
    }
    return seal
  }

  /// The same, or nil where nothing was ever sealed.
  public func sealInForceIfAny() throws -> Seal? {
    // Mostly the worktree's own is there, and no other reference need be looked at.
    if hasBegunLedger, let seal = try seal(under: ledgerReference) { return seal }
    let main = Ledger.reference(linkedWorktree: nil)
    let others = try localLedgers()
    return try (others.contains(main) ? main : others.first).flatMap { try seal(under: $0) }
  }

  /// Whether the ledger of this worktree's name is its own, and not that of one of the same name which is gone.
  public var hasBegunLedger: Bool {
    linkedWorktree == nil || Files.isReachable(gitDirectory + Layout.begun.path)
  }

  /// Marks this worktree's ledger as its own, after its first entry.
  ///
  /// - Throws: `Refusal` (73). The next entry then begins the worktree once more, which loses nothing.
  func markLedgerBegun() throws {
    guard !hasBegunLedger else { return }
    try Files.makeDirectory(gitDirectory + Layout.name)
    try Files.touch(gitDirectory + Layout.begun.path)
  }

  /// The ledgers of this clone's worktrees.
  public func localLedgers() throws -> [String] {
    try references(matching: Ledger.prefix + "*").filter(Ledger.isLocal)
  }

  private func adopt(_ origin: Seal, at head: Head, _ remarks: inout [String]) throws -> Seal {
    let worktree = try worktree()
    // A worktree of the same name that is gone has left its ledger: records only grow.
    let gone = try self.seal(under: ledgerReference)
    var record = origin.record.carriedOn(to: (gone?.record.sequence ?? 0) + 1)
    record.isAdopted = true
    let new = NewEntry(
      kind: .genesis, seconds: System.now, identity: Identity(actor: .system), head: head, record: record,
      state: try blob(origin.state), trigger: "worktree")
    let seal: Seal
    do {
      seal = try sealLandings(with: new, after: gone, adopting: origin, &remarks)
    } catch let error as GitError where [.exists, .locked, .modified].contains(error.code) {
      // Another first call in this worktree did the same at this moment.
      guard let other = try self.seal(under: ledgerReference), other.entry != gone?.entry else { throw error }
      return other
    }
    if case .missing = Files.read(worktree + StatePath.name, limit: StatePath.limit) {
      try Files.replace(worktree + StatePath.name, with: new.state, scratch: gitDirectory, isShared: false)
    }
    remarks.append("this worktree starts at \(record.place), like \(origin.worktree)")
    return seal
  }
}

extension Seal {
  /// The worktree whose ledger this is, for a message.
  public var worktree: String {
    reference == Ledger.reference(linkedWorktree: nil)
      ? "the main one" : String(reference.dropFirst(Ledger.prefix.count))
  }
}
