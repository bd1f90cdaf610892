import Core

/// What the notes say of an entry, held to the entry.
extension CheckedEntry {
  /// What a record that names this entry says otherwise than the entry does, in words; nil when they agree.
  ///
  /// git copies notes when it rewrites commits, so that a record can stand on another commit than it names.
  ///
  /// - Parameter before: the entry before; nil for the first one, which completes nothing.
  public func contradiction(in record: WrittenRecord, after before: CheckedEntry?) -> String? {
    if record.at != at { return record.at }
    if let actor = record.actor, actor != self.actor.known?.name ?? self.actor.text { return actor }
    if let sequence = record.sequence, sequence != self.sequence { return "seq \(sequence)" }
    if let trigger = record.trigger, trigger != common.trigger { return "trigger \(trigger)" }
    if let reason = record.reason, reason != common.reason { return "another reason" }
    if !record.skipped.isEmpty, record.skipped != common.skipped.map(\.description) {
      return "that " + record.skipped.joined(separator: ", ") + " was skipped"
    }
    guard let places = places(of: record, after: before?.record) else { return "kind \(record.kind)" }
    guard let scenario = record.scenario, let phase = record.phase else { return "no phase" }
    let place = Place(scenario, phase)
    if !places.contains(place) { return place.description }
    return isAbout(record.commit) ? nil : "commit \(record.commit.short)"
  }

  /// The phases that a record of this kind can be about; nil where the entry has no such record.
  private func places(of record: WrittenRecord, after before: GateRecord?) -> [Place]? {
    let completes = kind == .phaseCompleted
    switch record.kind {
    case "phase-completed" where completes:
      guard let before else { return nil }
      // A gate that was passed completes the phase that it had set aside, too.
      let isGate = before.place.scenario == "QUALITY_GATE"
      return [before.place] + (isGate ? Array(before.suspended.prefix(1)) : [])
    case "checkpoint" where completes && !common.commits.isEmpty: return before.map { [$0.place] }
    case "verdict" where completes && before?.place == Place("QUALITY_GATE", "VERDICT"):
      return before.map { [$0.place] }
    case "override" where kind == .override || (kind == .transition && !common.skipped.isEmpty):
      return [common.place]
    case "rollback" where kind == .rollback || (completes && before?.place.scenario == "ROLLBACK"):
      return [common.place]
    default: return nil
    }
  }

  /// Whether the entry stands on a commit, or names it.
  private func isAbout(_ commit: ObjectID) -> Bool { commit == head || common.commits.contains(commit) }

  /// Whether its notes have to have any record.
  public var owesRecords: Bool { [.phaseCompleted, .override].contains(kind) }

  /// The records that its notes have to have: the kind of each, and the commit that it names.
  public var owedRecords: [(kind: String, commit: ObjectID)] {
    switch kind {
    case .phaseCompleted: head.map { [("phase-completed", $0)] } ?? []
    case .override: common.commits.map { ("override", $0) }
    default: []
    }
  }
}
