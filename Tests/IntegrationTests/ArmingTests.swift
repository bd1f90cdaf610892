import Foundation
import Testing

/// git clones no hooks: what is touched first in a fresh clone of a governed repository puts them in.
@Suite struct ArmingTests {
  /// A governed repository in IMPLEMENTATION whose scripts are committed, and how to clone it.
  private static func governed(tracksState: Bool = false) async throws -> Sandbox {
    let s = try await Sandbox.governed()
    try await s.llmos("allow", "--once", "--reason", "scripts").succeeds()
    try await s.sh("git add step.sh llmos scripts\(tracksState ? " && git add -f SCENARIO_STATE.yml" : "")")
      .succeeds()
    try await s.git("commit", "-qm", "scripts").succeeds()
    return s
  }

  private static func clone(_ s: Sandbox, _ name: String) async throws -> String {
    let path = s.root + "/" + name
    try await s.git("clone", "-q", s.repository, path).succeeds()
    return path
  }

  private static func isArmed(_ s: Sandbox, _ clone: String) async throws -> Bool {
    let lands = try await s.git("commit", "-q", "--allow-empty", "-m", "x", in: clone)
    return lands.code != 0 && s.exists(clone + "/.git/llmos/bin/llmos-gate")
  }

  private static let start =
    #"{"session_id":"s","cwd":"CWD","hook_event_name":"SessionStart","source":"startup"}"#

  private static func send(_ s: Sandbox, _ event: String, in clone: String, env: [String: String?] = [:])
    async throws
    -> String
  {
    try await s.run(
      [Sandbox.binaries + "/llmos-hook", "agent-hook", "claude-code"], in: "/", env: env,
      input: event.replacing("CWD", with: clone)
    ).succeeds().out
  }

