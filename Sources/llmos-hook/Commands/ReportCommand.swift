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
    commandName: "report", abstract: "Tell what happened: as a page, a summary or JSON.",
    discussion: """
      Begins with where the project stands, what is wrong, and what waits for whom. Then a timeline, a card for each \
      feature, measures, the scenarios, and the ledger's entries. The page is one file that runs no script and loads \
      nothing. It shows the newest 2,000 entries and commits, and counts all.

      Example: llmos-hook report --html process.html --all
      """)
  @OptionGroup var global: GlobalOptions
  @Option(
    help: ArgumentHelp("Write a page into this file; - for stdout.", valueName: "file"),
    completion: .file(extensions: ["html"]))
  var html: String?
  @Flag(help: "Open the page that --html wrote.") var open = false
  @Flag(help: "Print one JSON object with what the page shows.") var json = false
  @Flag(help: "Print a summary in Markdown, for a pull request or a chat.") var markdown = false
  @Option(
    help: ArgumentHelp("Tell what happened since a time, as git log --since takes it.", valueName: "time"))
  var since: String?
  @Option(help: ArgumentHelp("Tell of one feature alone.", valueName: "slug")) var feature: String?
  @Flag(help: "Tell of all worktrees and branches of this clone.") var all = false

  func run() throws {
    try global.enter()
    guard [html != nil, json, markdown].count(where: { $0 }) == 1 else {
      throw Refusal(
        .usage, "report needs one of --html FILE, --json and --markdown",
        remedy: "llmos-hook report --html process.html")
    }
    guard !open || html.map({ $0 != "-" }) ?? false else {
      throw Refusal(
        .usage, "--open opens a file: it goes with --html FILE",
        remedy: "llmos-hook report --html process.html --open")
    }
    if let html { try requireWritable(html) }
    let question = ReportQuestion(since: try since.map(Self.time), feature: feature, isAll: all)
    let report = Pages.Report(try global.engine().reportFacts(question))
    if json { return System.write(report.json.text + "\n", to: 1) }
    if markdown { return System.write(report.markdown, to: 1) }
    try write(report)
  }

  /// Seconds since 1970 of a time as git understands it.
  private static func time(_ text: String) throws -> Int64 {
    let before = System.now
    let word = Child.output(of: ["git", "rev-parse", "--since=\(text)"])
    guard let seconds = word.flatMap({ Int64($0.drop { !$0.isNumber }) }) else {
      throw Child.missingGit
        ?? Refusal(.usage, "\(text) is no time", remedy: "--since 2026-01-31, --since '2 weeks ago'")
    }
    // What git does not understand is now for it.
    guard seconds < before || text == "now" else {
      throw Refusal(
        .usage, "--since \(text): git understands no time in the past there",
        remedy: "--since 2026-01-31, or --since '2 weeks ago'")
    }
    return seconds
  }

  private func requireWritable(_ path: String) throws {
    guard path != "-", Files.exists(path), !Files.isRegular(path) || Files.target(ofLink: path) != nil else {
      return
    }
    throw Refusal(
      .cannotCreate, "\(path) exists and is not a regular file", remedy: "llmos-hook report --html - >FILE")
  }

  private func write(_ report: Pages.Report) throws {
    guard let html else { return }
    let page = ReportPage(report).html
    if html == "-" { return System.write(page, to: 1) }
    let scratch = Files.directory(of: html)
    try Files.replace(scratch == "./" ? "./" + html : html, with: Array(page.utf8), scratch: scratch)
    global.say("wrote \(html): \(report.entryCount) entries, \(report.counts.values.reduce(0, +)) commits")
    if open { try Self.show(html) }
  }

  /// Opens a file with the desktop's own program.
  private static func show(_ path: String) throws {
    let names = [System.environment("BROWSER"), "xdg-open", "open"].compactMap { $0 }.filter { !$0.isEmpty }
    guard
      let program = names.first(where: { $0.utf8.contains(UInt8(ascii: "/")) || Program.path(of: $0) != nil })
    else {
      throw Refusal(
        .unavailable, "nothing is here that opens a page", why: "\(path) is written",
        remedy: "open it by hand, or set BROWSER")
    }
    guard Child.runInherited([program, Files.resolved(path)]) == 0 else {
      throw Refusal(
        .unavailable, "\(program) did not open the page", why: "\(path) is written",
        remedy: "open it by hand, or set BROWSER")
    }
  }
}
