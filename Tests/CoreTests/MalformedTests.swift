import Core
import Testing

/// The formats that need no library: one that is not whole is none, and no line is believed by half.
@Suite struct MalformedTests {
  private static let gate = """
    llmos-gate 2
    seq 3
    scenario MAINTENANCE
    phase UPDATE
    status IN_PROGRESS
    role DEV
    through step
    frozen no
    read-only no
    ahead no
    head 1111111111111111111111111111111111111111
    begun 2222222222222222222222222222222222222222
    context a=b=c

    """

  @Test func aGateRecordIsWholeOrNone() throws {
    let record = try #require(GateRecord(text: Self.gate))
    #expect(record.contextValue == "b=c")
    #expect(record.codeHead?.description == String(repeating: "1", count: 40))
    #expect(record.begun?.description == String(repeating: "2", count: 40))
    for line in Self.gate.split(separator: "\n").dropLast() {
      let without = GateRecord(text: Self.gate.replacing(line + "\n", with: ""))
      // A ledger may begin where there is no code yet, and nothing was before it.
      let mayLack = line.hasPrefix("head ") || line.hasPrefix("begun ")
      #expect((without != nil) == mayLack, "without \(line)")
      #expect(GateRecord(text: Self.gate + line + "\n") == nil, "\(line) twice")
    }
    for (old, new) in [
      ("llmos-gate 2", "llmos-gate 3"), ("llmos-gate 2", "llmos-gate 0"),
      ("llmos-gate 2", "llmos-gate 2x"),
      ("head 1", "head "), ("head 1", "head g"), ("begun 2", "begun "), ("begun 2", "begun x"),
      ("head 1111111111111111111111111111111111111111", "head HEAD"), ("seq 3", "seq 0"), ("seq 3", "seq -1"),
      ("seq 3", "seq 3x"),
      ("seq 3", "seq 99999999999999999999"), ("context a", "suspended A"),
      ("status IN_PROGRESS", "status in_progress"),
      ("through step", "through all"), ("ahead no", "ahead"), ("context a", "commits A"),
      ("seq 3", "\u{0}seq 3"),
    ] {
      #expect(GateRecord(text: Self.gate.replacing(old, with: new)) == nil, "\(new)")
    }
    // What an older version wrote is read, and what a newer one does is told from what is damaged.
    #expect(GateRecord(text: Self.gate.replacing("llmos-gate 2", with: "llmos-gate 1"))?.form == 1)
    #expect(GateRecord.isNewer(Self.gate.replacing("llmos-gate 2", with: "llmos-gate 3")))
    #expect(!GateRecord.isNewer(Self.gate.replacing("llmos-gate 2", with: "llmos-gate x")))
    for text in ["", "\n", " ", "\u{FEFF}" + Self.gate, String(repeating: "action x\n", count: 100_000)] {
      #expect(GateRecord(text: text) == nil)
    }
  }

  private static let journal = RollbackJournal(text: journalText)
  private static let journalText = """
    {"v":1,"id":"i","kind":"rollback","step":"decided","mode":"revert","target":"1111111111111111111111111111111111111111","name":"n","branch":null,\
    "from":"2222222222222222222222222222222222222222","to":null,"worktree":"3333333333333333333333333333333333333333","index":null,"stages":null,"backup":"4444444444444444444444444444444444444444","entry":"5555555555555555555555555555555555555555","scenario":"S",\
    "phase":"P","enters_scenario":true,"commits":1,"files":2,"reason":"r","verify":null,"timeout":3}

    """

  @Test(arguments: [
    ("\"v\":1", "\"v\":2"), ("\"v\":1,", ""), ("\"id\":\"i\"", "\"id\":1"),
    ("\"step\":\"decided\"", "\"step\":\"x\""),
    ("\"mode\":\"revert\"", "\"mode\":null"), ("\"commits\":1", "\"commits\":1.5"),
    ("\"commits\":1", "\"commits\":99999999999999999999"), ("\"files\":2", "\"files\":\"2\""),
    ("\"reason\":\"r\"", "\"reason\":\"r"), ("\"reason\":\"r\"", "\"reason\":\"\\ud800\""),
    ("\"reason\":\"r\"", "\"reason\":\"\\x\""),
    ("\"reason\":\"r\"", "\"reason\":{}"), ("\"reason\":\"r\"", "\"reason\":[]"),
    ("\"from\":\"22", "\"from\":\"2"), ("\"to\":null", "\"to\":null,\"to\":null"),
    ("\"to\":null", "\"to\":\"x\""), ("\"to\":null,", ""),
    ("\"reason\":\"r\"", "\"reason\":\"r\",\"reason\":\"s\""),
    ("}", ""), ("}", ",}"), ("}", "}}"), ("{", "[{"), ("{", ""), (":3", ":3\u{0}"), ("{", "\u{FEFF}{"),
  ])
  func aJournalIsWholeOrNone(old: String, new: String) throws {
    #expect(Self.journal != nil)
    #expect(RollbackJournal(text: Self.journalText.replacing(old, with: new)) == nil)
  }

  @Test func aJournalIsNoFileOfNothing() {
    for text in ["", " ", "{}", "null", "[]", String(repeating: "{\"a\":", count: 100_000)] {
      #expect(RollbackJournal(text: text) == nil)
    }
  }

  /// What git tells reference-transaction, pre-receive and update.
  @Test func aLineOfNoMoveIsNone() {
    let id = String(repeating: "a", count: 40)
    let good = "\(id) \(id) refs/heads/a b"
    #expect(ReferenceMove.all(in: Array(good.utf8)).map(\.name) == ["refs/heads/a b"])
    for line in [
      "", " ", id, "\(id) \(id)", "\(id) \(id) ", "\(id.dropLast()) \(id.dropLast()) HEAD",
      "\(id) \(id)a HEAD", "1 2 HEAD",
    ] {
      #expect(ReferenceMove.all(in: Array(line.utf8)) == [], "\(line)")
    }
    let mixed = [0xFF] + Array("\n\(good)\n\n".utf8) + [0x00]
    #expect(ReferenceMove.all(in: mixed).count == 1)
  }
}

extension GateRecord {
  fileprivate var contextValue: String? { context.first?.value }
}
