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

extension Graph.Format: ExpressibleByArgument {}

struct GraphCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "graph", abstract: "Draw the scenarios, with the current phase marked.",
    discussion: """
      Shows phases in order with their roles, what leads from one scenario to another, the current phase (▶) and what \
      was completed before it (✓). mermaid is for a block in Markdown, dot for graphviz, svg for a browser.

      Example: llmos-hook graph --format svg --width 800 >scenarios.svg
      """)
  @OptionGroup var global: GlobalOptions
  @Option(help: ArgumentHelp("mermaid, dot or svg.", valueName: "format")) var format: Graph.Format = .mermaid
  @Option(help: ArgumentHelp("The most pixels that an SVG takes from left to right.", valueName: "pixels"))
  var width = Graph.standardWidth

  func run() throws {
    try global.enter()
    guard (100...100_000).contains(width) else {
      throw Refusal(
        .usage, "--width must be from 100 to 100000, not \(width)", remedy: "llmos-hook graph --format svg")
    }
    System.write(try Graph.current(try global.engine()).text(format, width: width), to: 1)
  }
}

extension Graph {
  /// The catalog of HEAD; the mark stands at the sealed state, when there is one.
  static func current(_ engine: borrowing Engine) throws -> Graph {
    // The seal that holds here; not taken over into a new worktree's ledger, since this only looks.
    guard try !engine.repository.references(matching: Ledger.prefix + "*").isEmpty else {
      return Graph(try engine.rules().catalog)
    }
    let record = try engine.repository.sealInForce().record
    return Graph(
      try engine.rules().catalog, current: record.place, isOpen: record.status.isOpen,
      completed: try engine.completedPhases())
  }
}
