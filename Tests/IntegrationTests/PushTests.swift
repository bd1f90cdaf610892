import Foundation
import Testing

/// What an agent may push, as pre-push tells where no harness asks.
@Suite struct PushTests {
  private static let agent: [String: String?] = ["LLMOS_AGENT": "DEV"]

  /// A clone of a bare repository whose default branch is main, standing on `topic` with a commit of its own.
  private static func clone(policy: String? = nil) async throws -> Sandbox {
    let s = try await Sandbox.governed()
    if let policy {
      try s.write(".llmos/config.yml", "agent_policy:\n  push: \(policy)\n")
      try await s.sh("git add -f .llmos && git commit -qm policy").succeeds()
      try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION").succeeds()
    }
    try await s.sh(
      """
      git clone -q --bare . ../remote.git && git remote add origin ../remote.git && git fetch -q &&
      git remote set-head origin main && git switch -qc topic && echo two >README && git commit -qam two
      """
    ).succeeds()
    return s
  }

  @Test func theBranchThatIsCheckedOutAndNoOther() async throws {
    let s = try await Self.clone()
    try await s.git("branch", "other").succeeds()
    try await s.git("push", "-q", "-u", "origin", "HEAD", env: Self.agent).succeeds()
    try await s.sh("echo three >README && git commit -qam three").succeeds()
    try await s.git("push", "-q", "origin", "topic", env: Self.agent).succeeds()
    for (words, refused) in [
      (["HEAD:main"], "an agent cannot push to main"), (["other"], "only the branch that is checked out"),
      (["topic:else"], "only the branch that is checked out"),
      ([":topic"], "an agent cannot delete on a remote"),
      (["--force", "HEAD~1:topic"], "an agent cannot push by force"), (["--all"], "an agent"),
    ] {
      let outcome = try await s.run([Sandbox.gitPath, "push", "origin"] + words, env: Self.agent)
      #expect(
        outcome.code != 0 && outcome.err.contains("llmos-hook: refused: \(refused)")
          || outcome.err.contains(refused), "\(words) \(outcome.err)")
    }
    #expect(
      try await s.git("--git-dir=../remote.git", "rev-parse", "topic").out == s.git("rev-parse", "topic").out)
    // A person's pushes are his own.
    try await s.git("push", "-q", "origin", "topic:else", ":topic").succeeds()
  }

  @Test func thePolicyOfTheConfiguration() async throws {
    let never = try await Self.clone(policy: "never")
    #expect(
      try await never.git("push", "origin", "topic", env: Self.agent).err.contains("an agent cannot push"))
    let any = try await Self.clone(policy: "any")
    try await any.git("push", "-q", "-f", "origin", "topic:main", env: Self.agent).succeeds()
    let wrong = try await Sandbox.governed()
    try wrong.write(".llmos/config.yml", "agent_policy:\n  push: sometimes\n")
    try await wrong.sh("git add -f .llmos && git commit -qm policy").succeeds()
    #expect(
      try await wrong.llmos("status").err.contains("agent_policy.push must be one of feature, never, any"))
  }

  @Test func aHookThatWasThereRunsWithItsInput() async throws {
    let s = try await Sandbox()
    try s.write("README", "one\n")
    try await s.sh(
      "git add README && git commit -qm one && git clone -q --bare . ../remote.git && git remote add origin ../remote.git"
    ).succeeds()
    try s.write(".git/hooks/pre-push", "#!/bin/sh\n{ echo \"$@\"; cat; } >>../pushed\n", executable: true)
    try await s.llmos("install").succeeds()
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "test").succeeds()
    try await s.git("push", "-q", "origin", "HEAD:a").succeeds()
    try await s.sh("git switch -qc b").succeeds()
    try await s.git("push", "-q", "origin", "b", env: Self.agent).succeeds()
    let lines = try s.read(s.root + "/pushed").split(separator: "\n")
    #expect(lines.count == 4 && lines[1].contains("refs/heads/a") && lines[3].hasPrefix("refs/heads/b "))
    try await s.llmos("uninstall").succeeds()
    #expect(try s.read(".git/hooks/pre-push").contains("pushed"))
  }

  @Test func aCommitOnNoBranchIsKept() async throws {
    let s = try await Sandbox.governed()
    try await s.sh("git checkout -q --detach && echo two >README").succeeds()
    try await s.sh("./step.sh two README", env: Self.agent).succeeds()
    let commit = try await s.head()
    try await s.sh(
      "git checkout -q main && git reflog expire --expire=now --all && git gc -q --prune=now", env: Self.agent
    ).succeeds()
    try await s.git("cat-file", "-e", commit).succeeds()
  }

  /// What is pushed may have spaces in its name, and what is ours is not taken away.
  @Test func noNameHidesAPush() async throws {
    let s = try await Self.clone()
    try await s.git("push", "-q", "origin", "refs/notes/llmos").succeeds()
    for words in ["HEAD@{0 seconds ago}:refs/heads/main", ":refs/notes/llmos"] {
      let outcome = try await s.run([Sandbox.gitPath, "push", "origin", words], env: Self.agent)
      #expect(outcome.code != 0 && outcome.err.contains("an agent cannot"), "\(words) \(outcome.err)")
    }
    #expect(try await s.git("--git-dir=../remote.git", "rev-parse", "refs/notes/llmos").code == 0)
    // Tags of tags are no histories to compare.
    let any = try await Self.clone(policy: "any")
    try await any.sh(
      "git tag -am x t; git push -q origin t; git tag -fam y t; git push -qf origin t", env: Self.agent
    )
    .succeeds()
  }
}
