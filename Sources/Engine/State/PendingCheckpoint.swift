import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// A checkpoint on its way: `$GIT_DIR/llmos/checkpoint`, there from before the branch moves until the ledger
/// answers for the commit. Without it a process that died in between would leave a commit that nobody answers
/// for, in a phase that allows none.
///
/// git stages into an index of the checkpoint's own, which then takes the place of the repository's in one
/// step. `index.lock` is meanwhile a second name of this file: by the inode it is known after any death.
struct PendingCheckpoint {
  let gitDirectory: String
  let commonDirectory: String

  init(_ repository: borrowing Repository) {
    gitDirectory = repository.gitDirectory
    commonDirectory = repository.commonDirectory
  }

  private var path: String { gitDirectory + "llmos/checkpoint" }
  private var index: String { gitDirectory + "index" }
  /// The index that git stages into.
  var own: String { gitDirectory + "llmos/checkpoint-index" }

  /// Begins with the repository's index as it is: by a hard link, since git replaces an index and never writes
  /// into one.
  func begin() throws(Refusal) {
    clear()
    try Files.makeDirectory(gitDirectory + "llmos")
    guard Files.exists(index), !Files.link(index, own) else { return }
    throw Files.failure("keep the index as", own)
  }

  /// Moves the branch and puts the index in place, so that each can be taken back.
  ///
  /// - Parameters:
  ///   - branch: a full reference name, or `HEAD`.
  ///   - old: where it is; nil when it is unborn.
  ///   - before: the index as it was when staging began.
  /// - Throws: `Refusal` (75) when git holds the index, or has changed it since.
  func move(
    _ branch: String, from old: ObjectID?, to new: ObjectID, index before: Inode?, message: String,
    _ repository: borrowing Repository
  ) throws {
    let text = "\(branch) \(old?.description ?? "unborn") \(new)\n"
    try Files.replace(path, with: Array(text.utf8), scratch: gitDirectory + "llmos/")
    guard Files.link(path, index + ".lock") else {
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

  /// The ledger answers for the commit now.
  func end() {
    Files.remove(path)
    clear()
  }

  /// Takes back what an interrupted call had begun: the branch goes back to where it was, and the files of the
  /// checkpoint are uncommitted again. The caller holds the lock.
  ///
  /// - Parameter answered: the code commit of the ledger's newest entry.
  /// - Returns: whether there was anything to take back.
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
    Files.remove(own)
    Files.remove(own + ".lock")
  }

  private func releaseIndex() {
    if let mine = Inode(path), mine == Inode(index + ".lock") { Files.remove(index + ".lock") }
  }
}
