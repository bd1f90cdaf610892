import Core
import Git
import Ledger
import Verify

/// A ledger as git and its keys have it: how far it is believed, and what is wrong with it.
struct LedgerReading {
  /// The entries that are believed.
  private(set) var ledger: CheckedLedger
  /// A line each.
  private(set) var findings: [String]
  /// Who may sign the next entry; nil when nobody needs to.
  private(set) var signers: Signers?
  /// Whether it is still to be told what of it owners' grants cover: `settle` does.
  private(set) var isOpen = false
  private let known: ObjectID?
  private let floor: Signers?

  /// Reads a ledger. What is wrong with the chain is a finding, and what comes before it is not believed.
  ///
  /// - Parameters:
  ///   - known: the entry up to which it was looked at before, so that nothing is found in it again.
  ///   - floor: the newest signers that are known from elsewhere: what is newer than `known` is held to them.
  init(
    _ tip: Repository.Tip, trusting known: ObjectID? = nil, floor: Signers? = nil,
    _ repository: borrowing Repository, _ rules: inout SoundRules
  ) throws {
    let (entries, damage) = try Self.chain(tip, repository, &rules)
    ledger = CheckedLedger(tip.name, entries)
    ledger.isNewer = entries.isEmpty && repository.isNewer(entry: tip.id)
    findings = damage.map { [$0] } ?? []
    findings += ledger.checkSoundness(trusting: known)
    (self.known, self.floor) = (known, floor)
    if ledger.isGranted, known != tip.id {
      isOpen = true
    } else {
      try settle(under: Grants([]), repository)
    }
  }

  /// Tells how far the entries are believed: by who signed them, and where agents work by owners' grants, by those.
  mutating func settle(under grants: Grants, _ repository: borrowing Repository) throws {
    isOpen = false
    if let bad = try Self.firstUnproved(ledger.entries, since: known, floor, grants, repository) {
      let id = ledger.entries[bad.index].id
      findings.append("\(ledger.reference): entry \(id.short) is not trusted: \(bad.problem)")
      ledger.disbelieve(from: bad.index)
    }
    // What nobody signed names nobody.
    signers = try ledger.entries.last.flatMap {
      $0.isSigned ? try repository.signers(inTree: repository.commit($0.id).tree) : nil
    }
  }

  /// The entries back to the first that cannot be believed as it stands, oldest first, and what is wrong there.
  private static func chain(
    _ tip: Repository.Tip, _ repository: borrowing Repository, _ rules: inout SoundRules
  ) throws -> (entries: [CheckedEntry], damage: String?) {
    var entries: [CheckedEntry] = []
    var damage: String?
    var namesKeys = KeyFiles()
    var records = RecordReader()
    repository.walkLedger(from: tip.id) { id in
      do {
        let commit = try repository.commit(ofEntry: id, under: tip.name)
        let seal = try repository.seal(at: commit, under: tip.name, &records)
        guard let said = try repository.said(by: commit) else {
          throw Refusal(.data, "its entry.json cannot be read")
        }
        guard said.sequence == seal.record.sequence,
          entries.last.map({ $0.record.sequence - 1 == said.sequence }) ?? true,
          commit.parents == [seal.previous, said.version == 1 ? said.head : nil].compactMap({ $0 }),
          said.version == seal.record.form, said.head == seal.head,
          said.sequence == 1 || seal.previous != nil, said.place == seal.record.place
        else { throw Refusal(.data, "its parts contradict each other") }
        // The entry after this one may have carried on its rules, while those of HEAD waited for the owner.
        if let next = entries.last, !next.isSound, next.record.rules == seal.record.rules {
          entries[entries.count - 1].isSound = rules.isSound(
            next.record, under: next.record.rules, repository)
        }
        // What an agent does by an owner's grant stands under the rules of the grant, whatever HEAD has.
        let isSound =
          try seal.record.grant == nil
          ? rules.isSound(seal.record, said.head, repository)
          : rules.isSound(seal.record, under: seal.record.rules, repository)
        var entry = CheckedEntry(seal, said, isSound: isSound)
        entry.landed = try repository.landings(sealedBy: seal)
        if seal.hasSigners { entry.namesKeys = try namesKeys.look(inTree: commit.tree, repository) }
        entries.append(entry)
        return seal.previous
      } catch {
        damage = "\(tip.name): entry \(id.short) is not trusted: \(Refusal(error).what)"
        return nil
      }
    }
    entries.reverse()
    for index in entries.indices
    where index == 0 || entries[index].seal.branches != entries[index - 1].seal.branches {
      entries[index].branches = try repository.branches(in: entries[index].seal.branches)
    }
    return (entries, damage)
  }

  /// Whether files of signers name anybody: most entries seal the same one.
  private struct KeyFiles {
    private var known: [ObjectID: Bool] = [:]

    /// Nil when the tree has no such file.
    mutating func look(inTree tree: ObjectID, _ repository: borrowing Repository) throws -> Bool? {
      guard let file = try repository.entry(at: Signers.name, inTree: tree)?.id else { return nil }
      if let known = known[file] { return known }
      let hasKeys = try repository.signers(inTree: tree)?.hasKeys
      known[file] = hasKeys
      return hasKeys
    }
  }
}
