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

      With --all, every worktree of the clone is run that has entered a scenario of its own, each with a log. One \
      that fails or waits stops no other. The exit code is the worst: 130, 1, 3, 0.

      Example: llmos-hook run --context target_environment=staging
      """)
  @OptionGroup var global: GlobalOptions
  @OptionGroup var seal: SealOptions
  @Flag(help: "Run only the current phase.") var once = false
  @OptionGroup var context: ContextOptions
  @Flag(help: "Print one JSON object at the end: the events in order.") var json = false
  @Flag(help: "Run every worktree of this clone.") var all = false
  @Option(help: ArgumentHelp("With --all: how many at once; default: one a processor.", valueName: "n"))
  var jobs: Int?

  func run() throws {
    try global.enter()
    guard all || jobs == nil else {
      throw Refusal(.usage, "--jobs needs --all", remedy: "llmos-hook run --all --jobs N")
    }
    let values = try context.values()
    if all { return try runAll() }
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

extension RunCommand {
  fileprivate func runAll() throws {
    let jobs = jobs ?? System.processors
    guard jobs > 0 else { throw Refusal(.usage, "--jobs needs a number from 1", remedy: "--jobs 4") }
    let display = RunAllDisplay(json: json, quiet: global.quiet)
    let words =
      (once ? ["--once"] : []) + (json ? ["--json"] : [])
      + (seal.acceptRules ? ["--accept-rules"] : []) + context.context.flatMap { ["--context", $0] }
    let all = RunAll(jobs: jobs, words: words, isPolled: display.refresh, report: display.show)
    let ended: [RunAll.Ended]
    do {
      ended = try all.run(try global.engine())
    } catch {
      display.end()
      throw error
    }
    display.end()
    if json { Report.result(RunAllDisplay.json(ended).text) }
    let codes = ended.map(\.code)
    let worst =
      if codes.contains(ExitCode.interrupted.rawValue) {
        ExitCode.interrupted
      } else if codes.contains(where: { $0 != 0 && $0 != ExitCode.waiting.rawValue }) {
        ExitCode.refused
      } else {
        codes.contains(ExitCode.waiting.rawValue) ? ExitCode.waiting : .done
      }
    if worst != .done { throw ExitStatus(code: worst.rawValue) }
  }
}
