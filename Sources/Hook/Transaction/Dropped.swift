import Core
import Git
import Ledger
import Platform

/// What an agent's moves leave behind: kept under `refs/llmos/dropped/<time>-<commit>`, so that nothing is lost.
extension Repository {
  /// Keeps commits that no branch will have any more.
  ///
  /// git holds the one lock of a reftable while it asks us: there they are written down, and kept when it has ended.
  ///
  /// - Throws: what cannot be kept is not let go.
  func keepDropped(_ commits: [ObjectID], at seconds: Int64) throws {
    guard !commits.isEmpty else { return }
    guard keepsReferencesInFiles else {
      let lock = try FileLock(waitingFor: droppedFile)
      defer { lock.release() }
      guard lock.append(Array(commits.map { "\(String(seconds)) \($0)\n" }.joined().utf8)) else {
        throw Files.failure("write", droppedFile)
      }
      return
    }
    for commit in commits { try keep(commit, at: seconds) }
  }

  /// Keeps what was written down while git held its lock; mostly there is nothing.
  ///
  /// git's lock is never waited for under that of the file: a hook for which git holds its own may wait for this one.
  ///
  /// - Throws: `GitError`, `Refusal`; the next call tries again.
  public func keepWrittenDown() throws {
    guard Files.isReachable(droppedFile) else { return }
    let written = Files.content(droppedFile, limit: 1 << 24) ?? []
    for line in written.split(separator: UInt8(ascii: "\n")) {
      let words = String(raw: line).split(separator: " ")
      // One that was taken back is not kept: a line that says nothing else is not ours.
      guard words.count == 2, let seconds = Int64(words[0]), let commit = ObjectID(hex: words[1]) else {
        continue
      }
      guard try contains(commit) else { continue }
      do { try keep(commit, at: seconds) } catch let error as GitError
        where [.exists, .modified].contains(error.code)
      {
        // Another process keeps the same.
      }
    }
    let lock = try FileLock(waitingFor: droppedFile)
    defer { lock.release() }
    // What was written down meanwhile is for whoever comes next; what is kept already costs them a look.
    let now = Files.content(droppedFile, limit: 1 << 24) ?? []
    if now.isEmpty || now == written { Files.remove(droppedFile) }
  }

  private var droppedFile: String { commonDirectory + Layout.droppedFile.path }

  private func keep(_ commit: ObjectID, at seconds: Int64) throws {
    let time = Timestamp.text(seconds).filter { $0 != "-" && $0 != ":" }
    let name = Layout.dropped.text + time + "-" + commit.short
    if try target(of: name) != nil { return }
    try moveOurs(name, to: commit, expecting: nil, message: "llmos-hook: kept")
  }
}

extension FileLock {
  fileprivate init(waitingFor path: String) throws(Refusal) {
    guard let lock = try FileLock(path, patience: 10) else {
      throw Refusal(.tryAgain, "another llmos-hook holds \(path)", remedy: "run the same command again")
    }
    self = lock
  }
}
