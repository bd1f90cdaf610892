import Foundation
import Testing

/// What a terminal shows, of any width and with as few signs as it has.
@Suite struct TerminalTests {
  @Test func statusHasAPictureOfTheScenario() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "IMPLEMENTATION")
    try await s.llmos("next-phase").succeeds()
    let lines = { (outcome: Outcome) in outcome.out.split(separator: "\n").map(String.init) }
    let status = lines(try await s.llmos("status").succeeds())
    #expect(status[0] == "FEATURE_DEVELOPMENT:QA  IN_PROGRESS")
    #expect(status[1] == "  BRIEF → IMPACT_ANALYSIS → DESIGN → ✓ IMPLEMENTATION → ▶ QA → RELEASE")
    for (name, value) in [("TERM", "dumb"), ("LC_ALL", "C")] {
      let plain = try await s.llmos("status", env: [name: value]).succeeds()
      #expect(
        lines(plain)[1] == "  BRIEF -> IMPACT_ANALYSIS -> DESIGN -> x IMPLEMENTATION -> [QA] -> RELEASE",
        "\(name)")
    }
    let narrow = lines(try await s.llmos("status", env: ["COLUMNS": "40"]).succeeds())
    #expect(
      narrow[1...2] == ["  BRIEF → IMPACT_ANALYSIS → DESIGN →", "    ✓ IMPLEMENTATION → ▶ QA → RELEASE"])
    #expect(try await !s.llmos("status").out.contains("\u{1B}"), "no colour in a pipe")
  }

  @Test func logDrawsLanesAndNoEscapes() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "IMPLEMENTATION")
    try await s.llmos("set", "QUALITY_GATE", "--reason", "x\u{1B}[31my").succeeds()
    try await s.llmos("next-phase").succeeds()
    try await s.llmos("verdict", "PASS").succeeds()
    let log = try await s.llmos("log", "--graph", "-n", "4").succeeds().out
    let shapes = log.split(separator: "\n").map { $0.prefix { "│├─╮╯● ".contains($0) } }
    #expect(shapes == ["● ", "├─╮", "│ ● ", "│ ● ", "├─╯", "● "])
    #expect(!log.contains("\u{1B}"))
    #expect(try await s.llmos("log", "--graph", "-n", "2", env: ["TERM": "dumb"]).out.hasPrefix("* "))
  }

  @Test func verifyExplainsWhatOccurs() async throws {
    let s = try await Sandbox.governed()
    try await s.git("commit", "-q", "--allow-empty", "-m", "two").succeeds()
    let verified = try await s.llmos("verify").succeeds()
    #expect(
      verified.err == """
        llmos-hook: SATISFIED 1, PREDATES 1
          SATISFIED   a hook saw it land, in a phase that allows commits
          PREDATES    older than the ledger

        """)
    #expect(try await s.llmos("verify", "--quiet").err == "")
  }

  /// On a terminal what does not fit goes on below, and no word is torn; `script` is util-linux's.
  @Test(arguments: [80, 40]) func aTerminalsWidthIsKept(columns: Int) async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "IMPLEMENTATION")
    try await s.git("commit", "-q", "--allow-empty", "-m", "Read 日本語の長い説明 and draw it ✅ where it belongs")
      .succeeds()
    try await s.llmos(
      "set", "FEATURE_DEVELOPMENT", "QA", "--context", "feature_slug=a-feature-with-a-name", "--reason",
      "the owner says that it is good enough, and will look at it again on Monday"
    ).succeeds()
    try await s.git("worktree", "add", "-q", "../w", "-b", "feature/of-somebody-else").succeeds()
    func shown(_ command: String) async throws -> [String] {
      let outcome = try await s.sh(
        "script -qec 'stty cols \(columns) && NO_COLOR=1 llmos-hook \(command)' /dev/null"
      ).succeeds()
      return outcome.out.split(whereSeparator: \.isNewline).map(String.init)
    }
    for command in ["status", "status --all", "log", "log --graph", "verify", "scenarios"] {
      let lines = try await shown(command)
      for line in lines { #expect(Self.width(line) <= columns, "\(command): \(line)") }
      #expect(!lines.contains { $0.hasSuffix("IMPLEMENTATIO") || $0.hasSuffix("IN_PROGRES") }, "\(lines)")
    }
    let all = try await shown("status --all")
    #expect(
      all[0].hasPrefix("* repo sitory  main") && all.contains { $0.hasPrefix("    waits for  ") }, "\(all)")
    let verified = try await shown("verify")
    #expect(verified[0].hasPrefix("SATISFIED   ") && verified[1].hasPrefix("            "), "\(verified)")
    // A pipe gets a line each.
    #expect(try await s.llmos("verify").succeeds().out.split(separator: "\n").count == 1)
  }

  /// Columns of a line, of letters that occur here.
  private static func width(_ line: String) -> Int {
    line.unicodeScalars.reduce(0) { $0 + ($1.value > 0x2E80 || $1 == "✅" ? 2 : 1) }
  }
}
