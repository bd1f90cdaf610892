import Core
import Git
import Ledger
import Platform

/// What another worktree's command is about to answer for: it moves a branch first and seals the entry that names the
/// commit right after, so that in between nothing speaks for it.
extension Repository {
  /// How long another worktree's command is waited for, in milliseconds. Signing can take a person.
  private static let patience: Int64 = 10_000

  /// Judges again while another worktree's command is making one of the commits that are found; and once more when none
  /// does, since that command may have ended between the two looks.
  ///
  /// - Parameter find: what is wrong, as it stands.
  func settled(_ find: () throws -> [ObjectID]) throws -> [ObjectID] {
    let end = System.monotonicMilliseconds + Self.patience
    var before: Set<ObjectID>?
    while true {
      let found = try find()
      guard !found.isEmpty, System.monotonicMilliseconds < end else { return found }
      if try areInTheMaking(found) {
        before = nil
        System.sleep(microseconds: 10_000)
        continue
      }
      if let before, before.isSuperset(of: found) { return found }
      before = Set(found)
    }
  }

  /// Whether a checkpoint or a rollback of another worktree, by a process that is alive, has just made one of these.
  private func areInTheMaking(_ commits: [ObjectID]) throws -> Bool {
    for worktree in try worktrees() where worktree.gitDirectory.rawBytes != gitDirectory.rawBytes {
      for (file, lock) in [(Layout.checkpoint, Layout.lock), (Layout.rollbackJournal, Layout.rollbackLock)] {
        guard var text = Files.read(worktree.gitDirectory + file.path, limit: 1 << 20).text else { continue }
        if file.name == Layout.rollbackJournal.name {
          text += try tips(matching: Layout.pending.text + "*").map(\.id.description).joined(separator: " ")
        }
        guard commits.contains(where: { text.contains($0.description) }) else { continue }
        // What a process that was killed has left is no excuse.
        guard let free = try FileLock(worktree.gitDirectory + lock.path, isShared: true) else { return true }
        free.release()
      }
    }
    return false
  }
}
