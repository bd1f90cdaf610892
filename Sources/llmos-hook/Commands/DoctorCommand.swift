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
      Prints one line for each check, with the remedy. Exits with 1 if something is wrong; a note is said and no more.

      Example: llmos-hook doctor
      """
  )
  @OptionGroup var global: GlobalOptions
  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    try global.enter()
    let checks = Doctor.checks(try global.engine())
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
