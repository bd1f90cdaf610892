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
    #expect(html.contains("<strong>VIOLATION</strong> <code>\(violation)"))
    #expect(html.contains("Yes: 1 commit against the rules (VIOLATION)."))
    #expect(html.contains("past the gate (A U Thor): no hook saw it land"))
    #expect(html.contains("<span class=\"verdict note\">OVERRIDDEN</span> hotfix"))
    #expect(html.contains("<q>&lt;b&gt;hotfix&lt;/b&gt; &amp; &quot;so&quot;</q>"))
    #expect(html.contains("<q><bdi>désign is done</bdi></q>"))
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
  }

  @Test func oneFormIsAskedFor() async throws {
    let s = try await Sandbox.governed()
    try await s.llmos("report").isRefused(64, "report needs one of --html FILE, --json and --markdown")
    try await s.llmos("report", "--json", "--markdown").isRefused(64, "report needs one of")
    try await s.llmos("report", "--html", "-", "--open").isRefused(64, "--open opens a file")
    try await s.llmos("report", "--json", "--since", "no time at all").isRefused(
      64, "git understands no time")
    try await s.llmos("report", "--json", "--feature", "lgin").isRefused(
      64, "no feature lgin is in this worktree's")
  }

  /// Features in two worktrees: a report tells of one, of a time, or of all.
  @Test func partsOfItAndAllOfIt() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "BRIEF")
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "BRIEF", "--context", "feature_slug=login").succeeds()
    try await s.git("worktree", "add", "-q", "../w", "-b", "search").succeeds()
    let other = s.root + "/w"
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "BRIEF", "--context", "feature_slug=search", in: other)
      .succeeds()
    func report(_ arguments: String...) async throws -> [String: Any] {
      let outcome = try await s.run([Sandbox.binaries + "/llmos-hook", "report", "--json"] + arguments)
        .succeeds()
      #expect(outcome.err == "")
      return try #require(try JSONSerialization.jsonObject(with: Data(outcome.out.utf8)) as? [String: Any])
    }
    func features(_ report: [String: Any]) -> [String] {
      (report["features"] as? [[String: Any]] ?? []).compactMap { $0["feature"] as? String }.sorted()
    }
    #expect(features(try await report()) == ["login"])
    let all = try await report("--all")
    #expect(features(all) == ["login", "search"])
    #expect((all["worktrees"] as? [[String: Any]])?.compactMap { $0["name"] as? String } == ["main", "w"])
    #expect(features(try await report("--all", "--feature", "search")) == ["search"])
    #expect((try await report("--since", "2001-01-01"))["entry_count"] as? Int ?? 0 > 0)
    #expect(all["schema"] as? Int == 1 && (all["answers"] as? [String: Any])?["wrong"] as? Bool == false)
    let markdown = try await s.llmos("report", "--all", "--markdown").succeeds().out
    #expect(markdown.contains("| search | BRIEF |") && markdown.contains("**Is anything wrong?** ✅ No: "))
    // A worktree that is gone waits for nobody; what happened in it is told on.
    try await s.git("worktree", "remove", "--force", other).succeeds()
    let gone = try await report("--all")
    #expect(features(gone) == ["login", "search"])
    let answers = try #require(gone["answers"] as? [String: Any])
    #expect(answers["waiting"] as? String == "PM: BRIEF of login.")
  }

  /// A card has its brief's title before anybody has committed the brief, and after a rollback took it away.
  @Test func briefsAreFoundWhereTheyAre() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "BRIEF")
    func begin(_ slug: String, _ title: String, in directory: String) async throws {
      try await s.llmos(
        "set", "FEATURE_DEVELOPMENT", "BRIEF", "--context", "feature_slug=\(slug)", in: directory
      )
      .succeeds()
      try s.write(directory + "/docs/features/\(slug)/feature_brief.md", "# \(title)\n\nFor all.\n")
    }
    func briefs() async throws -> [String: String] {
      let json = try await s.llmos("report", "--all", "--json").succeeds().out
      let report = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
      let features = report["features"] as? [[String: Any]] ?? []
      return Dictionary(
        uniqueKeysWithValues: features.map { ($0["feature"] as? String ?? "", $0["brief"] as? String ?? "") })
    }
    try await begin("login", "People log in", in: s.repository)
    try await s.git("worktree", "add", "-q", "../w", "-b", "search").succeeds()
    try await begin("search", "People find things", in: s.root + "/w")
    #expect(try await briefs() == ["login": "People log in", "search": "People find things"])
    // Committed in its worktree after the ledger's newest entry.
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", in: s.root + "/w").succeeds()
    try await s.git("add", "-A", in: s.root + "/w").succeeds()
    try await s.git("commit", "-qm", "The brief", in: s.root + "/w").succeeds()
    try FileManager.default.removeItem(atPath: s.root + "/w/docs")
    #expect(try await briefs()["search"] == "People find things")
    let before = try await s.head()
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION").succeeds()
    try await s.git("add", "-A").succeeds()
    try await s.git("commit", "-qm", "The brief").succeeds()
    try await s.llmos("next-phase").succeeds()
    try await s.llmos("rollback", before, "--reason", "too slow").succeeds()
    #expect(try await briefs()["login"] == "People log in")
  }

  @Test func openStartsWhatTheUserNamed() async throws {
    let s = try await Sandbox.governed()
    try s.write("../browser", "#!/bin/sh\nprintf '%s' \"$1\" >\"$HOME/opened\"\n", executable: true)
    let browser = ["BROWSER": Optional(s.root + "/browser")]
    try await s.llmos("report", "--html", "x.html", "--open", env: browser).succeeds()
    #expect(try s.read(s.root + "/home/opened").hasSuffix("/repo sitory/x.html"))
    try await s.llmos("report", "--quiet", "--html", "x.html", "--open", env: ["BROWSER": "/bin/false"])
      .isRefused(
        69, "/bin/false did not open the page")
  }

  @Test func aRollbackIsARecord() async throws {
    let s = try await Sandbox.governed()
    try await s.git("commit", "-q", "--allow-empty", "-m", "two").succeeds()
    try await s.llmos("rollback", "HEAD~1", "--reason", "it broke").succeeds()
    let html = try await s.llmos("report", "--html", "-").succeeds().out
    #expect(!html.contains("are not records"))
    #expect(html.contains("<td>rollback</td>"), "\(html)")
    #expect(html.contains("<span class=\"verdict note\">ROLLBACK</span>"))
  }

  /// Notes of other people's on the same reference are counted and left out; fanned out ones are found.
  @Test func notesOfAnyShapeAreRead() async throws {
    let s = try await Sandbox.governed()
    try await s.llmos("next-phase").succeeds()
    try await s.sh("git -c core.hooksPath=/dev/null notes --ref=llmos append -m 'by hand <i>'").succeeds()
    let html = try await s.llmos("report", "--html", "-").succeeds().out
    #expect(html.contains("lines of the notes are not records and are not shown"))
    #expect(try await s.llmos("report", "--json").succeeds().out.contains("\"kind\":\"phase-completed\""))
    try await s.sh(
      """
      note=$(git notes --ref=llmos list HEAD) && head=$(git rev-parse HEAD)
      tail=$(printf %s "$head" | cut -c3-) && two=$(printf %s "$head" | cut -c1-2)
      inner=$(printf '100644 blob %s\\t%s\\n' "$note" "$tail" | git mktree)
      outer=$(printf '040000 tree %s\\t%s\\n' "$inner" "$two" | git mktree)
      git -c core.hooksPath=/dev/null update-ref refs/notes/llmos "$(git commit-tree -m x "$outer" </dev/null)"
      """
    ).succeeds()
    let records = try await s.llmos("report", "--json").succeeds().out
    #expect(records.contains("\"records\":[{"))
  }
}
