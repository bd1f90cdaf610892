import Core
import Testing
import Verify

/// The records of the notes, held to the entries that they name.
@Suite struct RecordsTests {
  private static func entry(
    _ number: Int, _ kind: Entry.Kind, at place: Place, _ change: (inout Entry) -> Void = { _ in },
    suspended: [Place] = []
  ) throws -> CheckedEntry {
    var record = try GateRecord(of: place, mayCommit: false, sequence: number)
    record.suspended = suspended
    var said = Entry(
      sequence: number, kind: kind, seconds: 0, identity: Identity(actor: .agent(role: "DEV")),
      head: World.id(1), place: place, trigger: "next-phase")
    change(&said)
    let seal = Seal(
      entry: World.entryID(0, number), previous: nil, state: World.id(9), record: record, reference: "",
      head: said.head)
    return CheckedEntry(seal, said, isSound: true)
  }

  private static func record(_ entry: CheckedEntry, _ pairs: [String: JSON] = [:]) throws -> WrittenRecord {
    var all: [String: JSON] = [
      "at": .string(entry.at), "actor": .string("AGENT"), "commit": .string(World.id(1).description),
      "entry": .string(entry.id.description), "kind": .string("phase-completed"), "scenario": .string("F"),
      "phase": .string("DEV"), "seq": .int(entry.sequence), "trigger": .string("next-phase"),
    ]
    all.merge(pairs) { $1 }
    return try #require(WrittenRecord(JSON.object(all.map { ($0.key, $0.value) }).text.utf8))
  }

  private static let lies: [(key: String, value: JSON, word: String)] = [
    ("at", .string("1970-01-01T00:00:01Z"), "1970-01-01T00:00:01Z"),
    ("actor", .string("OWNER"), "OWNER"), ("actor", .string("AG"), "AG"),
    ("seq", .int(3), "seq 3"), ("trigger", .string("set"), "trigger set"),
    ("reason", .string("x"), "another reason"),
    ("skipped", .array([.string("F:QA")]), "that F:QA was skipped"),
    ("kind", .string("verdict"), "kind verdict"), ("kind", .string("checkpoint"), "kind checkpoint"),
    ("kind", .string("override"), "kind override"), ("kind", .string("rollback"), "kind rollback"),
    ("kind", .string("else"), "kind else"),
    // The phase that was entered is not the one that was completed.
    ("phase", .string("QA"), "F:QA"), ("scenario", .string("G"), "G:DEV"),
    ("commit", .string(World.id(2).description), "commit \(World.id(2).short)"),
  ]

  @Test(arguments: lies.indices) func aLieIsNamed(index: Int) throws {
    let (key, value, word) = Self.lies[index]
    let before = try Self.entry(1, .transition, at: Place("F", "DEV"))
    let entry = try Self.entry(2, .phaseCompleted, at: Place("F", "QA"))
    #expect(entry.contradiction(in: try Self.record(entry), after: before) == nil)
    #expect(entry.contradiction(in: try Self.record(entry, [key: value]), after: before) == word)
  }

  @Test func eachKindBelongsToItsEntry() throws {
    let place = Place("F", "DEV")
    let said = { (entry: CheckedEntry, before: CheckedEntry?, pairs: [String: JSON]) in
      entry.contradiction(in: try Self.record(entry, pairs), after: before)
    }
    // A gate that was passed completes the phase that was set aside.
    let gate = try Self.entry(
      1, .transition, at: Place("QUALITY_GATE", "VERDICT"), suspended: [place, Place("G", "X")])
    let passed = try Self.entry(2, .phaseCompleted, at: Place("F", "QA"))
    let verdict: [String: JSON] = ["scenario": .string("QUALITY_GATE"), "phase": .string("VERDICT")]
    #expect(try said(passed, gate, [:]) == nil)
    #expect(try said(passed, gate, verdict) == nil)
    #expect(try said(passed, gate, verdict.merging(["kind": .string("verdict")]) { $1 }) == nil)
    #expect(try said(passed, gate, ["scenario": .string("G"), "phase": .string("X")]) == "G:X")
    // An override names its commits.
    let override = try Self.entry(2, .override, at: place) { $0.commits = [World.id(3)] }
    let accepts: [String: JSON] = ["kind": .string("override"), "commit": .string(World.id(3).description)]
    #expect(try said(override, gate, accepts) == nil)
    #expect(try said(override, gate, [:]) == "kind phase-completed")
    #expect(override.owedRecords.map(\.kind) == ["override"])
    #expect(override.owedRecords.map(\.commit) == [World.id(3)])
    // A rollback.
    let rollback = try Self.entry(2, .rollback, at: place)
    #expect(try said(rollback, gate, ["kind": .string("rollback")]) == nil)
    #expect(rollback.owedRecords.isEmpty && passed.owedRecords.map(\.kind) == ["phase-completed"])
    // The first entry completes nothing.
    #expect(try said(passed, nil, [:]) == "kind phase-completed")
  }
}
