import Foundation
import Testing

/// `verify` without a range: HEAD, every branch and every worktree.
@Suite struct VerifyEverywhereTests {
  private func commits(_ outcome: Outcome) throws -> [[String: Any]] {
    let object = try JSONSerialization.jsonObject(with: Data(outcome.out.utf8)) as? [String: Any]
    return try #require(object?["commits"] as? [[String: Any]])
  }

  /// What a range names is listed, even where it is older than the ledger.
  @Test func aCommitOfARangeThatIsOlderThanTheLedgerIsNamed() async throws {
    let s = try await Sandbox()
    try await s.sh(
      "git commit -q --allow-empty -m one; git commit -q --allow-empty -m two; llmos-hook install"
    )
    .succeeds()
    let old = try await s.llmos("verify", "HEAD~1..HEAD").succeeds()
    #expect(
      old.out.hasPrefix("PREDATES    ") && old.out.hasSuffix(" (A U Thor, 2025-12-27)\n"), "\(old.all)")
    let first = try #require(commits(try await s.llmos("verify", "HEAD~1..HEAD", "--json")).first)
    #expect(first["subject"] is String && first["author"] is String && first["date"] is String)
    for words in [[], ["HEAD"]] {
      #expect(try await s.llmos(["verify"] + words).succeeds().out == "", "all of history is not listed")
    }
  }

  @Test func whatIsOnAnotherBranchIsJudged() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "QA")
    // Once with and once without what an earlier call has kept.
    for _ in 1...2 { try await s.llmos("verify").succeeds() }
    let short = try await s.sh(
      """
      c=$(git commit-tree -p HEAD -m 'Slipped in' HEAD^{tree}); \(Sandbox.byHand("refs/heads/other", "$c"))
      git rev-parse --short=10 other
      """
    ).out.trimmed
    for words in ["", "--json", "--strict"] {
      let found = try await s.sh("llmos-hook verify \(words)")
      #expect(found.code == 1 && found.out.contains(short), "\(found.all)")
    }
    let line = try await s.llmos("verify").out.prefix { $0 != "\n" } + "\n"
    #expect(
      line.hasPrefix("VIOLATION   \(short)  ") && line.hasSuffix("  Slipped in (A U Thor, 2025-12-27)\n"),
      "\(line)")
    #expect(try await s.sh("llmos-hook verify HEAD").code == 0, "a range is what it says")
    let all = try commits(try await s.llmos("verify", "--json"))
    #expect(Set(all.compactMap { $0["commit"] as? String }).count == all.count, "each once")
    for form in ["github", "sarif", "junit"] {
      let found = try await s.llmos("verify", "--format", form)
      #expect(found.code == 1 && found.out.contains("Slipped in"), "\(found.all)")
    }
    try await s.llmos("allow", "--commits", "other", "--reason", "agreed").succeeds()
    let accepted = try await s.llmos("verify").succeeds()
    #expect(accepted.out.hasPrefix("OVERRIDDEN  \(short)"), "\(accepted.all)")
  }

  @Test func beforeTheFirstCommitThereIsNothingToJudge() async throws {
    let s = try await Sandbox()
    try await s.llmos("verify").isRefused(66, "no state is sealed here")
    try await s.llmos("install").succeeds()
    #expect(try await s.llmos("verify", "--strict").succeeds().err.contains("no commits"))
    #expect(try commits(try await s.llmos("verify", "--json").succeeds()).isEmpty)
    try await s.llmos("verify", "--format", "github").succeeds()
    try await s.llmos("verify", "HEAD").isRefused(64, "HEAD is not a commit or range")
  }

  @Test func whatIsInAnotherWorktreeIsJudged() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "QA")
    try await s.sh(
      """
      git worktree add -q --detach ../side; cd ../side
      git -c core.hooksPath=/dev/null commit -q --allow-empty -m 'On a detached HEAD'
      """
    ).succeeds()
    for directory in [s.repository, s.root + "/side"] {
      let found = try await s.llmos("verify", in: directory)
      #expect(found.code == 1 && found.out.contains("On a detached HEAD"), "\(found.all)")
    }
    try await s.sh("git worktree remove --force ../side").succeeds()
    try await s.llmos("verify").succeeds()
  }

  /// What was kept of HEAD's history is used while other branches have nothing more, and after.
  @Test func goodWorkElsewhereIsListedWithIt() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      git commit -q --allow-empty -m one; llmos-hook verify; git branch old; git commit -q --allow-empty -m two
      llmos-hook verify; git checkout -q -b side old; git commit -q --allow-empty -m three; git checkout -q main
      """
    ).succeeds()
    for words in ["", "--json"] {
      let text = try await s.sh("llmos-hook verify \(words)").succeeds().out
      for subject in ["one", "two", "three"] { #expect(text.contains(subject), "\(text)") }
    }
    try await s.sh("git branch -qD side; git commit -q --allow-empty -m four").succeeds()
    let text = try await s.llmos("verify").succeeds().out
    #expect(!text.contains("three") && text.contains("four") && text.contains("one"), "\(text)")
    let listed = try commits(try await s.llmos("verify", "--json"))
    let four = try #require(listed.first { $0["subject"] as? String == "four" })
    #expect(four["author"] as? String == "A U Thor" && four["date"] as? String == "2025-12-27T17:18:52Z")
    #expect(four["verdict"] as? String == "SATISFIED")
  }

  /// A message of any bytes is one line, and no terminal's matter.
  @Test func subjectsAreShownAsTheyAreAndHarmless() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      #"printf 'Bad \033[31m\377 subject\nsecond line\n\nbody\n' | git commit -q --allow-empty -F -"#
    ).succeeds()
    let text = try await s.llmos("verify", "HEAD~1..HEAD").succeeds().out
    #expect(text.hasSuffix("  Bad  [31mÿ subject second line (A U Thor, 2025-12-27)\n"), "\(text)")
    _ = try commits(try await s.llmos("verify", "--json"))
  }

  @Test func anUnbornHeadHasBranchesToo() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "QA")
    try await s.sh(
      "git -c core.hooksPath=/dev/null commit -q --allow-empty -m bad; git symbolic-ref HEAD refs/heads/new"
    )
    .succeeds()
    let found = try await s.llmos("verify")
    #expect(found.code == 1 && found.out.contains("VIOLATION"), "\(found.all)")
  }
}
