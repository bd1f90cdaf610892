import Core
import Ledger

extension Engine {
  /// The newest entries of the ledger, newest first.
  ///
  /// - Parameters:
  ///   - limit: the most entries; nil for all.
  ///   - scenario: only entries that stand in this scenario; nil for all.
  /// - Throws: `Refusal` (65) for an entry that cannot be read.
  public func history(limit: Int?, scenario: String? = nil) throws -> [(entry: Entry, id: ObjectID)] {
    let limit = limit ?? .max
    var result: [(entry: Entry, id: ObjectID)] = []
    let newest = try repository.sealInForce().entry
    guard limit > 0 else { return result }
    let unreadable = try repository.readLedger(from: newest) { id, said in
      if scenario == nil || said.place.scenario == scenario { result.append((said, id)) }
      return result.count < limit
    }
    if let unreadable {
      throw Refusal(
        .data, "the ledger entry \(unreadable.short) cannot be read", remedy: "git show \(unreadable.short)")
    }
    return result
  }
}
