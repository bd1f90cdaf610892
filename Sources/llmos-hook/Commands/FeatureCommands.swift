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

struct FeatureCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "feature", abstract: "Work on features side by side, a worktree and a branch each.",
    discussion: "Example: llmos-hook feature start login",
    subcommands: [Start.self, Finish.self, List.self])

  struct Start: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "start",
      abstract: "Add a worktree and a branch for a feature, at FEATURE_DEVELOPMENT:BRIEF (owner only).",
      discussion: """
        The worktree is ../NAME-SLUG, the branch feature/SLUG. Prints the line to give to an agent.

        Example: llmos-hook feature start login
        """)
    @OptionGroup var global: GlobalOptions
    @OptionGroup var seal: SealOptions
    @Argument(help: "The feature's name: letters, digits, dots, dashes and underscores.") var slug: String
    @Option(
      help: ArgumentHelp("Where the branch begins; default: the main branch.", valueName: "ref"),
      completion: Completions.references)
    var from: String?
    @Option(help: ArgumentHelp("The worktree's directory.", valueName: "dir")) var dir: String?
    @Flag(help: "Print one JSON object.") var json = false

    func run() throws {
      try global.enter()
      let started = try FeatureStart(FeatureSlug(slug), base: from, directory: dir).run(
        try global.engine(sealing: seal))
      for remark in started.remarks { global.say(remark) }
      let record = started.seal.record
      global.say("started \(slug) in \(started.worktree), on \(started.branch), at \(record.place)")
      guard !json else {
        return Report.result(
          JSON.object([
            ("schema", .int(1)), ("worktree", .string(started.worktree)), ("branch", .string(started.branch)),
            ("feature", .string(slug)), ("scenario", .string(record.place.scenario)),
            ("phase", .string(record.place.phase)), ("role", .string(record.role)),
          ]).text)
      }
      let words = ScriptWords(at: started.worktree + "/").adapted(
        "Work in \(started.worktree) as \(record.role) (LLMOS_AGENT=\(record.role)). ./llmos status shows the phase and "
          + "what it allows; commit with ./step.sh \"what changed\".")
      Report.result(words)
    }
  }

  struct Finish: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "finish",
      abstract: "Merge a feature whose last phase is complete, and remove its worktree (owner only).",
      discussion: """
        Merges feature/SLUG into the main branch where that is checked out, exchanges ledgers and notes with the \
        remote, pushes, and removes the worktree. Where the remote takes no push to the main branch, the merge is \
        taken back and a pull request is needed; run the command again when that is merged. The branch and all \
        records stay.

        Example: llmos-hook feature finish login
        """)
    @OptionGroup var global: GlobalOptions
    @OptionGroup var seal: SealOptions
    @Argument(help: "The feature's name.") var slug: String

    func run() throws {
      try global.enter()
      let global = global
      try FeatureFinish(FeatureSlug(slug)) { global.say($0) }.run(try global.engine(sealing: seal))
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "List the features in progress, a line for each.",
      discussion: "Example: llmos-hook feature list --json")
    @OptionGroup var global: GlobalOptions
    @Flag(help: "Print one JSON object.") var json = false

    func run() throws {
      try global.enter()
      let features = try global.engine().worktreeStandings().filter { $0.feature != nil }
      if json { return Report.result(WorktreesReport.json(features).text) }
      guard !features.isEmpty else { return global.say("no features: llmos-hook feature start SLUG") }
      Report.result(WorktreesReport.table(features, color: global.color.applies(to: 1)))
    }
  }
}
