import Core
import Git
import Glibc
import Ledger
import Platform

extension Repository {
  /// Whether a rollback was begun in this worktree and not ended: one access(2), for the hot path.
  public var isRollbackPending: Bool { access(gitDirectory + RollbackJournal.path, F_OK) == 0 }
}
