import Foundation
import Testing

/// The seven scenarios, driven by `./llmos run` with real scripts, failing ones included. After each step: what landed,
/// what did not, what was said.
@Suite struct ScenarioRunTests {
  /// A repository whose roles and actions are scripts below `tools`: a file `tools/ROLE.PHASE` is what the role does
  /// in the phase, `tools/ACTION` what the action does; where there is none, nothing happens.
  private func project(more: String = "") async throws -> Sandbox {
    let s = try await Sandbox.governed()
    try s.write(
      "tools/agent", "#!/bin/sh\nset -e\nf=../tools/$LLMOS_ROLE.$LLMOS_PHASE\n[ ! -e $f ] || . $f\n",
      executable: true)
    try s.write(
      "tools/action", "#!/bin/sh\nset -e\nf=../tools/$1\n[ ! -e $f ] || . $f\n", executable: true)
    let roles = ["ANALYST", "ARCHITECT", "PM", "DEV", "QA", "DEVOPS", "DOCS", "QUALITY_AUDITOR"]
    let actions = [
      "run_tests", "check_readiness", "deploy_backend", "deploy_frontend", "run_smoke_tests",
      "freeze_deployments",
      "verify_recovery", "create_backup", "revert_code", "update_state",
    ]
    try s.write(
      ".llmos/config.yml",
      "agents: {\(roles.map { $0 + ": tools/agent" }.joined(separator: ", "))}\n"
        + "actions: {\(actions.map { "\($0): tools/action \($0)" }.joined(separator: ", "))}\n" + more)
    try await s.sh("git add -A; git commit -qm rules; git tag good; mkdir ../tools").succeeds()
    return s
  }

  private func script(_ s: Sandbox, _ name: String, _ text: String) throws {
    try s.write(s.root + "/tools/" + name, text + "\n")
  }

  private func run(_ s: Sandbox, _ words: String = "") async throws -> Outcome {
    try await s.sh("./llmos run \(words)")
  }

  private func line(_ s: Sandbox) async throws -> String {
    try await s.llmos("status").out.split(separator: "\n").first.map(String.init) ?? ""
  }

  private func subjects(_ s: Sandbox, since: String = "good") async throws -> [String] {
    try await s.git("log", "--reverse", "--format=%s", "\(since)..HEAD").out.split(separator: "\n").map(
      String.init)
  }

  /// An agent of a session of its own is told as well, until the action passes or the state moves.
  @Test func whatAnActionFailedWithIsInTheNextSessionsBrief() async throws {
    let s = try await Sandbox.governed()
    try s.write(".llmos/config.yml", "actions: {run_tests: \"echo testing; test -e ok\"}\n")
    try await s.sh(
      "git add -A; git commit -qm rules; llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION --reason begin"
    ).succeeds()
    func told() async throws -> [String] {
      let brief = try await s.llmos("brief").succeeds().out
      let start = try await s.sh(
        #"echo '{"hook_event_name":"SessionStart","session_id":"x","cwd":"."}' | llmos-hook agent-hook claude-code"#
      ).succeeds().out
      return [brief, start]
    }
    let failure = "Last failure: action run_tests failed (1)"
    #expect(try await told().allSatisfy { !$0.contains("Last failure") })
    #expect(try await s.sh("./llmos run").code == 1)
    #expect(try await told().allSatisfy { $0.contains(failure) && $0.contains("testing") })
    // Another entry, and it is the past.
    try await s.sh("llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION --reason again").succeeds()
    #expect(try await told().allSatisfy { !$0.contains("Last failure") })
    #expect(try await s.sh("./llmos run").code == 1)
    #expect(try await told().allSatisfy { $0.contains(failure) })
    // The action passes; whether the phase is complete is another question.
    try await s.sh("echo ok >ok; ./llmos run; true").succeeds()
    #expect(!s.exists(".git/llmos/last-failure"))
    #expect(try await told().allSatisfy { !$0.contains("Last failure") })
  }

