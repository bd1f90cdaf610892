import Core
import Git
import Ledger

/// What an agent's moves leave behind: kept under `refs/llmos/dropped/<time>-<commit>`, so that nothing is lost.
extension Repository {
  /// Keeps commits that no branch will have any more.
  ///
  /// - Throws: `GitError`; what cannot be kept is not let go.
  func keepDropped(_ commits: [ObjectID], at seconds: Int64) throws {
    for commit in commits {
      let time = Timestamp.text(seconds).filter { $0 != "-" && $0 != ":" }
      let name = Layout.dropped.text + time + "-" + commit.short
      if try target(of: name) != nil { continue }
      try moveOurs(name, to: commit, expecting: nil, message: "llmos-hook: kept")
    }
  }
}
