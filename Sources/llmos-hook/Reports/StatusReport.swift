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

/// `status`: read from the sealed record, without a parser.
enum StatusReport {
  struct Options {
    var json = false
    var all = false
    var watch = false
    var color = ColorChoice.auto
  }

  /// The options of a plain `status` command line; nil for any other, which ArgumentParser reads.
  static func options(of line: [String]) -> Options? {
    guard line.first == "status" else { return nil }
    var options = Options()
    for word in line.dropFirst() {
      switch word {
      case "--json": options.json = true
      case "--all": options.all = true
      case "--quiet": break
      default: return nil
      }
    }
    return options
  }

  /// Prints the status on stdout.
  ///
  /// - Throws: `Refusal`: 66 when nothing is sealed here.
  static func print(_ options: Options) throws {
    if options.all { return try WorktreesReport.print(options) }
    let engine = try Engine()
    if let remark = try engine.putBackMissingStateFile() { System.write("llmos-hook: \(remark)\n", to: 2) }
    let facts = try Facts(engine)
    let text = options.json ? json(facts).text : lines(facts, color: options.color.applies(to: 1))
    System.write(text + "\n", to: 1)
  }

  /// All that is shown.
  private struct Facts {
    let standing: Engine.Standing
    let identity: Identity
    let pending: RollbackJournal?
    let quarantine: Quarantine?
    let unseen: [ObjectID]
    /// The branch that is locked.
    let held: String?
    /// A branch that a worktree which is gone has locked.
    let orphan: String?
    /// Whether a commit through step.sh would pass now, by this actor.
    let mayCommit: Bool
    let next: NextStep
    /// The scenario's phases in a row, with what is done.
    let row: [String]

    init(_ engine: borrowing Engine) throws {
      standing = try engine.standing()
      identity = engine.identity
      pending = try Rollback.pending(in: engine.repository)
      quarantine = try engine.quarantine(standing)
      unseen = try engine.unseen(standing)
      held = BranchLock.held(engine.repository)
      orphan = BranchLock.orphan(engine.repository, at: standing.head)
      mayCommit = try gate(.commit, engine.facts(standing, proof: .valid)) == nil
      next = try engine.nextStep(standing, isQuarantined: quarantine != nil)
      row = try Self.row(engine, standing)
    }

    private static func row(_ engine: borrowing Engine, _ standing: Engine.Standing) throws -> [String] {
      let record = standing.seal.record
      guard let scenario = standing.rules.catalog.scenario(record.place.scenario) else { return [] }
      return ScenarioRow(
        scenario, current: record.place, isOpen: record.status.isOpen,
        completed: try engine.completedPhases(),
        isPlain: Terminal.isPlain
      ).lines(width: Terminal.width() - 2)
    }
  }

  private static func word(_ file: FileCondition) -> String {
    switch file {
    case .sealed: "sealed"
    case .older: "older"
    case .missing: "missing"
    case .edited: "edited"
    case .unusable: "unusable"
    }
  }

  private static func json(_ facts: Facts) -> JSON {
    let record = facts.standing.seal.record
    let suspended = record.suspended.map { place in
      JSON.object([("scenario", .string(place.scenario)), ("phase", .string(place.phase))])
    }
    return .object([
      ("schema", .int(1)),
      ("scenario", .string(record.place.scenario)),
      ("phase", .string(record.place.phase)),
      ("status", .string(record.status.rawValue)),
      ("role", .string(record.role)),
      ("allowed_actions", .array(record.actions.map(JSON.string))),
      ("may_commit", .bool(facts.mayCommit)),
      ("context", .object(record.context.map { ($0.key, JSON($0.value)) })),
      ("suspended", suspended.first ?? .null), ("suspended_all", .array(suspended)),
      ("frozen", .bool(record.isFrozen)),
      ("grant", record.grant?.json ?? .null),
      ("pending_rollback", facts.pending?.summary ?? .null),
      ("locked", JSON(facts.held)),
      ("unseen", .array(facts.unseen.map { JSON($0) })),
      ("rules_waiting", .array((facts.standing.waiting?.files ?? []).map { .string($0.path) })),
      ("quarantine", facts.quarantine.map { .array($0.commits.map { .string($0.description) }) } ?? .null),
      (
        "next",
        .object([
          ("who", .string(facts.next.role ?? "OWNER")), ("what", .string(facts.next.what)),
          ("command", JSON(facts.next.command.map(ScriptWords(at: "./").adapted))),
        ])
      ),
      ("actor", .string(facts.identity.actor.name)),
      ("state_file", .string(word(facts.standing.file))),
      (
        "ledger",
        .object([
          ("ref", .string(facts.standing.seal.reference)), ("seq", .int(record.sequence)),
          ("entry", .string(facts.standing.seal.entry.description)),
        ])
      ),
    ])
  }

