import Core
import Git
import Ledger
import Platform

/// A worktree beside the one at hand in which a branch is checked out: what lands on that branch lands there, and the
/// stricter of the two phases holds.
struct OtherWorktree {
  /// Its root.
  let path: String
  /// What is in force there.
  let seal: Seal

  /// The one that has a branch checked out; nil mostly.
  ///
  /// - Parameter head: HEAD of the worktree at hand, which is no other.
  init?(holding branch: String, besides head: Head, _ repository: borrowing Repository) throws {
    let name = branch.rawBytes
    guard branch.shortBranch != nil, name != head.branch?.rawBytes else { return nil }
    let linked = Files.names(in: repository.commonDirectory + "worktrees")
    let holder = ([nil] + linked.map(Optional.some)).first { id in
      let directory = id.map { repository.commonDirectory + "worktrees/\($0)/" } ?? repository.commonDirectory
      return directory.rawBytes != repository.gitDirectory.rawBytes
        && repository.branch(checkedOutIn: directory)?.rawBytes == name
    }
    guard let id = holder,
      let there = try repository.worktrees().first(where: { $0.id?.rawBytes == id?.rawBytes })
    else {
      return nil
    }
    path = there.path
    // One that has not begun goes on from the main one.
    let hasBegun = id == nil || Files.isReachable(there.gitDirectory + Layout.begun.path)
    guard let seal = try repository.seal(under: Ledger.reference(linkedWorktree: hasBegun ? id : nil)) else {
      return nil
    }
    self.seal = seal
  }

  /// Why nothing may land there; nil where it may.
  func refusal(of branch: String) -> Refusal? {
    guard !seal.record.mayCommit, seal.record.enforces(branch: branch) else { return nil }
    return Refusal(
      .refused, "\(branch.shortBranch ?? branch) is checked out in \(path)",
      why: "\(seal.record.place) there does not allow commit_changes",
      remedy: "commit on a branch of your own; the owner merges it there")
  }
}
