import Core
import Git
import Ledger
import Platform

/// What was changed or untracked when a phase began: a checkpoint leaves it alone.
///
/// The list is `$GIT_DIR/llmos/lying-about`: the entry that began the phase, then for each path its mode, size, time of
/// the last change, content (`-` where it was not looked at) and name, each ended by NUL. It is written beside
/// (`lying-about-next`) before the ledger moves and takes its place after, so that it always speaks of the phase in
/// progress.
struct LyingAbout {
  private struct Item: Hashable {
    var stamp: FileStamp
    /// A blob id; `-` where nobody looked.
    var content: String
  }

  /// By path.
  private var items: [[UInt8]: Item] = [:]

  /// Content is looked at in small files only: of a large one, its time and size must do.
  private static let fileLimit: Int64 = 1 << 20
  private static let totalLimit: Int64 = 64 << 20

  /// Looks at changes as they are now.
  ///
  /// - Parameter worktree: its root, with a trailing slash.
  init(_ changes: [WorktreeChange], in worktree: String) {
    var rest = Self.totalLimit
    for change in changes {
      let stamp = FileStamp(worktree.rawBytes + change.path)
      var content = "-"
      if stamp.isRegular, stamp.size <= min(Self.fileLimit, rest) {
        rest -= stamp.size
        content = Self.content(change, in: worktree)
      }
      items[change.path] = Item(stamp: stamp, content: content)
    }
  }

  /// Whether a change was there when the phase began, and is as it was.
  func has(_ change: WorktreeChange, in worktree: String) -> Bool {
    guard let item = items[change.path] else { return false }
    let now = FileStamp(worktree.rawBytes + change.path)
    if now == item.stamp { return true }
    if now.mode != item.stamp.mode { return false }
    // What is in a directory is for its own repository to say.
    if now.isDirectory { return true }
    return item.content != "-" && now.size == item.stamp.size
      && Self.content(change, in: worktree) == item.content
  }

  private static func content(_ change: WorktreeChange, in worktree: String) -> String {
    // A name that is not UTF-8 cannot be opened by its text.
    guard change.name.utf8.elementsEqual(change.path),
      case .bytes(let bytes) = Files.read(worktree + change.name, limit: Int(fileLimit))
    else { return "-" }
    do {
      return try Repository.blobID(of: bytes).description
    } catch {
      return "-"
    }
  }

  // MARK: Its file

  private init() {}

  private static func path(_ repository: borrowing Repository) -> String {
    repository.gitDirectory + Layout.lyingAbout.path
  }

  private static func nextPath(_ repository: borrowing Repository) -> String {
    repository.gitDirectory + Layout.lyingAboutNext.path
  }

  /// Writes down the list of a phase that an entry is about to begin.
  func writeNext(_ repository: borrowing Repository, entry: ObjectID) throws {
    var bytes = Array("\(entry)\0".utf8)
    for (path, item) in items {
      let words = [
        String(item.stamp.mode), String(item.stamp.size), String(item.stamp.changed), item.content, "",
      ]
      bytes += Array(words.joined(separator: " ").utf8) + path + [0]
    }
    try Files.replace(
      Self.nextPath(repository), with: bytes, scratch: repository.gitDirectory + Layout.directory)
  }

  /// Puts the list in place when the ledger has moved to its entry, and forgets it when it has not.
  ///
  /// - Parameter seal: the newest entry.
  static func settle(_ repository: borrowing Repository, under seal: Seal?) throws {
    let next = nextPath(repository)
    guard Files.exists(next) else { return }
    guard let seal, let entry = entry(of: next),
      try seal.entry == entry || repository.entry(entry, isBefore: seal)
    else { return Files.remove(next) }
    guard Files.rename(next, path(repository)) else { throw Files.failure("replace", path(repository)) }
  }

  private static func entry(of path: String) -> ObjectID? {
    guard let file = OpenFile(path) else { return nil }
    return ObjectID(hex: String(decoding: file.read(at: 0, count: 64).prefix { $0 != 0 }, as: UTF8.self))
  }

  private static func path(_ repository: borrowing Repository, suspended scenario: String) -> String {
    let name = scenario.map { $0 == "/" ? "_" : String($0) }.joined()
    return repository.gitDirectory + Layout.lyingAboutSuspended.path + name
  }

  /// Keeps the list of the phase in progress for the time when its scenario, which is set aside, goes on there.
  static func keep(_ repository: borrowing Repository, for scenario: String) throws {
    let kept = path(repository, suspended: scenario)
    guard case .bytes(let bytes) = Files.read(path(repository), limit: 1 << 30) else {
      return Files.remove(kept)
    }
    try Files.replace(kept, with: bytes, scratch: repository.gitDirectory + Layout.directory)
  }

  /// Reads the list of the phase in which a scenario was set aside; nil where none was kept.
  init?(_ repository: borrowing Repository, suspended scenario: String) {
    let path = Self.path(repository, suspended: scenario)
    guard Files.exists(path) else { return nil }
    self.init(reading: path)
  }

  /// Reads the list of the phase in progress. Where there is none, nothing is known to have lain about.
  init(_ repository: borrowing Repository) {
    self.init(reading: Self.path(repository))
  }

  private init(reading path: String) {
    self.init()
    let space = UInt8(ascii: " ")
    guard case .bytes(let bytes) = Files.read(path, limit: 1 << 30) else { return }
    for line in bytes.split(separator: 0).dropFirst() {
      let fields = line.split(separator: space, maxSplits: 4, omittingEmptySubsequences: false)
      let words = fields.prefix(4).map { String(decoding: $0, as: UTF8.self) }
      guard fields.count == 5, let mode = UInt32(words[0]), let size = Int64(words[1]),
        let changed = Int64(words[2])
      else { continue }
      items[Array(fields[4])] = Item(
        stamp: FileStamp(mode: mode, size: size, changed: changed), content: words[3])
    }
  }
}
