import Foundation
import Testing

/// What people read in the first hour: what to do next, and which way is open to them.
@Suite struct FirstHourTests {
  /// The three lines at the end of `install`.
  private static func next(_ outcome: Outcome) -> [String] {
    outcome.err.split(separator: "\n").map(String.init).filter {
      $0.hasPrefix("  next: ") || $0.hasPrefix("  then: ") || $0.hasPrefix("  or:   ")
    }
  }

  /// The commands that install tells, run as they stand.
  @Test func whatInstallTellsWorksInANewRepository() async throws {
    let s = try await Sandbox()
    try s.write("README", "one\n")
    let lines = Self.next(try await s.llmos("install").succeeds())
    #expect(lines.count == 3)
    try await s.sh(String(lines[0].dropFirst(8))).succeeds()
    #expect(try await s.git("ls-files").out.contains("step.sh"))
    try await s.llmos("next-phase", "--checkpoint").succeeds()
    #expect(lines[2].contains("set FEATURE_DEVELOPMENT BRIEF --context feature_slug="))
    try await s.sh(String(lines[2].dropFirst(8))).succeeds()
  }

  @Test func whatInstallTellsWorksInOneWithHistory() async throws {
    let s = try await Sandbox()
    try await s.git("commit", "-q", "--allow-empty", "-m", "one").succeeds()
    try s.write("unrelated", "mine\n")
    let lines = Self.next(try await s.llmos("install").succeeds())
    try await s.sh(String(lines[0].dropFirst(8))).succeeds()
    #expect(
      try await s.git("ls-files").out.split(separator: "\n") == [
        "docs/features/feature_brief_template.md", "docs/features/feature_workflow.md", "llmos",
        "scripts/scenario_engine.sh", "step.sh",
      ])
    try await s.sh(String(lines[1].dropFirst(8))).succeeds()
    #expect(try await s.llmos("status").out.hasPrefix("FEATURE_DEVELOPMENT:BRIEF"))
    let again = try await s.llmos("install").succeeds()
    #expect(Self.next(again).first?.contains("git add") == false, "they are committed")
  }

  @Test func anAgentIsSentToTheOwner() async throws {
    let s = try await Sandbox()
    try await s.git("commit", "-q", "--allow-empty", "-m", "one").succeeds()
    let lines = Self.next(try await s.llmos("install", env: ["LLMOS_AGENT": "DEV"]).succeeds())
    #expect(lines.count == 3 && lines.allSatisfy { $0.dropFirst(8).hasPrefix("the owner: ") })
  }

  @Test func installBeginsElsewhere() async throws {
    let s = try await Sandbox()
    try await s.git("commit", "-q", "--allow-empty", "-m", "one").succeeds()
    try await s.llmos("install", "--at", "FEATURE_DEV:IMPLEMENTATION").isRefused(
      64, "--at FEATURE_DEVELOPMENT")
    try await s.llmos("install", "--at", "FEATURE_DEVELOPMENT:IMPLEMENTATIO").isRefused(
      64, "--at FEATURE_DEVELOPMENT:IMPLEMENTATION")
    try await s.llmos(
      "install", "--at", "FEATURE_DEVELOPMENT:IMPLEMENTATION", env: ["LLMOS_AGENT": "DEV"]
    ).isRefused(1, "an agent cannot seal a state at FEATURE_DEVELOPMENT:IMPLEMENTATION")
    try await s.llmos("install", "--at", "FEATURE_DEVELOPMENT:IMPLEMENTATION").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "two").succeeds()
    try await s.llmos("install", "--at", "FEATURE_DEVELOPMENT:IMPLEMENTATION").succeeds()
    try await s.llmos("install", "--at", "MAINTENANCE:UPDATE").isRefused(
      1, "sealed at FEATURE_DEVELOPMENT:IMPLEMENTATION already", "llmos-hook set MAINTENANCE UPDATE")
  }

  /// Scripts of our names that are somebody else's: no remedy names them.
  @Test func aForeignScriptIsNoRemedy() async throws {
    let s = try await Sandbox()
    try s.write("step.sh", "#!/bin/sh\ngit add -A\ngit commit -m \"$1\"\n", executable: true)
    try s.write("llmos", "#!/bin/sh\nsed -i 's/phase: .*/phase: QA/' SCENARIO_STATE.yml\n", executable: true)
    try await s.sh("git add . && git commit -qm one").succeeds()
    let told = try await s.llmos("install", "--at", "FEATURE_DEVELOPMENT:IMPLEMENTATION").succeeds().err
    #expect(told.contains("step.sh is somebody else's and stays; agents' commits by it are refused"))
    #expect(told.contains("what it writes into SCENARIO_STATE.yml is refused"))
    #expect(told.contains("use llmos-hook step -m TEXT"))
    let agent = ["LLMOS_AGENT": "DEV"] as [String: String?]
    let refused = try await s.git("commit", "--allow-empty", "-m", "two", env: agent)
    #expect(refused.code != 0 && refused.err.contains("llmos-hook step"))
    #expect(!refused.err.contains("./step.sh"))
    #expect(!(try await s.llmos("brief").succeeds().out.contains("./step.sh")))
    let waiting = try await s.llmos("run")
    #expect(waiting.code == 3 && !waiting.err.contains("./llmos"), "\(waiting.err)")
    let checks = try await s.llmos("doctor").succeeds().out
    #expect(checks.contains("scripts: note, llmos:2 writes SCENARIO_STATE.yml"))
  }

  @Test func aStaleCopyOfTheAllowedActionsIsANote() async throws {
    let s = try await Sandbox()
    try s.write(
      "SCENARIO_STATE.yml",
      """
      current_scenario: DEPLOYMENT
      phase: EXECUTE
      status: IN_PROGRESS
      last_update: "2025-12-27T17:18:52Z"
      allowed_actions:
        - commit_changes
      agent_constraints:
        can_change_scenario: false
        can_change_phase: false
        can_run_scripts: false
        can_only_execute: true
      context:
        feature_slug: null
        target_environment: staging
        incident_type: null
        rollback_target: null
      transitions: []

      """)
    try await s.llmos("install").succeeds()
    #expect(
      try await s.llmos("doctor").succeeds().out.contains(
        "allowed_actions: note, SCENARIO_STATE.yml says commit_changes, but DEPLOYMENT:EXECUTE allows "))
    let json = try await s.llmos("doctor", "--json").succeeds().out
    #expect(json.contains(#""check":"allowed_actions","ok":true,"problem":"SCENARIO_STATE.yml says"#))
  }

  @Test func aScriptThatIsMissingIsNamedOrSkipped() async throws {
    let s = try await Sandbox.governed()
    try s.write(
      "scenarios/MAINTENANCE.yml",
      """
      scenario: MAINTENANCE
      phases:
        UPDATE:
          description: d
          allowed_actions: [update_docs]
          auto_scripts: [tools/none.sh]
          next_phase: null
          active_role: DEV

      """)
    try await s.sh("git add scenarios && llmos-hook allow --once --reason r && git commit -qm s").succeeds()
    let findings = try await s.llmos("scenarios", "validate")
    #expect(findings.code == 1)
    #expect(findings.out.contains("error  MAINTENANCE:UPDATE: the script tools/none.sh is missing"))
    try await s.llmos("set", "MAINTENANCE").succeeds()
    let stopped = try await s.llmos("run")
    #expect(
      stopped.code == 1 && stopped.err.contains("the script tools/none.sh is missing")
        && stopped.err.contains("missing_scripts: skip"), "\(stopped.all)")
    try s.write(".llmos/config.yml", "scenarios: {missing_scripts: skip}\nactions: {update_docs: \"true\"}\n")
    try await s.sh("git add .llmos && llmos-hook allow --once --reason r && git commit -qm c").succeeds()
    let skipped = try await s.llmos("run").succeeds()
    #expect(skipped.err.contains("skipped, since it is missing: script tools/none.sh"))
    #expect(
      try await s.llmos("scenarios", "validate").succeeds().out.contains(
        "note  MAINTENANCE:UPDATE: the script tools/none.sh is missing, so that run skips it"))
  }

  @Test func everySuspendedScenarioIsShown() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "IMPLEMENTATION")
    try await s.sh("llmos-hook set QUALITY_GATE && llmos-hook set INCIDENT_RECOVERY").succeeds()
    let json = try await s.llmos("status", "--json").succeeds().out
    #expect(
      json.contains(
        #""suspended":{"scenario":"QUALITY_GATE","phase":"AUDIT"},"suspended_all":[{"scenario":"QUALITY_GATE""#
      ) && json.contains(#""scenario":"FEATURE_DEVELOPMENT","phase":"IMPLEMENTATION"}]"#), "\(json)")
  }

  /// A run that stops says so in its last line of JSON, whatever stops it.
  @Test func aRunsObjectSaysHowItEnded() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "IMPLEMENTATION")
    let waiting = try await s.llmos("run", "--json")
    #expect(waiting.code == 3 && waiting.out.contains(#""event":"waits""#))
    #expect(waiting.out.contains(#""end":"waiting""#))
    try s.write(
      ".llmos/config.yml", "agents: {DEV: \"true\"}\nactions: {run_tests: \"echo broken; exit 7\"}\n")
    try await s.sh("git add .llmos && git commit -qm c").succeeds()
    let blocked = try await s.llmos("run", "--json")
    #expect(blocked.code == 1 && blocked.out.contains(#""event":"blocked""#))
    #expect(blocked.out.contains(#""end":"blocked""#) && blocked.out.contains("run_tests"))
  }

  /// On a terminal the phase and its time stay below what a child prints.
  @Test func aTerminalShowsThePhaseAndWhatAChildPrints() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "IMPLEMENTATION")
    try s.write(
      ".llmos/config.yml",
      "agents: {DEV: \"true\"}\nactions: {run_tests: \"echo one; sleep 2.2; echo two; exit 7\"}\n")
    try await s.sh("git add .llmos && git commit -qm c").succeeds()
    let shown = try await s.sh("TERM=xterm script -qec 'llmos-hook run' /dev/null </dev/null").out
    let pieces = shown.split(separator: "\r\u{1B}[K").map(String.init)
    #expect(shown.contains("one\r\n") && shown.contains("two\r\n"))
    for seconds in ["0:01", "0:02"] {
      #expect(pieces.contains { $0.hasPrefix("FEATURE_DEVELOPMENT:IMPLEMENTATION") && $0.hasSuffix(seconds) })
    }
    #expect(!shown.contains("run_tests 0:00two"))
  }
}
