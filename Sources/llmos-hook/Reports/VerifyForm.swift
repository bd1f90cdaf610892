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

/// How `verify` prints: for people and scripts every commit, for a host of code those that are not good.
enum VerifyForm: String, CaseIterable {
  case text, json, github, sarif, junit

  /// Whether every commit is listed.
  var listsEverything: Bool { self == .text || self == .json }

  /// Prints a report in this form on stdout; in GitHub's also its summary, into the file that the runner names.
  ///
  /// - Throws: `Refusal` (74) when that file cannot be written.
  func print(_ report: CheckReport) throws {
    switch self {
    case .text, .json: break
    case .github:
      System.write(report.annotations, to: 1)
      if let path = System.environment("GITHUB_STEP_SUMMARY"), !path.isEmpty {
        try Files.append(report.summary, to: path)
      }
    case .sarif: Report.result(report.sarif.text)
    case .junit: System.write(report.junit, to: 1)
    }
  }
}
