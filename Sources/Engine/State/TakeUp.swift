import Core
import Git
import Hook
import Ledger
import Platform
import StateFile
import Verify

/// An agent's machine takes up what the owner has opened to its key: its ledger goes on in the phase of the grant.
extension Engine {
  /// Where a ledger begins in which nothing lands.
  static let start = Place("PROJECT_BOOTSTRAP", "INITIALIZATION")

  /// Whether a grant can change anything here: an agent asks, and its ledger stands at the start, or by a grant.
  public func mayTakeUpGrant() throws -> Bool {
    guard identity.actor.isAgent, let record = try repository.sealInForceIfAny()?.record else { return false }
    return record.grant != nil || record.place == Self.start
  }

  /// Whether an agent works in a phase that no grant opens on HEAD's branch.
  public func lacksGrant() throws -> Bool {
    guard try mayTakeUpGrant() else { return false }
    return try repository.sealInForce().record.grant?.branch.rawBytes != repository.head().branch?.rawBytes
  }

  /// Takes up the newest grant in force for HEAD's branch and this machine's key, as far as the ledgers here tell.
  ///
  /// - Parameter remarks: gets what people should know.
  /// - Returns: the grant under which this machine works now; nil when it works under none.
  public func takeUpGrant(_ remarks: inout [String]) throws -> GrantInForce? {
    guard try mayTakeUpGrant() else { return nil }
    let grants = try Verification(repository).grants
    let held = try repository.sealInForce().record.grant
    let own = try repository.configuration(Layout.signingKey.text).flatMap { Signers.publicKey(of: $0) }
    let head = try repository.head()
    var open: [Grants.Given] = []
    for given in grants.all where given.isInForce(at: System.now) {
      if try fits(given, own) { open.append(given) }
    }
    if let given = open.last(where: { $0.grant.branch.rawBytes == head.branch?.rawBytes }) {
      if given.entry.id == held?.entry { return held }
      return try takeUp(given, &remarks)
    }
    if let held, let given = grants.given(by: held.entry), given.revokedAt != nil {
      try Files.replace(
        repository.gitDirectory + Layout.grantRevoked.path, with: Array(held.entry.description.utf8),
        scratch: repository.gitDirectory)
    }
    if held == nil { try tell(open, grants, own, head, &remarks) }
    return held
  }

  /// Whether a grant is this machine's: its key is here, or it is for none and the owner's ledger has no keys.
  private func fits(_ given: Grants.Given, _ own: String?) throws -> Bool {
    if let key = given.grant.key { return key == own }
    guard given.entry.read.hasSigners else { return true }
    return try repository.signers(inTree: repository.commit(given.entry.id).tree)?.hasKeys != true
  }

  /// Tells an agent that begins where its grants are.
  private func tell(
    _ open: [Grants.Given], _ grants: Grants, _ own: String?, _ head: Head, _ remarks: inout [String]
  ) throws {
    if !open.isEmpty {
      let names = Set(open.map(\.grant.name)).sorted()
      return remarks.append(
        "the owner's grant is for \(names.joined(separator: ", ")): git switch \(names[0]), then llmos-hook sync"
      )
    }
    let others = grants.all.filter {
      $0.isInForce(at: System.now) && $0.grant.branch.rawBytes == head.branch?.rawBytes
    }
    guard let other = others.last else { return }
    remarks.append(
      "the owner's grant for \(other.grant.name) is for another key: git config llmos.signingKey FILE, "
        + "then llmos-hook sync" + (own == nil ? " (no key is configured here)" : ""))
  }

  /// How the newest grant for HEAD's branch ended, for a machine that comes too late; nil where there was none. One whose
  /// clock goes wrong shows it by its own time.
  func endedGrant() throws -> String? {
    let branch = try repository.head().branch?.rawBytes
    guard try mayTakeUpGrant(),
      let over = try Verification(repository).grants.all.last(where: { $0.grant.branch.rawBytes == branch }),
      !over.isInForce(at: System.now)
    else { return nil }
    let end =
      over.revokedAt != nil
      ? "was revoked"
      : "ended at \(over.grant.until.map(Timestamp.text) ?? ""), and here it is \(Timestamp.text(System.now))"
    return "the owner's grant for \(over.grant.name) \(end): ask the owner for another"
  }

  private func takeUp(_ given: Grants.Given, _ remarks: inout [String]) throws -> GrantInForce {
    let lock = try StateLock(repository)
    defer { lock.release() }
    remarks += try recover()
    let head = try repository.head()
    let previous = try repository.adoptSealInForce(at: head, &remarks)
    let rules = try Rules(repository, version: given.entry.record.rules)
    let seconds = System.now
    var state = State(place: given.grant.place, at: Timestamp.text(seconds))
    for pair in context(of: given, rules) { state.setContext(pair.key, pair.value) }
    var record = try rules.record(state, sequence: previous.record.sequence + 1)
    record.harnesses = Set(previous.record.harnesses + given.entry.record.harnesses).sorted()
    let grant = GrantInForce(entry: given.entry.id, branch: given.grant.branch, until: given.grant.until)
    record.grant = grant
    var new = NewEntry(
      kind: .transition, seconds: seconds, identity: identity, head: head, record: record,
      state: StateFile.encode(state, catalog: rules.catalog), trigger: "grant", author: try author(seconds))
    new.said.granted = given.entry.id
    new.granting = try repository.seal(at: given.entry.id, under: given.entry.read.reference)
    _ = try publish(
      new, after: previous, [], lying: LyingAbout(worktreeChanges(), in: worktree), &remarks)
    Files.remove(repository.gitDirectory + Layout.grantRevoked.path)
    let end = grant.until.map { " until " + Timestamp.text($0) } ?? ""
    remarks.append("by the owner's grant for \(grant.name)\(end): entered \(record.place)")
    return grant
  }

  /// The context in which an agent works: the owner's, where that is in the same scenario, and the feature that the
  /// branch names.
  private func context(of given: Grants.Given, _ rules: Rules) -> [ContextValue] {
    let record = given.entry.record
    if record.place.scenario == given.grant.place.scenario { return record.context }
    guard given.grant.place.scenario == "FEATURE_DEVELOPMENT",
      given.grant.name.hasPrefix(FeatureSlug.branchPrefix),
      let slug = try? FeatureSlug(String(given.grant.name.dropFirst(FeatureSlug.branchPrefix.count)))
    else { return [] }
    return [ContextValue("feature_slug", slug.text)]
  }

  /// An agent seals nothing by a grant that has ended.
  ///
  /// - Throws: `Refusal` (1).
  func requireGrantInForce() throws {
    guard let record = try repository.sealInForceIfAny()?.record, let grant = record.grant else { return }
    let isRevoked = repository.isRevoked(grant)
    guard isRevoked || grant.until.map({ $0 <= System.now }) ?? false else { return }
    throw Refusal(
      .refused,
      "the owner's grant for \(grant.name) "
        + (isRevoked ? "was revoked" : "ended at \(grant.until.map(Timestamp.text) ?? "")"),
      why: "what landed since the last sync stays here, and nothing is sealed",
      remedy: grant.wayToRenew(at: record.place))
  }
}
