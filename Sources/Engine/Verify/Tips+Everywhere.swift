import Core
import Git
import Ledger
import Platform

extension Repository {
  /// Where commits can be that HEAD does not have: the branches and the other worktrees' HEADs, as far as they have
  /// any; what they have is asked of git only where one of them is not HEAD itself.
  ///
  /// - Parameter head: HEAD's commit; nil when there is none.
  /// - Throws: `Refusal` (74) when git could not list them.
  public func tips(besides head: ObjectID?) throws -> [ObjectID] {
    var found = Set(try tips(matching: "refs/heads/*").map(\.id))
    for worktree in try worktrees() {
      let reference = Ledger.reference(linkedWorktree: worktree.id)
      if let other = try self.head(ofWorktreeWith: reference) { found.insert(other) }
    }
    if let head { found.remove(head) }
    let others = found.sorted()
    guard let head, !others.isEmpty else { return others }
    var setup = Child.Setup()
    setup.environment = ["GIT_GRAFT_FILE": "/dev/null"]
    (setup.input, setup.errors) = (
      .bytes(Array((others.map(\.description) + ["^\(head)"]).joined(separator: "\n").utf8)), .kept
    )
    // A branch of a commit that is gone is for git fsck to name.
    let result = try Child(
      ["git", "--no-replace-objects", "rev-list", "-n", "1", "--ignore-missing", "--stdin"], setup
    ).finish()
    guard result.code == 0 else {
      throw Child.missingGit
        ?? GitProcess.failure("git could not list the branches' commits", result.errors, remedy: "git fsck")
    }
    return result.output.isEmpty ? [] : others
  }
}
