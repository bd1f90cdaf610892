import Core
import Ledger

extension Engine {
  /// An entry of the ledger, and where the state stood before it.
  public struct LoggedEntry: Sendable {
    /// What the entry says.
    public let entry: Entry
    /// The entry.
    public let id: ObjectID
    /// Nil for the first.
    public internal(set) var before: Place?

    /// The phase that it completed; nil when it completed none.
    public var completed: Place? { entry.kind == .phaseCompleted ? before : nil }

    /// Whether it ended its scenario: it completed a phase, and stands there still.
    public var isEnd: Bool { completed == entry.place }
  }

  /// The newest entries of the ledger, newest first.
  ///
  /// - Parameters:
  ///   - limit: the most entries; nil for all.
  ///   - scenario: only entries that stand in this scenario; nil for all.
  /// - Throws: `Refusal` (65) for an entry that cannot be read.
  public func history(limit: Int?, scenario: String? = nil) throws -> [LoggedEntry] {
    let limit = limit ?? .max
    var result: [LoggedEntry] = []
    let newest = try repository.sealInForce().entry
    guard limit > 0 else { return result }
    // The one that comes next is the one before in time.
    var isOpen = false
    let unreadable = try repository.readLedger(from: newest) { id, said in
      if isOpen { result[result.count - 1].before = said.place }
      isOpen = false
      guard result.count < limit else { return false }
      if scenario == nil || said.place.scenario == scenario {
        result.append(LoggedEntry(entry: said, id: id))
        isOpen = true
      }
      return true
    }
    if let unreadable {
      throw Refusal(
        .data, "the ledger entry \(unreadable.short) cannot be read", remedy: "git show \(unreadable.short)")
    }
    return result
  }

  /// The phases that were completed in this run through the scenario at hand, as far as its newest entries tell.
  public func completedPhases() throws -> Set<Place> {
    let newest = try repository.sealInForce()
    let scenario = newest.record.place.scenario
    var completed: Set<Place> = []
    var after: (kind: Entry.Kind, place: Place)?
    var count = 0
    _ = try repository.readLedger(from: newest.entry) { _, said in
      count += 1
      // Another scenario, or the first phase entered anew, is where the run began.
      guard said.place.scenario == scenario, count <= 40 else { return false }
      if let after, after.kind == .phaseCompleted { completed.insert(said.place) }
      if after == nil, said.kind == .phaseCompleted, !newest.record.status.isOpen {
        completed.insert(said.place)
      }
      after = (said.kind, said.place)
      return !(said.kind == .transition && said.trigger == "set")
    }
    return completed
  }
}
