import Foundation
import Testing

@Suite struct CommandTests {
  @Test func statusForPeopleAndForPrograms() async throws {
    let s = try await Sandbox.governed()
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "--context", "feature_slug=login").succeeds()
    #expect(
      try await s.llmos("status").out == """
        FEATURE_DEVELOPMENT:BRIEF  IN_PROGRESS
          ▶ BRIEF → IMPACT_ANALYSIS → DESIGN → IMPLEMENTATION → QA → RELEASE
          role     PM
          allowed  create_feature_brief
          commits  no
          context  feature_slug=login
          next     PM: docs/features/login/feature_brief.md has no line of text below its heading; then the owner: llmos-hook next-phase, or ./llmos run

        """)
    let json = try await s.llmos("status", "--json").succeeds()
    let object = try #require(JSONSerialization.jsonObject(with: Data(json.out.utf8)) as? [String: Any])
    #expect(object["schema"] as? Int == 1)
    #expect(object["may_commit"] as? Bool == false)
    #expect((object["context"] as? [String: Any])?["feature_slug"] as? String == "login")
    #expect(json.err == "")
    #expect(try await s.llmos("status", "--color=always").out.contains("\u{1B}["))
    #expect(try await s.llmos("--color=always", "status", env: ["NO_COLOR": "1"]).out.contains("\u{1B}["))
  }

  /// A result that nobody gets is no success, and every object says which form it has.
  @Test func resultsAreWholeOrAnError() async throws {
    let s = try await Sandbox.governed()
    for command in ["status", "status --json", "log", "graph", "scenarios", "verify --json", "doctor"] {
      try await s.sh("llmos-hook \(command) >/dev/full").isRefused(74, "cannot write to stdout")
    }
    #expect(try await s.llmos("scenarios", "show", "ROLLBACK", "--json").out.hasPrefix(#"{"schema":1,"#))
  }

  @Test func anOwnersPendingWordIsShown() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "QA")
    try await s.llmos("allow", "--once", "--reason", "r").succeeds()
    #expect(try await s.llmos("status").out.contains("commits  yes, the next commit only"))
    try await s.llmos("check", "commit_changes").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "x").succeeds()
    #expect(try await s.llmos("status").out.contains("commits  no"))
    try await s.llmos("check", "commit_changes").isRefused(
      1, "FEATURE_DEVELOPMENT:QA does not allow commit_changes")
  }

  @Test func withoutGitEachCommandSaysSo() async throws {
    let s = try await Sandbox.governed()
    for command in [
      ["verify"], ["allow", "--commits", "HEAD", "--reason", "x"], ["next-phase", "--checkpoint"],
    ] {
      try await s.run([Sandbox.binaries + "/llmos-hook"] + command, env: ["PATH": s.root])
        .isRefused(69, "git cannot be started")
    }
  }

  @Test func directoriesAsGitTakesThem() async throws {
    let s = try await Sandbox.governed()
    for words in [
      ["-C", s.repository, "status"], ["status", "-C", s.repository],
      ["-C", s.root, "-C", "repo sitory", "status"],
    ] {
      #expect(try await s.run([Sandbox.binaries + "/llmos-hook"] + words, in: "/").code == 0, "\(words)")
    }
    try await s.llmos("-C", "/nowhere", "status").isRefused(66, "cannot change to /nowhere")
    // A place as status shows it.
    try await s.llmos("set", "FEATURE_DEVELOPMENT:QA").succeeds()
    #expect(try await s.place() == "FEATURE_DEVELOPMENT:QA")
  }

  private static let commandLines: [([String], Int32)] = [
    (["--version"], 0), (["--help"], 0), (["set", "--help"], 0), (["nonsense"], 64), (["set"], 64),
    (["set", "NOWHERE"], 64), (["set", "DEPLOYMENT", "QA"], 64), (["status", "--wrong"], 64), (["hook"], 64),
    (["hook", "post-commit"], 64), (["set", "MAINTENANCE", "--context", "x"], 64),
    (["set", "MAINTENANCE", "--context", "x=../../etc"], 64),
    (["set", "MAINTENANCE", "--context", "x=-rf"], 64),
    (["set", "MAINTENANCE", "--context", "x=a\nb"], 64), (["check", "run_tests"], 0),
    (["check", "deploy_backend"], 1),
    (["check", "commit_changes"], 0), (["check", "update_code", "--role", "QA"], 1),
    (["check", "nonsense"], 64),
  ]

  @Test(arguments: commandLines)
  func exitCodes(words: [String], code: Int32) async throws {
    let s = try await Sandbox.governed()
    let outcome = try await s.run([Sandbox.binaries + "/llmos-hook"] + words)
    #expect(outcome.code == code, "\(outcome.all)")
    if code == 0 && words.first != "check" { #expect(outcome.err == "") }
    if code != 0 { #expect(outcome.out == "" && outcome.err != "") }
  }

  @Test func checkAnswersPrograms() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "QA")
    let outcome = try await s.llmos("check", "commit_changes", "--json")
    #expect(outcome.code == 1)
    let object = try #require(JSONSerialization.jsonObject(with: Data(outcome.out.utf8)) as? [String: Any])
    #expect(object["allowed"] as? Bool == false)
    #expect(outcome.err.contains("FEATURE_DEVELOPMENT:QA does not allow commit_changes"))
    try await s.llmos("check", "run_tests", "--path", "step.sh", env: ["LLMOS_AGENT": "QA"]).isRefused(
      1, "step.sh is protected")
  }

  @Test func theLedgerSaysWhoAndWhy() async throws {
    let s = try await Sandbox.governed()
    try await s.llmos(
      "set", "MAINTENANCE", "--reason", "spring \"cleaning\"", env: ["AI_AGENT": "x", "LLMOS_ACTOR": "OWNER"]
    ).succeeds()
    let entry = try await s.git("show", "refs/llmos/ledger/main:entry.json").out
    let head = try await s.head()
    let object = try #require(JSONSerialization.jsonObject(with: Data(entry.utf8)) as? [String: Any])
    #expect(object["reason"] as? String == "spring \"cleaning\"")
    #expect(object["actor"] as? String == "OWNER")
    #expect(object["claimed"] as? String == "LLMOS_ACTOR=OWNER")
    #expect(object["detected"] as? String == "AI_AGENT")
    #expect(object["head"] as? String == head)
    #expect(object["branch"] as? String == "refs/heads/main")
    // Names it as text: a ledger keeps no code alive.
    let chain = try await s.git("rev-list", "--count", "refs/llmos/ledger/main").out.trimmed
    #expect(Int(chain) == object["seq"] as? Int)
    #expect(try await s.git("show", "refs/llmos/ledger/main:gate").out.contains("\nhead \(head)\n"))
    #expect(
      try await s.git("show", "refs/llmos/ledger/main:SCENARIO_STATE.yml").out == s.read("SCENARIO_STATE.yml")
    )
  }

  @Test func theScriptsOfTheRepository() async throws {
    let s = try await Sandbox.governed()
    try await s.sh("./scripts/scenario_engine.sh set FEATURE_DEVELOPMENT IMPACT_ANALYSIS --reason test")
      .succeeds()
    try await s.sh("./scripts/scenario_engine.sh next-phase").succeeds()
    let status = try await s.llmos("status").out
    #expect(try await s.sh("./llmos status").out == status)
    #expect(try await s.sh("../repo*/llmos", in: s.root + "/home").out == status, "from anywhere")
    #expect(try await s.sh("./scripts/scenario_engine.sh status").out == status)
    #expect(status.hasPrefix("FEATURE_DEVELOPMENT:DESIGN"))
    #expect(try await s.sh("./scripts/scenario_engine.sh nonsense").code == 64)
  }
}
