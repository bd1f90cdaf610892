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

  /// A line of what is shown below the picture: what it is about, what it says, and a colour's code.
  private typealias Row = (name: String, text: String, color: String?)

  private static func rows(_ facts: Facts) -> [Row] {
    let record = facts.standing.seal.record
    let set = record.context.filter { $0.value != nil }.map { $0.key + "=" + ($0.value ?? "") }
    let once = record.mayCommit || record.override == nil ? "" : ", the next commit only (owner override)"
    var rows: [Row] = []
    let row = { (name: String, text: String, color: String?) in rows.append((name, text, color)) }
    row("role", record.role, nil)
    row("allowed", record.actions.joined(separator: ", "), nil)
    row("commits", facts.mayCommit ? "yes" + once : "no", facts.mayCommit ? "32" : "31")
    if let grant = record.grant { row("grant", grant.words, nil) }
    if !set.isEmpty { row("context", set.joined(separator: ", "), nil) }
    if !record.suspended.isEmpty {
      row("suspended", record.suspended.map(\.description).joined(separator: ", then "), nil)
    }
    if record.isFrozen { row("freeze", "deployments are frozen", "33") }
    if let pending = facts.pending {
      let words = "\(pending.kind) to \(pending.target.text) is not finished: llmos-hook rollback"
      row("rollback", words + " --continue or --abort", "31")
    }
    if let held = facts.held {
      row("lock", held + " is locked until the scenario ends", "33")
    }
    if let orphan = facts.orphan {
      let words = "\(orphan) is locked by a worktree that no longer exists: llmos-hook restore unlocks it"
      row("lock", words, "31")
    }
    if !facts.unseen.isEmpty {
      let names =
        facts.unseen.prefix(3).map(\.short).joined(separator: ", ") + (facts.unseen.count > 3 ? ", …" : "")
      row("unseen", "no hook saw these commits land: \(names)", "33")
      row("", "llmos-hook allow --commits RANGE --reason WHY accepts them", nil)
    }
    if let waiting = facts.standing.waiting {
      row("rules", waiting.fact.onOneLine, "33")
      row("", RulesChange.remedy, nil)
    }
    if let quarantine = facts.quarantine {
      row("quarantine", quarantine.fact, "31")
      row("", quarantine.remedy, nil)
    }
    switch facts.standing.file {
    case .sealed: break
    case .older:
      row("state file", "older than the ledger; the next commit or llmos-hook restore updates it", nil)
    case .missing: row("state file", "missing; the next command puts it back", nil)
    case .edited(let fact), .unusable(let fact):
      row("state file", "edited by hand: \(fact.onOneLine); llmos-hook restore", "31")
    }
    row("next", ScriptWords(at: "./").adapted(facts.next.text).onOneLine, nil)
    return rows
  }

  private static func lines(_ facts: Facts, color: Bool) -> String {
    let paint = { (code: String?, text: String) in
      color ? code.map { "\u{1B}[\($0)m\(text)\u{1B}[0m" } ?? text : text
    }
    let record = facts.standing.seal.record
    let place = record.place.description
    let columns = Terminal.columns()
    let head = Visible.wrapped("\(place)  \(record.status.rawValue)", hanging: "  ", columns: columns)
    var lines = head.map { $0.hasPrefix(place) ? paint("1", place) + $0.dropFirst(place.count) : $0 }
    lines += facts.row.map { "  " + $0 }
    let rows = rows(facts)
    let width = rows.map(\.name.utf8.count).max() ?? 0
    for row in rows {
      let lead = "  " + row.name + String(repeating: " ", count: width - row.name.utf8.count + 2)
      let wrapped = Visible.wrapped(row.text, after: lead, columns: columns)
      lines.append(lead + paint(row.color, String(wrapped[0].dropFirst(lead.count))))
      lines += wrapped.dropFirst().map { paint(row.color, $0) }
    }
    return lines.joined(separator: "\n")
  }
}
