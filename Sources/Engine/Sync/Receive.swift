import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// What a server says of a push, from git's pre-receive or update hook: new commits are judged by the ledgers
/// as the push would leave them, ledgers and notes only grow.
public struct Receive: PushJudge {
  /// The judge; what it judges by is in the repository.
  public init() {}

  /// Judges the moves of one push.
  ///
  /// - Throws: `Refusal` (1) for the first thing that may not be, 65 for what cannot be read.
  public func judge(_ moves: [ReferenceMove], in repository: borrowing Repository) throws {
    let kept = try repository.tips(matching: Ledger.prefix + "*")
    var ledgers = Dictionary(uniqueKeysWithValues: kept.map { ($0.name.rawBytes, $0) })
    let names = Set(ledgers.keys)
    var gone: [Repository.Tip] = []
    for move in moves where move.kind == .engine {
      if let tip = try deleted(move, repository) { gone.append(tip) }
      ledgers[move.name.rawBytes] =
        try move.isDeletion ? nil : Repository.Tip(name: move.name, id: grown(move, repository))
    }
    for move in moves where move.kind == .notes { try requireRecords(move, repository) }
    let tips = try moves.filter { $0.isCode && !$0.isDeletion }.compactMap { move in
      try ObjectID(hex: move.new).flatMap { try repository.commit(behind: $0) }
    }
    let known = try repository.tips(matching: "refs/*").filter { tip in
      ![Layout.referencePrefix, "refs/notes/"].contains { tip.name.hasPrefix($0) }
    }.compactMap { try repository.commit(behind: $0.id) }
    let all = ledgers.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value)
    let replacing = Replacing(ledgers: all, kept: kept)
    for tip in gone { try replacing.requireReplaced(tip, repository) }
    for tip in all where !names.contains(tip.name.rawBytes) {
      try replacing.requireNotReplaced(tip, repository)
    }
    let isStrict = try repository.flag(Layout.strictKey.text) ?? false
    guard !all.isEmpty else {
      guard isStrict, !tips.isEmpty, let commit = try fresh(tips, known, repository) else { return }
      throw Refusal(
        .refused, "push refused: no ledger proves \(commit.short)",
        why: "llmos.strict is set on the server", remedy: "llmos-hook sync, then push again")
    }
    if try isProvedByFew(tips, moves, known, all, kept, repository) { return }
    let verify = try Verification(repository, ledgers: all, trusting: Set(kept), isServer: true)
    try requireGrantsInForce(all.filter { !kept.contains($0) }, verify, repository)
    if let finding = verify.findings.first {
      throw Refusal(
        .refused, "push refused: \(finding)", why: "the engine does not write such a ledger",
        remedy: "llmos-hook doctor, in the clone that pushes")
    }
    if let line = try verify.firstDisputed(since: kept, in: repository) {
      throw Refusal(
        .refused, "push refused: a ledger without a signature claims \(line.commit.short)",
        why: "a signed ledger already covers it: \(line.reason)",
        remedy: "the owner accepts it: llmos-hook allow --commits \(line.commit.short) --reason WHY")
    }
    guard !tips.isEmpty else { return }
    try requireGrantedBranches(moves, known, verify, repository)
    let lines = try verify.judge(from: tips, hiding: known, in: repository)
    // A ledger comes before the commits that it names, so that what it claims of them is looked at here.
    let closed = try verify.closedBySigned(from: tips, hiding: known, in: repository)
    try requireProof(
      lines.map { line in closed[line.commit] ?? line }, isStrict: isStrict,
      hadLedgers: !kept.isEmpty && !known.isEmpty)
  }

  /// From how many ledgers on it pays to ask which of them matter.
  private static let many = 16

  /// Whether the ledgers that name what is pushed, and those that are pushed, prove all of it: what hooks saw land, or an
  /// entry answers for by name, nothing that another ledger says of its time makes bad. Where they do not, all ledgers
  /// are asked.
  private func isProvedByFew(
    _ tips: [ObjectID], _ moves: [ReferenceMove], _ known: [ObjectID], _ all: [Repository.Tip],
    _ kept: [Repository.Tip], _ repository: borrowing Repository
  ) throws -> Bool {
    guard all.count >= Self.many else { return false }
    let before = Set(kept)
    let moved = all.filter { !before.contains($0) }
    var pushed: Set<ObjectID> = []
    for tip in tips { pushed.formUnion(try repository.newCommits(from: tip, hiding: known)) }
    let names = try NamedCommits(repository, kept).ledgers(naming: pushed).union(moved.map(\.name.rawBytes))
    let few = all.filter { names.contains($0.name.rawBytes) }
    // What no ledger names, and notes alone, all of them judge.
    guard !few.isEmpty, few.count < all.count else { return false }
    let verify = try Verification(
      repository, ledgers: few, trusting: before.filter { names.contains($0.name.rawBytes) }, isServer: true)
    // What is wrong, and what nobody signed where others have, is told by all of them.
    guard verify.findings.isEmpty, !verify.hasUnprovenClaims(since: kept) else { return false }
    // What an owner has ended, any ledger can say.
    let grown = Set(moved.map(\.name.rawBytes))
    guard !verify.ledgers.all.contains(where: { $0.isGranted && grown.contains($0.reference.rawBytes) })
    else {
      return false
    }
    guard !tips.isEmpty else { return true }
    try requireGrantedBranches(moves, known, verify, repository)
    let spokenFor = verify.spokenFor
    // All that is pushed has to be named by one of them, so that it needs no other history.
    let graph = try CommitGraph(of: pushed) { try repository.commit($0).parents }
    return try verify.judge(graph, from: tips).allSatisfy { one in
      switch one.judgement {
      case .satisfied, .checkpoint, .rollback, .overridden: spokenFor.contains(one.commit)
      default: false
      }
    }
  }

  private func requireProof(_ lines: [JudgedCommit], isStrict: Bool, hadLedgers: Bool) throws {
    let violations = lines.filter { $0.judgement == .violation }
    // A ledger that begins after commits which a governed server never saw proves nothing of them.
    let unproven = lines.filter {
      [.unproven, .unseen].contains($0.judgement) || (hadLedgers && $0.judgement == .predates)
    }
    let bad = violations + (isStrict ? unproven : [])
    guard let worst = bad.first else { return }
    let count = bad.count == 1 ? "" : ", and \(bad.count - 1) more"
    throw Refusal(
      .refused, "push refused: \(worst.commit.short) is \(worst.judgement.rawValue): \(worst.reason)\(count)",
      why: "checked against the server's ledgers",
      remedy: "llmos-hook sync, then push again; if it is still refused, the owner accepts it or rolls back")
  }

  private func fresh(
    _ tips: [ObjectID], _ known: [ObjectID], _ repository: borrowing Repository
  ) throws -> ObjectID? {
    for tip in tips {
      if let commit = try repository.newCommits(from: tip, hiding: known, limit: 1).first { return commit }
    }
    return nil
  }

  // MARK: What only grows

  /// A ledger that a push deletes; nil when it deletes none.
  private func deleted(_ move: ReferenceMove, _ repository: borrowing Repository) throws -> Repository.Tip? {
    guard move.isDeletion else { return nil }
    guard move.name.hasPrefix(Ledger.prefix) else {
      throw Refusal(
        .refused, "push refused: \(move.name) is a record and cannot be deleted", remedy: "leave it as it is")
    }
    return try repository.target(of: move.name).map { Repository.Tip(name: move.name, id: $0) }
  }

  /// The new tip of one of our references, which goes on where it was.
  private func grown(_ move: ReferenceMove, _ repository: borrowing Repository) throws -> ObjectID {
    let name = move.name.dropFirst(Ledger.prefix.count)
    guard let new = ObjectID(hex: move.new), move.name.hasPrefix(Ledger.prefix), Ledger.isOfClone(name) else {
      throw Refusal(
        .refused, "push refused: \(move.name) is not a clone's ledger",
        why:
          "a server takes \(Ledger.prefix)<clone>/<worktree>, and a clone's name has 16 hexadecimal digits",
        remedy: "llmos-hook sync")
    }
    guard let old = try repository.target(of: move.name) else {
      try requireOwn(new, named: String(name), repository)
      return new
    }
    if old == new { return new }
    guard try repository.entry(old, isBefore: repository.seal(at: new, under: move.name)) else {
      // Another push was first since this one looked: another worktree's of the same clone.
      if move.old != old.description, move.old.contains(where: { $0 != "0" }) {
        throw Refusal(
          .tryAgain, "push refused: \(move.name) has moved meanwhile", remedy: "run the same command again")
      }
      throw Refusal(
        .refused, "push refused: \(move.name) does not continue the server's copy",
        why: "a ledger only grows",
        remedy: "llmos-hook sync; a copied clone needs its own name: "
          + "git config --unset llmos.clone")
    }
    return new
  }

  /// A ledger that is new here begins with its clone, or goes on from another copy's by somebody who may: an
  /// earlier entry of that one, under another name, would bring back what it allowed.
  private func requireOwn(
    _ tip: ObjectID, named name: String, _ repository: borrowing Repository
  ) throws {
    var first: Entry?
    _ = try repository.readLedger(from: tip) { _, said in
      guard said.worktree?.rawBytes == name.rawBytes else { return false }
      first = said
      return true
    }
    guard let first, first.sequence == 1 || first.actor.known?.isAgent == false else {
      throw Refusal(
        .refused, "push refused: the ledger \(name) belongs to another clone",
        why: "only the owner can continue a copied clone's ledger under a new name",
        remedy: "the owner runs llmos-hook sync there")
    }
  }

  private func requireRecords(_ move: ReferenceMove, _ repository: borrowing Repository) throws {
    do {
      for line in try repository.requireGrowth(move) {
        guard WrittenRecord(line) != nil else {
          let shown = String(decoding: line.prefix(60), as: UTF8.self).filter { !$0.isNewline }
          throw Refusal(
            .refused, "\(move.name) has a line that is not a record: \(shown)",
            why: "these notes have one JSON record a line",
            remedy:
              "as the owner there: git -c core.hooksPath=/dev/null notes --ref=llmos edit COMMIT, then llmos-hook sync"
          )
        }
      }
    } catch {
      var refusal = Refusal(error)
      refusal.what = "push refused: " + refusal.what
      throw refusal
    }
  }
}
