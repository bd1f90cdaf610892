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
    abstract: "Lets git enforce a development process.",
    discussion: """
      SCENARIO_STATE.yml shows the scenario and phase, sealed in
      refs/llmos/ledger. Commits land only in phases that allow commit_changes.

      Exit codes: 0 done, 1 refused, 3 run waits for a role, 64 usage,
      65 wrong content, 66 no repository or no state, 69 a program is missing,
      70 internal error, 73 cannot create, 74 cannot read or write,
      75 try again, 130 interrupted.
      """,
    version: Version.text,
    subcommands: [
      Status.self, Check.self, StepCommand.self, RunCommand.self, NextPhase.self, EventCommand.self,
      Verdict.self, Set.self, Resume.self, Allow.self, GrantCommand.self, RevokeCommand.self,
      BeginAnewCommand.self, Restore.self, Log.self,
      VerifyCommand.self, DoctorCommand.self, ServeCheckCommand.self, FeatureCommand.self,
      RollbackCommand.self, BackupsCommand.self, Scenarios.self, SyncCommand.self, GraphCommand.self,
      ReportCommand.self,
      AgentHookCommand.self, BriefCommand.self,
      InstallCommand.self, Uninstall.self, Hook.self,
    ])

  /// Runs one command line and ends the process.
  static func run(_ line: [String]) -> Never {
    do {
      var command = try CommandNames.called(line).flatMap(alone) ?? parseAsRoot(line)
      try command.run()
      System.exit(.done)
    } catch {
      Report.exit(error)
    }
  }

  /// A command that is read by itself, and so begins a millisecond earlier; nil where the line asks for help or is wrong,
  /// which the whole tells with the names that lead to the command.
  private static func alone(_ called: CommandNames.Called) -> (any ParsableCommand)? {
    guard let command = try? called.command.parseAsRoot(called.words), type(of: command) == called.command
    else { return nil }
    return command
  }
}

/// The version, as `--version` prints it.
enum Version {
  static let text = "0.1.0"
}

struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show the scenario, the phase, the role and what is allowed.",
    discussion: """
      With --all, a line for each worktree: branch, feature, phase, role, commits that the main branch has not, the \
      age of the newest entry, and who has to do what next.

      Example: llmos-hook status --json
      """)
  @OptionGroup var global: GlobalOptions
  @Flag(help: "Print one JSON object.") var json = false
  @Flag(help: "Print one short line for a prompt; nothing where no state is sealed.") var line = false
  @Flag(help: "Show every worktree of this clone.") var all = false
  @Flag(help: "With --all: show it again whenever it changes, until Ctrl-C.") var watch = false

  func run() throws {
    try global.enter()
    if line { return try StatusLine.print() }
    guard all || !watch else {
      throw Refusal(.usage, "--watch needs --all", remedy: "llmos-hook status --all --watch")
    }
    try StatusReport.print(StatusReport.Options(json: json, all: all, watch: watch, color: global.color))
  }
}

struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Say whether an action is allowed now.",
    discussion: "Example: llmos-hook check commit_changes --role DEV --path src/login.swift")
  @OptionGroup var global: GlobalOptions
  @Flag(help: "Print one JSON object.") var json = false
  @Argument(help: "An action of the catalog, such as run_tests.", completion: Completions.actions) var action:
    String
  @Option(help: "The role that does it.", completion: Completions.roles) var role: String?
  @Option(name: .customLong("path"), help: "A path that it changes; may be repeated.") var paths: [String] =
    []

  func run() throws {
    try global.enter()
    let engine = try global.engine()
    let standing = try engine.standing()
    let facts = try engine.facts(standing)
    let refusal =
      unknownName(standing.rules.catalog) ?? gate(.action(action, role: role, paths: paths), facts)
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

  /// Why an action or role cannot be meant; nil when the catalog has both.
  private func unknownName(_ catalog: Catalog) -> Refusal? {
    let roles = catalog.roles
    if let role, !roles.contains(role) {
      return .unknown("role", role, among: roles) { "llmos-hook check \(action) --role \($0)" }
    }
    guard !catalog.knows(action: action) else { return nil }
    return .unknown("action", action, among: catalog.actions) { "llmos-hook check \($0)" }
  }
}

