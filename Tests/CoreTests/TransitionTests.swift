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
  let context: [ContextValue]
  let suspended: [Suspended]

  init(_ state: State) {
    (place, status, context, suspended) = (state.place, state.status, state.context, state.suspended)
  }
}

/// What may be known of a move: nothing, that work was made anew, that the owner has a reason; and what is given.
private let known: [MoveFacts] = {
  var made = MoveFacts()
  made.isReworked = true
  made.context = [ContextValue("feature_slug", "a")]
  var reasoned = MoveFacts()
  reasoned.hasReason = true
  reasoned.context = [ContextValue("feature_slug", "b"), ContextValue("target_environment", "dev")]
  return [MoveFacts(), made, reasoned]
}()

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
        for (actor, facts) in actors.map({ ($0, known[0]) }) + known.dropFirst().map({ (.owner, $0) }) {
          do {
            let transition = try advance(
              move, from: state, by: actor, catalog: catalog, at: now, facts)
            var next = transition.state
            next.transitions = []
            holds(from: state, to: next, move, actor)
            visitsHold(from: state, to: next, move, facts)
            nothingIsLeftOut(from: state, transition, move, facts)
            noFailedGateIsForgotten(from: state, to: next, move, facts)
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
    #expect(state.suspended.count == Set(state.suspended.map(\.place.scenario)).count)
    #expect(!state.suspended.contains { $0.place.scenario == state.place.scenario })
  }

  private func holds(from state: State, to next: State, _ move: Move, _ actor: Actor) {
    // An agent changes neither scenario nor phase; the auditor's verdict alone does.
    if actor.isAgent,
      actor.role != "QUALITY_AUDITOR" || state.place != Place("QUALITY_GATE", "VERDICT")
    {
      Issue.record("\(move) from \(state.place) by \(actor)")
    }
    // No phase is skipped: next-phase enters the one after, or another scenario.
    if move == .nextPhase, next.place.scenario == state.place.scenario, next.status.isOpen,
      state.suspended.first?.place.scenario != state.place.scenario,
      next.place.phase != catalog.phase(at: state.place)?.next
    {
      Issue.record("next-phase from \(state.place) enters \(next.place)")
    }
    if next.isFrozen, state.place.scenario != "DEPLOYMENT", next.place.scenario == "DEPLOYMENT" {
      Issue.record("\(move) from \(state.place) enters DEPLOYMENT in a freeze")
    }
  }

  /// Context belongs to a visit.
  private func visitsHold(from state: State, to next: State, _ move: Move, _ facts: MoveFacts) {
    for visit in next.suspended {
      let isNew = visit.place == state.place && visit.context == state.context && visit.status == state.status
      var isFailed = visit
      isFailed.context?.removeAll { $0.key == State.failedGateKey }
      let isOld = state.suspended.contains { old in
        var old = old
        old.context?.removeAll { $0.key == State.failedGateKey }
        return old == isFailed
      }
      if !isNew, !isOld { Issue.record("\(visit.place) is suspended otherwise than it was left") }
    }
    guard next.place.scenario != state.place.scenario else { return }
    let given = { (key: String) in facts.context.first { $0.key == key }?.value }
    if let back = state.suspended.first, move == .resume {
      // Which gates of other features failed is the same in every visit: `noFailedGateIsForgotten`.
      let about = { (context: [ContextValue]?) in context?.filter { $0.key != State.failedFeaturesKey } }
      if about(next.context) != about(back.context) {
        Issue.record("\(back.place) came back about something else")
      }
    } else if next.place.phase == catalog.scenario(next.place.scenario)?.phases.first?.name,
      let key = catalog.scenario(next.place.scenario)?.contextKey
    {
      let known = move == .event(.deployFailure) ? Event.deployFailure.rawValue : nil
      if next.contextValue(key) != given(key) ?? known {
        Issue.record("\(move) from \(state.place): \(key) is \(next.contextValue(key) ?? "nil")")
      }
    }
  }

  /// By no move but the feature's own verdict, or the owner's reason.
  private func noFailedGateIsForgotten(from state: State, to next: State, _ move: Move, _ facts: MoveFacts) {
    func failed(_ state: State) -> Set<String> {
      var slugs = Set(
        (state.contextValue(State.failedFeaturesKey) ?? "").split(separator: "|").map(String.init))
      let visits: [(String) -> String?] = [state.contextValue] + state.suspended.map { $0.contextValue }
      for value in visits where value(State.failedGateKey) != nil {
        if let slug = value("feature_slug") { slugs.insert(slug) }
      }
      return slugs
    }
    var expected = failed(state)
    let slug = { (context: [ContextValue]?) in context?.first { $0.key == "feature_slug" }?.value }
    if move == .verdict(pass: true) || move == .event(.qualityGatePass),
      let judged = slug(state.suspended.first?.context)
    {
      expected.remove(judged)
    }
    if facts.hasReason, let waived = slug(next.context) { expected.remove(waived) }
    let forgotten = expected.subtracting(failed(next))
    if !forgotten.isEmpty { Issue.record("\(move) from \(state.place) forgets the gate of \(forgotten)") }
  }

  /// What has to be made anew, or passed, before a phase is left is not left out, unless the owner says why.
  private func nothingIsLeftOut(
    from state: State, _ transition: Transition, _ move: Move, _ facts: MoveFacts
  ) {
    let next = transition.state
    if !facts.hasReason, !transition.waived.isEmpty { Issue.record("\(transition.waived) without a reason") }
    if case .set = move, !facts.hasReason { noVisitEndsOwing(from: state, to: next, move, facts) }
    let course = catalog.scenario(next.place.scenario)?.phases.map(\.name) ?? []
    let isVisit = next.place.scenario == state.place.scenario && next.place.phase != course.first
    let here = course.firstIndex(of: state.place.phase) ?? 0
    let there = course.firstIndex(of: next.place.phase) ?? 0
    if case .set = move {
      let passed = transition.passed.map(\.phase)
      let slug = facts.context.first { $0.key == "feature_slug" }?.value
      let isSame =
        isVisit && state.status.isOpen
        && (slug == nil || state.contextValue("feature_slug") == nil
          || slug == state.contextValue("feature_slug"))
      let expected = isSame ? course[min(here, there)..<there] : course[..<there]
      if passed != Array(expected) { Issue.record("\(move) from \(state.place) passes \(passed)") }
      guard isSame else { return }
    }
    guard !facts.hasReason, isVisit, state.status.isOpen, there > here || next.status == .completed else {
      return
    }
    let canRework = !["QUALITY_GATE", "INCIDENT_RECOVERY"].contains(state.place.scenario)
    if state.status == .rework, !facts.isReworked, canRework {
      Issue.record("\(move): REWORK in \(state.place) was left with nothing made")
    }
    if state.contextValue(State.failedGateKey) != nil, state.place.scenario == "FEATURE_DEVELOPMENT",
      next.place.phase == "RELEASE" || next.status == .completed
    {
      Issue.record("\(move): a failed gate was released")
    }
  }

  /// Another visit ends none in REWORK in which nothing was made, and deploys nothing whose gate failed.
  private func noVisitEndsOwing(from state: State, to next: State, _ move: Move, _ facts: MoveFacts) {
    let canRework = { (place: Place) in !["QUALITY_GATE", "INCIDENT_RECOVERY"].contains(place.scenario) }
    var owing = state.suspended.filter { $0.status == .rework }.map(\.place)
    if state.status == .rework, !facts.isReworked { owing.append(state.place) }
    for place in owing where canRework(place) {
      let isKept =
        next.suspended.contains { $0.place == place && $0.status == .rework }
        || next.place.scenario == place.scenario && next.status == .rework
      if !isKept { Issue.record("\(move) from \(state.place): \(place) ended in REWORK") }
    }
    let failed = [state.context] + state.suspended.compactMap(\.context)
    if next.place.scenario == "DEPLOYMENT", state.place.scenario != "DEPLOYMENT",
      failed.contains(where: { $0.contains { $0.key == State.failedGateKey } })
    {
      Issue.record("\(move) from \(state.place): a failed gate is deployed")
    }
    if next.place == Place("FEATURE_DEVELOPMENT", "RELEASE"), next.contextValue(State.failedGateKey) != nil {
      Issue.record("\(move) from \(state.place): a failed gate is released")
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
    #expect(frozen.suspended.map(\.place) == [Place("DEPLOYMENT", "EXECUTE")])
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
    #expect(audited.suspended.map(\.place) == [Place("FEATURE_DEVELOPMENT", "QA")])
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
    #expect(back.contextValue(State.failedGateKey) == "FAIL")
    #expect(back.place == Place("FEATURE_DEVELOPMENT", "IMPLEMENTATION"))
    #expect(back.status == .rework)
    #expect(back.suspended.isEmpty)
  }

  /// The move with nothing known, which must be refused, and with each of the facts that let it pass.
  private func refused(_ move: Move, from state: State, _ what: String) throws -> (
    made: Transition, waived: Transition
  ) {
    let refusal = #expect(throws: Refusal.self) { try after([move], from: state) }
    #expect(refusal?.what == what)
    var (made, reasoned) = (MoveFacts(), MoveFacts())
    (made.isReworked, reasoned.hasReason) = (true, true)
    return (
      try advance(move, from: state, by: .owner, catalog: catalog, at: now, made),
      try advance(move, from: state, by: .owner, catalog: catalog, at: now, reasoned)
    )
  }

  /// By whatever way: another feature, another scenario.
  @Test func aFailedGateIsRememberedByItsFeature() throws {
    func set(_ scenario: String, _ phase: String?, _ slug: String?, from state: State) throws -> State {
      var facts = MoveFacts()
      facts.context = slug.map { [ContextValue("feature_slug", $0)] } ?? []
      return try advance(
        .set(scenario: scenario, phase: phase), from: state, by: .owner, catalog: catalog, at: now, facts
      ).state
    }
    let begun = try set("FEATURE_DEVELOPMENT", "QA", "x", from: after([]))
    let failed = try after(
      [.set(scenario: "QUALITY_GATE", phase: "VERDICT"), .verdict(pass: false)], from: begun)
    // Set aside, or taken up again, it is not deployed.
    for state in [failed, try after([.resume], from: failed)] {
      #expect(throws: Refusal.self) { try set("DEPLOYMENT", nil, nil, from: state) }
    }
    let resumed = try after([.resume], from: failed)
    let elsewhere = [
      try set("MAINTENANCE", nil, nil, from: resumed),
      try set("FEATURE_DEVELOPMENT", "BRIEF", "y", from: resumed),
      try set("MAINTENANCE", nil, nil, from: failed),
    ]
    for state in elsewhere {
      #expect(throws: Refusal.self) { try set("FEATURE_DEVELOPMENT", "RELEASE", "x", from: state) }
      let again = try set("FEATURE_DEVELOPMENT", "QA", "x", from: state)
      #expect(again.contextValue(State.failedGateKey) == "FAIL")
      #expect(throws: Refusal.self) { try after([.nextPhase], from: again) }
      let passed = try after(
        [.set(scenario: "QUALITY_GATE", phase: "VERDICT"), .verdict(pass: true)], from: again)
      #expect(passed.place == Place("FEATURE_DEVELOPMENT", "RELEASE"))
      #expect(passed.contextValue(State.failedFeaturesKey) == nil)
      let other = try set("FEATURE_DEVELOPMENT", "RELEASE", "z", from: state)
      #expect(other.contextValue(State.failedGateKey) == nil)
      #expect(try after([.nextPhase], from: other).place == Place("DEPLOYMENT", "PRE_DEPLOY"))
    }
  }

  /// A slug may have a space in it; and a visit that is taken up again forgets nothing that failed in between.
  @Test func aFailedGateIsRememberedThroughVisitsThatWereSetAside() throws {
    func set(_ scenario: String, _ phase: String?, _ slug: String, from state: State) throws -> State {
      var facts = MoveFacts()
      facts.context = [ContextValue("feature_slug", slug)]
      return try advance(
        .set(scenario: scenario, phase: phase), from: state, by: .owner, catalog: catalog, at: now, facts
      ).state
    }
    func failed(_ slug: String, from state: State) throws -> State {
      try after(
        [.set(scenario: "QUALITY_GATE", phase: "VERDICT"), .verdict(pass: false), .resume],
        from: try set("FEATURE_DEVELOPMENT", "QA", slug, from: state))
    }
    let maintenance = try after([.set(scenario: "MAINTENANCE", phase: nil)])
    var aside = try failed(
      "new page", from: try after([.set(scenario: "ROLLBACK", phase: nil)], from: maintenance))
    aside = try set("FEATURE_DEVELOPMENT", "BRIEF", "old", from: try failed("new", from: aside))
    #expect(aside.suspended.last?.place.scenario == "MAINTENANCE")
    var back = try after([.resume], from: aside)
    #expect(back.place.scenario == "MAINTENANCE")
    for slug in ["new page", "new"] {
      #expect(throws: Refusal.self) { try set("FEATURE_DEVELOPMENT", "RELEASE", slug, from: back) }
    }
    for slug in ["page", "old"] {
      #expect(
        try set("FEATURE_DEVELOPMENT", "RELEASE", slug, from: back).contextValue(State.failedGateKey) == nil)
    }
    // What was passed in between does not come back either.
    let interrupted = try after([.set(scenario: "ROLLBACK", phase: nil)], from: back)
    for slug in ["new page", "new"] {
      back = try after(
        [.set(scenario: "QUALITY_GATE", phase: "VERDICT"), .verdict(pass: true)],
        from: try set("FEATURE_DEVELOPMENT", "QA", slug, from: slug == "new" ? back : interrupted))
    }
    back = try after([.resume], from: back)
    #expect(back.place.scenario == "MAINTENANCE" && back.contextValue(State.failedFeaturesKey) == nil)
  }

  @Test func reworkIsLeftWhenSomethingWasMade() throws {
    let implementation = Place("FEATURE_DEVELOPMENT", "IMPLEMENTATION")
    let rework = State(place: implementation, status: .rework, at: now)
    for move: Move in [.nextPhase, .set(scenario: "FEATURE_DEVELOPMENT", phase: "RELEASE")] {
      let (made, waived) = try refused(
        move, from: rework, "FEATURE_DEVELOPMENT:IMPLEMENTATION is in REWORK, and nothing was made in it")
      #expect(made.state.status == .inProgress && made.waived.isEmpty)
      #expect(waived.state.status == .inProgress && waived.waived == [implementation])
    }
    // Neither staying, going back nor an interruption makes it good.
    for moves: [Move] in [
      [.set(scenario: "FEATURE_DEVELOPMENT", phase: "IMPLEMENTATION")],
      [.set(scenario: "FEATURE_DEVELOPMENT", phase: "DESIGN")],
      [.set(scenario: "QUALITY_GATE", phase: nil), .resume],
    ] {
      #expect(try after(moves, from: rework).status == .rework)
    }
    let passed = try after(
      [.set(scenario: "QUALITY_GATE", phase: "VERDICT"), .verdict(pass: true)], from: rework)
    #expect(passed.place == implementation && passed.status == .rework)
  }

  @Test func reworkBeginsWhereCommitsLand() throws {
    let back = { (scenario: String, phase: String) in
      try after(
        [.set(scenario: "ROLLBACK", phase: "VERIFY"), .nextPhase],
        from: State(place: Place(scenario, phase), at: now)
      ).place.phase
    }
    for (left, phase) in [
      ("BRIEF", "BRIEF"), ("DESIGN", "DESIGN"), ("IMPLEMENTATION", "IMPLEMENTATION"),
      ("QA", "IMPLEMENTATION"),
      ("RELEASE", "IMPLEMENTATION"),
    ] { #expect(try back("FEATURE_DEVELOPMENT", left) == phase) }
    #expect(try back("MAINTENANCE", "CLEANUP") == "CLEANUP")
  }

  @Test func aFailedGateIsPassedBeforeRelease() throws {
    let rework = try after([
      .set(scenario: "FEATURE_DEVELOPMENT", phase: "QA"), .set(scenario: "QUALITY_GATE", phase: "VERDICT"),
      .verdict(pass: false), .set(scenario: "ROLLBACK", phase: "VERIFY"), .nextPhase,
    ])
    var made = MoveFacts()
    made.isReworked = true
    let qa = try advance(.nextPhase, from: rework, by: .owner, catalog: catalog, at: now, made).state
    #expect(qa.place == Place("FEATURE_DEVELOPMENT", "QA") && qa.status == .inProgress)
    let what = "the quality gate of this feature failed, and was not passed since"
    for move: Move in [.nextPhase, .set(scenario: "FEATURE_DEVELOPMENT", phase: "RELEASE")] {
      let refusal = #expect(throws: Refusal.self) { try after([move], from: qa) }
      #expect(refusal?.what == what && refusal?.remedy?.hasPrefix("llmos-hook set QUALITY_GATE") == true)
      var reasoned = MoveFacts()
      reasoned.hasReason = true
      let waived = try advance(move, from: qa, by: .owner, catalog: catalog, at: now, reasoned)
      #expect(waived.waived == [Place("QUALITY_GATE", "VERDICT")])
      #expect(try after([.nextPhase], from: waived.state).place.scenario == "DEPLOYMENT")
    }
    let pass = [Move.set(scenario: "QUALITY_GATE", phase: "VERDICT"), .verdict(pass: true)]
    let released = try after(pass, from: qa)
    #expect(released.place == Place("FEATURE_DEVELOPMENT", "RELEASE"))
    #expect(try after([.nextPhase], from: released).place.scenario == "DEPLOYMENT")
    // The owner resumes without a rollback: what failed is not deployed either, and beginning the same feature anew
    // does not make it good.
    let resumed = try after([
      .set(scenario: "FEATURE_DEVELOPMENT", phase: "RELEASE"),
      .set(scenario: "QUALITY_GATE", phase: "VERDICT"),
      .verdict(pass: false), .resume,
    ])
    #expect(resumed.place.phase == "RELEASE")
    for move: Move in [.nextPhase, .event(.featureCompleted)] {
      #expect(throws: Refusal.self) { try after([move], from: resumed) }
    }
    var named = qa
    named.setContext("feature_slug", "x")
    var facts = MoveFacts()
    facts.context = [ContextValue("feature_slug", "x")]
    let move = Move.set(scenario: "FEATURE_DEVELOPMENT", phase: "BRIEF")
    let anew = try advance(move, from: named, by: .owner, catalog: catalog, at: now, facts).state
    #expect(anew.contextValue(State.failedGateKey) == "FAIL")
    facts.context = [ContextValue("feature_slug", "y")]
    let other = try advance(move, from: named, by: .owner, catalog: catalog, at: now, facts).state
    #expect(other.contextValue(State.failedGateKey) == nil)
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
