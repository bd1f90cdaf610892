import Core
import StateFile
import Testing

/// A file as other tools of LLM-OS wrote it: Russian comments, quotes here and there, a key of their own.
private let foreign = """
  # 🎛️ Состояние сценария
  current_scenario: "FEATURE_DEVELOPMENT"   # текущий сценарий
  phase: BRIEF
  status: 'IN_PROGRESS'
  last_update: 2025-12-27T17:18:52Z

  allowed_actions:
    - create_feature_brief

  # Ограничения
  agent_constraints:
    can_change_scenario: false
    can_change_phase: false
    can_run_scripts: false
    can_only_execute: true

  context:
    feature_slug: "login"
    target_environment: null
    incident_type: ~
    rollback_target:
    ticket: "42"

  transitions:
    - from: PROJECT_BOOTSTRAP
      to: FEATURE_DEVELOPMENT
      phase: BRIEF
      timestamp: "2025-12-27T17:18:52Z"
      trigger: manual

  owner_notes:
    - "first: & second"
    - {a: 1, b: [x, 'y']}

  """

private func decode(_ text: String) throws -> State {
  try StateFile.decode(Array(text.utf8), catalog: .canonical)
}

@Suite struct StateFileTests {
  @Test func readsFilesOfOtherTools() throws {
    let state = try decode(foreign)
    #expect(state.place == Place("FEATURE_DEVELOPMENT", "BRIEF"))
    #expect(state.status == .inProgress)
    #expect(state.lastUpdate == "2025-12-27T17:18:52Z")
    #expect(state.contextValue("feature_slug") == "login")
    #expect(state.contextValue("incident_type") == nil)
    #expect(state.contextValue("ticket") == "42")
    #expect(state.transitions.map(\.trigger) == ["manual"])
    #expect(state.unknown.count == 1)
  }

  @Test func whatItWritesReadsBackTheSame() throws {
    var state = try decode(foreign)
    state.suspended = [
      Suspended(Place("QUALITY_GATE", "AUDIT")),
      Suspended(
        Place("DEPLOYMENT", "EXECUTE"), status: .rework,
        context: State.canonicalContext.map { ContextValue($0, $0 == "feature_slug" ? "it's: a # b" : nil) }),
      Suspended(Place("MAINTENANCE", "UPDATE"), context: state.context),
    ]
    for (key, value) in [
      ("a", "it's: a # b"), ("b", "null"), ("c", "no"), ("d", ""), ("e", "1"), ("f", "ж \"q\""), ("g", "- x"),
      ("h", "2025-12-27T17:18:52Z"), ("i", "v1.2:3"), ("j", "&x"), ("k", "*y"),
    ] {
      state.setContext(key, value)
    }
    let bytes = StateFile.encode(state, catalog: .canonical)
    #expect(try StateFile.decode(bytes, catalog: .canonical) == state)
    #expect(StateFile.encode(try StateFile.decode(bytes, catalog: .canonical), catalog: .canonical) == bytes)
    #expect(String(decoding: bytes, as: UTF8.self).contains("owner_notes:"))
  }

  @Test func writesTheKeysInTheirOrder() {
    let state = State(place: Place("FEATURE_DEVELOPMENT", "IMPLEMENTATION"), at: "2025-12-27T17:18:52Z")
    let text = String(decoding: StateFile.encode(state, catalog: .canonical), as: UTF8.self)
    #expect(
      text == """
        # Written by llmos-hook. Only the engine changes this file (see llmos-hook status).
        current_scenario: FEATURE_DEVELOPMENT
        phase: IMPLEMENTATION
        status: IN_PROGRESS
        last_update: 2025-12-27T17:18:52Z
        allowed_actions:
          - update_code
          - commit_changes
          - run_tests
        agent_constraints:
          can_change_scenario: false
          can_change_phase: false
          can_run_scripts: false
          can_only_execute: true
        context:
          feature_slug: null
          target_environment: null
          incident_type: null
          rollback_target: null
        transitions: []

        """)
  }

  private static let malformed: [(String, String)] = [
    ("", "is empty"),
    ("- a\n", ":1:1: a map"),
    ("a: [", ":1:"),
    (foreign.replacing("phase: BRIEF\nstatus", with: "status"), "the key phase is missing"),
    (foreign.replacing("status: 'IN_PROGRESS'", with: "status: DONE"), ":4:9: unknown status: DONE"),
    (
      foreign.replacing("phase: BRIEF\nstatus", with: "phase: EXECUTE\nstatus"),
      ":3:8: FEATURE_DEVELOPMENT has no phase EXECUTE"
    ),
    (foreign.replacing("\"FEATURE_DEVELOPMENT\"", with: "FEATURE"), ":2:19: unknown scenario: FEATURE"),
    (foreign + "phase: QA\n", "the key phase appears twice"),
    (foreign.replacing("  - create", with: "\t- create"), ":8:"),
    (foreign.replacing("\"login\"", with: "\"a\\nb\""), "line break"),
    (foreign.replacing("\"login\"", with: "[a]"), "context.feature_slug is not a single value"),
    (foreign + "x: &a [1]\ny: *a\n", "anchors and aliases"),
    (
      foreign.replacing("agent_constraints:\n", with: "agent_constraints:\n  - x\nother:\n"),
      "agent_constraints is not a map"
    ),
    ("? *a\n: b\n", ":1:3: anchors"),
  ]

  /// Every way in which a file is refused, with the place that the message must name.
  @Test(arguments: malformed)
  func refusesWithThePlace(text: String, expected: String) {
    let refusal = #expect(throws: Refusal.self) { try decode(text) }
    #expect(refusal?.code == .data)
    #expect(refusal?.what.contains(expected) == true, "\(refusal?.what ?? "")")
  }

  @Test func anAliasBombIsRefusedAtOnce() {
    var bomb = "a0: &a0 [x, x]\n"
    for level in 1...40 { bomb += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
    let clock = ContinuousClock()
    let duration = clock.measure { #expect(throws: Refusal.self) { try decode(bomb + "? *a40\n: x\n") } }
    #expect(duration < .seconds(1))
  }

  @Test func keepsTheNewestFiftyTransitions() throws {
    var state = State(place: Place("FEATURE_DEVELOPMENT", "BRIEF"), at: "2025-12-27T17:18:52Z")
    for index in 1...60 {
      state.transitions.append(
        TransitionRecord(
          from: "A", to: "B", phase: "C", timestamp: "2025-12-27T17:18:52Z", trigger: "t\(index)"))
    }
    let back = try StateFile.decode(StateFile.encode(state, catalog: .canonical), catalog: .canonical)
    #expect(back.transitions.map(\.trigger) == (11...60).map { "t\($0)" })
  }
}
