import Core
import Testing

private let now = "2026-01-02T03:04:05Z"
private let catalog = Catalog.canonical

@Suite struct ContextTests {
  private func after(_ moves: [Move], from state: State, _ context: [ContextValue] = []) throws -> State {
    var facts = MoveFacts()
    facts.context = context
    return try moves.reduce(state) {
      try advance($1, from: $0, by: .owner, catalog: catalog, at: now, facts).state
    }
  }

  private func feature(_ slug: String, _ phase: String) throws -> State {
    try after(
      [.set(scenario: "FEATURE_DEVELOPMENT", phase: phase)],
      from: State(place: Place("MAINTENANCE", "UPDATE"), at: now), [ContextValue("feature_slug", slug)])
  }

  @Test func anotherPhaseOfTheVisitKeepsIt() throws {
    let state = try feature("one", "DESIGN")
    for phase in ["IMPACT_ANALYSIS", "DESIGN", "QA"] {
      let next = try after([.set(scenario: "FEATURE_DEVELOPMENT", phase: phase)], from: state)
      #expect(next.contextValue("feature_slug") == "one")
      let same = try after(
        [.set(scenario: "FEATURE_DEVELOPMENT", phase: phase)], from: state,
        [ContextValue("feature_slug", "one")])
      #expect(same.contextValue("feature_slug") == "one")
    }
    // A key that had no value may get one at any time.
    var bare = state
    bare.setContext("feature_slug", nil)
    bare.setContext("ticket", "7")
    let named = try after(
      [.set(scenario: "FEATURE_DEVELOPMENT", phase: "QA")], from: bare, [ContextValue("feature_slug", "two")])
    #expect(named.contextValue("feature_slug") == "two" && named.contextValue("ticket") == "7")
  }

  @Test func aVisitBeginsEmpty() throws {
    let state = try feature("one", "DESIGN")
    let anew: [(Move, [ContextValue], String?)] = [
      (.set(scenario: "FEATURE_DEVELOPMENT", phase: nil), [], nil),
      (.set(scenario: "FEATURE_DEVELOPMENT", phase: "BRIEF"), [ContextValue("feature_slug", "two")], "two"),
      (.set(scenario: "FEATURE_DEVELOPMENT", phase: "QA"), [ContextValue("feature_slug", "two")], "two"),
    ]
    for (move, context, slug) in anew {
      #expect(try after([move], from: state, context).contextValue("feature_slug") == slug)
    }
    let elsewhere = try after([.set(scenario: "MAINTENANCE", phase: nil)], from: state)
    let back = try after([.set(scenario: "FEATURE_DEVELOPMENT", phase: "DESIGN")], from: elsewhere)
    #expect(back.contextValue("feature_slug") == nil)
    var ended = state
    ended.status = .completed
    let again = try after([.set(scenario: "FEATURE_DEVELOPMENT", phase: "DESIGN")], from: ended)
    #expect(again.contextValue("feature_slug") == nil)
  }

  @Test func anEventGoesOnWithWhatWasBegun() throws {
    var release = try feature("one", "RELEASE")
    release.setContext("target_environment", "production")
    let deploying = try after([.nextPhase], from: release)
    #expect(deploying.place == Place("DEPLOYMENT", "PRE_DEPLOY"))
    #expect(deploying.contextValue("target_environment") == nil)
    #expect(deploying.contextValue("feature_slug") == "one")
  }

  @Test func anIncidentSaysWhatItIsAndWhere() throws {
    let deploying = try after(
      [.set(scenario: "DEPLOYMENT", phase: "EXECUTE")], from: feature("one", "DESIGN"),
      [ContextValue("target_environment", "staging")])
    let incident = try after([.event(.deployFailure)], from: deploying)
    #expect(incident.contextValue("incident_type") == "deploy-failure")
    #expect(incident.contextValue("target_environment") == "staging")
    let named = try after(
      [.event(.deployFailure)], from: deploying, [ContextValue("incident_type", "outage")])
    #expect(named.contextValue("incident_type") == "outage")
  }

