/// What is known when something is about to happen: plain facts, so that a decision needs no repository.
public struct Snapshot: Sendable {
  /// The newest ledger entry's record.
  public var record: GateRecord
  /// How the state file compares with the seal.
  public var file: FileCondition
  /// Who acts.
  public var identity: Identity
  /// Whether the commit came through step.sh.
  public var proof: StepProof
  /// HEAD's commit, hexadecimal, or `unborn`; nil when it does not matter.
  public var head: String?
  /// Whether a rollback was begun and not ended.
  public var isRollbackPending = false
  /// Whether HEAD's branch is one of those that `branches` of the configuration enforces.
  public var isEnforced = true
  /// The newest commit that landed although the phase forbids it, hexadecimal; nil when none is seen.
  public var landed: String?

  /// A snapshot of these facts.
  public init(
    record: GateRecord, file: FileCondition = .sealed, identity: Identity, proof: StepProof = .none,
    head: String? = nil
  ) {
    self.head = head
    self.record = record
    self.file = file
    self.identity = identity
    self.proof = proof
  }
}

/// How `SCENARIO_STATE.yml` in the worktree compares with the seal.
public enum FileCondition: Hashable, Sendable {
  /// The sealed bytes.
  case sealed
  /// The bytes of an earlier seal: a branch switch, a merge, a stash.
  case older
  case missing
  /// Anything else, with the difference in words.
  case edited(String)
  /// No regular file, too large, or unreadable: in words.
  case unusable(String)
}

/// Whether the commit at hand came through step.sh, which leaves a proof bound to the tree.
public enum StepProof: Hashable, Sendable {
  case none
  case valid
  case expired
  /// The index is no longer what step.sh checked.
  case otherTree
}

/// What somebody is about to do.
public enum Request: Hashable, Sendable {
  /// A commit, made by git.
  case commit
  /// Any action of the catalog, asked for with `check`.
  case action(String, role: String?, paths: [String])

  fileprivate var isCommit: Bool {
    switch self {
    case .commit: true
    case .action(let action, _, _): action == Action.commit
    }
  }
}

/// Decides whether a request may happen now.
///
/// - Returns: nil when it may.
public func gate(_ request: Request, _ facts: Snapshot) -> Refusal? {
  if request.isCommit, !facts.isEnforced { return nil }
  if let refusal = refusal(ofFile: facts.file) { return refusal }
  if facts.isRollbackPending, request.isCommit {
    return RollbackJournal.pendingRefusal("no commit lands during a rollback")
  }
  switch request {
  case .commit:
    return refusal(of: Action.commit, role: facts.identity.actor.role, facts)
      ?? refusalOfMissingProof(facts)
  case .action(let action, let role, let paths):
    return refusal(of: action, role: role ?? facts.identity.actor.role, facts)
      ?? refusal(ofTouching: paths, isCommit: action == Action.commit, facts)
  }
}

/// The state file must be sealed, or an earlier seal that is about to be refreshed.
///
/// - Returns: nil when it is.
public func refusal(ofFile file: FileCondition) -> Refusal? {
  switch file {
  case .sealed, .older: nil
  case .missing:
    Refusal(
      "\(StatePath.name) is missing", why: "its sealed bytes are in the ledger",
      remedy: "llmos-hook restore")
  case .edited(let difference):
    Refusal(
      "\(StatePath.name) was edited by hand: \(difference)",
      why: "only the engine changes it; the ledger has the sealed bytes", remedy: "llmos-hook restore")
  case .unusable(let fact):
    Refusal(
      .data, "\(StatePath.name) cannot be used: \(fact)", why: "the ledger has the sealed bytes",
      remedy: "llmos-hook restore")
  }
}

extension Snapshot {
  /// The owner's word for the next commit: good as long as HEAD stands where it was given.
  fileprivate var isLetThrough: Bool { record.override != nil && record.override == head }
}

private func refusal(of action: String, role: String?, _ facts: Snapshot) -> Refusal? {
  let record = facts.record
  if action == Action.commit, facts.isLetThrough { return nil }
  if action == Action.commit, record.isReplayed, facts.identity.actor != .owner {
    return Refusal(
      "the rules in HEAD (scenarios/, .llmos/) are older than those in the ledger",
      why: "switching branches does not bring back old rules",
      remedy: "ask the owner: llmos-hook set SCENARIO PHASE, on this branch")
  }
  guard record.actions.contains(action) else {
    if action == Action.commit, let landed = facts.landed {
      return Refusal(
        "\(record.place) does not allow \(action), and \(landed) landed in it",
        why: "the owner must first decide what to do with it",
        remedy: "llmos-hook status lists the commits and what can be done")
    }
    return Refusal(
      "\(record.place) does not allow \(action)",
      why: "allowed now, for \(record.role): "
        + (record.actions.isEmpty ? "nothing" : record.actions.joined(separator: ", ")),
      remedy: wayToCommit(action, facts))
  }
  guard record.status.isOpen else {
    return Refusal(
      "\(record.place) is \(record.status.rawValue): \(action) is no longer allowed",
      remedy: facts.identity.actor.isAgent
        ? "ask the owner to enter a scenario" : "llmos-hook set SCENARIO [PHASE]")
  }
  if let role, role != record.role {
    return Refusal(
      "\(record.place) is \(record.role)'s phase, not \(role)'s",
      remedy: "leave it to \(record.role); llmos-hook status shows whose turn it is")
  }
  return nil
}

