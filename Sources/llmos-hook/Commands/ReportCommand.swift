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

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write a self-contained HTML page of what happened.",
    discussion: """
      The page has every commit's verdict (verify), the graph of the scenarios, the completed phases and the \
      ledger's timeline. It runs no script and loads nothing.

      Example: llmos-hook report --html process.html
      """)
  @OptionGroup var global: GlobalOptions
  @Option(
    help: ArgumentHelp("The file to write; - for stdout.", valueName: "file"),
    completion: .file(extensions: ["html"]))
  var html: String

  func run() throws {
    try global.enter()
    let commits = Child.lines(of: ["git", "--no-replace-objects", "rev-list", "HEAD", "--"])
    let page = try global.engine().reportPage(judging: commits.compactMap(ObjectID.init(hex:)))
    if html == "-" { return System.write(page.html, to: 1) }
    guard !Files.exists(html) || Files.isRegular(html) && Files.target(ofLink: html) == nil else {
      throw Refusal(
        .cannotCreate, "\(html) exists and is not a regular file", remedy: "llmos-hook report --html - >FILE")
    }
    let directory = html.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    let scratch =
      directory.isEmpty ? "./" : directory.joined(separator: "/") + "/"
    try Files.replace(scratch == "./" ? "./" + html : html, with: Array(page.html.utf8), scratch: scratch)
    global.say("wrote \(html): \(page.entries.count) entries, \(page.verdicts.count) commits")
  }
}
