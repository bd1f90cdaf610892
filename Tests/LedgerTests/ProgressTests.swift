import Testing

@testable import Platform

@Suite struct ProgressTests {
  @Test(arguments: [
    (34_000, 1_200, "llmos-hook: 34000 commits (28333/s)"), (1, 0, "llmos-hook: 1 commits (1000/s)"),
    (0, 5_000, "llmos-hook: 0 commits (0/s)"),
  ])
  func theLine(count: Int, milliseconds: Int64, line: String) {
    #expect(Progress.line("commits", count: count, milliseconds: milliseconds) == line)
  }

  @Test func itNeverWraps() {
    let line = { Progress.line("ledger entries", count: 34_000, milliseconds: 1_200, columns: $0) }
    #expect(line(43) == "llmos-hook: 34000 ledger entries (28333/s)")
    #expect(line(42) == "34000 ledger entries (28333/s)")
    #expect(line(20) == "34000 ledger entrie")
  }
}
