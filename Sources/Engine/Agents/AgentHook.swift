import Core
import Git
import Hook
import Ledger
import Platform
import ToolGate

/// Answers the event of an agent's harness, in the repositories that it touches.
public struct AgentHook: Sendable {
  private let harness: Harness
  private let event: HarnessEvent

  /// More than any tool call has.
  public static let limit = 64 << 20

  /// Reads an event.
  public init(_ harness: Harness, _ bytes: [UInt8]) {
    self.harness = harness
    event =
      bytes.count < Self.limit
      ? HarnessEvent(bytes, from: harness)
      : HarnessEvent(unreadable: "it has more than \(Self.limit >> 20) MiB", from: harness)
  }

  /// An event that could not be read.
  public init(_ harness: Harness, unreadable why: String) {
    self.harness = harness
    event = HarnessEvent(unreadable: why, from: harness)
  }

  /// What goes to stdout.
  public func answer() -> String {
    let answer: HarnessAnswer
    do {
      answer = try decide()
    } catch {
      note(Refusal(error).what)
      switch event.kind {
      case .tool: answer = .refused(Refusal(error))
      case .sessionStart, .subagentStart, .prompt: answer = .context(Self.line(Refusal(error)))
      case .turnEnd, .other: answer = .nothing
      }
    }
    return answer.text(for: event)
  }

  private static func line(_ refusal: Refusal) -> String {
    "llmos-hook: " + refusal.what + (refusal.remedy.map { "; next: " + $0 } ?? "")
  }

  private func decide() throws -> HarnessAnswer {
    switch event.kind {
    case .other, .tool(.reads), .turnEnd(isContinued: true): return .nothing
    case .tool(let call):
      if let refusal = try refusal(of: call) { return .refused(refusal) }
      return .nothing
    case .sessionStart, .subagentStart, .prompt:
      return try inRepository { engine, arming in
        var brief = try engine.brief(role: role(engine))
        brief.notice = arming.line
        return .context(brief.text)
      }
    case .turnEnd(isContinued: false):
      return try inRepository { engine, _ in
        guard let words = try engine.brief(role: role(engine)).reminder else { return .nothing }
        let place = try engine.repository.sealInForce().record.place
        return AgentSessions(engine.repository).remember(event.session, told: place)
          ? .goOn("llmos-hook: " + words) : .nothing
      }
    }
  }

  /// Whoever calls counts as an agent: it is a harness that asks.
  private static var identity: Identity {
    let found = Identity.current()
    return Identity(
      actor: .agent(role: found.actor.role), claimed: found.claimed, detected: found.detected)
  }

  // MARK: Where

  /// Where the event happens; where the harness does not tell, the directory in which it started us.
  private var directories: [String] {
    if !event.directories.isEmpty { return event.directories }
    let variables = ["CURSOR_PROJECT_DIR", "CLAUDE_PROJECT_DIR", "GEMINI_PROJECT_DIR"]
    return variables.compactMap(System.environment).filter { !$0.isEmpty }.prefix(1).map { $0 }
  }

  /// Answers in the first governed repository of the event's directories.
  private func inRepository(
    _ body: (borrowing Engine, Arming.Outcome) throws -> HarnessAnswer
  ) throws -> HarnessAnswer {
    for directory in directories.isEmpty ? [System.directory ?? "/"] : directories {
      guard System.changeDirectory(to: directory) else { continue }
      let arming = Arming.arm(asking: .near, by: Self.identity)
      guard let engine = try Self.governed() else {
        if let line = arming.line { return .context("llmos-hook: " + line) }
        continue
      }
      return try body(engine, arming)
    }
    return .nothing
  }

  /// Decides in the repositories of the call's directories, and in those of the files that it edits.
  private func refusal(of call: ToolCall) throws -> Refusal? {
    let start = System.directory ?? "/"
    var heres = directories.filter { System.changeDirectory(to: $0) }.map { Files.real($0) ?? $0 }
    // One that is gone leaves the directory in which the harness started us.
    if heres.isEmpty { heres = [start] }
    for here in heres {
      if let refusal = try refusal(of: call, in: here) { return refusal }
    }
    return nil
  }

