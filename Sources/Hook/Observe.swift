import Core
import Git
import Ledger
import Platform

/// What a decision is about.
public enum Occasion: Sendable {
  /// A commit that git is about to make on HEAD, of what is in the index.
  case commit
  /// Commits that git has made, to which a reference is about to move. Whether they come through step.sh is to be
  /// told of each.
  case landing
  /// What a command, or an agent's harness, asks before anything is made.
  case question(proof: StepProof)
  /// A checkpoint that the engine is about to make.
  case checkpoint
}

extension Repository {
  /// Looks at everything that a decision is made by. This is the one place where the facts are put together, and it
  /// changes nothing.
  ///
  /// - Parameters:
  ///   - record: the seal's, under the rules of HEAD.
  ///   - file: how the state file compares with the seal, where somebody has looked; nil looks.
  public func observe(
    _ occasion: Occasion, by identity: Identity, under record: GateRecord, of seal: Seal, at head: Head,
    file: FileCondition? = nil
  ) throws -> Snapshot {
    var facts = Snapshot(
      record: record, identity: identity, head: overridable(head, seal))
    if record.rules != seal.record.rules {
      facts.sealed = seal.record
      facts.sealed?.override = nil
    }
    if let grant = record.grant {
      (facts.branch, facts.now) = (head.branch, System.now)
      facts.isGrantRevoked = isRevoked(grant)
    }
    facts.isRollbackPending = isRollbackPending
    facts.isEnforced = record.enforces(head)
    switch occasion {
    case .commit:
      facts.file = try file ?? fileCondition(seal)
      facts.proof = try proof(isNeeded: identity.actor.isAgent || record.through == .stepAlways)
      // A commit on HEAD that the newest entry does not answer for, where none may be.
      if seal.record.override == nil {
        facts.landed = try landed(since: seal, record, at: head, isHeadOnly: true, limit: 1).first?.short
      }
    case .landing:
      // A worktree that is just being made has no state file yet.
      facts.file =
        try seal.reference.rawBytes == ledgerReference.rawBytes ? file ?? fileCondition(seal) : .sealed
      // The branches that move count, not HEAD's.
      facts.isEnforced = true
    case .question(let proof):
      facts.file = try file ?? fileCondition(seal)
      facts.proof = proof
    case .checkpoint:
      // The state file is looked at, and a rollback waited for, before anything is staged. The owner's word is for
      // a commit of somebody's.
      facts.isRollbackPending = false
      facts.isEnforced = true
      facts.head = nil
    }
    return facts
  }

  /// Whether it is known here that the owner has ended a grant.
  public func isRevoked(_ grant: GrantInForce) -> Bool {
    Files.read(gitDirectory + Layout.grantRevoked.path, limit: 4096).text == grant.entry.description
  }

  /// A seal's record under the rules that HEAD has now; nil when they are other ones, which `RulesReader` compiles.
  func record(of seal: Seal, at head: Head) throws -> GateRecord? {
    // The owner's word for the next commit is good whatever the rules say, and when nobody can read them; one
    // that was made use of frees no further commit of anything.
    if let override = seal.record.override, override == overridable(head, seal) {
      return seal.record
    }
    guard try rulesVersion(at: head) == seal.record.rules else { return nil }
    var record = seal.record
    record.override = nil
    return record
  }

  /// Whether what is in the index came through step.sh. Only git itself tells the index's tree, and it is asked only
  /// where there is a proof.
  private func proof(isNeeded: Bool) throws -> StepProof {
    guard isNeeded else { return .none }
    var isUntold = false
    let proof = StepTicket.condition(in: self) {
      let tree = Child.output(of: ["git", "write-tree"])
      isUntold = tree == nil
      return tree
    }
    // With `GIT_EXEC_PATH` it may be another git than the one that commits.
    if isUntold { try requireOpenedByGit() }
    return proof
  }
}
