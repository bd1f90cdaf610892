import Core
import Testing

private let now = "2026-01-02T03:04:05Z"
private let catalog = Catalog.canonical

private let actors: [Actor] = [
  .owner, .system, .agent(role: nil), .agent(role: "DEV"), .agent(role: "QUALITY_AUDITOR"),
]

/// Every command and event there is.
private let moves: [Move] =
  catalog.scenarios.flatMap { scenario in
    [Move.set(scenario: scenario.name, phase: nil)]
      + scenario.phases.map { .set(scenario: scenario.name, phase: $0.name) }
  } + [.nextPhase, .verdict(pass: true), .verdict(pass: false), .resume] + Event.allCases.map(Move.event)

/// What decides in a state: without history and time.
private struct Situation: Hashable {
  let place: Place
  let status: Status
  let suspended: [Place]

  init(_ state: State) {
    (place, status, suspended) = (state.place, state.status, state.suspended)
  }
}

@Suite struct TransitionTests {
  /// Six thousand of the states that an owner can reach from a new repository, and from each every move by every
  /// actor. What is said of a state, or of a refusal, alone is asked once: an expectation costs more than a move.
  @Test func theInvariantsHoldEverywhere() throws {
    var left: Set<Situation> = []
    var entered: Set<Situation> = []
    var refusals: Set<Refusal> = []
    var open = [State(place: Place("PROJECT_BOOTSTRAP", "INITIALIZATION"), at: now)]
    while let state = open.popLast(), left.count < 6000 {
      guard left.insert(Situation(state)).inserted else { continue }
      var hasWayOut = false
      for move in moves {
        for actor in actors {
          do {
            var next = try advance(move, from: state, by: actor, catalog: catalog, at: now).state
            next.transitions = []
            holds(from: state, to: next, move, actor)
            if entered.insert(Situation(next)).inserted { try holds(in: next) }
            if actor == .owner {
              if next.place != state.place || next.status != state.status { hasWayOut = true }
              open.append(next)
            }
          } catch let refusal as Refusal {
            if refusals.insert(refusal).inserted {
              #expect(refusal.remedy != nil || refusal.why != nil, "\(move) from \(state.place)")
              #expect(refusal.lines.split(separator: "\n").count <= 3)
            }
          }
        }
      }
      if !hasWayOut { Issue.record("\(state.place) \(state.status) is a dead end") }
    }
    #expect(left.count == 6000)
  }

  /// The catalog has the place, and a record of it says what the catalog says.
  private func holds(in state: State) throws {
    let phase = try #require(catalog.phase(at: state.place))
    let record = try GateRecord(state: state, catalog: catalog, sequence: 1)
    #expect(record.actions == phase.actions)
    #expect(!(state.place.scenario == "QUALITY_GATE" && record.mayCommit))
    #expect(state.suspended.count == Set(state.suspended.map(\.scenario)).count)
    #expect(!state.suspended.contains { $0.scenario == state.place.scenario })
  }

  private func holds(from state: State, to next: State, _ move: Move, _ actor: Actor) {
    // An agent changes neither scenario nor phase; the auditor's verdict alone does.
    if actor.isAgent {
      #expect(actor.role == "QUALITY_AUDITOR")
      #expect(state.place == Place("QUALITY_GATE", "VERDICT"))
    }
    // No phase is skipped: next-phase enters the one after, or another scenario.
    if move == .nextPhase, next.place.scenario == state.place.scenario, next.status.isOpen,
      state.suspended.first?.scenario != state.place.scenario
    {
      #expect(next.place.phase == catalog.phase(at: state.place)?.next)
    }
    if next.isFrozen, state.place.scenario != "DEPLOYMENT" {
      #expect(next.place.scenario != "DEPLOYMENT")
    }
  }

  private func after(_ moves: [Move], from state: State? = nil) throws -> State {
    var state = state ?? State(place: Place("PROJECT_BOOTSTRAP", "INITIALIZATION"), at: now)
    for move in moves {
      state = try advance(move, from: state, by: .owner, catalog: catalog, at: now).state
    }
    return state
  }

  @Test func aFeatureEndsInDeployment() throws {
    let release = try after([.set(scenario: "FEATURE_DEVELOPMENT", phase: "RELEASE")])
    let end = try advance(.nextPhase, from: release, by: .owner, catalog: catalog, at: now)
    #expect(end.state.place == Place("DEPLOYMENT", "PRE_DEPLOY"))
    #expect(end.fired == .featureCompleted)
    #expect(end.completed == [Place("FEATURE_DEVELOPMENT", "RELEASE")])
    #expect(end.state.transitions.last?.trigger == "feature-completed")
  }

