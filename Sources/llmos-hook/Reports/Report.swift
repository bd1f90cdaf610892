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

/// How a command ends: the one place that turns an error into text and an exit code.
enum Report {
  /// Prints a result line.
  static func result(_ text: String) {
    System.write(text + "\n", to: 1)
  }

  /// Prints a line for people: nothing of what strangers wrote in it steers the terminal.
  static func line(_ text: String) { result(text.onOneLine) }

  /// Prints a result line for people: on a terminal in its width, `hanging` before what does not fit the first line.
  static func line(_ text: String, after lead: String = "", hanging: String) {
    let lines = Visible.wrapped(text.onOneLine, after: lead, hanging: hanging, columns: Terminal.columns())
    result(lines.joined(separator: "\n"))
  }

  /// What is said on stderr, in a terminal's width; blanks before it stay.
  static func remark(_ text: String) -> String {
    let blanks = text.prefix { $0 == " " }
    let lines = Visible.wrapped(
      String(text.dropFirst(blanks.count)), after: "llmos-hook: " + blanks, hanging: blanks + "    ",
      columns: Terminal.columns(2))
    return lines.joined(separator: "\n") + "\n"
  }

  /// Ends the process for an error: a refusal with its code, a mistake in the command line with 64.
  static func exit(_ error: any Error) -> Never {
    if error is ExitStatus || !isOurs(error) {
      if let status = error as? ExitStatus { System.exit(status.code) }
      CommandLineTool.exit(withError: error)
    }
    let refusal = ScriptWords(at: "./").adapted(Refusal(error))
    System.write(refusal.lines, to: 2)
    System.exit(refusal.code)
  }

  private static func isOurs(_ error: any Error) -> Bool {
    let name = String(reflecting: type(of: error))
    return !name.hasPrefix("ArgumentParser.")
  }
}

/// An exit code whose message was already printed.
struct ExitStatus: Error {
  let code: Int32
}
