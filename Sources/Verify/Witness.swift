import Core

/// What the hooks saw land, as far as ledgers that are believed have sealed it, or this machine's logs have it.
struct Witness {
  /// One time that a hook let a commit pass as made.
  private struct Sighting {
    /// The ledger entry in force then.
    let entry: CheckedEntry
    /// Whoever made it, as the hook saw it.
    let actor: Actor?
    /// Whether a key proves it, where any is needed.
    let isSigned: Bool
    /// Whether the entry's override was needed and given.
    let isOverridden: Bool
    /// How it lies outside the owner's grant that was in force, in words; nil when it does not.
    let excess: String?

    /// What has to be known of the commit; nil where its content can break nothing.
    func question(of commit: ObjectID) -> ContentQuestion? {
      ContentQuestion(commit, by: actor, under: entry.record, isLetThrough: isOverridden)
    }
  }

  private var sightings: [ObjectID: [Sighting]] = [:]
  /// What is known of commits' content.
  private var contents: [ContentQuestion: CommitContent] = [:]
  /// Every commit to which a hook saw a reference go, in whatever way.
  private(set) var tips: Set<ObjectID> = []

  /// The commits that entries say are derived from proven ones, and the entries.
  private(set) var derived: [ObjectID: ObjectID] = [:]

  /// The entries whose override a hook saw used: it is good for one commit.
  private(set) var usedOverrides: Set<ObjectID> = []

  init(_ ledgers: [CheckedLedger], _ keys: Keys?, parent: (ObjectID) -> ObjectID?) {
    for (number, ledger) in ledgers.enumerated() {
      let sealed = ledger.entries.enumerated().flatMap { index, sealing in
        sealing.landed.map { ($0, index, Optional(sealing)) }
      }
      for (landing, index, sealing) in sealed + ledger.unsealed.map({ ($0, ledger.entries.count, nil) }) {
        if landing.kind == .derived {
          if let sealing, sealing.tellsDerived, keys?.prove(sealing, of: number) ?? true,
            let new = landing.new
          {
            derived[new] = sealing.id
          }
          continue
        }
        if let new = landing.new { tips.insert(new) }
        guard landing.kind == .made, let entry = ledger.entry(landing.entry, inForceBefore: index) else {
          continue
        }
        let isSigned =
          keys.map { keys in
            keys.prove(entry, of: number) && sealing.map { keys.prove($0, of: number) } ?? true
          } ?? true
        for commit in landing.commits {
          var isOverridden = false
          if let override = entry.record.override, !usedOverrides.contains(entry.id),
            override == parent(commit)?.description ?? "unborn"
          {
            isOverridden = true
            usedOverrides.insert(entry.id)
          }
          // What an agent's machine says of an owner there nobody can know.
          let actor = Actor(text: landing.actor)
          let isAgents = entry.record.grant == nil || actor?.isAgent == true
          sightings[commit, default: []].append(
            Sighting(
              entry: entry, actor: isAgents ? actor : .agent(role: nil), isSigned: isSigned,
              isOverridden: isOverridden,
              excess: entry.record.grant?.excess(on: landing.reference, at: landing.at)))
        }
      }
    }
  }

  /// The commits that hooks let pass as made.
  var made: some Collection<ObjectID> { sightings.keys }

  /// Asks for the content of commits, as far as a hook saw them land under a rule of content.
  mutating func look(at commits: some Sequence<ObjectID>, _ sources: some Ledgers.Sources) throws {
    var asked: Set<ContentQuestion> = []
    for commit in commits {
      for sighting in sightings[commit] ?? [] {
        if let question = sighting.question(of: commit), contents[question] == nil { asked.insert(question) }
      }
    }
    guard !asked.isEmpty else { return }
    contents.merge(try sources.contents(asked)) { known, _ in known }
  }

  /// What is said of a commit by who saw it land. Of several times the worst holds; what no key proves is heard only
  /// where nothing is proved.
  ///
  /// - Parameter isEarly: whether it is older than the keys. Then a good word needs none; a bad one does, so that nobody
  ///   is blamed by a ledger that anybody could have made up.
  /// - Returns: nil when nobody saw it.
  func judge(_ commit: ObjectID, isEarly: Bool = false) -> JudgedCommit? {
    guard let all = sightings[commit] else { return nil }
    let proved = all.filter(\.isSigned)
    var worst: JudgedCommit?
    for sighting in proved.isEmpty ? all : proved {
      var said = judgement(sighting, of: commit, isSigned: sighting.isSigned)
      if isEarly, said.judgement == .unproven {
        let word = judgement(sighting, of: commit, isSigned: true)
        if word.judgement != .violation { said = word }
      }
      if let worst, Self.badness(worst.judgement) >= Self.badness(said.judgement) { continue }
      worst = JudgedCommit(
        commit: commit, judgement: said.judgement, reason: said.reason, entry: sighting.entry.id,
        isClosed: true)
    }
    return worst
  }

  private func judgement(
    _ sighting: Sighting, of commit: ObjectID, isSigned: Bool
  ) -> (judgement: Judgement, reason: String) {
    let entry = sighting.entry
    let said = Verify.judgement(
      of: sighting.isOverridden ? .overridden : .none,
      in: Bracket(opening: entry.record, isSound: entry.isSound, isSigned: isSigned, kind: nil))
    if said.judgement == .satisfied, let excess = sighting.excess { return (.violation, excess) }
    guard said.judgement.isGood, let question = sighting.question(of: commit),
      let content = contents[question],
      let breach = entry.record.breach(
        in: content, by: sighting.actor, isLetThrough: said.judgement == .overridden)
    else { return said }
    return (.violation, "made in \(entry.record.place), and \(breach)")
  }

  private static func badness(_ judgement: Judgement) -> Int {
    switch judgement {
    case .violation: 2
    case .unproven: 1
    default: 0
    }
  }
}

extension CheckedEntry {
  /// Whether it may say of commits that they are derived: no agent's may, for that would make anything good.
  fileprivate var tellsDerived: Bool {
    isSound && record.grant == nil && (actor == .known(.owner) || actor == .known(.system))
  }
}

extension CheckedLedger {
  /// The entry that a line names, where a hook can have seen it in force: it is the last one before the entry that
  /// seals the line, or the one before that, whose line was written while the log began anew; where a worktree went on
  /// from another one's ledger, also one of those.
  ///
  /// - Parameter index: where the sealing entry is, or would be.
  fileprivate func entry(_ id: ObjectID, inForceBefore index: Int) -> CheckedEntry? {
    entries[..<index].suffix(2).first { $0.id == id } ?? (isBeginning(at: index) ? origin(id) : nil)
  }

  /// Whether a worktree took over another one's state with an entry, or with the one before, or has still to.
  private func isBeginning(at index: Int) -> Bool {
    entries.isEmpty
      || [index - 1, index].contains { entries.indices.contains($0) && entries[$0].beginsWorktree }
  }
}
