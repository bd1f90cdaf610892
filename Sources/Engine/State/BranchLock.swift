import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// `commits.lock`: while the state stands in one of these scenarios, the engine holds the lock file of the
/// branch that HEAD names, as git would for a moment (`refs/heads/NAME.lock`), so that nothing moves that
/// branch: not git with its hooks switched off, not another implementation.
///
/// Which branch is held stands in `$GIT_DIR/llmos/branch-lock`, written before the lock is taken and removed
/// after it is given back, so that a process that was killed in between leaves nothing unknown.
public enum BranchLock {
  /// The lock file's words: git writes a commit's id there, and nobody else writes these.
  private static let mark = Array("held by llmos-hook: llmos-hook status tells why\n".utf8)

  /// The branch that this worktree holds; nil when it holds none.
  public static func held(_ repository: borrowing Repository) -> String? {
    guard let name = noted(repository.gitDirectory), isOurs(repository, name) else { return nil }
    return name
  }

  /// HEAD's branch when it is held by a worktree that is gone (git-worktree(1), "remove"), and its note with it.
  public static func orphan(_ repository: borrowing Repository, at head: Head) -> String? {
    guard let name = head.branch, isOurs(repository, name),
      !repository.gitDirectories.contains(where: { noted($0) == name })
    else { return nil }
    return name
  }

  /// The branch that a state wants held; nil when it wants none, or the owner let a commit pass.
  public static func wanted(_ record: GateRecord, at head: Head) -> String? {
    record.isLocked && record.override == nil ? head.branch : nil
  }

  /// Locks or unlocks the branch, as the state wants it: each step can be repeated.
  ///
  /// - Throws: `Refusal`: 75 when somebody else moves the branch and does not end, 73 when no lock can be made.
  static func bringInLine(_ repository: borrowing Repository, _ record: GateRecord, at head: Head) throws {
    if let orphan = orphan(repository, at: head) { Files.remove(path(repository, orphan)) }
    // A reftable has one lock for all references: nothing could be held but everything.
    let wanted = repository.keepsReferencesInFiles ? wanted(record, at: head) : nil
    guard held(repository) != wanted else { return }
    release(repository)
    if let wanted { try hold(wanted, repository) }
  }

  /// Unlocks the branch while the engine itself moves it, and locks it again whatever comes of that.
  static func withBranchUnlocked(_ repository: borrowing Repository, _ move: () throws -> Void) throws {
    let branch = held(repository)
    release(repository)
    // Where somebody else got hold of it in between and keeps it, the next command tries again.
    defer { if let branch { try? hold(branch, repository) } }
    try move()
  }

  /// Gives back what this worktree holds.
  static func release(_ repository: borrowing Repository) {
    release(repository.gitDirectory, repository)
  }

  /// Gives back what any worktree holds.
  static func releaseAll(_ repository: borrowing Repository) throws {
    for directory in repository.gitDirectories { release(directory, repository) }
    try releaseOrphans(repository)
  }

  /// Gives back what is held by worktrees that are gone.
  static func releaseOrphans(_ repository: borrowing Repository) throws {
    let noted = repository.gitDirectories.compactMap(noted)
    for name in try repository.references(matching: "refs/heads/*")
    where !noted.contains(name) && isOurs(repository, name) {
      Files.remove(path(repository, name))
    }
  }

  private static func release(_ gitDirectory: String, _ repository: borrowing Repository) {
    guard let name = noted(gitDirectory) else { return }
    if isOurs(repository, name) { Files.remove(path(repository, name)) }
    Files.remove(note(gitDirectory))
  }

  private static func hold(_ branch: String, _ repository: borrowing Repository) throws {
    try Files.makeDirectory(repository.gitDirectory + Layout.name)
    try Files.replace(
      note(repository.gitDirectory), with: branch.rawBytes,
      scratch: repository.gitDirectory + Layout.directory)
    try take(path(repository, branch), branch)
  }

  private static func take(_ path: String, _ branch: String) throws {
    for part in path.indices.dropFirst() where path[part] == "/" {
      try Files.makeDirectory(String(path[..<part]))
    }
    for _ in 0..<500 {
      if try Files.create(path, with: mark, mode: 0o444) { return }
      // git holds it for as long as it moves the branch.
      System.sleep(microseconds: 10_000)
    }
    throw Refusal(
      .tryAgain, "\(branch) cannot be locked: another process holds \(path)",
      remedy: "llmos-hook restore, when no git process is running")
  }

  private static func isOurs(_ repository: borrowing Repository, _ branch: String) -> Bool {
    Files.content(path(repository, branch), limit: 4096) == mark
  }

  private static func path(_ repository: borrowing Repository, _ branch: String) -> String {
    repository.commonDirectory + branch + ".lock"
  }

  private static func note(_ gitDirectory: String) -> String { gitDirectory + Layout.branchLock.path }

  private static func noted(_ gitDirectory: String) -> String? {
    Files.read(note(gitDirectory), limit: 4096).text
  }
}

extension Repository {
  /// The git directories of all its worktrees, with trailing slashes, the main one's first.
  var gitDirectories: [String] {
    let linked = commonDirectory + "worktrees/"
    return [commonDirectory] + Files.names(in: linked).map { linked + $0 + "/" }
  }
}
