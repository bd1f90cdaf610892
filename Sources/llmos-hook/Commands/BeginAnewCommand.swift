import ArgumentParser
import Core
import Engine
import Git
import Platform

struct BeginAnewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "begin-anew",
    abstract:
      "Begin fresh ledgers that accept history as it stands, after a secret was removed (owner only).",
    discussion: """
      The old ledgers, backups and dropped commits are deleted, so that nothing of llmos-hook keeps what was \
      removed. All worktrees keep their phase, and the notes stay. On a server, run it as its administrator. \
      docs/purging-a-secret.md has all steps.

      Example: llmos-hook begin-anew --reason "the password of the test database was committed"
      """)
  @OptionGroup var global: GlobalOptions
  @OptionGroup var seal: SealOptions
  @Option(help: "Why, for the ledger.") var reason: String

  func run() throws {
    try global.enter()
    guard reason.contains(where: { !$0.isWhitespace }) else { throw Refusal(.usage, "--reason is empty") }
    var command = BeginAnew(reason: reason)
    let repository = try Repository.current()
    if repository.workDirectory == nil {
      try command.run(onServer: repository, actor: Identity.current().actor)
    } else {
      try command.run(try global.engine(sealing: seal.acceptRules ? seal : nil))
    }
    for line in command.report { global.say(line) }
  }
}
