import Core
import Git
import Ledger
import Platform
import Verify

extension LedgerReading {
  /// How far entries are signed by who may: each is held to the signers sealed by the one before it. The
  /// first that seals any is believed on its own word, unless better is known.
  ///
  /// - Returns: the first entry that is not believed, and why; nil when all are.
  static func firstUnproved(
    _ entries: [CheckedEntry], since known: ObjectID?, _ floor: Signers?, _ grants: Grants,
    _ repository: borrowing Repository
  ) throws -> (index: Int, problem: String)? {
    var trusted: Signers?
    var floor = floor
    // What was looked at when it came is not looked at again.
    var index = 0
    if let known, let last = entries.firstIndex(where: { $0.id == known }) {
      trusted = try signers(of: entries[last], repository)
      index = last + 1
      if let trusted, entries[last].isSigned, trusted.version >= floor?.version ?? 0 { floor = nil }
    }
    while index < entries.endIndex {
      let entry = entries[index]
      let sealed = try signers(of: entry, repository)
      if let held = entry.record.grant, entry.actor != .known(.owner) {
        if let problem = grants.problem(of: index, in: entries) { return (index, problem) }
        if let given = grants.given(by: held.entry), given.grant.key != nil {
          let before = index > 0 ? entries[index - 1] : nil
          if let problem = try problem(entry, sealed, given, floor, before, repository) {
            return (index, problem)
          }
          trusted = sealed
          index += 1
          continue
        }
      }
      guard let by = trusted ?? sealed, by.hasKeys else {
        trusted = sealed
        index += 1
        continue
      }
      let before = index > 0 ? entries[index - 1] : nil
      let isStrange =
        before?.isSigned != true && sealed != floor && sealed?.version ?? 0 >= floor?.version ?? .max
      if let problem = try problem(entry, sealed, by, floor, before, repository) { return (index, problem) }
      let isOwners = entry.actor == .known(.owner)
      if isStrange, !isOwners {
        return (index, "its allowed_signers are unknown and not sealed by the owner")
      }
      trusted = sealed
      // The owner has gone on from what is known elsewhere: with the keys that he named since.
      if let sealed, let known = floor, isOwners, sealed.version > known.version { floor = nil }
      index += 1
    }
    return nil
  }

  /// What is wrong with an entry that stands by an owner's grant to a key; nil when nothing is.
  private static func problem(
    _ entry: CheckedEntry, _ sealed: Signers?, _ given: Grants.Given, _ floor: Signers?,
    _ before: CheckedEntry?, _ repository: borrowing Repository
  ) throws -> String? {
    guard let key = given.grant.key else { return nil }
    guard try sealed == signers(of: given.entry, repository) else {
      return "its allowed_signers are not those of the owner's grant"
    }
    guard let signed = try repository.signature(of: entry.id) else { return "it is not signed" }
    guard let seconds = entry.seconds, entry.at >= before?.at ?? "" else {
      return "it is older than the entry before it"
    }
    guard seconds <= System.now + 86_400 else { return "its time is in the future" }
    // Whatever it calls itself, it is nobody's but the agent's.
    let signers = Signers(
      text: "AGENT,AGENT:*,SYSTEM \(key)\n", revoked: floor?.revoked ?? sealed?.revoked)
    guard
      try signers.verify(
        signed.signature, of: signed.content, actor: entry.actor.text, at: seconds, in: repository)
    else { return "it is not signed by the key of the owner's grant for \(given.grant.name)" }
    return entry.trespass(after: before)
  }

  private static func signers(
    of entry: CheckedEntry, _ repository: borrowing Repository
  ) throws -> Signers? {
    entry.read.hasSigners ? try repository.signers(inTree: repository.commit(entry.id).tree) : nil
  }

  /// What is wrong with an entry's signature, or with what its signer may seal; nil when nothing is.
  ///
  /// - Parameters:
  ///   - sealed: the signers that it seals.
  ///   - by: those that it is held to.
  private static func problem(
    _ entry: CheckedEntry, _ sealed: Signers?, _ by: Signers, _ floor: Signers?, _ before: CheckedEntry?,
    _ repository: borrowing Repository
  ) throws -> String? {
    let actor = entry.actor
    guard let signed = try repository.signature(of: entry.id) else { return "it is not signed" }
    guard let seconds = entry.seconds, entry.at >= before?.at ?? "" else {
      return "it is older than the entry before it"
    }
    guard seconds <= System.now + 86_400 else { return "its time is in the future" }
    // The newest signers that are known from elsewhere have a say too: a key that was taken away is away.
    for signers in [by, floor == by ? nil : floor].compactMap({ $0 }) where signers.hasKeys {
      guard
        try signers.verify(
          signed.signature, of: signed.content, actor: actor.text, at: seconds, in: repository)
      else { return "it is not signed by a key that may act as \(actor.text)" }
    }
    if let problem = entry.trespass(after: before) { return problem }
    if sealed != by, before != nil {
      guard actor == .known(.owner), let sealed, sealed.version > by.version else {
        return "its allowed_signers are not sealed by the owner, or are older than the current ones"
      }
    }
    return nil
  }
}
