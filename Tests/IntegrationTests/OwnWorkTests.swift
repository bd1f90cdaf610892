import Foundation
import Testing

/// Who made the newest commits gives no verdict about them, as far as the harness and the ledger tell.
@Suite struct OwnWorkTests {
  private static func send(_ s: Sandbox, _ command: String, session: String) async throws -> String {
    try await s.run(
      [Sandbox.binaries + "/llmos-hook", "agent-hook", "claude-code"],
      env: ["LLMOS_AGENT": "QUALITY_AUDITOR"],
      input:
        #"{"session_id":"\#(session)","cwd":"\#(s.repository)","hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"\#(command)"}}"#
    ).succeeds().out
  }

  private static func enterVerdict(_ s: Sandbox) async throws {
    try await s.llmos("set", "QUALITY_GATE").succeeds()
    try await s.llmos("next-phase").succeeds()
  }

  private static func step(_ s: Sandbox, _ text: String, session: String?) async throws {
    try s.write("file", text)
    try await s.llmos(
      "step", "-m", text, "file", env: ["LLMOS_AGENT": "DEV", "CLAUDE_CODE_SESSION_ID": session]
    ).succeeds()
  }

  @Test func theSessionOfTheNewestCommitsGivesNoVerdict() async throws {
    let s = try await Sandbox.governed()
    try await Self.step(s, "one", session: "maker")
    try await Self.step(s, "two", session: "other")
    try await Self.enterVerdict(s)
    let verdict = { (session: String) in
      try await s.llmos(
        "verdict", "PASS", env: ["LLMOS_AGENT": "QUALITY_AUDITOR", "CLAUDE_CODE_SESSION_ID": session])
    }
    for session in ["maker", "other"] {
      try await verdict(session).isRefused(
        1, "who made the work gives no verdict", "this session made the newest")
      #expect(
        try await Self.send(s, "llmos-hook verdict PASS", session: session).contains(
          "made the newest commits"))
    }
    for command in ["llmos-hook status", "grep -rn verdict docs", "echo verdict PASS"] {
      #expect(try await Self.send(s, command, session: "maker") == "", "\(command)")
    }
    #expect(try await Self.send(s, "llmos-hook verdict PASS", session: "auditor") == "")
    for role in ["DEV", "QA"] {
      try await s.llmos("verdict", "PASS", env: ["LLMOS_AGENT": role]).isRefused(1, "an agent cannot")
    }
    try await verdict("auditor").succeeds()
    #expect(try await !s.git("notes", "--ref=llmos", "show").out.contains("own_work"))
  }

  /// Where the harness tells its session only in its events, they tell who was about to commit.
  @Test func theHarnesssEventsTellTheSession() async throws {
    let s = try await Sandbox.governed()
    for (session, texts) in [("first", ["one"]), ("second", ["two", "three"])] {
      #expect(try await Self.step(s, session: session) == "")
      for text in texts { try await Self.step(s, text, session: nil) }
    }
    try await Self.enterVerdict(s)
    #expect(try await Self.send(s, "./llmos verdict PASS", session: "second").contains("gives no verdict"))
    #expect(try await Self.send(s, "./llmos verdict FAIL", session: "first").contains("gives no verdict"))
    #expect(try await Self.send(s, "./llmos verdict PASS", session: "third") == "")
  }

  private static func step(_ s: Sandbox, session: String) async throws -> String {
    try await s.run(
      [Sandbox.binaries + "/llmos-hook", "agent-hook", "claude-code"], env: ["LLMOS_AGENT": "DEV"],
      input:
        #"{"session_id":"\#(session)","cwd":"\#(s.repository)","hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"./step.sh text"}}"#
    ).succeeds().out
  }

  @Test func anOwnerJudgesHisOwnWorkAndTheRecordSaysSo() async throws {
    for (isOwn, email) in [(true, "author@example.com"), (false, "another@example.com")] {
      let s = try await Sandbox.governed()
      try s.write("file", "one")
      try await s.git("add", "file").succeeds()
      try await s.git("commit", "-qm", "mine").succeeds()
      try await Self.enterVerdict(s)
      try await s.llmos("verdict", "PASS", env: ["GIT_AUTHOR_EMAIL": email]).succeeds()
      let notes = try await s.git("notes", "--ref=llmos", "show").out
      #expect(notes.contains(#""own_work":true"#) == isOwn, "\(notes)")
      #expect(try await s.llmos("doctor").code == 0)
    }
    let s = try await Sandbox.governed()
    try await Self.step(s, "one", session: "maker")
    try await Self.enterVerdict(s)
    try await s.llmos("verdict", "PASS").succeeds()
    #expect(try await !s.git("notes", "--ref=llmos", "show").out.contains("own_work"), "an agent made it")
  }

  @Test func aLineForAStatusLine() async throws {
    let s = try await Sandbox.governed()
    let line = { try await s.llmos("status", "--line").succeeds().out }
    #expect(try await line() == "FEATURE_DEVELOPMENT:IMPLEMENTATION · DEV · commits\n")
    try await s.llmos("set", "INCIDENT_RECOVERY").succeeds()
    #expect(try await line() == "INCIDENT_RECOVERY:FREEZE · DEVOPS · no commits · frozen\n")
    try await s.sh("echo x >>SCENARIO_STATE.yml").succeeds()
    #expect(try await line().hasSuffix(" · state file differs\n"))
    #expect(try await s.llmos("status", "--line", "--quiet").succeeds().out == line())
    let none = try await s.llmos("status", "--line", in: s.root).succeeds()
    #expect(none.all == "", "a prompt can have it everywhere")
  }
}
