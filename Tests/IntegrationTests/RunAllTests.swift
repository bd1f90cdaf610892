import Foundation
import Testing

/// `run --all`: every worktree's scenario, some at once, each by itself.
@Suite struct RunAllTests {
  /// A governed repository whose agents are `tools/agent`, and features `a`, `b` and `c`.
  private func features(_ agent: String) async throws -> Sandbox {
    let s = try await Sandbox.governed()
    try s.write(
      ".llmos/config.yml",
      "agents: {PM: tools/agent, ARCHITECT: tools/agent, DEV: tools/agent, QA: tools/agent}\n")
    try s.write("tools/agent", "#!/bin/sh\n" + Self.writes + agent, executable: true)
    try await s.sh(
      """
      set -e; git add -A; git commit -qm rules; llmos-hook --quiet set PROJECT_BOOTSTRAP
      for slug in a b c; do llmos-hook --quiet feature start $slug >/dev/null; done
      """
    ).succeeds()
    return s
  }

  /// What each role owes; the name of the feature is `$feature_slug`.
  private static let writes = """
    d=docs/features/$feature_slug; mkdir -p $d
    for name in feature_brief impact_analysis design qa_report release_notes; do
      grep -qs '^Text' $d/$name.md || printf '# %s\\n\\nText.\\n' $name >$d/$name.md
    done

    """

  private func worktree(_ s: Sandbox, _ slug: String) -> String { s.repository + "-" + slug }

