import Core
import Shell
import Testing

@testable import ToolGate

/// What a command line does to what is there, as git takes its words.
@Suite struct LineCourseTests {
  private static func decision(
    _ line: String, _ phase: String = "IMPLEMENTATION", branch: String = "topic", cwd: String = "/w/repo",
    linked: Bool = false
  ) throws -> ToolDecision {
    var facts = WorktreeFacts()
    facts.branch = { branch }
    facts.defaultBranch = { _ in "main" }
    facts.kind = { path in
      path.hasSuffix(".sh") || path.hasSuffix(".py")
        ? .file : path == "/w/repo" || path == "/w/repo/src" ? .directory : nil
    }
    facts.changed = { revision, pathspecs, _ in
      revision != "other" ? [] : pathspecs == ["src"] ? ["src/x.py"] : ["src/x.py", "step.sh"]
    }
    facts.isHead = { $0 == "HEAD" }
    facts.isIgnored = { $0.hasPrefix("dist") }
    let place = ToolPlace(
      root: "/w/repo", directory: cwd,
      gitDirectories: linked ? ["/w/main/.git", "/w/main/.git/worktrees/repo"] : ["/w/repo/.git"],
      facts: facts)
    let record = try GateRecord(
      state: State(place: Place("FEATURE_DEVELOPMENT", phase), at: "2026-01-01T00:00:00Z"),
      catalog: .canonical, sequence: 1, configuration: Configuration())
    return toolGate(.shell(line), Snapshot(record: record, identity: Identity(actor: .owner)), at: place)
  }

  static let harmless = [
    "wget -qO- https://example.com | head", "wget -O - https://x", "wget -O- -q https://x | jq .",
    "wget -nv -O /dev/null https://x", "curl -so- https://x", "curl -sLo /tmp/x https://x",
    "curl -X POST -d@out https://x", "openssl req -x509 -nodes -keyout /tmp/k.pem -out /tmp/c.pem",
    "openssl x509 -in a.pem -noout -text", "vim -R src/x.py -c q", "nano -v src/x.py", "./step.sh --version",
    "sh -n step.sh", "bash -n step.sh", "git ls-files -o -i --exclude-standard | xargs rm -f",
    "gh pr view merge", "gh api repos/o/r/contents/src", "gh alias set co 'pr checkout'", "gh alias list",
  ]

  @Test(arguments: harmless) func neverRefused(line: String) throws {
    #expect(try Self.decision(line, "QA").refusal == nil, "\(line)")
  }

  static let pushes = [
    "gh pr -R o/r merge 1", "gh pr --repo o/r merge 1", "gh api --method=PUT repos/o/r/pulls/1/merge",
    "gh api -X PUT repos/o/r/contents/a -f message=m -f content=eA==",
    "gh api repos/o/r/git/refs -f ref=refs/heads/x -f sha=abc", "gh alias set mm 'pr merge'",
    "gh alias set mm '!gh pr merge'",
    "git push --del origin topic", "git push --forc origin topic", "git checkout main && git push",
    "git switch main; git push", "git branch -m main && git push",
    "git checkout -b main && ./step.sh x --push",
    "git -c remote.origin.push=HEAD:main push", "git -c push.default=matching push",
    "git -c remote.origin.mirror=true push", "git config remote.origin.push HEAD:main",
    "git config push.default matching", "git subtree push --prefix=src origin main",
    "git subtree push -P src origin main",
  ]

  @Test(arguments: pushes) func whatIsPushedIsSeen(line: String) throws {
    #expect(try Self.decision(line).refusal != nil, "\(line)")
  }

  @Test(arguments: [
    "git checkout -b fix && git push -u origin fix",
    "git checkout main && git pull && git checkout - && git push",
    "git checkout main -- src/x.py; git push", "git config push.default simple",
    "git -c push.default=current push",
    "git branch -m old main2; git push", "git subtree split --prefix=src", "git push --set-up origin topic",
    "gh api -X PUT repos/o/r/contents/a -f branch=topic -f content=eA==",
  ]) func ownPushesPass(line: String) throws {
    #expect(try Self.decision(line).refusal == nil, "\(line)")
  }

