import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// What belongs to completing a phase: requirements, records, an audit.
extension Engine {
  /// Checks that everything the completed phases require exists.
  ///
  /// - Parameter isRollback: whether a rollback asks, which knows itself what it has done.
  /// - Throws: `Refusal` naming the first thing that is missing, and whose it is.
  func require(_ places: [Place], _ state: State, _ standing: Standing, isRollback: Bool) throws {
    for place in places {
      guard
        var open = try openRequirement(of: place, state.about(place), standing.rules, isRollback: isRollback)
      else { continue }
      // A gate that interrupts a phase cannot end it before it is complete.
      if place != state.place { open.remedy = "llmos-hook resume, then complete \(place)" }
      throw open
    }
  }

  /// What comes next here, and who owes it. Needs no parser where the repository has no rules of its own.
  public func nextStep(_ standing: Standing, isQuarantined: Bool) throws -> NextStep {
    let record = standing.seal.record
    var facts = NextStep.Facts()
    facts.isQuarantined = isQuarantined
    facts.isRollbackPending = repository.isRollbackPending
    facts.file = standing.file
    if record.status.isOpen {
      var state = State(place: record.place, status: record.status, at: "")
      state.context = record.context
      facts.hasRequirements = try !standing.rules.requirements(record.place, state).isEmpty
      facts.open = try openRequirement(of: record.place, state, standing.rules)
      facts.isReworked = try isReworked(state, checkpoint: false, standing)
    }
    return NextStep(record, facts)
  }

  /// The first requirement of a phase that does not hold, as a refusal; nil when all do.
  func openRequirement(
    of place: Place, _ state: State, _ rules: Rules, isRollback: Bool = false
  ) throws -> Refusal? {
    for requirement in try rules.requirements(place, state) {
      switch requirement {
      case .context(let key):
        let now = state.contextValue(key).map { "\"\($0)\", which it cannot be" } ?? "not set"
        return Refusal(
          .refused, "\(place) is not complete: \(key) is \(now)",
          remedy: "llmos-hook set \(place.scenario) \(place.phase)"
            + Self.context(for: place, missing: key, state, rules))
      case .path(let path):
        let fact: String
        switch Files.read(worktree + path, limit: 16 << 20) {
        case .bytes(let bytes):
          if bytes.contains(where: { $0 > 0x20 }) { continue }
          fact = "is empty"
        case .missing: fact = "is missing"
        case .unusable(let words):
          if !Files.names(in: worktree + path).isEmpty { continue }
          fact = "cannot be taken: \(words)"
        }
        let role = rules.catalog.phase(at: place)?.role ?? "nobody"
        return Refusal(
          .refused, "\(place) is not complete: \(path) \(fact)", why: "\(role) must provide it",
          remedy: "write it, then llmos-hook next-phase")
      case .brief(let path):
        guard let fact = lack(ofBrief: path, state) else { continue }
        let role = rules.catalog.phase(at: place)?.role ?? "nobody"
        return Refusal(
          .refused, "\(place) is not complete: \(path) \(fact)", why: "\(role) must provide it",
          remedy: "write it, then llmos-hook next-phase")
      }
    }
    return place.scenario == "ROLLBACK" && !isRollback ? try openRollback(in: place.phase, state) : nil
  }

  /// The options that give a place's context again: entering the first phase anew clears what is its own.
  ///
  /// - Parameter missing: a key that has no value, or none that it can have.
  static func context(for place: Place, missing: String? = nil, _ state: State, _ rules: Rules) -> String {
    let own = rules.catalog.scenario(place.scenario)?.ownKeys(rules.configuration.requires) ?? []
    let kept = (own + rules.configuration.contextKeys).uniqued.filter { $0 != missing }.compactMap { name in
      state.contextValue(name).map { " --context \(name)=\($0)" }
    }
    return kept.joined() + (missing.map { " --context \($0)=VALUE" } ?? "")
  }

