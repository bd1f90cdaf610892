/// Decides whether a request may happen now.
///
/// - Returns: nil when it may.
public func gate(_ request: Request, _ facts: Snapshot) -> Refusal? {
  if request.isCommit, !facts.isEnforced { return nil }
  if let refusal = refusal(ofFile: facts.file) { return refusal }
  if facts.isRollbackPending, request.isCommit {
    return .pendingRollback("no commit lands during a rollback")
  }
  return refusal(of: request, facts) ?? refusalOfSealed(request, facts)
}

/// What HEAD's rules allow, the sealed ones must allow too.
private func refusalOfSealed(_ request: Request, _ facts: Snapshot) -> Refusal? {
  guard let sealed = facts.sealed else { return nil }
  var before = facts
  before.record = sealed
  guard var refusal = refusal(of: request, before) else { return nil }
  refusal.why = "the rules in HEAD would allow it, but no entry has sealed them"
  refusal.remedy =
    facts.identity.actor.isAgent
    ? "ask the owner: llmos-hook set \(sealed.place.scenario) \(sealed.place.phase) seals them"
    : "llmos-hook set \(sealed.place.scenario) \(sealed.place.phase), which seals them"
  return refusal
}

private func refusal(of request: Request, _ facts: Snapshot) -> Refusal? {
  switch request {
  case .commit:
    return refusal(of: Action.commit, role: facts.identity.actor.role, facts)
      ?? refusalByGrant(facts) ?? refusalOfMissingProof(facts)
  case .action(let action, let role, let paths):
    return refusal(of: action, role: role ?? facts.identity.actor.role, facts)
      ?? (action == Action.commit ? refusalByGrant(facts) : nil)
      ?? refusal(ofTouching: paths, isCommit: action == Action.commit, facts)
  }
}

/// The state file must be sealed, or an earlier seal or nothing, which the ledger replaces. Only one that says something
/// else blocks.
///
/// - Returns: nil when it is.
public func refusal(ofFile file: FileCondition) -> Refusal? {
  switch file {
  case .sealed, .older, .missing: nil
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
  /// What a message must match: `commits.message` of HEAD and of the sealed rules.
  public var messages: [String] {
    isLetThrough ? [] : [record.message, sealed?.message].compactMap { $0 }
  }

  /// Whether the owner lets the next commit pass: valid as long as HEAD has not moved since.
  public var isLetThrough: Bool { record.override != nil && record.override == head }
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
        ? "ask the owner to enter a scenario" : "llmos-hook set SCENARIO [PHASE]" + owners(action, facts))
  }
  if let role, role != record.role {
    return Refusal(
      "\(record.place) is \(record.role)'s phase, not \(role)'s",
      remedy: suggestion(role, [record.role]).map { "LLMOS_AGENT=\($0), if that is meant" }
        ?? "leave it to \(record.role); llmos-hook status shows whose turn it is")
  }
  return nil
}

/// Where the phase stands by an owner's grant, only an agent commits, on its branch, as long as it holds.
private func refusalByGrant(_ facts: Snapshot) -> Refusal? {
  guard let grant = facts.record.grant, !facts.isLetThrough else { return nil }
  let again = grant.wayToRenew(at: facts.record.place)
  guard facts.identity.actor.isAgent else {
    return Refusal(
      "\(facts.record.place) is open here by the owner's grant, to an agent alone",
      why: "the ledger of this machine is sealed by the agent's key",
      remedy: "LLMOS_AGENT=\(facts.record.role), set for whatever commits here")
  }
  if facts.isGrantRevoked {
    return Refusal("the owner has revoked the grant for \(grant.name)", remedy: again)
  }
  guard let excess = grant.excess(on: facts.branch, at: facts.now ?? 0) else { return nil }
  return Refusal(
    excess,
    remedy: facts.branch?.rawBytes == grant.branch.rawBytes
      ? again
      : "git switch \(grant.name); llmos-hook sync takes up a grant for another branch")
}

/// The owner's own way past the gate for one commit, after another one.
private func owners(_ action: String, _ facts: Snapshot) -> String {
  action == Action.commit && facts.identity.actor == .owner
    ? "; or llmos-hook allow --once --reason WHY" : ""
}

/// The next legal command. An agent cannot change the phase, so it is sent to the owner.
private func wayToCommit(_ action: String, _ facts: Snapshot) -> String {
  guard action == Action.commit else { return "llmos-hook status" }
  return wayToCommit(facts) + owners(action, facts)
}

private func wayToCommit(_ facts: Snapshot) -> String {
  let places = facts.record.committingPlaces
  let here = places.filter { $0.scenario == facts.record.place.scenario }
  let list = (here.isEmpty ? places : here).prefix(3).map(\.description).joined(separator: ", ")
  let landing = list.isEmpty ? "no phase allows commits" : "commits land in \(list)"
  if facts.identity.actor.isAgent { return "keep the work; \(landing), which the owner enters" }
  if facts.record.status.isOpen, facts.record.commitsAhead { return "llmos-hook next-phase; \(landing)" }
  guard let place = here.first ?? places.first else { return "llmos-hook status; \(landing)" }
  // Entering another scenario by hand would drop the suspended one.
  if here.isEmpty, let suspended = facts.record.suspended.first {
    return facts.record.status.isOpen
      ? "llmos-hook next-phase, to the end of \(facts.record.place.scenario); then \(suspended) continues"
      : "llmos-hook resume; \(suspended) continues"
  }
  let phase = here.isEmpty ? "" : " \(place.phase)"
  return "llmos-hook set \(place.scenario)\(phase); \(landing)"
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
      why: !facts.identity.actor.isAgent
        ? nil
        : facts.identity.detected.map {
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

private func refusal(ofTouching paths: [String], isCommit: Bool, _ facts: Snapshot) -> Refusal? {
  let record = facts.record
  if facts.identity.actor != .owner, let path = record.firstProtected(of: paths) {
    return Refusal("\(path) is protected: only the owner can change it", remedy: "leave it as it is")
  }
  if isCommit, !facts.isLetThrough, let path = record.firstOutside(of: paths) {
    return Refusal(
      "\(record.place) does not allow a commit to change \(path)",
      why: "allowed paths: " + record.paths.joined(separator: ", "),
      remedy: "git restore --staged \(path)" + owners(Action.commit, facts))
  }
  return nil
}

extension Refusal {
  fileprivate init(_ what: String, why: String? = nil, remedy: String? = nil) {
    self.init(.refused, what, why: why, remedy: remedy)
  }
}
