import Core
import Shell
import Testing

@testable import ToolGate

@Suite struct ToolCallTests {
  private static var place: ToolPlace {
    var facts = WorktreeFacts()
    facts.isScript = { $0 == "scripts/deploy.sh" }
    return ToolPlace(
      root: "/w/repo", directory: "/w/repo", gitDirectories: ["/w/repo/.git", "/w/main/.git"], facts: facts)
  }

  private static func refusal(_ call: ToolCall, _ facts: Snapshot) -> Refusal? {
    toolGate(call, facts, at: place).refusal
  }

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
    "git -c hook.pre-commit.enabled=false commit -m x", "git config hook.reference-transaction.enabled false",
    "git config --unset hook.commit-msg.enabled", "GIT_CONFIG_KEY_0=hook.pre-commit.enabled git status",
    "GIT_CONFIG_PARAMETERS=\"'hook.pre-commit.enabled=false'\" git status",
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
    "perl -pi -e s/a/b/ step.sh", "echo 'not ended", "echo \"", "echo $(", "echo `",
    "apply_patch <<'E'\n*** Begin Patch\n*** Update File: step.sh\n*** End Patch\nE",
    "echo x > docs/secret/a",
  ]

  @Test(arguments: refusedLines)
  func refused(line: String) throws {
    let refusal = Self.refusal(.shell(line), try Self.facts(protected: ["docs/secret/"]))
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
    #expect(Self.refusal(.shell(line), try Self.facts()) == nil, "\(line)")
  }

  @Test func editsFollowThePhase() throws {
    let edit = { (paths: [String], facts: Snapshot) in Self.refusal(.edits(paths), facts) }
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
    #expect(Self.refusal(.reads, try Self.facts("DEPLOYMENT", "VERIFY")) == nil)
    #expect(Self.refusal(.unknown("x"), try Self.facts()) != nil)
  }

  @Test func commitsFollowThePhase() throws {
    let facts = try Self.facts("FEATURE_DEVELOPMENT", "QA")
    for line in ["./step.sh x", "git commit -m x", "llmos-hook step -m x"] {
      #expect(
        Self.refusal(.shell(line), facts)?.what
          == "FEATURE_DEVELOPMENT:QA does not allow commit_changes")
    }
    #expect(
      Self.refusal(.shell("git commit"), try Self.facts())?.remedy
        == "./step.sh \"what changed\"")
    let audit = try Self.facts("QUALITY_GATE", "VERDICT", role: "QUALITY_AUDITOR")
    #expect(Self.refusal(.shell("llmos-hook verdict PASS"), audit) == nil)
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
      ] { _ = Self.refusal(.shell(line), try Self.facts()) }
    }
    #expect(time < .seconds(20), "\(time), unoptimised")
    #expect(
      Self.refusal(.shell(String(repeating: "sudo nice ", count: 3000)), try Self.facts())
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

  /// `commits.paths` is told at the edit, and what git ignores is free; in the editor and the shell alike.
  @Test func pathsAreToldAtTheEdit() throws {
    var facts = try Self.facts()
    facts.record.paths = ["src/*", "docs/"]
    var place = Self.place
    place.facts.isIgnored = { $0 == "dist" || $0.hasPrefix("dist/") || $0 == StatePath.name }
    let what = { (call: ToolCall, facts: Snapshot) in toolGate(call, facts, at: place).refusal?.what }
    for path in ["src/a", "docs", "docs/b/c", "dist/x", "/tmp/x", "src"] {
      #expect(what(.edits([path]), facts) == nil, "\(path)")
      #expect(what(.shell("echo x > \(path)"), facts) == nil, "\(path)")
    }
    for path in ["infra/a", "README", "src2/a", "src/../b"] {
      let expected = "FEATURE_DEVELOPMENT:IMPLEMENTATION does not allow a commit to change "
      #expect(what(.edits([path]), facts)?.hasPrefix(expected) == true, "\(path)")
      #expect(what(.shell("sed -i s/a/b/ \(path)"), facts)?.hasPrefix(expected) == true, "\(path)")
    }
    // The owner's word for the next commit.
    facts.record.override = "1234"
    facts.head = "1234"
    #expect(what(.edits(["infra/a"]), facts) == nil)
    let inQA = try Self.facts("FEATURE_DEVELOPMENT", "QA")
    #expect(what(.edits(["dist/a"]), inQA) == nil && what(.edits(["src/a"]), inQA) != nil)
    #expect(what(.edits([StatePath.name]), inQA)?.contains("is protected") == true, "ignored, and protected")
  }

  @Test func aSymlinkIsWhatItLeadsTo() throws {
    var place = Self.place
    place.facts.real = { path in
      [
        "/w/repo/link": "/w/repo/step.sh", "/tmp/in": "/w/repo/src/a", "/w/repo/out": "/etc",
        "/w/repo/out/x": "/etc/x",
      ][
        path] ?? path
    }
    let facts = try Self.facts("FEATURE_DEVELOPMENT", "QA")
    for call in [
      ToolCall.edits(["link"]), .shell("echo x > link"), .edits(["/tmp/in"]), .shell("tee /tmp/in"),
    ] {
      #expect(toolGate(call, facts, at: place).refusal != nil, "\(call)")
    }
    #expect(toolGate(.edits(["out/x"]), facts, at: place).refusal == nil, "not ours")
    #expect(toolGate(.shell("rm out"), facts, at: place).refusal != nil, "the link is")
  }

  @Test func whatWouldBeLost() throws {
    var place = Self.place
    place.facts.kind = { $0.hasSuffix("/main") ? nil : .file }
    let losses = { (line: String) in toolGate(.shell(line), try Self.facts(), at: place).losses }
    #expect(try losses("git reset --hard && git clean -fd") == [.changes, .untracked])
    #expect(try losses("cd src; git checkout -- a b") == [.paths(["/w/repo/src/a", "/w/repo/src/b"])])
    #expect(
      try losses("git restore --staged a; git stash drop 2; git stash clear") == [
        .stashes([2]), .stashes([]),
      ])
    #expect(try losses("git -C /elsewhere reset --hard; git reset --soft HEAD") == [])
    #expect(try losses("rm -r src") == [.paths(["/w/repo/src"])])
    #expect(try losses("git checkout -f main; git switch -c x") == [.changes])
  }

  @Test func whatIsPushed() throws {
    var place = Self.place
    place.facts.branch = { "topic" }
    place.facts.defaultBranch = { $0 == "other" ? "topic" : "main" }
    let what = { (line: String, policy: PushPolicy) in
      var facts = try Self.facts()
      facts.record.push = policy
      return toolGate(.shell(line), facts, at: place).refusal?.what
    }
    for line in [
      "git push", "git push -u origin topic", "git push origin HEAD", "git push origin HEAD:topic",
      "git push origin topic:refs/heads/topic", "git push --dry-run -f origin main",
      "git push -o ci.skip origin topic",
      "git push origin \"$(git branch --show-current)\"", "llmos-hook sync --push", "gh pr create --fill",
    ] { #expect(try what(line, .feature) == nil, "\(line)") }
    for line in [
      "git push origin main", "git push origin HEAD:main", "git push other topic", "git push -f",
      "git push origin +topic",
      "git push origin :topic", "git push --delete origin topic", "git push --mirror", "git push --all",
      "git push --tags",
      "git push origin v1", "git push origin topic:else", "git push --force-with-lease=topic origin topic",
      "gh pr merge 1",
      "git push -uf origin topic",
    ] {
      #expect(try what(line, .feature) != nil, "\(line)")
      #expect(try what(line, .never) != nil, "\(line)")
      #expect(try what(line, .any) == nil, "\(line)")
    }
    #expect(try what("git push origin topic", .never) == "an agent cannot push")
    // Where nobody knows the default branch, its usual names are kept free.
    place.facts.defaultBranch = { _ in nil }
    place.facts.branch = { "main" }
    #expect(try what("git push", .feature) == "an agent cannot push to main")
  }
}
