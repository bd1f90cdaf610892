import Core
import Testing

@testable import ToolGate

@Suite struct ToolCallTests {
  private static let place = ToolPlace(
    root: "/w/repo", directory: "/w/repo", gitDirectories: ["/w/repo/.git", "/w/main/.git"],
    scripts: ["scripts/deploy.sh"])

  private static func facts(
    _ scenario: String = "FEATURE_DEVELOPMENT", _ phase: String = "IMPLEMENTATION", role: String? = nil,
    protected: [String] = []
  ) throws -> Snapshot {
    var configuration = Configuration()
    configuration.protectedPaths = protected
    let record = try GateRecord(
      state: State(place: Place(scenario, phase), at: "2026-01-01T00:00:00Z"), catalog: .canonical,
      sequence: 1,
      configuration: configuration)
    return Snapshot(record: record, identity: Identity(actor: role.map { .agent(role: $0) } ?? .owner))
  }

  static let refusedLines = [
    "git commit -m x", "git -c user.name=x commit", "cd src && git commit -am 'a; b'", "(git commit)",
    "git commit-tree HEAD^{tree}", "git update-ref refs/heads/main HEAD~1", "true; /usr/bin/git commit",
    "echo $(git commit)", "echo \"`git commit -m x`\"", "if true; then git commit; fi",
    "sudo -u x git commit",
    "env -u CLAUDECODE git commit", "bash -lc 'git commit -m x'", "sh -c \"git commit\"", "eval git commit",
    "sh <<EOF\ngit commit\nEOF", "ls | xargs -n 1 git commit", "find . -name x -exec git commit {} \\;",
    "A=1 git commit", "g''it com\"mit\"", "{ git commit; }", "! git commit",
    "x=$(cat <<EOF\nEOF\ngit commit)",
    "git push --no-verify", "git merge x --no-verify", "git -c core.hooksPath=/dev/null status",
    "git -c CORE.HOOKSPATH= merge x", "git config core.hooksPath /tmp",
    "git config --global core.hooksPath /x",
    "git config --unset core.hookspath", "git config set core.hooksPath x",
    "GIT_CONFIG_KEY_0=core.hooksPath git status", "git --config-env=core.hooksPath=X status",
    "LLMOS_ACTOR=OWNER git commit", "export LLMOS_ACTOR=OWNER", "env LLMOS_ACTOR=OWNER sh",
    "llmos-hook set MAINTENANCE", "llmos-hook -C . next-phase", "/usr/local/bin/llmos-hook --quiet event x",
    "llmos-hook resume", "llmos-hook allow --once --reason x", "llmos-hook rollback v1",
    "llmos-hook uninstall",
    "./llmos run", "sh ./llmos run", "scripts/scenario_engine.sh execute", "llmos-hook run --once",
    "llmos-hook verdict PASS", "echo x > SCENARIO_STATE.yml", "echo x >> ./scenarios/A.yml",
    "echo x>|step.sh",
    "echo x &> .llmos/config.yml", "cat <a >.git/config", "cd src; echo x > ../llmos",
    "sed -i s/a/b/ step.sh",
    "sed -Ei s/a/b/ step.sh", "tee -a step.sh", "cp x step.sh", "mv step.sh y", "rm -rf .git", "rm -rf .",
    "rm -rf *", "rm -rf ../repo", "rm s*.sh", "chmod -x step.sh", "dd of=step.sh if=x", "git rm step.sh",
    "git mv step.sh x", "find . -delete", "echo x > /w/main/.git/hooks/pre-commit", "truncate -s 0 step.sh",
    "ln -sf /bin/true .git/hooks/pre-commit", "scripts/deploy.sh", "sh scripts/deploy.sh",
    "cd scripts; ./deploy.sh",
    "perl -pi -e s/a/b/ step.sh", "echo 'not ended", "echo \"", "cat <<EOF\nno end", "echo $(", "echo `",
    "apply_patch <<'E'\n*** Begin Patch\n*** Update File: step.sh\n*** End Patch\nE",
    "echo x > docs/secret/a",
  ]

  @Test(arguments: refusedLines)
  func refused(line: String) throws {
    let refusal = toolGate(.shell(line), try Self.facts(protected: ["docs/secret/"]), at: Self.place)
    #expect(refusal?.code == .refused && refusal?.remedy != nil, "\(line)")
  }

  static let passingLines = [
    "ls", "git status", "git log --grep='git commit'", "grep -rn 'git commit' .", "echo git commit",
    "swift test",
    "cat SCENARIO_STATE.yml", "cp step.sh /tmp/x", "echo x > src/a.txt", "echo x > /tmp/y",
    "ls 2>&1 >/dev/null",
    "llmos-hook status", "llmos-hook check commit_changes", "./llmos status",
    "llmos-hook rollback v1 --dry-run",
    "llmos-hook set --help", "LLMOS_AGENT=DEV ./step.sh 'Add a page'", "./step.sh --amend x", "git add -A",
    "git config core.hooksPath", "git config --get core.hooksPath", "git config get core.hooksPath",
    "git commit --dry-run", "git restore --staged step.sh", "rm -rf build", "sed -n 1,5p step.sh",
    "# git commit",
    "cat > notes.txt <<'EOF'\nthe words git commit and step.sh, don't mind\nEOF", "echo $((1 << 2))",
    "for f in *; do echo \"$f\"; done", "echo a#b 'git' \"com mit\"", "a=b; echo ${a}",
    "cat <<< 'git commit'", "",
    "python3 -m pytest", "bash -c 'ls'", "find . -name '*.swift' -exec grep x {} +", "rm ../other/step.sh",
  ]

