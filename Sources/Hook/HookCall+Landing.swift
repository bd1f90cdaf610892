import Core
import Git
import Ledger
import Platform

/// A transaction of references lands: looked at, decided and written down.
extension HookCall {
  /// Lets a transaction land, or throws why not: looked at, decided and written down while no transition can seal
  /// the log of landings.
  func land(_ transaction: ReferenceTransaction, _ input: [UInt8], _ kept: KeptHook?) throws {
    let repository = try Repository.current()
    let identity = Identity.current()
    try transaction.requireHousekeeping(repository, by: identity.actor)
    guard !transaction.code.isEmpty else { return }
    let head = try repository.head()
    let moves = try transaction.moves(head, repository)
    guard !moves.isEmpty else { return }
    let log = LandingLog(repository, ledger: repository.ledgerReference)
    var lock = try log.share()
    defer { lock.release() }
    guard var seal = try repository.sealInForceIfAny() else {
      return try requireSealed(moves, transaction, repository)
    }
    if seal.record.override != nil {
      // Of several that would use it at once, one does.
      lock.release()
      lock = try log.share(isAlone: true)
      seal = try repository.sealInForce()
    }
    let record = try recordOrHandOver(seal, head, repository, input: input, kept)
    let replaced = try transaction.requireNothingLost(moves, by: identity.actor, repository)
    let isAsked = moves.count == 1 && AskedMessage.useUp(repository)
    var pass = Pass(
      transaction: transaction, input: input, kept: kept, log: log, seal: seal, record: record, head: head)
    // What goes onto a branch that is not enforced is free, and proves nothing.
    let landings =
      try transaction.isEnforced(record)
      ? moves.map { try landing(of: $0, isAsked: isAsked, &pass, identity, repository) } : []
    // What an agent makes on no branch is nobody's as soon as it goes elsewhere, which no hook sees.
    let made = landings.filter { $0.reference == "HEAD" && $0.kind == .made }
    let loose = identity.actor.isAgent ? made.compactMap(\.new) : []
    try repository.keepDropped(replaced + loose, at: System.now)
    if pass.usedOverride { try repository.rememberOverrideUsed(seal) }
    try log.append(landings, under: lock)
  }

  /// What one transaction is looked at with.
  private struct Pass {
    let transaction: ReferenceTransaction
    let input: [UInt8]
    let kept: KeptHook?
    let log: LandingLog
    let seal: Seal
    let record: GateRecord
    let head: Head
    /// What was observed for the first move that brings something, for the others too.
    var observed: ReferenceTransaction.Observed?
    /// What is known before any of the moves.
    var known: ReferenceTransaction.KnownTips?
    /// The owner's override is good for one commit.
    var usedOverride = false
  }

  /// Decides on one move, and returns the line that is written down of it.
  private func landing(
    of move: ReferenceTransaction.Move, isAsked: Bool, _ pass: inout Pass, _ identity: Identity,
    _ repository: borrowing Repository
  ) throws -> Landing {
    var landing = Landing(
      entry: pass.seal.entry, kind: .moved, at: System.now, actor: identity.actor.text,
      reference: move.reference, old: move.old, new: move.new)
    guard
      let arrival = try pass.transaction.arrival(
        of: move, isAsked: isAsked, pass.seal, known: &pass.known, repository)
    else { return landing }
    var observed =
      try pass.observed
      ?? ReferenceTransaction.Observed(
        head: pass.head, seal: pass.seal,
        facts: repository.observe(
          .landing, by: identity, under: pass.record, of: pass.seal, at: pass.head))
    pass.observed = observed
    if pass.usedOverride { observed.facts.head = nil }
    if pass.record.grant != nil { observed.facts.branch = move.reference }
    let decision = try pass.transaction.decision(on: arrival, observed, repository)
    if decision.bringsCommits(of: identity.actor),
      let refusal = try OtherWorktree(holding: move.reference, besides: pass.head, repository)?
        .refusal(of: move.reference)
    {
      throw rememberRefusal(refusal, of: pass.transaction, pass.head, repository)
    }
    switch decision {
    case .moved: break
    case .incoming: landing.kind = .incoming
    case .made(let commits, let usesOverride):
      pass.usedOverride = pass.usedOverride || usesOverride
      landing.commits = try arrival.isCommit ? commits : unknown(among: commits, pass, repository)
      if !landing.commits.isEmpty { landing.kind = .made }
    case .needsProof(let refusal):
      let prover = try proverOrHandOver(to: "tell what is proved", pass, repository)
      if let unproved = try prover.firstUnproved(from: arrival.tip, beyond: move.old, in: repository) {
        throw rememberRefusal(
          refusal.because(unproved, isMerging: isMerging(repository)), of: pass.transaction, pass.head,
          repository)
      }
    case .refused(let refusal):
      throw rememberRefusal(refusal, of: pass.transaction, pass.head, repository)
    }
    return landing
  }

  private func proverOrHandOver(
    to task: String, _ pass: Pass, _ repository: borrowing Repository
  ) throws -> any Prover {
    if let prover { return prover }
    throw try hook.becomeLlmosHook(
      to: task, input: pass.input, environment: pass.kept?.hasRun ?? [:], repository)
  }

  /// Of commits that git has not asked about, those that nothing is known of: what a hook saw land before, or a ledger
  /// has judged, is not made again by a later move.
  private func unknown(
    among commits: [ObjectID], _ pass: Pass, _ repository: borrowing Repository
  ) throws -> [ObjectID] {
    let made = try Set(pass.log.content().landings.flatMap(\.commits))
    let rest = commits.filter { !made.contains($0) }
    guard !rest.isEmpty else { return [] }
    let known = try proverOrHandOver(to: "tell what is known", pass, repository)
      .known(among: rest, in: repository)
    return rest.filter { !known.contains($0) }
  }

  /// Where nothing was ever sealed, nothing new lands.
  private func requireSealed(
    _ moves: [ReferenceTransaction.Move], _ transaction: ReferenceTransaction,
    _ repository: borrowing Repository
  ) throws {
    var known: ReferenceTransaction.KnownTips?
    for move in moves {
      let arrival = try transaction.arrival(of: move, isAsked: false, nil, known: &known, repository)
      if arrival?.fresh.isEmpty == false { _ = try repository.sealInForce() }
    }
  }

  /// A refusal as it is told, written down where the files have moved already.
  private func rememberRefusal(
    _ refusal: Refusal, of transaction: ReferenceTransaction, _ head: Head, _ repository: borrowing Repository
  ) -> Refusal {
    let isCommit = makesCommit(System.callersCommandLine)
    if !isCommit, let move = transaction.code.first(where: { !$0.isDeletion }), let head = head.commit {
      do {
        try RefusedArrival.rememberRefusal(of: move.new, at: head, repository)
      } catch {
        // It is refused all the same, and why is what people must read.
      }
    }
    return refusal.ofTransaction(isCommit: isCommit, .whereGitWasCalled)
  }
}
