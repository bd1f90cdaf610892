import ArgumentParser
import Core
import Engine
import Platform

struct GrantCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grant",
    abstract: "Let an agent's key work in a phase on a branch, from any machine (owner only).",
    discussion: """
      The entry opens the phase to that key alone, on that branch alone, until --until or revoke. A fresh clone of an \
      agent takes it up with its first session, step or sync, and a server holds it to branch, phase and time. Run \
      llmos-hook sync, so that others know it. Where the ledger has no keys, --key may be left out. To grant again \
      gives more time, or another phase. docs/teams.md has all steps.

      Example: llmos-hook grant agent/login --key agent.pub --phase FEATURE_DEVELOPMENT:IMPLEMENTATION --until 8h
      """)
  @OptionGroup var global: GlobalOptions
  @OptionGroup var seal: SealOptions
  @Argument(help: "The branch; it need not exist yet.") var branch: String
  @Option(help: ArgumentHelp("The agent's public key.", valueName: "file"), completion: .file()) var key:
    String?
  @Option(help: ArgumentHelp("The phase that is opened.", valueName: "scenario:phase")) var phase: String
  @Option(
    help: ArgumentHelp(
      "When it ends: 8h, 3d, 2026-12-31, or a UTC time (2026-12-31T18:00:00Z).", valueName: "time"))
  var until: String?
  @Option(help: "Why, for the ledger.") var reason: String?

  func run() throws {
    try global.enter()
    var remarks: [String] = []
    defer { for remark in remarks { global.say(remark) } }
    let grant = try global.engine(sealing: seal).grant(
      branch, key: key, phase: phase, until: try until.map { try GrantTime.seconds($0, now: System.now) },
      reason: reason, &remarks)
    remarks.append(
      "\(grant.place) is open to " + (grant.key.map { "the key " + $0.suffix(12) } ?? "agents")
        + " on \(grant.name) " + (grant.until.map { "until " + Timestamp.text($0) } ?? "until you revoke it"))
    remarks.append("next: llmos-hook sync, so that the server and the agent's machine know it")
  }
}

struct RevokeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke", abstract: "End all grants for a branch (owner only).",
    discussion: """
      What the agent has pushed by then stays proved. A server takes nothing new, as soon as llmos-hook sync has \
      brought it the entry.

      Example: llmos-hook revoke agent/login --reason "the feature is merged"
      """)
  @OptionGroup var global: GlobalOptions
  @OptionGroup var seal: SealOptions
  @Argument(help: "The branch.") var branch: String
  @Option(help: "Why, for the ledger.") var reason: String?

  func run() throws {
    try global.enter()
    var remarks: [String] = []
    defer { for remark in remarks { global.say(remark) } }
    let ended = try global.engine(sealing: seal).revoke(branch, reason: reason, &remarks)
    for given in ended { remarks.append("revoked: \(given.grant.place) on \(given.grant.name)") }
    remarks.append("next: llmos-hook sync, so that the server knows it")
  }
}
