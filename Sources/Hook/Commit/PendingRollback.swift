import Core
import Git
import Ledger
import Platform

extension Repository {
  /// Whether a rollback was begun in this worktree and not ended: one access(2), for the hot path.
  public var isRollbackPending: Bool { Files.isReachable(gitDirectory + RollbackJournal.path) }
}