  private func events(_ outcome: Outcome) throws -> (events: [[String: Any]], worktrees: [[String: Any]]) {
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(outcome.out.utf8)) as? [String: Any], "\(outcome.all)")
    return (object["events"] as? [[String: Any]] ?? [], object["worktrees"] as? [[String: Any]] ?? [])
  }

  /// One that fails and one that waits stop no other, and each has its own log.
  @Test func oneThatFailsStopsNoOther() async throws {
    let s = try await features(
      """
      [ "$feature_slug:$LLMOS_PHASE" != b:DESIGN ] || { echo 'no design'; exit 7; }
      [ "$LLMOS_PHASE" != IMPLEMENTATION ] || { echo $feature_slug >page; ./step.sh page page; }
      """)
    let outcome = try await s.llmos("run", "--all", "--jobs", "2")
    #expect(outcome.code == 1, "\(outcome.all)")
    #expect(try await s.place(in: worktree(s, "a")) == "DEPLOYMENT:PRE_DEPLOY", "\(outcome.all)")
    #expect(try await s.place(in: worktree(s, "b")) == "FEATURE_DEVELOPMENT:DESIGN")
    #expect(try await s.place(in: worktree(s, "c")) == "DEPLOYMENT:PRE_DEPLOY")
    let lines = outcome.err.split(separator: "\n").map(String.init)
    #expect(lines.allSatisfy { $0.hasPrefix("llmos-hook: repo sitory") }, "\(outcome.err)")
    #expect(
      lines.contains("llmos-hook: repo sitory-b: agent ARCHITECT failed (7)")
        || outcome.err.contains("no design"))
    #expect(lines.contains { $0.hasPrefix("llmos-hook: repo sitory-b: stopped with 1; its log: ") })
    #expect(lines.contains { $0.hasPrefix("llmos-hook: repo sitory-a: waits; its log: ") }, "\(outcome.err)")
    let log = try #require(lines.first { $0.contains("sitory-b: begins; its log: ") })
    let path = String(log.split(separator: "its log: ").last ?? "")
    #expect(try s.read(path).contains("no design"))
    #expect(path.hasPrefix(s.repository + "/.git/worktrees/repo-sitory-b/llmos/runs/"), "\(path)")
    try await s.llmos("verify", "--strict", "feature/a").succeeds()
    try await s.llmos("verify", "--strict", "feature/c").succeeds()
  }

  @Test func eventsHaveTheWorktreesName() async throws {
    let s = try await features("true")
    let outcome = try await s.llmos("run", "--all", "--once", "--json")
    let (events, worktrees) = try events(outcome)
    #expect(worktrees.map { $0["worktree"] as? String } == ["", "-a", "-b", "-c"].map { "repo sitory" + $0 })
    #expect(Set(events.compactMap { $0["worktree"] as? String }).count == 4)
    #expect(events.contains { $0["event"] as? String == "phase-ends" && $0["phase"] as? String == "BRIEF" })
    #expect(outcome.err.isEmpty, "\(outcome.err)")
  }

  /// No more at once than was asked for, and all in the end.
  @Test(arguments: [1, 2]) func noMoreThanTheJobsRunAtOnce(jobs: Int) async throws {
    let s = try await features(
      """
      n="$(git rev-parse --git-common-dir)/count"; mkdir -p "$n"; touch "$n/$$"
      for i in $(seq 30); do [ "$(ls "$n" | wc -l)" -ge \(jobs) ] && break; sleep 0.1; done
      ls "$n" | wc -l >>"$n.seen"; sleep 0.2
      rm "$n/$$"
      """)
    _ = try await s.llmos("run", "--all", "--jobs", String(jobs), "--once")
    let seen = try s.read(".git/count.seen").split(separator: "\n").compactMap { Int($0) }
    #expect(seen.count == 3)
    #expect(seen.max() == jobs, "\(seen)")
  }

  /// A worktree that only began like the main one does not run main's scenario once more.
  @Test func whatIsMainsRunsOnce() async throws {
    let s = try await Sandbox.governed()
    try s.write(
      ".llmos/config.yml",
      "actions: {check_readiness: 'echo x >>$(git rev-parse --git-common-dir)/deployed'}\n")
    try await s.sh(
      """
      set -e; git add -A; git commit -qm rules; llmos-hook --quiet set DEPLOYMENT --context target_environment=staging
      git worktree add -q ../w -b w; git worktree add -q ../v -b v; llmos-hook --quiet -C ../v restore
      """
    ).succeeds()
    let outcome = try await s.llmos("run", "--all", "--once")
    #expect(try s.read(".git/deployed") == "x\n", "\(outcome.all)")
    for name in ["w", "v"] {
      #expect(outcome.err.contains("llmos-hook: \(name): not run: it has entered no scenario of its own"))
    }
  }

  /// Ctrl-C ends every run in order: what they started is gone, as soon as the system has ended it, and each says so.
  @Test func anInterruptEndsAllOfThem() async throws {
    let s = try await features(#"echo $$ >>"$(git rev-parse --git-common-dir)/pids"; exec sleep 60"#)
    let outcome = try await s.sh(
      """
      llmos-hook run --all --jobs 3 & id=$!
      for i in $(seq 100); do [ "$(cat .git/pids 2>/dev/null | wc -l)" = 3 ] && break; sleep 0.1; done
      kill -INT $id; wait $id; echo "ended with $?"
      for pid in $(cat .git/pids); do
        for i in $(seq 50); do grep -qs "^State:.[^Z]" /proc/$pid/status || continue 2; sleep 0.1; done
        echo "$pid goes on"
      done
      """)
    #expect(outcome.out == "ended with 130\n", "\(outcome.all)")
    #expect(outcome.err.components(separatedBy: ": interrupted\n").count == 4, "\(outcome.err)")
    // Everything goes on from there.
    #expect(try await s.llmos("status", in: worktree(s, "a")).out.hasPrefix("FEATURE_DEVELOPMENT:BRIEF"))
  }

  /// The owner in a terminal of a harness: without a terminal the runs would take the owner for an agent.
  @Test func whoStartsItIsHandedOn() async throws {
    let s = try await features("true")
    let outcome = try await s.sh(
      "llmos-hook run --all --once", env: ["CURSOR_AGENT": "1", "LLMOS_ACTOR": "OWNER"])
    #expect(outcome.code == 3 || outcome.code == 0, "\(outcome.all)")
    try await s.llmos("run", "--all", env: ["LLMOS_AGENT": "DEV"]).isRefused(
      1, "an agent cannot run the engine")
    try await s.llmos("run", "--jobs", "2").isRefused(64, "--jobs needs --all")
    try await s.llmos("run", "--all", "--jobs", "0").isRefused(64, "--jobs needs a number from 1")
  }

  /// On a terminal a line each, over which nothing scrolls.
  @Test func aTerminalShowsALineEach() async throws {
    let s = try await features("echo from the agent; sleep 0.3")
    let outcome = try await s.sh(
      "script -qec 'llmos-hook run --all --once' /dev/null", env: ["TERM": "xterm"])
    #expect(
      outcome.out.contains("repo sitory-a 0:0") && outcome.out.contains("from the agent"), "\(outcome.out)")
    #expect(outcome.out.contains("\u{1B}[4F") || outcome.out.contains("\u{1B}[2F"), "\(outcome.out)")
    #expect(outcome.out.contains("llmos-hook: repo sitory-a: done"), "\(outcome.out)")
  }
}