  @Test func theStartOfASessionArmsAFreshClone() async throws {
    let s = try await Self.governed()
    let clone = try await Self.clone(s, "one")
    let told = try await Self.send(s, Self.start, in: clone)
    #expect(
      told.contains("this clone is governed (it commits step.sh): the gate is installed now"), "\(told)")
    #expect(
      told.contains("PROJECT_BOOTSTRAP:INITIALIZATION") && told.contains("llmos-hook set SCENARIO PHASE"))
    #expect(try await Self.isArmed(s, clone))
    #expect(try await !Self.send(s, Self.start, in: clone).contains("is installed now"), "once")
    #expect(try await s.git("status", "--porcelain", in: clone).out == "")
    // Who calls is an agent, whatever the environment says.
    #expect(
      try await s.git("show", "refs/llmos/ledger/main:entry.json", in: clone).out.contains(
        #""actor":"AGENT""#))
  }

  @Test func soDoTheScriptsTheBriefAndATool() async throws {
    let s = try await Self.governed()
    for (name, command) in [
      ("step", "./step.sh text"), ("llmos", "./llmos status"), ("engine", "llmos-hook brief"),
    ] {
      let clone = try await Self.clone(s, name)
      let outcome = try await s.sh(command, in: clone, env: ["LLMOS_AGENT": "DEV"])
      #expect(outcome.err.contains("the gate is installed now"), "\(name): \(outcome.all)")
      #expect(try await Self.isArmed(s, clone), "\(name)")
    }
    let clone = try await Self.clone(s, "tool")
    let edit =
      #"{"cwd":"CWD","hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"git commit"}}"#
    #expect(try await Self.send(s, edit, in: clone).contains("does not allow commit_changes"))
    #expect(try await Self.isArmed(s, clone))
    let quiet = try await Self.clone(s, "quiet")
    let look = edit.replacing("git commit", with: "ls")
    #expect(try await Self.send(s, look, in: quiet).contains("the gate is installed now"), "it is told")
    #expect(try await Self.send(s, look, in: quiet) == "", "once")
    let help = try await Self.clone(s, "help")
    try await s.sh("./llmos --help", in: help).succeeds()
    #expect(!s.exists(help + "/.git/llmos"))
  }

  /// Where nobody can tell what is allowed, an agent may look for what is wrong.
  @Test func aCloneThatCannotBeJudgedMayBeRead() async throws {
    let s = try await Self.governed()
    let call =
      #"{"cwd":"CWD","hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"COMMAND"}}"#
    let away = try await Self.clone(s, "away")
    try await s.git("config", "core.hooksPath", s.root + "/elsewhere", in: away).succeeds()
    let broken = try await Self.clone(s, "broken")
    _ = try await Self.send(s, Self.start, in: broken)
    try await s.sh(
      Sandbox.keepsReferencesInFiles
        ? "echo nonsense >.git/refs/llmos/ledger/main"
        : "git -c core.hooksPath=/dev/null update-ref refs/llmos/ledger/main HEAD", in: broken
    ).succeeds()
    for clone in [away, broken] {
      for command in ["ls", "git status", "git fsck | head"] {
        let answer = try await Self.send(s, call.replacing("COMMAND", with: command), in: clone)
        #expect(!answer.contains("deny") && answer.contains("llmos-hook: "), "\(command): \(answer)")
      }
      let answer = try await Self.send(s, call.replacing("COMMAND", with: "git commit -m x"), in: clone)
      #expect(answer.contains("deny"), "\(answer)")
    }
  }

  /// The state that git brings may allow commits: an agent does not seal it, the owner does.
  @Test func anAgentBeginsWhereNothingLands() async throws {
    let s = try await Self.governed(tracksState: true)
    let agents = try await Self.clone(s, "agents")
    #expect(try await Self.send(s, Self.start, in: agents).contains("PROJECT_BOOTSTRAP:INITIALIZATION"))
    #expect(try await s.place(in: agents) == "PROJECT_BOOTSTRAP:INITIALIZATION")
    #expect(try await Self.isArmed(s, agents))
    let owners = try await Self.clone(s, "owners")
    try await s.llmos("brief", in: owners).succeeds()
    #expect(try await s.place(in: owners) == "FEATURE_DEVELOPMENT:IMPLEMENTATION")
    // What somebody has changed is not replaced.
    let changed = try await Self.clone(s, "changed")
    try await s.sh("sed -i 's/^phase: .*/phase: BRIEF/' SCENARIO_STATE.yml", in: changed).succeeds()
    let before = try s.read(changed + "/SCENARIO_STATE.yml")
    let told = try await Self.send(s, Self.start, in: changed)
    #expect(told.contains("could not be installed: an agent cannot seal a state"), "\(told)")
    #expect(try s.read(changed + "/SCENARIO_STATE.yml") == before)
    let edit =
      #"{"cwd":"CWD","hook_event_name":"PreToolUse","tool_name":"Edit","tool_input":{"file_path":"CWD/a"}}"#
    #expect(
      try await Self.send(s, edit, in: changed).contains("could not be installed"),
      "nobody works in it unseen")
    try await s.llmos("step", "-m", "x", in: changed, env: ["LLMOS_AGENT": "DEV"]).isRefused(
      1, "could not be installed", "llmos-hook install, by the owner")
  }

  @Test func theRemotesLedgerSaysItToo() async throws {
    let s = try await Sandbox.governed()
    let server = s.root + "/server.git"
    try await s.git("init", "-q", "--bare", server).succeeds()
    try await s.git("remote", "add", "origin", server).succeeds()
    try await s.git("push", "-q", "origin", "HEAD:main").succeeds()
    try await s.git("clone", "-q", "-b", "main", server, s.root + "/plain").succeeds()
    #expect(
      try await Self.send(s, Self.start, in: s.root + "/plain") == "", "nothing says that it is governed")
    #expect(!s.exists(s.root + "/plain/.git/llmos"))
    try await s.llmos("sync").succeeds()
    try await s.git("clone", "-q", "-b", "main", server, s.root + "/later").succeeds()
    #expect(try await Self.send(s, Self.start, in: s.root + "/later").contains("(origin has ledgers)"))
    #expect(try await Self.isArmed(s, s.root + "/later"))
  }

  @Test func somebodyElsesScriptsAndATakenOutGateAreLetBe() async throws {
    let s = try await Sandbox()
    try s.write("step.sh", "#!/bin/sh\ngit commit -am \"$1\"\n", executable: true)
    try await s.sh("git add . && git commit -qm first").succeeds()
    #expect(try await Self.send(s, Self.start, in: s.repository) == "")
    #expect(!s.exists(".git/llmos"))
    let governed = try await Self.governed()
    try await governed.llmos("uninstall").succeeds()
    let told = try await Self.send(governed, Self.start, in: governed.repository)
    #expect(
      told.contains("the gate is not installed in this clone: the owner runs llmos-hook install"), "\(told)")
    #expect(!governed.exists(".git/llmos/bin"))
  }

  @Test func whoDoesNotWantItSaysSo() async throws {
    let s = try await Self.governed()
    let clone = try await Self.clone(s, "clone")
    #expect(try await Self.send(s, "nonsense", in: clone) == "", "nobody works there yet")
    try await s.git("config", "llmos.arm", "false", in: clone).succeeds()
    #expect(try await Self.send(s, Self.start, in: clone) == "")
    try await s.llmos("brief", in: clone).isRefused(66)
    #expect(!s.exists(clone + "/.git/llmos"))
  }

  @Test func settingsThatACloneBringsAreProtectedInIt() async throws {
    let s = try await Self.governed()
    try await s.llmos("install", "--agent", "claude-code").succeeds()
    try await s.git("add", ".claude").succeeds()
    try await s.git("commit", "-qm", "settings").succeeds()
    let clone = try await Self.clone(s, "clone")
    _ = try await Self.send(s, Self.start, in: clone)
    let edit =
      #"{"cwd":"CWD","hook_event_name":"PreToolUse","tool_name":"Edit","tool_input":{"file_path":"CWD/.claude/settings.json"}}"#
    #expect(try await Self.send(s, edit, in: clone).contains(".claude/settings.json is protected"))
    #expect(try await s.git("status", "--porcelain", in: clone).out == "")
  }
}
