import Synchronization

/// How far something long has come, on a terminal: nothing for a second, then one line that is written anew and goes
/// before anything else is written. Without `begin` nothing is counted and nothing is shown.
public enum Progress {
  private struct State {
    var noun = ""
    var count = 0
    var begin: Int64 = 0
    var shown: Int64?
  }

  private static let isOn = Atomic<Bool>(false)
  private static let state = Mutex(State())
  /// Milliseconds until the line is there, and between two of it.
  private static let (patience, pause): (Int64, Int64) = (1000, 200)

  /// Shows it from now on, on stderr.
  public static func begin() { isOn.store(true, ordering: .relaxed) }

  /// One more of what is counted; another noun begins anew.
  public static func step(_ noun: StaticString, by number: Int = 1) {
    guard isOn.load(ordering: .relaxed) else { return }
    let line = state.withLock { state -> String? in
      if state.count == 0 || state.noun != noun.description {
        state = State(noun: noun.description, begin: System.monotonicMilliseconds, shown: state.shown)
      }
      let before = state.count
      state.count += number
      // A look at the clock costs more than counting.
      guard before / 256 != state.count / 256 else { return nil }
      let now = System.monotonicMilliseconds
      guard now - state.begin >= patience, now - (state.shown ?? 0) >= pause else { return nil }
      state.shown = now
      return Self.line(
        state.noun, count: state.count, milliseconds: now - state.begin, columns: Terminal.width(2))
    }
    if let line { System.write("\r\u{1B}[K" + line, to: 2, over: true) }
  }

  /// `llmos-hook: 34000 ledger entries (29000/s)`, or as much as has room: a line that wraps could not be taken away.
  static func line(_ noun: String, count: Int, milliseconds: Int64, columns: Int = 80) -> String {
    let said = "\(count) \(noun) (\(Int64(count) * 1000 / max(1, milliseconds))/s)"
    let line = "llmos-hook: " + said
    return String((line.utf8.count < columns ? line : said).prefix(max(0, columns - 1)))
  }

  /// Takes the line away, where there is one.
  public static func erase() {
    guard isOn.load(ordering: .relaxed) else { return }
    let isShown = state.withLock { state in
      defer { state.shown = nil }
      return state.shown != nil
    }
    if isShown { System.write("\r\u{1B}[K", to: 2, over: true) }
  }
}
