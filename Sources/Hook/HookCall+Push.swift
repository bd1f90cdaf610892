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
    let branch = head.branch?.shortBranch
    let facts = PushPolicy.Facts(
      branch: branch, defaultBranch: hook.arguments.first.flatMap { repository.defaultBranch(ofRemote: $0) })
    guard policies.contains(where: { $0 != .any }) else { return }
    for line in String(decoding: input, as: UTF8.self).split(separator: "\n") {
      let update = try Update(line)
      for policy in policies {
        if let refusal = try refusal(update, policy, facts, head, repository) { throw refusal }
      }
    }
  }

  /// A line of githooks(5), "pre-push": what is pushed may have spaces in its name (`HEAD@{1 day ago}`).
  private struct Update {
    let source: String
    /// Nil for a deletion.
    let new: String?
    let destination: String
    /// Nil where the remote has nothing yet.
    let old: String?

    init(_ line: Substring) throws(Refusal) {
      let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
      guard words.count >= 4 else {
        throw Refusal(
          .software, "what git says of the push is not understood: \(String(line.prefix(80)).onOneLine)",
          remedy: "the owner pushes it")
      }
      let isThere = { (id: String) in id.contains { $0 != "0" } ? id : nil }
      source = words.dropLast(3).joined(separator: " ")
      new = isThere(words[words.count - 3])
      destination = words[words.count - 2]
      old = isThere(words[words.count - 1])
    }
  }

  private func refusal(
    _ update: Update, _ policy: PushPolicy, _ facts: PushPolicy.Facts, _ head: Head,
    _ repository: borrowing Repository
  ) throws -> Refusal? {
    guard let new = update.new.flatMap(ObjectID.init(hex:)) else { return policy.refusalOfDeletion }
    let local = try repository.commit(behind: new)
    if let old = update.old {
      // What is not here cannot be behind.
      guard let local, let remote = ObjectID(hex: old), try repository.contains(remote),
        let before = try repository.commit(behind: remote), try repository.isAncestor(before, of: local)
      else { return policy.refusalOfForce }
    }
    // The ledger and the notes go by `sync`, and a server looks at them: nothing of theirs is taken away.
    if update.destination.hasPrefix(Layout.referencePrefix) || update.destination == Layout.notes.text {
      return nil
    }
    var from = update.source.shortBranch ?? update.source
    // A commit of the branch by its name, as `sync --push` has it.
    if !from.hasPrefix("refs/"), let local, let tip = head.commit, let branch = facts.branch,
      try from == "HEAD" || (ObjectID(hex: from) != nil && repository.isAncestor(local, of: tip))
    {
      from = branch
    }
    let to = update.destination.shortBranch ?? update.destination
    return policy.refusal(of: [PushPolicy.Move(from: from, to: to)], facts)
  }
}
