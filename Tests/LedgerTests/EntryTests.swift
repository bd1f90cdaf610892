import Core
import Testing

/// What `entry.json` says, written and read.
@Suite struct EntryTests {
  private static let id = String(repeating: "0123456789", count: 4)
  private static let wide = String(repeating: "ab", count: 32)

  /// An entry of every key, in the order in which it is written.
  private static let text = """
    {"actor":"AGENT:DEV","at":"2025-12-27T17:18:52Z","branch":"refs/heads/main","catalog":"\(id),-",\
    "claimed":"LLMOS_AGENT=DEV","commits":["\(id)"],"detected":"CLAUDECODE","head":"\(id)","kind":"override",\
    "phase":"QA","reason":"a \\"word\\"","scenario":"FEATURE_DEVELOPMENT","seq":7,"trigger":"allow","v":1,\
    "worktree":"0123456789abcdef/main"}
    """

  private func read(_ text: String) -> Entry? { JSON(reading: text.utf8).flatMap(Entry.init(json:)) }

  @Test func everyKeyIsReadAndWritten() throws {
    let entry = try #require(read(Self.text))
    #expect(entry.json.text == Self.text)
    var same = Entry(
      sequence: 7, kind: .override, seconds: 1_766_855_932,
      identity: Identity(actor: .agent(role: "DEV"), claimed: "LLMOS_AGENT=DEV", detected: "CLAUDECODE"),
      branch: "refs/heads/main", head: ObjectID(hex: Self.id), place: Place("FEATURE_DEVELOPMENT", "QA"),
      trigger: "allow", reason: "a \"word\"", rules: RulesVersion(scenarios: Self.id),
      commits: [ObjectID(hex: Self.id)].compactMap { $0 })
    #expect(same != entry)
    same.version = 1
    #expect(same != entry)
    same.worktree = "0123456789abcdef/main"
    #expect(same == entry)
    #expect(entry.seconds == 1_766_855_932)
    #expect(!entry.isVerdict)
  }

