import Core
import Git
import Ledger

/// What a server says of ledgers that another one has replaced when it began anew: they may be deleted, with the
/// owner's key, and never come back.
struct Replacing {
  /// The ledgers as a push would leave them.
  let ledgers: [Repository.Tip]
  /// The ledgers as they were.
  let kept: [Repository.Tip]

  /// A ledger that began anew, with what it replaced.
  private struct Fresh {
    let entry: ObjectID
    let said: Entry
    let replaced: Replaced
  }

  /// Refuses to delete a ledger, unless one that an owner has signed replaces it: the key must be an owner's by what
  /// was known before.
  ///
  /// - Throws: `Refusal` (1).
  func requireReplaced(_ tip: Repository.Tip, _ repository: borrowing Repository) throws {
    let first = try BeginAnew.first(of: tip, repository)
    for fresh in try freshLedgers(repository) where fresh.replaced.ledgers[first] != nil {
      if try isSignedByOwner(fresh, repository) { return }
    }
    throw Refusal(
      .refused, "push refused: \(tip.name) is a record and cannot be deleted",
      why: "only a ledger that began anew replaces it, signed with the owner's key",
      remedy: "without keys, the server's administrator: llmos-hook -C REPOSITORY begin-anew --reason WHY")
  }

  /// Refuses a ledger that is new here when another one has replaced it.
  ///
  /// - Throws: `Refusal` (1).
  func requireNotReplaced(_ tip: Repository.Tip, _ repository: borrowing Repository) throws {
    let first = try BeginAnew.first(of: tip, repository)
    var isReplaced = try ServerRecord.replaced(repository).ledgers[first] != nil
    if !isReplaced {
      isReplaced = try freshLedgers(repository).contains { $0.replaced.ledgers[first] != nil }
    }
    guard isReplaced else { return }
    throw Refusal(
      .refused, "push refused: the owner began anew, and \(tip.name) was replaced",
      why: "a secret was removed from the history that it records",
      remedy: "clone again (docs/purging-a-secret.md)")
  }

  private func freshLedgers(_ repository: borrowing Repository) throws -> [Fresh] {
    try ledgers.compactMap { tip in
      try Self.fresh(tip, repository).map { entry, said, replaced in
        Fresh(entry: entry, said: said, replaced: replaced)
      }
    }
  }

  /// What a ledger replaced, when the owner began anew with it. Its newest entry tells quickly that it did not; only its
  /// first one is the owner's word.
  static func fresh(
    _ tip: Repository.Tip, _ repository: borrowing Repository
  ) throws -> (entry: ObjectID, said: Entry, replaced: Replaced)? {
    let newest: Seal
    do {
      newest = try repository.seal(at: tip.id, under: tip.name)
    } catch let refusal as Refusal where refusal.code == .data {
      // It is named as damaged where ledgers are read.
      return nil
    }
    guard newest.replaced != nil else { return nil }
    let seal = try repository.seal(at: repository.firstEntry(of: newest), under: tip.name)
    guard let said = try repository.said(by: repository.commit(seal.entry)), said.kind == .beginAnew,
      said.actor == .known(.owner)
    else { return nil }
    return (seal.entry, said, try repository.replaced(in: seal.replaced))
  }

  private func isSignedByOwner(_ fresh: Fresh, _ repository: borrowing Repository) throws -> Bool {
    guard let signed = try repository.signature(of: fresh.entry), let seconds = fresh.said.seconds else {
      return false
    }
    var newest: Signers?
    for tip in kept where try fresh.replaced.ledgers[BeginAnew.first(of: tip, repository)] != nil {
      guard let known = try repository.signers(inTree: repository.commit(tip.id).tree), known.hasKeys,
        known.version >= newest?.version ?? 0
      else { continue }
      newest = known
    }
    return try newest?.verify(
      signed.signature, of: signed.content, actor: Actor.owner.text, at: seconds, in: repository) ?? false
  }
}
