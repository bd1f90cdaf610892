import Core
import Git
import Ledger
import Platform

/// pre-push: what an agent may push, told where no harness asks (`agent_policy.push`).
extension HookCall {
  /// Judges the moves of a push that git is about to make (githooks(5)); a person's are not looked at.
  ///
  /// - Throws: `Refusal` (1).
  func requirePushAllowed(_ input: [UInt8], _ repository: borrowing Repository) throws {
    guard let seal = try repository.sealInForceIfAny() else { return }
    let head = try repository.head()
    var policies = [try recordOrHandOver(seal, head, repository, input: input).push]
    // What only HEAD's rules loosen waits until an entry seals it.
    policies.append(seal.record.push)
    let branch = head.branch.map { String($0.dropFirst("refs/heads/".count)) }
    let facts = PushPolicy.Facts(
      branch: branch, defaultBranch: hook.arguments.first.flatMap { repository.defaultBranch(ofRemote: $0) })
    for line in String(decoding: input, as: UTF8.self).split(separator: "\n") {
      let parts = line.split(separator: " ").map(String.init)
      // The ledger and the notes go by `sync`, and a server looks at them.
      guard parts.count == 4, !parts[2].hasPrefix(Layout.referencePrefix), parts[2] != Layout.notes.text
      else { continue }
      for policy in policies {
        if let refusal = try refusal(parts, policy, facts, head, repository) { throw refusal }
      }
    }
  }

  private func refusal(
    _ parts: [String], _ policy: PushPolicy, _ facts: PushPolicy.Facts, _ head: Head,
    _ repository: borrowing Repository
  ) throws -> Refusal? {
    guard let local = ObjectID(hex: parts[1]), parts[1].contains(where: { $0 != "0" }) else {
      return policy.refusalOfDeletion
    }
    if parts[3].contains(where: { $0 != "0" }) {
      // What is not here cannot be behind.
      guard let remote = ObjectID(hex: parts[3]), try repository.contains(remote),
        try repository.isAncestor(remote, of: local)
      else { return policy.refusalOfForce }
    }
    var from = parts[0].hasPrefix("refs/heads/") ? String(parts[0].dropFirst(11)) : parts[0]
    // A commit of the branch by its name, as `sync --push` has it.
    if !from.hasPrefix("refs/"), let tip = head.commit, let branch = facts.branch,
      try from == "HEAD" || (ObjectID(hex: from) != nil && repository.isAncestor(local, of: tip))
    {
      from = branch
    }
    let to = parts[2].hasPrefix("refs/heads/") ? String(parts[2].dropFirst(11)) : parts[2]
    return policy.refusal(of: [PushPolicy.Move(from: from, to: to)], facts)
  }
}
