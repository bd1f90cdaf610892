import Core
import Git

/// What ROLLBACK's phases require: a target that is one, a rollback to it that was carried out, and its result.
extension Engine {
  /// Finds the commit that `rollback_target` names.
  ///
  /// - Throws: `Refusal` (1) where it names none, or none to which HEAD can go back.
  func rollbackTarget(_ name: String) throws -> ObjectID {
    let found = try Rollback.resolve(name, repository)
    let head = try repository.head()
    guard let before = head.commit else {
      throw Refusal(
        .refused, "the branch has no commit yet: there is nothing to roll back to", remedy: "git commit")
    }
    var facts = RollbackFacts(
      target: RollbackTarget(name: name, commit: found.commit), head: before, branch: head.branch,
      mode: .revert,
      commits: 0)
    facts.foreignCommits = try repository.isAncestor(found.commit, of: before) ? 0 : 1
    facts.isShallow = repository.isShallow
    if let refusal = facts.refusalOfTarget { throw refusal }
    return found.commit
  }

  /// A context value as it holds later too: a `rollback_target` that is relative to HEAD becomes its commit.
  ///
  /// - Parameter isChecked: whether HEAD must be able to go back to it.
  /// - Throws: `Refusal` (1) where it names no commit.
  func absolute(_ pair: ContextValue, isChecked: Bool = false) throws -> ContextValue {
    guard pair.key == "rollback_target", let name = pair.value, !name.isEmpty else { return pair }
    let commit = try isChecked ? rollbackTarget(name) : Rollback.resolve(name, repository).commit
    return RollbackTarget.isRelative(name) ? ContextValue(pair.key, commit.description) : pair
  }

  /// Writes down the commit of a `rollback_target` that was given: ROLLBACK goes back to it, wherever a tag or branch
  /// of that name goes meanwhile.
  ///
  /// - Throws: `Refusal` (1) where it names no commit.
  func holdTarget(of state: inout State, given: [ContextValue]) throws {
    guard state.place.scenario == "ROLLBACK", state.status.isOpen else { return }
    let isHeld = state.contextValue(State.heldTargetKey) != nil
    guard !isHeld || given.contains(where: { $0.key == "rollback_target" }) else { return }
    state.clearContext(State.heldTargetKey)
    guard let name = state.contextValue("rollback_target"), !name.isEmpty else { return }
    let commit = try Rollback.resolve(name, repository).commit.description
    if commit != name { state.setContext(State.heldTargetKey, commit) }
  }

  /// Finds what a rollback goes back to. In ROLLBACK, the name of `rollback_target` means the commit that it meant when
  /// it was given.
  ///
  /// - Returns: the target, and what people should know where the name means another commit by now.
  /// - Throws: `Refusal` (1) where it names none any more.
  func destination(
    named name: String, _ record: GateRecord
  ) throws -> (target: RollbackTarget, remark: String?) {
    let now = try Rollback.resolve(name, repository)
    let value = { (key: String) in record.context.first { $0.key == key }?.value }
    guard record.place.scenario == "ROLLBACK", record.status.isOpen, value("rollback_target") == name,
      let held = value(State.heldTargetKey).flatMap(ObjectID.init(hex:)), held != now.commit
    else { return (RollbackTarget(name: now.name, commit: now.commit), nil) }
    return (
      RollbackTarget(name: held.description, commit: held),
      "\(name) was \(held.short) when it was identified, and is \(now.commit.short) now: the first counts "
        + "(llmos-hook set ROLLBACK --context rollback_target=\(name) takes the other)"
    )
  }

  /// What a phase of ROLLBACK still lacks, besides what the catalog says; nil when it lacks nothing.
  func openRollback(in phase: String, _ state: State) throws -> Refusal? {
    guard let target = state.contextValue("rollback_target") else { return nil }
    let held = state.contextValue(State.heldTargetKey) ?? target
    let what = "ROLLBACK:\(phase) is not complete: "
    switch phase {
    case "IDENTIFY":
      do {
        _ = try Rollback.resolve(target, repository)
        _ = try rollbackTarget(held)
        return nil
      } catch {
        let refusal = Refusal(error)
        return Refusal(
          .refused, what + refusal.what, why: refusal.why,
          remedy: "llmos-hook set ROLLBACK --context rollback_target=TARGET, or llmos-hook resume")
      }
    case "EXECUTE":
      return Refusal(
        .refused, what + "nothing was rolled back", why: "SYSTEM carries it out",
        remedy: "./llmos run, or llmos-hook rollback \(target)")
    case "VERIFY":
      guard let path = try difference(from: held) else { return nil }
      return Refusal(
        .refused, what + "\(path) is not as it is in \(target)",
        why: "the rollback was not carried out to its end",
        remedy: "llmos-hook rollback \(target), or llmos-hook resume")
    default: return nil
    }
  }

  /// A path in which HEAD differs from a target, besides the state and the rules, which stay; nil where there is none.
  private func difference(from target: String) throws -> String? {
    let found = try Rollback.resolve(target, repository).commit
    guard let head = try repository.head().commit else { return nil }
    return try repository.changes(from: repository.commit(found).tree, to: repository.commit(head).tree)
      .map(\.path).first { path in
        path != StatePath.name && !path.hasPrefix("scenarios/") && !path.hasPrefix(".llmos/")
      }
  }
}
