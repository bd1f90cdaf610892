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

extension GlobalOptions {
  /// Reports what a move did.
  func say(_ performed: Engine.Performed) {
    for remark in performed.remarks { say(remark) }
    if let commit = performed.checkpoint {
      say("checkpoint \(commit.short)")
      for file in performed.files { say("  \(file.onOneLine)") }
    }
    if let fired = performed.transition.fired { say(fired.rawValue) }
    let record = performed.seal.record
    if record.status == .completed {
      say("\(record.place.scenario) is COMPLETED")
    } else {
      say("entered \(record.place)" + (record.status == .rework ? " for REWORK" : ""))
    }
  }
}

struct Set: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set",
    abstract: "Enter a scenario (owner and engine only).",
    discussion: """
      To go past a phase that is not complete needs --reason, and the ledger says what was skipped. Entering another \
      scenario, or the first phase, clears the context of the last time.

      Example: llmos-hook set FEATURE_DEVELOPMENT BRIEF --context feature_slug=login
      """)
  @OptionGroup var global: GlobalOptions
  @OptionGroup var seal: SealOptions
  @Argument(help: "The scenario.", completion: Completions.scenarios) var scenario: String
  @Argument(help: "The phase; default: the first.", completion: Completions.phases) var phase: String?
  @OptionGroup var context: ContextOptions
  @Option(help: "Why, for the ledger.") var reason: String?

  func run() throws {
    try global.enter()
    // `NAME:PHASE` is how status shows a phase.
    let parts = scenario.split(separator: ":", maxSplits: 1).map(String.init)
    let (name, entered) = phase == nil && parts.count == 2 ? (parts[0], parts[1]) : (scenario, phase)
    global.say(
      try global.engine(sealing: seal).perform(
        .set(scenario: name, phase: entered), context: try context.values(), reason: reason))
  }
}

/// `--context`.
struct ContextOptions: ParsableArguments {
  @Option(
    name: .customLong("context"),
    help: ArgumentHelp("A context value; may be repeated.", valueName: "key=value"))
  var context: [String] = []

  /// The pairs.
  ///
  /// - Throws: `Refusal` (64) for a word without a key.
  func values() throws -> [ContextValue] {
    try context.map { word in
      guard let equals = word.firstIndex(of: "="), equals != word.startIndex else {
        throw Refusal(
          .usage, "--context takes KEY=VALUE, not \(word)", remedy: "--context feature_slug=login")
      }
      return ContextValue(String(word[..<equals]), String(word[word.index(after: equals)...]))
    }
  }
}

struct NextPhase: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "next-phase", abstract: "Complete the phase and enter the next (owner and engine only).",
    discussion: """
      The phase's requirements must be met. A record is added to HEAD's notes (git notes --ref=llmos show). After \
      the last phase the scenario is COMPLETED, and a finished feature enters DEPLOYMENT.

      --checkpoint commits what was changed in the phase and belongs to it (documents in BRIEF, nothing in QA; see \
      checkpoint.paths in .llmos/config.yml), and names each file. Anything else that was changed refuses it. What lay \
      about when the phase began is left alone.

      Example: llmos-hook next-phase --checkpoint --reason "the brief is agreed"
      """)
  @OptionGroup var global: GlobalOptions
  @OptionGroup var seal: SealOptions
  @Flag(help: "Let the engine commit the phase's changes first.") var checkpoint = false
  @Option(help: "Why, for the ledger.") var reason: String?

  func run() throws {
    try global.enter()
    global.say(try global.engine(sealing: seal).perform(.nextPhase, reason: reason, checkpoint: checkpoint))
  }
}

