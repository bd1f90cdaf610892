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

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check for each commit whether it was made in a phase that allows it.",
    discussion: """
      Gives every commit of RANGE (default: all of HEAD's history) a verdict: SATISFIED, \
      CHECKPOINT, ROLLBACK, OVERRIDDEN, PREDATES, INCOMING, VIOLATION or \
      UNPROVEN. Exits with 1 on VIOLATION, with --strict on UNPROVEN too.

      Example: llmos-hook verify --strict origin/main..HEAD
      """)
  @OptionGroup var global: GlobalOptions
  @Flag(help: "Print one JSON object.") var json = false
  @Flag(help: "Count UNPROVEN as a violation.") var strict = false
  @Argument(help: "A range as for git log, such as origin/main..HEAD.") var range: String?

  func run() throws {
    try global.enter()
    let options = VerifyReport.Options(json: json, isStrict: strict, range: range, quiet: global.quiet)
    let code = try VerifyReport.print(options)
    if code != 0 { throw ExitStatus(code: code) }
  }
}
