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
      Gives every commit of RANGE (default: HEAD, every branch and every worktree) a verdict: SATISFIED (a hook saw it land in a \
      phase that allows commits), CHECKPOINT, ROLLBACK, OVERRIDDEN, PREDATES, DERIVED (exactly what proven commits \
      contain), INCOMING, UNSEEN (no hook saw it land), VIOLATION or UNPROVEN. Exits with 1 on VIOLATION, with \
      --strict also on UNSEEN, INCOMING and UNPROVEN, and when a ledger does not fit together.

      The forms github, sarif and junit list only the commits that are not good, for a host of code: annotations \
      and the summary of a GitHub run (into the file that GITHUB_STEP_SUMMARY names), a SARIF 2.1.0 log, and a \
      JUnit report, which GitLab shows.

      Example: llmos-hook verify --strict origin/main..HEAD
      """)
  @OptionGroup var global: GlobalOptions
  @Flag(help: "Print one JSON object: --format json.") var json = false
  @Option(help: "How to print: text, json, github, sarif or junit.") var format: VerifyForm?
  @Flag(help: "Count UNSEEN, INCOMING and UNPROVEN as violations.") var strict = false
  @Option(
    help: ArgumentHelp(
      "Show what a merge or squash has of its own: its difference from the automatic merge.",
      valueName: "commit"))
  var show: String?
  @Argument(help: "A range as for git log, such as origin/main..HEAD.") var range: String?

  func run() throws {
    try global.enter()
    if let format, json, format != .json {
      throw Refusal(
        .usage, "--json and --format \(format.rawValue) contradict each other",
        remedy: "llmos-hook verify --format \(format.rawValue)")
    }
    let form = format ?? (json ? .json : .text)
    if let show {
      guard range == nil, form == .text || form == .json else {
        throw Refusal(
          .usage, "--show takes one commit, and prints text or JSON",
          remedy: "llmos-hook verify --show COMMIT")
      }
      let code = try MergeReport.print(
        VerifyReport.commit(show), isStrict: strict, json: form == .json, color: global.color)
      if code != 0 { throw ExitStatus(code: code) }
      return
    }
    let options = VerifyReport.Options(form: form, isStrict: strict, range: range, quiet: global.quiet)
    do {
      let code = try VerifyReport.print(options)
      if code != 0 { throw ExitStatus(code: code) }
    } catch  where form == .github && !(error is ExitStatus) {
      System.write(CheckReport.annotation(of: Refusal(error)), to: 1)
      throw error
    }
  }
}

extension VerifyForm: ExpressibleByArgument {}
