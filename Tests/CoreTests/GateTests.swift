import Core
import Testing

private let owner = Identity(actor: .owner)
private let dev = Identity(actor: .agent(role: "DEV"))

private func facts(
  _ scenario: String, _ phase: String, status: Status = .inProgress, file: FileCondition = .sealed,
  by identity: Identity = owner, proof: StepProof = .none, through: CommitPath = .step
) throws -> Snapshot {
  let state = State(place: Place(scenario, phase), status: status, at: "2026-01-02T03:04:05Z")
  var record = try GateRecord(state: state, catalog: .canonical, sequence: 1)
  record.through = through
  return Snapshot(record: record, file: file, identity: identity, proof: proof)
}

@Suite struct GateTests {
  /// Every phase of the catalog, for every kind of actor: a commit passes where the table has
  /// `commit_changes`, and nowhere else.
  @Test func commitsPassWhereTheCatalogSaysSo() throws {
    for scenario in Catalog.canonical.scenarios {
      for phase in scenario.phases {
        for identity in [owner, Identity(actor: .system), Identity(actor: .agent(role: phase.role))] {
          let facts = try facts(scenario.name, phase.name, by: identity, proof: .valid)
          #expect((gate(.commit, facts) == nil) == phase.actions.contains("commit_changes"))
        }
      }
    }
  }

  @Test func aRefusalNamesThePlaceWhatIsAllowedAndTheWay() throws {
    let refusal = gate(.commit, try facts("FEATURE_DEVELOPMENT", "BRIEF"))
    #expect(refusal?.code == .refused)
    #expect(refusal?.what == "FEATURE_DEVELOPMENT:BRIEF does not allow commit_changes")
    #expect(refusal?.why == "allowed now, for PM: create_feature_brief")
    #expect(
      refusal?.remedy
        == "llmos-hook next-phase; commits land in FEATURE_DEVELOPMENT:IMPLEMENTATION; "
        + "or llmos-hook allow --once --reason WHY")
    #expect(refusal?.lines.split(separator: "\n").count == 3)
  }

  @Test func theWayPointsToWhereCommitsLand() throws {
    let remedy = { (scenario: String, phase: String) in
      try gate(.commit, facts(scenario, phase))?.remedy ?? ""
    }
    #expect(try remedy("FEATURE_DEVELOPMENT", "DESIGN").hasPrefix("llmos-hook next-phase;"))
    #expect(
      try remedy("FEATURE_DEVELOPMENT", "QA").hasPrefix("llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION;"))
    #expect(try remedy("MAINTENANCE", "UPDATE").hasPrefix("llmos-hook set FEATURE_DEVELOPMENT;"))
  }

  @Test func anAgentIsNeverToldToMoveThePhase() throws {
    for phase in ["BRIEF", "QA"] {
      let refusal = gate(.commit, try facts("FEATURE_DEVELOPMENT", phase, by: dev))
      #expect(refusal?.remedy?.contains("next-phase") == false)
      #expect(refusal?.remedy?.contains("the owner enters") == true)
    }
  }

  @Test func aCompletedScenarioTakesNoCommit() throws {
    let refusal = gate(.commit, try facts("FEATURE_DEVELOPMENT", "IMPLEMENTATION", status: .completed))
    #expect(refusal?.what.contains("COMPLETED") == true)
    #expect(gate(.commit, try facts("FEATURE_DEVELOPMENT", "IMPLEMENTATION", status: .rework)) == nil)
  }

  private static let conditions: [(FileCondition, ExitCode?)] = [
    (FileCondition.sealed, nil), (.older, nil), (.missing, nil), (.edited("x"), ExitCode.refused),
    (.unusable("x"), .data),
  ]

  @Test(arguments: conditions)
  func theFileMustBeSealed(condition: FileCondition, code: ExitCode?) throws {
    let refusal = gate(.commit, try facts("FEATURE_DEVELOPMENT", "IMPLEMENTATION", file: condition))
    #expect(refusal?.code == code)
    if code != nil { #expect(refusal?.remedy == "llmos-hook restore") }
  }

  @Test(arguments: [StepProof.none, .expired, .otherTree, .valid])
  func anAgentNeedsAProofAndAPersonDoesNot(proof: StepProof) throws {
    let place = ("FEATURE_DEVELOPMENT", "IMPLEMENTATION")
    let agent = gate(.commit, try facts(place.0, place.1, by: dev, proof: proof))
    #expect((agent == nil) == (proof == .valid))
    if proof != .valid { #expect(agent?.remedy == "./step.sh \"what changed\"") }
    #expect(gate(.commit, try facts(place.0, place.1, proof: proof)) == nil)
    let always = gate(.commit, try facts(place.0, place.1, proof: proof, through: .stepAlways))
    #expect((always == nil) == (proof == .valid))
    #expect(gate(.commit, try facts(place.0, place.1, by: dev, proof: proof, through: .any)) == nil)
  }

  @Test func anAgentOfAnotherRoleIsRefused() throws {
    let tester = Identity(actor: .agent(role: "QA"))
    let refusal = gate(.commit, try facts("FEATURE_DEVELOPMENT", "IMPLEMENTATION", by: tester, proof: .valid))
    #expect(refusal?.what == "FEATURE_DEVELOPMENT:IMPLEMENTATION is DEV's phase, not QA's")
  }

  @Test func onlyTheOwnerTouchesTheRules() throws {
    let ask = { (path: String, identity: Identity) in
      gate(
        .action("update_code", role: nil, paths: ["src/a", path]),
        try facts("FEATURE_DEVELOPMENT", "IMPLEMENTATION", by: identity))
    }
    for path in [
      "SCENARIO_STATE.yml", "scenarios/X.yml", "scenarios/\u{301}.yml", ".llmos/config.yml", "step.sh",
      "llmos",
    ] {
      #expect(try ask(path, dev)?.code == .refused)
      #expect(try ask(path, owner) == nil)
    }
    #expect(try ask("src/step.sh", dev) == nil)
    #expect(try ask("scenarios.txt", dev) == nil)
  }
}

@Suite struct GlobTests {
  @Test(arguments: [
    ("docs", "docs", true), ("docs", "docs/a/b", true), ("docs", "docsa", false), ("docs/", "docs/a", true),
    ("docs/", "docs", false), ("*.md", "a/b.md", true), ("a/*", "a/b/c", true), ("v?", "v1", true),
    ("v?", "v10", false), ("vendor/*/", "vendor/a/x", true), ("vendor/*/", "vendor/a", false),
    ("lib/?", "lib/a/x", true), ("lib/?", "lib/ab/x", false), ("", "a", false), ("*", "a/b", true),
  ])
  func coversWhatItMatchesAndWhatIsBelow(pattern: String, path: String, isCovered: Bool) {
    #expect(Glob.matches(pattern, path) == isCovered)
  }
}

@Suite struct GateRecordTests {
  @Test func readsBackWhatItWrote() throws {
    var state = State(
      place: Place("QUALITY_GATE", "AUDIT"), status: .rework, at: "2026-01-02T03:04:05Z")
    state.setContext("feature_slug", "a=b \"c\" ж")
    state.suspended = [
      Suspended(Place("INCIDENT_RECOVERY", "VERIFY")), Suspended(Place("FEATURE_DEVELOPMENT", "QA")),
    ]
    let rules = RulesVersion(scenarios: String(repeating: "a", count: 40), configuration: nil)
    let record = try GateRecord(state: state, catalog: .canonical, sequence: 7, rules: rules)
    #expect(GateRecord(text: record.text) == record)
    #expect(record.isFrozen)
    #expect(record.isReadOnly)
  }

  @Test func aPlaceThatTheCatalogLacksIsRefused() {
    let state = State(place: Place("DEPLOYMENT", "QA"), at: "2026-01-02T03:04:05Z")
    let refusal = #expect(throws: Refusal.self) {
      try GateRecord(state: state, catalog: .canonical, sequence: 1)
    }
    #expect(refusal?.code == .data)
  }
}