struct EventCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "event", abstract: "Report an event, which switches the scenario (owner and engine only).",
    discussion: """
      deploy-failure -> INCIDENT_RECOVERY:FREEZE; quality-gate-fail -> ROLLBACK:IDENTIFY; \
      feature-completed -> DEPLOYMENT:PRE_DEPLOY; quality-gate-pass -> the suspended scenario.

      Example: llmos-hook event deploy-failure --context incident_type=outage
      """)
  @OptionGroup var global: GlobalOptions
  @OptionGroup var seal: SealOptions
  @Argument(help: "The event.", completion: Completions.events) var name: String
  @OptionGroup var context: ContextOptions
  @Option(help: "Why, for the ledger.") var reason: String?

  func run() throws {
    try global.enter()
    guard let event = Event(rawValue: name) else {
      throw Refusal.unknown("event", name, among: Event.allCases.map(\.rawValue)) { "llmos-hook event \($0)" }
    }
    global.say(
      try global.engine(sealing: seal).perform(.event(event), context: try context.values(), reason: reason))
  }
}

struct Verdict: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verdict",
    abstract: "Give the verdict in QUALITY_GATE:VERDICT (owner, engine and QUALITY_AUDITOR).",
    discussion: "Example: llmos-hook verdict PASS --report docs/audit.md")
  @OptionGroup var global: GlobalOptions
  @OptionGroup var seal: SealOptions
  @Argument(help: "PASS or FAIL.", completion: .list(["PASS", "FAIL"])) var verdict: String
  @Option(help: ArgumentHelp("The auditor's report.", valueName: "file"), completion: .file()) var report:
    String?
  @Option(help: "Why, for the ledger.") var reason: String?

  func run() throws {
    try global.enter()
    guard ["PASS", "FAIL"].contains(verdict) else {
      throw Refusal(.usage, "a verdict is PASS or FAIL, not \(verdict)", remedy: "llmos-hook verdict PASS")
    }
    global.say(
      try global.engine(sealing: seal).perform(
        .verdict(pass: verdict == "PASS"), reason: reason, report: report))
  }
}

struct Resume: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume",
    abstract: "Return to the suspended scenario (owner and engine only).",
    discussion: "Example: llmos-hook resume --reason \"the incident is over\"")
  @OptionGroup var global: GlobalOptions
  @OptionGroup var seal: SealOptions
  @Option(help: "Why, for the ledger.") var reason: String?

  func run() throws {
    try global.enter()
    global.say(try global.engine(sealing: seal).perform(.resume, reason: reason))
  }
}

struct Allow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "allow",
    abstract: "Allow the next commit, or accept commits that landed (owner only).",
    discussion: "Example: llmos-hook allow --once --reason \"hotfix, agreed with Ann\"")
  @OptionGroup var global: GlobalOptions
  @OptionGroup var seal: SealOptions
  @Flag(help: "Allow the next commit on HEAD, and only that.") var once = false
  @Option(help: ArgumentHelp("Accept these commits, which have landed.", valueName: "range")) var commits:
    String?
  @Option(help: "Why, for the ledger.") var reason: String

  func run() throws {
    try global.enter()
    guard once != (commits != nil) else {
      throw Refusal(.usage, "allow takes --once or --commits RANGE", remedy: "llmos-hook help allow")
    }
    guard reason.contains(where: { !$0.isWhitespace }) else { throw Refusal(.usage, "--reason is empty") }
    let engine = try global.engine(sealing: seal)
    var remarks: [String] = []
    defer { for remark in remarks { global.say(remark) } }
    guard let commits else {
      _ = try engine.allowNextCommit(reason: reason, &remarks)
      return global.say("the next commit on HEAD may land")
    }
    let range = commits.contains("..") ? [commits] : ["--no-walk", commits]
    guard Child.output(of: ["git", "rev-list", "-n", "1"] + range + ["--"]) != nil else {
      throw Child.missingGit
        ?? Refusal(.usage, "\(commits) is not a commit or range", remedy: "git log \(commits)")
    }
    let ids = Child.lines(of: ["git", "rev-list"] + range + ["--"]).compactMap(ObjectID.init(hex:))
    guard !ids.isEmpty else { throw Refusal(.usage, "\(commits) has no commits") }
    _ = try engine.accept(ids, reason: reason, &remarks)
    global.say("accepted \(ids.count) commit\(ids.count == 1 ? "" : "s")")
  }
}
