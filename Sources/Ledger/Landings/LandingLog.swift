import Core
import Git
import Platform

extension Repository {
  /// The landings that an entry seals.
  ///
  /// - Throws: `GitError` where they cannot be read.
  public func landings(sealedBy seal: Seal) throws -> [Landing] {
    try seal.landed.map { Landing.all(in: try blob($0, limit: 1 << 30)) } ?? []
  }
}

/// The landings of one worktree that no ledger entry has sealed yet: `$GIT_COMMON_DIR/llmos/landings/<worktree>`, a
/// line each.
///
/// Hooks append under a shared lock of the file, a transition seals and begins it anew under an exclusive one. So no
/// commit lands between two phases: what a hook decides and writes down belongs to the entry that it read under the
/// lock. Nothing is flushed to the disk, as git flushes no reference by default: what a power failure takes is
/// UNSEEN afterwards.
public struct LandingLog: Sendable {
  /// The file.
  public let path: String
  /// Whether git has one lock for all references, which it holds while a hook waits for ours.
  private let isBehindGit: Bool

  /// The most bytes that are read: ten million lines of a plain commit, and room to spare.
  private static let limit = 1 << 32

  /// Seconds for which a hook waits for a transition, which holds the lock for milliseconds.
  private static let patience: Int64 = 30

  /// The log of the worktree that a ledger is of.
  ///
  /// - Parameter ledger: its reference (`refs/llmos/ledger/main`).
  public init(_ repository: borrowing Repository, ledger: String) {
    path = Self.directory(repository) + ledger.dropFirst(Ledger.prefix.count)
    isBehindGit = !repository.keepsReferencesInFiles
  }

  private static func directory(_ repository: borrowing Repository) -> String {
    repository.commonDirectory + Layout.landings.path
  }

  /// The ledgers whose worktrees have a log.
  public static func ledgers(_ repository: borrowing Repository) -> [String] {
    Files.names(in: directory(repository)).map { Ledger.prefix + $0 }
  }

  /// Takes the shared lock of a hook.
  ///
  /// - Parameter isAlone: whether no other hook may decide meanwhile.
  /// - Throws: `Refusal`: 73 when the file cannot be made, 75 when a transition keeps the lock.
  public func share(isAlone: Bool = false) throws(Refusal) -> FileLock {
    // The directory is there after the first commit.
    if !Files.isReachable(path) { try Files.makeDirectories(Files.directory(of: path).withoutSlash) }
    guard let lock = try FileLock(path, isShared: !isAlone, patience: Self.patience) else {
      throw Refusal(.tryAgain, "another llmos-hook holds \(path)", remedy: "run the same command again")
    }
    return lock
  }

  /// Appends landings, under a hook's lock.
  ///
  /// - Throws: `Refusal` (74): what cannot be written down does not land.
  public func append(_ landings: [Landing], under lock: FileLock) throws(Refusal) {
    guard !landings.isEmpty else { return }
    // Begins with a newline too, so that a line which was torn spoils no other.
    let text = "\n" + landings.map { $0.line + "\n" }.joined()
    guard lock.append(Array(text.utf8)) else {
      throw Refusal(
        .io, "cannot write \(path): \(System.reason)", why: "what cannot be written down does not land",
        remedy: "make room on the disk, then run the same command again")
    }
  }

  /// What stands in it now.
  public struct Content: Sendable {
    /// The whole lines, each once, in their order.
    public let landings: [Landing]
    /// Bytes in the file.
    public let size: Int64
  }

  /// Reads it; nothing where there is none.
  ///
  /// - Throws: `Refusal` (74) for one that cannot be read.
  public func content() throws(Refusal) -> Content {
    let bytes = try bytes()
    return Content(landings: Landing.all(in: bytes), size: Int64(bytes.count))
  }

  /// The file as it is; nothing where there is none.
  ///
  /// - Throws: `Refusal` (74) for one that cannot be read.
  public func bytes() throws(Refusal) -> [UInt8] {
    // Hooks of other processes append to it.
    switch Files.read(path, limit: Self.limit, grows: true) {
    case .missing: return []
    case .bytes(let bytes): return bytes
    case .unusable(let fact):
      if let failure = SystemFailure(hiding: path) { throw Files.failure("read", path, .io, failure) }
      throw Refusal(.io, "cannot read \(path): \(fact)", remedy: "move it away, then llmos-hook status")
    }
  }

  /// The landings that the next entry seals: those that name the entry in force, or the one before it, whose line a hook
  /// may have written while the log began anew.
  ///
  /// - Parameter origin: for a worktree's first entry, the seal that it takes over.
  public static func sealable(
    _ landings: [Landing], after previous: Seal?, adopting origin: Seal? = nil
  ) -> [Landing] {
    let entries = Set(
      [previous?.entry, previous?.previous, origin?.entry, origin?.previous].compactMap { $0 })
    return landings.filter { entries.contains($0.entry) }
  }

  /// Publishes what seals the log, while no hook decides, and begins the log anew.
  ///
  /// - Parameters:
  ///   - size: bytes that the log had when its landings were taken.
  ///   - publish: moves the ledger.
  /// - Returns: false where the log has grown since: to be prepared again.
  /// - Throws: `Refusal` (75) when the lock stays held, and what `publish` throws.
  func seal(size: Int64, publish: () throws -> Void) throws -> Bool {
    try alone { lock in
      guard lock.size == size else { return false }
      try publish()
      // A hook that waits for this lock sees that the path is another file then, and begins again.
      if size > 0 { Files.remove(path) }
      return true
    }
  }

  /// Prepares and publishes what seals the log, while every hook waits, and begins the log anew.
  ///
  /// - Throws: `Refusal` (75) when the lock stays held, and what the body throws.
  func hold<Value>(_ body: (Content) throws -> Value) throws -> Value {
    try alone { lock in
      let value = try body(try content())
      if lock.size > 0 { Files.remove(path) }
      return value
    }
  }

  /// Runs it under the lock. In a reftable git's lock may be held for a hook that waits for this one: who finds it held
  /// gives this one back, and begins again.
  private func alone<Value>(_ body: (FileLock) throws -> Value) throws -> Value {
    let end = System.now + Self.patience
    while true {
      do {
        let lock = try lockAlone()
        defer { lock.release() }
        return try body(lock)
      } catch let error as GitError where error.code == .locked && isBehindGit && System.now < end {
        System.sleep(microseconds: 10_000)
      }
    }
  }

  /// Removes it where nothing is in it, and nobody holds it, for a worktree that is gone. A hook that waits for its lock
  /// makes it anew.
  public func removeEmpty() {
    guard let lock = try? FileLock(path) else { return }
    defer { lock.release() }
    if lock.size == 0 { Files.remove(path) }
  }

  private func lockAlone() throws(Refusal) -> FileLock {
    try Files.makeDirectories(Files.directory(of: path).withoutSlash)
    guard let lock = try FileLock(path, patience: Self.patience) else {
      throw Refusal(.tryAgain, "a git hook holds \(path)", remedy: "run the same command again")
    }
    return lock
  }
}
