import Core
import Git
import Ledger
import Platform
import Verify

/// The owner opens a phase to an agent's key, on a branch, from any machine, and ends that again.
extension Engine {
  /// Gives a grant: an entry that moves nothing here.
  ///
  /// - Parameters:
  ///   - branch: its name, short or full. It need not exist yet.
  ///   - key: the file of the agent's public key; nil where the ledger has no keys.
  ///   - phase: `SCENARIO:PHASE`.
  ///   - until: when it ends, in seconds since 1970; nil until it is revoked.
  ///   - remarks: gets what people should know.
  /// - Throws: `Refusal` for anybody but the owner, and for a phase in which nothing lands.
  public func grant(
    _ branch: String, key: String?, phase: String, until: Int64?, reason: String?, _ remarks: inout [String]
  ) throws -> Grant {
    try requireOwner("grant")
    let branch = try Self.fullName(ofBranch: branch, in: worktree)
    let key = try key.map { file in
      guard let key = Signers.publicKey(of: file) else {
        throw Refusal(
          .data, "\(file) is no public key of ssh", remedy: "ssh-keygen -t ed25519 -f FILE; --key FILE.pub")
      }
      return key
    }
    if let until, until <= System.now {
      throw Refusal(.usage, "\(Timestamp.text(until)) is over", remedy: "--until 8h, or a time to come")
    }
    var grant = Grant(branch: branch, place: Place("", ""), key: key, until: until)
    _ = try sealUnmoved(.grant, reason: reason, &remarks) { entry, seal in
      let rules = try Rules(repository, version: entry.record.rules)
      grant.place = try rules.catalog.place(named: phase, command: "llmos-hook grant \(grant.name) --phase")
      guard rules.catalog.phase(at: grant.place)?.allowsCommits == true else {
        let places = rules.catalog.committingPlaces.map(\.description).joined(separator: ", ")
        throw Refusal(
          .refused, "\(grant.place) allows no commits, so there is nothing to open",
          why: places.isEmpty ? nil : "commits land in " + places,
          remedy: "llmos-hook grant \(grant.name) --key FILE --phase SCENARIO:PHASE")
      }
      try requireFittingKey(grant, seal)
      entry.said.grant = grant
    }
    return grant
  }

  /// Ends all grants for a branch that are in force.
  ///
  /// - Returns: those that end.
  /// - Throws: `Refusal` for anybody but the owner, and where there is none.
  public func revoke(_ branch: String, reason: String?, _ remarks: inout [String]) throws -> [Grants.Given] {
    try requireOwner("revoke")
    let branch = try Self.fullName(ofBranch: branch, in: worktree)
    let verification = try Verification(repository)
    let open = verification.grants.all.filter { $0.isInForce(at: System.now) }
    let ending = open.filter { $0.grant.branch.rawBytes == branch.rawBytes }
    guard !ending.isEmpty else {
      let names = Set(open.map(\.grant.name)).sorted().joined(separator: ", ")
      throw Refusal(
        .refused, "no grant is in force for \(Grant.name(of: branch))",
        why: names.isEmpty ? "there are no grants here" : "there are grants for " + names,
        remedy: "llmos-hook sync brings those that were given elsewhere")
    }
    _ = try sealUnmoved(.revoke, reason: reason, &remarks) { entry, _ in
      entry.said.revoked = ending.map(\.entry.id)
      entry.said.kept = verification.ledgers.newest(by: Set(entry.said.revoked))
    }
    return ending
  }

  private func requireOwner(_ command: String) throws(Refusal) {
    guard identity.actor == .owner else {
      throw Refusal(
        .refused, "only the owner can \(command)", remedy: "ask the owner: llmos-hook \(command) BRANCH")
    }
  }

  /// Where entries are signed, a grant names a key, and not the owner's.
  private func requireFittingKey(_ grant: Grant, _ seal: Seal) throws {
    guard seal.hasSigners, let signers = try repository.signers(inTree: repository.commit(seal.entry).tree),
      signers.hasKeys
    else { return }
    guard let key = grant.key else {
      throw Refusal(
        .usage, "this ledger is signed, so a grant names the agent's key",
        remedy: "llmos-hook grant \(grant.name) --key FILE --phase \(grant.place)")
    }
    if signers.nameAsOwner(key) {
      throw Refusal(
        .refused, "this key is the owner's", why: "whoever has it can do all that the owner can",
        remedy: "ssh-keygen -t ed25519 -f agent-key; llmos-hook grant \(grant.name) --key agent-key.pub")
    }
  }

  /// Appends an owner's entry that leaves the state as it is.
  private func sealUnmoved(
    _ kind: Entry.Kind, reason: String?, _ remarks: inout [String],
    _ fill: (inout NewEntry, Seal) throws -> Void
  ) throws -> Seal {
    let lock = try StateLock(repository)
    defer { lock.release() }
    _ = try recover()
    let head = try repository.head()
    let previous = try repository.adoptSealInForce(at: head, &remarks)
    guard previous.record.grant == nil else {
      throw Refusal(
        .refused, "this clone is an agent's, which works here by a grant",
        remedy: "run it in a clone of yours")
    }
    if let refusal = refusal(ofFile: try repository.fileCondition(previous)) { throw refusal }
    let record = try unmoved(previous, at: head)
    let seconds = System.now
    var new = NewEntry(
      kind: kind, seconds: seconds, identity: identity, head: head, record: record,
      state: try repository.blob(previous.state), trigger: kind.rawValue, reason: reason,
      author: try author(seconds))
    try fill(&new, previous)
    return try publish(new, after: previous, [], &remarks)
  }

  /// A branch's full name, of the form that git takes (git-check-ref-format(1)).
  private static func fullName(ofBranch name: String, in directory: String) throws -> String {
    let short = name.shortBranch ?? name
    guard try GitProcess.run(["check-ref-format", "--branch", short], in: directory).text == short else {
      throw Refusal(
        .usage, "\(name) is no name of a branch", remedy: "llmos-hook grant agent/login --key FILE")
    }
    return "refs/heads/" + short
  }
}
