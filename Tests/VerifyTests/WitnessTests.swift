import Core
import Testing
import Verify

/// What the lines of hooks are worth: no more than the entry that they name and the one that seals them.
@Suite struct WitnessTests {
  /// A commit after one that the first entry answers for; nothing else speaks for it.
  private static let commit = World.id(1)

  private struct NoSources: Ledgers.Sources {
    /// What the commit changes, and whether its message is good.
    var content = CommitContent(paths: [])

    func remotes() throws -> CommitGraph? { nil }
    func matches(among commits: [Int32], made: [Int32], in graph: CommitGraph, isNeeded: Bool)
      -> [Derivation]?
    { [] }
    func rolledBack() throws -> Set<ObjectID> { [] }
    func contents(_ asked: Set<ContentQuestion>) throws -> [ContentQuestion: CommitContent] {
      Dictionary(uniqueKeysWithValues: asked.map { ($0, content) })
    }
  }

  /// A ledger's entry of today's form.
  private static func entry(
    _ number: Int, of ledger: Int, mayCommit: Bool, head: Int, isSound: Bool = true, namesKeys: Bool? = nil,
    landed: [Landing] = [], _ own: GateRecord? = nil, by actor: Actor = .owner
  ) throws -> CheckedEntry {
    var record =
      try own ?? GateRecord(of: Place("FEATURE", "PHASE"), mayCommit: mayCommit, sequence: number + 1)
    record.codeHead = World.id(head)
    let said = Entry(
      sequence: number + 1, kind: .transition, seconds: Int64(1_700_000_000 + number),
      identity: Identity(actor: actor), head: World.id(head), place: record.place, trigger: "x")
    let seal = Seal(
      entry: World.entryID(ledger, number), previous: number > 0 ? World.entryID(ledger, number - 1) : nil,
      state: .null, record: record, reference: "", head: World.id(head), hasSigners: namesKeys != nil)
    var checked = CheckedEntry(seal, said, isSound: isSound)
    checked.namesKeys = namesKeys
    checked.landed = landed
    return checked
  }

  private static func landing(
    under entry: ObjectID, kind: Landing.Kind = .made, commits: [ObjectID] = [commit],
    actor: String = "AGENT:DEV"
  ) -> Landing {
    Landing(
      entry: entry, kind: kind, at: 1_700_000_001, actor: actor, reference: "refs/heads/main",
      old: World.id(0), new: commit, commits: commits)
  }

  private func judge(
    _ ledgers: [CheckedLedger], _ content: CommitContent = CommitContent(paths: [])
  ) throws -> JudgedCommit {
    var graph = CommitGraph()
    graph.append(Self.commit, parents: [World.id(0)])
    graph.append(World.id(0), parents: [])
    let judged = try Ledgers(ledgers).judge(graph, from: [Self.commit], NoSources(content: content))
    return try #require(judged.first { $0.commit == Self.commit })
  }

  /// A ledger whose second entry seals a landing; its first one is of a phase that forbids commits, or allows them.
  private func ledger(
    _ number: Int = 0, mayCommit: Bool = false, isSound: Bool = true, namesKeys: Bool? = nil,
    sealing landed: [Landing], _ record: GateRecord? = nil, by actor: Actor = .owner
  ) throws -> CheckedLedger {
    CheckedLedger(
      "refs/llmos/ledger/\(number)",
      [
        try Self.entry(
          0, of: number, mayCommit: mayCommit, head: 0, isSound: isSound, namesKeys: namesKeys, landed: [],
          record),
        try Self.entry(
          1, of: number, mayCommit: mayCommit, head: 1, namesKeys: namesKeys, landed: landed, by: actor),
      ])
  }

  @Test func aLineIsWorthThePhaseOfItsEntry() throws {
    let line = Self.landing(under: World.entryID(0, 0))
    #expect(try judge([ledger(mayCommit: true, sealing: [line])]).judgement == .satisfied)
    #expect(try judge([ledger(mayCommit: false, sealing: [line])]).judgement == .violation)
  }

