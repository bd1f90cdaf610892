import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// What a rollback leaves in the journal, the ledger and the notes.
extension Rollback {
  // MARK: The journal

  /// Records in the journal that a step is done.
  func reach(_ step: RollbackJournal.Step, _ journal: inout RollbackJournal) throws {
    if Interrupts.hasCome, step != .done { throw Refusal(.interrupted, "interrupted") }
    journal.step = step
    try write(journal)
  }

  /// Puts the journal in place in one step, on the disk.
  func write(_ journal: RollbackJournal) throws(Refusal) {
    try Files.replace(
      index.gitDirectory + RollbackJournal.path, with: Array(journal.text.utf8),
      scratch: index.gitDirectory + Layout.directory, isDurable: true)
  }

  // MARK: The scenario

  /// Enters ROLLBACK, or goes on in it, and ends its IDENTIFY: the target is identified and backed up.
  func enterScenario(
    _ journal: RollbackJournal, _ engine: borrowing Engine, _ remarks: inout [String]
  ) throws {
    guard journal.entersScenario else { return }
    let seal = try engine.repository.sealInForce()
    var context = [ContextValue("rollback_target", journal.target.name)]
    let isRelative = RollbackTarget.isRelative(journal.target.name)
    // A tag or branch may name another commit by now, where the rollback goes on after an interruption.
    let isIt = try engine.repository.resolve(journal.target.name) == .commit(journal.target.commit)
    if isRelative || !isIt || (try? Engine.validate(context[0])) == nil {
      context = [ContextValue("rollback_target", journal.target.commit.description)]
    }
    let identify = Place("ROLLBACK", "IDENTIFY")
    var isOurs = seal.entry != journal.entry && seal.record.place.scenario == "ROLLBACK"
    // What ROLLBACK was entered for, and has come as far as to be carried out.
    if seal.record.place == Place("ROLLBACK", "EXECUTE"), seal.record.status.isOpen {
      let held = seal.record.context.first { $0.key == State.heldTargetKey }?.value
      isOurs =
        isOurs
        || held.map { $0 == journal.target.commit.description } ?? seal.record.context.contains(context[0])
    }
    if !isOurs, seal.record.place != identify || !seal.record.status.isOpen {
      remarks += try engine.perform(
        .set(scenario: "ROLLBACK", phase: "IDENTIFY"), context: context, reason: journal.reason
      ).remarks
    }
    if try place(engine) == identify {
      remarks +=
        try engine.perform(.nextPhase, context: context, reason: journal.reason, answering: []).remarks
    }
  }

  /// Ends ROLLBACK, which resumes what it interrupted, or seals the state again, so that the ledger knows
  /// the new HEAD; then the note.
  func record(
    _ journal: RollbackJournal, _ engine: borrowing Engine, _ new: Commit, _ remarks: inout [String]
  ) throws {
    // Files alone: the branch stands where it stood.
    if journal.kind == "restore" { return }
    let before = try engine.repository.sealInForce()
    var seal = before
    if journal.entersScenario {
      if !options.leavesVerify, before.record.place == Place("ROLLBACK", "VERIFY"),
        before.record.status.isOpen
      {
        let performed = try engine.perform(.nextPhase, reason: journal.reason, answering: [new.id])
        remarks += performed.remarks
        seal = performed.seal
      }
    } else {
      seal = try reseal(journal, engine, &remarks) { state, old in
        // After an undo there is no work to repeat.
        guard journal.kind == "undo" else { return }
        // Where it stood, or what ROLLBACK had set aside, when the rollback began.
        let isRollback = old.place.scenario == "ROLLBACK"
        let back = isRollback ? old.suspended.first : Suspended(old.place, status: old.status)
        guard let back, state.place.scenario == back.place.scenario, state.status == .rework else { return }
        if state.place != back.place { Self.note(back.place, in: &state, trigger: "rollback-undo") }
        (state.place, state.status) = (back.place, back.status)
      }
    }
    try RollbackNote.append(
      journal, commit: new, at: engine.repository.commit(seal.entry).time, seal: seal, engine)
  }

  /// Returns to the scenario before the rollback, if it was left.
  func restoreScenario(
    _ journal: RollbackJournal, _ engine: borrowing Engine, _ remarks: inout [String]
  ) throws {
    let seal = try engine.repository.sealInForce()
    guard seal.entry != journal.entry, journal.entersScenario else { return }
    _ = try reseal(journal, engine, &remarks) { state, old in
      guard state.place != old.place || state.status != old.status else { return }
      Self.note(old.place, in: &state, trigger: "rollback-abort")
      (state.place, state.status, state.suspended, state.context) =
        (old.place, old.status, old.suspended, old.context)
    }
  }

