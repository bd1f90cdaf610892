import Core

/// The harnesses whose tool calls `agent-hook` checks: what each sends, and the answer that it expects. The
/// sources of these forms are named in docs/agents.md.
public enum Harness: String, Sendable, CaseIterable {
  case claudeCode = "claude-code"
  case cursor
  case codex
  case gemini
  case copilot

  /// What a tool of a harness does, by its name in lower case.
  private enum Kind {
    case reads, edits, shell
  }

  /// No name means different things to two harnesses, so one table has them all.
  private static let tools: [Kind: String] = [
    .reads: """
    read view grep glob ls search notebookread webfetch websearch todoread todowrite task agent skill \
    askuserquestion enterplanmode exitplanmode bashoutput taskoutput killshell killbash taskstop toolsearch \
    taskcreate taskupdate tasklist taskget lsp listmcpresources readmcpresource sendmessage \
    read_file read_many_files list_directory grep_search search_file_content google_web_search web_fetch \
    write_todos save_memory activate_skill ask_user get_internal_docs update_topic enter_plan_mode \
    exit_plan_mode codebase_investigator cli_help \
    list_dir file_search codebase_search semsearch readlints read_lints web_search fetch_rules \
    update_plan view_image request_user_input spawn_agent wait close_agent \
    read_bash stop_bash list_bash report_intent store_memory fetch_copilot_cli_documentation sql rg
    """,
    .edits: """
    edit write multiedit notebookedit update create delete insert strreplace str_replace replace \
    str_replace_editor str_replace_based_edit_tool write_file edit_file delete_file search_replace \
    editnotebook edit_notebook tabwrite apply_patch applypatch
    """,
    .shell: """
    bash shell powershell monitor run_shell_command run_terminal_cmd local_shell exec_command shell_command \
    unified_exec write_bash write_stdin
    """,
  ]
  private static let kinds: [String: Kind] = Dictionary(
    tools.flatMap { kind, names in names.split(separator: " ").map { (String($0), kind) } },
    uniquingKeysWith: { first, _ in first })

  private static let pathKeys = [
    "file_path", "path", "notebook_path", "filePath", "target_file", "target_notebook", "filename", "file",
  ]
  private static let commandKeys = ["command", "cmd", "script", "input", "chars"]

  /// A tool call, and the directory in which it happens when the harness says so.
  public struct Request: Sendable {
    /// What the harness is about to do.
    public var call: ToolCall
    /// Where; nil when the harness does not say.
    public var directory: String?
    /// Whether the event was sent in the form that Claude Code introduced (`tool_name`).
    var isSnakeCase: Bool
  }

  /// Reads what the harness sends. What it does not understand is an unknown call, which is refused.
  public static func request(_ bytes: [UInt8]) -> Request {
    guard let object = JSON(reading: bytes), case .object = object else {
      return Request(call: .unknown("stdin is not a JSON object"), directory: nil, isSnakeCase: true)
    }
    let directory = object["cwd"]?.string ?? object["workspace_roots"]?.elements?.first?.string
    let name = (object["tool_name"] ?? object["toolName"])?.string
    let call: ToolCall
    switch (object["hook_event_name"]?.string, name) {
    case ("beforeShellExecution", _):
      call =
        object["command"]?.string.map(ToolCall.shell) ?? .unknown("beforeShellExecution has no command")
    case ("beforeReadFile", _), ("beforeTabFileRead", _): call = .reads
    case (_, let name?):
      call = self.call(name, object["tool_input"] ?? object["toolArgs"])
    default: call = .unknown("it does not name a tool")
    }
    return Request(
      call: call, directory: directory.flatMap { $0.isEmpty ? nil : $0 },
      isSnakeCase: object["toolName"] == nil)
  }

  private static func call(_ name: String, _ input: JSON?) -> ToolCall {
    var input = input
    // Copilot sends the arguments as JSON inside a string.
    if let inner = (input?.string).flatMap({ JSON(reading: $0.utf8) }), case .object = inner {
      input = inner
    }
    let arguments = input ?? .null
    switch kinds[name.lowercased()] {
    case .reads: return .reads
    case .edits:
      // Editors with several verbs look at a file by the same name.
      if arguments["command"]?.string == "view" { return .reads }
      var paths = pathKeys.compactMap { arguments[$0]?.string }
      let texts =
        (["command", "input", "patch"].compactMap { arguments[$0]?.string })
        + [input?.string].compactMap { $0 }
      for text in texts { paths += PatchText.paths(in: text) }
      return .edits(paths)
    case .shell:
      for key in commandKeys {
        if let line = arguments[key]?.string { return .shell(line) }
        if let words = arguments[key]?.elements {
          return .shell(words.compactMap(\.string).map(quoted).joined(separator: " "))
        }
      }
      if let line = input?.string { return .shell(line) }
      return .unknown("\(name) has no command")
    case nil: return readsByName(name) ? .reads : .unknown("no rule for \(name)")
    }
  }

  /// Whether a server's tool (`mcp__github__list_issues`, `MCP:get_page`) only reads, by its first word.
  private static func readsByName(_ name: String) -> Bool {
    guard name.lowercased().hasPrefix("mcp") else { return false }
    let verbs = ["get", "list", "search", "read", "find", "fetch", "query", "describe", "show", "view"]
    let last = name.split(separator: ":").last.map(String.init) ?? name
    let tool = last.split(separator: "__").last.map(String.init) ?? last
    let first = tool.prefix { $0.isLowercase }
    return verbs.contains(String(first))
  }

  private static func quoted(_ word: String) -> String {
    "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }

  /// What goes to stdout. Without a refusal there is no objection, but no approval either: the harness's own rules
  /// and questions to its user stay as they are.
  public func answer(_ refusal: Refusal?, _ request: Request) -> String {
    guard let refusal else {
      switch self {
      case .claudeCode, .codex, .copilot: return ""
      case .cursor, .gemini: return "{}\n"
      }
    }
    var reason = "llmos-hook: " + refusal.what
    if let why = refusal.why { reason += " (\(why))" }
    if let remedy = refusal.remedy { reason += "; next: " + remedy }
    let decision: [(key: String, value: JSON)] = [
      ("permissionDecision", .string("deny")), ("permissionDecisionReason", .string(reason)),
    ]
    let specific = JSON.object([
      ("hookSpecificOutput", .object([("hookEventName", .string("PreToolUse"))] + decision))
    ])
    let object: JSON =
      switch self {
      case .claudeCode, .codex: specific
      case .copilot: request.isSnakeCase ? specific : .object(decision)
      case .gemini: .object([("decision", .string("deny")), ("reason", .string(reason))])
      case .cursor:
        .object([
          ("permission", .string("deny")), ("user_message", .string(reason)),
          ("agent_message", .string(reason)),
        ])
      }
    return object.text + "\n"
  }
}
