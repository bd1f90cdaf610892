/// What an agent is told before it begins: where it is, what it may do, what it owes, and what ends the phase.
///
/// The one text for `llmos-hook brief`, for what `agent-hook` says when a session begins, and for what `run` gives to
/// its children.
public struct Brief: Sendable {
  /// The sealed state, under the rules of HEAD.
  public var record: GateRecord
  /// The agent's role; nil where nobody has said it.
  public var role: String?
  /// What the phase still has to have, a fact each: `docs/features/login/feature_brief.md is missing`.
  public var owed: [String] = []
  /// What only the owner can give it: `feature_slug is not set`.
  public var awaited: [String] = []
  /// What stands in the way of any work, in one line; nil mostly.
  public var obstacle: String?
  /// What has just happened to the clone, in one line; nil mostly.
  public var notice: String?
  /// What failed when it was last tried; nil when nothing did.
  public var feedback: String?
  /// What the repository itself has to say (`.llmos/brief/SCENARIO.PHASE.md`).
  public var addition: String?

  /// Which commands of the repository's are ours.
  public var scripts = ScriptWords(hasStep: true, hasLlmos: true)

  /// A brief of these facts.
  public init(record: GateRecord, role: String? = nil) {
    self.record = record
    self.role = role
  }

  /// The most characters (Unicode scalars) of the text: with its newline 1,200.
  public static let limit = 1199

  /// The text: lines without a newline at the end.
  public var text: String {
    // Long names and lists share the room, so that every line is there.
    var text = ""
    for percent in [100, 60, 40, 25, 15] {
      text = scripts.adapted(lines(percent).joined(separator: "\n"))
      if text.unicodeScalars.count <= Self.limit { break }
    }
    text = Self.short(text, Self.limit)
    let room = Self.limit - text.unicodeScalars.count - 1
    if let addition = addition.map(Self.trimmed), !addition.isEmpty, room > 1 {
      text += "\n" + Self.short(addition, room)
    }
    return text
  }

  private func lines(_ percent: Int) -> [String] {
    let short = { (text: String, limit: Int) in Self.short(text, max(10, limit * percent / 100)) }
    var lines = [
      "llmos-hook governs this repository. Phase: \(record.place), \(record.status.rawValue)"
        + (record.isFrozen ? "; deployments are frozen" : ""),
      roleLine(short),
    ]
    if let notice { lines.append("Note: " + short(notice, 350)) }
    if let obstacle { lines.append("First: " + short(obstacle, 250)) }
    if let grant = record.grant { lines.append("Grant: " + short(grant.words, 150)) }
    lines += [allowedLine(short), forbiddenLine(short)]
    lines += dutyLines(short)
    lines.append(endLine)
    if let feedback { lines.append("Last failure: " + short(Self.oneLine(feedback), 200)) }
    return lines
  }

  private typealias Shortening = (_ text: String, _ limit: Int) -> String

  /// Whether the agent may do what the phase allows: a role that is not the phase's may only read.
  private var isItsTurn: Bool { (role ?? record.role) == record.role && record.status.isOpen }

  private func roleLine(_ short: Shortening) -> String {
    let values = record.context.compactMap { pair in
      pair.value.map { short("\(pair.key)=\($0)", 60) }
    }
    let context = values.isEmpty ? "" : ". Context: " + short(values.joined(separator: ", "), 200)
    let own = short(record.role, 60)
    guard let role, role != record.role else { return "Role: \(own)" + context }
    return "Role: \(own); yours is \(short(role, 60)), so you may only read" + context
  }

  private func allowedLine(_ short: Shortening) -> String {
    guard isItsTurn else { return "Allowed: reading" }
    let actions = record.actions.isEmpty ? "reading" : record.actions.joined(separator: ", ")
    return "Allowed: " + short(actions, 200)
      + (record.paths.isEmpty || !record.mayCommit
        ? "" : "; commits may change only " + short(record.paths.joined(separator: ", "), 120))
  }

