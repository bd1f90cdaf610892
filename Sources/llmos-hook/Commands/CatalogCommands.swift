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

struct Log: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log",
    abstract: "Show phase completions and transitions, newest first.",
    discussion: """
      With COMMIT, says when, where and by whom that commit landed, as the hooks and the ledgers have it.

      Example: llmos-hook log -n 20 --scenario FEATURE_DEVELOPMENT
      """)
  @OptionGroup var global: GlobalOptions
  @Flag(help: "Print one JSON object.") var json = false
  @Flag(help: "Draw lanes: one more to the right for each scenario that is set aside.") var graph = false
  @Option(name: .short, help: ArgumentHelp("The maximum number of entries.", valueName: "n")) var number: Int?
  @Option(help: "Show only entries in this scenario.", completion: Completions.scenarios) var scenario:
    String?
  @Argument(help: "Show when, where and by whom this commit landed.", completion: Completions.references)
  var commit: String?

  func run() throws {
    try global.enter()
    if let commit { return try printLandings(of: commit) }
    if let number, number < 0 { throw Refusal(.usage, "-n must be 0 or more, not \(number)") }
    let engine = try global.engine()
    let events = try engine.history(limit: number, scenario: scenario)
    // One that the catalog no longer has may still stand in the ledger.
    if let scenario, events.isEmpty {
      _ = try engine.rules().catalog.place(scenario, nil, command: "llmos-hook log --scenario")
    }
    if json {
      let list = events.map { event in
        let entry = event.entry
        return JSON.object([
          ("seq", .int(entry.sequence)), ("at", .string(entry.at)), ("kind", .string(entry.kind.rawValue)),
          ("scenario", .string(entry.place.scenario)), ("phase", .string(entry.place.phase)),
          ("trigger", .string(entry.trigger)), ("actor", .string(entry.actor.text)),
          ("claimed", JSON(entry.claimed)), ("detected", JSON(entry.detected)),
          ("branch", JSON(entry.branch)), ("head", JSON(entry.head)), ("reason", JSON(entry.reason)),
          ("commits", .array(entry.commits.map { .string($0.description) })),
          ("completed", JSON(event.completed?.description)),
          ("skipped", .array(entry.skipped.map { .string($0.description) })),
          ("entry", .string(event.id.description)),
        ])
      }
      return Report.result(JSON.object([("schema", .int(1)), ("entries", .array(list))]).text)
    }
    var lanes = HistoryLanes(isPlain: Terminal.isPlain)
    for event in events {
      var (lane, below) = ("", "    ")
      if graph {
        let depth = try engine.repository.seal(at: event.id, under: engine.repository.ledgerReference).record
          .suspended.count
        let next = lanes.next(depth: depth)
        for line in next.connections { Report.result(line) }
        (lane, below) = (next.entry, next.below + "  ")
      }
      let entry = event.entry
      var words = [entry.at, entry.place.description + (event.isEnd ? " COMPLETED" : ""), entry.trigger]
      words += [entry.actor.text, entry.head?.short ?? "unborn"]
      if let done = event.completed, !event.isEnd {
        words.append("completed " + (done.scenario == entry.place.scenario ? done.phase : done.description))
      }
      if let reason = entry.reason { words.append("\"\(reason)\"") }
      if !entry.skipped.isEmpty {
        words.append("skipped: " + entry.skipped.map(\.description).joined(separator: ", "))
      }
      Report.line(words.joined(separator: "  "), after: lane, hanging: below)
    }
  }

  /// What the ledgers and the hooks' logs say of one commit.
  private func printLandings(of revision: String) throws {
    guard number == nil, scenario == nil else {
      throw Refusal(
        .usage, "log COMMIT takes no -n and no --scenario", remedy: "llmos-hook log \(revision)")
    }
    let commit = try VerifyReport.commit(revision)
    let landings = try Verification(Repository.current()).landings { $0 == commit }
    if json {
      let list = landings.map { landing in
        JSON.object([
          ("kind", .string(landing.kind)), ("at", .string(landing.at)), ("actor", .string(landing.actor)),
          ("branch", JSON(landing.branch)), ("scenario", JSON(landing.place?.scenario)),
          ("phase", JSON(landing.place?.phase)), ("entry", .string(landing.entry.description)),
          ("ledger", .string(landing.ledger)), ("sealed", .bool(landing.isSealed)),
        ])
      }
      return Report.result(
        JSON.object([
          ("schema", .int(1)), ("commit", .string(commit.description)), ("landings", .array(list)),
        ]).text)
    }
    for landing in landings { Report.result(landing.line) }
    if landings.isEmpty {
      global.say("no ledger says when \(commit.short) landed; llmos-hook verify judges it")
    }
  }
}

