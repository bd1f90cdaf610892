import ArgumentParser
import Core
import Engine
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import ToolGate
import Verify

/// Every command, in the order of `--help`.
struct CommandLineTool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "llmos-hook",
    abstract: "Makes a development process something that git enforces.",
    discussion: """
      Scenario and phase stand in SCENARIO_STATE.yml, sealed in
      refs/llmos/ledger. Commits land only in phases that allow commit_changes.

      Exit codes: 0 done, 1 refused, 3 run waits for a role, 64 usage,
      65 wrong content, 66 no repository or no state, 69 a program is missing,
      70 a fault of ours, 73 cannot create, 74 cannot read or write,
      75 try again, 130 interrupted.
      """,
    version: Version.text,
    subcommands: [
      Status.self, Check.self, StepCommand.self, RunCommand.self, NextPhase.self, EventCommand.self,
      Verdict.self, Set.self, Resume.self, Allow.self, Restore.self, Log.self, VerifyCommand.self,
      DoctorCommand.self,
      RollbackCommand.self, Scenarios.self, SyncCommand.self, GraphCommand.self, ReportCommand.self,
      AgentHook.self,
      InstallCommand.self, Uninstall.self, Hook.self,
    ])

  /// Runs one command line and ends the process.
  static func run(_ line: [String]) -> Never {
    do {
      var command = try parseAsRoot(line)
      try command.run()
      System.exit(.done)
    } catch {
      Report.exit(error)
    }
  }
}

/// The version, as `--version` prints it.
enum Version {
  static let text = "0.1.0"
}

struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show scenario, phase, role and what is allowed.",
    discussion: "Example: llmos-hook status --json")
  @OptionGroup var global: GlobalOptions
  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    try global.enter()
    try StatusReport.print(StatusReport.Options(json: json, color: global.color))
  }
}

struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tell whether an action is allowed now.",
    discussion: "Example: llmos-hook check commit_changes --role DEV --path src/login.swift")
  @OptionGroup var global: GlobalOptions
  @Flag(help: "Print one JSON object.") var json = false
  @Argument(help: "An action of the catalog, such as run_tests.", completion: Completions.actions) var action:
    String
  @Option(help: "The role that would do it.", completion: Completions.roles) var role: String?
  @Option(name: .customLong("path"), help: "A path that it would touch; may be repeated.") var paths:
    [String] = []

  func run() throws {
    try global.enter()
    let engine = try Engine()
    let standing = try engine.standing()
    let facts = engine.facts(standing)
    var refusal = gate(.action(action, role: role, paths: paths), facts)
    if refusal != nil, !standing.rules.catalog.knows(action: action) {
      let near = suggestion(action, standing.rules.catalog.scenarios.flatMap(\.actions))
      refusal = Refusal(
        .refused, "no scenario has an action \(action)", why: near.map { "did you mean \($0)?" },
        remedy: "llmos-hook status")
    }
    if json {
      Report.result(
        JSON.object([
          ("schema", .int(1)), ("action", .string(action)), ("allowed", .bool(refusal == nil)),
          ("reason", JSON(refusal?.what)), ("next", JSON(refusal?.remedy)),
          ("scenario", .string(standing.seal.record.place.scenario)),
          ("phase", .string(standing.seal.record.place.phase)),
          ("role", .string(standing.seal.record.role)),
        ]).text)
    }
    if let refusal { throw refusal }
    if !json { global.say("\(action) is allowed in \(standing.seal.record.place)") }
  }
}

struct StepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "step", abstract: "Commit through the gate: what step.sh calls.",
    discussion: """
      Stages the named paths, else takes what is staged, else everything that is not ignored, and commits \
      it as "[ROLE] SCENARIO:PHASE TEXT".

      Example: LLMOS_AGENT=DEV llmos-hook step -m "Add the page" src/page.html
      """)
  @OptionGroup var global: GlobalOptions
  @Option(name: .shortAndLong, help: "The text; a UTC time when there is none.") var message: String?
  @Flag(help: "Replace the last commit.") var amend = false
  @Flag(help: "Push afterwards.") var push = false
  @Argument(help: "Paths to commit.") var paths: [String] = []

  func run() throws {
    try global.enter()
    let step = Step(text: message, amend: amend, push: push, paths: paths)
    let code = try step.run(try Engine())
    if code != 0 { throw ExitStatus(code: code) }
  }
}

struct Restore: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write SCENARIO_STATE.yml again from the ledger, and hold the branch if commits.lock says so.",
    discussion: "Example: llmos-hook restore")
  @OptionGroup var global: GlobalOptions

  func run() throws {
    try global.enter()
    let engine = try Engine()
    let seal = try engine.restore()
    global.say("\(StatePath.name) is the sealed one: \(seal.record.place)")
  }
}

struct InstallCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "install", abstract: "Put the gate into a repository: hooks, scripts, state.",
    discussion: "Twice is once. Example: llmos-hook install --repo ~/src/project")
  @OptionGroup var global: GlobalOptions
  @Option(help: ArgumentHelp("The repository.", valueName: "dir")) var repo: String?
  @Flag(help: "Leave step.sh, llmos and scripts/ out.") var noScripts = false
  @Flag(help: "Judge what is pushed into this repository, a bare one mostly: pre-receive and update.")
  var server = false

  func run() throws {
    try global.enter()
    if let repo { try GlobalOptions.enter(repo) }
    if server {
      let repository = try Repository.current()
      var install = Install(server: repository)
      try install.installServer(repository)
      for line in install.report { global.say(line) }
      return
    }
    let engine = try Engine()
    var install = Install(engine)
    try install.install(engine, scripts: !noScripts)
    for line in install.report { global.say(line) }
  }
}

struct Uninstall: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Take out exactly what install put in (owner only).",
    discussion: "The ledger and the notes stay. Example: llmos-hook uninstall --repo ~/src/project")
  @OptionGroup var global: GlobalOptions
  @Option(help: ArgumentHelp("The repository.", valueName: "dir")) var repo: String?

  func run() throws {
    try global.enter()
    if let repo { try GlobalOptions.enter(repo) }
    let repository = try Repository.current()
    if repository.workDirectory == nil {
      var install = Install(server: repository)
      try install.uninstallServer(Identity.current().actor)
      for line in install.report { global.say(line) }
      return
    }
    let engine = try Engine()
    var install = Install(engine)
    try install.uninstall(engine)
    for line in install.report { global.say(line) }
  }
}

struct SyncCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync",
    abstract: "Exchange ledgers and notes with a remote; nothing of either side is lost.",
    discussion: """
      Do it before git push: a server that judges pushes goes by the ledgers it
      has. After the first time, step --push does it by itself.

      Example: llmos-hook sync origin && git push origin main
      """)
  @OptionGroup var global: GlobalOptions
  @Argument(help: "The remote; the branch's own, else the only one, else origin.") var remote: String?

  func run() throws {
    try global.enter()
    let engine = try Engine()
    var sync = try Sync(engine, remote: remote)
    try sync.run(engine)
    for line in sync.report { global.say(line) }
  }
}

struct Hook: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The entry point of every git hook: hook NAME [ARG]...",
    discussion: "Example: llmos-hook hook pre-commit")
  @Argument(parsing: .allUnrecognized, help: "The hook's name and its arguments.") var words: [String] = []

  func run() throws {
    throw Refusal(
      .usage, "hook needs a name", why: "hooks: " + HookCall.installed.joined(separator: ", "))
  }
}