  /// The records of a move; none when there is no commit to note them on.
  func records(
    of transition: Transition, _ standing: Standing, head: ObjectID?, checkpoint: ObjectID?, dirty: Bool,
    _ judgement: [(key: String, value: JSON)], skips: [(key: String, value: JSON)]
  ) throws -> [NoteRecord] {
    guard let head else { return [] }
    let tree = try repository.commit(head).tree
    let role = { (place: Place) in standing.rules.catalog.phase(at: place)?.role ?? "" }
    let here = standing.seal.record.place
    var records: [NoteRecord] = []
    if checkpoint != nil {
      records.append(
        NoteRecord(kind: "checkpoint", commit: head, tree: tree, place: here, role: role(here)))
    }
    for place in transition.completed {
      records.append(
        NoteRecord(
          kind: "phase-completed", commit: head, tree: tree, place: place, role: role(place),
          more: (dirty ? [("dirty", .bool(true))] : []) + (place == here ? skips : [])))
    }
    // What the owner's reason stands in for, where no completed phase says it.
    if !skips.isEmpty, transition.completed.isEmpty {
      let place = transition.state.place
      records.append(
        NoteRecord(kind: "override", commit: head, tree: tree, place: place, role: role(place), more: skips))
    }
    if !judgement.isEmpty {
      records.append(
        NoteRecord(
          kind: "verdict", commit: head, tree: tree, place: here, role: role(here), more: judgement))
    }
    return records
  }

  // MARK: Quality gate

  /// The worktree as a tree, when a quality gate begins; nil for any other move.
  func auditedTree(entering place: Place, from before: Place) throws -> ObjectID? {
    // Entering AUDIT again starts a new audit.
    guard place.scenario == "QUALITY_GATE",
      before.scenario != "QUALITY_GATE" || place.phase == "AUDIT"
    else { return nil }
    return try worktreeTree()
  }

  /// Every file that git does not ignore, as a tree; the user's index stays as it is.
  func worktreeTree() throws -> ObjectID {
    let index = repository.gitDirectory + Layout.auditIndex.path
    Files.remove(index)
    defer { Files.remove(index) }
    // A later time than the index's would let git take a file that was changed in its second for an unchanged one.
    let own = repository.gitDirectory + "index"
    if Files.exists(own), !Files.linkOrCopy(own, index) { throw Files.failure("keep the index as", index) }
    let root = worktree
    // Override settings with which git would not look at every file.
    let whole = [
      "-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false", "-c", "core.trustctime=true", "-c",
      "core.checkStat=default",
    ]
    let git = { (arguments: [String]) in
      Child.output(
        of: ["git", "-C", root] + whole + arguments, environment: ["GIT_INDEX_FILE": index])
    }
    // The user's marks on index entries would hide changes.
    let marked = Child.records(of: ["git", "-C", worktree, "ls-files", "-v", "-z"]).filter {
      $0.first.map { $0.isLowercase || $0 == "S" } ?? false
    }
    for entry in marked {
      _ = git([
        "update-index", "--no-assume-unchanged", "--no-skip-worktree", "--", String(entry.dropFirst(2)),
      ])
    }
    guard git(["add", "-A", "--", ":/"]) != nil, let tree = git(["write-tree"]).flatMap(ObjectID.init(hex:))
    else { throw Refusal(.io, "git could not read the worktree", remedy: "run git status to see why") }
    return tree
  }

  /// A verdict: nothing but the report may have changed since the audit began.
  ///
  /// - Returns: what the record says of it.
  func judge(
    pass: Bool, report: String?, _ standing: Standing
  ) throws -> [(key: String, value: JSON)] {
    var pairs: [(key: String, value: JSON)] = [("verdict", .string(pass ? "PASS" : "FAIL"))]
    pairs += try ownWork(standing.seal)
    var allowed = [StatePath.name]
    if let report {
      let path = Files.resolved(report)
      guard let bytes = Files.content(path, limit: 64 << 20), bytes.contains(where: { $0 > 0x20 }) else {
        throw Refusal(
          .io, "the report \(report) is missing or empty", remedy: "write it, then run the same command again"
        )
      }
      let root = Files.resolved(worktree) + "/"
      let relative = path.hasPrefix(root) ? String(path.dropFirst(root.count)) : path
      allowed.append(relative)
      pairs += [
        ("report", .string(relative)),
        ("report_blob", .string(try repository.write(blob: bytes).description)),
      ]
    }
    guard let audited = try repository.auditedTree(until: standing.seal) else { return pairs }
    let now = try worktreeTree()
    if audited != now {
      let changed = try repository.changes(from: audited, to: now).map(\.path).filter {
        !allowed.contains($0)
      }
      guard changed.isEmpty else {
        let names =
          changed.prefix(5).map(\.onOneLine).joined(separator: ", ") + (changed.count > 5 ? ", …" : "")
        throw Refusal(
          .refused,
          "a quality gate must not change files, but these changed since the audit began (\(changed.count))",
          why: names, remedy: "undo the changes, or name the report with --report")
      }
    }
    return pairs
  }
}
