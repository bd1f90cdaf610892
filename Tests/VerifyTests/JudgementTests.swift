import Core
import Testing
import Verify

/// What is said of a commit, by every mention in every bracket.
@Suite struct JudgementTests {
  /// A bracket as four letters: `s` its opening entry is sound, `k` a key proves it, `c` its phase allows commits;
  /// `-` where it is not so.
  struct Row: CustomTestStringConvertible, Sendable {
    let mention: Mention
    let bracket: String
    let said: String

    init(_ mention: Mention, _ bracket: String, _ said: String) {
      (self.mention, self.bracket, self.said) = (mention, bracket, said)
    }

    var testDescription: String { "\(mention) \(bracket)" }
  }

  static let rows: [Row] = [
    Row(.none, "skc", "SATISFIED made in QUALITY:GATE"),
    Row(.none, "sk-", "VIOLATION made in QUALITY:GATE, which allows no commits"),
    Row(.none, "s-c", "UNPROVEN no key proves the entry of QUALITY:GATE"),
    Row(.none, "s--", "UNPROVEN no key proves the entry of QUALITY:GATE"),
    Row(.none, "-kc", "UNPROVEN the entry of QUALITY:GATE contradicts its rules"),
    Row(.none, "-k-", "UNPROVEN the entry of QUALITY:GATE contradicts its rules"),
    Row(.none, "--c", "UNPROVEN no key proves the entry of QUALITY:GATE"),
    Row(.none, "---", "UNPROVEN no key proves the entry of QUALITY:GATE"),
    // An entry that proves nothing lets no commit pass either.
    Row(.overridden, "skc", "OVERRIDDEN the owner allowed it"),
    Row(.overridden, "sk-", "OVERRIDDEN the owner allowed it"),
    Row(.overridden, "s-c", "UNPROVEN no key proves the entry of QUALITY:GATE"),
    Row(.overridden, "s--", "UNPROVEN no key proves the entry of QUALITY:GATE"),
    Row(.overridden, "-kc", "UNPROVEN the entry of QUALITY:GATE contradicts its rules"),
    Row(.overridden, "-k-", "UNPROVEN the entry of QUALITY:GATE contradicts its rules"),
    Row(.overridden, "--c", "UNPROVEN no key proves the entry of QUALITY:GATE"),
    Row(.overridden, "---", "UNPROVEN no key proves the entry of QUALITY:GATE"),
    // Whether these are believed was asked of the entry that accepts or made them, not of the opening one.
    Row(.accepted, "skc", "OVERRIDDEN the owner accepted it"),
    Row(.accepted, "sk-", "OVERRIDDEN the owner accepted it"),
    Row(.accepted, "s-c", "OVERRIDDEN the owner accepted it"),
    Row(.accepted, "s--", "OVERRIDDEN the owner accepted it"),
    Row(.accepted, "-kc", "OVERRIDDEN the owner accepted it"),
    Row(.accepted, "-k-", "OVERRIDDEN the owner accepted it"),
    Row(.accepted, "--c", "OVERRIDDEN the owner accepted it"),
    Row(.accepted, "---", "OVERRIDDEN the owner accepted it"),
    Row(.answered, "skc", "CHECKPOINT made by the engine, at the end of QUALITY:GATE"),
    Row(.answered, "sk-", "CHECKPOINT made by the engine, at the end of QUALITY:GATE"),
    Row(.answered, "s-c", "CHECKPOINT made by the engine, at the end of QUALITY:GATE"),
    Row(.answered, "s--", "CHECKPOINT made by the engine, at the end of QUALITY:GATE"),
    Row(.answered, "-kc", "CHECKPOINT made by the engine, at the end of QUALITY:GATE"),
    Row(.answered, "-k-", "CHECKPOINT made by the engine, at the end of QUALITY:GATE"),
    Row(.answered, "--c", "CHECKPOINT made by the engine, at the end of QUALITY:GATE"),
    Row(.answered, "---", "CHECKPOINT made by the engine, at the end of QUALITY:GATE"),
  ]

  @Test func theTableIsWhole() {
    #expect(Self.rows.count == Mention.allCases.count * 8)
    #expect(Set(Self.rows.map { "\($0.mention) \($0.bracket)" }).count == Self.rows.count)
  }

  @Test(arguments: rows) func everyMentionInEveryBracket(row: Row) throws {
    let record = try GateRecord(of: Place("QUALITY", "GATE"), mayCommit: row.bracket.contains("c"))
    // The kind of the entry that closes it decides nothing here, nor whether one does.
    for kind: Entry.Kind? in [nil, .transition, .phaseCompleted, .override, .sync, Entry.Kind(rawValue: "x")] {
      let said = judgement(
        of: row.mention,
        in: Bracket(
          opening: record, isSound: row.bracket.contains("s"), isSigned: row.bracket.contains("k"), kind: kind))
      #expect("\(said.judgement.rawValue) \(said.reason)" == row.said)
    }
  }

  /// A rollback's commit is told by the entry that closes its bracket, or by the scenario.
  @Test(arguments: [
    ("FEATURE:QA", Entry.Kind.rollback), ("ROLLBACK:EXECUTE", .phaseCompleted), ("ROLLBACK:VERIFY", .rollback),
  ])
  func aRollbacksOwnCommit(place: String, kind: Entry.Kind) throws {
    let words = place.split(separator: ":").map(String.init)
    let record = try GateRecord(of: Place(words[0], words[1]), mayCommit: false)
    let said = judgement(of: .answered, in: Bracket(opening: record, isSound: false, isSigned: false, kind: kind))
    #expect(said.judgement == .rollback)
    #expect(said.reason == "made by the engine, in \(place)")
    let other = judgement(of: .none, in: Bracket(opening: record, isSound: true, kind: kind))
    #expect(other.judgement == .violation)
  }
}

extension GateRecord {
  /// A record that is open and allows commits, or none.
  init(of place: Place, mayCommit: Bool, sequence: Int = 1) throws {
    let text = """
      llmos-gate 1
      seq \(sequence)
      scenario \(place.scenario)
      phase \(place.phase)
      status IN_PROGRESS
      role DEV
      through step
      frozen no
      read-only no
      ahead no
      action \(mayCommit ? Action.commit : "run_tests")

      """
    self = try #require(GateRecord(text: text))
  }
}
