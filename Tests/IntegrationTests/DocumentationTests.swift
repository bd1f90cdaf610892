import Foundation
import Testing

/// What the documents show is run, so that it stays true.
@Suite struct DocumentationTests {
  private static let documents = [
    "README.md", "SHORTCOMINGS.md", "docs/concepts.md", "docs/tutorial.md", "docs/teams.md",
    "docs/enforcement.md",
    "docs/threat-model.md", "docs/configuration.md", "docs/formats.md", "docs/rollback.md", "docs/agents.md",
    "docs/purging-a-secret.md", "docs/team-tutorial.md",
  ]

  private func text(_ document: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: Sandbox.package + "/" + document)), as: UTF8.self)
  }

  private func blocks(_ document: String) throws -> [String] {
    try text(document).matches(of: /```sh\n(.*?)```/.dotMatchesNewlines()).map { String($0.1) }
  }

  @Test func theTutorialRunsAsItStands() async throws {
    let s = try await Sandbox(git: false)
    let blocks = try blocks("docs/tutorial.md")
    #expect(blocks.count > 8)
    let outcome = try await s.sh("set -e\n" + blocks.joined(separator: "\n"))
    outcome.succeeds()
    for words in [
      "refused, as it should be", "refused: it is DEV's phase", "a violation", "refused: in quarantine",
    ] {
      #expect(outcome.out.contains(words), "\(outcome.all)")
    }
    #expect(outcome.out.contains("[DEV] FEATURE_DEVELOPMENT:IMPLEMENTATION Say how it was tested"))
    // It ends where one can go on.
    let status = try #require(
      outcome.out.range(of: "FEATURE_DEVELOPMENT:BRIEF  IN_PROGRESS", options: .backwards))
    let end = outcome.out[status.lowerBound...]
    #expect(end.contains("next     PM: docs/features/coupons/feature_brief.md"), "\(end)")
    #expect(!end.contains("freeze") && !end.contains("suspended") && !end.contains("quarantine"), "\(end)")
  }

  @Test(.mergesTrees) func theTeamTutorialRunsAsItStands() async throws {
    let s = try await Sandbox(git: false)
    let blocks = try blocks("docs/team-tutorial.md")
    #expect(blocks.count > 8)
    let outcome = try await s.sh("set -e\n" + blocks.joined(separator: "\n")).succeeds()
    for words in [
      "no ledger is here yet", "refused: nothing lands", "refused: the server has no ledger", "DERIVED",
    ] {
      #expect(outcome.out.contains(words), "\(outcome.all)")
    }
    try await s.llmos("verify", "--strict", "main", in: s.repository + "/team/shop.git").succeeds()
    try await s.llmos("doctor", in: s.repository + "/team/ann").succeeds()
  }

  @Test(.signsWithSSH) func theKeysOfTeamsRunAsTheyStand() async throws {
    let s = try await Sandbox.governed()
    let block = try blocks("docs/teams.md").first { $0.contains("llmos.signingKey") } ?? "exit 1"
    try await s.sh("set -e; mkdir -p ~/.ssh; ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519\n" + block)
      .succeeds()
    try await s.llmos("verify", "--strict").succeeds()
    try await s.git(
      "-c", "gpg.ssh.allowedSignersFile=.llmos/allowed_signers", "verify-commit", "refs/llmos/ledger/main"
    )
    .succeeds()
  }

  @Test func theServersBlocksRunAsTheyStand() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      "git init -q --bare -b main project.git; git remote add origin project.git; git push -q -u origin main; git push -q origin $(git commit-tree -p HEAD -m fix HEAD^{tree}):refs/pull/7/head"
    )
    .succeeds()
    for block in try blocks("docs/teams.md").filter({ !$0.contains("signingKey") }) {
      try await s.sh("set -e\n" + block).succeeds()
    }
  }

  /// The tree that README's `run` drives: what the transcript shows is what is printed, but the time.
  @Test func theReadmesRunPrintsWhatItShows() async throws {
    let s = try await Sandbox.governed()
    let text = try text("README.md")
    let configuration = text.firstMatch(of: /```yaml\n(agents:.*?)```/.dotMatchesNewlines())
    let transcript = text.firstMatch(of: /```\n(\$ llmos-hook set .*?)```/.dotMatchesNewlines())
    try s.write(".llmos/config.yml", String(try #require(configuration).1))
    try s.write("tools/agent", Self.writesWhatIsOwed, executable: true)
    try await s.sh("git add . && git commit -qm rules").succeeds()
    let lines = try #require(transcript).1.split(separator: "\n").map(String.init)
    let outcome = try await s.sh(
      "set -e\n" + lines.filter { $0.hasPrefix("$ ") }.map { $0.dropFirst(2) }.joined(separator: "\n"))
    outcome.succeeds()
    let shown = lines.filter { !$0.hasPrefix("$ ") }
    #expect(shown.count == 10)
    let untimed = outcome.all.replacing(/\(\d+:\d\d\)/, with: "(0:00)").split(separator: "\n").map(
      String.init)
    #expect(untimed.filter { shown.contains($0) } == shown, "\(outcome.all)")
    #expect(outcome.out.contains(#""phase":"VERIFY""#), "\(outcome.out)")
  }

  /// What a phase of the canonical scenarios asks its role for.
  private static let writesWhatIsOwed = """
    #!/bin/sh
    mkdir -p docs/features/login
    for name in feature_brief impact_analysis design qa_report release_notes; do
      printf '# %s\\n\\ntext\\n' "$name" >docs/features/login/$name.md
    done
    """

  /// README's other blocks, each as it stands, in a repository that has what it names.
  @Test(arguments: [
    ("rollback v1.2.0", "git tag v1.2.0; echo two >README; git commit -qam two"),
    ("./step.sh --amend", "git add step.sh llmos scripts; git commit -qm scripts; echo a >page"),
    ("LLMOS_ACTOR=OWNER", "echo a >page; git add page; export CURSOR_AGENT=1"),
    (
      "install --server",
      "git init -q --bare -b main project.git; git remote add origin project.git; git push -q -u origin main"
    ),
    ("llmos-hook uninstall", ":"),
  ])
  func theReadmesBlocksRunAsTheyStand(words: String, before: String) async throws {
    let s = try await Sandbox.governed()
    let block = try #require(try blocks("README.md").first { $0.contains(words) })
    try await s.sh("set -e\n\(before)\n\(block)").succeeds()
  }

  /// docs/day-to-day.md's blocks, one after the other.
  @Test func theDaysOfAnOwnerRunAsTheyStand() async throws {
    let s = try await Sandbox.governed()
    let all = try blocks("docs/day-to-day.md")
    try #require(all.count >= 6)
    let outcome = try await s.sh("set -e\n" + all.joined(separator: "\n")).succeeds()
    #expect(outcome.out.contains("SATISFIED") && outcome.out.contains("OVERRIDDEN"), "\(outcome.all)")
  }

  /// docs/teams.md's page for an agent's machine: the owner's, the machine's and the owner's last block.
  @Test func theMachineOfAnAgentRunsAsItStands() async throws {
    let s = try await Sandbox.governed()
    let all = try blocks("docs/teams.md").drop { !$0.contains("llmos-hook grant") }.prefix(3)
    try #require(all.count == 3)
    let machine = all[all.startIndex + 1].replacing(
      "https://git.example.com/project.git", with: "../project.git"
    )
    .replacing(/gh pr create.*/, with: "").replacing("~/agent-key", with: "\"$OLDPWD/agent-key\"")
    try await s.sh(
      """
      set -e
      git add .; git commit -qm scripts
      git init -q --bare -b main ../project.git; llmos-hook --quiet -C ../project.git install --server
      git -C ../project.git config llmos.strict true
      git remote add origin ../project.git; llmos-hook --quiet sync --push
      \(all[all.startIndex])
      """
    ).succeeds()
    try await s.sh(
      "set -e\n" + machine.replacing("&& cd project", with: "machine; cd machine; echo login >page")
    )
    .succeeds()
    try await s.sh(all[all.startIndex + 2]).succeeds()
    try await s.llmos("verify", "--strict", "agent/login", in: s.root + "/project.git").succeeds()
  }

  /// docs/rollback.md's way by hand, in a repository with edited, staged and untracked files.
  @Test func aBackupIsRestoredByHandAsIsWritten() async throws {
    let s = try await Sandbox.governed()
    let all = try blocks("docs/rollback.md")
    try #require(all.count == 4)
    try await s.sh(
      "mkdir path path/to; git tag v1.2.0; echo two >path/to/file; git add .; git commit -qm two"
    )
    .succeeds()
    try await s.sh("echo staged >path/to/file; git add .; echo edited >path/to/file; echo new >new")
      .succeeds()
    try await s.llmos("rollback", "v1.2.0", "--force").succeeds()
    let backup = try await s.git("for-each-ref", "--format=%(refname)", "refs/llmos/backup").out.trimmed
    let hand = all[2].replacing(/B=refs\S+/, with: "B=" + backup)
      .replacing("$B^3:path/to/file", with: "$B^3:new")
    let outcome = try await s.sh("set -e\nrm -f new\n" + hand + all[3])
    outcome.succeeds()
    #expect(outcome.out.contains("edited\nstaged\nnew\n"), "\(outcome.all)")
    #expect(try s.read("path/to/file") == "edited\n")
    #expect(try s.read("new") == "new\n")
    #expect(try await s.git("show", ":path/to/file").out == "staged\n")
  }

  private static let examples: [String] = {
    let path = Sandbox.package + "/docs/commands.md"
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    return text.matches(of: /```sh\n(.*?)\n```/).map { String($0.1) }
  }()

  /// A feature `login` at the end of RELEASE.
  private static let finishable = """
    git add -A; git commit -qm scripts; llmos-hook --quiet feature start login; cd ../*-login; mkdir -p docs/features/login
    printf '# login\\n\\nOne page.\\n' >docs/features/login/feature_brief.md
    for phase in 1 2 3 4 5 6; do llmos-hook --quiet next-phase --checkpoint; done; cd -
    """

  /// What an example of the command reference needs before it, by the words in it.
  private static let before: [(words: String, script: String)] = [
    (
      "serve-check",
      "git init -q --bare ../s.git; git remote add origin ../s.git; llmos-hook -C ../s.git install --server; llmos-hook sync; cd ../s.git"
    ),
    ("grant agent", "ssh-keygen -q -t ed25519 -N '' -f agent"),
    ("revoke agent", "llmos-hook grant agent/login --phase FEATURE_DEVELOPMENT:IMPLEMENTATION"),
    ("feature finish", finishable),
    (
      "run --once",
      """
      mkdir .llmos; echo 'agents: {DEV: "true"}' >.llmos/config.yml
      git add .llmos; git commit -qm rules
      """
    ),
    (
      "run --context",
      """
      mkdir .llmos
      echo 'actions: {check_readiness: "true", deploy_backend: "true", deploy_frontend: "true", run_smoke_tests: "true"}' >.llmos/config.yml
      git add .llmos; git commit -qm rules; llmos-hook set DEPLOYMENT
      """
    ),
    (
      "next-phase",
      "llmos-hook set FEATURE_DEVELOPMENT BRIEF --context feature_slug=x; mkdir -p docs/features/x; printf '# x\\nx\\n' >docs/features/x/feature_brief.md"
    ),
    ("event deploy-failure", "llmos-hook set DEPLOYMENT EXECUTE --context target_environment=dev"),
    (
      "verdict PASS",
      "llmos-hook set QUALITY_GATE VERDICT; mkdir -p docs; echo fine >docs/audit.md; export LLMOS_AGENT=QUALITY_AUDITOR"
    ),
    ("resume", "llmos-hook set INCIDENT_RECOVERY RESTORE; llmos-hook next-phase"),
    ("step -m", "mkdir src; echo page >src/page.html"),
    ("rollback v1.2.0", "git tag v1.2.0; echo two >README; git commit -qam two"),
    (
      "20251227T171852Z",
      """
      git tag v; echo two >README; git commit -qam two; llmos-hook rollback v
      git -c core.hooksPath=/dev/null update-ref refs/llmos/backup/20251227T171852Z "$(git for-each-ref --format='%(objectname)' refs/llmos/backup)"
      """
    ),
    (">scenarios/", "mkdir scenarios"),
    (
      "origin",
      "git init -q --bare -b main ../origin.git; git remote add origin ../origin.git; git push -q -u origin main"
    ),
    ("agent-hook", #"echo '{"tool_name":"Bash","tool_input":{"command":"ls"}}' >call.json"#),
    ("install --repo", "git init -q ~/src/project; llmos-hook install --repo ~/src/project"),
  ]

  @Test(.mergesTrees, arguments: examples) func theReferencesExampleRuns(example: String) async throws {
    let s = try await Sandbox.governed()
    let before = Self.before.first { example.contains($0.words) }?.script ?? ""
    try await s.sh("set -e\n\(before)\n\(example)").succeeds()
  }

  @Test func theReferenceHasAnExampleForEachCommand() {
    #expect(Self.examples.count >= 27)
  }

  /// The scenario file that docs/configuration.md shows is one, and docs/agents.md's call is answered.
  @Test func theScenarioAndTheCallOfTheDocumentsAreValid() async throws {
    let s = try await Sandbox.governed()
    let shown = try text("docs/configuration.md")
      .firstMatch(of: /```yaml\n(scenario: MAINTENANCE.*?)```/.dotMatchesNewlines())
    try s.write("scenarios/MAINTENANCE.yml", String(try #require(shown).1))
    try s.write("tools/update.sh", "#!/bin/sh\n", executable: true)
    // Before it is committed.
    #expect(
      try await s.llmos("scenarios", "validate").succeeds().out.contains("MAINTENANCE:UPDATE: allows commits")
    )
    try await s.sh("git add . && git commit -qm rules").succeeds()
    #expect(try await s.llmos("scenarios", "show", "MAINTENANCE").out.contains("tools/update.sh"))
    let calls = try blocks("docs/agents.md")
    let call = try #require(calls.first { $0.contains("agent-hook") })
    let outcome = try await s.sh(call)
    #expect(outcome.all.contains("step.sh"), "\(outcome.all)")
  }

  /// Every command and option that is written somewhere exists, and every link leads somewhere.
  @Test(arguments: documents) func whatIsWrittenExists(document: String) async throws {
    let s = try await Sandbox(git: false)
    let text = try text(document)
    var helps: [String: String] = [:]
    for match in text.matches(of: /llmos-hook (?:-C \S+ |--quiet )?([a-z][a-z-]+)((?: [^`\n|]*)?)/) {
      let command = String(match.1)
      if helps[command] == nil {
        let outcome = try await s.llmos("help", command)
        guard outcome.code == 0 else { continue }
        helps[command] = outcome.out
      }
      let rest = match.2.split(separator: "llmos-hook").first ?? ""
      for option in rest.matches(of: /(?:^| )(--[a-z][a-z-]+)/) where !match.2.contains("&&") {
        #expect(helps[command]?.contains(String(option.1)) == true, "\(document): \(match.0)")
      }
    }
    let directory = URL(filePath: Sandbox.package + "/" + document).deletingLastPathComponent()
    for match in text.matches(of: /\]\(([^)#:]+)\)/) {
      let path = directory.appending(path: String(match.1)).path
      #expect(FileManager.default.fileExists(atPath: path), "\(document): \(match.1)")
    }
  }
}
