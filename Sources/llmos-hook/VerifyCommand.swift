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
    commandName: "verify", abstract: "Tell for each commit whether it was made in a phase that allows it.",
    discussion: """
      Every commit of RANGE (all of HEAD's history by default) is SATISFIED, \
      CHECKPOINT, ROLLBACK, OVERRIDDEN, PREDATES, INCOMING, VIOLATION or \
      UNPROVEN. Exits with 1 on VIOLATION, with --strict on UNPROVEN too.

      Example: llmos-hook verify --strict origin/main..HEAD
      """)
  @OptionGroup var global: GlobalOptions
  @Flag(help: "Print one JSON object.") var json = false
  @Flag(help: "Take UNPROVEN for a violation.") var strict = false
  @Argument(help: "As git log takes it, such as origin/main..HEAD.") var range: String?

  func run() throws {
    try global.enter()
    let options = VerifyReport.Options(json: json, isStrict: strict, range: range, quiet: global.quiet)
    let code = try VerifyReport.print(options)
    if code != 0 { throw ExitStatus(code: code) }
  }
}