  /// A pathspec that is no plain path can be anything, and git takes short options in one word.
  @Test(arguments: [
    "git restore :/", "git restore ':(top)'", "git restore '*.py'", "git checkout -- '*'",
    "git checkout -- :/",
    "git restore --pathspec-from-file=/tmp/l", "git checkout --pathspec-from-file /tmp/l", "git rm '*.py'",
    "git checkout -fq main", "git checkout -qf", "git switch -fC x main", "git checkout-index -fa",
    "git stash && git stash drop", "git stash push -u && git stash drop", "git stash; git stash clear",
    "git merge --abort", "git cherry-pick --abort", "git diff | git apply -R", "git diff | patch -p1 -R",
    "git reset --har", "git restore .",
  ]) func everythingIsKept(line: String) throws {
    let decision = try Self.decision(line)
    let isAll = decision.losses.contains { $0 == .changes || $0 == .paths(["/w/repo"]) }
    #expect(decision.refusal == nil && isAll, "\(line): \(decision)")
  }

  @Test(arguments: [
    "git checkout -bfix", "git stash", "git stash pop", "git switch -c f", "git restore --staged '*'",
    "git apply --check -R a.patch", "git commit --dry-run -am f",
  ]) func nothingIsKeptForNothing(line: String) throws {
    #expect(try Self.decision(line).losses == [], "\(line)")
  }

  /// From another commit come its differences, those of protected files too.
  @Test func whatAnotherCommitBrings() throws {
    for line in [
      "git checkout other -- .", "git checkout other -- :/", "git checkout other -- ':(top)step.sh'",
      "git checkout other -- '*.sh'", "git restore --source=other .", "git restore -SWs other :/",
      "git restore --sour other .", "git read-tree -u --reset other", "git checkout other step.sh",
      "git checkout --pathspec-from-file=/tmp/l other",
    ] {
      let refusal = try Self.decision(line).refusal
      #expect(
        refusal?.what.hasPrefix("step.sh is protected") == true, "\(line): \(refusal?.what ?? "passes")")
      #expect(try Self.decision(line, "QA").refusal != nil, "\(line)")
    }
    for line in [
      "git checkout other -- src", "git checkout same -- .", "git restore -s HEAD :/", "git checkout other",
      "git read-tree -m -u HEAD",
    ] { #expect(try Self.decision(line).refusal == nil, "\(line)") }
  }

  /// Another worktree may go, with what it would lose kept; the one at hand does not.
  @Test func anotherWorktreeGoes() throws {
    let other = try Self.decision("rm -rf ../repo", cwd: "/w/main", linked: true)
    #expect(other.refusal == nil && other.losses == [.paths(["/w/repo"])])
    #expect(try Self.decision("rm -rf ../repo", linked: true).refusal != nil)
    #expect(
      try Self.decision("rm -rf ../repo", cwd: "/w/main").losses == [], "a clone takes its references along")
  }

  @Test func whatOnlyReads() {
    let world = ShellWorld(directory: "/w/repo")
    for line in [
      "ls -la", "git status", "git fsck", "git log | head", "cd src && cat a 2>/dev/null",
      "llmos-hook doctor",
      "find . -name a", "sed -n 1p a",
    ] { #expect(isOnlyReading(ShellLine(line, in: world)), "\(line)") }
    for line in [
      "ls > a", "git commit", "git -c core.fsmonitor=x status", "find . -delete", "find . -exec rm {} +",
      "sed -i s/a/b/ c", "make", "git log --output=a", "", "llmos-hook set X", "echo $(rm a)", "echo 'a",
    ] { #expect(!isOnlyReading(ShellLine(line, in: world)), "\(line)") }
  }
}
