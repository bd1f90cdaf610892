import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// A checkpoint in progress: `$GIT_DIR/llmos/checkpoint`, from before the branch moves until the ledger
/// covers the commit. Without it a process that is killed in between would leave a commit that nothing
/// covers, in a phase that allows none.
///
/// git stages into an index of the checkpoint's own, which then takes the place of the repository's in one
/// step. `index.lock` is a hard link to this file meanwhile: the inode tells it from git's, also after a kill.
struct PendingCheckpoint {
  let gitDirectory: String
  let commonDirectory: String

  init(_ repository: borrowing Repository) {
    gitDirectory = repository.gitDirectory
    commonDirectory = repository.commonDirectory
  }

  private var path: String { gitDirectory + Layout.checkpoint.path }
  private var index: String { gitDirectory + "index" }
  /// The index that git stages into.
  var own: String { gitDirectory + Layout.checkpointIndex.path }

  /// The index of what the commit has, where somebody has staged more than that.
  var pure: String { gitDirectory + Layout.checkpointTree.path }

  /// Begins with the repository's index as it is: by a hard link, since git replaces an index and never writes
  /// into one.
  func begin() throws(Refusal) {
    clear()
    try Files.makeDirectory(gitDirectory + Layout.name)
    guard Files.exists(index), !Files.linkOrCopy(index, own) else { return }
    throw Files.failure("keep the index as", own)
  }

  /// Moves the branch and puts the index in place, so that both can be undone.
  ///
  /// - Parameters:
  ///   - branch: a full reference name, or `HEAD`.
  ///   - old: its commit; nil when it is unborn.
  ///   - before: the index as it was when staging began.
  /// - Throws: `Refusal` (75) when git holds the index, or has changed it since.
  func move(
    _ branch: String, from old: ObjectID?, to new: ObjectID, index before: Inode?, message: String,
    _ repository: borrowing Repository
  ) throws {
    let text = "\(branch) \(old?.description ?? "unborn") \(new)\n"
    try Files.replace(path, with: text.rawBytes, scratch: gitDirectory + Layout.directory)
    guard Files.linkOrCopy(path, index + ".lock") else {
      guard System.failedAsExisting else { throw Files.failure("create", index + ".lock") }
      throw Refusal(
        .tryAgain, "another git process holds index.lock",
        remedy: "run the same command again when it has ended")
    }
    defer { releaseIndex() }
    guard Inode(index) == before else {
      throw Refusal(.tryAgain, "another process has changed the index", remedy: "run the same command again")
    }
    try repository.move(branch, to: new, expecting: old, message: message)
    guard Files.rename(own, index) else { throw Files.failure("replace", index) }
  }

  /// Ends the checkpoint: the ledger covers its commit.
  func end() {
    Files.remove(path)
    clear()
  }

  /// Undoes an interrupted checkpoint: the branch goes back, and the files of the
  /// checkpoint are uncommitted again. The caller holds the lock.
  ///
  /// - Parameter answered: the code commit of the ledger's newest entry.
  /// - Returns: whether there was anything to undo.
  func takeBack(_ repository: borrowing Repository, answered: ObjectID?) throws -> Bool {
    defer { clear() }
    guard let words = Files.read(path, limit: 4096).text?.split(whereSeparator: { " \n".contains($0) }),
      words.count == 3, let new = ObjectID(hex: String(words[2]))
    else { return false }
    let branch = String(words[0])
    let old = ObjectID(hex: String(words[1]))
    releaseIndex()
    StaleLock.remove(of: [branch], repository, values: [old, new].compactMap { $0?.description })
    var isBack = false
    if answered != new, try repository.target(of: branch) == new {
      try BranchLock.withBranchUnlocked(repository) {
        if let old {
          try repository.move(branch, to: old, expecting: new, message: "llmos-hook: checkpoint undone")
        } else {
          try repository.delete(branch, expecting: new)
        }
      }
      isBack = true
    }
    Files.remove(path)
    return isBack
  }

  private func clear() {
    for path in [own, pure] {
      Files.remove(path)
      Files.remove(path + ".lock")
    }
  }

  private func releaseIndex() {
    if Files.isSame(path, index + ".lock") { Files.remove(index + ".lock") }
  }
}