  @Test func whatIsSuspendedComesBackAsItWas() throws {
    let one = try feature("one", "QA")
    let gate = try after(
      [.set(scenario: "QUALITY_GATE", phase: nil), .set(scenario: "ROLLBACK", phase: nil)], from: one)
    #expect(gate.suspended.map(\.context) == [one.context, one.context])
    let two = try after(
      [.resume, .set(scenario: "MAINTENANCE", phase: nil)], from: gate, [ContextValue("feature_slug", "two")])
    #expect(try after([.resume], from: two).context == one.context)
    // A file of an earlier version kept none.
    var old = two
    old.suspended[0].context = nil
    #expect(try after([.resume], from: old).contextValue("feature_slug") == "two")
  }

  @Test func defaultsFillOnlyWhatTheScenarioIsAbout() throws {
    var facts = MoveFacts()
    facts.defaults = [
      ContextValue("target_environment", "dev"), ContextValue("target_environment", "staging"),
      ContextValue("feature_slug", "x"),
    ]
    let move = Move.set(scenario: "DEPLOYMENT", phase: nil)
    let from = State(place: Place("MAINTENANCE", "UPDATE"), at: now)
    let state = try advance(move, from: from, by: .owner, catalog: catalog, at: now, facts).state
    #expect(state.contextValue("target_environment") == "dev" && state.contextValue("feature_slug") == nil)
    facts.context = [ContextValue("target_environment", "production")]
    let given = try advance(move, from: from, by: .owner, catalog: catalog, at: now, facts).state
    #expect(given.contextValue("target_environment") == "production")
  }

  @Test func aKeyOfTheRepositorysOwnBelongsToTheVisitToo() throws {
    var facts = MoveFacts()
    facts.contextKeys = ["ticket"]
    var state = try feature("one", "RELEASE")
    state.setContext("ticket", "7")
    state.setContext("owner", "Ann")
    let move = { (move: Move) in
      try advance(move, from: state, by: .owner, catalog: catalog, at: now, facts).state
    }
    let anew = try move(.set(scenario: "FEATURE_DEVELOPMENT", phase: nil))
    #expect(anew.contextValue("ticket") == nil && anew.contextValue("owner") == "Ann")
    for kept: Move in [.nextPhase, .set(scenario: "QUALITY_GATE", phase: nil)] {
      #expect(try move(kept).contextValue("ticket") == "7")
    }
  }

  // MARK: What may be given

  @Test func onlyKnownKeysAndEnvironmentsAreTaken() {
    var configuration = Configuration()
    configuration.contextKeys = ["ticket"]
    configuration.requires = ["MAINTENANCE:UPDATE": ["plans/{plan}/{not a key}/{}.md"]]
    let rules = ContextRules(catalog, configuration)
    #expect(rules.keys == State.canonicalContext + ["plan", "ticket"])
    for pair in [
      ContextValue("feature_slug", "x"), ContextValue("ticket", "7"), ContextValue("plan", "a/b"),
      ContextValue("target_environment", "staging"),
    ] { #expect(rules.refusal(of: pair) == nil) }
    #expect(rules.refusal(of: ContextValue("slug", "login"))?.remedy == "--context feature_slug=login")
    #expect(rules.refusal(of: ContextValue("tiket", "7"))?.remedy == "--context ticket=7")
    #expect(rules.refusal(of: ContextValue(State.failedGateKey, "PASS")) != nil)
    #expect(rules.refusal(of: ContextValue("target_environment", "")) == nil, "it is taken away")
    let misspelt = rules.refusal(of: ContextValue("target_environment", "prodution"))
    #expect(misspelt?.code == .usage)
    #expect(misspelt?.why == "environments: dev, staging, production")
    #expect(misspelt?.remedy == "--context target_environment=production")
  }

  @Test func aPhaseAsksForEveryKeyItsPathsName() throws {
    let phase = Phase(
      name: "P", summary: "", role: "DEV", actions: [], next: nil, requires: ["d/{ticket}/{feature_slug}"],
      needs: ["target_environment"])
    var state = State(place: Place("S", "P"), at: now)
    #expect(
      try phase.requirements(state) == [
        .context("target_environment"), .context("ticket"), .context("feature_slug"),
      ])
    for key in ["ticket", "feature_slug", "target_environment"] { state.setContext(key, key.uppercased()) }
    #expect(try phase.requirements(state) == [.path("d/TICKET/FEATURE_SLUG")])
  }
}