/// Where the refused one can go on. An agent changes no phase: it is sent to the owner.
private func wayToCommit(_ action: String, _ facts: Snapshot) -> String {
  guard action == Action.commit else { return "llmos-hook status" }
  let places = facts.record.committingPlaces
  let here = places.filter { $0.scenario == facts.record.place.scenario }
  let list = (here.isEmpty ? places : here).prefix(3).map(\.description).joined(separator: ", ")
  let where_ = list.isEmpty ? "no phase allows commits" : "commits land in \(list)"
  if facts.identity.actor.isAgent { return "keep the work; \(where_), which the owner enters" }
  if facts.record.status.isOpen, facts.record.commitsAhead { return "llmos-hook next-phase; \(where_)" }
  guard let place = here.first ?? places.first else { return "llmos-hook status; \(where_)" }
  // To enter another scenario by hand would throw away what was set aside.
  if here.isEmpty, let suspended = facts.record.suspended.first {
    return facts.record.status.isOpen
      ? "llmos-hook next-phase, to the end of \(facts.record.place.scenario); then \(suspended) continues"
      : "llmos-hook resume; \(suspended) continues"
  }
  let phase = here.isEmpty ? "" : " \(place.phase)"
  return "llmos-hook set \(place.scenario)\(phase); \(where_)"
}

/// The commit must have come through step.sh, from those whom `commits.through` names.
private func refusalOfMissingProof(_ facts: Snapshot) -> Refusal? {
  let mustStep =
    switch facts.record.through {
    case .any: false
    case .step: facts.identity.actor.isAgent
    case .stepAlways:
      facts.identity.actor.isAgent || (facts.identity.actor == .owner && !facts.isLetThrough)
    }
  guard mustStep else { return nil }
  switch facts.proof {
  case .valid: return nil
  case .none:
    let who = facts.identity.actor.isAgent ? "agents commit" : "this repository commits"
    return Refusal(
      "\(who) through step.sh",
      why: facts.identity.detected.map {
        "found in the environment: \($0) (a person sets LLMOS_ACTOR=OWNER)"
      },
      remedy: "./step.sh \"what changed\"")
  case .expired:
    return Refusal("step.sh's check of this commit has expired", remedy: "./step.sh \"what changed\"")
  case .otherTree:
    return Refusal(
      "what is staged is not what step.sh checked", why: "the index has changed since",
      remedy: "./step.sh \"what changed\"")
  }
}

/// The places that hold the rules themselves: only an owner changes them.
public enum ProtectedPaths {
  /// Files, and directories with a trailing slash.
  public static let standard = [
    StatePath.name, "scenarios/", ".llmos/", "step.sh", "llmos", "scripts/scenario_engine.sh",
  ]

  /// The entry of `standard` that covers a repository-relative path; nil when none does.
  public static func covering(_ path: String, more: [String] = []) -> String? {
    standard.first { $0.hasSuffix("/") ? path.hasPrefix($0) || path + "/" == $0 : path == $0 }
      ?? more.first { Glob.matches($0, path) }
  }
}

private func refusal(ofTouching paths: [String], isCommit: Bool, _ facts: Snapshot) -> Refusal? {
  let record = facts.record
  if facts.identity.actor != .owner,
    let path = paths.first(where: { ProtectedPaths.covering($0, more: record.protectedPaths) != nil })
  {
    return Refusal("\(path) is protected: only the owner can change it", remedy: "leave it as it is")
  }
  if isCommit, !facts.isLetThrough, !record.paths.isEmpty,
    let path = paths.first(where: { path in !record.paths.contains { Glob.matches($0, path) } })
  {
    return Refusal(
      "\(record.place) does not allow a commit to change \(path)",
      why: "allowed paths: " + record.paths.joined(separator: ", "),
      remedy: "git restore --staged \(path)")
  }
  return nil
}

/// Globs over paths and branch names: `*` and `?` cross slashes, as in git's pathspecs; a pattern that ends
/// in a slash, or matches a directory, covers what is below it.
public enum Glob {
  /// Whether a pattern covers a path.
  public static func matches(_ pattern: String, _ path: String) -> Bool {
    let pattern = Array(pattern.utf8)
    let path = Array(path.utf8)
    let below = pattern + (pattern.last == UInt8(ascii: "/") ? "*" : "/*").utf8
    return matches(pattern, path) || matches(below, path)
  }

  private static func matches(_ pattern: [UInt8], _ path: [UInt8]) -> Bool {
    var (p, t) = (0, 0)
    var star: (p: Int, t: Int)?
    while t < path.count {
      if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
        star = (p, t)
        p += 1
      } else if p < pattern.count, pattern[p] == path[t] || pattern[p] == UInt8(ascii: "?") {
        p += 1
        t += 1
      } else if let last = star {
        star = (last.p, last.t + 1)
        p = last.p + 1
        t = last.t + 1
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}

/// The state file's place.
public enum StatePath {
  /// At the worktree's root.
  public static let name = "SCENARIO_STATE.yml"
  /// The most bytes that are read.
  public static let limit = 1 << 20
}

extension Refusal {
  fileprivate init(_ what: String, why: String? = nil, remedy: String? = nil) {
    self.init(.refused, what, why: why, remedy: remedy)
  }
}
