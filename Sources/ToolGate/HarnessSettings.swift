import Core

/// What `install --agent` puts into a harness's settings of a repository.
public struct HarnessSettings: Sendable {
  /// Whose they are.
  public let harness: Harness
  /// The file, from the worktree's root.
  public let path: String
  /// The entry of each event that we answer, in order.
  public let entries: [(event: String, entry: JSON)]
  /// What the file has to have beside its hooks.
  public let required: [(key: String, value: JSON)]
  /// What its user has to do once, in one line; nil where that is nothing.
  public let advice: String?

  /// The command that a harness runs. It lets everything pass where llmos-hook is not installed: the file is shared
  /// with people who have it not, and some harnesses refuse every tool when a hook fails.
  public static func command(_ harness: Harness) -> String {
    commandBegin + " && exec \"$h\" agent-hook \(harness.rawValue); cat >/dev/null"
  }

  /// How every command of ours begins: llmos-hook on PATH, else the one that the repository was set up with.
  private static let commandBegin =
    #"h=$(command -v llmos-hook || echo "$(git rev-parse --git-common-dir 2>/dev/null)/llmos/bin/llmos-hook"); [ -x "$h" ]"#

  /// Whether a command is one that we put in.
  public static func isOurs(_ command: String) -> Bool { command.hasPrefix("h=$(command -v llmos-hook ") }

  /// Whether a command asks us, whoever put it in.
  public static func asksUs(_ command: String, _ harness: Harness) -> Bool {
    let words = command.split { " ;\"'".contains($0) }
    return zip(words, words.dropFirst()).contains { $0 == "agent-hook" && $1 == harness.rawValue }
  }

  /// The settings of a harness.
  public init(_ harness: Harness) {
    self.harness = harness
    let command = Self.command(harness)
    switch harness {
    case .claudeCode:
      path = ".claude/settings.json"
      entries = Self.claude(
        command, tools: "Bash|PowerShell|Monitor|Edit|MultiEdit|Write|NotebookEdit|mcp__.*")
      required = []
      advice =
        #"for its status line: "statusLine": {"type": "command", "command": "llmos-hook status --line"}"#
    case .codex:
      path = ".codex/hooks.json"
      entries = Self.claude(command, tools: "Bash|apply_patch|mcp__.*")
      required = []
      advice = "Codex runs the hooks once the project and each hook are trusted: /hooks"
    case .gemini:
      path = ".gemini/settings.json"
      let hook: JSON = .object([
        ("name", .string("llmos-hook")), ("type", .string("command")), ("command", .string(command)),
        ("timeout", .int(10_000)),
      ])
      entries = [
        ("BeforeTool", Self.group(hook, "run_shell_command|write_file|replace|edit_file|mcp_.*")),
        ("SessionStart", Self.group(hook)), ("BeforeAgent", Self.group(hook)),
        ("AfterAgent", Self.group(hook)),
      ]
      required = []
      advice = "Gemini runs the hooks in a trusted folder"
    case .cursor:
      path = ".cursor/hooks.json"
      let hook: [(key: String, value: JSON)] = [("command", .string(command)), ("timeout", .int(10))]
      let tools = "Shell|Write|StrReplace|ApplyPatch|Delete|EditNotebook|MCP.*"
      entries = [
        ("preToolUse", .object(hook + [("matcher", .string(tools))])), ("sessionStart", .object(hook)),
        ("beforeSubmitPrompt", .object(hook)), ("stop", .object(hook)),
      ]
      required = [("version", .int(1))]
      advice = "Cursor runs the hooks in a trusted workspace"
    case .copilot:
      path = ".github/hooks/llmos.json"
      let hook: JSON = .object([
        ("type", .string("command")), ("bash", .string(command)), ("timeoutSec", .int(10)),
      ])
      entries = ["preToolUse", "sessionStart", "subagentStart", "agentStop"].map { ($0, hook) }
      required = [("version", .int(1))]
      advice = "Copilot runs the hooks in a trusted folder; commit \(path) for its cloud agent"
    }
  }

  /// The form that Claude Code and Codex share.
  private static func claude(_ command: String, tools: String) -> [(event: String, entry: JSON)] {
    let hook: JSON = .object([
      ("type", .string("command")), ("command", .string(command)), ("timeout", .int(10)),
    ])
    return [("PreToolUse", group(hook, tools))]
      + ["SessionStart", "SubagentStart", "UserPromptSubmit", "Stop"].map { ($0, group(hook)) }
  }

  private static func group(_ hook: JSON, _ matcher: String? = nil) -> JSON {
    .object((matcher.map { [("matcher", JSON.string($0))] } ?? []) + [("hooks", .array([hook]))])
  }
}

// MARK: Changing a file

