import Core
import Testing

@testable import ToolGate

/// What harnesses send, as their documents and sources show it (docs/agents.md names them), and what it means.
@Suite struct HarnessEventTests {
  private static func read(_ harness: Harness, _ text: String) -> HarnessEvent {
    HarnessEvent(Array(text.utf8), from: harness)
  }

  private static func call(of event: HarnessEvent) -> ToolCall? {
    if case .tool(let call) = event.kind { call } else { nil }
  }

  private static func call(_ harness: Harness, _ text: String) throws -> ToolCall {
    let event = read(harness, text)
    guard case .tool(let call) = event.kind else {
      Issue.record("no tool call: \(text)")
      return .reads
    }
    return call
  }

  @Test func toolsOfVSCodeAndCursorThatChangeNothingHere() throws {
    for name in [
      "configure_python_environment", "install_python_packages", "github-pull-request_activePullRequest",
      "renderMermaidDiagram", "copilot_readFile", "testFailure", "todo", "update_user_preferences", "Await",
    ] {
      let text = #"{"hook_event_name":"PreToolUse","tool_name":"\#(name)","tool_input":{}}"#
      #expect(try Self.call(.copilot, text) == .reads, "\(name)")
    }
  }

  /// A server's tools merge and push by other names.
  @Test func serversThatMergeAndPush() throws {
    let call = { (name: String, arguments: String) in
      try Self.call(
        .claudeCode,
        #"{"hook_event_name":"PreToolUse","tool_name":"\#(name)","tool_input":\#(arguments)}"#)
    }
    for name in ["merge_merge_request", "accept_merge_request", "merge_pull_request", "mergePullRequest"] {
      #expect(try call("mcp__host__\(name)", "{}") == .shell("gh pr merge"), "\(name)")
    }
    #expect(try call("mcp__host__list_merge_requests", "{}") == .reads)
    #expect(try call("mcp__git__git_push", #"{"force":true}"#) == .shell("git push --force"))
    #expect(try call("mcp__git__git_push", #"{"branch":"main"}"#) == .shell("git push 'origin' 'main'"))
    #expect(try call("mcp__git__git_push", "{}") == .shell("git push"))
  }

  /// Whoever has stopped a turn himself does not want it to go on.
  @Test func aTurnThatWasStopped() {
    let ends = { (status: String) in
      let event = Self.read(.cursor, #"{"hook_event_name":"stop","status":"\#(status)","loop_count":0}"#)
      return if case .turnEnd = event.kind { true } else { false }
    }
    #expect(ends("completed") && !ends("aborted"))
  }

  @Test func anExampleOfEachHarness() throws {
    let claude = Self.read(
      .claudeCode,
      """
      {"session_id":"s1","transcript_path":"/t","cwd":"/w/app","permission_mode":"default",\
      "hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"make"},"tool_use_id":"t1",\
      "agent_id":"a7","agent_type":"qa"}
      """)
    #expect(claude.session == "s1" && claude.subagent == "qa" && claude.directories == ["/w/app"])
    #expect(Self.call(of: claude) == .shell("make"))
    let codex = Self.read(
      .codex,
      """
      {"session_id":"s1","turn_id":"u2","transcript_path":null,"cwd":"/w/app","hook_event_name":"PreToolUse",\
      "model":"m","permission_mode":"default","tool_name":"apply_patch",\
      "tool_input":{"command":"*** Begin Patch\\n*** Update File: a\\n*** Move to: b\\n"},"tool_use_id":"c3"}
      """)
    #expect(Self.call(of: codex) == .edits(["a", "b"]))
    let gemini = Self.read(
      .gemini,
      """
      {"session_id":"s1","transcript_path":"/t","cwd":"/w","hook_event_name":"BeforeTool",\
      "timestamp":"2026-08-21T10:00:00Z","tool_name":"run_shell_command",\
      "tool_input":{"command":"make","dir_path":"lib"}}
      """)
    #expect(Self.call(of: gemini) == .shell("make"))
    #expect(gemini.directories == ["/w/lib"])
    let cursor = Self.read(
      .cursor,
      "\u{FEFF}"
        + """
        {"conversation_id":"c1","generation_id":"g1","hook_event_name":"preToolUse","workspace_roots":["/w/app"],\
        "tool_name":"Shell","tool_input":{"command":"make","working_directory":"/w/app/lib"},"tool_use_id":"t1",\
        "cwd":""}
        """)
    #expect(Self.call(of: cursor) == .shell("make"))
    #expect(cursor.session == "c1" && cursor.directories == ["/w/app/lib"])
    let copilot = Self.read(
      .copilot,
      """
      {"sessionId":"s1","timestamp":1780000000000,"cwd":"/w/app","toolName":"bash","toolArgs":{"command":"make"}}
      """)
    #expect(Self.call(of: copilot) == .shell("make"))
    #expect(copilot.session == "s1")
  }

  @Test func whereItHappens() {
    let read = { (text: String) in
      Self.read(.cursor, #"{"hook_event_name":"preToolUse","# + text + "}").directories
    }
    #expect(
      read(#""cwd":"","workspace_roots":["/a","/b"],"tool_name":"Shell","tool_input":{"command":"ls"}"#) == [
        "/a", "/b",
      ])
    #expect(
      read(
        #""workspace_roots":["/a","/b"],"tool_name":"Shell","tool_input":{"command":"ls","working_directory":"x"}"#
      )
        == ["/a/x", "/b/x"])
    #expect(
      read(#""cwd":"/c","workspace_roots":["/a"],"tool_name":"Write","tool_input":{"path":"x"}"#) == ["/c"])
    #expect(read(#""cwd":"file:///c%20d","tool_name":"Shell","tool_input":{"command":"ls"}"#) == ["/c d"])
    #expect(read(#""tool_name":"Shell","tool_input":{"command":"ls"}"#) == [])
  }

  static let calls: [(String, String, ToolCall)] = [
    ("Write", #"{"file_path":"/w/a","content":"x"}"#, .edits(["/w/a"])),
    ("NotebookEdit", #"{"notebook_path":"/w/a.ipynb"}"#, .edits(["/w/a.ipynb"])),
    ("PowerShell", #"{"command":"ls"}"#, .shell("ls")),
    ("Monitor", #"{"command":"tail -f x"}"#, .shell("tail -f x")),
    ("Agent", #"{"subagent_type":"qa","prompt":"x"}"#, .reads),
    ("Delete", #"{"path":"a"}"#, .edits(["a"])), ("StrReplace", #"{"path":"a"}"#, .edits(["a"])),
    ("replace", #"{"file_path":"a","old_string":"x","new_string":"y"}"#, .edits(["a"])),
    ("invoke_agent", #"{"agent_name":"qa"}"#, .reads),
    ("insert", #"{"path":"a","new_str":"x"}"#, .edits(["a"])),
    ("str_replace_editor", #"{"command":"view","path":"a"}"#, .reads),
    ("write_bash", #"{"input":"git commit"}"#, .shell("git commit")),
    ("get_errors", "{}", .reads), ("semantic_search", #"{"query":"x"}"#, .reads),
    ("runSubagent", #"{"prompt":"x"}"#, .reads), ("run_in_terminal", #"{"command":"ls"}"#, .shell("ls")),
    ("create_file", #"{"filePath":"/w/a","content":""}"#, .edits(["/w/a"])),
    ("insert_edit_into_file", #"{"filePath":"file:///w/a%20b","code":"x"}"#, .edits(["/w/a b"])),
    (
      "multi_replace_string_in_file", #"{"replacements":[{"filePath":"/w/a"},{"filePath":"/w/b"}]}"#,
      .edits(["/w/a", "/w/b"])
    ),
    ("apply_patch", ##"{"input":"*** Begin Patch\n*** Delete File: a\n"}"##, .edits(["a"])),
    ("create_and_run_task", #"{"task":{"command":"make","args":["all"]}}"#, .shell("make 'all'")),
    ("create_directory", #"{"dirPath":"/w/a"}"#, .reads), ("runTests", #"{"files":["a"]}"#, .reads),
    // Nobody has told us of these.
    ("listOpenEditors", "{}", .reads), ("inspect_symbol", #"{"path":"a"}"#, .reads),
    ("rewrite_section", #"{"path":"a","content":"x"}"#, .edits(["a"])),
    ("run_anything", #"{"command":"git commit"}"#, .shell("git commit")),
    ("teleport", #"{"where":"home"}"#, .unknown("no rule for teleport")),
    ("Bash", "{}", .unknown("Bash has no command")), ("Edit", "{}", .edits([])),
    ("Write", #"{"file_path":"/w/a\u0000b"}"#, .unknown("a path with a NUL in it")),
    // A server's.
    ("mcp__github__create_issue", #"{"title":"x"}"#, .reads), ("MCP:get_page", "{}", .reads),
    ("mcp__files__write_file", #"{"path":"a","content":"x"}"#, .edits(["a"])),
    ("mcp__files__read_file", #"{"path":"a"}"#, .reads), ("mcp__sh__run", #"{"command":"ls"}"#, .shell("ls")),
    ("mcp__git__git_commit", #"{"repo_path":"/w","message":"x"}"#, .shell("git commit")),
    ("mcp__github__merge_pull_request", "{}", .shell("gh pr merge")),
  ]

  @Test(arguments: calls.indices)
  func whatAToolDoes(index: Int) throws {
    let (name, input, expected) = Self.calls[index]
    let text = #"{"hook_event_name":"PreToolUse","cwd":"/w","tool_name":"\#(name)","tool_input":\#(input)}"#
    #expect(try Self.call(.copilot, text) == expected)
    let quoted = JSON.string(input).text
    #expect(
      try Self.call(.copilot, #"{"sessionId":"s","toolName":"\#(name)","toolArgs":\#(quoted)}"#) == expected,
      "the arguments as a string")
  }

  @Test func whatHappens() {
    let kind = { (harness: Harness, text: String) -> String in
      switch Self.read(harness, text).kind {
      case .tool: "tool"
      case .sessionStart: "start"
      case .subagentStart: "subagent"
      case .prompt: "prompt"
      case .turnEnd(let isContinued): isContinued ? "end again" : "end"
      case .other: "other"
      }
    }
    for (name, expected) in [
      ("SessionStart", "start"), ("SubagentStart", "subagent"), ("UserPromptSubmit", "prompt"),
      ("Stop", "end"),
      ("PostToolUse", "other"), ("PreCompact", "other"), ("PermissionRequest", "other"),
      ("SubagentStop", "other"),
      ("Interrupt", "other"), ("NeverHeardOf", "other"), ("PreToolUse", "tool"), ("BeforeTool", "tool"),
      ("BeforeAgent", "prompt"), ("AfterAgent", "end"), ("PreCompress", "other"), ("preToolUse", "tool"),
      ("beforeShellExecution", "tool"), ("beforeMCPExecution", "tool"), ("sessionStart", "start"),
      ("subagentStart", "subagent"), ("beforeSubmitPrompt", "prompt"), ("stop", "end"), ("agentStop", "end"),
      ("userPromptSubmitted", "prompt"), ("postToolUseFailure", "other"), ("session_start", "start"),
    ] {
      #expect(kind(.claudeCode, #"{"hook_event_name":"\#(name)","tool_name":"Bash"}"#) == expected, "\(name)")
      #expect(kind(.copilot, #"{"hookEventName":"\#(name)","tool_name":"Bash"}"#) == expected, "\(name)")
    }
    #expect(kind(.claudeCode, #"{"hook_event_name":"Stop","stop_hook_active":true}"#) == "end again")
    #expect(kind(.cursor, #"{"hook_event_name":"stop","status":"completed","loop_count":1}"#) == "end again")
    // Copilot's own events do not say which they are.
    for (fields, expected) in [
      (#""source":"startup","initialPrompt":"x""#, "start"),
      (#""agentName":"qa","transcriptPath":"/t""#, "subagent"),
      (#""prompt":"x""#, "prompt"), (#""stop_hook_active":false,"transcriptPath":"/t""#, "end"),
      (#""stop_hook_active":true,"transcriptPath":"/t""#, "end again"), (#""trigger":"auto""#, "other"),
      (#""agentId":"a","agentType":"qa","response":"x""#, "other"), (#""reason":"complete""#, "other"),
      (#""toolName":"bash","toolArgs":{},"toolResult":{}"#, "other"),
      (#""toolName":"bash","toolArgs":{}"#, "tool"),
    ] {
      #expect(
        kind(.copilot, #"{"sessionId":"s","timestamp":1,"cwd":"/w",\#(fields)}"#) == expected, "\(fields)")
    }
  }

  @Test func nonsenseIsAnUnknownCall() throws {
    let deep = String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)
    for text in ["", "nonsense", "[]", "{", "{\"a\":\(deep)}", "7", "{\"a\":1}x"] {
      #expect(
        try Self.call(.claudeCode, text) == .unknown("stdin is not a JSON object"), "\(text.prefix(20))")
    }
    for text in ["{}", #"{"tool_name":7}"#, #"{"hook_event_name":"PreToolUse"}"#, #"{"tool_name":""}"#] {
      #expect(try Self.call(.claudeCode, text) == .unknown("it does not name a tool"), "\(text)")
    }
    // What JavaScript writes of half an emoji is no reason to refuse a call.
    #expect(
      try Self.call(.claudeCode, #"{"tool_name":"Bash","tool_input":{"command":"echo \ud83d"}}"#)
        == .shell("echo \u{FFFD}"))
    #expect(
      try Self.call(.claudeCode, #"{"tool_name":"Bash","tool_name":"Read","tool_input":{}}"#) == .reads)
  }

  @Test func answersInTheHarnessesForms() throws {
    let answer = { (harness: Harness, text: String, answer: HarnessAnswer) in
      answer.text(for: Self.read(harness, text))
    }
    let refused = HarnessAnswer.refused(Refusal(.refused, "no", why: "w", remedy: "r"))
    let words = "llmos-hook: no (w); next: r"
    let pre = #"{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"x"}}"#
    let inner =
      #""hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"deny","permissionDecisionReason":"\#(words)"}"#
    let outer = #""permissionDecision":"deny","permissionDecisionReason":"\#(words)""#
    let copilots = #"{"sessionId":"s","toolName":"bash","toolArgs":{"command":"x"}}"#
    for (harness, text, expected) in [
      (Harness.claudeCode, pre, "{\(inner)}"), (.codex, pre, "{\(inner)}"),
      (.copilot, pre, "{\(outer),\(inner)}"),
      (.copilot, copilots, "{\(outer)}"), (.claudeCode, copilots, "{\(outer)}"),
      (.gemini, pre, #"{"decision":"deny","reason":"\#(words)"}"#),
      (.cursor, pre, #"{"permission":"deny","user_message":"\#(words)","agent_message":"\#(words)"}"#),
    ] {
      #expect(answer(harness, text, refused) == expected + "\n")
    }
    for harness in Harness.allCases {
      #expect(answer(harness, pre, .nothing) == ([.cursor, .gemini].contains(harness) ? "{}\n" : ""))
    }
    let told = { (harness: Harness, name: String) in
      answer(harness, #"{"hook_event_name":"\#(name)"}"#, .context("c"))
    }
    let specific = { (name: String) in
      #""hookSpecificOutput":{"hookEventName":"\#(name)","additionalContext":"c"}"#
    }
    for name in ["SessionStart", "SubagentStart", "UserPromptSubmit"] {
      #expect(told(.claudeCode, name) == "{\(specific(name))}\n")
      #expect(told(.codex, name) == "{\(specific(name))}\n")
      #expect(told(.copilot, name) == #"{"additionalContext":"c",\#(specific(name))}"# + "\n")
    }
    #expect(told(.gemini, "SessionStart") == "{\(specific("SessionStart"))}\n")
    #expect(told(.gemini, "BeforeAgent") == "{\(specific("BeforeAgent"))}\n")
    #expect(told(.cursor, "sessionStart") == #"{"additional_context":"c"}"# + "\n")
    #expect(told(.cursor, "beforeSubmitPrompt") == #"{"continue":true,"additional_context":"c"}"# + "\n")
    #expect(told(.cursor, "subagentStart") == "{}\n")
    #expect(
      answer(.copilot, #"{"sessionId":"s","source":"new"}"#, .context("c")) == #"{"additionalContext":"c"}"#
        + "\n")
    let stop = #"{"hook_event_name":"Stop","stop_hook_active":false}"#
    let block = #""decision":"block","reason":"g""#
    #expect(answer(.claudeCode, stop, .goOn("g")) == "{\(block)}\n")
    #expect(answer(.codex, stop, .goOn("g")) == "{\(block)}\n")
    #expect(
      answer(.copilot, stop, .goOn("g"))
        == #"{\#(block),"hookSpecificOutput":{"hookEventName":"Stop",\#(block)}}"# + "\n")
    #expect(answer(.gemini, stop, .goOn("g")) == #"{"decision":"deny","reason":"g"}"# + "\n")
    #expect(answer(.cursor, stop, .goOn("g")) == #"{"followup_message":"g"}"# + "\n")
  }
}
