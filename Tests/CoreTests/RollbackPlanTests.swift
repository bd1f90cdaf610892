import Testing

@testable import Core

@Suite struct RollbackPlanTests {
  private static let head = String(repeating: "a", count: 40)
  private static let old = String(repeating: "b", count: 40)

  private func facts(commit: String = old, foreign: Int = 0) -> RollbackFacts {
    RollbackFacts(
      target: RollbackTarget(name: "v1", commit: commit), head: Self.head, branch: "refs/heads/main",
      mode: .revert, commits: 2, foreignCommits: foreign)
  }

  @Test func aCleanWorktreeIsPlanned() throws {
    var facts = facts()
    facts.files = 1
    facts.untracked = 3
    facts.kept = [".llmos"]
    let plan = try RollbackPlan(facts)
    #expect(
      plan.lines == [
        "target   v1 (bbbbbbbbbb)", "mode     revert: main gets one commit with the target's files",
        "undone   2 commits, 1 file", "stays    3 untracked files",
        "kept     .llmos: the target has no rules, the current ones stay",
      ])
  }

  @Test func uncommittedWorkIsDisplacedOnlyWhenForced() throws {
    var facts = facts()
    facts.dirty = ["a", "b"]
    facts.inTheWay = ["c"]
    #expect(throws: Refusal.self) { try RollbackPlan(facts) }
    facts.isForced = true
    #expect(try RollbackPlan(facts).displaced == ["a", "b", "c"])
    facts.foreignRepository = "vendor"
    #expect(throws: Refusal.self) { try RollbackPlan(facts) }
  }

  @Test func targetsThatAreNone() {
    #expect(facts(commit: Self.head).refusalOfTarget?.what.contains("is HEAD") == true)
    #expect(facts(foreign: 1).refusalOfTarget?.what.contains("is not an ancestor") == true)
    var shallow = facts(foreign: 1)
    shallow.isShallow = true
    #expect(shallow.refusalOfTarget?.remedy == "git fetch --unshallow")
    var reset = facts()
    reset.hasScenario = false
    #expect(throws: Refusal.self) { try RollbackPlan(reset) }
  }

  @Test func situationsInWhichNothingBegins() {
    #expect(RollbackSituation(actor: .owner).refusal == nil)
    #expect(RollbackSituation(actor: .agent(role: "DEV")).refusal?.code == .refused)
    let changes: [(inout RollbackSituation) -> Void] = [
      { $0.isPending = true }, { $0.isBorn = false }, { $0.operation = "merge" },
      { $0.isIndexLocked = true }, { $0.otherWorktree = "there" },
    ]
    for change in changes {
      var situation = RollbackSituation(actor: .owner)
      change(&situation)
      #expect(situation.refusal != nil)
    }
  }

  @Test func theJournalReadsBack() throws {
    var journal = RollbackJournal(
      id: "20251227T171852Z", kind: "rollback", plan: try RollbackPlan(facts()), to: nil, worktree: Self.old,
      backup: Self.old, entry: Self.head, place: Place("QUALITY_GATE", "VERDICT"), entersScenario: true,
      reason: "it \"broke\"\n\tbadly \u{1}, zürich", verify: nil, timeout: 600)
    #expect(RollbackJournal(text: journal.text) == journal)
    journal.branch = nil
    journal.to = Self.head
    journal.step = .referenced
    journal.verify = "make test"
    #expect(RollbackJournal(text: journal.text) == journal)
  }

  @Test(arguments: [
    "", "{", "{}", "[]", "null", "{\"v\":1}", "{\"v\":1,\"v\":1}", "{\"v\":1,}", "{\"v\":{}}",
    "{\"a\":\"\\u00\"}",
    "{\"a\":\"\\ud800\"}", "{\"a\":tru}", "{\"a\":\"b\"} x", "{\"a\" \"b\"}", "{a:1}",
  ])
  func otherTextsAreNoJournal(text: String) {
    #expect(RollbackJournal(text: text) == nil)
  }

  @Test func aJournalThatWasCutIsNone() throws {
    let text = RollbackJournal(
      id: "x", kind: "rollback", plan: try RollbackPlan(facts()), to: nil, worktree: Self.old,
      backup: Self.old, entry: Self.head, place: Place("A", "B"), entersScenario: true, reason: nil,
      verify: nil, timeout: 1
    ).text
    for length in 0..<(text.utf8.count - 2) {
      #expect(RollbackJournal(text: String(decoding: Array(text.utf8.prefix(length)), as: UTF8.self)) == nil)
    }
  }

  @Test func aPendingRollbackBlocksCommitsOnly() throws {
    let state = State(place: Place("FEATURE_DEVELOPMENT", "IMPLEMENTATION"), at: "2025-12-27T17:18:52Z")
    var facts = Snapshot(
      record: try GateRecord(state: state, catalog: .canonical, sequence: 1),
      identity: Identity(actor: .owner))
    facts.isRollbackPending = true
    let refusal = try #require(gate(.commit, facts))
    #expect(refusal.code == .refused)
    #expect(refusal.lines.contains("--continue") && refusal.lines.contains("--abort"))
    #expect(gate(.action(Action.commit, role: nil, paths: []), facts) != nil)
    #expect(gate(.action("run_tests", role: nil, paths: []), facts) == nil)
  }
}
