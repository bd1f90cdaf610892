import Core
import Testing

@testable import Pages

@Suite struct TerminalTests {
  private static let scenario = Catalog.canonical.scenario("FEATURE_DEVELOPMENT")
  private static let place = Place("FEATURE_DEVELOPMENT", "IMPLEMENTATION")
  private static let done: Set<Place> = [
    Place("FEATURE_DEVELOPMENT", "BRIEF"), Place("FEATURE_DEVELOPMENT", "DESIGN"),
  ]

  @Test func phasesStandInARow() throws {
    let scenario = try #require(Self.scenario)
    let row = ScenarioRow(scenario, current: Self.place, isOpen: true, completed: Self.done)
    #expect(
      row.lines(width: 100) == ["✓ BRIEF → IMPACT_ANALYSIS → ✓ DESIGN → ▶ IMPLEMENTATION → QA → RELEASE"])
    #expect(
      row.lines(width: 40) == [
        "✓ BRIEF → IMPACT_ANALYSIS → ✓ DESIGN →", "  ▶ IMPLEMENTATION → QA → RELEASE",
      ])
    for width in 20...90 { #expect(row.lines(width: width).allSatisfy { Visible.width($0) <= width }) }
    let plain = ScenarioRow(scenario, current: Self.place, isOpen: true, completed: Self.done, isPlain: true)
    #expect(
      plain.lines(width: 100) == [
        "x BRIEF -> IMPACT_ANALYSIS -> x DESIGN -> [IMPLEMENTATION] -> QA -> RELEASE"
      ])
    let over = ScenarioRow(
      scenario, current: Self.place, isOpen: false, completed: Self.done.union([Self.place]))
    #expect(over.lines(width: 100)[0].contains("✓ IMPLEMENTATION"))
  }

  @Test func hostileNamesAreOnOneLine() {
    let name = "A\u{1B}[31m\nB\u{202E}"
    let scenario = Scenario(
      name: "S", when: "", phases: [Phase(name: name, summary: "", role: "", actions: [], next: nil)])
    let row = ScenarioRow(scenario, current: Place("S", name), isOpen: true, completed: [])
    #expect(row.lines(width: 40) == ["▶ A [31m B "])
  }

  @Test func lanesFollowWhatIsSetAside() {
    var lanes = HistoryLanes()
    var lines: [String] = []
    for depth in [0, 1, 1, 0, 2, 0] {
      let next = lanes.next(depth: depth)
      lines += next.connections + [next.entry]
    }
    #expect(
      lines == [
        "● ", "├─╮", "│ ● ", "│ ● ", "├─╯", "● ", "├─╮", "│ ├─╮", "│ │ ● ", "│ ├─╯", "├─╯", "● ",
      ])
    var plain = HistoryLanes(isPlain: true)
    _ = plain.next(depth: 0)
    #expect(plain.next(depth: 1) == (["|\\"], "| * ", "| | "))
  }

  /// Columns that a terminal gives to what is wide, to what goes on the letter before, and to the rest.
  @Test(arguments: [
    ("abc", 3), ("日本", 4), ("e\u{301}", 1), ("🚀", 2), ("", 0), ("ü", 1), ("✅", 2), ("⏳", 2), ("🫠", 2),
    ("🇨🇭", 2),
    ("🌡", 1), ("→", 1),
  ])
  func widths(text: String, columns: Int) {
    #expect(Visible.width(text) == columns)
  }

  /// What does not fit a terminal's width goes on below: between fields, words or parts of a word.
  @Test func linesAreBrokenWhereReadersWouldBreakThem() {
    let entry = "2026-11-19  FEATURE_DEVELOPMENT:QA  OWNER  \"the design has them now\""
    #expect(Visible.wrapped(entry, after: "● ", columns: nil) == ["● " + entry], "a pipe has no width")
    #expect(
      Visible.wrapped(entry, after: "● ", hanging: "│   ", columns: 40) == [
        "● 2026-11-19  FEATURE_DEVELOPMENT:QA", "│   OWNER  \"the design has them now\"",
      ])
    #expect(
      Visible.wrapped("DEV: update_code, commit_changes", after: "  next  ", columns: 24) == [
        "  next  DEV:", "        update_code,", "        commit_changes",
      ])
    #expect(
      Visible.wrapped("FEATURE_DEVELOPMENT:IMPLEMENTATION", after: "  ", columns: 30) == [
        "  FEATURE_DEVELOPMENT:", "  IMPLEMENTATION",
      ])
    for text in [entry, "日本語の長い説明です  と続き", String(repeating: "x", count: 300), " a  b   c ", ""] {
      for columns in 12...90 {
        let lines = Visible.wrapped(text, after: "a  ", columns: columns)
        #expect(lines.allSatisfy { Visible.width($0) <= columns }, "\(columns)")
        let letters = { (text: String) in text.filter { $0 != " " } }
        #expect(letters(lines.joined()) == letters("a" + text), "\(columns)")
      }
    }
  }
}
