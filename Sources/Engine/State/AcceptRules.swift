import Core
import Git
import Hook
import Ledger
import Platform

extension Engine {
  /// The owner's yes to rules and signers of HEAD that no owner's landing brought: an entry that leaves the state as it is and
  /// seals them.
  ///
  /// - Parameter remarks: gets what people should know.
  /// - Throws: `Refusal`: 1 for anybody but the owner and in quarantine, 65 for rules that cannot be read.
  public func acceptRules(_ remarks: inout [String]) throws {
    guard identity.actor == .owner else {
      throw Refusal(
        .refused, "only the owner accepts rules", why: "no owner's commit brought them",
        remedy: "ask the owner: --accept-rules with the next command")
    }
    let lock = try StateLock(repository)
    defer { lock.release() }
    remarks += try recover()
    let standing = try adoptStanding(&remarks)
    guard standing.waiting != nil else { return }
    try requireSealedFile(standing)
    if let quarantine = try quarantine(standing) { throw quarantine.refusal }
    let seconds = System.now
    var seal = standing.seal
    seal.record = standing.sealed
    var record = try Self.recompile(repository, standing.head, seal).carriedOn(
      to: standing.sealed.sequence + 1)
    (record.isReplayed, record.isAdopted) = (false, false)
    let new = NewEntry(
      kind: .transition, seconds: seconds, identity: identity, head: standing.head, record: record,
      state: try repository.blob(seal.state), trigger: "accept-rules", author: try author(seconds))
    _ = try publish(new, after: seal, [], isAccepting: true, &remarks)
    remarks.append("accepted the rules of HEAD")
  }
}
