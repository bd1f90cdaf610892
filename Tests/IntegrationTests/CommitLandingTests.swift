import Testing

/// `log COMMIT`: when, where and by whom a commit landed.
@Suite struct CommitLandingTests {
  @Test func whoSawItLandIsTold() async throws {
    let s = try await Sandbox.governed()
    try await s.sh("git switch -q -c side; echo a >a; ./step.sh first a", env: ["LLMOS_AGENT": "DEV"])
      .succeeds()
    let open = try await s.llmos("log", "HEAD").succeeds().out
    for words in [
      "FEATURE_DEVELOPMENT:IMPLEMENTATION", "made", "AGENT:DEV", "refs/heads/side", "not sealed yet",
    ] {
      #expect(open.contains(words), "\(open)")
    }
    try await s.llmos("next-phase").succeeds()
    let sealed = try await s.llmos("log", "HEAD").succeeds().out
    #expect(sealed == open.replacing("  not sealed yet", with: ""))
    let json = try await s.llmos("log", "HEAD", "--json").succeeds().out
    let head = try await s.head("%H", in: nil)
    #expect(json.hasPrefix(#"{"schema":1,"commit":"\#(head)","landings":[{"kind":"made","at":""#), "\(json)")
    #expect(json.contains(#""branch":"refs/heads/side""#) && json.contains(#""sealed":true"#), "\(json)")
  }

  @Test func whatNobodySawIsToldSo() async throws {
    let s = try await Sandbox.governed()
    try await s.sh("git -c core.hooksPath=/dev/null commit -q --allow-empty -m past").succeeds()
    let outcome = try await s.llmos("log", "HEAD").succeeds()
    #expect(outcome.out.isEmpty && outcome.err.contains("no ledger says when"), "\(outcome.all)")
    try await s.llmos("allow", "--commits", "HEAD", "--reason", "t").succeeds()
    #expect(try await s.llmos("log", "HEAD").out.contains("override  OWNER"))
    try await s.llmos("log", "nothing").isRefused(64, "nothing is not a commit")
    try await s.llmos("log", "HEAD", "-n", "1").isRefused(64)
  }
}
