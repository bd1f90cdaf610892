import Core
import Git
import Ledger
import Platform

/// `refs/llmos/replaced` on a server: the ledgers that its administrator removed. A chain of commits; the tree of each
/// has the whole list.
enum ServerRecord {
  /// What was removed; nothing where nothing was.
  static func replaced(_ repository: borrowing Repository) throws -> Replaced {
    guard let tip = try repository.target(of: Layout.replaced.text),
      let blob = try repository.entry(at: Ledger.replacedName, inTree: repository.commit(tip).tree)
    else { return Replaced() }
    return Replaced(text: String(decoding: try repository.blob(blob.id, limit: 1 << 28), as: UTF8.self))
  }

  /// Writes down what is removed now.
  static func write(_ replaced: Replaced, reason: String, _ repository: borrowing Repository) throws {
    let before = try repository.target(of: Layout.replaced.text)
    let blob = try repository.write(blob: Array(replaced.text.utf8))
    let engine = Signature.engine(at: System.now)
    let commit = try repository.write(
      commitOf: repository.write(tree: [TreeEntry(name: Ledger.replacedName, id: blob)]),
      parents: [before].compactMap { $0 }, author: engine, committer: engine,
      message: "begin-anew: \(reason)\n")
    try repository.moveOurs(
      Layout.replaced.text, to: commit, expecting: before, message: "llmos-hook: begin-anew")
  }
}

extension BeginAnew {
  /// Removes ledgers from a server, as its administrator. Where a clone's ledger has begun anew and was pushed, those
  /// that it replaced go; else all do. None of them is taken again.
  ///
  /// - Throws: `Refusal` (1) for anybody but the owner.
  public mutating func run(onServer repository: borrowing Repository, actor: Actor) throws {
    try Self.requireOwner(actor)
    let tips = try repository.tips(matching: Ledger.prefix + "*")
    let fresh = try tips.compactMap { try Replacing.fresh($0, repository)?.replaced }
    let listed = Set(fresh.flatMap(\.ledgers.keys))
    var record = try ServerRecord.replaced(repository)
    var gone: [Repository.Tip] = []
    for tip in tips {
      let first = try Self.first(of: tip, repository)
      guard fresh.isEmpty || listed.contains(first) else { continue }
      record.ledgers[first] = String(tip.name.dropFirst(Ledger.prefix.count))
      gone.append(tip)
    }
    // Written first: a command that is killed has lost no name.
    try ServerRecord.write(record, reason: reason, repository)
    for tip in gone { try repository.delete(tip.name, expecting: tip.id) }
    report.append(
      "begun anew" + Self.words([(gone.count, "ledger")]) + (gone.isEmpty ? "; no ledger was to go" : ""))
    report.append("next: llmos-hook sync in the owner's clone, push --force, then git gc --prune=now here")
  }
}