@Suite struct IdentityTests {
  private func identity(_ environment: [String: String], terminal: Bool = false) -> Identity {
    Identity(environment: { environment[$0] }, onTerminal: terminal)
  }

  @Test func aPersonHasNoMark() {
    #expect(identity([:]) == Identity(actor: .owner))
    #expect(identity(["LLMOS_AGENT": ""]).actor == .owner)
  }

  @Test(arguments: [
    ("claude", ["claude"], true), ("codex", ["/usr/bin/codex", "exec"], true),
    ("node", ["node", "/usr/local/bin/gemini"], true),
    ("aider", ["/usr/bin/python3.12", "/home/ann/.local/bin/aider"], true),
    ("python3", ["python3", "/opt/bin/aider", "--yes"], true), ("MainThread", ["claude"], true),
    ("bash", ["-bash"], false), ("vim", ["vim", "claude"], false), ("node", ["node", "server.js"], false),
    ("node", ["node"], false), ("less", ["less", "codex"], false), ("", [], false),
  ])
  func aHarnessIsKnownByItsName(name: String, words: [String], isHarness: Bool) {
    #expect(Identity.isHarness(name: name, words: words) == isHarness)
  }

  @Test(arguments: Identity.marks)
  func everyMarkMakesAnAgent(mark: String) {
    #expect(identity([mark: "1"]) == Identity(actor: .agent(role: nil), detected: mark))
    #expect(identity([mark: "1", "LLMOS_ACTOR": "OWNER"]).actor == .owner)
    #expect(identity([mark: "1", "LLMOS_ACTOR": "OWNER"]).detected == mark)
  }

  @Test func anEditorsTerminalIsAPerson() {
    #expect(identity(["CLAUDECODE": "1"], terminal: true).actor == .owner)
    #expect(identity(["CLAUDECODE": "1"]).actor.isAgent)
    #expect(identity(["CLAUDECODE": "1", "AI_AGENT": "x"], terminal: true).actor.isAgent)
  }

