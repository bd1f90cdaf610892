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
      Gives every commit of RANGE (default: all of HEAD's history) a verdict: SATISFIED (a hook saw it land in a \
      phase that allows commits), CHECKPOINT, ROLLBACK, OVERRIDDEN, PREDATES, DERIVED (exactly what proven commits \
      contain), INCOMING, UNSEEN (no hook saw it land), VIOLATION or UNPROVEN. Exits with 1 on VIOLATION, with \
      --strict also on UNSEEN, INCOMING and UNPROVEN, and when a ledger does not fit together.

      Example: llmos-hook verify --strict origin/main..HEAD
      """)
  @OptionGroup var global: GlobalOptions
  @Flag(help: "Print one JSON object.") var json = false
  @Flag(help: "Count UNSEEN, INCOMING and UNPROVEN as violations.") var strict = false
  @Argument(help: "A range as for git log, such as origin/main..HEAD.") var range: String?

  func run() throws {
    try global.enter()
    let options = VerifyReport.Options(json: json, isStrict: strict, range: range, quiet: global.quiet)
    let code = try VerifyReport.print(options)
    if code != 0 { throw ExitStatus(code: code) }
  }
}
