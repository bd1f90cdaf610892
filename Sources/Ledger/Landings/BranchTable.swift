import Core
import Git
import Platform

/// Where each branch of the clone stood after the last move that a hook saw: `$GIT_COMMON_DIR/llmos/branches`, lines
/// of `ID NAME`. A branch that stands elsewhere was moved behind the hooks' back.
///
/// It is this clone's own, and worth what the machine is: what a branch brought is judged by the ledger.
public struct BranchTable: Sendable {
  /// By the bytes of the full name.
  public private(set) var branches: [[UInt8]: ObjectID] = [:]

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
      branches[Array(words[1])] = id
    }
  }

  /// Where the branches stand now, whoever moved them.
  public static func standing(_ repository: borrowing Repository) throws -> BranchTable {
    var table = BranchTable()
    table.branches = Repository.Tip.byName(try repository.tips(matching: "refs/heads/*"))
    return table
  }

  private init() {}

  /// Takes over where landings have led.
  public mutating func apply(_ landings: [Landing]) {
    for landing in landings where landing.reference.shortBranch != nil {
      branches[landing.reference.rawBytes] = landing.new
    }
  }

  /// Takes over where the engine itself has moved a branch.
  public mutating func set(_ branch: String, to commit: ObjectID) { branches[branch.rawBytes] = commit }

  /// Puts it in place in one step.
  ///
  /// - Throws: `Refusal` (73, 74).
  public func write(_ repository: borrowing Repository) throws(Refusal) {
    var lines: [UInt8] = []
    for (name, id) in branches.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      lines += "\(id) ".utf8
      lines += name + [0x0A]
    }
    try Files.makeDirectory(repository.commonDirectory + Layout.name)
    try Files.replace(
      Self.path(repository), with: lines,
      scratch: repository.commonDirectory + Layout.directory)
  }
}
