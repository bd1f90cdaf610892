import Core
import Git
import Platform

extension Repository {
  /// Looks whether a move of the notes keeps every line: git copies notes when it rewrites commits; lines come,
  /// none go.
  ///
  /// - Returns: the lines that came.
  /// - Throws: `Refusal` (1) when one would go.
  public func requireGrowth(_ move: ReferenceMove) throws -> [[UInt8]] {
    let refusal = Refusal(
      .refused, "\(move.name) would lose records", why: "llmos-hook's notes only grow",
      remedy: "for your own notes: git notes add, without --ref=llmos")
    let now = try target(of: move.name)
    if let now, now.description == move.new { return [] }
    guard let new = ObjectID(hex: move.new), !move.isDeletion else {
      if now == nil { return [] }
      throw refusal
    }
    if let now, try !isAncestor(now, of: new) { throw refusal }
    let changes = try changes(from: now.map { try commit($0).tree }, to: commit(new).tree)
    // By the commit on which a note stands: git moves notes in the fan-out as their number changes.
    var before: [String: Set<[UInt8]>] = [:]
    var after: [String: Set<[UInt8]>] = [:]
    for change in changes {
      let commit = change.path.filter { $0 != "/" }
      if let old = change.old { before[commit, default: []].formUnion(try lines(old)) }
      if let new = change.new { after[commit, default: []].formUnion(try lines(new)) }
    }
    var came: [[UInt8]] = []
    for (commit, lines) in after { came += lines.subtracting(before[commit] ?? []) }
    guard before.allSatisfy({ $0.value.isSubset(of: after[$0.key] ?? []) }) else { throw refusal }
    return came
  }

  /// Looks, besides, that every line that comes has the form of a record: servers take nothing else, and what was
  /// added is never taken out.
  ///
  /// - Parameter onlyCopies: whether only lines may come that the notes have already on the commit that they name: git
  ///   copies notes when it rewrites commits.
  /// - Throws: `Refusal` (1).
  public func requireRecords(_ move: ReferenceMove, onlyCopies: Bool = false) throws {
    let came = try requireGrowth(move)
    for line in onlyCopies ? came : [] where try !isCopied(line) {
      throw Refusal(
        .refused, "an agent does not write \(move.name)",
        why: "this line is new: " + String(String(decoding: line, as: UTF8.self).prefix(60)),
        remedy: "for notes of your own: git notes add, without --ref=llmos")
    }
    for line in came where !line.starts(with: "{\"at\":\"".utf8) || line.last != 0x7D {
      throw Refusal(
        .refused, "\(move.name) is only for llmos-hook's records",
        why: "this line is not a record: " + String(String(decoding: line, as: UTF8.self).prefix(60)),
        remedy: "git notes add, without --ref=llmos")
    }
  }

  private func isCopied(_ line: [UInt8]) throws -> Bool {
    guard let record = WrittenRecord(line) else { return false }
    return try Notes.lines(on: record.commit, in: self).contains { line.elementsEqual($0.utf8) }
  }

  private func lines(_ blob: ObjectID) throws -> Set<[UInt8]> {
    Set(try self.blob(blob, limit: 1 << 30).split(separator: UInt8(ascii: "\n")).map(Array.init))
  }
}