  /// An entry that the ledger cannot know: of nobody, of another ledger, and the one that is yet to come.
  @Test(arguments: [
    World.id(7), ObjectID.null, World.entryID(1, 0), World.entryID(0, 2),
  ]) func aLineOfAnUnknownEntryIsNotBelieved(entry: ObjectID) throws {
    let line = Self.landing(under: entry)
    let kind = try ledger(1, mayCommit: true, sealing: [])
    for others in [[], [kind]] {
      var sealed = try ledger(sealing: [line])
      sealed.head = Self.commit
      #expect(try judge([sealed] + others).judgement == .violation)
      var open = try ledger(sealing: [])
      open.head = Self.commit
      open.unsealed = [line]
      #expect(try judge([open] + others).judgement == .violation)
    }
  }

  /// A line that is sealed, or found, long after the entry that it names: no hook can have written it then.
  @Test func aLineOfAnEntryLongGoneIsNotBelieved() throws {
    let line = Self.landing(under: World.entryID(0, 0))
    for (age, expected) in [(1, Judgement.satisfied), (2, .satisfied), (3, .violation), (4, .violation)] {
      for isSealed in [true, false] {
        var entries = [try Self.entry(0, of: 0, mayCommit: true, head: 0)]
        for number in 1..<age { entries.append(try Self.entry(number, of: 0, mayCommit: false, head: 0)) }
        if isSealed {
          entries.append(try Self.entry(age, of: 0, mayCommit: false, head: 1, landed: [line]))
        }
        var ledger = CheckedLedger("refs/llmos/ledger/0", entries)
        if !isSealed {
          ledger.unsealed = [line]
          ledger.head = Self.commit
        }
        #expect(try judge([ledger]).judgement == expected, "\(age) \(isSealed)")
      }
    }
  }

  /// A line for the commit makes no other one good, and one that saw it only move says nothing of how it was made.
  @Test func aLineOfAnotherCommitOrKindIsNotBelieved() throws {
    let entry = World.entryID(0, 0)
    for line in [
      Self.landing(under: entry, commits: [World.id(5)]), Self.landing(under: entry, commits: []),
      Self.landing(under: entry, kind: .moved), Self.landing(under: entry, kind: .incoming),
    ] {
      let judged = try judge([ledger(mayCommit: true, sealing: [line, Self.landing(under: World.id(7))])])
      #expect(judged.judgement != .satisfied, "\(line.line)")
      #expect(try judge([ledger(mayCommit: false, sealing: [line])]).judgement == .violation, "\(line.line)")
    }
  }

  /// The good word of another line does not outweigh the bad one.
  @Test func ofSeveralLinesTheWorstHolds() throws {
    let forbidding = try ledger(0, mayCommit: false, sealing: [Self.landing(under: World.entryID(0, 0))])
    let kind = try ledger(1, mayCommit: true, sealing: [Self.landing(under: World.entryID(1, 0))])
    #expect(try judge([forbidding, kind]).judgement == .violation)
    #expect(try judge([kind, forbidding]).judgement == .violation)
  }

  /// An entry that says more than its rules, or that no key proves where another ledger has keys.
  @Test func aLineOfAnEntryThatIsNotBelievedProvesNothing() throws {
    let unsound = try ledger(
      mayCommit: true, isSound: false, sealing: [Self.landing(under: World.entryID(0, 0))])
    #expect(try judge([unsound]).judgement == .unproven)
    let signed = try ledger(0, mayCommit: false, namesKeys: true, sealing: [])
    let stranger = try ledger(1, mayCommit: true, sealing: [Self.landing(under: World.entryID(1, 0))])
    #expect(try judge([signed, stranger]).judgement != .satisfied)
    #expect(try judge([stranger, signed]).judgement != .satisfied)
  }

