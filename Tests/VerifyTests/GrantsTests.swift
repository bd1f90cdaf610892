import Core
import Testing
import Verify

/// What owners have granted, and which entries that covers.
@Suite struct GrantsTests {
  private let branch = "refs/heads/agent/x"
  private let place = Place("F", "DEV")

  /// An entry of a ledger; `number` makes its name.
  private func entry(
    _ number: Int, _ kind: Entry.Kind, actor: String = "OWNER", at seconds: Int64, in place: Place,
    grant: GrantInForce? = nil, rules: RulesVersion = RulesVersion(),
    _ fill: (inout Entry) -> Void = { _ in }
  ) throws -> CheckedEntry {
    var record = try GateRecord(of: place, mayCommit: true, sequence: number)
    (record.grant, record.rules) = (grant, rules)
    var said = Entry(
      sequence: number, kind: kind, seconds: seconds, identity: Identity(actor: .owner), place: place,
      trigger: kind.rawValue)
    said.actor = RecordedActor(text: actor)
    fill(&said)
    let seal = Seal(
      entry: World.entryID(1, number), previous: nil, state: .null, record: record, reference: "", head: nil)
    return CheckedEntry(seal, said, isSound: true)
  }

  private func given(_ number: Int = 1, until: Int64? = 1000, actor: String = "OWNER") throws -> CheckedEntry
  {
    try entry(number, .grant, actor: actor, at: 100, in: Place("F", "QA")) {
      $0.grant = Grant(branch: branch, place: place, until: until)
    }
  }

  private func revoked(_ number: Int = 1, at seconds: Int64, actor: String = "OWNER") throws -> CheckedEntry {
    try entry(2, .revoke, actor: actor, at: seconds, in: Place("F", "QA")) {
      $0.revoked = [World.entryID(1, number)]
    }
  }

  private func held(until: Int64? = 1000, branch: String? = nil, number: Int = 1) -> GrantInForce {
    GrantInForce(entry: World.entryID(1, number), branch: branch ?? self.branch, until: until)
  }

  private func work(
    _ grant: GrantInForce, _ kind: Entry.Kind = .transition, at seconds: Int64 = 500, in place: Place? = nil,
    rules: RulesVersion = RulesVersion()
  ) throws -> CheckedEntry {
    try entry(
      9, kind, actor: "AGENT:DEV", at: seconds, in: place ?? self.place, grant: grant, rules: rules)
  }

  /// How an agent's ledger begins.
  private func begun(by actor: String = "AGENT:DEV") throws -> CheckedEntry {
    try entry(8, .genesis, actor: actor, at: 1, in: Place("F", "QA"))
  }

  private func problem(_ entry: CheckedEntry, _ owners: [CheckedEntry]) throws -> String? {
    try Grants([CheckedLedger("refs/llmos/ledger/main", owners)])
      .problem(of: 1, in: [begun(), entry])
  }

  @Test func whatFitsIsCovered() throws {
    let owners = [try given()]
    #expect(try problem(work(held()), owners) == nil)
    #expect(try problem(work(held(), .sync, at: 999), owners) == nil)
    // The clock of the agent's machine may be behind: nothing is named before it is there.
    #expect(try problem(work(held(), at: 50), owners) == nil)
    #expect(try problem(work(held(until: nil), at: 1 << 31), [try given(until: nil)]) == nil)
  }

  @Test func whatGoesBeyondIsNot() throws {
    let owners = [try given()]
    let beyond = "it goes beyond the owner's grant for agent/x"
    #expect(try problem(work(held(branch: "refs/heads/main")), owners) == beyond)
    #expect(try problem(work(held(until: nil)), owners) == beyond)
    #expect(try problem(work(held(), in: Place("F", "RELEASE")), owners) == beyond)
    #expect(try problem(work(held(), rules: RulesVersion(scenarios: "1")), owners) == beyond)
    for kind in [Entry.Kind.genesis, .phaseCompleted, .rollback, .override, .grant] {
      #expect(try problem(work(held(), kind), owners) == beyond)
    }
    #expect(try problem(work(held(), at: 1000), owners) == "the owner's grant for agent/x had ended")
    #expect(try problem(work(held(number: 7)), owners)?.hasPrefix("no owner's entry that is known") == true)
  }

  @Test func revocationCountsFromItsTime() throws {
    let owners = [try given(), try revoked(at: 500)]
    #expect(try problem(work(held(), at: 499), owners) == nil)
    #expect(try problem(work(held(), at: 500), owners) == nil)
    #expect(try problem(work(held(), at: 501), owners) == "the owner had revoked the grant for agent/x")
    // What the owner knew then stays, whatever clock it was made by.
    let known = try entry(2, .revoke, at: 500, in: Place("F", "QA")) {
      ($0.revoked, $0.kept) = ([World.entryID(1, 1)], [World.entryID(1, 9)])
    }
    #expect(try problem(work(held(), at: 900), [try given(), known]) == nil)
    let grants = Grants([CheckedLedger("a", [try given(), known])])
    var later = try work(held(), .sync, at: 901)
    later = CheckedEntry(
      Seal(
        entry: World.entryID(1, 10), previous: nil, state: .null, record: later.record, reference: "",
        head: nil), later.read.said, isSound: true)
    #expect(grants.problem(of: 1, in: [try work(held(), at: 900), later]) != nil)
    #expect(Grants([CheckedLedger("a", owners)]).all.map { $0.isInForce(at: 499) } == [false])
  }

  @Test func onlyAnOwnerGivesAndEnds() throws {
    #expect(try problem(work(held()), [try given(actor: "AGENT:DEV")]) != nil)
    #expect(try problem(work(held()), [try given(actor: "SYSTEM")]) != nil)
    #expect(try problem(work(held()), [try given(), try revoked(at: 400, actor: "AGENT:DEV")]) == nil)
    // Where others have signatures, one without opens nothing and ends nothing.
    var signed = try given(3)
    signed.namesKeys = true
    let ledgers = [CheckedLedger("a", [signed]), CheckedLedger("b", [try given(), try revoked(3, at: 1)])]
    let grants = Grants(ledgers)
    #expect(grants.all.map(\.entry.id) == [signed.id])
    #expect(grants.all.first?.revokedAt == nil)
  }

  @Test func aSignedLedgerThatTheOwnerBeganIsNotTakenOver() throws {
    let grants = Grants([CheckedLedger("a", [try given()])])
    var work = try work(held())
    work.namesKeys = true
    for (actor, isCovered) in [("OWNER", false), ("SYSTEM", false), ("AGENT:DEV", true)] {
      var first = try begun(by: actor)
      first.namesKeys = true
      let ledger = CheckedLedger("b", [first, work])
      #expect((grants.problem(of: 1, in: ledger.entries) == nil) == isCovered)
    }
  }
}
