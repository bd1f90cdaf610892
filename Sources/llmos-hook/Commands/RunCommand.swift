import ArgumentParser
import Core
import Engine
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Synchronization
import ToolGate
import Verify

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run the current scenario: scripts, actions, agents, phases, events.",
    discussion: """
      Stops when the scenario is done (0), a phase is blocked (1), or a role has work to do (3). \
      The output of every child is kept in .git/llmos/runs.

      Example: llmos-hook run --once --context target_environment=staging
      """)
  @OptionGroup var global: GlobalOptions
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
      end = try Run(once: once, context: values, report: display.show).run(try global.engine(as: identity))
    } catch {
      display.clearLine()
      display.printEvents()
      throw error
    }
    display.clearLine()
    display.printEvents()
    if case .waiting = end { throw ExitStatus(code: ExitCode.waiting.rawValue) }
  }
}

/// What a run shows: a live line for each phase on a terminal, plain lines in a pipe, or JSON.
final class RunDisplay: Sendable {
  private let json: Bool
  private let quiet: Bool
  private let isTerminal: Bool
  private let began = Mutex(ContinuousClock.now)
  private let events = Mutex<[JSON]>([])

  init(json: Bool, quiet: Bool) {
    self.json = json
    self.quiet = quiet
    isTerminal = System.isTerminal(2)
  }

  /// Takes an event.
  func show(_ event: Run.Event) {
    if case .verifyOutput(let text) = event { return System.write(text, to: 2) }
    if json {
      if let object = Self.object(event) { events.withLock { $0.append(object) } }
      return
    }
    switch event {
    case .phaseBegins(let place, let role):
      began.withLock { $0 = ContinuousClock.now }
      live("\(place) (\(role))")
    case .childBegins(let title, _): isTerminal ? live(title) : line("  \(title)")
    case .output(let text):
      if !quiet { System.write((isTerminal ? "\r\u{1B}[K" : "") + text, to: 2) }
    case .verifyOutput: break
    case .childEnds(let title, let code): if let code, code != 0 { line("  \(title) exited with \(code)") }
    case .remark(let text): line("  \(text)")
    case .checkpoint(let commit, let files):
      line("  checkpoint \(commit.prefix(10))")
      for file in files { line("    \(file)") }
    case .phaseEnds(let place, let next, let status):
      line("\(place) done \(elapsed) -> \(next)\(status == .inProgress ? "" : " " + status.rawValue)")
    case .waits(let place, let role, let what):
      System.write(
        "llmos-hook: \(place) waits for \(role): \(what)\n  next: when that is done, ./llmos run continues\n",
        to: 2)
    case .finished(let place): line("\(place.scenario) is COMPLETED")
    }
  }

  /// With `--json`, prints everything that was shown as one object.
  func printEvents() {
    guard json else { return }
    Report.result(
      JSON.object([("schema", .int(1)), ("events", .array(events.withLock { $0 }))]).text)
  }

  /// Clears the live line.
  func clearLine() {
    if isTerminal, !json { System.write("\r\u{1B}[K", to: 2) }
  }

  private var elapsed: String {
    let seconds = Int((ContinuousClock.now - began.withLock { $0 }).components.seconds)
    return "(\(seconds / 60):\(seconds % 60 < 10 ? "0" : "")\(seconds % 60))"
  }

  private func line(_ text: String) {
    if quiet { return }
    System.write((isTerminal ? "\r\u{1B}[K" : "") + "llmos-hook: " + text + "\n", to: 2)
  }

  private func live(_ text: String) {
    if quiet { return }
    if isTerminal {
      System.write("\r\u{1B}[Kllmos-hook: \(text) \(elapsed)", to: 2)
    } else {
      line(text)
    }
  }

  private static func object(_ event: Run.Event) -> JSON? {
    let make = { (name: String, pairs: [(key: String, value: JSON)]) in
      JSON.object([("event", .string(name))] + pairs)
    }
    let at = { (place: Place) -> [(key: String, value: JSON)] in
      [("scenario", .string(place.scenario)), ("phase", .string(place.phase))]
    }
    switch event {
    case .phaseBegins(let place, let role): return make("phase-begins", at(place) + [("role", .string(role))])
    case .childBegins(let title, let log):
      return make("child-begins", [("title", .string(title)), ("log", .string(log))])
    case .output, .verifyOutput: return nil
    case .childEnds(let title, let code):
      return make("child-ends", [("title", .string(title)), ("code", code.map { .int(Int($0)) } ?? .null)])
    case .remark(let text): return make("remark", [("text", .string(text))])
    case .checkpoint(let commit, let files):
      return make("checkpoint", [("commit", .string(commit)), ("files", .array(files.map(JSON.string)))])
    case .phaseEnds(let place, let next, let status):
      return make(
        "phase-ends", at(place) + [("next", .string(next.description)), ("status", .string(status.rawValue))])
    case .waits(let place, let role, let what):
      return make("waits", at(place) + [("role", .string(role)), ("for", .string(what))])
    case .finished(let place): return make("finished", at(place))
    }
  }
}
