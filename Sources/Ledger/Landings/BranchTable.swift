import Core
import Git
import Platform

/// Where each branch of the clone stood after the last move that a hook saw: `$GIT_COMMON_DIR/llmos/branches`, lines
/// of `ID NAME`. A branch that stands elsewhere was moved behind the hooks' back.
///
/// It is this clone's own, and worth what the machine is: what a branch brought is judged by the ledger.
public struct BranchTable: Sendable {
  /// By full name.
  public private(set) var branches: [String: ObjectID] = [:]

  private static func path(_ repository: borrowing Repository) -> String {
    repository.commonDirectory + Layout.branches.path
  }

  /// Reads it; one that is not there is empty.
  public init(_ repository: borrowing Repository) {
    for line in (Files.content(Self.path(repository), limit: 1 << 28) ?? []).split(separator: 0x0A) {
      let words = line.split(separator: UInt8(ascii: " "), maxSplits: 1)
      guard words.count == 2, let id = ObjectID(hex: String(decoding: words[0], as: UTF8.self)) else {
        continue
      }
      branches[String(raw: words[1])] = id
    }
  }

  /// Where the branches stand now, whoever moved them.
  public static func standing(_ repository: borrowing Repository) throws -> BranchTable {
    var table = BranchTable()
    for tip in try repository.tips(matching: "refs/heads/*") { table.branches[tip.name] = tip.id }
    return table
  }

  private init() {}

  /// Takes over where landings have led.
  public mutating func apply(_ landings: [Landing]) {
    for landing in landings where landing.reference.shortBranch != nil {
      branches[landing.reference] = landing.new
    }
  }

  /// Takes over where the engine itself has moved a branch.
  public mutating func set(_ branch: String, to commit: ObjectID) { branches[branch] = commit }

  /// Puts it in place in one step.
  ///
  /// - Throws: `Refusal` (73, 74).
  public func write(_ repository: borrowing Repository) throws(Refusal) {
    let lines = branches.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)\n" }
    try Files.makeDirectory(repository.commonDirectory + Layout.name)
    try Files.replace(
      Self.path(repository), with: lines.joined().rawBytes,
      scratch: repository.commonDirectory + Layout.directory)
  }
}
