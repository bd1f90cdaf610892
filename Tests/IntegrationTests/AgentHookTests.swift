import Foundation
import Testing

/// What each harness sends before a tool call, as its documentation shows it (docs/agents.md), and the answer
/// that it takes. `CWD` stands for the repository.
@Suite struct AgentHookTests {
  private static let claude = """
    {"session_id":"abc","transcript_path":"/t.jsonl","cwd":"CWD","permission_mode":"default",
    "hook_event_name":"PreToolUse","tool_use_id":"toolu_1",TOOL}
    """
  private static let codex = """
    {"session_id":"0199","turn_id":"t","transcript_path":null,"cwd":"CWD","hook_event_name":"PreToolUse",
    "model":"gpt","permission_mode":"default","tool_use_id":"call-1",TOOL}
    """
  private static let gemini = """
    {"session_id":"s","transcript_path":"/t.json","cwd":"CWD","hook_event_name":"BeforeTool",
    "timestamp":"2026-01-01T00:00:00Z",TOOL}
    """
  private static let cursor = """
    {"conversation_id":"c","generation_id":"g","hook_event_name":"preToolUse","workspace_roots":["CWD"],
    "cursor_version":"2.0",TOOL}
    """
  private static let copilot = #"{"timestamp":1704614600000,"cwd":"CWD",TOOL}"#
  private static let copilotInVSCode = #"{"timestamp":"x","cwd":"CWD","hook_event_name":"PreToolUse",TOOL}"#

