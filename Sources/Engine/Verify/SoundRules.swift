import Core
import Git
import Ledger

/// The rules of each version that was looked at: a forged record would allow more than they do.
struct SoundRules {
  /// Nil for those that cannot be read.
  private var known: [RulesVersion: Rules?] = [:]
  private var versions: [ObjectID: RulesVersion] = [:]

  /// Whether a record says what the rules at its code commit say; where that commit is gone, for a ledger keeps no code
  /// alive, what the rules that it names say.
  mutating func isSound(
    _ record: GateRecord, _ head: ObjectID?, _ repository: borrowing Repository
  ) throws -> Bool {
    let isThere = try head.map { try repository.contains($0) } ?? true
    return isSound(record, under: isThere ? try version(at: head, repository) : record.rules, repository)
  }

  /// Whether a record says what the rules of a version say: those that it names and carries on from the entry before, while
  /// others at its code commit wait for the owner.
  mutating func isSound(
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
