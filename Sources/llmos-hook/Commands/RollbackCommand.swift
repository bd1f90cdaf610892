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

struct RollbackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollback",
    abstract:
      "Go back to a tag, branch or commit, with a backup of everything replaced (owner and engine only).",
    usage: """
      llmos-hook rollback <target> [--mode revert|reset] [--force] [--dry-run] [--reason <text>]
             llmos-hook rollback --last-good [...]
             llmos-hook rollback --continue | --abort | --undo | --list
      """,
    discussion: """
      The target is an ancestor of HEAD. "revert" adds one commit whose files are the target's; "reset" \
      moves the branch. Uncommitted changes are replaced only with --force. The previous HEAD, index, \
      worktree and untracked files are saved in refs/llmos/backup/<id>, which has the form of a stash.

      Example: llmos-hook rollback v1.2.0 && llmos-hook rollback --undo
      """)
  @OptionGroup var global: GlobalOptions
  @OptionGroup var seal: SealOptions
  @Argument(help: "A tag, branch or commit.", completion: Completions.references) var target: String?
  @Option(help: ArgumentHelp("How the branch moves: revert or reset.", valueName: "mode"))
  var mode: Mode = .revert
  @Flag(help: "Go to the newest commit that is known to be good.") var lastGood = false
  @Flag(help: "Replace uncommitted changes; the backup keeps them.") var force = false
  @Flag(help: "Print the plan and change nothing.") var dryRun = false
  @Option(help: "Why, for the ledger and the commit.") var reason: String?
  @Option(help: "A shell command to run afterwards; if it fails, everything is restored.")
  var verify: String?
  @Option(help: "Time limit for the verify command, in seconds.") var verifyTimeout = 600
  @Option(help: "Delete all backups but the newest N afterwards.") var keep: Int?
  @Flag(name: .customLong("continue"), help: "Finish a rollback that was interrupted.") var resume = false
  @Flag(help: "Undo a rollback that was interrupted.") var abort = false
  @Flag(help: "Undo the last rollback.") var undo = false
  @Flag(help: "List the backups, newest first.") var list = false

  enum Mode: String, ExpressibleByArgument, CaseIterable {
    case revert, reset
  }

  func validate() throws {
    let asked = [target != nil, lastGood, resume, abort, undo, list].count { $0 }
    guard asked == 1 else {
      throw ValidationError("give one of TARGET, --last-good, --continue, --abort, --undo and --list")
    }
    guard verifyTimeout > 0, keep ?? 0 >= 0 else { throw ValidationError("a number is out of range") }
  }

  func run() throws {
    try global.enter()
    let engine = try global.engine(sealing: list || dryRun ? nil : seal)
    if list { return try printList(engine) }
    var options = Rollback.Options()
    options.mode = mode == .reset ? .reset : .revert
    options.isForced = force
    options.isDryRun = dryRun
    options.reason = reason
    options.verify = try verify ?? engine.rules().configuration.rollbackVerify
    options.timeout = verifyTimeout
    options.keep = keep
    options.showsProgress = System.isTerminal(2) && !global.quiet
    options.show = { System.write($0, to: 2) }
    var remarks: [String] = []
    defer { for remark in remarks { global.say(remark) } }
    if resume {
      let journal = try Rollback.resume(engine, options, &remarks)
      global.say("the \(journal.kind) to \(journal.target.text) is finished")
    } else if abort {
      let journal = try Rollback.abort(engine, options, &remarks)
      global.say(
        journal.map { "the \($0.kind) was undone: everything is as it was before" }
          ?? "the rollback had not changed anything yet; its leftovers were removed")
    } else {
      try go(engine, options)
    }
  }

  private func go(_ engine: borrowing Engine, _ options: Rollback.Options) throws {
    let announce = { (plan: RollbackPlan) in
      for line in plan.lines { dryRun ? Report.result(line) : global.say(line) }
    }
    let outcome =
      undo
      ? try Rollback.undo(engine, options, announce: announce)
      : try Rollback.run(
        engine, to: try target ?? lastGood(engine), options, announce: announce)
    guard let commit = outcome.commit, let backup = outcome.backup else { return }
    global.say("HEAD is \(commit.short); what was replaced is in \(backup)")
    for remark in outcome.remarks { global.say(remark) }
    let seal = try engine.repository.sealInForce()
    global.say("\(seal.record.place) \(seal.record.status.rawValue)")
    if !undo { global.say("to undo: llmos-hook rollback --undo") }
  }

  private func lastGood(_ engine: borrowing Engine) throws -> String {
    try Rollback.lastGood(engine, stableTags: engine.rules().configuration.stableTags)
  }

  private func printList(_ engine: borrowing Engine) throws {
    for backup in try RollbackBackup.all(engine.repository) {
      let head = backup.head.map(\.short) ?? "-"
      Report.line("\(backup.id)  \(backup.kind)  \(head) -> \(backup.target.text)  \(backup.mode.rawValue)")
    }
  }
}
