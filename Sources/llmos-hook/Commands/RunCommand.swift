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

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run the current scenario: scripts, actions, agents, phases, events.",
    discussion: """
      Stops when the scenario is done (0), a phase is blocked (1), or a role has work to do (3). \
      The output of every child is kept in .git/llmos/runs.

      Example: llmos-hook run --context target_environment=staging
      """)
  @OptionGroup var global: GlobalOptions
  @OptionGroup var seal: SealOptions
  @Flag(help: "Run only the current phase.") var once = false
  @OptionGroup var context: ContextOptions
  @Flag(help: "Print one JSON object at the end: the events in order.") var json = false

  func run() throws {
    try global.enter()
    let values = try context.values()
    let display = RunDisplay(json: json, quiet: global.quiet)
    let end: Run.End
    do {
      let caller = Identity.current()
      // A person starts the engine, and the engine acts: the ledger says both.
      let identity =
        caller.actor.isAgent
        ? caller : Identity(actor: .system, claimed: caller.claimed, detected: caller.detected)
      end = try Run(once: once, context: values, report: display.show).run(
        try global.engine(as: identity, sealing: seal))
    } catch {
      display.blocked(by: Refusal(error))
      throw error
    }
    display.ended(end)
    if case .waiting = end { throw ExitStatus(code: ExitCode.waiting.rawValue) }
  }
}
