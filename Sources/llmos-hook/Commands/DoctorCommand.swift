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

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Check that everything the gate needs is installed and intact.",
    discussion:
      """
      Prints one line for each check, with the remedy. Exits with 1 if something is wrong; a note is said and no more. \
      In a server's bare repository it is serve-check.

      Example: llmos-hook doctor
      """
  )
  @OptionGroup var global: GlobalOptions
  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    try global.enter()
    let repository = try Repository.current()
    // A bare one is a server's, unless people work in it by its worktrees alone.
    let hooks = repository.commonDirectory + "hooks/"
    let isServer =
      repository.workDirectory == nil
      && (HookFile.isOurs(hooks + "pre-receive") || !HookFile.isOurs(hooks + "pre-commit"))
    try Self.print(isServer ? ServeCheck.checks(repository) : Doctor.checks(global.engine()), asJSON: json)
  }

  /// Prints what was checked.
  ///
  /// - Throws: `ExitStatus` (1) where something is broken.
  static func print(_ checks: [Doctor.Check], asJSON json: Bool) throws {
    if json {
      let list = checks.map { check in
        JSON.object([
          ("check", .string(check.name)), ("ok", .bool(!check.isFailed)),
          ("problem", JSON(check.problem)), ("remedy", JSON(check.remedy)),
        ])
      }
      Report.result(JSON.object([("schema", .int(1)), ("checks", .array(list))]).text)
    } else {
      for check in checks {
        let words =
          check.problem.map {
            "\(check.isNote ? "note, " : "")\($0); next: \(check.remedy ?? "llmos-hook install")"
          } ?? "ok"
        Report.result("\(check.name): \(words)".onItsLines)
      }
    }
    if checks.contains(where: \.isFailed) {
      throw ExitStatus(code: ExitCode.refused.rawValue)
    }
  }
}

struct ServeCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve-check",
    abstract:
      "Tell a server's administrator whether pushes to this repository are judged, and what is missing.",
    discussion: """
      Prints one line for each check, with the remedy: hooks, git, hidden references, borrowed objects, sharing, \
      ledgers. Exits with 1 if something is wrong; a note is said and no more. docs/teams.md has the set-up for hosts.

      Example: llmos-hook serve-check
      """)
  @OptionGroup var global: GlobalOptions
  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    try global.enter()
    try DoctorCommand.print(ServeCheck.checks(Repository.current()), asJSON: json)
  }
}