  private func forbiddenLine(_ short: Shortening) -> String {
    var nots: [String] = []
    if !isItsTurn || !record.actions.contains(where: Action.edits) { nots.append("editing files") }
    if !isItsTurn || !record.mayCommit { nots.append("commits") }
    nots.append("changing scenario or phase")
    let files = ProtectedPaths.standard + record.ownersPaths
    return "Not allowed: \(nots.joined(separator: ", ")), touching "
      + short(files.joined(separator: " "), 160)
  }

  private func dutyLines(_ short: Shortening) -> [String] {
    var lines: [String] = []
    if isItsTurn, !owed.isEmpty {
      lines.append("Owed: " + short(owed.joined(separator: "; "), 250))
    } else if isItsTurn, isVerdict {
      lines.append("Owed: a verdict: llmos-hook verdict PASS|FAIL --report FILE, as QUALITY_AUDITOR")
    }
    if !awaited.isEmpty {
      lines.append("The owner owes: " + short(awaited.joined(separator: "; "), 150))
    }
    if isItsTurn, record.mayCommit {
      let direct = record.through == .any ? "" : ", never git commit"
      lines.append("To commit: ./step.sh \"what changed\" [PATH]...\(direct)")
    } else {
      let places = record.committingPlaces.prefix(3).map(\.description).joined(separator: ", ")
      lines.append(
        "To commit: not now" + (places.isEmpty ? "" : "; commits land in \(short(places, 150))"))
    }
    return lines
  }

  private var endLine: String {
    guard record.status.isOpen else {
      return "\(record.place.scenario) is over: the owner enters the next scenario"
    }
    if isVerdict { return "The verdict ends the phase" }
    return
      "The phase ends when the owner runs llmos-hook next-phase or ./llmos run: say what is done, then stop"
  }

  private var isVerdict: Bool { record.place == Place("QUALITY_GATE", "VERDICT") && record.status.isOpen }

  /// What an agent is told when it stops while the phase owes something that it could do; nil where it owes nothing, or
  /// only what is somebody else's.
  public var reminder: String? {
    guard isItsTurn, obstacle == nil else { return nil }
    if isVerdict, role == record.role {
      return "\(record.place) ends with a verdict: llmos-hook verdict PASS|FAIL --report FILE. "
        + "If you cannot give it, say why and stop"
    }
    guard !owed.isEmpty, record.actions.contains(where: Action.edits) else { return nil }
    return "\(record.place) is not complete: \(Self.short(owed.joined(separator: "; "), 600)). "
      + "Write it, or say why you cannot, then stop; the owner ends the phase"
  }

  // MARK: Room

  private static func short(_ text: String, _ limit: Int) -> String {
    let scalars = text.unicodeScalars
    guard let end = scalars.index(scalars.startIndex, offsetBy: limit, limitedBy: scalars.endIndex),
      end != scalars.endIndex
    else { return text }
    return String(scalars[..<scalars.index(before: end)]) + "…"
  }

  private static func oneLine(_ text: String) -> String {
    text.utf8.split { $0 <= 0x20 }.map { String(Substring($0)) }.joined(separator: " ")
  }

  private static func trimmed(_ text: String) -> String {
    let bytes = Array(text.utf8)
    guard let first = bytes.firstIndex(where: { $0 > 0x20 }), let last = bytes.lastIndex(where: { $0 > 0x20 })
    else { return "" }
    return String(decoding: bytes[first...last], as: UTF8.self)
  }
}

extension Action {
  /// Whether an action of a catalog means that files of the worktree change: decided by its first word, so
  /// that a repository's own actions count too.
  public static func edits(_ action: String) -> Bool {
    let engines = ["create_backup", "update_state", "revert_code", "rollback_code"]
    let verbs = [
      "update", "create", "write", "edit", "generate", "cleanup", "add", "remove", "delete", "fix",
      "implement", "refactor", "migrate", "disable",
    ]
    let verb = action.prefix { $0 != "_" && $0 != "-" }
    return !engines.contains(action) && verbs.contains(String(verb))
  }
}
