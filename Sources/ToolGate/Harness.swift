import Core

/// The harnesses whose events `agent-hook` answers. What each sends and takes is in docs/agents.md.
public enum Harness: String, Sendable, CaseIterable {
  case claudeCode = "claude-code"
  case cursor
  case codex
  case gemini
  case copilot
}

/// Something of which a harness tells before or after it happens.
public struct HarnessEvent: Sendable {
  /// What it is. Whatever has no case of its own is let be.
  public enum Kind: Sendable {
    /// The agent is about to use a tool.
    case tool(ToolCall)
    /// A session begins, goes on, or was compacted.
    case sessionStart
    case subagentStart
    /// The user asks for something.
    case prompt
    /// The agent is about to end its turn. A continued one was kept from that before.
    case turnEnd(isContinued: Bool)
    case other
  }

  /// How the answer has to look.
  enum Form: Sendable {
    /// Claude Code's, which Codex takes too; unknown fields are refused there.
    case claude
    case gemini
    case cursor
    /// Copilot's own: everything at the top.
    case copilot
    /// VS Code's, and Copilot's for events with Claude Code's names: both forms at once.
    case both
  }

  /// What it is.
  public var kind: Kind
  /// The session, as the harness names it; nil where it does not.
  public var session: String?
  /// The name of the subagent in which it happens or that begins; nil for the agent itself.
  public var subagent: String?
  /// Where it happens: the first directories that the harness tells, several for a workspace with several roots.
  public var directories: [String]
  /// The tool that is about to be used, by the harness's own name.
  public var tool: String?
  /// How the harness calls the event, for an answer or a log; empty where it does not.
  public var name: String
  var form: Form
}
