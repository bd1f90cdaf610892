import Core
import Git
import Hook
import Ledger
import Platform
import Shell
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
      do {
        return try answer(to: call)
      } catch {
        // To look for what is wrong is always allowed.
        guard case .shell(let text) = call,
          isOnlyReading(
            ShellLine(
              text,
              in: ShellWorld(directory: System.directory ?? "/", environment: System.environment)))
        else { throw error }
        note(Refusal(error).what)
        return event.takesContext ? .context(Self.line(Refusal(error))) : .nothing
      }
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
      var armed: [String] = []
      guard let engine = try Self.governed(arms: true, &armed) else {
        if let line = arming.line { return .context("llmos-hook: " + line) }
        continue
      }
      return try body(engine, arming)
    }
    return .nothing
  }

  /// Decides in the repositories of the call's directories, and in those of the files that it changes. What it would
  /// lose is kept before the call goes on.
  private func answer(to call: ToolCall) throws -> HarnessAnswer {
    let start = System.directory ?? "/"
    var heres = directories.filter { System.changeDirectory(to: $0) }.map { Files.real($0) ?? $0 }
    // One that is gone leaves the directory in which the harness started us.
    if heres.isEmpty { heres = [start] }
    var kept: [AgentBackup] = []
    var losses: [(place: GovernedPlace, losses: [Loss])] = []
    var armed: [String] = []
    for here in heres {
      if let refusal = try refusal(of: call, in: here, &losses, &armed) { return .refused(refusal) }
    }
    for loss in losses { kept += try loss.place.engine.backUp(loss.losses) }
    if kept.isEmpty {
      return armed.isEmpty || !event.takesContext
        ? .nothing : .context(armed.map { "llmos-hook: " + $0 }.joined(separator: "\n"))
    }
    let words = (armed + [AgentBackup.words(kept)]).joined(separator: "\n")
    if event.takesContext { return .context(words) }
    // Where a harness tells an agent nothing before a tool, a refusal tells it; the same call then goes on.
    guard kept.contains(where: \.isNew) else { return .nothing }
    return .refused(
      Refusal(.refused, words, remedy: "run the same command again: nothing can be lost by it now"))
  }

  private func refusal(
    of asked: ToolCall, in here: String, _ losses: inout [(place: GovernedPlace, losses: [Loss])],
    _ armed: inout [String]
  ) throws -> Refusal? {
    var directories = [here]
    var line: ShellLine?
    // What cannot be understood need not be work, and only where the agent is a clone is armed.
    let own = try Self.place(at: here, arms: asked.isUnderstood, &armed)
    switch asked {
    case .edits(let paths):
      directories += paths.map {
        Files.directory(of: GovernedPlace.real(ShellPath.normal($0, in: here)))
      }
    case .shell(let text):
      let read = ShellLine(
        text, in: own?.world(here) ?? ShellWorld(directory: here, environment: System.environment))
      directories += ToolGate.directories(of: read)
      line = read
    case .reads, .unknown: break
    }
    var visited: Set<String> = []
    var judged: Set<String> = []
    for directory in directories.prefix(50) where visited.insert(directory).inserted {
      guard
        let place = try directory == here
          ? own : Self.place(at: Self.existing(directory), arms: false, &armed),
        judged.insert(place.root).inserted
      else { continue }
      let decision = try decision(on: asked, in: here, of: place, line)
      if let refusal = decision.refusal { return ScriptWords(at: place.root + "/").adapted(refusal) }
      if !decision.losses.isEmpty { losses.append((place, decision.losses)) }
    }
    return nil
  }

  private func decision(
    on asked: ToolCall, in here: String, of place: GovernedPlace, _ line: ShellLine?
  ) throws -> ToolDecision {
    var facts = try place.engine.askedFacts()
    if let role = try role(place.engine) {
      facts.identity = Identity(
        actor: .agent(role: role), claimed: facts.identity.claimed, detected: facts.identity.detected)
    }
    if case .unknown(let words) = asked { note(words, place.engine) }
    let decision = toolGate(asked, facts, at: place.place(here), line: line)
    guard decision.refusal == nil, case .shell(let text) = asked, let session = event.session else {
      return decision
    }
    if let refusal = try refusal(ofVerdictIn: text, facts, place, here, line, session) {
      return ToolDecision(refusal)
    }
    if text.contains("step"), facts.record.mayCommit {
      AgentSessions(place.engine.repository).remember(
        session, stepsOn: try place.engine.repository.head().commit)
    }
    return decision
  }

  /// Refuses a verdict of the session that made the work. A command gives one when the auditor alone may run it.
  private func refusal(
    ofVerdictIn text: String, _ facts: Snapshot, _ place: GovernedPlace, _ here: String, _ line: ShellLine?,
    _ session: String
  ) throws -> Refusal? {
    guard text.contains("verdict"), facts.record.place == Place("QUALITY_GATE", "VERDICT") else { return nil }
    var others = facts
    others.identity = Identity(actor: .agent(role: nil))
    guard toolGate(.shell(text), others, at: place.place(here), line: line).refusal != nil else { return nil }
    return try place.engine.refusalOfJudging(in: session)
  }

  /// The governed worktree of a directory; nil where there is none.
  ///
  /// - Parameters:
  ///   - arms: whether a fresh clone is armed.
  ///   - armed: gets a line for a clone that was.
  private static func place(
    at directory: String, arms: Bool, _ armed: inout [String]
  ) throws -> GovernedPlace? {
    guard System.changeDirectory(to: directory), let engine = try governed(arms: arms, &armed) else {
      return nil
    }
    return GovernedPlace(engine)
  }

  /// The deepest directory of a path that exists.
  private static func existing(_ path: String) -> String {
    var path = path
    while !Files.isDirectory(path), path != "/" { path = ShellPath.parent(path) }
    return path
  }

  /// The role of the subagent in which it happens; nil where it is no subagent's, or the name says no role.
  private func role(_ engine: borrowing Engine) throws -> String? {
    try event.subagent.flatMap { try engine.rules().role(ofSubagent: $0) }
  }

  /// The repository of the current directory; nil when the gate is not in it.
  ///
  /// - Parameters:
  ///   - arms: whether a fresh clone is armed.
  ///   - armed: gets a line for a clone that was.
  private static func governed(arms: Bool, _ armed: inout [String]) throws -> Engine? {
    guard let engine = try opened() else { return nil }
    if try engine.repository.sealInForceIfAny() != nil { return engine }
    guard arms else { return nil }
    // A fresh clone: nobody works in it unseen.
    switch try Arming.arm(engine, asking: .none) {
    case .nothing: return nil
    case .armed(let line):
      armed.append(line)
      return engine
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

  // MARK: The log

  private func note(_ words: String) {
    do {
      var armed: [String] = []
      guard let engine = try Self.governed(arms: false, &armed) else { return }
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
