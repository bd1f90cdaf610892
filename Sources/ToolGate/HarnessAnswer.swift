import Core

/// What is said to a harness.
public enum HarnessAnswer: Sendable {
  /// No objection, but no approval either: the harness's own rules and questions to its user stay as they are.
  case nothing
  /// The tool is not used, and why.
  case refused(Refusal)
  /// What the agent is told.
  case context(String)
  /// The turn goes on, and what for.
  case goOn(String)

  /// What goes to stdout for an event.
  public func text(for event: HarnessEvent) -> String {
    guard let object = json(for: event) else { return "" }
    return object.text + "\n"
  }

  private func json(for event: HarnessEvent) -> JSON? {
    switch self {
    case .nothing: return Self.silence(event)
    case .refused(let refusal): return Self.refusal(Self.words(refusal), event)
    case .context(let text): return Self.context(text, event) ?? Self.silence(event)
    case .goOn(let text): return Self.goOn(text, event)
    }
  }

  private static func silence(_ event: HarnessEvent) -> JSON? {
    switch event.form {
    case .claude, .copilot, .both: nil
    // Gemini takes what a hook printed to stderr when stdout is empty; Cursor may be told to refuse on silence.
    case .cursor, .gemini: .object([])
    }
  }

  private static func words(_ refusal: Refusal) -> String {
    var words = "llmos-hook: " + refusal.what
    if let why = refusal.why { words += " (\(why))" }
    if let remedy = refusal.remedy { words += "; next: " + remedy }
    return words
  }

  private static func refusal(_ words: String, _ event: HarnessEvent) -> JSON {
    let decision: [(key: String, value: JSON)] = [
      ("permissionDecision", .string("deny")), ("permissionDecisionReason", .string(words)),
    ]
    let inner = specific("PreToolUse", decision)
    switch event.form {
    case .claude: return .object([inner])
    case .copilot: return .object(decision)
    case .both: return .object(decision + [inner])
    case .gemini: return .object([("decision", .string("deny")), ("reason", .string(words))])
    case .cursor:
      return .object([
        ("permission", .string("deny")), ("user_message", .string(words)), ("agent_message", .string(words)),
      ])
    }
  }

  private static func context(_ text: String, _ event: HarnessEvent) -> JSON? {
    let name: String
    switch event.kind {
    case .sessionStart: name = "SessionStart"
    case .subagentStart: name = "SubagentStart"
    case .prompt: name = event.form == .gemini ? "BeforeAgent" : "UserPromptSubmit"
    // Beside a tool call: no word of approval, which would be one (`takesContext`).
    case .tool: name = "PreToolUse"
    default: return nil
    }
    let inner = specific(name, [("additionalContext", .string(text))])
    switch event.form {
    case .claude, .gemini: return .object([inner])
    case .copilot: return .object([("additionalContext", .string(text))])
    case .both: return .object([("additionalContext", .string(text)), inner])
    case .cursor:
      if case .subagentStart = event.kind { return nil }
      let field: (key: String, value: JSON) = ("additional_context", .string(text))
      if case .prompt = event.kind { return .object([("continue", .bool(true)), field]) }
      return .object([field])
    }
  }

  private static func goOn(_ text: String, _ event: HarnessEvent) -> JSON {
    let block: [(key: String, value: JSON)] = [("decision", .string("block")), ("reason", .string(text))]
    switch event.form {
    case .claude, .copilot: return .object(block)
    case .both: return .object(block + [specific("Stop", block)])
    case .gemini: return .object([("decision", .string("deny")), ("reason", .string(text))])
    case .cursor: return .object([("followup_message", .string(text))])
    }
  }

  private static func specific(
    _ name: String, _ fields: [(key: String, value: JSON)]
  ) -> (key: String, value: JSON) {
    ("hookSpecificOutput", .object([("hookEventName", .string(name))] + fields))
  }
}

extension HarnessEvent {
  /// Whether its harness gives a text to the agent beside a tool call that goes on.
  public var takesContext: Bool {
    switch form {
    case .claude, .both: true
    case .gemini, .cursor, .copilot: false
    }
  }
}
