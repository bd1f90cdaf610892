import Core
import Git
import Ledger

/// The rules of each version that was looked at: a forged record would allow more than they do.
struct SoundRules {
  private var catalogs: [RulesVersion: Catalog] = [:]
  private var versions: [ObjectID: RulesVersion] = [:]

  /// Whether a record says what the rules at its code commit say; where that commit is gone, for a ledger keeps no code
  /// alive, what the rules that it names say.
  mutating func isSound(
    _ record: GateRecord, _ head: ObjectID?, _ repository: borrowing Repository
  ) throws -> Bool {
    let isThere = try head.map { try repository.contains($0) } ?? true
    let version = isThere ? try version(at: head, repository) : record.rules
    if catalogs[version] == nil {
      let rules = try? Rules(repository, version: version)
      catalogs[version] = rules?.catalog ?? Catalog(scenarios: [])
    }
    guard let phase = catalogs[version]?.phase(at: record.place) else { return !record.mayCommit }
    return record.actions == phase.actions
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
