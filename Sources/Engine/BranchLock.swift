import Gate
import Git
import Glibc
import Scenario

/// `commits.lock`: while the state stands in one of these scenarios, the engine holds the lock file of the
/// branch that HEAD names, as git would for a moment (`refs/heads/NAME.lock`), so that nothing moves that
/// branch: not git with its hooks switched off, not another implementation.
///
/// Which branch is held stands in `$GIT_DIR/llmos/branch-lock`, written before the lock is taken and removed
/// after it is given back, so that a process that was killed in between leaves nothing unknown.
public enum BranchLock {
  /// The lock file's words: git writes a commit's id there, and nobody else writes these.
  private static let mark = Array("held by llmos-hook: llmos-hook status tells why\n".utf8)

  /// The branch that is held; nil when none is.
  public static func held(_ repository: borrowing Repository) -> String? {
    guard let name = System.read(note(repository), limit: 4096).text, isOurs(repository, name) else {
      return nil
    }
    return name
  }

  /// The branch that a state wants held; nil when it wants none, or the owner let a commit pass.
  public static func wanted(_ record: GateRecord, at head: Head) -> String? {
    record.isLocked && record.override == nil ? head.branch : nil
  }

  /// Takes or gives back what the state wants: each step can be repeated.
  ///
  /// - Throws: `Refusal`: 75 when somebody else moves the branch and does not end, 73 when no lock can be made.
  static func settle(_ repository: borrowing Repository, _ record: GateRecord, at head: Head) throws {
    let wanted = wanted(record, at: head)
    guard held(repository) != wanted else { return }
    release(repository)
    guard let wanted else { return }
    try System.makeDirectory(repository.gitDirectory + "llmos")
    try System.replace(
      note(repository), with: Array(wanted.utf8), scratch: repository.gitDirectory + "llmos/")
    try take(path(repository, wanted), wanted)
  }

  /// Gives the branch back, so that the engine itself can move it; the next entry takes it again.
  static func release(_ repository: borrowing Repository) {
    guard let name = System.read(note(repository), limit: 4096).text else { return }
    if isOurs(repository, name) { unlink(path(repository, name)) }
    unlink(note(repository))
  }

  private static func take(_ path: String, _ branch: String) throws {
    for part in path.indices.dropFirst() where path[part] == "/" {
      try System.makeDirectory(String(path[..<part]))
    }
    for _ in 0..<500 {
      let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o444)
      if descriptor >= 0 {
        System.write(mark[...], to: descriptor)
        close(descriptor)
        return
      }
      guard errno == EEXIST else { throw Files.failure("create", path) }
      // git holds it for as long as it moves the branch.
      System.pause(milliseconds: 10)
    }
    throw Refusal(
      .tryAgain, "\(branch) cannot be locked: somebody else holds \(path)",
      remedy: "llmos-hook restore, once no git runs any more")
  }

  private static func isOurs(_ repository: borrowing Repository, _ branch: String) -> Bool {
    Files.content(path(repository, branch), limit: 4096) == mark
  }

  private static func path(_ repository: borrowing Repository, _ branch: String) -> String {
    repository.commonDirectory + branch + ".lock"
  }

  private static func note(_ repository: borrowing Repository) -> String {
    repository.gitDirectory + "llmos/branch-lock"
  }
}
