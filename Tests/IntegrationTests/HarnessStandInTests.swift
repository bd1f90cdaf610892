import Foundation
import Testing

/// A stand-in of a harness: it reads the settings that `install --agent` wrote, runs the hooks of an event as the harness
/// does, and takes only the answers that the harness takes (docs/agents.md).
private struct StandIn {
  let s: Sandbox
  let harness: String
  /// `LLMOS_AGENT` of the session; nil where nobody has set it.
  var role: String?
  var path = Sandbox.path

  struct Answer: Equatable {
    var denied: String?
    var context: String?
    var goesOn: String?
  }

  private static let files = [
    "claude-code": ".claude/settings.json", "codex": ".codex/hooks.json", "gemini": ".gemini/settings.json",
    "cursor": ".cursor/hooks.json", "copilot": ".github/hooks/llmos.json",
  ]

  enum Moment { case start, subagent, prompt, tool, end, afterTool }

  private static let names: [String: [Moment: String]] = [
    "claude-code": [
      .start: "SessionStart", .subagent: "SubagentStart", .prompt: "UserPromptSubmit", .tool: "PreToolUse",
      .end: "Stop", .afterTool: "PostToolUse",
    ],
    "codex": [
      .start: "SessionStart", .subagent: "SubagentStart", .prompt: "UserPromptSubmit", .tool: "PreToolUse",
      .end: "Stop", .afterTool: "PostToolUse",
    ],
    "gemini": [
      .start: "SessionStart", .prompt: "BeforeAgent", .tool: "BeforeTool", .end: "AfterAgent",
      .afterTool: "AfterTool",
    ],
    "cursor": [
      .start: "sessionStart", .subagent: "subagentStart", .prompt: "beforeSubmitPrompt", .tool: "preToolUse",
      .end: "stop", .afterTool: "postToolUse",
    ],
    "copilot": [
      .start: "sessionStart", .subagent: "subagentStart", .prompt: "userPromptSubmitted", .tool: "preToolUse",
      .end: "agentStop", .afterTool: "postToolUse",
    ],
  ]

  // MARK: What it sends

  private func payload(_ moment: Moment, _ fields: [String: Any], tool: String?, _ input: [String: Any])
    throws
    -> String
  {
    var object = fields
    let name = Self.names[harness]?[moment] ?? ""
    switch harness {
    case "copilot":
      object["sessionId"] = "s1"
      object["timestamp"] = 1_780_000_000_000
      object["cwd"] = s.repository
      if let tool { (object["toolName"], object["toolArgs"]) = (tool, try Self.text(input)) }
    case "cursor":
      object["conversation_id"] = "s1"
      object["workspace_roots"] = [s.repository]
      object["hook_event_name"] = name
      if let tool { (object["tool_name"], object["tool_input"], object["cwd"]) = (tool, input, "") }
    default:
      object["session_id"] = "s1"
      object["cwd"] = s.repository
      object["hook_event_name"] = name
      if let tool { (object["tool_name"], object["tool_input"]) = (tool, input) }
    }
    return try Self.text(object)
  }

  private static func text(_ object: [String: Any]) throws -> String {
    String(decoding: try JSONSerialization.data(withJSONObject: object), as: UTF8.self)
  }

  func edit(_ file: String) async throws -> Answer {
    let path = s.repository + "/" + file
    switch harness {
    case "codex":
      return try await fire(
        .tool, tool: "apply_patch", ["command": "*** Begin Patch\n*** Update File: \(file)\n*** End Patch"])
    case "gemini": return try await fire(.tool, tool: "write_file", ["file_path": path, "content": "x"])
    case "copilot": return try await fire(.tool, tool: "create", ["path": path, "file_text": "x"])
    default: return try await fire(.tool, tool: "Write", ["file_path": path, "content": "x"])
    }
  }

  func shell(_ command: String) async throws -> Answer {
    let tool = ["gemini": "run_shell_command", "cursor": "Shell", "copilot": "bash"][harness] ?? "Bash"
    return try await fire(.tool, tool: tool, ["command": command])
  }

  func end(isContinued: Bool = false) async throws -> Answer {
    harness == "cursor"
      ? try await fire(.end, ["status": "completed", "loop_count": isContinued ? 1 : 0])
      : try await fire(.end, ["stop_hook_active": isContinued, "transcriptPath": "/t"])
  }

  // MARK: What it takes

