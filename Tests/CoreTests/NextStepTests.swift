import Testing

@testable import Core

@Suite struct NextStepTests {
  private static func record(
    _ scenario: String = "FEATURE_DEVELOPMENT", _ phase: String = "IMPLEMENTATION",
    _ status: Status = .inProgress
  ) throws -> GateRecord {
    try GateRecord(
      state: State(place: Place(scenario, phase), status: status, at: "2025-12-27T17:18:52Z"),
      catalog: .canonical, sequence: 1)
  }

  @Test func whatStandsInTheWayComesFirst() throws {
    var facts = NextStep.Facts()
    facts.isQuarantined = true
    facts.isRollbackPending = true
    // The commit of a rollback that was interrupted can be what is in quarantine.
    #expect(NextStep(try Self.record(), facts).text.hasPrefix("the owner: llmos-hook rollback --continue"))
    facts.isRollbackPending = false
    #expect(NextStep(try Self.record(), facts).text.hasPrefix("the owner: llmos-hook allow --commits RANGE"))
  }

  @Test func whatIsMadeAnewIsNotOwedAnyMore() throws {
    let record = try Self.record("FEATURE_DEVELOPMENT", "IMPLEMENTATION", .rework)
    var facts = NextStep.Facts()
    #expect(NextStep(record, facts).what == "what was rolled back has to be made anew")
    facts.isReworked = true
    #expect(NextStep(record, facts).what == "update_code, commit_changes, run_tests")
  }

  @Test func aGateThatFailedIsOwedBeforeRelease() throws {
    for (phase, isOwed) in [("IMPLEMENTATION", false), ("QA", true), ("RELEASE", true)] {
      var state = State(place: Place("FEATURE_DEVELOPMENT", phase), at: "2025-12-27T17:18:52Z")
      state.setContext(State.failedGateKey, "FAIL")
      let record = try GateRecord(state: state, catalog: .canonical, sequence: 1)
      let isSaid =
        NextStep(record, NextStep.Facts()).text == "the owner: llmos-hook set QUALITY_GATE"
      #expect(isSaid == isOwed, "\(phase)")
    }
  }

  @Test func aFileIsTheRolesAndAValueTheOwners() throws {
    var facts = NextStep.Facts()
    facts.open = Refusal(
      .refused, "FEATURE_DEVELOPMENT:BRIEF is not complete: x is missing", remedy: "write it")
    let brief = try Self.record("FEATURE_DEVELOPMENT", "BRIEF")
    #expect(
      NextStep(brief, facts).text == "PM: x is missing; then the owner: llmos-hook next-phase, or ./llmos run"
    )
    facts.open?.remedy = "llmos-hook set A --context feature_slug=NAME"
    #expect(NextStep(brief, facts).text == "the owner: llmos-hook set A --context feature_slug=NAME")
  }

  @Test func everyPhaseHasAStep() throws {
    for scenario in Catalog.canonical.scenarios {
      for phase in scenario.phases {
        let step = NextStep(try Self.record(scenario.name, phase.name), NextStep.Facts())
        #expect(step.command != nil && !step.what.isEmpty, "\(scenario.name):\(phase.name)")
        #expect(!step.text.contains("\n"))
      }
    }
    #expect(
      NextStep(try Self.record("QUALITY_GATE", "VERDICT"), NextStep.Facts()).text
        == "QUALITY_AUDITOR: a verdict; then the owner: llmos-hook verdict PASS|FAIL")
    #expect(
      NextStep(try Self.record("MAINTENANCE", "UPDATE", .completed), NextStep.Facts()).text
        == "the owner: llmos-hook set SCENARIO [PHASE]")
  }

  @Test(arguments: [
    ("sed -i 's/phase: .*/phase: QA/' SCENARIO_STATE.yml", 1),
    ("#!/bin/sh\nSTATE=\"SCENARIO_STATE.yml\"\ncat \"$STATE\"\nyq -i '.phase=1' \"$STATE\"", 4),
    ("x = 1\nopen('SCENARIO_STATE.yml', 'w').write(x)", 2), ("echo phase >SCENARIO_STATE.yml", 1),
  ])
  func aScriptThatWritesTheState(text: String, line: Int) {
    #expect(StateWriting.firstLine(in: text) == line)
  }

  @Test(arguments: [
    "grep phase SCENARIO_STATE.yml", "# sed -i SCENARIO_STATE.yml", "cat SCENARIO_STATE.yml >../copy",
    "grep phase: SCENARIO_STATE.yml 2>/dev/null | sed s/x/y/", "",
  ])
  func aScriptThatReadsIt(text: String) {
    #expect(StateWriting.firstLine(in: text) == nil)
  }
}
