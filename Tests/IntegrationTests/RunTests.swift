import Foundation
import Testing

@Suite struct RunTests {
  /// A repository with rules of its own: every role has a script that stands in for its agent.
  private func project(deploy: String = "true", more: String = "") async throws -> Sandbox {
    let s = try await Sandbox.governed()
    try s.write(
      "tools/agent",
      """
      #!/bin/sh
      # Stands in for an agent: does what its phase is there for.
      set -e
      echo "$LLMOS_ROLE in $LLMOS_SCENARIO:$LLMOS_PHASE may $LLMOS_ALLOWED_ACTIONS for $feature_slug" >>agents.log
      [ "$LLMOS_AGENT" = "$LLMOS_ROLE" ] && [ -n "$LLMOS_RUN_ID" ] && [ -z "${GIT_DIR-}" ]
      ! llmos-hook --quiet next-phase 2>/dev/null
      case $LLMOS_PHASE in
        BRIEF) mkdir -p "docs/features/$feature_slug"; printf "# A feature\\n$feature_slug\\n" >"docs/features/$feature_slug/feature_brief.md" ;;
        IMPLEMENTATION) mkdir -p src; echo code >src/login; ./step.sh "add login" src ;;
        VERDICT) llmos-hook verdict "$(cat verdict)" --report report.md ;;
        IMPACT_ANALYSIS|DESIGN) echo "$LLMOS_PHASE" >>"docs/$LLMOS_PHASE.md" ;;
      esac
      """, executable: true)
    try s.write(
      ".llmos/config.yml",
      """
      agents:
        PM: {run: tools/agent, timeout: 60}
        ARCHITECT: tools/agent
        DEV: tools/agent
        QA: tools/agent
        QUALITY_AUDITOR: tools/agent
      actions:
        check_readiness: "true"
        deploy_backend: {run: "\(deploy)", timeout: 5}
        deploy_frontend: "echo frontend"
        run_smoke_tests: "echo smoke"
      \(more)
      """)
    try await s.sh("echo agents.log >.gitignore; mkdir -p docs; git add -A; git commit -qm rules").succeeds()
    return s
  }

