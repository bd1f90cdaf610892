import Core
import Testing

@testable import Hook

/// What git's user is told.
@Suite struct RefusalWordsTests {
  private let refusal = Refusal(
    .refused, "agents commit through step.sh", why: "CURSOR_AGENT", remedy: "./step.sh \"what changed\"")

  @Test func aCommitIsNamedAndItsRemedyWorksWhereGitWasCalled() {
    let atTop = refusal.ofCommit(ScriptWords(hasStep: true, hasLlmos: true))
    #expect(atTop.what == "commit refused: agents commit through step.sh")
    #expect(atTop.why == "CURSOR_AGENT")
    #expect(atTop.remedy == "./step.sh \"what changed\"")
    #expect(atTop.code == refusal.code)
    let none = ScriptWords(hasStep: false, hasLlmos: false)
    #expect(refusal.ofCommit(none).remedy == "llmos-hook step -m \"what changed\"")
    #expect(Refusal(.data, "x", remedy: "llmos-hook restore").ofCommit(none).remedy == "llmos-hook restore")
    #expect(Refusal(.data, "x").ofCommit(none).remedy == nil)
    #expect(
      none.adapted("the owner or ./llmos run, then ./step.sh")
        == "the owner or llmos-hook run, then llmos-hook step")
    #expect(
      ScriptWords(hasStep: true, hasLlmos: false).adapted("./step.sh \"x\"; ./llmos run")
        == "./step.sh \"x\"; llmos-hook run")
  }

  @Test func aTransactionIsACommitOrABranchUpdate() {
    let all = ScriptWords(hasStep: true, hasLlmos: true)
    #expect(
      refusal.ofTransaction(isCommit: true, all).what == "commit refused: agents commit through step.sh")
    #expect(
      refusal.ofTransaction(isCommit: false, all).what
        == "branch update refused: agents commit through step.sh")
    #expect(refusal.ofTransaction(isCommit: false, all).remedy == refusal.remedy)
  }

  @Test(arguments: [
    (["git", "commit", "-m", "x"], true), (["git", "-C", "dir", "cherry-pick", "side"], true),
    (["git", "commit-tree", "-m", "x"], true), (["git", "merge", "--ff-only", "side"], false),
    (["git", "cherry-pick", "--ff", "side"], false), (["git", "reset", "--hard"], false),
    (["git", "pull"], false), ([], false),
  ])
  func whichCommandMakesACommit(words: [String], isCommit: Bool) {
    #expect(makesCommit(words) == isCommit)
  }
}

/// Which transactions concern us.
@Suite struct ReferenceTransactionTests {
  private static let (zero, one) = (String(repeating: "0", count: 40), String(repeating: "1", count: 40))

  private func transaction(_ names: String...) -> ReferenceTransaction {
    ReferenceTransaction(Array(names.map { "\(Self.zero) \(Self.one) \($0)\n" }.joined().utf8))
  }

  @Test func onlyWhatCanCarryCodeOrIsOursMatters() {
    #expect(!transaction().matters)
    #expect(!transaction("refs/remotes/origin/main", "refs/tags/v1", "refs/stash").matters)
    #expect(transaction("refs/tags/v1", "refs/heads/main").code.map(\.name) == ["refs/heads/main"])
    #expect(transaction("refs/llmos/ledger/main").matters)
    #expect(transaction("refs/llmos/ledger/main", "refs/notes/llmos").code.isEmpty)
  }

  @Test func branchesThatAreNotEnforcedPass() throws {
    let state = State(place: Place("FEATURE_DEVELOPMENT", "QA"), at: "2025-12-27T17:18:52Z")
    var record = try GateRecord(state: state, catalog: .canonical, sequence: 1)
    #expect(transaction("refs/heads/x").isEnforced(record))
    record.branches = ["main"]
    #expect(!transaction("refs/heads/x").isEnforced(record))
    #expect(transaction("refs/heads/x", "refs/heads/main").isEnforced(record))
    // HEAD alone, detached.
    #expect(transaction("HEAD").isEnforced(record))
  }
}