  @Test(arguments: passingLines)
  func passes(line: String) throws {
    #expect(toolGate(.shell(line), try Self.facts(), at: Self.place) == nil, "\(line)")
  }

  @Test func editsFollowThePhase() throws {
    let edit = { (paths: [String], facts: Snapshot) in toolGate(.edits(paths), facts, at: Self.place) }
    #expect(edit(["src/a.swift", "/w/repo/b"], try Self.facts()) == nil)
    #expect(edit(["src/a.swift"], try Self.facts(role: "DEV")) == nil)
    #expect(
      edit(["a"], try Self.facts(role: "QA"))?.what
        == "FEATURE_DEVELOPMENT:IMPLEMENTATION is DEV's phase, not QA's")
    let inQA = edit(["a"], try Self.facts("FEATURE_DEVELOPMENT", "QA"))
    #expect(inQA?.what == "FEATURE_DEVELOPMENT:QA does not allow editing")
    #expect(inQA?.why == "allowed now, for QA: run_tests")
    #expect(edit(["/tmp/a"], try Self.facts("FEATURE_DEVELOPMENT", "QA")) == nil, "not ours")
    #expect(
      edit(["x", "../repo/.llmos/config.yml"], try Self.facts())?.what.contains("is protected") == true)
    #expect(
      edit(["/w/repo/./src/../step.sh"], try Self.facts())?.what.contains("step.sh is protected") == true)
    #expect(edit([".git/config"], try Self.facts())?.what.contains("is protected") == true)
    #expect(edit(["/w/main/.git/x"], try Self.facts())?.what.contains("is protected") == true)
    #expect(edit(["k/a"], try Self.facts(protected: ["k/*"]))?.what.contains("is protected") == true)
    #expect(edit([], try Self.facts()) != nil)
    #expect(toolGate(.reads, try Self.facts("DEPLOYMENT", "VERIFY"), at: Self.place) == nil)
    #expect(toolGate(.unknown("x"), try Self.facts(), at: Self.place) != nil)
  }

  @Test func commitsFollowThePhase() throws {
    let facts = try Self.facts("FEATURE_DEVELOPMENT", "QA")
    for line in ["./step.sh x", "git commit -m x", "llmos-hook step -m x"] {
      #expect(
        toolGate(.shell(line), facts, at: Self.place)?.what
          == "FEATURE_DEVELOPMENT:QA does not allow commit_changes")
    }
    #expect(
      toolGate(.shell("git commit"), try Self.facts(), at: Self.place)?.remedy
        == "./step.sh \"what changed\"")
    let audit = try Self.facts("QUALITY_GATE", "VERDICT", role: "QUALITY_AUDITOR")
    #expect(toolGate(.shell("llmos-hook verdict PASS"), audit, at: Self.place) == nil)
  }

  /// A line that is nested on purpose ends in a refusal, and soon.
  @Test func nestingEnds() throws {
    let time = try ContinuousClock().measure {
      for line in [
        String(repeating: "sudo python ", count: 2000), String(repeating: "$(", count: 5000),
        String(repeating: "$(", count: 2000) + String(repeating: ")", count: 2000),
        String(repeating: "bash -c '", count: 100), String(repeating: "eval ", count: 500) + "git commit",
        "echo " + String(repeating: "a", count: 200_000), String(repeating: "(", count: 100_000),
        String(repeating: "find -exec ", count: 3000),
      ] { _ = toolGate(.shell(line), try Self.facts(), at: Self.place) }
    }
    #expect(time < .seconds(20), "\(time), unoptimised")
    #expect(
      toolGate(.shell(String(repeating: "sudo python ", count: 3000)), try Self.facts(), at: Self.place)
        != nil)
  }

  @Test func phasesThatEdit() {
    let editing = Catalog.canonical.scenarios.flatMap { scenario in
      scenario.phases.filter { $0.actions.contains(where: Action.edits) }.map {
        scenario.name + ":" + $0.name
      }
    }
    #expect(
      editing == [
        "PROJECT_BOOTSTRAP:INITIALIZATION", "PROJECT_BOOTSTRAP:REQUIREMENTS",
        "PROJECT_BOOTSTRAP:ARCHITECTURE",
        "PROJECT_BOOTSTRAP:SETUP", "FEATURE_DEVELOPMENT:BRIEF", "FEATURE_DEVELOPMENT:IMPACT_ANALYSIS",
        "FEATURE_DEVELOPMENT:DESIGN", "FEATURE_DEVELOPMENT:IMPLEMENTATION", "INCIDENT_RECOVERY:ROLLBACK",
        "QUALITY_GATE:VERDICT", "MAINTENANCE:UPDATE", "MAINTENANCE:DOCUMENTATION", "MAINTENANCE:CLEANUP",
      ])
  }
}