  /// Harness, frame, denied tool calls, allowed ones, in DESIGN, which lets files be edited but not committed.
  private static let harnesses: [(String, String, [String], [String])] = [
    (
      "claude-code", claude,
      [
        #""tool_name":"Bash","tool_input":{"command":"git commit -m x","description":"Commit"}"#,
        #""tool_name":"Write","tool_input":{"file_path":"CWD/SCENARIO_STATE.yml","content":"x"}"#,
        #""tool_name":"Edit","tool_input":{"file_path":"CWD/link","old_string":"a","new_string":"b"}"#,
        #""tool_name":"Edit","tool_input":{"old_string":"a","new_string":"b"}"#,
        #""tool_name":"NotebookEdit","tool_input":{"notebook_path":"scenarios/x.ipynb"}"#,
        #""tool_name":"Bash","tool_input":{}"#,
        #""tool_name":"mcp__files__write_file","tool_input":{"path":"step.sh"}"#,
        #""tool_name":"Teleport","tool_input":{}"#, #""tool_input":{"command":"ls"}"#,
      ],
      [
        #""tool_name":"Bash","tool_input":{"command":"swift test"}"#,
        #""tool_name":"Read","tool_input":{"file_path":"CWD/SCENARIO_STATE.yml"}"#,
        #""tool_name":"Edit","tool_input":{"file_path":"CWD/docs/a.md","old_string":"a","new_string":"b"}"#,
        #""tool_name":"TodoWrite","tool_input":{"todos":[]}"#,
        #""tool_name":"mcp__github__list_issues","tool_input":{}"#,
        #""tool_name":"mcp__files__write_file","tool_input":{"path":"CWD/docs/a.md"}"#,
      ]
    ),
    (
      "codex", codex,
      [
        #""tool_name":"Bash","tool_input":{"command":"./step.sh x"}"#,
        #""tool_name":"Bash","tool_input":{"command":["bash","-lc","git commit -m 'it''s'"]}"#,
        #""tool_name":"apply_patch","tool_input":{"command":"*** Begin Patch\n*** Update File: step.sh\n*** End Patch"}"#,
        #""tool_name":"apply_patch","tool_input":{"command":"*** Begin Patch\r\n*** Add File: a\r\n*** Move to: llmos\r\n"}"#,
        #""tool_name":"apply_patch","tool_input":{"command":"nothing"}"#,
      ],
      [
        #""tool_name":"Bash","tool_input":{"command":["bash","-lc","rg 'git commit'"]}"#,
        #""tool_name":"apply_patch","tool_input":{"command":"*** Begin Patch\n*** Add File: docs/a.md\n+x\n*** End Patch"}"#,
        #""tool_name":"update_plan","tool_input":{"plan":[]}"#,
      ]
    ),
    (
      "gemini", gemini,
      [
        #""tool_name":"run_shell_command","tool_input":{"command":"llmos-hook next-phase","directory":"."}"#,
        #""tool_name":"write_file","tool_input":{"file_path":"CWD/.llmos/config.yml","content":""}"#,
        #""tool_name":"replace","tool_input":{"file_path":".git/config","old_string":"a","new_string":"b"}"#,
      ],
      [
        #""tool_name":"run_shell_command","tool_input":{"command":"ls"}"#,
        #""tool_name":"read_many_files","tool_input":{"include":["**"]}"#,
        #""tool_name":"write_file","tool_input":{"file_path":"docs/a.md","content":""}"#,
      ]
    ),
    (
      "cursor", cursor,
      [
        #""tool_name":"Shell","tool_input":{"command":"git commit --no-verify","working_directory":""}"#,
        #""tool_name":"Write","tool_input":{"file_path":"CWD/step.sh","content":""}"#,
        #""tool_name":"Delete","tool_input":{"file_path":"CWD/llmos"}"#,
      ],
      [
        #""tool_name":"Shell","tool_input":{"command":"ls"}"#,
        #""tool_name":"Grep","tool_input":{"pattern":"x"}"#,
        #""tool_name":"Write","tool_input":{"file_path":"CWD/docs/a.md","content":""}"#,
      ]
    ),
    (
      "cursor", #"{"hook_event_name":"beforeShellExecution","cwd":"CWD","workspace_roots":["CWD"],TOOL}"#,
      [#""command":"git -c core.hooksPath=/dev/null commit -m x""#, #""sandbox":false"#], [#""command":"ls""#]
    ),
    (
      "copilot", copilot,
      [
        #""toolName":"bash","toolArgs":"{\"command\":\"git commit -m x\",\"description\":\"c\"}""#,
        #""toolName":"edit","toolArgs":"{\"path\":\"CWD/step.sh\",\"old_str\":\"a\",\"new_str\":\"b\"}""#,
        #""toolName":"create","toolArgs":{"path":"CWD/scenarios/A.yml","file_text":""}"#,
        #""toolName":"bash","toolArgs":"git commit""#,
        #""toolName":"str_replace_editor","toolArgs":{"command":"create","path":"step.sh"}"#,
      ],
      [
        #""toolName":"view","toolArgs":"{\"path\":\"CWD/step.sh\"}""#,
        #""toolName":"bash","toolArgs":"{\"command\":\"ls\"}""#,
        #""toolName":"str_replace_editor","toolArgs":{"command":"view","path":"step.sh"}"#,
      ]
    ),
    (
      "copilot", copilotInVSCode, [#""tool_name":"Bash","tool_input":{"command":"git commit"}"#],
      [#""tool_name":"Bash","tool_input":{"command":"ls"}"#]
    ),
  ]

  @Test(arguments: harnesses.indices)
  func answersEachHarnessInItsForm(index: Int) async throws {
    let (harness, frame, denied, allowed) = Self.harnesses[index]
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "DESIGN")
    try await s.sh("ln -s step.sh link").succeeds()
    let ask = { (tool: String) in
      let input = frame.replacing("TOOL", with: tool).replacing("CWD", with: s.repository)
      return try await s.run(
        [Sandbox.binaries + "/llmos-hook", "agent-hook", harness], in: "/", input: input)
    }
    for tool in denied {
      let answer = try await ask(tool).succeeds()
      #expect(answer.err == "")
      let object = try #require(
        JSONSerialization.jsonObject(with: Data(answer.out.utf8)) as? [String: Any], "\(tool)")
      let reason: Any?
      switch (harness, frame.contains("hook_event_name")) {
      case ("cursor", _):
        #expect(object["permission"] as? String == "deny", "\(tool)")
        #expect(object["user_message"] != nil)
        reason = object["agent_message"]
      case ("gemini", _):
        #expect(object["decision"] as? String == "deny", "\(tool)")
        reason = object["reason"]
      case ("copilot", false):
        #expect(object["permissionDecision"] as? String == "deny", "\(tool)")
        reason = object["permissionDecisionReason"]
      default:
        let inner = try #require(object["hookSpecificOutput"] as? [String: Any])
        #expect(inner["hookEventName"] as? String == "PreToolUse")
        #expect(inner["permissionDecision"] as? String == "deny", "\(tool)")
        reason = inner["permissionDecisionReason"]
      }
      let text = try #require(reason as? String)
      #expect(text.hasPrefix("llmos-hook: ") && text.contains("; next: "), "\(text)")
    }
    for tool in allowed {
      // No objection, and no approval either.
      #expect(
        try await ask(tool).succeeds().out == (["cursor", "gemini"].contains(harness) ? "{}\n" : ""),
        "\(tool)")
    }
  }

