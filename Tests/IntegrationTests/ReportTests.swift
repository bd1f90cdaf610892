import Foundation
import Testing

@Suite struct ReportTests {
  @Test func tellsWhatHappenedAndWhoSaidWhy() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "DESIGN")
    try await s.git(
      "-c", "core.hooksPath=/dev/null", "commit", "-q", "--allow-empty", "-m", "past the gate"
    ).succeeds()
    let violation = try await s.head("%h")
    try await s.llmos("allow", "--once", "--reason", "<b>hotfix</b> & \"so\"").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "hotfix").succeeds()
    try await s.llmos("next-phase", "--reason", "désign is done").succeeds()
    let outcome = try await s.llmos("report", "--html", "out.html").succeeds()
    #expect(outcome.out == "")
    let html = try s.read("out.html")
    #expect(html.contains("<span class=\"bad\">VIOLATION</span></td><td><code>\(violation)"))
    #expect(html.contains("OVERRIDDEN 1"))
    #expect(html.contains("<q>&lt;b&gt;hotfix&lt;/b&gt; &amp; &quot;so&quot;</q>"))
    #expect(html.contains("<td>FEATURE_DEVELOPMENT:DESIGN</td><td>ARCHITECT</td><td>OWNER</td>"))
    #expect(html.contains("<q>désign is done</q>"))
    #expect(html.contains("▶ IMPLEMENTATION"))
    #expect(!html.contains("<script") && !html.contains("src=") && !html.contains("href=\"http"))
    let piped = try await s.llmos("report", "--html", "-").succeeds()
    #expect(piped.out.hasPrefix("<!DOCTYPE html>") && piped.err == "")
  }

  @Test func aFileIsReplacedWholeOrNotAtAll() async throws {
    let s = try await Sandbox.governed()
    try s.write("out/old.html", "old")
    try await s.sh("ln -s old.html out/link.html && mkfifo out/pipe").succeeds()
    for name in ["out", "out/link.html", "out/pipe"] {
      try await s.llmos("report", "--html", name).isRefused(73, "exists and is not a regular file")
    }
    try await s.llmos("report", "--html", "nowhere/x.html").isRefused(73, "nowhere/x.html")
    #expect(try s.read("out/old.html") == "old")
    try await s.llmos("-C", "out", "report", "--quiet", "--html", "old.html").succeeds()
    #expect(try s.read("out/old.html").hasSuffix("</html>\n"))
    #expect(try await s.sh("ls -A out").out == "link.html\nold.html\npipe\n", "nothing is left beside it")
    let bare = try await Sandbox()
    try await bare.llmos("report", "--html", "x.html").isRefused(66, "no state is sealed here")
    #expect(!bare.exists("x.html"))
    #expect(try await bare.llmos("report").code == 64)
  }

  @Test func aRollbackIsARecord() async throws {
    let s = try await Sandbox.governed()
    try await s.git("commit", "-q", "--allow-empty", "-m", "two").succeeds()
    try await s.llmos("rollback", "HEAD~1", "--reason", "it broke").succeeds()
    let html = try await s.llmos("report", "--html", "-").succeeds().out
    #expect(!html.contains("are not records"))
    #expect(html.contains("<td>rollback</td>"), "\(html)")
  }

  /// Notes of other people's on the same reference are counted and left out; fanned out ones are found.
  @Test func notesOfAnyShapeAreRead() async throws {
    let s = try await Sandbox.governed()
    try await s.llmos("next-phase").succeeds()
    try await s.sh("git -c core.hooksPath=/dev/null notes --ref=llmos append -m 'by hand <i>'").succeeds()
    let html = try await s.llmos("report", "--html", "-").succeeds().out
    #expect(html.contains("lines of the notes are not records and are not shown"))
    #expect(html.contains("records in the notes: 2;"))
    try await s.sh(
      """
      note=$(git notes --ref=llmos list HEAD) && head=$(git rev-parse HEAD)
      tail=$(printf %s "$head" | cut -c3-) && two=$(printf %s "$head" | cut -c1-2)
      inner=$(printf '100644 blob %s\\t%s\\n' "$note" "$tail" | git mktree)
      outer=$(printf '040000 tree %s\\t%s\\n' "$inner" "$two" | git mktree)
      git -c core.hooksPath=/dev/null update-ref refs/notes/llmos "$(git commit-tree -m x "$outer" </dev/null)"
      """
    ).succeeds()
    #expect(try await s.llmos("report", "--html", "-").succeeds().out.contains("records in the notes: 2;"))
  }
}
