import Core

extension HarnessEvent {
  /// Reads what a harness sends. A tool call that is not understood is an unknown one, which names what was not.
  ///
  public init(_ bytes: [UInt8], from harness: Harness) {
    // Some of Cursor's versions begin with a byte order mark.
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    guard let object = JSON(mending: bytes.starts(with: mark) ? Array(bytes.dropFirst(3)) : bytes),
      case .object = object
    else {
      self.init(unreadable: "stdin is not a JSON object", from: harness)
      return
    }
    self.init(object, from: harness)
  }

  /// What cannot be read, and why: a tool call that is not understood, in case it is one.
  public init(unreadable why: String, from harness: Harness) {
    self.init(
      kind: .tool(.unknown(why)), directories: [], name: "", form: Self.form(harness, .object([])))
  }

  private init(_ object: JSON, from harness: Harness) {
    let name = object.text("hook_event_name", "hookEventName") ?? Self.name(ofFields: object) ?? ""
    let tool = object.text("tool_name", "toolName")
    let bases = Self.bases(object)
    self.init(
      kind: .other, session: object.text("session_id", "sessionId", "conversation_id"),
      subagent: object.text("agent_type", "agentType", "agentName", "subagent_type"), directories: bases,
      tool: tool, name: name, form: Self.form(harness, object))
    switch Self.plain(name) {
    case "pretooluse", "beforetool", "beforeshellexecution", "beforemcpexecution", "":
      read(tool, object, bases)
    case "beforereadfile", "beforetabfileread": kind = .tool(.reads)
    case "sessionstart": kind = .sessionStart
    case "subagentstart": kind = .subagentStart
    case "userpromptsubmit", "userpromptsubmitted", "beforeagent", "beforesubmitprompt": kind = .prompt
    // Whoever has stopped the turn himself does not want it to go on.
    case "stop" where object["status"]?.string == "aborted": kind = .other
    case "stop", "agentstop", "afteragent":
      let isContinued = object["stop_hook_active"]?.isTrue ?? object["stopHookActive"]?.isTrue
      kind = .turnEnd(isContinued: isContinued ?? ((object["loop_count"]?.integer ?? 0) > 0))
    default: break
    }
  }

  private mutating func read(_ tool: String?, _ object: JSON, _ bases: [String]) {
    var arguments = object["tool_input"] ?? object["toolArgs"] ?? object["tool_args"] ?? .null
    // Copilot, and Cursor for a server's tools, send the arguments as JSON inside a string.
    if let inner = arguments.string.flatMap({ JSON(mending: Array($0.utf8)) }), case .object = inner {
      arguments = inner
    }
    let isServers = object["mcp_context"] != nil || Self.plain(name) == "beforemcpexecution"
    if Self.plain(name) == "beforeshellexecution" {
      kind = .tool(
        object["command"]?.string.map(ToolCall.shell) ?? .unknown("\(name) has no command"))
      return
    }
    guard let tool else {
      kind = .tool(.unknown("it does not name a tool"))
      return
    }
    let call = ToolCall(tool, arguments, isServers: isServers)
    kind = .tool(call)
    guard case .shell = call,
      let own = arguments.text("working_directory", "workdir", "dir_path", "directory", "cwd")
    else { return }
    directories = own.hasPrefix("/") ? [own] : bases.map { $0 + "/" + own }
  }

  /// The session's directory; where it tells none, the workspace's roots.
  private static func bases(_ object: JSON) -> [String] {
    if let directory = object.text("cwd") { return [ToolCall.path(directory)] }
    let roots = object["workspace_roots"]?.elements ?? []
    return roots.compactMap(\.string).filter { !$0.isEmpty }.map(ToolCall.path)
  }

  /// An event's name without its harness's way of writing it.
  private static func plain(_ name: String) -> String { name.lowercased().filter { $0 != "_" && $0 != "-" } }

  /// Copilot's own events do not say which they are; their fields do.
  private static func name(ofFields object: JSON) -> String? {
    guard case .object(let pairs) = object, object.text("tool_name", "tool_input") == nil else { return nil }
    let has = { (key: String) in pairs.contains { $0.key == key } }
    if has("toolName") || has("toolArgs") {
      return has("toolResult") ? "postToolUse" : has("error") ? "postToolUseFailure" : "preToolUse"
    }
    guard has("sessionId") || has("timestamp") else { return nil }
    if has("stop_hook_active") || has("stopHookActive") || has("stopReason") { return "agentStop" }
    if has("agentId") || has("response") { return "subagentStop" }
    if has("agentName") { return "subagentStart" }
    if has("source") { return "sessionStart" }
    if has("prompt") { return "userPromptSubmitted" }
    if has("trigger") { return "preCompact" }
    if has("transcriptPath") { return "agentStop" }
    return has("reason") || has("error") ? "sessionEnd" : nil
  }

  private static func form(_ harness: Harness, _ object: JSON) -> Form {
    let isCopilots = object["toolName"] != nil || object["toolArgs"] != nil
    let isNamed = object["hook_event_name"] != nil || object["hookEventName"] != nil
    switch harness {
    case .codex: return .claude
    case .gemini: return .gemini
    case .cursor: return .cursor
    case .copilot: return isCopilots || !isNamed && object["tool_name"] == nil ? .copilot : .both
    case .claudeCode:
      // Copilot and VS Code read Claude Code's settings too; both tell the time, which Claude Code does not.
      if isCopilots { return .copilot }
      return object["timestamp"] == nil ? .claude : isNamed ? .both : .copilot
    }
  }
}