  private static func lines(_ facts: Facts, color: Bool) -> String {
    let record = facts.standing.seal.record
    let paint = { (code: String, text: String) in color ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }
    let set = record.context.filter { $0.value != nil }.map { $0.key + "=" + ($0.value ?? "") }
    let once = record.mayCommit || record.override == nil ? "" : ", the next commit only (owner override)"
    var rows = [
      ("role", record.role),
      ("allowed", record.actions.joined(separator: ", ")),
      ("commits", facts.mayCommit ? paint("32", "yes" + once) : paint("31", "no")),
    ]
    if let grant = record.grant { rows.append(("grant", grant.words)) }
    if !set.isEmpty { rows.append(("context", set.joined(separator: ", "))) }
    if !record.suspended.isEmpty {
      rows.append(("suspended", record.suspended.map(\.description).joined(separator: ", then ")))
    }
    if record.isFrozen { rows.append(("freeze", paint("33", "deployments are frozen"))) }
    if let pending = facts.pending {
      let words = "\(pending.kind) to \(pending.target.text) is not finished: llmos-hook rollback"
      rows.append(("rollback", paint("31", words + " --continue or --abort")))
    }
    if let held = facts.held {
      rows.append(("lock", paint("33", held + " is locked until the scenario ends")))
    }
    if let orphan = facts.orphan {
      let words = "\(orphan) is locked by a worktree that no longer exists: llmos-hook restore unlocks it"
      rows.append(("lock", paint("31", words)))
    }
    if !facts.unseen.isEmpty {
      let names =
        facts.unseen.prefix(3).map(\.short).joined(separator: ", ") + (facts.unseen.count > 3 ? ", …" : "")
      rows.append(("unseen", paint("33", "no hook saw these commits land: \(names)")))
      rows.append(("", "llmos-hook allow --commits RANGE --reason WHY accepts them"))
    }
    if let waiting = facts.standing.waiting {
      rows.append(("rules", paint("33", waiting.fact.onOneLine)))
      rows.append(("", RulesChange.remedy))
    }
    if let quarantine = facts.quarantine {
      rows.append(("quarantine", paint("31", quarantine.fact)))
      rows.append(("", quarantine.remedy))
    }
    switch facts.standing.file {
    case .sealed: break
    case .older:
      rows.append(("state file", "older than the ledger; the next commit or llmos-hook restore updates it"))
    case .missing: rows.append(("state file", "missing; the next command puts it back"))
    case .edited(let fact), .unusable(let fact):
      rows.append(("state file", paint("31", "edited by hand: \(fact.onOneLine); llmos-hook restore")))
    }
    rows.append(("next", ScriptWords(at: "./").adapted(facts.next.text).onOneLine))
    let width = rows.map(\.0.count).max() ?? 0
    return
      ([paint("1", record.place.description) + "  " + record.status.rawValue] + facts.row.map { "  " + $0 }
      + rows.map { "  " + $0.0 + String(repeating: " ", count: width - $0.0.count + 2) + $0.1 })
      .joined(separator: "\n")
  }
}
