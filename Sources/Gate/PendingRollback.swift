import Git
import Glibc
import Scenario

extension Repository {
  /// Whether a rollback was begun in this worktree and not ended: one access(2), for the hot path.
  public var isRollbackPending: Bool { access(gitDirectory + RollbackJournal.path, F_OK) == 0 }
}
