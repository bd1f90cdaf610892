import Foundation
import Testing

/// What a rollback has undone is made anew, and what a quality gate has failed is passed, before it goes further.
@Suite struct ReworkTests {
  /// A feature at QA with a commit more than the tag `good`.
  private func feature(rules: String = "") async throws -> Sandbox {
    let s = try await Sandbox.governed()
    try s.write(".llmos/config.yml", rules)
    try await s.sh(
      """
      git add -A; git commit -qm rules; git tag good; echo bad >bad; git add bad; git commit -qm bad
      llmos-hook next-phase
      """
    ).succeeds()
    #expect(try await s.place() == "FEATURE_DEVELOPMENT:QA")
    return s
  }

  private func rework(_ s: Sandbox) async throws {
    #expect(try await s.llmos("status").out.hasPrefix("FEATURE_DEVELOPMENT:IMPLEMENTATION  REWORK\n"))
  }

  @Test func nothingMadeLeavesNoRework() async throws {
    let s = try await feature()
    try await s.llmos("rollback", "good").succeeds()
    try await rework(s)
    let refused = try await s.llmos("next-phase")
    refused.isRefused(
      1, "FEATURE_DEVELOPMENT:IMPLEMENTATION is in REWORK, and nothing was made in it",
      "DEV has to make anew what was rolled back",
      "next: ./step.sh \"what changed\", or llmos-hook next-phase --reason WHY, by the owner")
    // An empty commit makes nothing, nor does leaving and coming back.
    try await s.sh(
      "git commit -q --allow-empty -m empty; llmos-hook set QUALITY_GATE; llmos-hook resume"
    ).succeeds()
    try await rework(s)
    try await s.llmos("next-phase").isRefused(1, "nothing was made")
    try await s.sh("echo work >work; llmos-hook next-phase").isRefused(1, "nothing was made")
    try await s.llmos("next-phase", "--checkpoint").succeeds()
    #expect(try await s.git("ls-files", "work").out == "work\n", "the checkpoint made it anew")
    #expect(try await s.place() == "FEATURE_DEVELOPMENT:QA")
  }

  @Test func theOwnersReasonAndACommitLeaveIt() async throws {
    for make in [
      "echo a >a; git add a; git commit -qm a; llmos-hook next-phase",
      "llmos-hook next-phase --reason agreed",
    ] {
      let s = try await feature()
      try await s.llmos("rollback", "good").succeeds()
      try await s.llmos("next-phase", "--reason", "me too", env: ["LLMOS_ACTOR": "SYSTEM"]).isRefused(1)
      try await s.sh(make).succeeds()
      #expect(try await s.llmos("status").out.hasPrefix("FEATURE_DEVELOPMENT:QA  IN_PROGRESS\n"))
    }
  }

