/// What is known when something is about to happen: plain facts, so that a decision needs no repository.
public struct Snapshot: Sendable {
  /// The newest ledger entry's record, under the rules of HEAD.
  public var record: GateRecord
  /// The same under the rules that the entry sealed; nil where HEAD has those. They hold until the next entry, so that
  /// rules which only HEAD has allow nothing.
  public var sealed: GateRecord?
  /// How the state file compares with the seal.
  public var file: FileCondition
  /// Who acts.
  public var identity: Identity
  /// Whether the commit came through step.sh.
  public var proof: StepProof
  /// HEAD's commit, hexadecimal, or `unborn`; nil when it does not matter.
  public var head: String?
  /// What a commit would move: a branch's full name, or `HEAD`; nil on no branch. Known where a grant holds.
  public var branch: String?
  /// Seconds since 1970; known where a grant holds.
  public var now: Int64?
  /// Whether it is known here that the owner has revoked the grant in force.
  public var isGrantRevoked = false
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

extension Snapshot {
  /// What an agent may push: the stricter of what HEAD's rules and the sealed ones say.
  public var push: PushPolicy {
    let policies = [record.push, sealed?.push].compactMap { $0 }
    return [.never, .feature].first { policies.contains($0) } ?? .any
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

  var isCommit: Bool {
    switch self {
    case .commit: true
    case .action(let action, _, _): action == Action.commit
    }
  }
}
