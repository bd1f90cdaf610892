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

/// `status --all` and `feature list`: how each worktree of a clone stands.
enum WorktreesReport {
  /// Prints them on stdout; with `watch` again whenever something has changed, until Ctrl-C.
  ///
  /// - Throws: `Refusal`: 66 outside a repository, 130 at the end of a watch.
  static func print(_ options: StatusReport.Options) throws {
    guard options.watch else { return System.write(try page(options) + "\n", to: 1) }
    Interrupts.watch()
    var last: String?
    while !Interrupts.hasCome {
      let page = try page(options)
      // Home, and clear what is below: what is written over does not flicker (ECMA-48).
      let isLive = !options.json && System.isCapableTerminal(1)
      if page != last { System.write((isLive ? "\u{1B}[H\u{1B}[J" : "") + page + "\n", to: 1) }
      last = page
      for _ in 0..<10 where !Interrupts.hasCome { System.sleep(microseconds: 100_000) }
    }
    throw Refusal(.interrupted, "interrupted")
  }

  private static func page(_ options: StatusReport.Options) throws -> String {
    let engine = try Engine()
    _ = try? engine.putBackMissingStateFile()
    let standings = try engine.worktreeStandings()
    return options.json
      ? json(standings).text : table(standings, color: options.color.applies(to: 1), isTimed: !options.watch)
  }

  /// One object.
  static func json(_ standings: [WorktreeStanding]) -> JSON {
    .object([("schema", .int(1)), ("worktrees", .array(standings.map(json)))])
  }

  private static func json(_ one: WorktreeStanding) -> JSON {
    let record = one.record
    return .object([
      ("path", .string(one.path)), ("current", .bool(one.isCurrent)), ("missing", .bool(!one.isThere)),
      ("branch", JSON(one.branch)), ("feature", JSON(one.feature)),
      ("scenario", JSON(record?.place.scenario)), ("phase", JSON(record?.place.phase)),
      ("status", JSON(record?.status.rawValue)), ("role", JSON(record?.role)),
      ("frozen", .bool(record?.isFrozen ?? false)),
      ("commits", one.commits.map { .int($0) } ?? .null), ("age", one.age.map { .int(Int($0)) } ?? .null),
      ("waits_for", .string(one.waitsFor)),
      (
        "quarantine",
        one.quarantine.isEmpty ? .null : .array(one.quarantine.map { .string($0.description) })
      ),
      ("ledger", .string(one.ledger)),
    ])
  }

  /// A line each, under a heading; where the terminal has no room for that, some lines each.
  static func table(_ standings: [WorktreeStanding], color: Bool, isTimed: Bool = true) -> String {
    let heading = ["", "WORKTREE", "BRANCH", "FEATURE", "PHASE", "ROLE", "COMMITS", "AGE", "WAITS FOR"]
    let rows = [heading] + standings.map { row($0, isTimed: isTimed) }
    let widths = heading.indices.map { column in rows.map { Visible.width($0[column]) }.max() ?? 0 }
    let columns = Terminal.columns() ?? .max
    let isNarrow = widths.reduce(2 * (widths.count - 1), +) > columns
    let lines = rows.enumerated().map { number, row in
      let cells = zip(row, widths).map { cell, width in
        cell + String(repeating: " ", count: width - Visible.width(cell))
      }
      let text =
        isNarrow
        ? number == 0 ? "" : narrow(row, columns) : cells.joined(separator: "  ").droppingTrailingSpaces
      guard color, number > 0 else { return text }
      let isBad = !standings[number - 1].quarantine.isEmpty || !standings[number - 1].isThere
      return isBad
        ? "\u{1B}[31m\(text)\u{1B}[0m" : standings[number - 1].isCurrent ? "\u{1B}[1m\(text)\u{1B}[0m" : text
    }
    return (isNarrow ? Array(lines.dropFirst()) : lines).joined(separator: "\n")
  }

  /// A row of the table, as some lines: what is missing there has no words here.
  private static func narrow(_ row: [String], _ columns: Int) -> String {
    let commits = row[6] == "-" ? "-" : row[6] + (row[6] == "1" ? " commit" : " commits")
    let told = [row[3], row[4], row[5], commits, row[7]].filter { !$0.isEmpty && $0 != "-" }
    let lines =
      Visible.wrapped("\(row[1])  \(row[2])", after: row[0] + " ", columns: columns)
      + Visible.wrapped(told.joined(separator: ", "), after: "    ", columns: columns)
      + Visible.wrapped(row[8], after: "    waits for  ", columns: columns)
    return lines.joined(separator: "\n")
  }

  private static func row(_ one: WorktreeStanding, isTimed: Bool) -> [String] {
    let commits = one.commits.map { $0 == Engine.mostCounted ? "\($0)+" : String($0) }
    let place = one.record.map { record in
      record.place.description + (record.status == .inProgress ? "" : " " + record.status.rawValue)
        + (record.isFrozen ? " (frozen)" : "")
    }
    let quarantine = one.quarantine.isEmpty ? "" : "\(one.quarantine.count) in quarantine; "
    return [
      one.isCurrent ? "*" : " ", one.path.pathParts.last ?? "/",
      one.branch ?? "(detached)", one.feature ?? "-", place ?? "-", one.record?.role ?? "-", commits ?? "-",
      isTimed ? one.age.map(age) ?? "-" : "", quarantine + one.waitsFor,
    ].map(\.onOneLine)
  }

  /// Seconds in the largest unit that is whole.
  private static func age(_ seconds: Int64) -> String {
    switch seconds {
    case ..<60: "\(seconds) s"
    case ..<3600: "\(seconds / 60) min"
    case ..<(2 * 86400): "\(seconds / 3600) h"
    default: "\(seconds / 86400) d"
    }
  }
}

extension String {
  fileprivate var droppingTrailingSpaces: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}