  private static func note(_ place: Place, in state: inout State, trigger: String) {
    state.transitions.append(
      TransitionRecord(
        from: state.place.scenario, to: place.scenario, phase: place.phase, timestamp: state.lastUpdate,
        trigger: trigger))
    state.transitions.removeFirst(max(0, state.transitions.count - State.keptTransitions))
  }

  /// Seals the state with a change, which gets the state before the rollback.
  private func reseal(
    _ journal: RollbackJournal, _ engine: borrowing Engine, _ remarks: inout [String],
    _ change: (inout State, State) -> Void
  ) throws -> Seal {
    let lock = try StateLock(engine.repository)
    defer { lock.release() }
    let standing = try engine.adoptStanding(&remarks)
    let then = try engine.repository.seal(at: entryBefore(journal, engine), under: standing.seal.reference)
    var state = try engine.state(of: standing.seal, standing.rules)
    let seconds = System.now
    state.lastUpdate = Timestamp.text(seconds)
    change(&state, try engine.state(of: then, standing.rules))
    return try engine.seal(
      state, kind: .rollback, trigger: journal.kind, reason: journal.reason, previous: standing.seal,
      head: standing.head, rules: standing.rules, seconds: seconds,
      commits: [standing.head.commit].compactMap { $0 }, lying: LyingAbout([], in: engine.worktree), &remarks)
  }

  /// The entry before the rollback; for an undo, the one before the rollback that it undoes.
  private func entryBefore(_ journal: RollbackJournal, _ engine: borrowing Engine) throws -> ObjectID {
    guard journal.kind == "undo", journal.target.name.hasPrefix(RollbackBackup.prefix) else {
      return journal.entry
    }
    return try RollbackBackup(journal.target.name, engine.repository).entry
  }

  // MARK: Verification

  /// Compares worktree, index and HEAD with the target, runs the command, and compares again.
  func verify(_ journal: RollbackJournal, _ engine: borrowing Engine, _ new: Commit) throws {
    try compare(journal, engine)
    guard let command = journal.verify else { return }
    let script = "cd -- \"$1\" || exit 74\nshift\n" + command
    var setup = Child.Setup()
    setup.environment = [
      Layout.rollbackTargetVariable.text: journal.target.commit.description,
      Layout.rollbackFromVariable.text: journal.from.description,
      "GIT_DIR": nil, "GIT_WORK_TREE": nil, "GIT_INDEX_FILE": nil, "GIT_PREFIX": nil,
    ]
    (setup.input, setup.errors, setup.isGroup) = (.bytes([]), .kept, true)
    let result = try Child(["/bin/sh", "-c", script, "rollback.verify", engine.worktree], setup)
      .finish(timeout: journal.timeout)
    options.show(String(raw: result.output) + result.errors)
    if Interrupts.hasCome { throw Refusal(.interrupted, "interrupted") }
    guard !result.isLate else {
      throw Self.failed("the verify command took longer than \(journal.timeout) s")
    }
    guard result.code == 0 else {
      throw Self.failed("the verify command failed (exit \(result.code))")
    }
    try compare(journal, engine)
  }

  private static func failed(_ what: String) -> VerificationFailure {
    VerificationFailure(
      refusal: Refusal(.refused, what, remedy: "choose another target, or fix what it found"))
  }

  private func compare(_ journal: RollbackJournal, _ engine: borrowing Engine) throws {
    guard try engine.repository.head().commit == journal.to else {
      throw Self.failed("the branch is not at the result of the rollback")
    }
    // An undo brings uncommitted changes back: its worktree is not that of a commit.
    guard journal.kind == "rollback" else { return }
    let output = try index.git(
      [
        "--no-optional-locks", "status", "--porcelain=v2", "-z", "--untracked-files=no", "--no-renames",
        "--ignore-submodules=all", "--no-ahead-behind",
      ], index: index.index)
    let state = Array(StatePath.name.utf8)
    if let path = try RollbackStatus(output).dirty.first(where: { $0 != state }) {
      throw Self.failed("\(String(raw: path)) differs from the target")
    }
  }
}