struct Scenarios: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scenarios",
    abstract: "Show, export and check the scenarios.",
    discussion: "Example: llmos-hook scenarios show FEATURE_DEVELOPMENT",
    subcommands: [List.self, Show.self, Export.self, Validate.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "List the scenarios and where each comes from.",
      discussion: "Example: llmos-hook scenarios list --json")
    @OptionGroup var global: GlobalOptions
    @Flag(help: "Print one JSON object.") var json = false

    func run() throws {
      try global.enter()
      let rules = try global.engine().rules()
      if json {
        let list = rules.catalog.scenarios.map { JSON.object(Scenarios.pairs($0, rules)) }
        return Report.result(JSON.object([("schema", .int(1)), ("scenarios", .array(list))]).text)
      }
      for scenario in rules.catalog.scenarios {
        let phases = scenario.phases.map(\.name).joined(separator: " -> ")
        Report.line(
          "\(scenario.name)  \(phases)  (\(rules.files[scenario.name] ?? "built in"))", hanging: "    ")
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "Show one scenario in the form of its file.",
      discussion: "Example: llmos-hook scenarios show FEATURE_DEVELOPMENT >scenarios/FEATURE_DEVELOPMENT.yml")
    @OptionGroup var global: GlobalOptions
    @Flag(help: "Print one JSON object.") var json = false
    @Argument(help: "The scenario.", completion: Completions.scenarios) var name: String

    func run() throws {
      try global.enter()
      let rules = try global.engine().rules()
      _ = try rules.catalog.place(name, nil, command: "llmos-hook scenarios show")
      guard let scenario = rules.catalog.scenario(name) else { return }
      if json {
        return Report.result(JSON.object([("schema", .int(1))] + Scenarios.pairs(scenario, rules)).text)
      }
      System.write(
        "# \(rules.files[name] ?? "built in")\n" + ScenarioFile.encode(scenario), to: 1)
    }
  }

  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "export",
      abstract: "Write the scenarios as files into a directory.",
      discussion: "Example: llmos-hook scenarios export ../scenarios")
    @OptionGroup var global: GlobalOptions
    @Argument(help: "The directory.", completion: .directory) var directory: String

    func run() throws {
      try global.enter()
      let scenarios = try global.engine().rules().catalog.scenarios
      try Files.makeDirectory(directory)
      for scenario in scenarios {
        let path = directory + "/" + scenario.name + ".yml"
        guard !Files.isReachable(path) else {
          throw Refusal(.cannotCreate, "\(path) already exists", remedy: "export into another directory")
        }
        try Files.replace(path, with: Array(ScenarioFile.encode(scenario).utf8), scratch: directory + "/")
      }
      global.say("wrote \(scenarios.count) files into \(directory)")
    }
  }

  struct Validate: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "validate",
      abstract: "Report unreachable phases, cycles, missing scripts, and phases that allow commits.",
      discussion: """
        Reads scenarios/ and .llmos/config.yml in the worktree, so that you can check them before \
        you commit them. Exits with 1 if a scenario cannot work, with 65 if a file cannot be read. \
        Example: llmos-hook scenarios validate
        """)
    @OptionGroup var global: GlobalOptions
    @Flag(help: "Print one JSON object.") var json = false

    func run() throws {
      try global.enter()
      let worktree = try global.engine().worktree
      let rules: Rules
      do {
        rules = try Rules(worktree: worktree)
      } catch {
        var refusal = Refusal(error)
        refusal.remedy = "fix it, then llmos-hook scenarios validate"
        throw refusal
      }
      let findings = try rules.findings(in: worktree)
      if json {
        let list = findings.map { finding in
          JSON.object([
            ("place", .string(finding.place)), ("finding", .string(finding.text)),
            ("error", .bool(finding.isError)),
          ])
        }
        Report.result(JSON.object([("schema", .int(1)), ("findings", .array(list))]).text)
      } else {
        for finding in findings {
          Report.result("\(finding.isError ? "error" : "note")  \(finding.place): \(finding.text)")
        }
      }
      if findings.contains(where: \.isError) { throw ExitStatus(code: ExitCode.refused.rawValue) }
    }
  }

  private static func pairs(_ scenario: Scenario, _ rules: Rules) -> [(key: String, value: JSON)] {
    [
      ("name", .string(scenario.name)), ("source", .string(rules.files[scenario.name] ?? "built in")),
      ("context", JSON(scenario.contextKey)), ("automatic", .bool(scenario.isAutomatic)),
      ("read_only", .bool(scenario.isReadOnly)),
      (
        "phases",
        .array(
          scenario.phases.map { phase in
            .object([
              ("name", .string(phase.name)), ("description", .string(phase.summary)),
              ("active_role", .string(phase.role)),
              ("allowed_actions", .array(phase.actions.map(JSON.string))),
              ("auto_scripts", .array(phase.scripts.map(JSON.string))),
              ("requires", .array(phase.requires.map(JSON.string))), ("optional", .bool(phase.isOptional)),
              ("next_phase", JSON(phase.next)),
            ])
          })
      ),
    ]
  }
}