  /// A torn or changed line is none, and takes no other with it; twice is once.
  @Test func aTornLineIsNotBelieved() throws {
    let line = Self.landing(under: World.entryID(0, 0))
    let torn = line.line.dropLast()
    let foreign = line.line.replacing(World.entryID(0, 0).description, with: World.id(7).description)
    for text in ["\n\(torn)\n", "\n\(foreign)\n", "\n0\(line.line)\n", "\(torn)\(line.line)\n"] {
      #expect(Landing.all(in: Array(text.utf8)) == [], "\(text)")
      #expect(Landing.all(in: Array((text + "\n\(line.line)\n\(line.line)\n").utf8)) == [line], "\(text)")
    }
  }

  /// Who saw it land does not make it good: what it changes, says and is by whom is held to the rules of its time.
  @Test func whatLandedIsHeldToTheRulesOfContent() throws {
    func said(_ actor: String, _ content: CommitContent, _ change: (inout GateRecord) -> Void = { _ in })
      throws
      -> Judgement
    {
      var record = try GateRecord(of: Place("FEATURE", "PHASE"), mayCommit: true)
      change(&record)
      let line = Self.landing(under: World.entryID(0, 0), actor: actor)
      return try judge([ledger(mayCommit: true, sealing: [line], record)], content).judgement
    }
    let state = CommitContent(paths: ["a", ".llmos/config.yml"])
    #expect(try said("AGENT:DEV", CommitContent(paths: ["a"])) == .satisfied)
    #expect(try said("AGENT:DEV", state) == .violation)
    #expect(try said("AGENT", state) == .violation)
    #expect(try said("SYSTEM", state) == .violation)
    #expect(try said("somebody", state) == .violation)
    #expect(try said("OWNER", state) == .satisfied)
    #expect(try said("AGENT:QA", CommitContent(paths: ["a"])) == .violation)
    let outside = { (record: inout GateRecord) in record.paths = ["src/*"] }
    #expect(try said("OWNER", CommitContent(paths: ["infra/a"]), outside) == .violation)
    #expect(try said("OWNER", CommitContent(paths: ["src/a"]), outside) == .satisfied)
    let own = { (record: inout GateRecord) in record.protectedPaths = ["deploy/*"] }
    #expect(try said("AGENT:DEV", CommitContent(paths: ["deploy/a"]), own) == .violation)
    #expect(try said("OWNER", CommitContent(paths: ["deploy/a"]), own) == .satisfied)
    let words = { (record: inout GateRecord) in record.message = "^fix" }
    let wrong = CommitContent(paths: [], isMessageGood: false)
    #expect(try said("OWNER", wrong, words) == .violation)
  }

  /// What an owner's or a SYSTEM entry says of a commit whose sources are gone; an agent's says nothing, nor does one that
  /// no key proves where others have keys.
  @Test func aSealedDerivationHoldsByWhoSealedIt() throws {
    let line = Self.landing(under: World.entryID(0, 0), kind: .derived, commits: [], actor: "OWNER")
    #expect(try judge([ledger(mayCommit: true, sealing: [line])]).judgement == .derived)
    #expect(try judge([ledger(mayCommit: true, sealing: [line], by: .system)]).judgement == .derived)
    for actor in [Actor.agent(role: nil), .agent(role: "DEV")] {
      #expect(try judge([ledger(mayCommit: true, sealing: [line], by: actor)]).judgement != .derived)
    }
    // Without a key, where another ledger has keys.
    let signed = try ledger(1, mayCommit: true, namesKeys: true, sealing: [])
    #expect(try judge([signed, ledger(mayCommit: true, sealing: [line])]).judgement != .derived)
    // A hook that saw it forbidden has the last word.
    let made = Self.landing(under: World.entryID(0, 0))
    #expect(try judge([ledger(mayCommit: false, sealing: [line, made])]).judgement == .violation)
    // What no entry has sealed proves nothing.
    var unsealed = try ledger(mayCommit: true, sealing: [])
    unsealed.unsealed = [line]
    #expect(try judge([unsealed]).judgement != .derived)
  }
}
