import Foundation
import Testing

@Suite struct MessageTests {
  private let trailers = "Scenario: FEATURE_DEVELOPMENT/IMPLEMENTATION"
  private let pair = "Scenario: FEATURE_DEVELOPMENT/IMPLEMENTATION\nAgent: DEV"

  /// The hook's result against git's own interpret-trailers, for messages of every shape.
  @Test(arguments: [
    "one", "one\n\nbody", "one\n\nbody\n\nSigned-off-by: A <a@b>", "one\n\nSigned-off-by: A <a@b>\nmore: x",
    "fix: only a title", "a: b\nc: d", "one\n\nbody: not\na trailer block at all\nreally not",
    "one\n\nbody\n---\nafter", "one\n\n\n\n", "one\n\nReviewed-by: x\n  continued\nScenario: OLD/PHASE",
    "one\n\nAgent: PM\nScenario: A/B", "one\r\n\r\nbody\r\n", "ж\n\nтело\n\nfoo: бар", "one\n\nhttp://x: y",
    "one\n\n(cherry picked from commit 0123)\n", "one\n\nx\n\nFixes #1: y\nBug: 2",
    "one\n\nScenario: a user logs in", "one\n\nAgent: Smith\nAgent: Jones",
    "one\n\nScenario: a/b\nAgent: Smith J", "one\n\nScenario: a/b\n", "one\n\nScenario: OLD/PHASE",
  ])
  func isWhatGitWouldWrite(message: String) async throws {
    let s = try await Sandbox.governed()
    // git ends every message with a line feed before it asks the hook.
    let message = message.hasSuffix("\n") ? message : message + "\n"
    try s.write("../ours", message)
    try s.write("../gits", message)
    try await s.sh(
      "git interpret-trailers --in-place --no-divider --where end --if-exists add --trailer 'Scenario: FEATURE_DEVELOPMENT/IMPLEMENTATION' ../gits"
    ).succeeds()
    try await s.sh(".git/hooks/commit-msg ../ours").succeeds()
    #expect(try s.read("../ours").trimmed == s.read("../gits").trimmed)
    // Once more changes nothing.
    let once = try s.read("../ours")
    try await s.sh(".git/hooks/commit-msg ../ours").succeeds()
    #expect(try s.read("../ours").trimmed == once.trimmed)
  }