  @Test func runSaysWhatIsOwed() async throws {
    let s = try await feature(rules: "agents: {DEV: 'test ! -e work || ./step.sh anew work', QA: echo}\n")
    try await s.llmos("rollback", "good").succeeds()
    let run = try await s.llmos("run")
    #expect(run.code == 3, "\(run.all)")
    #expect(
      run.err.contains("FEATURE_DEVELOPMENT:IMPLEMENTATION waits for DEV: ")
        && run.err.contains("is in REWORK, and nothing was made in it"), "\(run.err)")
    try s.write("work", "anew")
    let again = try await s.llmos("run")
    #expect(again.code == 3 && again.err.contains("FEATURE_DEVELOPMENT:QA done"), "\(again.err)")
  }

  /// Without an agent or an action too.
  @Test func runSaysItWhereNothingIsConfigured() async throws {
    let s = try await feature()
    try await s.sh(
      "llmos-hook set QUALITY_GATE; llmos-hook next-phase; llmos-hook verdict FAIL; llmos-hook rollback good"
    ).succeeds()
    let made = try await s.llmos("run")
    #expect(made.code == 3 && made.err.contains("is in REWORK, and nothing was made in it"), "\(made.all)")
    #expect(try await s.llmos("status").out.contains("what was rolled back has to be made anew"))
    try await s.sh("echo a >a; git add a; git commit -qm a").succeeds()
    #expect(try await !s.llmos("status").out.contains("has to be made anew"))
    try await s.llmos("next-phase").succeeds()
    let passed = try await s.llmos("run")
    #expect(
      passed.code == 3 && passed.err.contains("the quality gate of this feature failed"), "\(passed.all)")
    #expect(try await s.llmos("status").out.contains("next     the owner: llmos-hook set QUALITY_GATE"))
  }

  @Test func undoingTheRollbackLeavesNothingToRepeat() async throws {
    let s = try await feature()
    try await s.sh("llmos-hook rollback good && llmos-hook rollback --undo").succeeds()
    #expect(try await s.llmos("status").out.hasPrefix("FEATURE_DEVELOPMENT:QA  IN_PROGRESS\n"))
    #expect(s.exists("bad"))
  }

  @Test func aFailedGateIsPassedBeforeRelease() async throws {
    let s = try await feature()
    try await s.sh(
      "llmos-hook set QUALITY_GATE; llmos-hook next-phase; llmos-hook verdict FAIL; llmos-hook rollback good"
    ).succeeds()
    try await rework(s)
    try await s.sh("echo a >a; git add a; git commit -qm a; llmos-hook next-phase").succeeds()
    try await s.llmos("next-phase").isRefused(
      1, "the quality gate of this feature failed, and was not passed since",
      "next: llmos-hook set QUALITY_GATE, or llmos-hook next-phase --reason WHY, by the owner")
    let run = try await s.llmos("run")
    #expect(run.code == 3, "\(run.all)")
    #expect(try await s.place() == "FEATURE_DEVELOPMENT:QA")
    try await s.sh("llmos-hook set QUALITY_GATE; llmos-hook next-phase; llmos-hook verdict PASS").succeeds()
    #expect(try await s.place() == "FEATURE_DEVELOPMENT:RELEASE")
    try await s.llmos("next-phase").succeeds()
    #expect(try await s.place() == "DEPLOYMENT:PRE_DEPLOY")
  }

  /// Where no phase commits, what the phase is there for counts.
  @Test func maintenanceIsMadeAnewByWhatItsCheckpointTakes() async throws {
    let s = try await feature()
    try await s.sh("llmos-hook set MAINTENANCE DOCUMENTATION --reason x; llmos-hook rollback good").succeeds()
    #expect(try await s.llmos("status").out.hasPrefix("MAINTENANCE:DOCUMENTATION  REWORK\n"))
    try await s.llmos("next-phase", "--checkpoint").isRefused(1, "next: do that, or llmos-hook next-phase")
    try s.write("docs/x.md", "anew")
    try await s.llmos("next-phase", "--checkpoint").succeeds()
    #expect(try await s.llmos("status").out.hasPrefix("MAINTENANCE:CLEANUP  IN_PROGRESS\n"))
  }

  @Test func theBriefOwesNothingThatWasMade() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e; git tag good; echo a >a; git add a; git commit -qm a
      llmos-hook set ROLLBACK --context rollback_target=good; ./llmos run || [ $? = 3 ]
      """
    ).succeeds()
    #expect(try await s.llmos("status").out.contains("REWORK"))
    #expect(try await s.llmos("brief").out.contains("has to be made anew"))
    try await s.sh("echo b >b; ./step.sh again b", env: ["LLMOS_AGENT": "DEV"]).succeeds()
    #expect(!(try await s.llmos("brief").out.contains("has to be made anew")))
  }

  /// By no other way either: another visit, another scenario, a deployment.
  @Test(arguments: [
    ["FEATURE_DEVELOPMENT", "BRIEF", "--context", "feature_slug=x"], ["MAINTENANCE"], ["DEPLOYMENT"],
  ])
  func reworkEndsInNoOtherVisit(move: [String]) async throws {
    let s = try await feature()
    try await s.llmos("rollback", "good").succeeds()
    try await s.llmos(["set"] + move).isRefused(
      1, "FEATURE_DEVELOPMENT:IMPLEMENTATION is in REWORK, and nothing was made in it", "--reason WHY")
    try await rework(s)
    try await s.llmos(["set"] + move + ["--reason", "given up"]).succeeds()
    #expect(
      try await s.llmos("log", "-n", "1").out.contains("skipped: FEATURE_DEVELOPMENT:IMPLEMENTATION"))
  }

  /// A failed gate is not deployed, whether its feature is set aside or in progress.
  @Test func aFailedGateIsNotDeployed() async throws {
    let s = try await feature()
    try await s.sh("llmos-hook set QUALITY_GATE; llmos-hook next-phase; llmos-hook verdict FAIL").succeeds()
    let deploy = ["set", "DEPLOYMENT", "--context", "target_environment=production"]
    let refusal = "the quality gate failed, and was not passed since"
    try await s.llmos(deploy).isRefused(1, refusal, "that would be deployed", "llmos-hook resume")
    try await s.llmos("resume").succeeds()
    try await s.llmos(deploy).isRefused(1, refusal, "llmos-hook set QUALITY_GATE")
    // Nor is it forgotten in another scenario.
    try await s.llmos("set", "MAINTENANCE").succeeds()
    try await s.llmos(
      "set", "FEATURE_DEVELOPMENT", "RELEASE", "--context", "feature_slug=other", "--reason", "x"
    )
    .succeeds()
    try await s.llmos(deploy + ["--reason", "it was rolled back by hand"]).succeeds()
  }

  /// What the phase made before it was set aside is its own when it goes on.
  @Test func aCheckpointTakesWhatWasMadeBeforeAnIncident() async throws {
    let s = try await Sandbox.governed()
    try await s.sh("echo mine >mine.txt; llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION --reason x")
      .succeeds()
    try await s.sh(
      "echo work >work.c; llmos-hook set INCIDENT_RECOVERY; for i in 1 2 3 4; do llmos-hook next-phase; done"
    ).succeeds()
    try await s.llmos("resume").succeeds()
    let done = try await s.llmos("next-phase", "--checkpoint").succeeds()
    #expect(try await s.git("show", "--name-only", "--format=").out == "work.c\n")
    #expect(done.err.contains("left alone, as before the phase: mine.txt"), "\(done.err)")
  }

  /// Good in one environment is not good in another.
  @Test func anIncidentOfNoDeploymentAsksForItsEnvironment() async throws {
    let s = try await Sandbox.governed()
    for environment in ["production", "staging"] {
      try await s.sh(
        """
        set -e; echo \(environment) >env; git add env; git commit -qm \(environment)
        llmos-hook set DEPLOYMENT --context target_environment=\(environment)
        llmos-hook next-phase; llmos-hook next-phase; llmos-hook next-phase
        llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION --reason x
        """
      ).succeeds()
    }
    try await s.sh(
      "git commit -q --allow-empty -m work; llmos-hook set INCIDENT_RECOVERY; llmos-hook next-phase"
    )
    .succeeds()
    let asked = try await s.llmos("rollback", "--last-good", "--dry-run")
    asked.isRefused(1, "there are deployments to staging, production", "--context target_environment=NAME")
    try await s.llmos("set", "INCIDENT_RECOVERY", "ROLLBACK", "--context", "target_environment=production")
      .succeeds()
    try await s.llmos("rollback", "--last-good").succeeds()
    #expect(try s.read("env") == "production\n")
  }
}
