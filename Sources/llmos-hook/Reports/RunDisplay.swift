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

/// What a run shows: lines, and below them, on a terminal, what is going on now and for how long; or JSON.
final class RunDisplay: Sendable {
  private let json: Bool
  private let quiet: Bool
  private let isLive: Bool
  private let state = Mutex(State())

  private struct State {
    var began = ContinuousClock.now
    /// The phase in progress.
    var place: Place?
    /// What is going on, for the live line; nil shows none.
    var now: String?
    /// Whether the live line stands on the terminal.
    var isLineShown = false
    /// Whether what a child printed last ended its line.
    var isAtStart = true
    var events: [JSON] = []
  }

  init(json: Bool, quiet: Bool) {
    self.json = json
    self.quiet = quiet
    isLive = !json && !quiet && System.isCapableTerminal(2)
  }

  /// Takes an event.
  func show(_ event: Run.Event) {
    if case .verifyOutput(let text) = event { return state.withLock { output(text, &$0) } }
    state.withLock { state in
      if case .phaseBegins(let place, _) = event { (state.began, state.place) = (ContinuousClock.now, place) }
      if json {
        if let object = Self.object(event) { state.events.append(object) }
      } else {
        show(event, &state)
      }
    }
  }

  private func show(_ event: Run.Event, _ state: inout State) {
    switch event {
    case .phaseBegins(let place, let role):
      state.now = nil
      line("\(place) (\(role))", &state)
      state.now = place.description
    case .childBegins(let title, _):
      line("  \(title)", &state)
      state.now = (state.place.map { $0.description + ", " } ?? "") + title
    case .output(let text): if !quiet { output(text, &state) }
    case .verifyOutput: break
    case .childEnds(let title, let code):
      if let code, code != 0 { line("  \(title) exited with \(code)", &state) }
      state.now = state.place?.description
    case .remark(let text): line("  \(text)", &state)
    case .checkpoint(let commit, let files):
      line("  checkpoint \(commit.prefix(10))", &state)
      for file in files { line("    \(file.onOneLine)", &state) }
    case .phaseEnds(let place, let next, let status):
      state.now = nil
      let words = status == .inProgress ? "" : " " + status.rawValue
      line("\(place) done (\(elapsed(state))) -> \(next)\(words)", &state)
    case .waits(let place, let role, let what):
      clear(&state)
      let said = "\(place) waits for \(role): \(what)\n  next: when that is done, ./llmos run continues"
      System.write("llmos-hook: " + ScriptWords(at: "./").adapted(said).onItsLines + "\n", to: 2)
    case .finished(let place):
      state.now = nil
      line("\(place.scenario) is COMPLETED", &state)
    }
  }

  /// The run has ended by itself.
  func ended(_ end: Run.End) {
    let word =
      switch end {
      case .finished: "finished"
      case .once: "once"
      case .waiting: "waiting"
      }
    state.withLock { state in
      clear(&state)
      printEvents(state, end: word)
    }
  }

  /// The run could not go on: why is a refusal's to say, with `--json` the last event too.
  func blocked(by refusal: Refusal) {
    state.withLock { state in
      clear(&state)
      state.events.append(
        JSON.object([
          ("event", .string("blocked")), ("scenario", JSON(state.place?.scenario)),
          ("phase", JSON(state.place?.phase)), ("by", .string(refusal.what)), ("why", JSON(refusal.why)),
          ("next", .string(refusal.next)), ("code", .int(Int(refusal.code.rawValue))),
        ]))
      printEvents(state, end: refusal.code == .interrupted ? "interrupted" : "blocked")
    }
  }

  private func printEvents(_ state: State, end: String) {
    guard json else { return }
    Report.result(
      JSON.object([("schema", .int(1)), ("events", .array(state.events)), ("end", .string(end))]).text)
  }

  // MARK: The terminal

  private func elapsed(_ state: State) -> String {
    Visible.time(seconds: Int((ContinuousClock.now - state.began).components.seconds))
  }

  /// A line that stays, above the live one.
  private func line(_ text: String, _ state: inout State) {
    if quiet { return }
    clear(&state)
    System.write(text.onItsLines.split(separator: "\n").map { Report.remark(String($0)) }.joined(), to: 2)
    draw(&state)
  }

  /// What a child prints, a piece at a time; an empty one only moves the clock on.
  private func output(_ text: String, _ state: inout State) {
    if !text.isEmpty {
      erase(&state)
      System.write(text, to: 2)
      state.isAtStart = text.utf8.last == UInt8(ascii: "\n")
    }
    draw(&state)
  }

  /// Makes room for a line of ours.
  private func clear(_ state: inout State) {
    erase(&state)
    if !state.isAtStart { System.write("\n", to: 2) }
    state.isAtStart = true
  }

  private func erase(_ state: inout State) {
    if state.isLineShown { System.write("\r\u{1B}[K", to: 2) }
    state.isLineShown = false
  }

  private func draw(_ state: inout State) {
    guard isLive, state.isAtStart, let now = state.now else { return }
    // A line that wraps could not be erased.
    let time = " " + elapsed(state)
    let room = max(10, Terminal.width(2) - time.count - 1)
    // Where all of it has no room, the scenario is known best.
    let scenario = (state.place?.scenario ?? "") + ":"
    let isLong = Visible.width(now) > room && now.hasPrefix(scenario)
    let shown = isLong ? String(now.dropFirst(scenario.count)) : now
    System.write("\r\u{1B}[K" + Visible.fitted(shown, columns: room) + time, to: 2)
    state.isLineShown = true
  }

  private static func object(_ event: Run.Event) -> JSON? {
    let make = { (name: String, pairs: [(key: String, value: JSON)]) in
      JSON.object([("event", .string(name))] + pairs)
    }
    let at = { (place: Place) -> [(key: String, value: JSON)] in
      [("scenario", .string(place.scenario)), ("phase", .string(place.phase))]
    }
    switch event {
    case .phaseBegins(let place, let role): return make("phase-begins", at(place) + [("role", .string(role))])
    case .childBegins(let title, let log):
      return make("child-begins", [("title", .string(title)), ("log", .string(log))])
    case .output, .verifyOutput: return nil
    case .childEnds(let title, let code):
      return make("child-ends", [("title", .string(title)), ("code", code.map { .int(Int($0)) } ?? .null)])
    case .remark(let text): return make("remark", [("text", .string(text))])
    case .checkpoint(let commit, let files):
      return make("checkpoint", [("commit", .string(commit)), ("files", .array(files.map(JSON.string)))])
    case .phaseEnds(let place, let next, let status):
      return make(
        "phase-ends", at(place) + [("next", .string(next.description)), ("status", .string(status.rawValue))])
    case .waits(let place, let role, let what):
      return make("waits", at(place) + [("role", .string(role)), ("for", .string(what))])
    case .finished(let place): return make("finished", at(place))
    }
  }
}