extension HarnessSettings {
  /// Why a file cannot be changed, in words.
  public struct Unusable: Error, Sendable {
    /// What is wrong with it.
    public let fact: String
  }

  /// The file with our entries in it.
  ///
  /// - Parameters:
  ///   - bytes: what it has; nil where there is none.
  ///   - made: gets the names of what was made for them: `file`, `hooks`, `version`, an event's name.
  /// - Throws: `Unusable` where it has another form.
  public func added(to bytes: [UInt8]?, made: inout Set<String>) throws(Unusable) -> [UInt8] {
    let isBlank = bytes?.allSatisfy { $0 <= 0x20 } ?? true
    if isBlank { made.insert("file") }
    guard var text = JSONText(isBlank ? Array("{\n}\n".utf8) : bytes ?? []) else {
      throw Unusable(fact: "it is not a JSON object")
    }
    for (key, value) in required where text.value(at: [.key(key)]) == nil {
      try require(text.add(value, key: key, to: []))
      made.insert(key)
    }
    if text.value(at: ["hooks"]) == nil {
      try require(text.add(.object([]), key: "hooks", to: []))
      made.insert("hooks")
    }
    for (event, entry) in entries {
      let place: [JSONText.Step] = ["hooks", .key(event)]
      if text.value(at: place) == nil {
        try require(text.add(.array([]), key: event, to: ["hooks"]))
        made.insert(event)
      }
      guard let there = text.value(at: place)?.elements else {
        throw Unusable(fact: "hooks.\(event) is not a list")
      }
      if there.contains(entry) { continue }
      remove(from: &text, event)
      // One that its user put in asks as well.
      let rest = text.value(at: place)?.elements ?? []
      if rest.flatMap(Self.commands).contains(where: { Self.asksUs($0, harness) }) { continue }
      try require(text.add(entry, to: place))
    }
    return text.bytes
  }

  private func require(_ isDone: Bool) throws(Unusable) {
    guard isDone else { throw Unusable(fact: "hooks is not an object") }
  }

  /// The file without our entries, and without what was made for them; nil where nothing is left.
  ///
  /// - Throws: `Unusable` where it is no JSON object any more.
  public func removed(from bytes: [UInt8], made: Set<String>) throws(Unusable) -> [UInt8]? {
    guard var text = JSONText(bytes) else { throw Unusable(fact: "it is not a JSON object") }
    for (event, _) in entries {
      remove(from: &text, event)
      if made.contains(event), text.value(at: ["hooks", .key(event)]) == .array([]) {
        _ = text.remove(at: ["hooks", .key(event)])
      }
    }
    if made.contains("hooks"), text.value(at: ["hooks"]) == .object([]) { _ = text.remove(at: ["hooks"]) }
    // Hooks that came after ours may need it.
    let isOthers = made.contains("hooks") && text.value(at: ["hooks"]) != nil
    for (key, value) in required where !isOthers && made.contains(key) && text.value(at: [.key(key)]) == value
    {
      _ = text.remove(at: [.key(key)])
    }
    return made.contains("file") && text.value(at: []) == .object([]) ? nil : text.bytes
  }

  /// Takes out the hooks of an event that we put in, and groups that have no other.
  private func remove(from text: inout JSONText, _ event: String) {
    let place: [JSONText.Step] = ["hooks", .key(event)]
    for index in (text.value(at: place)?.elements ?? []).indices.reversed() {
      let at = place + [.index(index)]
      guard let entry = text.value(at: at) else { continue }
      let commands = Self.commands(entry)
      guard commands.contains(where: Self.isOurs) else { continue }
      if commands.allSatisfy(Self.isOurs) {
        _ = text.remove(at: at)
      } else {
        for (place, hook) in (entry["hooks"]?.elements ?? []).enumerated().reversed()
        where Self.commands(hook).contains(where: Self.isOurs) {
          _ = text.remove(at: at + ["hooks", .index(place)])
        }
      }
    }
  }

  /// The commands of an entry: its own, or those of the hooks in it.
  private static func commands(_ entry: JSON) -> [String] {
    ["command", "bash"].compactMap { entry[$0]?.string } + (entry["hooks"]?.elements ?? []).flatMap(commands)
  }

  /// The events at which a file does not ask us.
  ///
  /// - Throws: `Unusable` where it is no JSON object.
  public func missing(in bytes: [UInt8]) throws(Unusable) -> [String] {
    guard let text = JSONText(bytes) else { throw Unusable(fact: "it is not a JSON object") }
    return entries.map(\.event).filter { event in
      let there = text.value(at: ["hooks", .key(event)])?.elements ?? []
      return !there.flatMap(Self.commands).contains { Self.asksUs($0, harness) }
    }
  }
}