  @Test func aFeatureGoesFromBriefToDeploymentByItself() async throws {
    let s = try await project()
    try await s.sh("./scripts/scenario_engine.sh set FEATURE_DEVELOPMENT BRIEF --context feature_slug=login")
      .succeeds()
    let run = try await s.sh("./llmos run --context target_environment=staging").succeeds()
    #expect(
      try await s.llmos("status", "--json").out.contains(
        "\"scenario\":\"DEPLOYMENT\",\"phase\":\"VERIFY\",\"status\":\"COMPLETED\""))
    #expect(run.err.contains("FEATURE_DEVELOPMENT:RELEASE done"))
    #expect(run.err.contains("frontend"))
    let log = try s.read("agents.log")
    for line in [
      "PM in FEATURE_DEVELOPMENT:BRIEF may create_feature_brief for login",
      "DEV in FEATURE_DEVELOPMENT:IMPLEMENTATION may update_code commit_changes run_tests for login",
      "QA in DEPLOYMENT:VERIFY",
    ] {
      #expect(log.contains(line), "\(log)")
    }
    let subjects = try await s.git("log", "--format=%s").out
    #expect(subjects.contains("[PM] FEATURE_DEVELOPMENT:BRIEF complete"))
    #expect(subjects.contains("[DEV] FEATURE_DEVELOPMENT:IMPLEMENTATION add login"))
    let story = try await s.git("log", "--notes=llmos").out
    for phase in [
      "BRIEF", "IMPACT_ANALYSIS", "DESIGN", "IMPLEMENTATION", "QA", "RELEASE", "PRE_DEPLOY", "EXECUTE",
      "VERIFY",
    ] {
      #expect(story.contains("\"kind\":\"phase-completed\",\"phase\":\"\(phase)\""), "\(phase)")
    }
    let runs = try FileManager.default.contentsOfDirectory(atPath: s.repository + "/.git/llmos/runs")
    #expect(runs.count == 1)
    try await s.sh("./scripts/scenario_engine.sh execute").succeeds()
  }

  @Test func aFailedDeployIsAnIncident() async throws {
    let s = try await project(deploy: "echo broken; exit 9")
    try await s.llmos("set", "DEPLOYMENT", "--context", "target_environment=production").succeeds()
    let run = try await s.llmos("run")
    #expect(run.err.contains("action deploy_backend failed: deploy-failure"), "\(run.err)")
    #expect(run.err.contains("INCIDENT_RECOVERY:FREEZE done"))
    // Nothing is known to be good yet: it says so, and a stable tag makes it go through by itself.
    #expect(try await s.place() == "INCIDENT_RECOVERY:ROLLBACK")
    #expect(run.err.contains("next: llmos-hook rollback TARGET"), "\(run.err)")
    let log = try await s.llmos("log").out
    #expect(log.contains("INCIDENT_RECOVERY:FREEZE  deploy-failure  SYSTEM"))
    #expect(log.contains("\"action deploy_backend failed\""))
  }

  @Test func anIncidentRollsBackToTheStableTag() async throws {
    let s = try await project(deploy: "exit 9", more: "rollback: {stable_tags: 'v*'}")
    let good = try await s.head("%T")
    try await s.sh(
      "git tag v1; echo bad >bad; git add bad; git commit -qm bad; llmos-hook set DEPLOYMENT --context target_environment=dev"
    )
    .succeeds()
    let run = try await s.llmos("run")
    #expect(run.code == 0, "\(run.err)")
    let status = try await s.llmos("status", "--json").out
    #expect(
      status.contains("\"scenario\":\"INCIDENT_RECOVERY\",\"phase\":\"RESTORE\",\"status\":\"COMPLETED\""),
      "\(status)")
    #expect(try await s.head("%T") == good)
    try await s.llmos("verify").succeeds()
    try await s.llmos("rollback", "--undo").succeeds()
    #expect(s.exists("bad"))
  }

  @Test(arguments: [("PASS", "FEATURE_DEVELOPMENT:RELEASE"), ("FAIL", "ROLLBACK:IDENTIFY")])
  func aQualityGateEndsAsTheAuditorSays(verdict: String, place: String) async throws {
    let s = try await project()
    try s.write("verdict", verdict)
    try s.write("report.md", "report")
    try await s.sh("git add -A; git commit -qm x").succeeds()
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "QA", "--reason", "a test").succeeds()
    try await s.llmos("set", "QUALITY_GATE", "VERDICT").succeeds()
    let run = try await s.llmos("run", "--once").succeeds()
    #expect(try await s.place() == place, "\(run.err)")
    if verdict == "FAIL" {
      let waits = try await s.llmos("run")
      #expect(waits.code == 3)
      #expect(waits.err.contains("ROLLBACK:IDENTIFY waits for OWNER"))
    }
  }

  @Test func waitsForTheRoleThatOwesSomething() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "BRIEF")
    let slug = try await s.llmos("run")
    #expect(slug.code == 3)
    #expect(
      slug.err.contains(
        "FEATURE_DEVELOPMENT:BRIEF waits for PM: FEATURE_DEVELOPMENT:BRIEF is not complete: feature_slug is not set"
      ))
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "BRIEF", "--context", "feature_slug=x").succeeds()
    #expect(try await s.llmos("run").code == 3)
    try s.write("docs/features/x/feature_brief.md", "# x\nbrief\n")
    let next = try await s.llmos("run", "--json")
    #expect(next.code == 3)
    let object = try JSONSerialization.jsonObject(with: Data(next.out.utf8)) as? [String: Any]
    #expect(object?["schema"] as? Int == 1)
    let events = try #require(object?["events"] as? [[String: Any]])
    #expect(
      events.map { $0["event"] as? String ?? "" } == [
        "phase-begins", "checkpoint", "phase-ends", "phase-begins", "waits",
      ])
    #expect(try await s.place() == "FEATURE_DEVELOPMENT:IMPACT_ANALYSIS")
    try await s.llmos("run", env: ["LLMOS_AGENT": "PM"]).isRefused(1, "an agent cannot run the engine")
  }

  // MARK: Children that behave badly

  private static let badChildren: [(String, String, String)] = [
    ("exit 3", "action run_tests failed (3)", ""), ("sleep 160", "took more than 1 seconds", "160"),
    ("kill -9 $$", "action run_tests failed (137)", ""),
    ("(trap '' TERM; sleep 161) & sleep 162", "took more than 1 seconds", "16[12]"),
    ("sleep 163 & exit 3", "failed (3)", "163"), ("yes | head -c 2000000; exit 3", "failed (3)", ""),
    ("cat; exit 4", "failed (4)", ""),
  ]

  @Test(arguments: badChildren)
  func aChildThatFailsBlocksThePhase(command: String, words: String, sleeps: String) async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "QA")
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test").succeeds()
    try s.write(
      ".llmos/config.yml",
      "actions:\n  run_tests:\n    run: \"\(command)\"\n    timeout: \(words.contains("1 seconds") ? 1 : 60)\n"
    )
    try await s.sh(
      "git add .llmos; git commit -qm rules; llmos-hook set FEATURE_DEVELOPMENT QA --reason test"
    ).succeeds()
    let run = try await s.llmos("run")
    #expect(run.code == 1)
    #expect(run.err.contains(words), "\(run.err.suffix(400))")
    #expect(run.err.contains("its output: "))
    #expect(try await s.place() == "FEATURE_DEVELOPMENT:QA")
    let left = try await s.sh("ps -eo args | grep -cE '^sleep (\(sleeps))$'").out.trimmed
    #expect(left == "0", "nothing is left behind")
  }

  private static let badScripts: [(String, String)] = [
    ("true", "is missing"), ("printf x >tools/s", "is not executable"),
    ("mkdir tools/s", "is not executable"),
    ("ln -s /bin/true tools/s", "is outside the repository"),
  ]

  @Test(arguments: badScripts)
  func aScriptMustBeTheRepositorysOwn(preparation: String, words: String) async throws {
    let s = try await Sandbox.governed()
    try s.write("tools/t", "x")
    try s.write(
      "scenarios/S.yml",
      "scenario: S\nphases:\n  A: {active_role: DEV, allowed_actions: [update_code], auto_scripts: [tools/s], next_phase: B}\n  B: {active_role: DEV}\n"
    )
    try await s.sh("git add -A; git commit -qm rules; llmos-hook set S; \(preparation)").succeeds()
    let refused = try await s.llmos("run")
    #expect(refused.code == 1)
    #expect(refused.err.contains("the script tools/s \(words)"), "\(refused.err)")
    try await s.sh("rm -rf tools/s; printf '#!/bin/sh\\necho ran >../out\\n' >tools/s; chmod +x tools/s")
      .succeeds()
    #expect(try await s.llmos("run").code == 3)
    #expect(try s.read(s.root + "/out") == "ran\n")
    #expect(try await s.place() == "S:B")
  }

  @Test func aRunStartsNoOther() async throws {
    let s = try await Sandbox.governed()
    try s.write(".llmos/config.yml", "actions:\n  run_tests: \"./llmos run; echo inner $?; sleep 2\"\n")
    try await s.sh(
      "git add .llmos; git commit -qm rules; llmos-hook set FEATURE_DEVELOPMENT QA --reason test"
    ).succeeds()
    let run = try await s.sh("llmos-hook run --once & sleep 1; llmos-hook run; echo outer $?; wait")
    #expect(run.err.contains("a run cannot start another"), "\(run.all)")
    #expect(run.err.contains("inner 1"))
    #expect(run.out.contains("outer 75"), "another run waits its turn")
  }

  @Test func ctrlCEndsTheChildrenAndRunGoesOn() async throws {
    let s = try await Sandbox.governed()
    try s.write(".llmos/config.yml", "actions:\n  run_tests: \"[ -e ../go ] || sleep 63\"\n")
    try await s.sh(
      "git add .llmos; git commit -qm rules; llmos-hook set FEATURE_DEVELOPMENT QA --reason test"
    ).succeeds()
    // Before it watches for signals, a run that was started in the background does not take one.
    let run = try await s.sh(
      """
      llmos-hook run 2>../err & p=$!; until grep -q 'action run_tests' ../err; do sleep 0.1; done
      kill -INT $p; wait $p; echo $?; cat ../err >&2
      """)
    #expect(run.out.trimmed == "130", "\(run.all)")
    #expect(try await s.sh("ps -eo args | grep -c '^sleep 63$'").out.trimmed == "0")
    try s.write(s.root + "/go", "")
    _ = try await s.llmos("run")
    #expect(try await s.llmos("log").out.contains("FEATURE_DEVELOPMENT:RELEASE  next-phase"))
  }
}
