import Core
import Git
import Ledger

/// Where the ledgers of a remote began anew, or those here did.
extension Sync {
  /// What the person in a clone does whose ledger was replaced.
  static let remedyOfReplaced =
    "clone again (docs/purging-a-secret.md); git format-patch keeps what you did not push"

  /// Ledgers that are here and not on the remote, although it has others: there a ledger that began anew has replaced them.
  /// Copies of other clones' go; this clone's own is the end of its sync.
  ///
  /// - Parameters:
  ///   - ours: what is here.
  ///   - there: what the remote has.
  /// - Throws: `Refusal` (1).
  mutating func requireNotReplaced(
    _ engine: borrowing Engine, _ clone: String, _ ours: [Repository.Tip], among there: [Repository.Tip]
  ) throws {
    let names = Set(there.map { $0.name.rawBytes })
    let missing = ours.filter { tip in
      let name = tip.name.dropFirst(Ledger.prefix.count)
      return !names.contains((incoming + (Ledger.isLocal(tip.name) ? "\(clone)/" : "") + name).rawBytes)
    }
    guard !missing.isEmpty else { return }
    var replaced: Set<ObjectID> = []
    for tip in there {
      if let fresh = try Replacing.fresh(tip, engine.repository) {
        replaced.formUnion(fresh.replaced.ledgers.keys)
      }
    }
    guard !replaced.isEmpty else { return }
    for tip in missing where try replaced.contains(BeginAnew.first(of: tip, engine.repository)) {
      guard !Ledger.isLocal(tip.name) else {
        throw Refusal(
          .refused, "the history of \(remote) was begun anew, and this clone's ledger was replaced",
          why: "a secret was removed from it, which this clone still has",
          remedy: Self.remedyOfReplaced)
      }
      try engine.repository.delete(tip.name, expecting: tip.id)
      report.append("removed the ledger \(tip.name.dropFirst(Ledger.prefix.count)), which was replaced")
    }
  }

  /// Deletes on the remote what a ledger here has replaced, and what was fetched of it.
  ///
  /// - Throws: `Refusal` (1) where only the remote's administrator can.
  mutating func removeOutdated(_ engine: borrowing Engine) throws {
    guard !outdated.isEmpty else { return }
    let result = try push(outdated.map { ":\(Ledger.prefix)\($0)" }, [])
    guard result.code == 0 else {
      throw Refusal(
        .refused, "\(remote) keeps \(outdated.count) replaced ledger\(outdated.count == 1 ? "" : "s")",
        why: "it takes no deletion without the owner's key",
        remedy: "its administrator: llmos-hook -C REPOSITORY begin-anew --reason WHY, then llmos-hook sync")
    }
    for name in outdated {
      if let tip = try engine.repository.target(of: incoming + name) {
        try engine.repository.delete(incoming + name, expecting: tip)
      }
    }
    report.append("removed \(outdated.count) replaced ledger\(outdated.count == 1 ? "" : "s") from \(remote)")
  }
}