  /// `Agent:` is in an agent's commits alone, whoever's phase it is; the engine is none.
  @Test func onlyAnAgentsCommitNamesAnAgent() async throws {
    let s = try await Sandbox.governed()
    try await s.git("commit", "-q", "--allow-empty", "-m", "a person's").succeeds()
    #expect(try await s.head("%B") == "a person's\n\n\(trailers)")
    try s.write("a", "1")
    try await s.sh("./step.sh 'an agent' a", env: ["LLMOS_AGENT": "DEV"]).succeeds()
    #expect(try await s.head("%B").hasSuffix("an agent\n\n\(pair)"))
    // An agent whose harness names no role has the phase's.
    try s.write("a", "2")
    try await s.sh("./step.sh another a", env: ["AI_AGENT": "x"]).succeeds()
    #expect(try await s.head("%B").hasSuffix("another\n\n\(pair)"))
    // Whoever amends it has made it.
    try await s.git("commit", "-q", "--amend", "-m", "mine\n\n\(pair)").succeeds()
    #expect(try await s.head("%B") == "mine\n\n\(trailers)")
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "DESIGN").succeeds()
    try s.write("docs/d.md", "d")
    try await s.llmos("next-phase", "--checkpoint").succeeds()
    #expect(
      try await s.head("%B")
        == "[ARCHITECT] FEATURE_DEVELOPMENT:DESIGN complete\n\nScenario: FEATURE_DEVELOPMENT/DESIGN")
  }

  @Test(arguments: ["none", "agents"])
  func trailersCanBeOff(setting: String) async throws {
    let s = try await Sandbox.governed()
    try s.write(".llmos/config.yml", "commits: {trailers: \(setting)}\n")
    try await s.sh("git add .llmos; git commit -qm rules; llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION")
      .succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "mine").succeeds()
    #expect(try await s.head("%B") == "mine")
    // Ours from before go.
    try await s.git("commit", "-q", "--allow-empty", "--amend", "-m", "mine\n\n\(trailers)").succeeds()
    #expect(try await s.head("%B") == "mine")
    try s.write("a", "1")
    try await s.sh("./step.sh step a", env: ["LLMOS_AGENT": "DEV"]).succeeds()
    let step = "[DEV] FEATURE_DEVELOPMENT:IMPLEMENTATION step"
    #expect(try await s.head("%B") == (setting == "agents" ? "\(step)\n\n\(pair)" : step))
    try await s.llmos("set", "MAINTENANCE", "UPDATE").succeeds()
    try s.write("b", "1")
    try await s.llmos("next-phase", "--checkpoint").succeeds()
    #expect(try await s.head("%B") == "[DEV] MAINTENANCE:UPDATE complete")
    try await s.llmos("rollback", "HEAD~1", "--force").succeeds()
    #expect(!(try await s.head("%B").contains("Scenario:")))
  }

  /// git keeps these lines, so the trailers come behind them.
  @Test func linesThatLookLikeOursOrLikeCommentsStay() async throws {
    let s = try await Sandbox.governed()
    for text in ["Scenario: a user logs in", "agent: Smith", "#12 is done\nFixes: #12"] {
      try await s.git("commit", "-q", "--allow-empty", "-m", "subject", "-m", text).succeeds()
      let message = try await s.head("%B")
      #expect(message.hasPrefix("subject\n\n\(text)\n") && message.hasSuffix("\n\(trailers)"), "\(message)")
      try await s.git("commit", "-q", "--allow-empty", "--amend", "--no-edit").succeeds()
      #expect(try await s.head("%B") == message)
    }
  }

  @Test func amendAndRebaseDoNotDouble() async throws {
    let s = try await Sandbox.governed()
    try await s.sh("echo 0 >e; git add e; git commit -qm one").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "--amend", "--no-edit").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "--amend", "-m", "two\n\n\(trailers)").succeeds()
    #expect(try await s.head("%B") == "two\n\n\(trailers)")
    try await s.sh(
      "echo 1 >f; git add f; git commit -qm f; GIT_SEQUENCE_EDITOR='sed -i s/^pick/reword/' git rebase -q -i HEAD~2"
    )
    .succeeds()
    #expect(try await s.head("%B") == "f\n\n\(trailers)")
    try await s.sh("GIT_SEQUENCE_EDITOR='sed -i 2s/^pick/squash/' git rebase -q -i HEAD~2").succeeds()
    #expect(try await s.head("%B") == "two\n\nf\n\n\(trailers)")
    // A line of dashes ends nothing here.
    try await s.git("commit", "-q", "--amend", "-m", "s", "-m", "a\n---\nb").succeeds()
    try await s.git("commit", "-q", "--amend", "--no-edit").succeeds()
    #expect(try await s.head("%B") == "s\n\na\n---\nb\n\n\(trailers)")
  }

  @Test func commentsAndScissorsStayOut() async throws {
    let s = try await Sandbox.governed()
    let editor: [String: String?] = ["GIT_EDITOR": "sed -i '1s/^/edited/'"]
    for options in ["", "-v", "--cleanup=scissors"] {
      try await s.sh("echo \(options)x >>README; git add README; git commit -q \(options)", env: editor)
        .succeeds()
      #expect(try await s.head("%B") == "edited\n\n\(trailers)")
    }
  }

  @Test func anAbandonedMessageStaysAbandoned() async throws {
    let s = try await Sandbox.governed()
    let before = try await s.head()
    let abandoned = try await s.git("commit", "--allow-empty")
    #expect(
      abandoned.code == 1 && abandoned.err == "Aborting commit due to empty commit message.\n",
      "\(abandoned.code) \(abandoned.all)")
    try s.write("../template", "Summary:\n\nWhy:\n")
    try await s.git("config", "commit.template", "../template").succeeds()
    #expect(try await s.git("commit", "--allow-empty").err.contains("did not edit the message"))
    #expect(try await s.head() == before)
    try await s.sh("GIT_EDITOR='sed -i 1s/$/x/' git commit -q --allow-empty").succeeds()
    #expect(try await s.head("%(trailers:key=Scenario,valueonly)") == "FEATURE_DEVELOPMENT/IMPLEMENTATION")
  }

  /// `commits.message` looks at what git will keep: no comment, no patch of `commit -v`.
  @Test func theRuleForMessagesIsHeldToWhatIsKept() async throws {
    let s = try await Sandbox.governed()
    try s.write(".llmos/config.yml", "commits: {message: '[A-Z]+-[0-9]+'}\n")
    try await s.sh("git checkout -q -b ABC-12; git add .llmos; git commit -qm rules").succeeds()
    try s.write("a", "XYZ-3\n")
    try await s.git("add", "a").succeeds()
    let editor: [String: String?] = ["GIT_EDITOR": "sed -i '1s/^/edited/'"]
    try await s.git("commit", "-q", env: editor).isRefused(1, "does not match commits.message")
    try await s.git("commit", "-qv", env: editor).isRefused(1, "does not match commits.message")
    try await s.sh("ln -sf ../../message .git/COMMIT_EDITMSG").succeeds()
    try await s.git("commit", "-qm", "x").isRefused(1, "cannot be read", "rm .git/COMMIT_EDITMSG")
    try await s.sh("rm .git/COMMIT_EDITMSG; git commit -qm 'ABC-12 a'").succeeds()
  }
}