  /// Runs the hooks of an event, and what they say together.
  func fire(
    _ moment: Moment, _ fields: [String: Any] = [:], tool: String? = nil, _ input: [String: Any] = [:]
  ) async throws -> Answer {
    let settings = try #require(
      JSONSerialization.jsonObject(with: Data(s.read(Self.files[harness] ?? "").utf8)) as? [String: Any])
    let hooks = try #require(settings["hooks"] as? [String: [[String: Any]]])
    var answer = Answer()
    for entry in hooks[Self.names[harness]?[moment] ?? ""] ?? [] {
      if let matcher = entry["matcher"] as? String, let tool {
        guard try !tool.matches(of: Regex(matcher)).isEmpty else { continue }
      }
      for hook in entry["hooks"] as? [[String: Any]] ?? [entry] {
        let command = try #require((hook["command"] ?? hook["bash"]) as? String)
        let outcome = try await s.run(
          ["/bin/sh", "-c", command], env: ["PATH": path, "LLMOS_AGENT": role],
          input: payload(moment, fields, tool: tool, input))
        #expect(outcome.code == 0 && outcome.err == "", "\(harness): \(outcome.all)")
        if !outcome.out.isEmpty { try take(outcome.out, of: moment, into: &answer) }
      }
    }
    return answer
  }

  private func take(_ text: String, of moment: Moment, into answer: inout Answer) throws {
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], "\(text)")
    let inner = object["hookSpecificOutput"] as? [String: Any]
    if harness == "codex" {
      // An unknown field fails the hook, and the tool runs.
      let known: Set<String> = [
        "hookEventName", "permissionDecision", "permissionDecisionReason", "additionalContext",
      ]
      #expect(Set(object.keys).isSubset(of: ["hookSpecificOutput", "decision", "reason"]), "\(text)")
      #expect(Set((inner ?? [:]).keys).isSubset(of: known), "\(text)")
    }
    switch harness {
    case "claude-code", "codex":
      if let inner { #expect(inner["hookEventName"] as? String == Self.names[harness]?[moment]) }
      if inner?["permissionDecision"] as? String == "deny" {
        answer.denied = inner?["permissionDecisionReason"] as? String
      }
      answer.context = inner?["additionalContext"] as? String
      if object["decision"] as? String == "block" { answer.goesOn = object["reason"] as? String }
    case "gemini":
      answer.context = inner?["additionalContext"] as? String
      if object["decision"] as? String == "deny" {
        if moment == .end {
          answer.goesOn = object["reason"] as? String
        } else {
          answer.denied = object["reason"] as? String
        }
      }
    case "cursor":
      if object["permission"] as? String == "deny" { answer.denied = object["agent_message"] as? String }
      answer.context = object["additional_context"] as? String
      answer.goesOn = object["followup_message"] as? String
    default:
      if object["permissionDecision"] as? String == "deny" {
        answer.denied = object["permissionDecisionReason"] as? String
      }
      answer.context = object["additionalContext"] as? String
      if object["decision"] as? String == "block" { answer.goesOn = object["reason"] as? String }
    }
  }
}

@Suite struct HarnessStandInTests {
  /// What a new user does and sees: a repository, one command, a session from its start to its commit.
  @Test(arguments: ["claude-code", "codex", "gemini", "cursor", "copilot"])
  func aWholeSession(harness: String) async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "DESIGN")
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "BRIEF", "--context", "feature_slug=login").succeeds()
    try await s.llmos("install", "--agent", harness).succeeds()
    var session = StandIn(s: s, harness: harness, role: "PM")
    let nothing = StandIn.Answer()

    let told = try #require(
      try await session.fire(.start, harness == "cursor" ? ["session_id": "s1"] : ["source": "startup"])
        .context)
    #expect(
      told.contains("FEATURE_DEVELOPMENT:BRIEF")
        && told.contains("Owed: docs/features/login/feature_brief.md has no line of text"))
    #expect(told.contains("commits land in FEATURE_DEVELOPMENT:IMPLEMENTATION"))
    let prompted = try await session.fire(.prompt, ["prompt": "go"]).context
    #expect(prompted == (harness == "copilot" ? nil : told))

    #expect(try await session.edit("step.sh").denied?.contains("step.sh is protected") == true)
    #expect(
      try await session.shell("git commit -m x").denied?.contains("does not allow commit_changes") == true)
    #expect(try await session.edit("docs/features/login/feature_brief.md") == nothing)
    #expect(try await session.shell("ls") == nothing)
    #expect(try await session.fire(.afterTool, tool: "Bash") == nothing)

    let kept = try await session.end()
    #expect(kept.goesOn?.contains("feature_brief.md has no line of text") == true)
    #expect(try await session.end(isContinued: true) == nothing)
    try s.write("docs/features/login/feature_brief.md", "# Login\n\nOne page for it.\n")
    #expect(try await session.end() == nothing)

    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION").succeeds()
    session.role = "DEV"
    try s.write("login.txt", "page\n")
    #expect(
      try await session.shell("git commit -am x").denied?.contains("agents commit through step.sh") == true)
    #expect(try await session.shell("./step.sh \"Add the page\" login.txt") == nothing)
    try await s.sh("./step.sh \"Add the page\" login.txt", env: ["LLMOS_AGENT": "DEV"]).succeeds()
    #expect(try await s.head("%s") == "[DEV] FEATURE_DEVELOPMENT:IMPLEMENTATION Add the page")
    let settings = try #require(
      try await s.git("ls-files", "--others", "--exclude-standard").out.split(separator: "\n").first {
        $0.hasPrefix(".")
      })
    #expect(try await session.edit(String(settings)).denied?.contains("is protected") == true)
    #expect(try await session.end() == nothing)

    // A colleague without llmos-hook is not in its way.
    try await s.sh("rm .git/llmos/bin/llmos-hook").succeeds()
    session.path = Sandbox.pathOfOthers
    #expect(try await session.shell("git commit -m x") == nothing)
    #expect(try await session.fire(.start, ["source": "startup"]) == nothing)
    try await s.llmos("install").succeeds()
    try await s.llmos("uninstall").succeeds()
    #expect(!s.exists(String(settings)))
  }
}