  private func refusal(of asked: ToolCall, in here: String) throws -> Refusal? {
    var directories = [here]
    var call = asked
    if case .edits(let paths) = asked {
      // A symlink is checked as itself and as what it leads to.
      let places = paths.map { Self.resolved($0.hasPrefix("/") ? $0 : here + "/" + $0) }
      directories += places.map(\.directory)
      call = .edits(paths + places.map(\.path))
    }
    var visited: Set<String> = []
    for directory in directories where visited.insert(directory).inserted {
      guard System.changeDirectory(to: directory), let engine = try Self.governed() else { continue }
      var facts = try engine.askedFacts()
      if let role = try role(engine) {
        facts.identity = Identity(
          actor: .agent(role: role), claimed: facts.identity.claimed, detected: facts.identity.detected)
      }
      let place = ToolPlace(
        root: engine.worktree, directory: here,
        gitDirectories: [engine.repository.gitDirectory, engine.repository.commonDirectory],
        scripts: try scripts(call, facts, engine))
      if case .unknown(let words) = call { note(words, engine) }
      if let refusal = toolGate(call, facts, at: place) { return refusal }
      if case .shell(let line) = call, let session = event.session {
        if let refusal = try refusal(ofVerdictIn: line, facts, place, session, engine) { return refusal }
        if line.contains("step"), facts.record.mayCommit {
          AgentSessions(engine.repository).remember(session, stepsOn: try engine.repository.head().commit)
        }
      }
    }
    return nil
  }

  /// Refuses a verdict of the session that made the work. A command gives one when the auditor alone may run it.
  private func refusal(
    ofVerdictIn line: String, _ facts: Snapshot, _ place: ToolPlace, _ session: String,
    _ engine: borrowing Engine
  ) throws -> Refusal? {
    guard line.contains("verdict"), facts.record.place == Place("QUALITY_GATE", "VERDICT") else { return nil }
    var others = facts
    others.identity = Identity(actor: .agent(role: nil))
    guard toolGate(.shell(line), others, at: place) != nil else { return nil }
    return try engine.refusalOfJudging(in: session)
  }

  /// The scripts that only the engine runs: none of the canonical scenarios has one.
  private func scripts(_ call: ToolCall, _ facts: Snapshot, _ engine: borrowing Engine) throws -> [String] {
    guard case .shell = call, facts.record.rules.scenarios != nil else { return [] }
    return try engine.rules().catalog.scenarios.flatMap { $0.phases.flatMap(\.scripts) }
  }

  /// The role of the subagent in which it happens; nil where it is no subagent's, or the name says no role.
  private func role(_ engine: borrowing Engine) throws -> String? {
    try event.subagent.flatMap { try engine.rules().role(ofSubagent: $0) }
  }

  /// The repository of the current directory; nil when the gate is not in it.
  private static func governed() throws -> Engine? {
    guard let engine = try opened() else { return nil }
    if try engine.repository.sealInForceIfAny() != nil { return engine }
    // A fresh clone: nobody works in it unseen.
    switch try Arming.arm(engine, asking: .none) {
    case .nothing: return nil
    case .armed: return engine
    case .failed(let line): throw Refusal(.refused, line)
    }
  }

  /// The repository of the current directory; nil where there is none, or none that could be governed.
  private static func opened() throws -> Engine? {
    do {
      return try Engine(identity: identity)
    } catch {
      // A repository that has the gate but cannot be opened is refused.
      var directory = (System.directory ?? "") + "/"
      while !Files.isReachable(directory + ".git"), directory != "/" {
        directory = Files.directory(of: directory)
      }
      guard Files.isReachable(directory + ".git/" + Layout.installed.path) else { return nil }
      throw error
    }
  }

  /// A path with its symlinks followed as far as it exists, and the deepest directory of it that does.
  private static func resolved(_ path: String) -> (path: String, directory: String) {
    var rest: [Substring] = []
    var parts = path.split(separator: "/")
    while true {
      let prefix = "/" + parts.joined(separator: "/")
      if let base = Files.real(prefix) {
        let full = ([base] + rest.map(String.init)).joined(separator: "/")
        return (full, Files.isDirectory(base) ? base : Files.directory(of: base))
      }
      guard let last = parts.popLast() else { return (path, "/") }
      rest.insert(last, at: 0)
    }
  }

  // MARK: The log

  private func note(_ words: String) {
    do {
      guard let engine = try Self.governed() else { return }
      note(words, engine)
    } catch {
      // There is no repository to write it into; the answer says what is wrong.
      return
    }
  }

  private func note(_ words: String, _ engine: borrowing Engine) {
    AgentLog(engine.repository).note(
      [harness.rawValue, event.name, event.tool ?? "", words].filter { !$0.isEmpty }.joined(separator: " "))
  }
}