  @Test func whatWasSkippedIsReadAndWritten() throws {
    let skipped = #""skipped":["FEATURE_DEVELOPMENT:BRIEF","QUALITY_GATE:VERDICT"]"#
    let text = Self.text.replacing(#""trigger""#, with: skipped + #","trigger""#)
    let entry = try #require(read(text))
    #expect(entry.skipped == [Place("FEATURE_DEVELOPMENT", "BRIEF"), Place("QUALITY_GATE", "VERDICT")])
    #expect(entry.json.text == text)
    for wrong in ["\"BRIEF\"", "[1]", "[\"BRIEF\"]", "[\"A:B:C\"]", "{}"] {
      #expect(read(Self.text.replacing(#""trigger""#, with: #""skipped":"# + wrong + #","trigger""#)) == nil)
    }
  }

  /// What entries of earlier versions do not have, and what they may have as null.
  @Test(arguments: [
    "branch", "catalog", "claimed", "commits", "detected", "head", "reason", "worktree", "v",
  ])
  func whatMayBeAbsent(key: String) throws {
    guard case .object(let pairs)? = JSON(reading: Self.text.utf8) else { return }
    let absent = try #require(Entry(json: .object(pairs.filter { $0.key != key })))
    let null = try #require(Entry(json: .object(pairs.map { ($0.key, $0.key == key ? .null : $0.value) })))
    #expect(absent == null)
    #expect(try #require(read(absent.json.text)) == absent)
  }

  @Test(arguments: [
    "", "{}", "[]", "null", "\"entry\"", "{\"seq\":1}", text + "x", "\u{FEFF}" + text,
    String(text.dropLast()),
  ])
  func whatIsNoEntry(text: String) {
    #expect(read(text) == nil)
  }

  /// What must be there, and what each must be: an entry that says anything else says nothing.
  @Test(
    arguments: [
      ("seq", nil), ("seq", "null"), ("seq", "0"), ("seq", "-1"), ("seq", "1.0"), ("seq", "\"7\""),
      ("seq", "9007199254740993"), ("seq", "99999999999999999999"),
      ("kind", nil), ("kind", "null"), ("kind", "1"), ("at", nil), ("at", "null"), ("at", "1766855932"),
      ("actor", nil), ("actor", "null"), ("actor", "[\"OWNER\"]"),
      ("scenario", nil), ("scenario", "null"), ("phase", nil), ("phase", "{}"), ("trigger", nil),
      ("trigger", "false"), ("branch", "1"), ("claimed", "true"), ("detected", "[]"), ("reason", "{}"),
      ("worktree", "1"), ("head", "\"\""), ("head", "\"HEAD\""), ("head", "1"), ("head", "\"0123456789\""),
      ("head", "\"\(String(repeating: "g", count: 40))\""), ("head", "[\"\(id)\"]"),
      ("commits", "\"\(id)\""), ("commits", "{}"), ("commits", "[1]"), ("commits", "[null]"),
      ("commits", "[\"\(id)\",\"\"]"), ("commits", "[[\"\(id)\"]]"),
      ("catalog", "\"\""), ("catalog", "\"--\""), ("catalog", "\"\(id)\""), ("catalog", "\"\(id),-,-\""),
      ("catalog", "\"x,-\""), ("catalog", "1"),
    ] as [(String, String?)])
  func whatIsMalformed(key: String, value: String?) throws {
    guard case .object(let pairs)? = JSON(reading: Self.text.utf8) else { return }
    let members = pairs.compactMap { pair in
      let own = pair.key == key ? value : pair.value.text
      return own.map { "\"\(pair.key)\":\($0)" }
    }
    let text = "{" + members.joined(separator: ",") + "}"
    try #require(JSON(reading: text.utf8) != nil, "the test itself is malformed")
    #expect(read(text) == nil)
  }

  @Test func aKeyThatStandsTwiceIsMalformed() {
    #expect(read(Self.text.replacing("\"v\":1", with: "\"v\":1,\"seq\":8")) == nil)
  }

  @Test(arguments: [
    "genesis", "transition", "phase-completed", "override", "sync", "rollback", "begin-anew",
    "of a later version", "",
  ])
  func noKindIsLost(kind: String) throws {
    let entry = try #require(read(Self.text.replacing("\"override\"", with: "\"\(kind)\"")))
    #expect(entry.kind.rawValue == kind)
    #expect(entry.json["kind"]?.string == kind)
    #expect((entry.kind == .sync) == (kind == "sync"))
  }

  @Test(arguments: [
    ("OWNER", Actor.owner), ("SYSTEM", .system), ("AGENT", .agent(role: nil)),
    ("AGENT:DEV", .agent(role: "DEV")),
    ("AGENT:", .agent(role: "")), ("AGENT:A:B", .agent(role: "A:B")), ("owner", nil), ("AGENTS", nil),
    ("OWNER ", nil), ("", nil),
  ])
  func noActorIsLost(text: String, actor: Actor?) throws {
    let entry = try #require(read(Self.text.replacing("AGENT:DEV\",\"at", with: text + "\",\"at")))
    #expect(entry.actor.known == actor)
    #expect(entry.actor.text == text)
    #expect(entry.json["actor"]?.string == text)
  }

  /// A forged time is kept, since a finding shows it.
  @Test func aTimeThatIsNoneIsKept() throws {
    let entry = try #require(read(Self.text.replacing("2025-12-27T17:18:52Z", with: "yesterday")))
    #expect(entry.at == "yesterday")
    #expect(entry.seconds == nil)
  }

  @Test func namesAreAsWideAsGitHasThem() throws {
    let entry = try #require(
      read(Self.text.replacing("\"head\":\"\(Self.id)\"", with: "\"head\":\"\(Self.wide)\"")))
    #expect(entry.head?.description == Self.wide)
  }

  @Test(arguments: [
    RulesVersion(), RulesVersion(scenarios: id), RulesVersion(configuration: id),
    RulesVersion(scenarios: id, configuration: wide),
  ])
  func theVersionOfTheRules(rules: RulesVersion) {
    #expect(RulesVersion(digest: rules.digest) == rules)
  }
}
