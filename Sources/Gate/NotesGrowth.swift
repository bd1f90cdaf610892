import Git
import Scenario

extension Repository {
  /// Looks whether a move of the notes keeps every line: git copies notes when it rewrites commits, and a
  /// person may add some; lines come, none go.
  ///
  /// - Returns: the lines that came.
  /// - Throws: `Refusal` (1) when one would go.
  public func requireGrowth(_ move: ReferenceMove) throws -> [[UInt8]] {
    let refusal = Refusal(
      .refused, "\(move.name) would lose records", why: "notes of the process only grow",
      remedy: "git notes --ref=llmos append adds a line")
    let now = try target(of: move.name)
    if let now, now.description == move.new { return [] }
    guard let new = ObjectID(hex: move.new), !move.isDeletion else {
      if now == nil { return [] }
      throw refusal
    }
    if let now, try !isAncestor(now, of: new) { throw refusal }
    let changes = try changes(from: now.map { try commit($0).tree }, to: commit(new).tree)
    var added: [String: ObjectID] = [:]
    for change in changes {
      added[Self.name(of: change.path)] = change.new ?? added[Self.name(of: change.path)]
    }
    var came: [[UInt8]] = []
    for change in changes {
      let after = try lines(change.new)
      guard let old = change.old else {
        came += after
        continue
      }
      // A note that moved in the fan-out is there under another path.
      if change.new == nil, added[Self.name(of: change.path)] == old { continue }
      let before = try lines(old)
      guard before.isSubset(of: after) else { throw refusal }
      came += after.subtracting(before)
    }
    return came
  }

  /// A note's path without its fan-out: the commit that it is on.
  private static func name(of path: String) -> String { path.filter { $0 != "/" } }

  private func lines(_ blob: ObjectID?) throws -> Set<[UInt8]> {
    guard let blob else { return [] }
    return Set(try self.blob(blob, limit: 1 << 30).split(separator: UInt8(ascii: "\n")).map(Array.init))
  }
}
