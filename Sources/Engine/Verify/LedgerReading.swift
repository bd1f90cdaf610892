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
  ///   - isWhole: whether each part of what is newer than `known` is read, and not the entries' messages alone.
  init(
    _ tip: Repository.Tip, trusting known: ObjectID? = nil, floor: Signers? = nil, isWhole: Bool = false,
    _ repository: borrowing Repository, _ rules: inout SoundRules
  ) throws {
    let (entries, damage) = try Self.chain(
      tip, wholeSince: isWhole ? .some(known) : .none, repository, &rules)
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
  ///
  /// - Parameter start: the entry whose successors are read with all their parts; nil inside for all, nil for none.
  private static func chain(
    _ tip: Repository.Tip, wholeSince start: ObjectID??, _ repository: borrowing Repository,
    _ rules: inout SoundRules
  ) throws -> (entries: [CheckedEntry], damage: String?) {
    var entries: [CheckedEntry] = []
    var damage: String?
    var namesKeys = KeyFiles()
    var reader = EntryReader()
    var isWhole = start != nil
    repository.walkLedger(from: tip.id) { id in
      do {
        if isWhole, id == start { isWhole = false }
        let found = try reader.read(id, under: tip.name, isWhole: isWhole, in: repository)
        guard entries.last.map({ $0.sequence - 1 == found.entry.sequence }) ?? true else {
          throw Refusal(.data, "its number is not the one before the next entry's")
        }
        var entry = CheckedEntry(found.entry, isSound: false)
        entry.landed = found.landed
        if found.entry.hasSigners, let tree = found.tree {
          entry.namesKeys = try namesKeys.look(inTree: tree, repository)
        }
        entries.append(entry)
        return found.previous
      } catch {
        damage = "\(tip.name): entry \(id.short) is not trusted: \(Refusal(error).what)"
        return nil
      }
    }
    for index in entries.indices {
      do {
        let before = index + 1 < entries.count ? entries[index + 1].record : nil
        try rules.settle(&entries[index], after: before, repository)
      } catch {
        damage = "\(tip.name): entry \(entries[index].id.short) is not trusted: \(Refusal(error).what)"
        entries.removeSubrange(index...)
        break
      }
    }
    entries.reverse()
    for index in entries.indices
    where index == 0 || entries[index].read.common.branches != entries[index - 1].read.common.branches {
      entries[index].branches = try repository.branches(in: entries[index].read.common.branches)
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