  @Test func thePhaseDecidesAndAnUngovernedPlaceIsFree() async throws {
    let s = try await Sandbox.governed()
    let ask = { (input: String, directory: String?, env: [String: String?]) in
      try await s.run(
        [Sandbox.binaries + "/llmos-hook", "agent-hook", "claude-code"], in: directory, env: env, input: input
      ).succeeds().out
    }
    let edit = #"{"tool_name":"Edit","tool_input":{"file_path":"\#(s.repository)/README"}}"#
    let commit = #"{"tool_name":"Bash","tool_input":{"command":"./step.sh x"}}"#
    #expect(try await ask(edit, nil, [:]) == "")
    #expect(try await ask(commit, nil, [:]) == "")
    #expect(try await ask(edit, nil, ["LLMOS_AGENT": "QA"]).contains("DEV's phase, not QA's"))
    #expect(
      try await ask(
        #"{"tool_name":"Bash","tool_input":{"command":"git commit"}}"#, nil, ["LLMOS_ACTOR": "OWNER"]
      )
      .contains("agents commit through step.sh"), "the harness asks for an agent")
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "QA", "--reason", "a test").succeeds()
    #expect(try await ask(edit, nil, [:]).contains("FEATURE_DEVELOPMENT:QA does not allow editing"))
    #expect(
      try await ask(edit, s.root, [:]).contains("does not allow editing"), "the file's repository counts")
    #expect(try await ask(commit, nil, [:]).contains("does not allow commit_changes"))
    #expect(try await ask(commit, s.root, [:]) == "")
    for nonsense in ["", "[]", "nonsense", "{}", "{\"tool_name\":7}", "{\"tool_name\":\"Bash\""] {
      #expect(try await ask(nonsense, nil, [:]).contains("\"deny\""), "\(nonsense)")
      #expect(try await ask(nonsense, s.root, [:]) == "", "nothing is governed there")
    }
    try await s.sh("echo x >>SCENARIO_STATE.yml").succeeds()
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test").isRefused(
      65, ":30:1:")
    #expect(try await ask(commit, nil, [:]).contains("was edited by hand"))
    try await s.git("init", "-q", s.root + "/free").succeeds()
    #expect(try await ask(commit, s.root + "/free", [:]) == "")
    try await s.git("config", "core.repositoryFormatVersion", "1").succeeds()
    try await s.git("config", "extensions.worktreeConfig", "true").succeeds()
    try await s.sh("printf '[extensions]\\nrefStorage = nonsense\\n' >>.git/config").succeeds()
    #expect(try await ask(commit, nil, [:]).contains("\"deny\""), "a governed repository that does not open")
  }

  @Test func scriptsOfTheEngineAreNotAnAgents() async throws {
    let s = try await Sandbox.governed()
    try s.write(
      "scenarios/SHIP.yml",
      """
      scenario: SHIP
      phases:
        GO:
          active_role: DEVOPS
          allowed_actions: [deploy_backend]
          auto_scripts: [scripts/deploy.sh]
      """)
    try await s.git("add", "scenarios").succeeds()
    try await s.git("commit", "-qm", "Ship").succeeds()
    let answer = try await s.run(
      [Sandbox.binaries + "/llmos-hook", "agent-hook", "codex"],
      input: #"{"tool_name":"Bash","tool_input":{"command":"sh ./scripts/deploy.sh"}}"#)
    #expect(answer.out.contains("only the engine runs scripts/deploy.sh, not an agent"))
    #expect(try await s.llmos("agent-hook", "emacs").code == 64)
  }
}
