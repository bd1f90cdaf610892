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
      Shows phases in order with their roles; phases that allow commits are green. mermaid is for a \
      block in Markdown, dot for graphviz, svg for a browser.

      Example: llmos-hook graph --format svg >scenarios.svg
      """)
  @OptionGroup var global: GlobalOptions
  @Option(help: ArgumentHelp("mermaid, dot or svg.", valueName: "format")) var format: Graph.Format = .mermaid

  func run() throws {
    try global.enter()
    System.write(try Graph.current(try global.engine()).text(format), to: 1)
  }
}

extension Graph {
  /// The catalog of HEAD; the mark stands at the sealed state, when there is one.
  static func current(_ engine: borrowing Engine) throws -> Graph {
    // The seal that holds here; not taken over into a new worktree's ledger, since this only looks.
    let isSealed = try !engine.repository.references(matching: Ledger.prefix + "*").isEmpty
    return Graph(
      try engine.rules().catalog,
      current: isSealed ? try engine.repository.sealInForce().record.place : nil)
  }
}
