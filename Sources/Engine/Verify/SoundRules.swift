import Core
import Git
import Ledger
import Verify

/// The rules of each version that was looked at: a forged record would allow more than they do.
struct SoundRules {
  /// Nil for those that cannot be read.
  private var known: [RulesVersion: Rules?] = [:]
  private var versions: [ObjectID: RulesVersion] = [:]

  /// Tells whether an entry says what its rules say: those at its code commit; where that commit is gone, for a ledger
  /// keeps no code alive, or where the entry carried its rules on from the one before, while others at its code commit
  /// wait for the owner, those that it names. What an agent does by an owner's grant stands under the rules of the grant,
  /// whatever HEAD has.
  ///
  /// - Parameter before: the record of the entry before; nil for the first, and where that one is not believed.
  mutating func settle(
    _ entry: inout CheckedEntry, after before: GateRecord?, _ repository: borrowing Repository
  ) throws {
    let record = entry.record
    // The rules that it names were read already, mostly, and HEAD is one object or two more.
    entry.isSound =
      (record.grant != nil || record.rules == before?.rules)
      && isSound(record, under: record.rules, repository)
    guard !entry.isSound, record.grant == nil else { return }
    let isThere = try entry.head.map { try repository.contains($0) } ?? true
    entry.isSound = isSound(
      record, under: isThere ? try version(at: entry.head, repository) : record.rules, repository)
  }

  /// Whether a record says what the rules of a version say: those that it names and carries on from the entry before, while
  /// others at its code commit wait for the owner.
  private mutating func isSound(
    _ record: GateRecord, under version: RulesVersion, _ repository: borrowing Repository
  ) -> Bool {
    guard let rules = rules(version, repository), let phase = rules.catalog.phase(at: record.place) else {
      return !record.mayCommit
    }
    // Another worktree's state goes on under the rules that it had there.
    return record.actions == phase.actions
      && (record.isAdopted || record.hasContentRules(of: rules.configuration))
  }

  private mutating func rules(_ version: RulesVersion, _ repository: borrowing Repository) -> Rules? {
    if let known = known[version] { return known }
    let rules = try? Rules(repository, version: version)
    known[version] = .some(rules)
    return rules
  }

  private mutating func version(
    at head: ObjectID?, _ repository: borrowing Repository
  ) throws -> RulesVersion {
    guard let head else { return RulesVersion() }
    if let known = versions[head] { return known }
    let version = try repository.rulesVersion(at: Head(branch: nil, commit: head))
    versions[head] = version
    return version
  }
}
