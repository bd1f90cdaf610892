import Core
import Git
import Ledger
import Platform

/// reference-transaction in its `prepared` state: the backstop behind every way in which git moves a
/// branch. A commit that no branch reaches yet is a commit, whatever command brings it.
///
/// `HookCall` goes through it: `requireHousekeeping`, `arrivals`, `decision`, `requireNothingLost`. None of them
/// changes anything.
struct ReferenceTransaction {
  private let moves: [ReferenceMove]

  /// Reads what git says on stdin. Most transactions have no line that matters, and end here.
  init(_ input: [UInt8]) {
    moves = ReferenceMove.all(in: input).filter(\.matters)
  }

  /// Whether a line concerns us.
  var matters: Bool { !moves.isEmpty }

  /// The moves of what can carry code.
  var code: [ReferenceMove] { moves.filter { $0.kind == .code } }

  /// `branches`: a transaction that moves only branches that are not enforced passes.
  func isEnforced(_ record: GateRecord) -> Bool {
    let branches = moves.filter { $0.name.hasPrefix("refs/heads/") }
    return branches.isEmpty || branches.contains { record.enforces(branch: $0.name) }
  }

  // MARK: Nothing forged

  /// The engine's references stay as they are, and the notes get records alone.
  ///
  /// - Throws: `Refusal` (1).
  func requireHousekeeping(_ repository: borrowing Repository) throws {
    for move in moves where move.kind == .engine { try requireHousekeeping(move, repository) }
    for move in moves where move.kind == .notes {
      if try !isPruned(move, repository) { try repository.requireRecords(move) }
    }
  }

  /// The engine's references move without git; through git only pack-refs handles them, and changes none.
  private func requireHousekeeping(_ move: ReferenceMove, _ repository: borrowing Repository) throws {
    let now = try repository.target(of: move.name)
    if now == nil ? move.isDeletion : now?.description == move.new { return }
    if try move.isDeletion && isPruned(move, repository) { return }
    throw Refusal(
      .refused, "only the engine moves \(move.name)",
      remedy: "leave it as it is; llmos-hook log shows its entries")
  }

  /// A loose reference whose value was just packed, which git deletes without taking it out of packed-refs.
  private func isPruned(_ move: ReferenceMove, _ repository: borrowing Repository) throws -> Bool {
    let packed = repository.commonDirectory + "packed-refs"
    guard move.isDeletion, !Files.isReachable(packed + ".lock"),
      let text = Files.read(packed, limit: 256 << 20).text
    else { return false }
    return text.contains("\(move.old) \(move.name)\n")
  }

  // MARK: Nothing lost

  /// An agent does not take commits out of every branch: a rollback keeps them.
  ///
  /// - Throws: `Refusal` (1).
  func requireNothingLost(by actor: Actor, _ repository: borrowing Repository) throws {
    guard actor.isAgent else { return }
    let code = code
    for move in code where move.name.hasPrefix("refs/heads/") {
      // Read with U+FFFD for what is not UTF-8, it names nothing that could be looked at.
      guard !move.name.unicodeScalars.contains("\u{FFFD}") else {
        throw Refusal(
          .refused, "branch update refused: \(move.name.dropFirst(11)) is not UTF-8",
          why: "whether it would lose commits cannot be checked", remedy: "leave it to the owner")
      }
      guard let now = try repository.target(of: move.name) else { continue }
      if let new = ObjectID(hex: move.new), !move.isDeletion {
        let isAmend = try repository.commit(new).parents == repository.commit(now).parents
        if try isAmend || repository.isAncestor(now, of: new) { continue }
      } else if try isPruned(move, repository) {
        continue
      }
      // A rename takes the old name away and gives the commits another one, in two transactions.
      let gone = Set(code.filter(\.isDeletion).map(\.name) + [move.name])
      let others =
        try repository.directTargets(matching: "refs/heads/*") { !gone.contains($0) }
        + repository.directTargets(matching: "refs/remotes/*")
      if try !repository.newCommits(from: now, hiding: others, limit: 1).isEmpty {
        throw Refusal(
          .refused, "branch update refused: \(move.name.dropFirst(11)) would lose commits",
          why: "an agent cannot remove commits from a branch",
          remedy: "ask the owner: llmos-hook rollback TARGET")
      }
    }
  }
}
