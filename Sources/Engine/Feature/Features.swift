import Core
import Git
import Hook
import Ledger
import Platform

/// What the commands about features share: who may call them, the branch they start from and go into, the worktrees.
extension Engine {
  /// Features are started and finished by the owner, and by `run`.
  func requireOwnersHand(on what: String) throws(Refusal) {
    guard !identity.actor.isAgent else {
      throw Refusal(
        .refused, "an agent cannot \(what)", why: "it opens and closes phases",
        remedy: "ask the owner: llmos-hook \(what) SLUG")
    }
  }

  /// The engine of another worktree of this repository.
  ///
  /// - Throws: `Refusal` (66) where it cannot be opened.
  public func engine(of worktree: Worktree) throws -> Engine {
    do {
      let repository = try Repository(
        discovering: worktree.path, gitDir: nil, workTree: nil, isTrusted: true)
      let root = try repository.worktree()
      return Engine(repository, worktree: root, identity: identity)
    } catch let error as GitError {
      throw Refusal(unopenable: error, from: worktree.path)
    }
  }
}

extension Repository {
  /// The branch that features start from and go into, by its short name: the default branch of `origin` where there is
  /// one of that name here, else `main`, `master`, or what the main worktree has checked out.
  public func mainBranch() throws -> String? {
    var names: [String] = []
    if let name = defaultBranch(ofRemote: "origin") { names.append(name) }
    for name in names + ["main", "master"] where try target(of: "refs/heads/" + name) != nil { return name }
    let branch = branch(checkedOutIn: commonDirectory) ?? ""
    return branch.shortBranch
  }
}
