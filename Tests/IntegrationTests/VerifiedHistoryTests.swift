import Foundation
import Testing

/// What `verify` keeps is never taken for more than the whole would say.
@Suite struct VerifiedHistoryTests {
  /// The verdict of each commit.
  private func verdicts(_ s: Sandbox, _ words: String) async throws -> [String: String] {
    let outcome = try await s.sh("llmos-hook verify --json " + words)
    let object = try JSONSerialization.jsonObject(with: Data(outcome.out.utf8)) as? [String: Any]
    let commits = try #require(object?["commits"] as? [[String: Any]], "\(outcome.all)")
    return Dictionary(
      commits.compactMap { one in
        (one["commit"] as? String).flatMap { id in (one["verdict"] as? String).map { (id, $0) } }
      }, uniquingKeysWith: { "\($0), \($1)" })
  }

  private static let off = "git -c core.hooksPath=/dev/null"

  /// What can happen between two calls, with the hooks on and off.
  private static let steps = [
    "git commit -q --allow-empty -m a",
    "git commit -q --allow-empty -m a && git commit -q --amend --allow-empty -m b",
    "\(off) commit -q --allow-empty -m unseen", "git reset -q --hard HEAD~1", "\(off) reset -q --hard HEAD~1",
    "git reset -q --hard HEAD@{1}", "\(off) reset -q --hard HEAD@{1}",
    "llmos-hook --quiet next-phase --reason t",
    "llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason t",
    "llmos-hook --quiet set FEATURE_DEVELOPMENT QA --reason t", "git revert --no-edit HEAD",
    "rm -f .git/llmos/landings/main",
    "printf torn >>.git/llmos/landings/main", "git branch -f side HEAD", "git branch -D side",
    "git switch -q -C other && git commit -q --allow-empty -m o; git switch -q -",
    "git merge -q --no-edit other",
    "llmos-hook --quiet allow --commits HEAD~1..HEAD --reason t", "git gc -q", "llmos-hook --quiet sync",
    "cp .git/llmos/landings/main ../log 2>/dev/null; cp ../log .git/llmos/landings/main",
  ]

  @Test(arguments: 1...6) func itAgreesWithTheWhole(seed: UInt64) async throws {
    var random = Numbers(seed: seed)
    let s = try await Sandbox.governed()
    try await s.sh("git init -q --bare ../r.git; git remote add origin ../r.git").succeeds()
    var done: [String] = []
    for _ in 1...25 {
      let step = Self.steps[Int.random(in: 0..<Self.steps.count, using: &random)]
      done.append(step)
      _ = try await s.sh(step)
      for _ in 1...2 where Bool.random(using: &random) {
        let (kept, whole) = try await (verdicts(s, ""), verdicts(s, "HEAD"))
        #expect(kept.filter { whole[$0.key] != nil } == whole, "\(done)")
        let range =
          "HEAD~\(Int.random(in: 1...4, using: &random))..HEAD\(Bool.random(using: &random) ? "" : "~1")"
        let ids = try await s.sh("git rev-list \(range)")
        guard ids.code == 0, !ids.out.isEmpty else { continue }
        let wanted = Set(ids.out.split(separator: "\n").map(String.init))
        try await #expect(verdicts(s, range) == whole.filter { wanted.contains($0.key) }, "\(range): \(done)")
      }
    }
  }

  private func good() async throws -> Sandbox {
    let s = try await Sandbox.governed()
    try await s.sh(
      "for i in 1 2 3; do git commit -q --allow-empty -m $i; done; llmos-hook --quiet next-phase"
    ).succeeds()
    for _ in 1...2 { try await s.llmos("verify", "--strict").succeeds() }
    return s
  }

  /// A few commits are answered by what is kept, in the words of the whole.
  @Test(arguments: ["", "--json"]) func aRangeIsAnsweredByWhatIsKept(form: String) async throws {
    let s = try await good()
    try await s.sh(
      #"""
      llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason t
      git commit -q --allow-empty -m '","x":[{"commit":"'; git commit -q --allow-empty -m last
      llmos-hook verify \#(form); git commit -q --allow-empty -m newer; git tag -a -m t newest
      """#
    ).succeeds()
    let file = ".git/llmos/verified.\(form.isEmpty ? "text" : "json")"
    for range in [
      "HEAD~1..", "HEAD~2..", "HEAD~4..HEAD", "HEAD~4..newest", "HEAD~2..HEAD~1", "HEAD~3..HEAD~1",
      "HEAD~2...HEAD",
    ] {
      let kept = try await s.sh("llmos-hook verify \(form) \(range)").succeeds()
      let whole = try await s.sh("mv \(file) ../kept; llmos-hook verify \(form) \(range)").succeeds()
      #expect(kept.out == whole.out && kept.err == whole.err, "\(range): \(kept.all)\(whole.all)")
      try await s.sh("mv ../kept \(file)").succeeds()
    }
    // That it is read: what stands there is said.
    try await s.sh("sed -i s/SATISFIED/OVERRIDDEN/ \(file)").succeeds()
    #expect(try await s.sh("llmos-hook verify \(form) HEAD~3..").out.contains("OVERRIDDEN"))
    #expect(try await verdicts(s, "HEAD").values.allSatisfy { $0 != "OVERRIDDEN" })
  }

  @Test func historyThatIsCutIsSaid() async throws {
    let s = try await good()
    try await s.sh("git fetch -q --depth 1 \"file://$PWD\" main").succeeds()
    for words in ["", "HEAD", "--json"] {
      let outcome = try await s.sh("llmos-hook verify \(words)")
      #expect(outcome.all.contains("shallow"), "\(words): \(outcome.all)")
      #expect(try await s.sh("llmos-hook verify --strict \(words)").code == 1)
    }
    #expect(try await verdicts(s, "").count == 1)
    // What was said of the rest is not taken for the whole.
    try await s.sh("rm .git/shallow").succeeds()
    #expect(try await verdicts(s, "").count == 4)
    try await s.llmos("verify", "--strict").succeeds()
  }

  @Test(arguments: ["git replace HEAD~1 HEAD~2", "mkdir -p .git/info; git rev-parse HEAD >.git/info/grafts"])
  func historyThatIsReplacedIsSaid(replacing: String) async throws {
    let s = try await good()
    let before = try await verdicts(s, "")
    try await s.sh(replacing).succeeds()
    for words in ["", "HEAD", ""] {
      let outcome = try await s.sh("llmos-hook verify --strict \(words)").succeeds()
      #expect(
        outcome.err.contains("a different history") || outcome.err.contains("info/grafts"), "\(outcome.all)")
      #expect(try await verdicts(s, words) == before)
    }
  }

  /// What no entry has sealed is worth what stands in the log.
  @Test func aLogThatIsGoneIsNoticed() async throws {
    let s = try await Sandbox.governed()
    try await s.git("commit", "-q", "--allow-empty", "-m", "a").succeeds()
    for _ in 1...2 { try await s.llmos("verify", "--strict").succeeds() }
    try await s.sh("rm .git/llmos/landings/main").succeeds()
    let outcome = try await s.llmos("verify", "--strict")
    #expect(outcome.code == 1 && outcome.out.contains("UNSEEN"), "\(outcome.all)")
  }
}

/// Numbers from a seed (splitmix64).
private struct Numbers: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
