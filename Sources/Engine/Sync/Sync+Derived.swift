import Core
import Git
import Ledger
import Platform
import Verify

/// What a host makes of proven commits is proved by these, and a host deletes their branch at once. Who has them at hand
/// seals what was made of them: the owner after a pull, CI with a key of its own. Whoever comes later needs the ledger
/// alone.
extension Sync {
  /// Seals which commits that came here have exactly the content of proven ones.
  mutating func sealDerived(_ engine: borrowing Engine) throws {
    guard !engine.identity.actor.isAgent else { return }
    let path = engine.repository.gitDirectory + Layout.derived.path
    let tips =
      try engine.repository.tips(matching: "refs/heads/*").map(\.id)
      + [engine.repository.head().commit].compactMap { $0 }
    let text = Set(tips).map(\.description).sorted().joined(separator: "\n") + "\n"
    let known = Files.read(path, limit: 64 << 20).text
    guard known != text else { return }
    let seal = try engine.repository.sealInForce()
    let looked = (known ?? "").split(separator: "\n").compactMap { ObjectID(hex: $0) }
    // What was there before the ledger began needs no proof.
    let old = try (looked + engine.repository.branches(in: seal.branches)).filter {
      try engine.repository.contains($0)
    }
    let come = try CommitGraph(from: tips, hiding: old)
    guard try !engine.repository.hasMade(Set(come.listed.map(come.id)), until: seal) else {
      return Self.keep(text, path, engine)
    }
    let verification = try Verification(engine.repository)
    let sealed = verification.ledgers.sealedAsDerived
    let derived: [ObjectID]
    do {
      derived = try verification.judge(from: tips, hiding: old, comparing: .needed, in: engine.repository)
        .filter { $0.judgement == .derived && !sealed.contains($0.commit) }.map(\.commit)
    } catch let refusal as Refusal where refusal.code == .unavailable {
      // An older git. A newer one looks at the same later; ledgers are exchanged meanwhile.
      report.append("not looked at what came here: \(refusal.what); next: \(refusal.next)")
      return
    }
    if !derived.isEmpty {
      let lock = try StateLock(engine.repository)
      defer { lock.release() }
      let standing = try engine.standing()
      // A quarantine is answered first, and who has no key seals nothing.
      guard try engine.quarantine(standing) == nil, try engine.repository.canSign(after: standing.seal) else {
        return
      }
      try self.seal(engine.repository.head(), engine, derived: derived)
      let count = derived.count == 1 ? "1 commit has" : "\(derived.count) commits have"
      report.append("sealed: \(count) exactly the content of proven ones")
    }
    Self.keep(text, path, engine)
  }

  /// Where it cannot be kept, all is looked at again.
  private static func keep(_ text: String, _ path: String, _ engine: borrowing Engine) {
    try? Files.replace(
      path, with: Array(text.utf8), scratch: engine.repository.gitDirectory + Layout.directory)
  }
}

extension Repository {
  /// Whether hooks of this worktree let all of these land, or the engine made them, as its ledger says.
  fileprivate func hasMade(_ commits: Set<ObjectID>, until seal: Seal) throws -> Bool {
    var open = commits
    var reader = EntryReader()
    try walkLedger(from: seal.entry) { id in
      if open.isEmpty { return nil }
      let read = try reader.read(id, under: seal.reference, isWhole: false, in: self)
      for landing in read.landed where landing.kind == .made { open.subtract(landing.commits) }
      open.subtract(read.entry.common.answered)
      return read.previous
    }
    return open.isEmpty
  }
}
