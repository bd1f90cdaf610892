import Foundation
import Testing

/// Commits that landed although the phase forbids them: noticed by everything, until the owner has chosen.
@Suite struct QuarantineTests {
  /// After a merge the way back is where all that is good still is.
  @Test func theWayBackKeepsBothSidesOfAMerge() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e; c() { git -c core.hooksPath=/dev/null commit -q --allow-empty -m $1; }
      git commit -q --allow-empty -m A; git branch side; git commit -q --allow-empty -m B; git tag B
      llmos-hook --quiet next-phase; g="git -c core.hooksPath=/dev/null"
      $g checkout -q side; c X; $g checkout -q main; c Y; $g checkout -q side; $g merge -q main -m M
      $g checkout -q main; $g merge -q --ff-only side
      """
    ).succeeds()
    let good = try await s.git("rev-parse", "--short=10", "B").out.trimmed
    let status = try await s.llmos("status").out
    #expect(status.contains("llmos-hook rollback \(good) --mode reset"), "\(status)")
  }

  /// What is good of a branch stays when the way back is gone.
  @Test func theWayBackKeepsWhatIsGood() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      "git worktree add -q ../w; cd ../w; llmos-hook --quiet set FEATURE_DEVELOPMENT QA --reason test"
    )
    .succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "good").succeeds()
    let good = try await s.head("%h")
    let outcome = try await s.sh(
      """
      set -e; cd ../w; git reset -q --hard main
      git -c core.hooksPath=/dev/null commit -q --allow-empty -m bad; ! llmos-hook next-phase
      """)
    #expect(outcome.err.contains("llmos-hook rollback \(good)"), "\(outcome.all)")
  }

  /// QA, and a commit that came with the hooks switched off.
  private func broken() async throws -> Sandbox {
    try await Sandbox.copy(of: "QuarantineTests") {
      let s = try await Sandbox.governed()
      try await s.git("commit", "-q", "--allow-empty", "-m", "good").succeeds()
      try await s.llmos("next-phase").succeeds()
      try await s.sh("echo x >f; git add f; git -c core.hooksPath=/dev/null commit -qm around").succeeds()
      return s
    }
  }

  @Test func everyCommandNoticesIt() async throws {
    let s = try await broken()
    let short = try await s.head("%h", in: nil)
    let status = try await s.llmos("status").succeeds().out
    #expect(status.contains("quarantine"))
    #expect(status.contains(short.prefix(7)))
    let head = try await s.head()
    #expect(try await s.llmos("status", "--json").out.contains("\"quarantine\":[\"\(head)\"]"))
    #expect(try await s.llmos("doctor").out.contains("landed in FEATURE_DEVELOPMENT:QA"))
    for command in ["next-phase", "event quality-gate-pass", "run", "step -m x", "resume"] {
      try await s.sh("llmos-hook \(command)").isRefused(1, "in quarantine", "allow --commits", "rollback")
    }
    try await s.sh("git commit -q --allow-empty -m y").isRefused(1, "landed in it", "llmos-hook status")
    let verified = try await s.llmos("verify")
    #expect(verified.code == 1 && verified.out.hasPrefix("VIOLATION   \(short)"), "\(verified.all)")
  }

  @Test func theOwnerAcceptsIt() async throws {
    let s = try await broken()
    try await s.llmos("allow", "--commits", "HEAD", "--reason", "x", env: ["LLMOS_AGENT": "DEV"]).isRefused(
      1, "only the owner")
    try await s.llmos("allow", "--commits", "HEAD", "--reason", "agreed").succeeds()
    #expect(try await !s.llmos("status").out.contains("quarantine"))
    try await s.llmos("next-phase").succeeds()
    try await s.llmos("verify").succeeds()
  }

  @Test func theOwnerRollsItBack() async throws {
    let s = try await broken()
    try await s.llmos("rollback", "HEAD^", "--mode", "reset").succeeds()
    #expect(!s.exists("f"))
    #expect(try await !s.llmos("status").out.contains("quarantine"))
    try await s.llmos("verify").succeeds()
  }

  @Test(arguments: [
    "git branch other; git -c core.hooksPath=/dev/null commit -q --allow-empty -m x; git update-ref refs/heads/other HEAD; git -c core.hooksPath=/dev/null reset -q --hard HEAD^",
    "git -c core.hooksPath=/dev/null checkout -q --detach; git -c core.hooksPath=/dev/null commit -q --allow-empty -m x",
    "c=$(git commit-tree -p HEAD -m x 'HEAD^{tree}'); \(Sandbox.byHand("refs/heads/byhand", "$c"))",
  ])
  func otherBranchesAreLookedAtToo(script: String) async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "QA")
    try await s.sh("git config core.hooksPath /dev/null; \(script)").succeeds()
    #expect(try await s.llmos("status").out.contains("quarantine"))
    try await s.llmos("next-phase").isRefused(1, "in quarantine")
  }

  /// Nothing of this brings a commit that was made without leave.
  @Test(arguments: [
    "git checkout -q side", "git checkout -q -b new", "git branch new HEAD^", "git reset -q --hard HEAD^",
    "git reset -q --hard HEAD^; git reset -q --hard ORIG_HEAD", "git checkout -q --detach HEAD^",
    "git checkout -q v0", "git checkout -q v0^", "git checkout -q v1",
    "llmos-hook allow --once --reason x; git commit -q --allow-empty -m y",
    "git fetch -q origin; git merge -q --ff-only origin/theirs",
    "llmos-hook next-phase --checkpoint; git branch -D side",
  ])
  func ordinaryMovesAreNoQuarantine(script: String) async throws {
    let s = try await Sandbox.copy(of: "QuarantineTests, many branches") {
      let s = try await Sandbox.governed()
      try await s.sh(
        """
        git commit -q --allow-empty -m one; git checkout -q -b side; git commit -q --allow-empty -m two
        git checkout -q main; git commit -q --allow-empty -m three
        git checkout -q --detach; git commit -q --allow-empty -m tagged; git tag v0; git tag -am x v1; git checkout -q main
        git init -q --bare -b main ../r.git; git remote add origin ../r.git; git push -q origin main
        git clone -q ../r.git ../c; (cd ../c; git commit -q --allow-empty -m theirs; git push -q origin HEAD:theirs)
        llmos-hook --quiet next-phase
        """
      ).succeeds()
      return s
    }
    try await s.sh(script).succeeds()
    #expect(try await !s.llmos("status").out.contains("quarantine"))
    try await s.llmos("next-phase").succeeds()
    // The branch that no HEAD has is proved too: it stood when its phase ended.
    if script.contains("theirs") {
      try await s.llmos("verify").succeeds()
      // What a fetch brought is nobody's proof yet.
      #expect(try await s.llmos("verify", "--strict").code == 1)
    } else {
      try await s.llmos("verify", "--strict").succeeds()
    }
  }

  /// A second worktree goes on in its own phase: what it commits is no quarantine of the first.
  @Test func anotherWorktreesCommitsAreItsOwn() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      git worktree add -q ../w -b w; cd ../w; llmos-hook --quiet status >/dev/null
      git commit -q --allow-empty -m there
      """
    ).succeeds()
    try await s.llmos("next-phase").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "there too", in: s.root + "/w").succeeds()
    #expect(try await !s.llmos("status").out.contains("quarantine"))
    try await s.llmos("next-phase").succeeds()
    #expect(try await s.llmos("verify", "--strict", "w").succeeds().err.contains("SATISFIED 2"))
    try await s.llmos("next-phase", in: s.root + "/w").succeeds()
    #expect(try await s.llmos("verify", "--strict", "w").succeeds().err.contains("SATISFIED 2"))
  }

  /// A worktree that begins on a commit made without leave does not begin by answering for it.
  @Test func aNewWorktreeDoesNotLaunder() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "QA")
    try await s.sh(
      """
      git worktree add -q --detach ../w; c=$(git commit-tree -p HEAD -m made 'HEAD^{tree}')
      cd ../w; git -c core.hooksPath=/dev/null update-ref --no-deref HEAD $c
      """
    ).succeeds()
    #expect(try await s.llmos("status", in: s.root + "/w").out.contains("quarantine"))
    try await s.llmos("next-phase", in: s.root + "/w").isRefused(1, "in quarantine")
  }

  /// What one has pushed oneself was judged by nobody.
  @Test func ownPushesDoNotLaunder() async throws {
    let s = try await broken()
    try await s.sh(
      "git init -q --bare ../r.git; git remote add origin ../r.git; git push -q origin main; git fetch -q"
    )
    .succeeds()
    #expect(try await s.llmos("status").out.contains("quarantine"))
    #expect(try await s.llmos("verify").out.hasPrefix("VIOLATION"))
  }

  /// What was found good is not judged again, and is printed all the same.
  @Test(arguments: ["", " --json"]) func verifyRemembers(form: String) async throws {
    let s = try await Sandbox.governed()
    try await s.git("commit", "-q", "--allow-empty", "-m", "one").succeeds()
    try await s.sh("llmos-hook verify\(form)").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "two").succeeds()
    let short = try await s.sh("llmos-hook verify\(form)").succeeds()
    let long = try await s.sh("rm .git/llmos/verified.*; llmos-hook verify\(form)").succeeds()
    #expect(short.out == long.out)
    #expect(short.err == long.err)
    #expect(try await s.sh("llmos-hook verify\(form)").out == long.out)
    // Neither another state nor a violation goes by unseen.
    try await s.llmos("next-phase").succeeds()
    try await s.git("-c", "core.hooksPath=/dev/null", "commit", "-q", "--allow-empty", "-m", "x").succeeds()
    for _ in 1...2 {
      let outcome = try await s.sh("llmos-hook verify\(form)")
      #expect(outcome.code == 1 && outcome.out.contains("VIOLATION"), "\(outcome.all)")
    }
  }

  /// An agent may sync, and ends no quarantine by it.
  @Test func aSyncEndsNoQuarantine() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "QA")
    try await s.sh(
      """
      set -e; git init -q --bare ../server.git; git remote add origin ../server.git
      git -c core.hooksPath=/dev/null commit -q --allow-empty -m bad
      """
    ).succeeds()
    for _ in 1...2 {
      try await s.llmos("sync", env: ["LLMOS_AGENT": "QA"]).succeeds()
      #expect(try await s.llmos("status").out.contains("quarantine"))
      try await s.llmos("next-phase").isRefused(1, "in quarantine: a commit landed in FEATURE_DEVELOPMENT:QA")
    }
    // The server is told all the same, once.
    try await s.git("push", "-q", "origin", "HEAD:refs/heads/main").succeeds()
    let said = try await s.llmos("-C", s.root + "/server.git", "verify", "main")
    #expect(said.code == 1 && said.out.contains("VIOLATION"), "\(said.all)")
  }
}