extension ToolCall {
  private static let pathKeys = [
    "file_path", "filePath", "path", "notebook_path", "notebookPath", "target_file", "target_notebook",
    "filename", "file", "uri", "destination", "target", "source",
  ]
  private static let listKeys = ["replacements", "edits", "files", "paths", "operations"]
  private static let commandKeys = ["command", "cmd", "script", "input", "chars", "commandLine"]

  /// What a tool is about to do, by its name and its arguments.
  init(_ name: String, _ arguments: JSON, isServers: Bool = false) {
    let own = ToolNames.server(name)
    if own == nil, !isServers {
      switch ToolNames.kind(name) {
      case .reads?: self = .reads
      case .edits?: self = Self.edit(arguments)
      case .shell?: self = Self.command(arguments) ?? .unknown("\(name) has no command")
      case nil: self = Self.guess(name, ToolNames.words(name), arguments) ?? .unknown("no rule for \(name)")
      }
      return
    }
    // A server's tool works elsewhere, unless its arguments say that it works on files or runs commands here.
    let words = ToolNames.words(own ?? name)
    if words.first == "git" || words.contains("git") && words.last == "commit" {
      let verb = words.drop { $0 == "git" }.joined(separator: "-")
      self = .shell("git " + verb + Self.gitWords(verb, arguments))
    } else if words.contains("merge") || words.contains("accept"),
      words.contains("pull") || words.contains("pr") || words.contains("request") || words.contains("mr"),
      !ToolNames.soundsLikeReading(words)
    {
      self = .shell("gh pr merge")
    } else {
      self = Self.guess(name, words, arguments) ?? .reads
    }
  }

  /// The options of a command of git, as a server's tool has them in its arguments.
  private static func gitWords(_ verb: String, _ arguments: JSON) -> String {
    guard verb == "push" else { return "" }
    var words = ""
    let isSet = { (names: [String]) in names.contains { arguments[$0]?.isTrue == true } }
    if isSet(["force", "forceWithLease", "force_with_lease"]) { words += " --force" }
    if isSet(["delete"]) { words += " --delete" }
    let branch = ["branch", "remoteBranch", "remote_branch", "refspec"].compactMap { arguments[$0]?.string }
      .first
    if let branch { words += " " + quoted(arguments["remote"]?.string ?? "origin") + " " + quoted(branch) }
    return words
  }

  /// What a tool that nobody has told us of is about to do; nil where nothing says.
  private static func guess(_ name: String, _ words: [String], _ arguments: JSON) -> ToolCall? {
    if ToolNames.soundsLikeReading(words) { return .reads }
    if let command = ["command", "cmd", "commandLine"].compactMap({ arguments[$0] }).first,
      let line = Self.line(command)
    {
      return .shell(line)
    }
    let paths = Self.paths(in: arguments)
    guard !paths.isEmpty else { return nil }
    let content = [
      "content", "contents", "file_text", "text", "code", "patch", "diff", "old_string", "new_string",
      "oldString", "newString", "edits", "replacements",
    ]
    return ToolNames.soundsLikeWriting(words) || content.contains { arguments[$0] != nil }
      ? editing(paths) : .reads
  }

  /// An edit of these files. No system takes a NUL in a path, and what stands behind one would not be looked at.
  private static func editing(_ paths: [String]) -> ToolCall {
    paths.contains { $0.utf8.contains(0) } ? .unknown("a path with a NUL in it") : .edits(paths)
  }

  private static func edit(_ arguments: JSON) -> ToolCall {
    // Editors with several verbs look at a file by the same name.
    if arguments["command"]?.string == "view" { return .reads }
    var paths = paths(in: arguments)
    let texts = ["command", "input", "patch"].compactMap { arguments[$0]?.string } + [arguments.string]
    for text in texts.compactMap({ $0 }) { paths += PatchText.paths(in: text) }
    return editing(paths)
  }

  private static func command(_ arguments: JSON) -> ToolCall? {
    for key in commandKeys {
      if let line = arguments[key].flatMap(Self.line) { return .shell(line) }
    }
    if let task = arguments["task"], let program = task["command"].flatMap(Self.line) {
      return .shell(([program] + (task["args"].flatMap(Self.line).map { [$0] } ?? [])).joined(separator: " "))
    }
    if let lines = arguments["commands"]?.elements {
      return .shell(lines.compactMap(\.string).joined(separator: "\n"))
    }
    return arguments.string.map(ToolCall.shell)
  }

  private static func line(_ value: JSON) -> String? {
    value.string ?? value.elements.map { $0.compactMap(\.string).map(quoted).joined(separator: " ") }
  }

  /// In quotes also where none are needed: an empty word, and one that begins with `#`, is a word.
  private static func quoted(_ word: String) -> String {
    "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }

  private static func paths(in arguments: JSON) -> [String] {
    let single = pathKeys.compactMap { arguments[$0]?.string }
    let lists = listKeys.flatMap { arguments[$0]?.elements ?? [] }.flatMap { element in
      element.string.map { [$0] } ?? pathKeys.compactMap { element[$0]?.string }
    }
    return (single + lists).filter { !$0.isEmpty }.map(path)
  }

  /// A path as the system has it: VS Code has addresses (RFC 8089) too.
  static func path(_ text: String) -> String {
    guard text.hasPrefix("file://") else { return text }
    var bytes: [UInt8] = []
    var rest = text.utf8.dropFirst(7).drop { $0 != UInt8(ascii: "/") }
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), let high = rest.first.flatMap(ObjectID.value(ofHexadecimal:)),
        let low = rest.dropFirst().first.flatMap(ObjectID.value(ofHexadecimal:))
      {
        bytes.append(high << 4 | low)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension JSON {
  /// The first of some keys that has a text in it which is not empty.
  fileprivate func text(_ keys: String...) -> String? {
    for key in keys { if let text = self[key]?.string, !text.isEmpty { return text } }
    return nil
  }
}
