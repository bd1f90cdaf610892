import Foundation
import Testing

/// What an agent's command would lose is kept before, and the agent is told.
@Suite struct AgentBackupTests {
  private static func ask(
    _ s: Sandbox, _ command: String, harness: String = "claude-code", in directory: String? = nil
  ) async throws -> String {
    let call: [String: Any] = [
      "hook_event_name": "PreToolUse", "cwd": directory ?? s.repository, "tool_name": "Bash",
      "tool_input": ["command": command],
    ]
    let input = String(decoding: try JSONSerialization.data(withJSONObject: call), as: UTF8.self)
    return try await s.run([Sandbox.binaries + "/llmos-hook", "agent-hook", harness], input: input).succeeds()
      .out
  }

  private static func backups(_ s: Sandbox) async throws -> [String] {
    try await s.git("for-each-ref", "--format=%(refname)", "refs/llmos/backup/").out.split(separator: "\n")
      .map(String.init)
  }

  private static func dirty() async throws -> Sandbox {
    let s = try await Sandbox.governed()
    try s.write("src/a", "one\n")
    try s.write("src/deep/b", "one\n")
    try await s.sh("git add -A && git commit -qm a && echo edited >src/a && echo staged >s && git add s")
      .succeeds()
    try s.write("src/new", "new\n")
    return s
  }

  static let losing = [
    "git reset --hard", "git checkout -- .", "git checkout .", "git restore .", "git restore src/a",
    "git checkout -f HEAD", "git switch --discard-changes -", "git clean -fd", "git clean -fdx src",
    "rm -rf src", "rm src/a", "rm -f src/new", "git rm -rf src", "cd src && git checkout -- a",
    "bash -c 'git reset --hard HEAD'", "find src -name a -delete", "git read-tree --reset -u HEAD",
    "npm test; git stash -q && git stash drop; git reset --hard", "git checkout HEAD -- src",
    "git restore :/", "git restore '*'", "git checkout -- ':(top)src'", "git checkout -fq HEAD",
    "git stash -u && git stash drop", "git diff | git apply -R",
  ]