  @Test func bootstrap() async throws {
    let s = try await project()
    try await s.llmos("set", "PROJECT_BOOTSTRAP").succeeds()
    try script(
      s, "ANALYST.INITIALIZATION",
      "mkdir -p src docs; echo x >src/main; echo '# Structure' >docs/structure.md")
    try script(s, "ANALYST.REQUIREMENTS", "echo '# Requirements' >docs/requirements.md")
    try script(s, "ARCHITECT.ARCHITECTURE", "echo half >docs/architecture.md; echo broken; exit 7")
    let blocked = try await run(s)
    #expect(blocked.code == 1, "\(blocked.all)")
    #expect(blocked.err.contains("llmos-hook: agent ARCHITECT failed (7)\n  its output: "), "\(blocked.err)")
    #expect(try await line(s) == "PROJECT_BOOTSTRAP:ARCHITECTURE  IN_PROGRESS")
    let two = [
      "[ANALYST] PROJECT_BOOTSTRAP:INITIALIZATION complete",
      "[ANALYST] PROJECT_BOOTSTRAP:REQUIREMENTS complete",
    ]
    #expect(try await subjects(s) == two)
    #expect(
      try await s.git("ls-files", ":(glob)docs/*.md").out == "docs/requirements.md\ndocs/structure.md\n")
    try script(s, "ARCHITECT.ARCHITECTURE", "echo whole >docs/architecture.md")
    let done = try await run(s)
    #expect(done.code == 0, "\(done.all)")
    #expect(done.err.hasSuffix("llmos-hook: PROJECT_BOOTSTRAP is COMPLETED\n"))
    #expect(try await subjects(s) == two + ["[ARCHITECT] PROJECT_BOOTSTRAP:ARCHITECTURE complete"])
    #expect(try await line(s) == "PROJECT_BOOTSTRAP:SETUP  COMPLETED")
    try await s.llmos("verify").succeeds()
  }

  @Test func featureDevelopmentAndDeployment() async throws {
    let s = try await project()
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "BRIEF").succeeds()
    let brief = "docs/features/login/feature_brief.md"
    // Without a name nobody begins; with the template alone the brief is not complete.
    let nameless = try await run(s)
    #expect(nameless.code == 3 && nameless.err.contains("feature_slug is not set"), "\(nameless.all)")
    #expect(!nameless.err.contains("agent PM"))
    let empty = try await run(s, "--context feature_slug=login")
    #expect(
      empty.code == 3 && empty.err.contains(brief + " has no line of text below its heading"), "\(empty.all)")
    #expect(try await subjects(s) == [])
    // The first attempt fails its tests, the agent is told, the second passes.
    try script(s, "PM.BRIEF", "echo 'People sign in.' >>\(brief)")
    try script(
      s, "DEV.IMPLEMENTATION",
      """
      if [ -z "$LLMOS_FEEDBACK" ]; then echo bug >login; else echo "$LLMOS_FEEDBACK" >../told; echo ok >login; fi
      ./step.sh "login: $(cat login)" login
      """)
    try script(
      s, "run_tests", "case $LLMOS_PHASE in IMPLEMENTATION|QA) echo testing; grep -q ok login ;; esac")
    try script(s, "QA.QA", "test ! -e ../broken")
    try s.write(s.root + "/broken", "")
    let atQA = try await run(s)
    #expect(atQA.code == 1 && atQA.err.contains("agent QA failed (1)"), "\(atQA.all)")
    #expect(
      atQA.err.contains("action run_tests failed (1): back to DEV, attempt 2 of 2"), "\(atQA.err)")
    let told = try s.read(s.root + "/told")
    #expect(
      told.hasPrefix("action run_tests failed (1)\nits output: ") && told.hasSuffix("testing\n\n"), "\(told)")
    let landed = [
      "[PM] FEATURE_DEVELOPMENT:BRIEF complete", "[DEV] FEATURE_DEVELOPMENT:IMPLEMENTATION login: bug",
      "[DEV] FEATURE_DEVELOPMENT:IMPLEMENTATION login: ok",
    ]
    #expect(try await subjects(s) == landed)
    #expect(try await line(s) == "FEATURE_DEVELOPMENT:QA  IN_PROGRESS")
    // QA changes code: its checkpoint takes none, and the run stops.
    try script(s, "QA.QA", "echo tweak >>login")
    let tweak = try await run(s)
    #expect(tweak.code == 1 && tweak.err.contains("login"), "\(tweak.all)")
    #expect(try await subjects(s) == landed)
    // Then to where nobody said what to deploy to, and no further.
    try await s.git("checkout", "-q", "login").succeeds()
    try script(s, "QA.QA", "true")
    try script(s, "deploy_backend", "echo $target_environment $feature_slug >>../deployed")
    let where_ = try await run(s)
    #expect(where_.code == 3 && where_.err.contains("target_environment is not set"), "\(where_.all)")
    #expect(!s.exists(s.root + "/deployed"))
    try script(s, "run_smoke_tests", "echo smoke; exit 1")
    let smoke = try await run(s, "--context target_environment=staging")
    #expect(
      smoke.code == 1 && smoke.err.contains("action run_smoke_tests failed (1), after 2 attempts of QA"),
      "\(smoke.all)")
    #expect(try await line(s) == "DEPLOYMENT:VERIFY  IN_PROGRESS")
    try script(s, "run_smoke_tests", "true")
    #expect(try await run(s).code == 0)
    #expect(try s.read(s.root + "/deployed") == "staging login\n")
    #expect(try await line(s) == "DEPLOYMENT:VERIFY  COMPLETED")
    #expect(try await subjects(s) == landed)
    try await s.llmos("verify").succeeds()
  }

  @Test func incidentRecovery() async throws {
    let s = try await project(more: "rollback: {stable_tags: 'go*'}\n")
    try await s.sh(
      "echo bad >bad; git add bad; git commit -qm bad; llmos-hook set DEPLOYMENT --context target_environment=production"
    )
    .succeeds()
    try script(s, "deploy_frontend", "exit 9")
    try script(s, "verify_recovery", "test $LLMOS_PHASE = RESTORE || exit 1")
    let blocked = try await run(s)
    #expect(blocked.code == 1, "\(blocked.all)")
    #expect(blocked.err.contains("action deploy_frontend failed: deploy-failure -> INCIDENT_RECOVERY:FREEZE"))
    #expect(
      !blocked.err.contains("attempt 2 of 2\nllmos-hook:   action deploy_frontend"),
      "a deploy is not repeated")
    #expect(blocked.err.contains("INCIDENT_RECOVERY:ROLLBACK done"))
    #expect(try await line(s) == "INCIDENT_RECOVERY:VERIFY  IN_PROGRESS")
    #expect(!s.exists("bad"))
    #expect(
      try await s.llmos("status").out.contains("target_environment=production, incident_type=deploy-failure"))
    try script(s, "verify_recovery", "true")
    let done = try await run(s)
    #expect(done.code == 0, "\(done.all)")
    #expect(
      done.err.contains(
        "llmos-hook resume continues DEPLOYMENT:EXECUTE; llmos-hook rollback --undo brings back what was rolled back"
      ),
      "\(done.err)")
    #expect(try await line(s) == "INCIDENT_RECOVERY:RESTORE  COMPLETED")
    try await s.llmos("resume").succeeds()
    #expect(try await line(s) == "DEPLOYMENT:EXECUTE  IN_PROGRESS")
    try await s.llmos("verify").succeeds()
  }

  @Test func qualityGateAndRollback() async throws {
    let s = try await project()
    try await s.sh(
      """
      llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION --context feature_slug=login --reason x
      echo bad >bad; git add bad; git commit -qm bad; llmos-hook next-phase; llmos-hook set QUALITY_GATE
      """
    ).succeeds()
    let bad = try await s.head()
    try script(s, "QUALITY_AUDITOR.VERDICT", "llmos-hook verdict FAIL")
    let failed = try await run(s)
    #expect(failed.code == 3, "\(failed.all)")
    #expect(
      failed.err.contains("ROLLBACK:IDENTIFY waits for OWNER: ")
        && failed.err.contains("rollback_target is not set"))
    #expect(try await line(s) == "ROLLBACK:IDENTIFY  IN_PROGRESS")
    #expect(try await s.head() == bad)
    let none = try await run(s, "--context rollback_target=nosuch")
    #expect(none.code == 1 && none.err.contains("there is no tag, branch or commit nosuch"), "\(none.all)")
    // The script of each phase runs in its phase: the first stops the rollback before it moves anything.
    for (action, phase) in [("create_backup", "IDENTIFY"), ("revert_code", "EXECUTE")] {
      try script(s, action, "exit 1")
      let stopped = try await run(s, "--context rollback_target=good")
      #expect(stopped.code == 1 && stopped.err.contains("action \(action) failed (1)"), "\(stopped.all)")
      #expect(try await line(s) == "ROLLBACK:\(phase)  IN_PROGRESS")
      #expect(try await s.head() == bad)
      try script(s, action, "echo $LLMOS_PHASE >>../phases")
    }
    try script(s, "update_state", "echo $LLMOS_PHASE >>../phases; test $LLMOS_PHASE = EXECUTE -o ! -e bad")
    let back = try await run(s)
    #expect(back.code == 3, "\(back.all)")
    #expect(
      back.err.contains(
        "FEATURE_DEVELOPMENT:IMPLEMENTATION waits for DEV: what was rolled back is to be made anew"),
      "\(back.err)")
    #expect(try await line(s) == "FEATURE_DEVELOPMENT:IMPLEMENTATION  REWORK")
    #expect(try s.read(s.root + "/phases") == "IDENTIFY\nEXECUTE\nEXECUTE\nVERIFY\n")
    #expect(!s.exists("bad"))
    #expect(try await s.git("diff", "--name-only", "good", "HEAD").out == "")
    #expect(
      try await subjects(s, since: bad) == [
        "[SYSTEM] ROLLBACK:EXECUTE Roll back to good (\(try await s.git("rev-parse", "--short=10", "good").out.trimmed))"
      ])
    // Nobody made anything anew: nothing goes on. Then it is made, and a gate has still to be passed.
    #expect(try await run(s).code == 3)
    #expect(try await line(s) == "FEATURE_DEVELOPMENT:IMPLEMENTATION  REWORK")
    try script(s, "DEV.IMPLEMENTATION", "echo good >anew; ./step.sh anew anew")
    let owed = try await run(s)
    #expect(owed.code == 3 && owed.err.contains("the quality gate of this feature failed"), "\(owed.all)")
    #expect(try await line(s) == "FEATURE_DEVELOPMENT:QA  IN_PROGRESS")
    try script(s, "QUALITY_AUDITOR.VERDICT", "llmos-hook verdict PASS")
    try await s.llmos("set", "QUALITY_GATE").succeeds()
    let passed = try await run(s, "--context target_environment=dev")
    #expect(passed.code == 0, "\(passed.all)")
    #expect(try await line(s) == "DEPLOYMENT:VERIFY  COMPLETED")
    try await s.llmos("verify").succeeds()
  }

  @Test func maintenance() async throws {
    let s = try await project()
    try await s.llmos("set", "MAINTENANCE").succeeds()
    try script(s, "DEV.UPDATE", "echo 2 >lock; mkdir -p src; echo new >src/dep")
    try script(s, "DOCS.DOCUMENTATION", "mkdir -p docs; echo '# Use' >docs/use.md; echo sneaky >src/dep")
    let blocked = try await run(s)
    #expect(blocked.code == 1 && blocked.err.contains("src/dep"), "\(blocked.all)")
    #expect(try await line(s) == "MAINTENANCE:DOCUMENTATION  IN_PROGRESS")
    #expect(try await subjects(s) == ["[DEV] MAINTENANCE:UPDATE complete"])
    #expect(try await s.git("show", "--name-only", "--format=").out == "lock\nsrc/dep\n")
    try await s.git("checkout", "-q", "src/dep").succeeds()
    try script(s, "DOCS.DOCUMENTATION", "true")
    try script(s, "DEV.CLEANUP", "git rm -q src/dep")
    #expect(try await run(s).code == 0)
    #expect(
      try await subjects(s).suffix(2) == [
        "[DOCS] MAINTENANCE:DOCUMENTATION complete", "[DEV] MAINTENANCE:CLEANUP complete",
      ])
    #expect(try await line(s) == "MAINTENANCE:CLEANUP  COMPLETED")
    try await s.llmos("verify").succeeds()
  }

  /// Scripts, then the role's agent, then the actions; what fails stops what comes after it.
  @Test(arguments: [
    ("script", 1, "script tools/prepare failed (1)", "script\n"),
    ("agent", 1, "agent DEV failed (1)", "script\nagent\n"),
    ("action", 1, "after 2 attempts of DEV", "script\nagent\naction\nagent\naction\n"),
    ("nothing", 0, "MAINTENANCE is COMPLETED", "script\nagent\naction\n"),
  ])
  func theOrderInAPhase(fails: String, code: Int32, words: String, order: String) async throws {
    let s = try await Sandbox.governed()
    try s.write(
      "scenarios/MAINTENANCE.yml",
      """
      scenario: MAINTENANCE
      phases:
        UPDATE: {active_role: DEV, allowed_actions: [update_dependencies, run_tests], auto_scripts: [tools/prepare]}
      """)
    let say = { (word: String) in "echo \(word) >>../order; echo \(word) >>made; [ \(word) != \(fails) ]" }
    try s.write("tools/prepare", "#!/bin/sh\n\(say("script"))\n", executable: true)
    try s.write(
      ".llmos/config.yml",
      "agents: {DEV: '\(say("agent"))'}\nactions: {run_tests: '\(say("action"))'}\n")
    try await s.sh("git add -A; git commit -qm rules; llmos-hook set MAINTENANCE").succeeds()
    let head = try await s.head()
    let run = try await run(s)
    #expect(run.code == code && run.err.contains(words), "\(run.all)")
    #expect(try s.read(s.root + "/order") == order)
    #expect(try s.read("made") == order, "what was made is kept")
    #expect(try await (s.head() == head) == (code != 0), "only a phase that is complete lands")
  }

  // MARK: What agents and targets do wrong

  private static let agents:
    [(agent: String, tests: String, attempts: String, code: Int32, words: String, ran: String)] = [
      ("echo a >>../ran", "exit 1", "", 1, "action run_tests failed (1), after 2 attempts of DEV", "a\na\n"),
      ("echo a >>../ran", "exit 1", "attempts: 1", 1, "action run_tests failed (1)\n", "a\n"),
      ("echo a >>../ran", "exit 1", "attempts: 3", 1, "after 3 attempts of DEV", "a\na\na\n"),
      // It commits, and then it fails: what landed, landed, and the phase is not complete.
      ("echo a >>../ran; echo x >x; ./step.sh x x; exit 4", "true", "", 1, "agent DEV failed (4)", "a\n"),
      (
        "echo a >>../ran; echo ok >fixed; ./step.sh fix fixed", "test -e fixed", "", 3,
        "FEATURE_DEVELOPMENT:QA waits for QA", "a\n"
      ),
    ]

  @Test(arguments: agents)
  func theAgentWorksThenItsWorkIsTested(
    agent: String, tests: String, attempts: String, code: Int32, words: String, ran: String
  ) async throws {
    let s = try await Sandbox.governed()
    try s.write(
      ".llmos/config.yml",
      "agents: {DEV: '\(agent)'}\nactions: {run_tests: '[ $LLMOS_PHASE = QA ] || { \(tests); }'}\nagent_policy: {\(attempts)}\n"
    )
    try await s.sh("git add -A; git commit -qm rules").succeeds()
    let run = try await s.llmos("run", "--once")
    if code != 3 { #expect(run.code == code, "\(run.all)") }
    if code != 3 { #expect(run.err.contains(words), "\(run.err)") }
    #expect(try s.read(s.root + "/ran") == ran)
    #expect(try await s.place() == "FEATURE_DEVELOPMENT:" + (code == 3 ? "QA" : "IMPLEMENTATION"))
  }

  /// An agent that exits with 0 has done its part; that it left nothing is said, where the phase is there to make something.
  @Test func anAgentThatDidNothingIsNamed() async throws {
    let s = try await Sandbox.governed()
    try s.write(
      ".llmos/config.yml",
      "agents: {DEV: \". ../dev\", QA: \"true\"}\nactions: {run_tests: \"test -e ok -o $LLMOS_PHASE != IMPLEMENTATION\"}\n"
    )
    try await s.sh(
      "git add -A; git commit -qm rules; llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION --reason begin; echo x >x; : >../dev"
    ).succeeds()
    let nothing = "agent DEV made no commit and changed no file"
    let twice = try await run(s)
    #expect(twice.code == 1 && twice.err.contains("after 2 attempts of DEV"), "\(twice.all)")
    #expect(twice.err.components(separatedBy: nothing).count == 3, "\(twice.err)")
    for work in ["echo y >>x", "rm x", "echo >ok; ./step.sh ok ok"] {
      try s.write(s.root + "/dev", work + "\n")
      let run = try await run(s, "--once")
      #expect(!run.err.contains(nothing), "\(run.err)")
    }
    #expect(try await line(s) == "FEATURE_DEVELOPMENT:QA  IN_PROGRESS")
    #expect(try await !run(s, "--once").err.contains("made no commit"), "QA makes nothing")
  }

  @Test func aTargetThatVanishesIsSaid() async throws {
    let s = try await project()
    try await s.sh(
      "echo bad >bad; git add bad; git commit -qm bad; llmos-hook set ROLLBACK --context rollback_target=good"
    )
    .succeeds()
    try script(s, "revert_code", "git tag -d good")
    let run = try await run(s)
    #expect(run.code == 1 && s.exists("bad"), "\(run.all)")
    #expect(
      run.err.contains(
        "there is no tag, branch or commit good\n  next: llmos-hook set ROLLBACK --context rollback_target=TARGET, or llmos-hook resume"
      ), "\(run.err)")
    #expect(try await line(s) == "ROLLBACK:EXECUTE  IN_PROGRESS")
    try await s.sh("llmos-hook set ROLLBACK --context rollback_target=HEAD~1; rm ../tools/revert_code")
      .succeeds()
    let again = try await self.run(s)
    #expect(again.code == 3 && !s.exists("bad"), "\(again.all)")
  }

  /// The tag is moved between IDENTIFY and EXECUTE: the rollback goes to the commit that was identified, and says so.
  @Test(arguments: [true, false]) func aTagThatIsMovedIsNotFollowed(inRun: Bool) async throws {
    let s = try await project()
    try await s.sh(
      """
      for n in 1 2; do echo bad >bad$n; git add .; git commit -qm bad$n; done
      llmos-hook set ROLLBACK --context rollback_target=good
      """
    ).succeeds()
    let good = try await s.git("rev-parse", "good").out.trimmed.prefix(10)
    let moved = try await s.git("rev-parse", "HEAD~1").out.trimmed.prefix(10)
    if inRun {
      try script(s, "revert_code", "git tag -f good HEAD~1")
      let run = try await run(s)
      #expect(run.code == 3, "\(run.all)")
      #expect(run.err.contains("good was \(good) when it was identified, and is \(moved) now"), "\(run.err)")
    } else {
      try await s.sh("llmos-hook next-phase; git tag -f good HEAD~1").succeeds()
      let back = try await s.llmos("rollback", "good").succeeds()
      #expect(
        back.err.contains("good was \(good) when it was identified, and is \(moved) now"), "\(back.all)")
    }
    #expect(!s.exists("bad1") && !s.exists("bad2"))
    #expect(try await line(s) == "FEATURE_DEVELOPMENT:IMPLEMENTATION  REWORK")
    try await s.llmos("verify").succeeds()
    try await s.llmos("doctor").succeeds()
  }

  /// Giving the target again identifies it anew.
  @Test func aTargetThatIsGivenAgainIsIdentifiedAnew() async throws {
    let s = try await project()
    try await s.sh(
      """
      for n in 1 2; do echo bad >bad$n; git add .; git commit -qm bad$n; done
      llmos-hook set ROLLBACK --context rollback_target=good; git tag -f good HEAD~1
      llmos-hook set ROLLBACK --context rollback_target=good
      """
    ).succeeds()
    let run = try await run(s)
    #expect(run.code == 3 && !run.err.contains("when it was identified"), "\(run.all)")
    #expect(s.exists("bad1") && !s.exists("bad2"))
  }

  /// Context belongs to a visit: what was gone back to is not the feature's.
  @Test func theTargetOfARollbackEndsWithIt() async throws {
    let s = try await project()
    try await s.sh("echo bad >bad; git add bad; git commit -qm bad; llmos-hook rollback good").succeeds()
    #expect(try await line(s) == "FEATURE_DEVELOPMENT:IMPLEMENTATION  REWORK")
    #expect(try !s.read("SCENARIO_STATE.yml").contains("rollback_commit"))
    #expect(try s.read("SCENARIO_STATE.yml").contains("rollback_target: null"))
  }

  @Test func aVerifyThatFailsRestoresEverything() async throws {
    let s = try await project(more: "rollback: {verify: test -e ../well}\n")
    try await s.sh(
      "echo bad >bad; git add bad; git commit -qm bad; llmos-hook set ROLLBACK --context rollback_target=good"
    )
    .succeeds()
    let head = try await s.head()
    let run = try await run(s)
    #expect(run.code == 1 && run.err.contains("everything was restored"), "\(run.all)")
    #expect(try await s.head() == head && s.exists("bad"))
    #expect(try await line(s) == "ROLLBACK:EXECUTE  IN_PROGRESS")
    try s.write(s.root + "/well", "")
    #expect(try await self.run(s).code == 3)
    #expect(!s.exists("bad"))
  }

  /// HEAD moves, and a target that is relative to it does not.
  @Test func aRelativeTargetIsTheCommitThatItWas() async throws {
    for words in [
      "llmos-hook set ROLLBACK; ./llmos run --context rollback_target=HEAD~1",
      "llmos-hook set ROLLBACK --context rollback_target=HEAD^; ./llmos run",
    ] {
      let s = try await project()
      try await s.sh("echo bad >bad; git add bad; git commit -qm bad").succeeds()
      let good = try await s.git("rev-parse", "good").out.trimmed
      let run = try await s.sh(words)
      #expect(run.code == 3 && !s.exists("bad"), "\(run.all)")
      let ledger = try await s.git("log", "-p", "refs/llmos/ledger/main").out
      // All digits and an e, it is quoted.
      #expect(
        ledger.contains("+  rollback_target: \(good)") || ledger.contains("+  rollback_target: '\(good)'"))
    }
  }

  /// It was killed between the branch and the ledger.
  @Test func aRollbackThatWasKilledGoesOn() async throws {
    for place in ["ROLLBACK", "INCIDENT_RECOVERY"] {
      let s = try await project(
        more: "rollback: {verify: test -e ../well || kill -9 $PPID, stable_tags: go*}\n")
      try await s.sh("echo bad >bad; git add bad; git commit -qm bad; llmos-hook set \(place)").succeeds()
      let killed = try await run(s, place == "ROLLBACK" ? "--context rollback_target=good" : "")
      #expect(killed.code == 137 && !s.exists("bad"), "\(killed.all)")
      try s.write(s.root + "/well", "")
      let status = try await s.llmos("status").out
      #expect(status.contains("the owner: llmos-hook rollback --continue, or --abort"), "\(status)")
      let again = try await run(s)
      #expect(again.code == (place == "ROLLBACK" ? 3 : 0), "\(again.all)")
      #expect(again.err.contains("was interrupted, and goes on"), "\(again.err)")
      #expect(try await subjects(s).count == 2, "one commit, and what undoes it")
      try await s.llmos("doctor").succeeds()
      try await s.llmos("verify").succeeds()
    }
  }

  @Test func whatTheOwnerHasBegunARunLeavesToHim() async throws {
    let s = try await project(more: "rollback: {verify: kill -9 $PPID}\n")
    try await s.sh("echo bad >bad; git add bad; git commit -qm bad").succeeds()
    let killed = try await s.sh(
      "llmos-hook rollback good; llmos-hook set MAINTENANCE")
    #expect(killed.code == 0, "\(killed.all)")
    let run = try await run(s)
    run.isRefused(
      1, "a run cannot go on", "next: llmos-hook rollback --continue, or llmos-hook rollback --abort")
  }

  /// What was rolled back in the phase is not rolled back further by the next run.
  @Test func anIncidentRollsBackOnce() async throws {
    let s = try await project(more: "rollback: {stable_tags: 'go*'}\n")
    try await s.sh("echo bad >bad; git add bad; git commit -qm bad; llmos-hook set INCIDENT_RECOVERY")
      .succeeds()
    try script(s, "verify_recovery", "exit 1")
    for _ in 1...2 { #expect(try await run(s).code == 1) }
    #expect(try await line(s) == "INCIDENT_RECOVERY:VERIFY  IN_PROGRESS")
    #expect(try await subjects(s).count == 2)
    // The owner's own rollback is one, where no good commit is known.
    let t = try await project()
    try await t.sh("echo bad >bad; git add bad; git commit -qm bad; llmos-hook set INCIDENT_RECOVERY")
      .succeeds()
    let unknown = try await run(t)
    #expect(
      unknown.code == 1 && unknown.err.contains("no earlier commit is known to be good"), "\(unknown.all)")
    try await t.llmos("rollback", "good").succeeds()
    let done = try await run(t)
    #expect(done.code == 0, "\(done.all)")
    #expect(try await subjects(t).count == 2)
  }

  /// Nothing is completed that was not done.
  @Test func aRollbackCompletesNothingByItself() async throws {
    let s = try await project()
    for target in ["nosuch", "HEAD", "good"] {
      // The tag is HEAD still.
      try await s.llmos("set", "ROLLBACK", "--context", "rollback_target=\(target)").isRefused(1)
    }
    try await s.sh(
      "echo bad >bad; git add bad; git commit -qm bad; git branch side good; git checkout -q side; git checkout -q main"
    )
    .succeeds()
    try await s.llmos("set", "ROLLBACK").succeeds()
    try await s.llmos("next-phase").isRefused(
      1, "rollback_target is not set",
      "next: llmos-hook set ROLLBACK IDENTIFY --context rollback_target=VALUE")
    try await s.llmos("set", "ROLLBACK", "--context", "rollback_target=good").succeeds()
    try await s.llmos("next-phase").succeeds()
    try await s.llmos("next-phase", "--reason", "because").isRefused(
      1, "ROLLBACK:EXECUTE is not complete: nothing was rolled back",
      "next: ./llmos run, or llmos-hook rollback good")
    try await s.llmos("set", "ROLLBACK", "VERIFY").isRefused(1, "nothing was rolled back")
    try await s.llmos("set", "ROLLBACK", "VERIFY", "--reason", "by hand").succeeds()
    try await s.llmos("next-phase").isRefused(
      1, "ROLLBACK:VERIFY is not complete: bad is not as it is in good")
    try await s.llmos("resume").succeeds()
    #expect(try await line(s) == "FEATURE_DEVELOPMENT:IMPLEMENTATION  IN_PROGRESS")
  }

  @Test func theLastGoodCommitIsOneOfItsEnvironment() async throws {
    let s = try await project()
    func deploy(_ environment: String, _ file: String) async throws -> String {
      try await s.sh(
        """
        llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION --reason x; echo \(file) >\(file); git add \(file); git commit -qm \(file)
        llmos-hook set DEPLOYMENT --context target_environment=\(environment); ./llmos run
        """
      ).succeeds()
      return try await s.head()
    }
    let production = try await deploy("production", "p")
    let staging = try await deploy("staging", "s")
    try await s.sh(
      "llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION --reason x; echo w >w; git add w; git commit -qm w"
    ).succeeds()
    for (environment, good) in [("production", production), ("staging", staging)] {
      try await s.sh(
        "llmos-hook set DEPLOYMENT --context target_environment=\(environment); llmos-hook event deploy-failure; llmos-hook next-phase"
      ).succeeds()
      #expect(
        try await s.llmos("rollback", "--last-good", "--dry-run").succeeds().out.contains(good.prefix(10)))
      try await s.sh(
        "llmos-hook set MAINTENANCE; llmos-hook set INCIDENT_RECOVERY RESTORE --reason x; llmos-hook next-phase"
      ).succeeds()
    }
    try await s.sh(
      "llmos-hook set DEPLOYMENT --context target_environment=dev; llmos-hook event deploy-failure"
    ).succeeds()
    try await s.llmos("rollback", "--last-good", "--dry-run").isRefused(
      1, "none has a completed DEPLOYMENT:VERIFY in dev")
  }

  /// Nothing is completed that was not done: the engine compares what its rollback led to, and nothing else.
  @Test func anIncidentIsNotRecoveredByItself() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      "git tag good; echo bad >bad; git add bad; git commit -qm bad; llmos-hook set INCIDENT_RECOVERY"
    )
    .succeeds()
    // By another way than a rollback, which only its people know.
    try await s.sh("llmos-hook next-phase; llmos-hook next-phase --reason 'the feature is off'").succeeds()
    let waits = try await run(s)
    #expect(waits.code == 3, "\(waits.all)")
    #expect(
      waits.err.contains(
        "INCIDENT_RECOVERY:VERIFY waits for DEVOPS: verify_recovery; then llmos-hook next-phase"),
      "\(waits.err)")
    #expect(try await line(s) == "INCIDENT_RECOVERY:VERIFY  IN_PROGRESS")

    let ended = try await s.sh("llmos-hook next-phase; llmos-hook next-phase")
    #expect(
      ended.err.contains("llmos-hook resume continues") && !ended.err.contains("rollback --undo"),
      "\(ended.err)")

    let t = try await Sandbox.governed()
    try await t.sh(
      """
      git tag good; echo bad >bad; git add bad; git commit -qm bad; llmos-hook set INCIDENT_RECOVERY
      llmos-hook next-phase; llmos-hook rollback good; llmos-hook next-phase
      """
    ).succeeds()
    let hotfix = try await t.sh(
      "echo x >x; git add x; llmos-hook allow --once --reason fix; git commit -qm fix")
    #expect(hotfix.code == 0, "\(hotfix.all)")
    #expect(try await run(t).code == 3, "the code is another one by now")
    try await t.sh("llmos-hook allow --once --reason back; git revert --no-edit HEAD").succeeds()
    let done = try await run(t)
    #expect(done.code == 0, "\(done.all)")
    #expect(done.err.contains("the code is what the rollback led to ("), "\(done.err)")
    #expect(
      done.err.contains(
        "INCIDENT_RECOVERY:RESTORE is optional, and nothing is configured for it: it is skipped"),
      "\(done.err)")
    #expect(try await line(t) == "INCIDENT_RECOVERY:RESTORE  COMPLETED")
    #expect(try await t.llmos("log", "-n", "1").out.contains("skipped: INCIDENT_RECOVERY:RESTORE"))
    try await t.llmos("verify").succeeds()
    try await t.llmos("doctor").succeeds()
  }

  /// An incident makes nothing anew: after S6 it goes on, and rolls nothing back a second time.
  @Test func anIncidentGoesOnAfterItsRollback() async throws {
    let s = try await project(more: "rollback: {stable_tags: 'go*'}\n")
    try await s.sh(
      "git tag gone; echo bad >bad; git add bad; git commit -qm bad; llmos-hook set INCIDENT_RECOVERY ROLLBACK --reason t"
    ).succeeds()
    try script(s, "verify_recovery", "true")
    try await s.llmos("set", "ROLLBACK", "--context", "rollback_target=good").succeeds()
    let back = try await run(s)
    #expect(back.code == 0 && !back.err.contains("made anew"), "\(back.all)")
    #expect(try await line(s) == "INCIDENT_RECOVERY:RESTORE  COMPLETED")
    #expect(!s.exists("bad"))
    #expect(try await subjects(s).count == 2)
    try await s.llmos("verify").succeeds()
  }
}
