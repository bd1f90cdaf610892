import Foundation
import Testing

/// Pages in a headless Chromium (scripts/pages.sh, which says what it needs): at four widths, light, dark and printed,
/// nothing overflows, every link leads somewhere, nothing is loaded or run, and axe-core finds nothing.
@Suite struct BrowserTests {
  private func isFine(_ s: Sandbox, _ pages: String...) async throws {
    let outcome = try await s.run(
      [Sandbox.package + "/scripts/pages.sh", "check"] + pages,
      env: [
        "LLMOS_HOOK_BIN": Sandbox.binaries,
        "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
      ])
    #expect(outcome.code == 0, "\(outcome.all.prefix(6000))")
    #expect(outcome.err.contains("\(pages.count) looked at, 0 things are wrong"))
  }

  /// Six features, two incidents, a failed gate, a violation, 300 commits, three worktrees.
  @Test(.timeLimit(.minutes(10))) func aProjectWithAPast() async throws {
    let s = try await Sandbox(git: false)
    try await s.run(
      [Sandbox.package + "/scripts/pages.sh", "story", s.root + "/story"],
      env: [
        "LLMOS_HOOK_BIN": Sandbox.binaries,
        "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
      ]
    ).succeeds()
    let shop = s.root + "/story/shop"
    try await s.llmos("report", "--all", "--html", "\(s.root)/report.html", in: shop).succeeds()
    let json = try await s.llmos("report", "--all", "--json", in: shop).succeeds().out
    let report = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    let visits = report["visits"] as? [[String: Any]] ?? []
    let features = report["features"] as? [[String: Any]] ?? []
    #expect(features.count == 6 && features.allSatisfy { $0["brief"] is String }, "\(features)")
    #expect(visits.count { $0["scenario"] as? String == "INCIDENT_RECOVERY" } == 2)
    #expect(
      visits.contains { $0["scenario"] as? String == "QUALITY_GATE" && $0["outcome"] as? String == "failed" })
    #expect((report["verdicts"] as? [String: Int])?["VIOLATION"] == 1)
    #expect((report["commits"] as? [Any])?.count ?? 0 >= 300)
    try await isFine(s, s.root + "/report.html")
    // It knows HTML of 2017 and warns of what is newer and of what is empty; 2 says that something is wrong.
    let tidy = try await s.run(["/usr/bin/env", "tidy", "-errors", "-quiet", s.root + "/report.html"])
    #expect(tidy.code < 2, "\(tidy.err)")
    for width in ["400", "800", "1300"] {
      let svg = try await s.llmos("graph", "--format", "svg", "--width", width, in: shop).succeeds().out
      try s.write("\(s.root)/graph.svg", svg)
      try await s.run(["/usr/bin/env", "xmllint", "--noout", "\(s.root)/graph.svg"]).succeeds()
    }
    let dot = try await s.llmos("graph", "--format", "dot", in: shop).succeeds().out
    try await s.run(["/usr/bin/env", "dot", "-Tsvg"], input: dot).succeeds()
  }

  /// Text that a stranger wrote, wherever there is room for it.
  @Test(.timeLimit(.minutes(10))) func hostileText() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "BRIEF")
    let hostile =
      "<script>alert(1)</script>]]>\u{202E}\u{1B}[31m\"'&amp;" + String(repeating: "x", count: 10_000)
    let slug = "<img src=x onerror=alert(1)>"
    try s.write("docs/features/\(slug)/feature_brief.md", "# " + hostile + "\n\nx\n")
    _ = try await s.llmos(
      "set", "FEATURE_DEVELOPMENT", "BRIEF", "--context", "feature_slug=\(slug)", "--reason", hostile)

    for _ in 0..<3 { _ = try await s.llmos("next-phase", "--checkpoint", "--reason", hostile) }
    _ = try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", hostile)
    let author = ["GIT_AUTHOR_NAME": Optional("<b>\u{202E}" + String(repeating: "y", count: 9_000))]
    try await s.git("commit", "-q", "--allow-empty", "-m", hostile, env: author).succeeds()
    try await s.git(
      "-c", "core.hooksPath=/dev/null", "commit", "-q", "--allow-empty", "-m", hostile, env: author
    )
    .succeeds()
    try await s.git("branch", "-m", "x'<script>&\u{202E}").succeeds()
    try await s.llmos("report", "--all", "--html", "\(s.root)/hostile.html").succeeds()
    let html = try s.read(s.root + "/hostile.html")
    for mark in ["<script", "<img", "\u{202E}", "\u{1B}"] { #expect(!html.contains(mark)) }
    try await isFine(s, s.root + "/hostile.html")
  }
}