  @Test(arguments: losing)
  func whatIsLostIsKept(command: String) async throws {
    let s = try await Self.dirty()
    let answer = try await Self.ask(s, command)
    let reference = try #require(try await Self.backups(s).first, "\(command): \(answer)")
    #expect(
      answer.contains("additionalContext") && answer.contains(reference)
        && !answer.contains("permissionDecision"))
    #expect(answer.contains("llmos-hook backups restore \(reference.dropFirst(18))"))
    let kept = { (path: String, parent: String) in
      try await s.git("show", "\(reference)\(parent):\(path)").out
    }
    #expect(try await kept("src/a", "") == "edited\n")
    #expect(try await kept("s", "^2") == "staged\n")
    #expect(try await kept("src/new", "^3") == "new\n")
    // What it says brings all of it back.
    try await s.sh("git reset -q --hard && git clean -qfd && llmos-hook --quiet backups restore \(reference)")
      .succeeds()
    #expect(try s.read("src/a") == "edited\n")
    #expect(try s.read("src/new") == "new\n")
    // The same is not kept twice; what restoring replaced is kept too.
    let all = try await Self.backups(s)
    #expect(all.count == 2)
    _ = try await Self.ask(s, command)
    #expect(try await Self.backups(s) == all)
  }

  static let harmless = [
    "git reset", "git reset --soft HEAD", "git clean -nd", "git restore --staged s", "rm -rf build",
    "rm -f nothing",
    "git checkout -- src/deep/b", "rm src/deep/b", "git stash push -u", "git stash pop", "git checkout -b x",
    "mv src/a src/c", "rm -rf /tmp/nothing-of-ours", "git switch -c y",
  ]

  @Test func whereNothingIsLostNothingIsKept() async throws {
    let s = try await Self.dirty()
    for command in Self.harmless {
      #expect(try await Self.ask(s, command) == "", "\(command)")
    }
    #expect(try await Self.backups(s).isEmpty)
    try await s.sh("git add -A && git commit -qm b").succeeds()
    #expect(try await Self.ask(s, "git reset --hard && git clean -fd && rm -rf src") == "")
    #expect(try await Self.backups(s).isEmpty, "all of it is committed")
  }

  @Test func aStashIsKeptAsWell() async throws {
    let s = try await Self.dirty()
    try await s.sh("git stash -q -u && echo two >src/a && git stash -q").succeeds()
    #expect(try await Self.ask(s, "git stash drop stash@{1}").contains("stash@{1}"))
    let reference = try #require(try await Self.backups(s).first)
    #expect(try await s.git("show", reference + "^3:src/new").out == "new\n")
    #expect(try await Self.ask(s, "git stash clear").contains("stash@{0}"))
    #expect(try await Self.backups(s).count == 2, "the other one was kept before")
    try await s.git("stash", "clear").succeeds()
    try await s.git("stash", "apply", "-q", reference).succeeds()
    #expect(try s.read("src/new") == "new\n")
  }

  /// Where a harness gives the agent no text beside a tool that goes on, the first refusal tells it.
  @Test(arguments: ["cursor", "gemini"])
  func aHarnessWithoutContextRefusesOnce(harness: String) async throws {
    let s = try await Self.dirty()
    let answer = try await Self.ask(s, "git reset --hard", harness: harness)
    let reference = try #require(try await Self.backups(s).first)
    #expect(
      answer.contains("\"deny\"") && answer.contains(reference)
        && answer.contains("run the same command again"))
    #expect(try await Self.ask(s, "git reset --hard", harness: harness) == "{}\n")
  }

  @Test func whereNoBackupCanBeMadeTheCommandIsRefused() async throws {
    let s = try await Self.dirty()
    try await s.sh("chmod 0 .git/index").succeeds()
    // Root reads everything: an index that is none fails for everybody.
    try await s.sh("chmod 644 .git/index && cp .git/index index && printf broken >.git/index").succeeds()
    let answer = try await Self.ask(s, "git reset --hard")
    #expect(answer.contains("\"deny\"") && answer.contains("no backup can be made"), "\(answer)")
    try await s.sh("cp index .git/index && rm index").succeeds()
    #expect(try await Self.ask(s, "git reset --hard").contains("refs/llmos/backup/"))
  }

  @Test func inTheMiddleOfAMergeAndInALinkedWorktree() async throws {
    let s = try await Self.dirty()
    try await s.sh(
      """
      git add -A && git commit -qm all && git switch -qc side HEAD~1 -f && echo side >src/a &&
      git commit -qam side && git switch -q main && { git merge side || true; }
      """
    ).succeeds()
    #expect(try await Self.ask(s, "git reset --merge").contains("refs/llmos/backup/"))
    let reference = try #require(try await Self.backups(s).first)
    #expect(try await s.git("show", reference + ":src/a").out.contains("<<<<<<<"))
    let other = s.root + "/other"
    try await s.git("reset", "-q", "--hard").succeeds()
    try await s.git("worktree", "add", "-q", "-b", "o", other).succeeds()
    try await s.sh("echo mine >>src/a", in: other).succeeds()
    let answer = try await Self.ask(s, "git checkout -- src/a", in: other)
    #expect(answer.contains("refs/llmos/backup/"), "\(answer)")
    #expect(try await Self.backups(s).count == 2)
    // A command that goes there from here, too.
    try await s.sh("echo more >>src/a", in: other).succeeds()
    #expect(try await Self.ask(s, "git -C ../other reset --hard").contains("refs/llmos/backup/"))
    #expect(try await Self.backups(s).count == 3)
  }

  @Test func namesThatAreNoUTF8AndLinksOutOfTheRepository() async throws {
    let s = try await Self.dirty()
    try await s.sh("printf x >$(printf 'src/\\377n') && ln -s /etc out && ln -s ../README src/link")
      .succeeds()
    #expect(try await Self.ask(s, "git clean -fd").contains("refs/llmos/backup/"))
    #expect(try await Self.ask(s, "rm -f out/hosts") == "", "not ours")
    let reference = try #require(try await Self.backups(s).first)
    #expect(try await s.git("ls-tree", "-r", "--name-only", reference + "^3").out.contains("\\377n"))
  }
}
