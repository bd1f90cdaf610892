import Core
import Engine
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Synchronization
import ToolGate
import Verify

/// What `run --all` shows on stderr: on a terminal a line for each worktree that runs, with the last thing it said; in a
/// pipe every line, with the worktree's name before it.
final class RunAllDisplay: Sendable {
  private struct Line {
    let name: String
    let began: ContinuousClock.Instant
    var said = ""
  }

  private struct Live {
    var lines: [Line] = []
    /// How many are on the screen.
    var drawn = 0
  }

  private let json: Bool
  private let quiet: Bool
  private let isLive: Bool
  private let live = Mutex(Live())

  init(json: Bool, quiet: Bool) {
    self.json = json
    self.quiet = quiet
    isLive = !json && !quiet && System.isCapableTerminal(2)
  }

  /// Takes an event.
  func show(_ event: RunAll.Event) {
    if json { return }
    switch event {
    case .begins(let name, let log):
      if isLive {
        live.withLock { $0.lines.append(Line(name: name, began: .now)) }
      } else {
        print("\(name): begins; its log: \(log)")
      }
    case .line(let name, let text):
      let plain = text.hasPrefix("llmos-hook: ") ? String(text.dropFirst(12)) : text
      if isLive {
        live.withLock { live in
          for index in live.lines.indices where live.lines[index].name == name {
            live.lines[index].said = plain.onOneLine
          }
        }
      } else {
        print("\(name): \(plain)")
      }
    case .ends(let ended):
      live.withLock { live in live.lines.removeAll { $0.name == ended.name } }
      print("\(ended.name): \(Self.words(ended))")
    case .skipped(let name, let reason): print("\(name): not run: \(reason)")
    }
  }

  /// Draws the live lines anew.
  func refresh() {
    guard isLive else { return }
    let width = Terminal.width(2)
    live.withLock { live in
      var text = Self.up(live.drawn)
      for line in live.lines {
        let seconds = Int((ContinuousClock.now - line.began).components.seconds)
        let words = "\(line.name) \(Visible.time(seconds: seconds)) \(line.said)"
        text += Visible.fitted(words, columns: width - 1) + "\u{1B}[K\n"
      }
      live.drawn = live.lines.count
      System.write(text + "\u{1B}[J", to: 2)
    }
  }

  /// Clears the live lines.
  func end() {
    guard isLive else { return }
    live.withLock { live in
      System.write(Self.up(live.drawn) + "\u{1B}[J", to: 2)
      live = Live()
    }
  }

  /// A line that stays, above those that are live.
  private func print(_ text: String) {
    if quiet { return }
    live.withLock { live in
      let clear = isLive ? Self.up(live.drawn) + "\u{1B}[J" : ""
      if isLive { live.drawn = 0 }
      System.write(clear + "llmos-hook: " + text + "\n", to: 2)
    }
  }

  /// Back to the beginning of the line that is so many above (ECMA-48, CPL).
  private static func up(_ lines: Int) -> String { lines > 0 ? "\u{1B}[\(lines)F" : "" }

  private static func words(_ ended: RunAll.Ended) -> String {
    switch ended.code {
    case ExitCode.done.rawValue: "done"
    case ExitCode.waiting.rawValue: "waits; its log: \(ended.log)"
    case ExitCode.interrupted.rawValue: "interrupted"
    default: "stopped with \(ended.code); its log: \(ended.log)"
    }
  }

  /// All runs as one object: their events in order, each with the worktree's name, and how each ended.
  static func json(_ ended: [RunAll.Ended]) -> JSON {
    let results = ended.map { JSON(reading: $0.result.utf8) }
    let events = zip(ended, results).flatMap { one, result in
      (result?["events"]?.elements ?? []).map { event -> JSON in
        guard case .object(let pairs) = event else { return event }
        return .object([("worktree", .string(one.name))] + pairs)
      }
    }
    return .object([
      ("schema", .int(1)), ("events", .array(events)),
      (
        "worktrees",
        .array(
          ended.map {
            .object([
              ("worktree", .string($0.name)), ("path", .string($0.path)), ("code", .int(Int($0.code))),
              ("log", .string($0.log)),
            ])
          })
      ),
    ])
  }
}
