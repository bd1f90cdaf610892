import Foundation
import Testing

/// What a scenario is about belongs to a visit of it.
@Suite struct VisitTests {
  private func context(_ s: Sandbox, _ key: String) async throws -> String? {
    let out = try await s.llmos("status", "--json").succeeds().out
    let status = try JSONSerialization.jsonObject(with: Data(out.utf8)) as? [String: Any]
    return (status?["context"] as? [String: Any])?[key] as? String
  }

  @Test func aDeploymentGoesWhereItIsTold() async throws {
    let s = try await Sandbox.governed()
    try await s.llmos("set", "DEPLOYMENT").succeeds()
    try await s.llmos("next-phase").isRefused(
      1, "target_environment is not set",
      "next: llmos-hook set DEPLOYMENT PRE_DEPLOY --context target_environment=VALUE")
    try await s.llmos("set", "DEPLOYMENT", "--context", "target_environment=prodution").isRefused(
      64, "unknown environment: prodution", "next: --context target_environment=production")
    try await s.llmos("set", "DEPLOYMENT", "--context", "target_environment=production").succeeds()
    for _ in 1...3 { try await s.llmos("next-phase").succeeds() }
    // The next one is not told by the last.
    try await s.llmos("set", "DEPLOYMENT").succeeds()
    #expect(try await context(s, "target_environment") == nil)
    try await s.llmos("next-phase").isRefused(1, "target_environment is not set")
  }

  @Test func unknownKeysAreRefusedWhereverTheyAreGiven() async throws {
    let s = try await Sandbox.governed("DEPLOYMENT", "EXECUTE")
    let seal = try await s.git("rev-parse", "refs/llmos/ledger/main").out
    for command in ["set FEATURE_DEVELOPMENT", "event deploy-failure", "run"] {
      try await s.sh("llmos-hook \(command) --context slug=login").isRefused(
        64, "unknown context key: slug",
        "keys: feature_slug, target_environment, incident_type, rollback_target",
        "next: --context feature_slug=login")
    }
    for (pair, next) in [
      ("quality_gate=PASS", "llmos-hook set QUALITY_GATE"),
      ("rollback_commit=v1", "--context rollback_target=v1"),
    ] {
      try await s.llmos("set", "ROLLBACK", "--context", pair).isRefused(
        64, "only the engine sets ", "next: " + next)
    }
    #expect(try await s.git("rev-parse", "refs/llmos/ledger/main").out == seal)
  }