  @Test func aFailedDeployIsAnIncidentAndFreezes() throws {
    let frozen = try after([
      .set(scenario: "DEPLOYMENT", phase: "EXECUTE"), .event(.deployFailure),
    ])
    #expect(frozen.place == Place("INCIDENT_RECOVERY", "FREEZE"))
    #expect(frozen.suspended == [Place("DEPLOYMENT", "EXECUTE")])
    #expect(frozen.isFrozen)
    #expect(throws: Refusal.self) { try after([.set(scenario: "DEPLOYMENT", phase: nil)], from: frozen) }
    #expect(throws: Refusal.self) { try after([.resume], from: frozen) }
    // Leaving it unfinished does not lift the freeze.
    let away = try after([.set(scenario: "MAINTENANCE", phase: nil)], from: frozen)
    #expect(away.isFrozen)
    let ended = try after([.nextPhase, .nextPhase, .nextPhase, .nextPhase], from: frozen)
    #expect(ended.status == .completed)
    #expect(!ended.isFrozen)
    #expect(try after([.resume], from: ended).place == Place("DEPLOYMENT", "EXECUTE"))
  }

  @Test func aPassedGateResumesAtThePhaseAfter() throws {
    let audited = try after([
      .set(scenario: "FEATURE_DEVELOPMENT", phase: "QA"), .set(scenario: "QUALITY_GATE", phase: nil),
      .nextPhase,
    ])
    #expect(audited.suspended == [Place("FEATURE_DEVELOPMENT", "QA")])
    let pass = try advance(.verdict(pass: true), from: audited, by: .owner, catalog: catalog, at: now)
    #expect(pass.state.place == Place("FEATURE_DEVELOPMENT", "RELEASE"))
    #expect(pass.completed == [Place("QUALITY_GATE", "VERDICT"), Place("FEATURE_DEVELOPMENT", "QA")])
    let last = try after([
      .set(scenario: "FEATURE_DEVELOPMENT", phase: "RELEASE"),
      .set(scenario: "QUALITY_GATE", phase: "VERDICT"),
      .verdict(pass: true),
    ])
    #expect(last.place == Place("DEPLOYMENT", "PRE_DEPLOY"))
  }

  @Test func aFailedGateRollsBackAndReturnsAsRework() throws {
    let failed = try after([
      .set(scenario: "FEATURE_DEVELOPMENT", phase: "QA"), .set(scenario: "QUALITY_GATE", phase: "VERDICT"),
      .event(.qualityGateFail),
    ])
    #expect(failed.place == Place("ROLLBACK", "IDENTIFY"))
    let back = try after([.nextPhase, .nextPhase, .nextPhase], from: failed)
    #expect(back.place == Place("FEATURE_DEVELOPMENT", "QA"))
    #expect(back.status == .rework)
    #expect(back.suspended.isEmpty)
  }

  @Test func theVerdictIsTheAuditors() throws {
    let verdict = try after([.set(scenario: "QUALITY_GATE", phase: "VERDICT")])
    let auditor = Actor.agent(role: "QUALITY_AUDITOR")
    #expect(
      try advance(.verdict(pass: true), from: verdict, by: auditor, catalog: catalog, at: now).state.place
        == Place("PROJECT_BOOTSTRAP", "REQUIREMENTS"))
    #expect(throws: Refusal.self) {
      try advance(.verdict(pass: true), from: verdict, by: .agent(role: "DEV"), catalog: catalog, at: now)
    }
    let early = try after([.set(scenario: "QUALITY_GATE", phase: "AUDIT")])
    #expect(throws: Refusal.self) {
      try advance(.verdict(pass: true), from: early, by: auditor, catalog: catalog, at: now)
    }
    #expect(throws: Refusal.self) { try after([.nextPhase], from: verdict) }
  }

  @Test func anEventThatDoesNotApplyNamesWhatDoes() throws {
    let deploying = try after([.set(scenario: "DEPLOYMENT", phase: nil)])
    let refusal = #expect(throws: Refusal.self) {
      try after([.event(.qualityGateFail)], from: deploying)
    }
    #expect(refusal?.why == "applies here: deploy-failure")
  }
}
