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
    commandName: "report", abstract: "Write what happened as one HTML page that needs nothing else.",
    discussion: """
      The page has every commit's judgement (verify), the scenarios' picture, the completed phases and the \
      ledger's timeline. It runs no script and loads nothing.

      Example: llmos-hook report --html process.html
      """)
  @OptionGroup var global: GlobalOptions
  @Option(
    help: ArgumentHelp("The page; - for stdout.", valueName: "file"), completion: .file(extensions: ["html"]))
  var html: String

  func run() throws {
    try global.enter()
    let commits = Child.lines(of: ["git", "--no-replace-objects", "rev-list", "HEAD", "--"])
    let page = try Engine().reportPage(judging: commits.compactMap(ObjectID.init(hex:)))
    if html == "-" { return System.write(page.html, to: 1) }
    guard !Files.exists(html) || Files.isRegular(html) && Files.target(ofLink: html) == nil else {
      throw Refusal(
        .cannotCreate, "\(html) is there and is no regular file", remedy: "llmos-hook report --html - >FILE")
    }
    let directory = html.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    let scratch =
      directory.isEmpty ? "./" : directory.joined(separator: "/") + "/"
    try Files.replace(scratch == "./" ? "./" + html : html, with: Array(page.html.utf8), scratch: scratch)
    global.say("wrote \(html): \(page.entries.count) entries, \(page.verdicts.count) commits")
  }
}
