import Core
import Testing
import Verify

/// What is found of a ledger's entries before a commit is judged by them.
@Suite struct CheckedLedgerTests {
  private func entry(
    _ number: Int, _ kind: Entry.Kind = .transition, actor: String = "OWNER",
    at place: Place = Place("F", "QA"),
    mayCommit: Bool = false, state: UInt8 = 1, isSound: Bool = true, override: String? = nil,
    trigger: String = "set", commits: [ObjectID] = [], isAdopted: Bool = false
  ) throws -> CheckedEntry {
    var record = try GateRecord(of: place, mayCommit: mayCommit, sequence: number)
    record.override = override
    record.isAdopted = isAdopted
    var said = Entry(
      sequence: number, kind: kind, seconds: 0, identity: Identity(actor: .owner), place: place,
      trigger: trigger,
      commits: commits)
    said.actor = RecordedActor(text: actor)
    let blob = try #require([UInt8](repeating: state, count: 20).withUnsafeBytes { ObjectID(bytes: $0) })
    let seal = Seal(
      entry: World.entryID(0, number), previous: nil, state: blob, record: record, reference: "", head: nil)
    return CheckedEntry(seal, said, isSound: isSound)
  }

  private func findings(_ entries: [CheckedEntry], trusting known: ObjectID? = nil) -> (
    said: [String], sound: [Bool]
  ) {
    var ledger = CheckedLedger("refs/llmos/ledger/main", entries)
    let findings = ledger.checkSoundness(trusting: known)
    return (
      findings.map { $0.split(separator: " ").dropFirst(3).joined(separator: " ") },
      ledger.entries.map(\.isSound)
    )
  }

  @Test func whatAllowsMoreThanItsRulesIsFound() throws {
    let entries = [try entry(1), try entry(2, mayCommit: true, isSound: false), try entry(3)]
    #expect(findings(entries) == (["allows more than its rules"], [true, false, true]))
    // What was looked at when it came is not found again, and proves no more for that.
    #expect(findings(entries, trusting: entries[1].id) == ([], [true, false, true]))
    #expect(findings(entries, trusting: entries[0].id).said.count == 1)
  }

  @Test func whatAWorktreeTookOverProvesNothingAndIsNoFinding() throws {
    #expect(findings([try entry(1, .genesis, isSound: false, isAdopted: true)]) == ([], [false]))
    #expect(findings([try entry(1, .genesis, isSound: false)]).said == ["allows more than its rules"])
  }

  /// An override and a sync leave the state as it was, also where the rules cannot be read any more.
  @Test(arguments: [Entry.Kind.override, .sync]) func whatLeavesTheStateIsAsSoundAsWhatIsBefore(
    kind: Entry.Kind
  ) throws {
    #expect(findings([try entry(1), try entry(2, kind, isSound: false)]) == ([], [true, true]))
    #expect(
      findings([try entry(1, isSound: false), try entry(2, kind, isSound: false)])
        == (["allows more than its rules", "allows more than its rules"], [false, false]))
    #expect(
      findings([try entry(1), try entry(2, kind, at: Place("F", "DEV"), isSound: false)]).sound == [
        true, false,
      ])
  }

  @Test func anOverrideMayLetACommitPassAndASyncMayNot() throws {
    #expect(findings([try entry(1), try entry(2, .override, override: "unborn")]) == ([], [true, true]))
    let wrong = "is not a valid sync: it changes the state"
    #expect(findings([try entry(1), try entry(2, .sync, override: "unborn")]) == ([wrong], [true, false]))
    #expect(findings([try entry(1), try entry(2, .sync, state: 2)]) == ([wrong], [true, false]))
    #expect(
      findings([try entry(1), try entry(2, .sync, commits: [World.id(1)])]) == ([wrong], [true, false]))
    // A sync of an earlier version took changed rules over: nothing is wrong, it only proves nothing.
    #expect(findings([try entry(1), try entry(2, .sync, mayCommit: true)]) == ([], [true, false]))
  }

  @Test func whichEntriesNeedASignature() throws {
    /// By entry, `k` for signers that name somebody, `n` for a file that names nobody, `-` for none; and which need one.
    for (files, needing) in [
      ("---", "..."), ("-k-", ".!!"), ("kkk", "!!!"), ("k-k", "!!!"), ("nk-", "..!"), ("kn-", "!!."),
      ("k--", "!!."),
    ] {
      let entries = try files.enumerated().map { index, file in
        var entry = try entry(index + 1)
        entry.namesKeys = file == "-" ? nil : file == "k"
        return entry
      }
      let ledger = CheckedLedger("x", entries)
      #expect(ledger.entries.map { $0.isSigned ? "!" : "." }.joined() == needing, "\(files)")
    }
  }

  @Test func whatIsNotBelievedTakesItsOpeningWithIt() throws {
    var ledger = CheckedLedger("x", try (1...4).map { try entry($0) })
    ledger.disbelieve(from: 2)
    #expect(ledger.entries.map(\.isSound) == [true, false])
    ledger.disbelieve(from: 0)
    #expect(ledger.entries.isEmpty)
  }

  // MARK: What an actor may not seal

  @Test(
    arguments: [
      ("OWNER", Entry.Kind.override, nil), ("OWNER", .transition, nil), ("SYSTEM", .phaseCompleted, nil),
      ("SYSTEM", .override, "only the owner can override the gate"),
      ("AGENT:DEV", .override, "only the owner can override the gate"),
      ("OWNER", .beginAnew, nil), ("SYSTEM", .beginAnew, "only the owner can begin anew"),
      ("AGENT:DEV", .beginAnew, "only the owner can begin anew"),
      ("AGENT:DEV", .sync, nil), ("AGENT", .sync, nil),
      ("AGENT", .transition, "an agent cannot make such an entry"),
      ("AGENT:DEV", .phaseCompleted, "an agent cannot make such an entry"),
      ("AGENT:DEV", .genesis, "an agent cannot make such an entry"),
      ("AGENT:QUALITY_AUDITOR", .transition, "an agent cannot make such an entry"),
      ("NOBODY", .sync, "unknown actor NOBODY"), ("", .transition, "unknown actor "),
    ] as [(String, Entry.Kind, String?)])
  func whoMaySealWhat(actor: String, kind: Entry.Kind, problem: String?) throws {
    #expect(try entry(2, kind, actor: actor).trespass(after: entry(1)) == problem)
  }

  @Test func anAgentsVerdictAndFirstEntry() throws {
    let gate = try entry(1, at: Place("QUALITY_GATE", "VERDICT"))
    let verdict = { (actor: String, trigger: String, override: String?) in
      try entry(2, .phaseCompleted, actor: actor, override: override, trigger: trigger)
    }
    let refused = "an agent cannot make such an entry"
    #expect(try verdict("AGENT:QUALITY_AUDITOR", "quality-gate-pass", nil).trespass(after: gate) == nil)
    #expect(
      try verdict("AGENT:QUALITY_AUDITOR", "quality-gate-pass", "unborn").trespass(after: gate) == refused)
    #expect(try verdict("AGENT:QUALITY_AUDITOR", "quality-gate-pass", nil).trespass(after: nil) == refused)
    #expect(
      try verdict("AGENT:QUALITY_AUDITOR", "quality-gate-pass", nil).trespass(after: entry(1)) == refused)
    #expect(try verdict("AGENT:QUALITY_AUDITOR", "next-phase", nil).trespass(after: gate) == refused)
    #expect(try verdict("AGENT:DEV", "quality-gate-pass", nil).trespass(after: gate) == refused)
    let first = Place("PROJECT_BOOTSTRAP", "INITIALIZATION")
    #expect(try entry(1, .genesis, actor: "AGENT", at: first).trespass(after: nil) == nil)
    #expect(
      try entry(1, .genesis, actor: "AGENT", at: first, override: "unborn").trespass(after: nil) == refused)
  }
}