  /// As with `set`, and with git's own options.
  @Test func ofTwoValuesTheLastOneCounts() async throws {
    let s = try await Sandbox.governed("DEPLOYMENT", "PRE_DEPLOY")
    #expect(
      try await s.llmos(
        "run", "--context", "target_environment=dev", "--context", "target_environment=staging"
      ).code == 3)
    #expect(try await context(s, "target_environment") == "staging")
  }

  /// The configuration's keys, and what they let `run` do by itself.
  @Test func theConfigurationSaysWhereDeploymentsGo() async throws {
    let s = try await Sandbox.governed()
    try s.write(
      ".llmos/config.yml",
      """
      deployment: {environment: canary}
      environments: [canary, live]
      context_keys: [ticket]
      actions:
        check_readiness: "true"
        deploy_backend: "echo $target_environment/$LLMOS_TICKET >../where"
        run_smoke_tests: "true"
      """)
    try await s.sh("git add -A; git commit -qm rules").succeeds()
    try await s.llmos("set", "DEPLOYMENT", "--context", "target_environment=production").isRefused(
      64, "environments: canary, live")
    try await s.llmos("set", "DEPLOYMENT").succeeds()
    #expect(try await context(s, "target_environment") == "canary")
    try await s.llmos("run", "--context", "target_environment=live").isRefused(
      64, "target_environment is canary in this DEPLOYMENT, not live")
    try await s.llmos("run", "--context", "ticket=7").succeeds()
    #expect(try s.read(s.root + "/where") == "canary/7\n")
    try await s.llmos("set", "DEPLOYMENT", "--context", "target_environment=live").succeeds()
    try await s.llmos("run").succeeds()
    #expect(try s.read(s.root + "/where") == "live/\n")
  }

  /// Even where the owner has skipped PRE_DEPLOY.
  @Test func runDeploysNowhereWithoutAnEnvironment() async throws {
    let s = try await Sandbox.governed("DEPLOYMENT", "EXECUTE")
    try s.write(".llmos/config.yml", "actions: {deploy_backend: touch ../deployed, run_smoke_tests: echo}\n")
    try await s.sh(
      "git add .llmos; llmos-hook allow --once --reason rules; git commit -qm rules; llmos-hook set DEPLOYMENT EXECUTE --reason x"
    ).succeeds()
    let run = try await s.llmos("run")
    #expect(run.code == 3 && !s.exists(s.root + "/deployed"), "\(run.all)")
    #expect(
      run.err.contains(
        "target_environment is not set (./llmos run --context target_environment=VALUE gives it)"),
      "\(run.err)")
    try await s.llmos("run", "--context", "target_environment=dev").succeeds()
    #expect(s.exists(s.root + "/deployed"))
    #expect(try await context(s, "target_environment") == "dev")
  }

  /// Nor does anybody end a deployment that went nowhere, by whatever way its phases were entered.
  @Test(arguments: [
    "llmos-hook set DEPLOYMENT EXECUTE --reason now", "llmos-hook set DEPLOYMENT VERIFY --reason now",
    "llmos-hook set DEPLOYMENT --context target_environment=dev; llmos-hook next-phase; "
      + "llmos-hook set DEPLOYMENT EXECUTE --context target_environment=",
  ])
  func noDeploymentEndsWithoutAnEnvironment(way: String) async throws {
    let s = try await Sandbox.governed("DEPLOYMENT", "PRE_DEPLOY")
    try await s.sh(way).succeeds()
    let place = try await s.place()
    try await s.llmos("next-phase", "--reason", "because").isRefused(
      1, "\(place) is not complete: target_environment is not set",
      "next: llmos-hook set \(place.split(separator: ":").joined(separator: " ")) --context target_environment=VALUE"
    )
    #expect(try await s.place() == place)
  }

  /// A scenario of the repository's own that has no PRE_DEPLOY deploys somewhere too.
  @Test func aDeploymentOfTheRepositorysOwnGoesSomewhere() async throws {
    let s = try await Sandbox.governed()
    try s.write(
      "scenarios/DEPLOYMENT.yml",
      "scenario: DEPLOYMENT\nphases:\n  BUILD: {active_role: DEVOPS, next_phase: SHIP}\n  SHIP: {active_role: DEVOPS}\n"
    )
    try await s.sh("git add -A; git commit -qm rules; llmos-hook set DEPLOYMENT").succeeds()
    try await s.llmos("next-phase").isRefused(
      1, "DEPLOYMENT:BUILD is not complete: target_environment is not set")
    try await s.sh("llmos-hook set DEPLOYMENT --context target_environment=dev; llmos-hook next-phase")
      .succeeds()
    #expect(try await s.place() == "DEPLOYMENT:SHIP")
  }

  @Test func aSuspendedFeatureKeepsItsName() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      llmos-hook set FEATURE_DEVELOPMENT QA --context feature_slug=one --reason x
      llmos-hook set INCIDENT_RECOVERY --context incident_type=outage
      llmos-hook set MAINTENANCE; llmos-hook set INCIDENT_RECOVERY RESTORE --reason x; llmos-hook next-phase
      """
    ).succeeds()
    #expect(try s.read("SCENARIO_STATE.yml").contains("  context:\n    feature_slug: one\n"))
    #expect(try await context(s, "incident_type") == nil)
    // MAINTENANCE first, which the incident interrupted the second time.
    try await s.llmos("resume").succeeds()
    #expect(try await context(s, "incident_type") == "outage")
    try await s.llmos("resume").succeeds()
    #expect(try await context(s, "feature_slug") == "one")
    #expect(try await context(s, "incident_type") == nil)
  }

  /// Each comes back with its own context, the last one first.
  @Test func nineSuspendedScenariosComeBack() async throws {
    let s = try await Sandbox.governed()
    for n in 1...9 {
      try s.write("scenarios/S\(n).yml", "scenario: S\(n)\nphases:\n  A: {active_role: DEV}\n")
    }
    try await s.sh(
      """
      set -e; git add -A; git commit -qm scenarios
      for n in 1 2 3 4 5 6 7 8 9; do
        llmos-hook --quiet set S$n --context feature_slug=f$n; llmos-hook --quiet set INCIDENT_RECOVERY
      done
      """
    ).succeeds()
    let json = try await s.llmos("status", "--json").succeeds().out
    let status = try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    #expect((status["suspended_all"] as? [Any])?.count == 9)
    try await s.llmos("doctor").succeeds()
    for _ in 1...4 { try await s.llmos("next-phase").succeeds() }
    for n in (1...9).reversed() {
      try await s.llmos("resume").succeeds()
      #expect(try await s.place() == "S\(n):A")
      #expect(try await context(s, "feature_slug") == "f\(n)")
    }
    try await s.llmos("resume").isRefused(1, "no scenario is suspended")
  }

  @Test(arguments: [".", ".git", "a//b", "a*b", "{feature_slug}", " x", String(repeating: "x", count: 300)])
  func aFeatureNeedsANameThatADirectoryCanHave(slug: String) async throws {
    let s = try await Sandbox.governed()
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "BRIEF", "--context", "feature_slug=" + slug).isRefused(
      64, "a feature cannot be called")
  }

  /// Commands that have no other business with the state file put it back too.
  @Test(arguments: [["verify"], ["status", "--line"], ["status", "--all"], ["feature", "list"]])
  func everyCommandPutsTheStateFileBack(command: [String]) async throws {
    let s = try await Sandbox.governed()
    try await s.sh("rm SCENARIO_STATE.yml").succeeds()
    try await s.llmos(command).succeeds()
    #expect(s.exists("SCENARIO_STATE.yml"))
  }

  /// A state from elsewhere can bring a value that none can have: nothing is deployed to it.
  @Test(arguments: ["PRE_DEPLOY", "EXECUTE"]) func nothingIsDeployedToAPlaceThatIsNone(phase: String)
    async throws
  {
    let s = try await Sandbox.governed("DEPLOYMENT", phase)
    try await s.sh(
      """
      set -e; mkdir ../other; sed 's/target_environment: null/target_environment: "?"/' SCENARIO_STATE.yml >../other/SCENARIO_STATE.yml
      cd ../other; grep -q '"?"' SCENARIO_STATE.yml; git init -q; mkdir .llmos
      printf 'actions: {deploy_backend: "touch .git/deployed", deploy_frontend: "true", check_readiness: "true"}\n' >.llmos/config.yml
      git add .llmos; git commit -qm rules; llmos-hook install
      """
    ).succeeds()
    let other = s.root + "/other"
    let run = try await s.llmos("run", in: other)
    #expect(
      run.code == 3 && run.err.contains("target_environment is \"?\", which it cannot be"), "\(run.err)")
    #expect(!s.exists("../other/.git/deployed"))
    if phase == "PRE_DEPLOY" {
      try await s.llmos("next-phase", in: other).isRefused(
        1, "which it cannot be", "--context target_environment=VALUE")
    }
    try await s.llmos("set", "DEPLOYMENT", phase, "--context", "target_environment=staging", in: other)
      .succeeds()
    let done = try await s.llmos("run", "--once", in: other)
    #expect(done.code == 0 && s.exists("../other/.git/deployed") == (phase == "EXECUTE"), "\(done.err)")
  }
}
