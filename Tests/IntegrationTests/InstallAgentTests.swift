import Foundation
import Testing

/// `install --agent`: the settings of agents' harnesses.
@Suite struct InstallAgentTests {
  private static let files = [
    "claude-code": ".claude/settings.json", "codex": ".codex/hooks.json", "gemini": ".gemini/settings.json",
    "cursor": ".cursor/hooks.json", "copilot": ".github/hooks/llmos.json",
  ]

  private static func edit(_ s: Sandbox, _ path: String) async throws -> String {
    try await s.run(
      [Sandbox.binaries + "/llmos-hook", "agent-hook", "claude-code"],
      input:
        #"{"hook_event_name":"PreToolUse","tool_name":"Write","tool_input":{"file_path":"\#(s.repository)/\#(path)"}}"#
    ).succeeds().out
  }

  /// `install` goes on with what it can, and says at its end what it could not.
  private static func refuses(
    _ s: Sandbox, _ words: [String], _ code: Int32, _ said: String...,
    at location: SourceLocation = #_sourceLocation
  ) async throws {
    let outcome = try await s.run([Sandbox.binaries + "/llmos-hook", "install"] + words)
    #expect(outcome.code == code, "\(outcome.all)", sourceLocation: location)
    for word in said { #expect(outcome.err.contains(word), "\(outcome.err)", sourceLocation: location) }
  }

  @Test(arguments: files.keys.sorted())
  func eachHarnessIsSetUpAndTakenOut(harness: String) async throws {
    let s = try await Sandbox.governed()
    let path = try #require(Self.files[harness])
    #expect(try await Self.edit(s, path) == "", "nobody has set it up")
    let said = try await s.llmos("install", "--agent", harness).succeeds().err
    #expect(said.contains("\(harness): \(path) now asks llmos-hook"), "\(said)")
    let first = try s.read(path)
    #expect(first.contains("agent-hook \(harness)"))
    #expect(try await Self.edit(s, path).contains("\(path) is protected: only the owner"))
    let entries = try await s.git("rev-list", "--count", "refs/llmos/ledger/main").out
    try await s.llmos("install", "--agent", harness).succeeds()
    #expect(try s.read(path) == first)
    #expect(try await s.git("rev-list", "--count", "refs/llmos/ledger/main").out == entries, "sealed once")
    #expect(try await s.llmos("doctor").succeeds().out.contains("agents"))
    #expect(try await s.llmos("verify", "--strict").code == 0)
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "QA", "--reason", "a test").succeeds()
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test").succeeds()
    #expect(try await Self.edit(s, path).contains("is protected"), "it outlives a move")
    try await s.llmos("uninstall").succeeds()
    #expect(!s.exists(path) && !s.exists(String(path.split(separator: "/")[0])))
  }

