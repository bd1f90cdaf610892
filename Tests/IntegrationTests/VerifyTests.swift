import Foundation
import Testing

@Suite struct VerifyTests {
  /// The verdicts by subject.
  private func verdicts(_ s: Sandbox, _ range: String = "HEAD") async throws -> [String: String] {
    let outcome = try await s.llmos("verify", range, "--json")
    let object = try #require(JSONSerialization.jsonObject(with: Data(outcome.out.utf8)) as? [String: Any])
    var result: [String: String] = [:]
    for commit in object["commits"] as? [[String: Any]] ?? [] {
      let subject = try await s.git("log", "-1", "--format=%s", commit["commit"] as? String ?? "").out.trimmed
      result[subject] = commit["verdict"] as? String
    }
    return result
  }

  private let around: [String: String?] = [
    "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.hooksPath", "GIT_CONFIG_VALUE_0": "/dev/null",
  ]

  @Test func eachCommitIsJudgedByItsBracket() async throws {
    let s = try await Sandbox.governed()
    try await s.git("commit", "-q", "--allow-empty", "-m", "good").succeeds()
    try await s.llmos("next-phase").succeeds()
    #expect(try await s.llmos("verify").succeeds().err.contains("SATISFIED 1, PREDATES 1"))
    try await s.git("commit", "-q", "--allow-empty", "-m", "around", env: around).succeeds()
    // Before and after the next entry, the verdict is the same.
    for _ in 1...2 {
      let outcome = try await s.llmos("verify")
      #expect(outcome.code == 1)
      #expect(outcome.out.contains("no hook saw it land, and FEATURE_DEVELOPMENT:QA allows no commits"))
      try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test").succeeds()
    }
    try await s.git("commit", "-q", "--allow-empty", "-m", "more good").succeeds()
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "DESIGN", "--reason", "a test").succeeds()
    try s.write("design.md", "x")
    try await s.llmos("next-phase", "--checkpoint").succeeds()
    try await s.llmos("set", "MAINTENANCE").succeeds()
    try await s.llmos("allow", "--once", "--reason", "x").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "let through").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "accepted", env: around).succeeds()
    try await s.llmos("allow", "--commits", "HEAD", "--reason", "x").succeeds()
    let found = try await verdicts(s)
    #expect(
      found == [
        "first": "PREDATES", "good": "SATISFIED", "around": "VIOLATION", "more good": "SATISFIED",
        "[ARCHITECT] FEATURE_DEVELOPMENT:DESIGN complete": "CHECKPOINT", "let through": "OVERRIDDEN",
        "accepted": "OVERRIDDEN",
      ])
    #expect(try await verdicts(s, "HEAD~1..HEAD") == ["accepted": "OVERRIDDEN"])
    try await s.llmos("verify", "nowhere").isRefused(64, "is not a commit or range")
  }

  @Test func aNewWorktreeLaundersNothing() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "QA")
    try await s.git("commit", "-q", "--allow-empty", "-m", "around", env: around).succeeds()
    try await s.git("worktree", "add", "-q", s.root + "/wt", "-b", "other").succeeds()
    try await s.llmos("status", in: s.root + "/wt").succeeds()
    try await s.llmos(
      "set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test", in: s.root + "/wt"
    ).succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "good", in: s.root + "/wt").succeeds()
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "QA", "--reason", "a test", in: s.root + "/wt").succeeds()
    let found = try await verdicts(s, "other")
    #expect(found["good"] == "SATISFIED")
    #expect(found["around"] == "VIOLATION")
  }

  @Test func whatComesFromARemoteIsJudgedThere() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      git init -q --bare -b main ../r.git; git remote add origin ../r.git; git push -q origin main
      git clone -q ../r.git ../c; cd ../c; git commit -q --allow-empty -m theirs; git push -q origin HEAD:main
      """
    ).succeeds()
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "QA", "--reason", "a test").succeeds()
    try await s.sh("git fetch -q origin; git merge -q --ff-only origin/main").succeeds()
    #expect(try await verdicts(s)["theirs"] == "INCOMING")
    try await s.llmos("verify").succeeds()
  }

  /// Forged ledgers: each is named, and none makes a violation good.
  @Test(arguments: [
    "sed 's/^action .*/action commit_changes/'", "sed 's/^status .*/status DONE/'", "sed '/^seq/d'",
    "sed 's/^seq .*/seq 9/'", "sed 's/^phase .*/phase IMPLEMENTATION/'",
  ])
  func aForgedEntryIsNotBelieved(edit: String) async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "QA")
    let script = """
      set -e
      l=refs/llmos/ledger/main; g=$(git cat-file blob $l:gate | \(edit) | git hash-object -w --stdin)
      t=$(git ls-tree $l | sed "s/[0-9a-f]\\{40,64\\}\\(.gate\\)/$g\\1/" | git mktree)
      c=$(git commit-tree -p $l^ -m forged $t)
      git -c core.hooksPath=/dev/null update-ref $l $c
      git -c core.hooksPath=/dev/null commit -q --allow-empty -m forged
      """
    try await s.sh(script).succeeds()
    let outcome = try await s.llmos("verify", "--strict")
    #expect(outcome.code == 1, "\(outcome.all)")
    #expect(outcome.err.contains("refs/llmos/ledger/main: entry"), "\(outcome.all)")
    #expect(!outcome.out.contains("SATISFIED   \(try await s.head().prefix(10))"))
  }

  /// Lines in the hooks' log that no hook wrote so: none makes a violation good, and none is sealed.
  @Test(arguments: [
    "$(printf '%s' \"$good\" | head -c 150)", "$(printf '%s' \"$good\" | sed \"s/$old/$new/g\")",
    "${good%?}g", "x$good", "1 $new made 0 OWNER - $new $new refs/heads/main 0000000000000000",
    "$(printf '%s' \"$good\" | tail -c +42)",
  ])
  func aForgedLineIsNotBelieved(line: String) async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e; git commit -q --allow-empty -m good; log=.git/llmos/landings/main
      old=$(git rev-parse HEAD); good=$(grep -a " $old" $log | tail -1); test -n "$good"
      llmos-hook --quiet next-phase; git -c core.hooksPath=/dev/null commit -q --allow-empty -m around
      new=$(git rev-parse HEAD); mkdir -p .git/llmos/landings; printf '\\n%s\\n' "\(line)" >>$log
      """
    ).succeeds()
    #expect(try await verdicts(s)["around"] == "VIOLATION")
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test").succeeds()
    #expect(try await verdicts(s)["around"] == "VIOLATION")
    #expect(try await verdicts(s)["good"] == "SATISFIED")
    let tree = try await s.git("ls-tree", "--name-only", "refs/llmos/ledger/main").out
    #expect(!tree.contains("landed"), "\(tree)")
  }

  @Test func replacedObjectsDeceiveNobody() async throws {
    let s = try await Sandbox.governed()
    try await s.git("commit", "-q", "--allow-empty", "-m", "good").succeeds()
    try await s.llmos("next-phase").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "around", env: around).succeeds()
    try await s.sh("git replace HEAD HEAD^").succeeds()
    let outcome = try await s.llmos("verify")
    #expect(outcome.code == 1 && outcome.out.hasPrefix("VIOLATION"), "\(outcome.all)")
  }

  /// Where it is called, and what the environment says of pathspecs, changes no verdict.
  @Test func everywhereTheVerdictIsTheSame() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      "set -e; mkdir -p .llmos sub; echo '{}' >.llmos/config.yml; git add .llmos; git -c core.hooksPath=/dev/null commit -qm bad"
    ).succeeds()
    for directory in ["", "/sub", "/.git"] {
      for env in [[:], ["GIT_LITERAL_PATHSPECS": "1"], ["GIT_GLOB_PATHSPECS": "1"]] as [[String: String?]] {
        let outcome = try await s.llmos("verify", "main", in: s.repository + directory, env: env)
        #expect(outcome.code == 1 && outcome.out.contains("VIOLATION"), "\(directory) \(env) \(outcome.all)")
      }
    }
  }

  /// A path of a stranger's steers no terminal.
  @Test func aPathIsPrintedOnOneLine() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e; mkdir .llmos; : >".llmos/$(printf 'x\\033[2Ky\\nz')"; git add -f .llmos
      git -c core.hooksPath=/dev/null commit -qm bad
      """
    ).succeeds()
    for words in ["verify", "status"] {
      let outcome = try await s.llmos(words)
      #expect(!outcome.all.contains("\u{1B}"), "\(words): \(outcome.all)")
    }
    #expect(try await s.llmos("verify").out.contains("VIOLATION"))
  }

  /// An annotated tag is an object of its own, and leads to a commit.
  @Test func aTagIsItsCommit() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      "git commit -q --allow-empty -m a; git tag -a -m v v0; git commit -q --allow-empty -m b; git tag -a -m v v1"
    ).succeeds()
    for (range, count) in [("v0", 1), ("v1", 2), ("v0..v1", 1), ("v0..", 1)] {
      let outcome = try await s.sh("llmos-hook verify \(range)").succeeds()
      #expect(outcome.out.split(separator: "\n").count == count, "\(range): \(outcome.all)")
    }
  }

  /// What a list shows of a commit is what git shows, however the commit was written.
  @Test func subjectsAndAuthorsAreThoseOfGit() async throws {
    let s = try await Sandbox.governed()
    for message in [
      "plain", "two\nlines\n\nbody", "\n\n  \n leading", "trailing  \t\nnext\n", "", "\n", "naïve ünïcode",
      "a\n \nb",
    ] {
      try s.write("../message", message)
      try await s.sh(
        """
        c=$(git cat-file commit HEAD | sed -n '/^$/q;p' | grep -v ^parent | sed "s/^tree.*/&\\nparent $(git rev-parse HEAD)/")
        printf '%s\n\n' "$c" | cat - ../message >../commit
        git -c core.hooksPath=/dev/null reset -q --hard $(git hash-object -t commit -w ../commit)
        """
      ).succeeds()
    }
    try await s.sh(
      "GIT_AUTHOR_NAME='  A  B ' git -c core.hooksPath=/dev/null commit -q --allow-empty -m last; llmos-hook --quiet allow --commits HEAD~9..HEAD --reason t; true"
    ).succeeds()
    let ours = try await s.sh("llmos-hook verify --json HEAD | tr , '\n' | grep -E '^\"(subject|author)' ")
      .succeeds().out
    let git = try await s.sh(
      "git log --format='\"subject\":\"%s\"%n\"author\":\"%an\"' HEAD ^$(git rev-list --max-parents=0 HEAD)"
    ).succeeds().out
    let lines = git.split(separator: "\n").map(String.init)
    #expect(ours.split(separator: "\n").map(String.init) == lines)
    #expect(lines.count >= 18)
  }

  /// What is taken away and put back has not come from elsewhere.
  @Test func aViolationIsNoIncomingCommit() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e; llmos-hook --quiet set FEATURE_DEVELOPMENT QA; git -c core.hooksPath=/dev/null commit -q --allow-empty -m bad
      bad=$(git rev-parse HEAD); llmos-hook --quiet set PROJECT_BOOTSTRAP REQUIREMENTS
      git reset -q --hard HEAD~1; git merge -q --ff-only $bad || git -c core.hooksPath=/dev/null merge -q --ff-only $bad
      """
    ).succeeds()
    let judged = try await s.llmos("verify")
    #expect(judged.code == 1 && judged.out.contains("VIOLATION"), "\(judged.all)")
  }
}
