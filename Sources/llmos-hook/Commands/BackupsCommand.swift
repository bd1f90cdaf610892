import ArgumentParser
import Core
import Engine
import Git
import Platform

struct BackupsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backups",
    abstract: "List, show and restore what rollbacks, agents' commands and forced moves replaced.",
    discussion: "Example: llmos-hook backups list",
    subcommands: [List.self, Show.self, RestoreBackup.self, Prune.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "List the backups, newest first.", discussion: "Example: llmos-hook backups list --json")
    @OptionGroup var global: GlobalOptions
    @Flag(help: "Print one JSON object.") var json = false

    func run() throws {
      try global.enter()
      let all = try Backup.all(Repository.current())
      if json {
        return Report.result(
          JSON.object([
            ("schema", .int(1)), ("backups", .array(all.map { .object(BackupsCommand.pairs($0)) })),
          ]).text)
      }
      for backup in all {
        Report.line("\(backup.id)  \(backup.kind)  \(backup.head?.short ?? "-")  \(backup.about)")
      }
      if all.isEmpty { global.say("there are no backups") }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "Show one backup and the paths that it has.",
      discussion: "Example: llmos-hook backups show 20251227T171852Z")
    @OptionGroup var global: GlobalOptions
    @Flag(help: "Print one JSON object.") var json = false
    @Argument(help: "Its id; the beginning is enough.") var id: String

    func run() throws {
      try global.enter()
      let repository = try Repository.current()
      let backup = try Backup.find(id, repository)
      let changes = try backup.changes(repository)
      if json {
        let list = changes.map { change in
          JSON.object([("change", .string(change.kind)), ("path", .string(change.path))])
        }
        return Report.result(
          JSON.object([("schema", .int(1))] + BackupsCommand.pairs(backup) + [("files", .array(list))]).text)
      }
      Report.line("\(backup.id)  \(backup.kind)  \(Timestamp.text(backup.seconds))")
      Report.line("  \(backup.about)")
      if let head = backup.head {
        Report.line("  made at \(head.short)\(backup.branch.map { " on \($0.shortBranch ?? $0)" } ?? "")")
      }
      for change in changes { Report.line("  \(change.kind)  \(change.path)") }
    }
  }

  struct RestoreBackup: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "restore",
      abstract: "Restore a backup, after a backup of what it replaces.",
      discussion: """
        A dropped commit gets a branch. A rollback that HEAD is the result of is undone. From any other backup come the \
        files, staged and untracked ones too; HEAD stays.

        Example: llmos-hook backups restore 20251227T171852Z
        """)
    @OptionGroup var global: GlobalOptions
    @Flag(help: "Print one JSON object.") var json = false
    @OptionGroup var seal: SealOptions
    @Argument(help: "Its id; the beginning is enough.") var id: String

    func run() throws {
      try global.enter()
      let engine = try global.engine(sealing: seal)
      let restored = try Rollback.restore(Backup.find(id, engine.repository), engine)
      if json {
        return Report.result(
          JSON.object([
            ("schema", .int(1)), ("done", .array(restored.report.map(JSON.string))),
            ("backup", JSON(restored.backup)),
          ]).text)
      }
      for line in restored.report { global.say(line) }
      if let backup = restored.backup { global.say("what was replaced is in \(backup)") }
    }
  }

  struct Prune: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "prune",
      abstract: "Delete what is older than 30 days.",
      discussion: """
        sync and next-phase do it by themselves for dropped commits and agents' backups. A rollback's backups are \
        deleted only here, and not for an agent.

        Example: llmos-hook backups prune
        """)
    @OptionGroup var global: GlobalOptions
    @Flag(help: "Print one JSON object.") var json = false

    func run() throws {
      try global.enter()
      let isAgent = Identity.current().actor.isAgent
      let gone = try Backup.prune(Repository.current(), isAutomatic: isAgent)
      if json {
        return Report.result(
          JSON.object([
            ("schema", .int(1)), ("deleted", .array(gone.map { .object(BackupsCommand.pairs($0)) })),
          ]).text)
      }
      for backup in gone { Report.line("deleted \(backup.id)  \(backup.kind)  \(backup.about)") }
      if gone.isEmpty { global.say("no backup is older than \(Backup.days) days") }
    }
  }

  private static func pairs(_ backup: Backup) -> [(key: String, value: JSON)] {
    [
      ("id", .string(backup.id)), ("kind", .string(backup.kind)),
      ("at", .string(Timestamp.text(backup.seconds))), ("about", .string(backup.about)),
      ("head", JSON(backup.head)), ("branch", JSON(backup.branch)),
      ("commit", .string(backup.commit.description)), ("reference", .string(backup.reference)),
    ]
  }
}