  @Test func theCommandLetsPassWhereNothingIsInstalled() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "QA")
    try await s.llmos("install", "--agent", "claude-code").succeeds()
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(s.read(".claude/settings.json").utf8)) as? [String: Any])
    let hooks = try #require(object["hooks"] as? [String: [[String: Any]]])
    #expect(
      hooks.keys.sorted() == ["PreToolUse", "SessionStart", "Stop", "SubagentStart", "UserPromptSubmit"])
    let inner = try #require(hooks["PreToolUse"]?.first?["hooks"] as? [[String: Any]])
    let command = try #require(inner.first?["command"] as? String)
    let call = #"{"cwd":"\#(s.repository)","tool_name":"Bash","tool_input":{"command":"git commit"}}"#
    let ask = { (directory: String?, path: String) in
      try await s.run(["/bin/sh", "-c", command], in: directory, env: ["PATH": path], input: call)
    }
    #expect(try await ask(nil, Sandbox.path).succeeds().out.contains("deny"))
    let linked = try await ask(nil, Sandbox.pathOfOthers).succeeds()
    #expect(linked.out.contains("deny"), "the one that the repository was set up with")
    let none = try await ask(s.root, Sandbox.pathOfOthers).succeeds()
    #expect(none.out == "" && none.err == "")
    try await s.sh("rm .git/llmos/bin/llmos-hook").succeeds()
    let gone = try await ask(nil, Sandbox.pathOfOthers).succeeds()
    #expect(gone.out == "" && gone.err == "")
  }

  @Test func whatCannotBeChangedStaysAsItIs() async throws {
    let s = try await Sandbox.governed()
    try s.write(".claude/settings.json", "{ not json")
    try await Self.refuses(
      s, ["--agent", "claude-code", "--agent", "codex"], 65,
      ".claude/settings.json stays as it is: it is not a JSON object")
    #expect(try s.read(".claude/settings.json") == "{ not json")
    #expect(s.exists(".codex/hooks.json"), "the others are done all the same")
    #expect(try await Self.edit(s, ".codex/x").contains("is protected"))
    #expect(try await Self.edit(s, ".claude/settings.json") == "")
    try s.write(s.root + "/elsewhere/settings.json", "{}\n")
    for link in [
      "rm -r .claude && mkdir .claude && ln -s ../../elsewhere/settings.json .claude/settings.json",
      "rm -r .claude && ln -s ../elsewhere .claude",
    ] {
      try await s.sh(link).succeeds()
      try await Self.refuses(s, ["--agent", "claude-code"], 65, "stays as it is", "link")
      #expect(try s.read(s.root + "/elsewhere/settings.json") == "{}\n")
    }
    try await s.sh("rm .claude && mkdir .claude && echo '{}' >.claude/settings.json && chmod 555 .claude")
      .succeeds()
    if try await s.sh("touch .claude/x").code != 0 {
      try await Self.refuses(s, ["--agent", "claude-code"], 73)
    }
    try await s.sh("chmod 755 .claude && rm -r .claude && mkdir -p .claude/settings.json").succeeds()
    try await Self.refuses(s, ["--agent", "claude-code"], 65, "it is a directory")
    try await s.llmos("install", "--agent", "claude").isRefused(64, "unknown harness: claude", "claude-code")
    try await Self.refuses(s, ["--agent", "all"], 65, "it is a directory")
    #expect(s.exists(".codex/hooks.json") && !s.exists(".gemini"))
  }

  @Test func allTakesThoseItFinds() async throws {
    let s = try await Sandbox.governed()
    let path = s.root + "/bin"
    try s.write(path + "/gemini", "#!/bin/sh\n", executable: true)
    try await s.llmos("install", "--agent", "all").isRefused(69, "no agents' harness was found")
    try await s.sh("mkdir .cursor").succeeds()
    try await s.llmos("install", "--agent", "all", env: ["PATH": path + ":" + Sandbox.path]).succeeds()
    #expect(s.exists(".cursor/hooks.json") && s.exists(".gemini/settings.json"))
    #expect(!s.exists(".claude") && !s.exists(".codex"))
  }

  @Test func aTrackedFileKeepsItsComments() async throws {
    let s = try await Sandbox.governed()
    let text = "{\n  // ours\n  \"permissions\": {\"allow\": [\"Bash(ls:*)\"]}, // keep\n}\n"
    try s.write(".claude/settings.json", text)
    try await s.sh("chmod 640 .claude/settings.json").succeeds()
    try await s.git("add", "-f", ".claude").succeeds()
    try await s.git("commit", "-qm", "settings").succeeds()
    let said = try await s.llmos("install", "--agent", "claude-code").succeeds().err
    #expect(said.contains("git tracks it: commit it"), "\(said)")
    let changed = try s.read(".claude/settings.json")
    #expect(
      changed.hasPrefix("{\n  // ours\n") && changed.contains("// keep\n") && changed.contains("SessionStart")
    )
    #expect(try await s.sh("stat -c %a .claude/settings.json").out.trimmed == "640")
    try await s.llmos("doctor").succeeds()
    try s.write(".claude/settings.json", text)
    #expect(
      try await s.llmos("doctor").out.contains(
        ".claude/settings.json does not ask llmos-hook at: PreToolUse, SessionStart"))
    try await s.llmos("install", "--agent", "claude-code").succeeds()
    try await s.llmos("uninstall").succeeds()
    #expect(try s.read(".claude/settings.json") == text)
  }

  /// The files are the owner's from the entry on that says so, and what landed before is judged as it was.
  @Test func settingsAreProtectedFromThenOn() async throws {
    let s = try await Sandbox.governed()
    let agent = ["LLMOS_AGENT": "DEV"] as [String: String?]
    try s.write(".claude/settings.json", "{}\n")
    try s.write("a", "1\n")
    try await s.sh("./step.sh before", env: agent).succeeds()
    #expect(try await s.git("ls-files", ".claude").out.trimmed == ".claude/settings.json")
    try await s.llmos("install", "--agent", "claude-code", env: agent).succeeds()
    try s.write("a", "2\n")
    try await s.sh("./step.sh after", env: agent).succeeds()
    #expect(
      try await s.git("status", "--porcelain", ".claude").out == " M .claude/settings.json\n", "left out")
    try await s.sh("./step.sh settings .claude/settings.json", env: agent).isRefused(
      1, ".claude/settings.json is protected")
    try await s.git("commit", "-qam", "the owner's").succeeds()
    #expect(try await s.llmos("verify", "--strict").code == 0)
    try await s.git("worktree", "add", "-q", "../other", "-b", "other").succeeds()
    let other = s.root + "/other"
    try s.write(other + "/.claude/settings.json", "{}\n")
    try await s.llmos("step", "-m", "x", ".claude/settings.json", in: other, env: agent).isRefused(
      1, ".claude/settings.json is protected")
  }
}
