import Core
import Git
import Hook
import Ledger
import Platform
import StateFile

extension Engine {
  /// What an agent is told.
  ///
  /// - Parameter role: the agent's; nil takes the caller's.
  /// - Throws: `Refusal`: 65 for rules that cannot be read, 66 when nothing is sealed here.
  public func brief(role: String? = nil) throws -> Brief {
    let standing = try standing()
    let rules = standing.rules
    let facts = try facts(standing)
    let record = facts.record
    var brief = Brief(record: record, role: role ?? identity.actor.role)
    brief.scripts = ScriptWords(at: worktree)
    if facts.isRollbackPending {
      brief.obstacle = "a rollback is not finished: the owner runs llmos-hook rollback --continue or --abort"
    } else if let refusal = refusal(ofFile: facts.file) {
      brief.obstacle = refusal.what + (refusal.remedy.map { "; next: " + $0 } ?? "")
    }
    if record.status.isOpen {
      var state = State(place: record.place, status: record.status, at: "")
      state.context = record.context
      let missing = try rules.requirements(record.place, state).compactMap { requirement in
        if case .context(let key) = requirement { "\(key) is not set" } else { nil }
      }
      brief.awaited = missing
      if record.status == .rework, try !isReworked(state, checkpoint: false, standing) {
        brief.owed.append("what was rolled back has to be made anew")
      }
      if missing.isEmpty, let open = try openRequirement(of: record.place, state, rules) {
        let prefix = "\(record.place) is not complete: "
        brief.owed.append(open.what.hasPrefix(prefix) ? String(open.what.dropFirst(prefix.count)) : open.what)
      }
    }
    brief.feedback = System.environment(Layout.feedbackVariable.text) ?? lastFailure(at: standing.seal.entry)
    brief.addition = try addition(record.place, rules.version)
    return brief
  }

  // MARK: The last failure of an action

  private var lastFailurePath: String { repository.gitDirectory + Layout.lastFailure.path }

  /// Keeps what an action failed with, for whoever works on in this phase, in a process of his own.
  ///
  /// - Parameter entry: the newest entry.
  func keep(failure: String, at entry: ObjectID) {
    // Where it cannot be written nobody is told of it, and the failure itself is what run ends with.
    try? Files.replace(
      lastFailurePath, with: Array("\(entry)\n\(failure)".utf8),
      scratch: repository.gitDirectory + Layout.directory)
  }

  func forgetFailure() { Files.remove(lastFailurePath) }

  private func lastFailure(at entry: ObjectID) -> String? {
    let lines = Files.read(lastFailurePath, limit: 1 << 16).text?.split(separator: "\n", maxSplits: 1)
    return lines?.count == 2 && lines?[0] == Substring(entry.description) ? lines.map { String($0[1]) } : nil
  }

  /// The facts by which the gate decides what a harness asks. The rules' files are read only where they are not those
  /// that the newest entry has compiled.
  public func askedFacts() throws -> Snapshot {
    let head = try repository.head()
    let seal = try repository.sealInForce()
    guard try repository.rulesVersion(at: head) == seal.record.rules else { return try facts(standing()) }
    var file = try repository.fileCondition(seal)
    if file == .missing, try repository.isToAdopt(seal) { file = .sealed }
    return try repository.observe(
      .question(proof: .none), by: identity, under: seal.record, of: seal, at: head, file: file)
  }

  /// What the repository has to say of a phase, from HEAD.
  private func addition(_ place: Place, _ version: RulesVersion) throws -> String? {
    guard let tree = version.configuration.flatMap(ObjectID.init(hex:)),
      let directory = try repository.entry(at: "brief", inTree: tree), directory.isTree,
      let entry = try repository.entry(at: "\(place.scenario).\(place.phase).md", inTree: directory.id),
      entry.mode == 0o100644 || entry.mode == 0o100755
    else { return nil }
    return String(decoding: try repository.blob(entry.id).prefix(1 << 16), as: UTF8.self)
  }
}
