import ArgumentParser
import Core
import Engine
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import ToolGate
import Verify

extension Harness: ExpressibleByArgument {}

struct AgentHookCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agent-hook", abstract: "Answer the events of an agent's harness.",
    discussion: """
      Reads the harness's JSON on stdin and answers in its form. Before a tool: a refusal with the next allowed step, \
      or no objection. When a session or a subagent begins, and on a prompt: what llmos-hook brief says. At the end \
      of a turn: once, what the phase still owes. Refuses a tool call that it cannot understand, and nothing outside \
      a governed repository. This is advice, not enforcement: git's hooks decide what lands. docs/agents.md says how \
      to set it up.

      Example: llmos-hook agent-hook claude-code <call.json
      """)
  @OptionGroup var global: GlobalOptions
  @Argument(help: "claude-code, cursor, codex, gemini or copilot.") var harness: Harness

  func run() throws {
    try global.enter()
    Self.answer(harness)
  }

  /// The harness of a plain `agent-hook` command line; nil for any other, which ArgumentParser reads.
  static func harness(of line: [String]) -> Harness? {
    line.count == 2 && line.first == "agent-hook" ? Harness(rawValue: line[1]) : nil
  }

  /// Answers what stands on stdin.
  static func answer(_ harness: Harness) {
    let hook: AgentHook
    do {
      hook = AgentHook(harness, try System.input(limit: AgentHook.limit))
    } catch {
      hook = AgentHook(harness, unreadable: error.what)
    }
    System.write(hook.answer(), to: 1)
  }
}

extension GlobalOptions {
  /// Arms a fresh clone of a governed repository.
  ///
  /// - Throws: `Refusal` (1) where that cannot be done.
  func arm() throws {
    switch Arming.arm(asking: .all) {
    case .nothing: try takeUpGrant()
    case .armed(let line): say(line)
    case .failed(let line): throw Refusal(.refused, line, remedy: "llmos-hook install, by the owner")
    }
  }

  /// Where an agent's ledger stands at the start, or by a grant for another branch, the remote is asked for one.
  private func takeUpGrant() throws {
    guard let engine = try? Engine(), try engine.lacksGrant() else { return }
    for line in try Arming.takeUpGrant(engine) { say(line) }
  }
}

struct BriefCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "brief",
    abstract: "Print what an agent is told: phase, role, what is allowed and owed.",
    discussion: """
      At most 1,200 characters. agent-hook says the same when a session begins, and run gives it to its children in \
      LLMOS_BRIEF. A repository adds to it with .llmos/brief/SCENARIO.PHASE.md.

      Example: llmos-hook brief --role QA
      """)
  @OptionGroup var global: GlobalOptions
  @Option(help: "The role of the agent; default: LLMOS_AGENT.", completion: Completions.roles) var role:
    String?

  func run() throws {
    try global.enter()
    switch Arming.arm(asking: .all) {
    case .nothing: break
    case .armed(let line), .failed(let line): global.say(line)
    }
    Report.result(try global.engine().brief(role: role).text)
  }
}