struct StepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "step", abstract: "Commit through the gate (step.sh calls this).",
    discussion: """
      Commits the named paths; without any, what is staged; if nothing is staged, everything not ignored. The \
      message is "[ROLE] SCENARIO:PHASE TEXT".

      Example: LLMOS_AGENT=DEV llmos-hook step -m "Add the page" src/page.html
      """)
  @OptionGroup var global: GlobalOptions
  @Option(name: .shortAndLong, help: "The message text; default: the UTC time.") var message: String?
  @Flag(help: "Replace the last commit.") var amend = false
  @Flag(help: "Push afterwards.") var push = false
  @Argument(help: "Paths to commit.") var paths: [String] = []

  func run() throws {
    try global.enter()
    try global.arm()
    let step = Step(text: message, amend: amend, push: push, paths: paths)
    let code = try step.run(try global.engine())
    if code != 0 { throw ExitStatus(code: code) }
  }
}

struct Restore: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Restore SCENARIO_STATE.yml from the ledger, and lock the branch if commits.lock asks for it.",
    discussion: "Example: llmos-hook restore")
  @OptionGroup var global: GlobalOptions

  func run() throws {
    try global.enter()
    let engine = try global.engine()
    var remarks: [String] = []
    let seal = try engine.restore(&remarks)
    for remark in remarks { global.say(remark) }
    global.say("\(StatePath.name) matches the ledger: \(seal.record.place)")
  }
}

struct InstallCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "install", abstract: "Install the gate in a repository: hooks, scripts, state.",
    discussion: """
      Safe to repeat. Its last lines say what to do next. --at begins the state elsewhere: in a project that is under \
      way, llmos-hook install --at FEATURE_DEVELOPMENT:IMPLEMENTATION. --agent writes the settings of agents' harnesses, so that they ask llmos-hook: claude-code, \
      codex, gemini, cursor, copilot, or all that are found (docs/agents.md).

      Example: llmos-hook install --agent claude-code
      """)
  @OptionGroup var global: GlobalOptions
  @Option(help: ArgumentHelp("The repository.", valueName: "dir")) var repo: String?
  @Flag(help: "Do not add step.sh, llmos and scripts/.") var noScripts = false
  @Option(
    help: ArgumentHelp("Begin there, not at PROJECT_BOOTSTRAP:INITIALIZATION.", valueName: "scenario:phase"))
  var at: String?
  @Option(
    name: .customLong("agent"), parsing: .upToNextOption,
    help: ArgumentHelp("Set up agents' harnesses too.", valueName: "harness"),
    completion: .list(Harness.allCases.map(\.rawValue) + ["all"]))
  var agents: [String] = []
  @Flag(help: "Check pushes to this (usually bare) repository, with pre-receive and update.")
  var server = false

  func run() throws {
    try global.enter()
    if let repo { try GlobalOptions.enter(repo) }
    if server {
      guard at == nil else {
        throw Refusal(
          .usage, "--server has no state, so there is no --at", remedy: "llmos-hook install --server")
      }
      let repository = try Repository.current()
      var install = Install(server: repository)
      try install.installServer(repository)
      for line in install.report { global.say(line) }
      return
    }
    let engine = try Engine()
    let harnesses = try Harness.named(agents, in: engine.worktree)
    var install = Install(engine)
    defer {
      for line in install.report { global.say(line) }
      if !global.quiet { for line in install.next { System.write(line + "\n", to: 2) } }
    }
    try install.install(engine, scripts: !noScripts, agents: harnesses, at: at)
    for line in try Arming.takeUpGrant(engine) { global.say(line) }
  }
}

struct Uninstall: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "uninstall",
    abstract: "Remove exactly what install added (owner only).",
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
    abstract: "Exchange ledgers and notes with a remote; neither side loses anything.",
    discussion: """
      A server checks pushes against the ledgers it has, so run it with --push, or
      before git push. After the first time, step --push syncs by itself.

      Example: llmos-hook sync --push origin
      """)
  @OptionGroup var global: GlobalOptions
  @OptionGroup var seal: SealOptions
  @Argument(help: "The remote; default: the branch's own, else the only one, else origin.") var remote:
    String?
  @Flag(help: "Then push HEAD's branch, up to exactly the commit that was sealed.") var push = false

  func run() throws {
    try global.enter()
    let engine = try global.engine(sealing: seal)
    var sync = try Sync(engine, remote: remote)
    try sync.run(engine, pushing: push)
    for line in sync.report { global.say(line) }
  }
}

struct Hook: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hook",
    abstract: "The entry point of every git hook: hook NAME [ARG]...",
    discussion: "Example: llmos-hook hook pre-commit")
  @Argument(parsing: .allUnrecognized, help: "The hook's name and its arguments.") var words: [String] = []

  func run() throws {
    throw Refusal(
      .usage, "hook needs a name", why: "hooks: " + HookNames.installed.joined(separator: ", "))
  }
}