/// The graph of commits.
@Suite struct CommitGraphTests {
  @Test func linesOfRevListAreTheSameGraph() {
    let ids = (0..<4).map(World.id)
    var made = CommitGraph()
    made.append(ids[3], parents: [ids[2], ids[1]])
    made.append(ids[2], parents: [ids[1]])
    made.append(ids[1], parents: [ids[0]])
    var read = CommitGraph()
    let text = "\(ids[3]) \(ids[2]) \(ids[1])\n\(ids[2]) \(ids[1])\n\(ids[1]) \(ids[0])\n"
    Array(text.utf8).withUnsafeBytes { read.append(lines: $0) }
    for graph in [made, read] {
      #expect(graph.listed.map(graph.id) == [ids[3], ids[2], ids[1]])
      #expect(graph.count == 4)
      // Named as a parent is not listed.
      #expect(graph.place(of: ids[0]) == nil)
      let parents = graph.listed.map { graph.parents(of: $0).map(graph.id) }
      #expect(parents == [[ids[2], ids[1]], [ids[1]], [ids[0]]])
      #expect(graph.reached(from: [ids[2]]).count { $0 } == 2)
      #expect(graph.reached(from: [ids[0]]).allSatisfy { !$0 })
    }
  }

  @Test func aSetOfCommitsIsListedEachBeforeItsParents() throws {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<200 {
      let count = Int.random(in: 1...20, using: &random)
      let parents = (0..<count).map { commit in
        (0..<Int.random(in: 0...2, using: &random)).filter { _ in commit > 0 }
          .map { _ in Int.random(in: 0..<max(1, commit), using: &random) }
      }
      let wanted = Set((0..<count).filter { _ in Bool.random(using: &random) })
      let number = Dictionary(uniqueKeysWithValues: (0..<count).map { (World.id($0), $0) })
      let graph = try CommitGraph(of: Set(wanted.map(World.id))) { id in
        try parents[#require(number[id])].map(World.id)
      }
      let listed = try graph.listed.map { try #require(number[graph.id($0)]) }
      #expect(Set(listed) == wanted && listed.count == wanted.count)
      for (row, commit) in listed.enumerated() {
        #expect(parents[commit].allSatisfy { !listed[..<row].contains($0) })
        let said = graph.parents(of: graph.listed[row]).map(graph.id)
        #expect(said == parents[commit].map(World.id))
      }
    }
  }

  @Test(arguments: ["", "\n", "x\n", "zz\n\n"]) func whatIsNoLineListsNothing(text: String) {
    var graph = CommitGraph()
    Array(text.utf8).withUnsafeBytes { graph.append(lines: $0) }
    #expect(graph.listed.isEmpty && graph.count == 0)
  }
}