  @Test func aDeclaredAgentStaysOne() {
    let found = identity(["LLMOS_AGENT": "DEV", "LLMOS_ACTOR": "OWNER"], terminal: true)
    #expect(found.actor == .agent(role: "DEV"))
    #expect(found.claimed == "LLMOS_AGENT=DEV")
    #expect(identity(["LLMOS_ACTOR": "SYSTEM"]).actor == .system)
    #expect(identity(["LLMOS_ACTOR": "ROOT"]).actor == .owner)
  }
}

@Suite struct TextTests {
  private static let times: [(Int64, String)] = [
    (Int64(0), "1970-01-01T00:00:00Z"), (951_827_696, "2000-02-29T12:34:56Z"),
    (1_766_855_932, "2025-12-27T17:18:52Z"), (4_107_542_400, "2100-03-01T00:00:00Z"),
    (-1, "1969-12-31T23:59:59Z"),
  ]

  @Test(arguments: times)
  func timestamps(seconds: Int64, text: String) {
    #expect(Timestamp.text(seconds) == text)
    #expect(Timestamp.isValid(text))
  }

  @Test func whatIsNoTimestamp() {
    for text in ["", "2025-12-27 17:18:52Z", "2025-12-27T17:18:52", "2025-12-27T17:18:5xZ"] {
      #expect(!Timestamp.isValid(text))
    }
  }

  @Test func jsonEscapesEveryControlCharacter() {
    let json = JSON.object([
      ("a", .array([.int(-3), .bool(true), .null])), ("ж\r\n", .string("\"\\\0\u{7F}")),
    ])
    #expect(json.text == "{\"a\":[-3,true,null],\"ж\\u000d\\n\":\"\\\"\\\\\\u0000\\u007f\"}")
  }
}

/// What an owner's grant opens to an agent, and what it does not.
@Suite struct GrantGateTests {
  private func facts(by identity: Identity = dev) throws -> Snapshot {
    let place = Place("FEATURE_DEVELOPMENT", "IMPLEMENTATION")
    var record = try GateRecord(
      state: State(place: place, at: "2026-01-02T03:04:05Z"), catalog: .canonical, sequence: 2)
    let entry = try #require(ObjectID(hex: String(repeating: "ab", count: 20)))
    record.grant = GrantInForce(entry: entry, branch: "refs/heads/agent/x", until: 1000)
    var facts = Snapshot(record: record, identity: identity, proof: .valid)
    (facts.branch, facts.now) = ("refs/heads/agent/x", 999)
    return facts
  }

  @Test func anAgentCommitsOnItsBranchUntilTheEnd() throws {
    var facts = try facts()
    #expect(gate(.commit, facts) == nil)
    #expect(gate(.action(Action.commit, role: nil, paths: []), facts) == nil)
    facts.now = 1000
    #expect(gate(.commit, facts)?.what == "the owner's grant for agent/x ended at 1970-01-01T00:16:40Z")
    facts.now = 999
    facts.isGrantRevoked = true
    #expect(gate(.commit, facts)?.what == "the owner has revoked the grant for agent/x")
    facts.isGrantRevoked = false
    for branch in ["refs/heads/agent/y", "refs/heads/main", "HEAD", nil] {
      facts.branch = branch
      let refusal = gate(.commit, facts)
      #expect(refusal?.what.hasPrefix("the owner's grant is for agent/x, not for ") == true)
      #expect(refusal?.next.hasPrefix("git switch agent/x") == true)
    }
  }

  @Test func nobodyButAnAgentCommitsByIt() throws {
    for identity in [owner, Identity(actor: .system)] {
      #expect(gate(.commit, try facts(by: identity))?.what.contains("to an agent alone") == true)
    }
    // What the owner lets through, passes.
    var facts = try facts(by: owner)
    (facts.record.override, facts.head) = ("unborn", "unborn")
    #expect(gate(.commit, facts) == nil)
  }

  @Test func theRecordHasItAndNothingElseIsRead() throws {
    var record = try facts().record
    #expect(GateRecord(text: record.text)?.grant == record.grant)
    record.grant?.until = nil
    #expect(GateRecord(text: record.text)?.grant == record.grant)
    #expect(record.allows(beyond: try facts().record), "a grant without an end is another one")
    let line = "grant \(record.grant?.entry.description ?? "") - refs/heads/agent/x"
    for bad in ["grant x", "grant - - refs/heads/x", line.replacing("refs/heads/", with: ""), "grant "] {
      #expect(GateRecord(text: record.text.replacing(line, with: bad)) == nil, "\(bad)")
    }
  }

  @Test func theEndIsATimeToCome() throws {
    let now: Int64 = 1_700_000_000
    let seconds = { (text: String) in try GrantTime.seconds(text, now: now) }
    #expect(try seconds("8h") == now + 28_800)
    #expect(try seconds("90m") == now + 5400)
    #expect(try seconds("2024-02-29") == 1_709_164_800)
    #expect(try seconds("2024-02-29T12:00:00Z") == 1_709_208_000)
    for bad in [
      "", "h", "0h", "-1h", "+1h", "1y", "9999999h", "2023-02-29", "2024-02-30", "2024-1-1", "soon",
      "2020-01-01", "8h ",
    ] {
      #expect(throws: Refusal.self, "\(bad)") { try seconds(bad) }
    }
  }
}
