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

struct AgentHook: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agent-hook", abstract: "Answer an agent's harness before the agent uses a tool.",
    discussion: """
      Reads the harness's JSON on stdin and answers in its form: a refusal with the next allowed step, or no \
      objection. Refuses what it cannot understand, and nothing outside a governed repository. This is \
      advice, not enforcement: git's hooks decide what lands. docs/agents.md says how to set it up.

      Example: llmos-hook agent-hook claude-code <call.json
      """)
  @OptionGroup var global: GlobalOptions
  @Argument(help: "claude-code, cursor, codex, gemini or copilot.") var harness: Harness

  /// More than any tool call has.
  private static let limit = 64 << 20

  func run() throws {
    try global.enter()
    let request = Harness.request(try System.input(limit: Self.limit))
    var refusal: Refusal?
    do {
      refusal = try Self.decide(request)
    } catch {
      refusal = Refusal(error)
    }
    System.write(harness.answer(refusal, request), to: 1)
  }

  /// Decides in the repository of the call's directory, and in those of the files that it edits.
  private static func decide(_ request: Harness.Request) throws -> Refusal? {
    // One that is gone leaves the directory in which the harness started us.
    if let directory = request.directory { _ = System.changeDirectory(to: directory) }
    let here = System.directory ?? "/"
    var directories = [here]
    var call = request.call
    if case .edits(let paths) = call {
      // A symlink counts for itself and for what it leads to.
      let places = paths.map { resolved($0.hasPrefix("/") ? $0 : here + "/" + $0) }
      directories += places.map(\.directory)
      call = .edits(paths + places.map(\.path))
    }
    var visited: Swift.Set<String> = []
    for directory in directories where visited.insert(directory).inserted {
      guard System.changeDirectory(to: directory), let engine = try governed() else { continue }
      let standing = try engine.standing()
      let facts = try engine.facts(standing)
      let place = ToolPlace(
        root: engine.worktree, directory: here,
        gitDirectories: [engine.repository.gitDirectory, engine.repository.commonDirectory],
        scripts: standing.rules.catalog.scenarios.flatMap { $0.phases.flatMap(\.scripts) })
      if let refusal = toolGate(call, facts, at: place) { return refusal }
    }
    return nil
  }

  /// The repository of the current directory; nil when the gate is not in it.
  private static func governed() throws -> Engine? {
    do {
      let engine = try Engine()
      if try engine.repository.references(matching: Ledger.prefix + "*").isEmpty { return nil }
      return engine
    } catch {
      // What does not open, though the gate was put into it, is refused.
      var directory = (System.directory ?? "") + "/"
      while !Files.isReachable(directory + ".git"), directory != "/" {
        directory = Files.directory(of: directory)
      }
      guard Files.isReachable(directory + ".git/llmos/install") else { return nil }
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
}
