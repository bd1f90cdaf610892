import Foundation
import Testing

/// What an agent is told by its harness's events: when a session begins, on a prompt, at the end of a turn.
@Suite struct AgentSessionTests {
  /// Sends an event; `CWD` stands for the repository.
  private static func send(
    _ s: Sandbox, _ event: String, to harness: String = "claude-code", in directory: String? = nil,
    env: [String: String?] = [:]
  ) async throws -> String {
    let outcome = try await s.run(
      [Sandbox.binaries + "/llmos-hook", "agent-hook", harness], in: directory ?? "/", env: env,
      input: event.replacing("CWD", with: s.repository))
    #expect(outcome.err == "" && outcome.code == 0, "\(outcome.all)")
    return outcome.out
  }

  private static func context(_ answer: String) throws -> String {
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any], "\(answer)")
    let inner = try #require(object["hookSpecificOutput"] as? [String: Any])
    return try #require(inner["additionalContext"] as? String)
  }

  private static let start =
    #"{"session_id":"s","cwd":"CWD","hook_event_name":"SessionStart","source":"startup"}"#

  @Test func aSessionBeginsWithTheBrief() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "QA")
    let brief = try await s.llmos("brief").succeeds().out
    #expect(brief.contains("FEATURE_DEVELOPMENT:QA") && brief.contains("run_tests"))
    #expect(try Self.context(try await Self.send(s, Self.start)) + "\n" == brief)
    for event in [
      #"{"session_id":"s","cwd":"CWD","hook_event_name":"SessionStart","source":"compact"}"#,
      #"{"session_id":"s","cwd":"CWD","hook_event_name":"UserPromptSubmit","prompt":"go"}"#,
      #"{"session_id":"s","cwd":"CWD/docs","hook_event_name":"SubagentStart","agent_id":"a","agent_type":"Explore"}"#,
    ] {
      try await s.sh("mkdir -p docs").succeeds()
      #expect(try Self.context(try await Self.send(s, event)) + "\n" == brief, "\(event)")
    }
    let cursor = #"{"hook_event_name":"sessionStart","session_id":"s","workspace_roots":["/","CWD"]}"#
    #expect(
      try await Self.send(s, cursor, to: "cursor").contains(#"{"additional_context":"llmos-hook governs"#))
    #expect(
      try await Self.send(s, Self.start.replacing("CWD", with: s.root)) == "", "nothing is governed there")
    try await s.llmos("set", "MAINTENANCE", "UPDATE").succeeds()
    #expect(try Self.context(try await Self.send(s, Self.start)).contains("MAINTENANCE:UPDATE"))
    try await s.sh("echo x >>SCENARIO_STATE.yml").succeeds()
    #expect(
      try Self.context(try await Self.send(s, Self.start)).contains("\nFirst: SCENARIO_STATE.yml was edited"))
  }

  @Test func theRepositoryAddsToTheBrief() async throws {
    let s = try await Sandbox.governed()
    try s.write(".llmos/brief/FEATURE_DEVELOPMENT.IMPLEMENTATION.md", "Run make check first.\n")
    try s.write(".llmos/brief/FEATURE_DEVELOPMENT.QA.md", String(repeating: "é long ", count: 1000))
    #expect(try await !s.llmos("brief").succeeds().out.contains("make check"), "it is not committed")
    try await s.git("add", ".llmos").succeeds()
    try await s.git("commit", "-qm", "brief").succeeds()
    #expect(try await s.llmos("brief").succeeds().out.hasSuffix("\nRun make check first.\n"))
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "QA", "--reason", "a test").succeeds()
    #expect(try await s.llmos("brief").succeeds().out.unicodeScalars.count == 1200, "with the newline")
  }

  @Test func theEndOfATurnIsToldOnceWhatIsOwed() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "DESIGN")
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "BRIEF", "--context", "feature_slug=login").succeeds()
    let stop = { (session: String, isActive: Bool, role: String) in
      try await Self.send(
        s,
        #"{"session_id":"\#(session)","cwd":"CWD","hook_event_name":"Stop","stop_hook_active":\#(isActive)}"#,
        env: ["LLMOS_AGENT": role])
    }
    #expect(try await stop("a", true, "PM") == "", "it goes on already because of a hook")
    #expect(try await stop("a", false, "DEV") == "", "another role owes it")
    let told = try await stop("a", false, "PM")
    #expect(told.hasPrefix(#"{"decision":"block","reason":"llmos-hook: "#), "\(told)")
    #expect(told.contains("docs/features/login/feature_brief.md has no line of text"))
    #expect(try await stop("a", false, "PM") == "", "once")
    #expect(try await stop("b c\\n", false, "PM").contains("block"), "another session")
    #expect(try await stop("b c\\n", false, "PM") == "")
    try s.write("docs/features/login/feature_brief.md", "# Login\n\nA page.\n")
    #expect(try await stop("c", false, "PM") == "", "nothing is owed")
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "BRIEF").succeeds()
    #expect(try await stop("d", false, "PM") == "", "the owner owes the slug")
    let cursors =
      #"{"hook_event_name":"stop","conversation_id":"e","workspace_roots":["CWD"],"status":"completed","loop_count":LOOP}"#
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "BRIEF", "--context", "feature_slug=other").succeeds()
    #expect(try await Self.send(s, cursors.replacing("LOOP", with: "1"), to: "cursor") == "{}\n")
    #expect(
      try await Self.send(s, cursors.replacing("LOOP", with: "0"), to: "cursor").contains(
        #""followup_message":"#))
    // Where nobody can remember it, nobody is told: it could be for ever.
    try await s.sh("rm .git/llmos/agent-sessions && mkdir .git/llmos/agent-sessions").succeeds()
    #expect(try await stop("f", false, "PM") == "")
  }

  @Test func aSubagentHasTheRoleOfItsName() async throws {
    let s = try await Sandbox.governed()
    try s.write(".llmos/config.yml", "agent_policy:\n  names:\n    reviewer: QA\n    coder: DEV\n")
    try await s.git("add", ".llmos").succeeds()
    try await s.git("commit", "-qm", "names").succeeds()
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test").succeeds()
    let edit = { (name: String?, role: String?) in
      let agent = name.map { #""agent_id":"a","agent_type":"\#($0)","# } ?? ""
      return try await Self.send(
        s,
        #"{"session_id":"s","cwd":"CWD",\#(agent)"hook_event_name":"PreToolUse","tool_name":"Edit","tool_input":{"file_path":"CWD/README"}}"#,
        env: ["LLMOS_AGENT": role])
    }
    #expect(try await edit(nil, nil) == "")
    for name in ["Explore", "dev", "DEV", "coder"] { #expect(try await edit(name, nil) == "", "\(name)") }
    for name in ["qa", "reviewer", "quality-auditor"] {
      #expect(try await edit(name, nil).contains("is DEV's phase, not "), "\(name)")
    }
    #expect(try await edit("coder", "QA") == "")
    let begins =
      #"{"session_id":"s","cwd":"CWD","hook_event_name":"SubagentStart","agent_id":"a","agent_type":"reviewer"}"#
    #expect(try Self.context(try await Self.send(s, begins)).contains("yours is QA, so you may only read"))
    try s.write(".llmos/config.yml", "agent_policy:\n  nmes:\n    reviewer: QA\n")
    try await s.git("commit", "-qam", "misspelt").succeeds()
    #expect(try await edit("qa", nil).contains("unknown key: agent_policy.nmes"))
  }

  @Test func theDirectoryComesFromWhereverTheHarnessPutsIt() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "QA")
    try await s.sh("mkdir -p lib").succeeds()
    for (harness, event) in [
      (
        "cursor",
        #"{"hook_event_name":"preToolUse","cwd":"","workspace_roots":["CWD"],"tool_name":"Shell","tool_input":{"command":"git commit"}}"#
      ),
      (
        "cursor",
        #"{"hook_event_name":"preToolUse","workspace_roots":["/","CWD"],"tool_name":"Shell","tool_input":{"command":"git commit"}}"#
      ),
      (
        "cursor",
        #"{"hook_event_name":"preToolUse","workspace_roots":["/"],"tool_name":"Shell","tool_input":{"command":"git commit","working_directory":"CWD/lib"}}"#
      ),
      (
        "gemini",
        #"{"hook_event_name":"BeforeTool","cwd":"CWD","tool_name":"run_shell_command","tool_input":{"command":"git commit","dir_path":"lib"}}"#
      ),
      (
        "copilot",
        #"{"hook_event_name":"PreToolUse","tool_name":"create_file","tool_input":{"filePath":"CWD/a.txt","content":""}}"#
      ),
      (
        "copilot",
        #"{"hook_event_name":"PreToolUse","tool_name":"create_file","tool_input":{"filePath":"file://CWD/a.txt","content":""}}"#
      ),
    ] {
      #expect(try await Self.send(s, event, to: harness).contains("deny"), "\(event)")
    }
    let silent =
      #"{"hook_event_name":"preToolUse","tool_name":"Shell","tool_input":{"command":"git commit"}}"#
    #expect(try await Self.send(s, silent, to: "cursor") == "{}\n")
    #expect(
      try await Self.send(s, silent, to: "cursor", env: ["CURSOR_PROJECT_DIR": s.repository]).contains("deny")
    )
  }

  @Test func whatIsNotUnderstoodStandsInABoundedLog() async throws {
    let s = try await Sandbox.governed()
    let call =
      #"{"cwd":"CWD","hook_event_name":"PreToolUse","tool_name":"Teleport\nHome","tool_input":{"secret":"word"}}"#
    #expect(try await Self.send(s, call).contains("no rule for Teleport"))
    let line = try s.read(".git/llmos/agent-hook.log").trimmed
    #expect(line.hasSuffix(" claude-code PreToolUse Teleport Home no rule for Teleport Home"), "\(line)")
    try s.write(".git/llmos/agent-hook.log", String(repeating: "old line\n", count: 10_000))
    #expect(try await Self.send(s, call).contains("deny"))
    let log = try s.read(".git/llmos/agent-hook.log")
    #expect(log.utf8.count < 64 << 10 && log.hasPrefix("old line\n") && log.contains("Teleport Home"))
    try await s.sh("rm .git/llmos/agent-hook.log && mkdir .git/llmos/agent-hook.log").succeeds()
    #expect(try await Self.send(s, call).contains("deny"), "without a log it answers all the same")
    for event in ["PostToolUse", "PreCompact", "SubagentStop", "NeverHeardOf"] {
      let text = #"{"cwd":"CWD","hook_event_name":"\#(event)","tool_name":"Teleport","tool_response":{}}"#
      #expect(try await Self.send(s, text) == "", "\(event)")
    }
  }

  @Test func childrenOfARunHaveTheBrief() async throws {
    let s = try await Sandbox.governed()
    try s.write(
      ".llmos/config.yml",
      "agents:\n  DEV: 'printf %s \"$LLMOS_BRIEF\" >brief.txt'\nactions:\n  run_tests: 'test -n \"$LLMOS_BRIEF\"'\n"
    )
    try await s.git("add", ".llmos").succeeds()
    try await s.git("commit", "-qm", "agents").succeeds()
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test").succeeds()
    let brief = try await s.llmos("brief", env: ["LLMOS_AGENT": "DEV"]).succeeds().out.trimmed
    _ = try await s.llmos("run", "--once")
    #expect(try s.read("brief.txt") == brief)
  }
}
