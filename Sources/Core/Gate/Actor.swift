/// Who acts: a person, the engine itself, or an LLM.
public enum Actor: Hashable, Sendable {
  case owner
  case system
  /// The role is known only when `LLMOS_AGENT` names it: a harness's own variable names none.
  case agent(role: String?)

  /// `OWNER`, `SYSTEM` or `AGENT`.
  public var name: String {
    switch self {
    case .owner: "OWNER"
    case .system: "SYSTEM"
    case .agent: "AGENT"
    }
  }

  /// The role of an agent; nil for others and for an agent that named none.
  public var role: String? {
    if case .agent(let role) = self { role } else { nil }
  }

  /// Whether this is an LLM.
  public var isAgent: Bool {
    if case .agent = self { true } else { false }
  }
}

/// An actor, and how the environment showed it. Variables are hints, not proof: without
/// signing keys, any process can set or clear a variable. Both are written in the ledger.
public struct Identity: Hashable, Sendable {
  /// Who acts.
  public let actor: Actor
  /// What was claimed outright: `LLMOS_AGENT=DEV` or `LLMOS_ACTOR=OWNER`.
  public let claimed: String?
  /// The variable by which an agent's harness was recognised.
  public let detected: String?

  /// An identity of these parts.
  public init(actor: Actor, claimed: String? = nil, detected: String? = nil) {
    self.actor = actor
    self.claimed = claimed
    self.detected = detected
  }

  /// The variables that agent harnesses leave in the environment of what they start.
  public static let marks = [
    "AI_AGENT", "CLAUDECODE", "CLAUDE_CODE_CHILD_SESSION", "CURSOR_AGENT", "CODEX_THREAD_ID",
    "CODEX_SANDBOX", "CODEX_CI", "GEMINI_CLI", "COPILOT_CLI", "COPILOT_AGENT", "OPENCODE", "QWEN_CODE",
    "CRUSH", "AMP_CURRENT_THREAD_ID", "AUGMENT_AGENT", "ANTIGRAVITY_AGENT", "JUNIE_DATA",
    "GOOSE_TERMINAL",
  ]

  /// The programs of harnesses whose names hardly anything else has: they leave no mark in their own environment.
  private static let programs: Set<String> = [
    "aider", "auggie", "claude", "codex", "cursor-agent", "gemini", "opencode", "qwen",
  ]

  /// Whether a process is a harness by its name, or runs one's script.
  ///
  /// - Parameters:
  ///   - name: what the kernel calls it.
  ///   - words: its command line.
  public static func isHarness(name: String, words: [String]) -> Bool {
    let last = { (path: String) in path.pathParts.last ?? "" }
    let program = words.first.map(last) ?? ""
    if programs.contains(name) || programs.contains(program) { return true }
    guard ["node", "bun", "deno"].contains(program) || program.hasPrefix("python"), words.count > 1 else {
      return false
    }
    return programs.contains(last(words[1]))
  }

  /// Reads the environment.
  ///
  /// `LLMOS_AGENT` always makes an agent. `LLMOS_ACTOR` overrides a hint. `CLAUDECODE` alone, on a
  /// terminal, is an editor's terminal with a person at it.
  ///
  /// - Parameters:
  ///   - environment: a variable's value; an empty one counts as not set.
  ///   - onTerminal: whether a person can be sitting there.
  public init(environment: (String) -> String?, onTerminal: Bool) {
    func value(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }
    let found = Self.marks.filter { value($0) != nil }
    // The mark is recorded where its bearer counts as a person, too.
    let detected = found.first
    let isPerson = found.isEmpty || (found == ["CLAUDECODE"] && onTerminal)
    if let role = value(Layout.agentVariable.text) {
      self.init(actor: .agent(role: role), claimed: "LLMOS_AGENT=" + role, detected: detected)
      return
    }
    switch value(Layout.actorVariable.text) {
    case "OWNER": self.init(actor: .owner, claimed: "LLMOS_ACTOR=OWNER", detected: detected)
    case "SYSTEM": self.init(actor: .system, claimed: "LLMOS_ACTOR=SYSTEM", detected: detected)
    default:
      self.init(actor: isPerson ? .owner : .agent(role: nil), claimed: nil, detected: detected)
    }
  }
}
