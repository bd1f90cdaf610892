import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// git on an index of the rollback's own, below `$GIT_DIR/llmos/rollback/`: the repository's index is
/// replaced in one step when everything is done, so that an interruption leaves one or the other.
struct RollbackIndex {
  /// `$GIT_DIR`, with a trailing slash.
  let gitDirectory: String
  /// The worktree's root, with a trailing slash.
  let worktree: String
  /// The descriptor of the rollback's lock, which children keep open; nil of a dry run, which moves nothing.
  var lock: FileLock?
  /// Bytes of an object's name.
  let objectWidth: Int
  /// Whether git may show its progress.
  let showsProgress: Bool
  /// The directory of its own files, from `$GIT_DIR`.
  var directory = Layout.rollback.path

  /// The place of a dry run.
  var dry: DryPlace?

  /// The directory of the rollback's own files, with a trailing slash.
  var home: String { dry?.path ?? (gitDirectory + directory) }
  /// How a line of `update-index --index-info` begins that takes a path out.
  var removal: [UInt8] { Array("0 \(String(repeating: "0", count: 2 * objectWidth))\t".utf8) }
  /// The repository's index.
  var index: String { gitDirectory + "index" }
  /// The index that the rollback works on.
  var own: String { dry != nil && dry?.path == nil ? index : home + "index" }
  /// A copy of the index before the rollback.
  var before: String { home + "index-before" }

  // MARK: git

  /// Runs git on an index and returns what it prints.
  ///
  /// - Throws: `Refusal` (74) with git's own words, 130 after Ctrl-C.
  @discardableResult
  func git(_ arguments: [String], index: String? = nil, input: [UInt8] = [], showsErrors: Bool = false)
    throws(Refusal) -> [UInt8]
  {
    try output(
      of: start(arguments, index: index, input: input, showsErrors: showsErrors).finish(), arguments)
  }

  /// What a git that has ended printed.
  ///
  /// - Throws: as `git` does.
  func output(of result: Child.Ending, _ arguments: [String]) throws(Refusal) -> [UInt8] {
    if Interrupts.hasCome, result.code != 0 { throw Refusal(.interrupted, "interrupted") }
    guard result.code == 0 else {
      let lines = result.errors.split(separator: "\n").map(String.init)
      throw Refusal(
        .io, "git \(arguments.first ?? "") failed (\(result.code))",
        why: lines.isEmpty ? nil : lines.prefix(2).joined(separator: " ").replacing("\t", with: ""),
        remedy: SystemFailure(namedIn: result.errors)?.remedy())
    }
    return result.output
  }

  /// Starts git on an index.
  func start(_ arguments: [String], index: String? = nil, input: [UInt8] = [], showsErrors: Bool = false)
    throws(Refusal) -> Child
  {
    // No hook (post-index-change) and no daemon that would go on holding the lock.
    let always =
      [
        "git", "-C", worktree, "--git-dir=" + gitDirectory.withoutSlash,
        "--work-tree=" + worktree.withoutSlash,
        "-c", "core.fsmonitor=false", "-c", "submodule.recurse=false",
      ] + Repository.optionsWithoutHooks
    var setup = Child.Setup()
    setup.environment = [
      "GIT_INDEX_FILE": index ?? own, "GIT_DIR": nil, "GIT_WORK_TREE": nil, "GIT_PREFIX": nil,
      "LC_ALL": "C", "GIT_PROGRESS_DELAY": "1", "GIT_LITERAL_PATHSPECS": "1", "GIT_TERMINAL_PROMPT": "0",
    ]
    if let dry {
      try dry.requireFor(arguments)
      setup.environment.merge(dry.environment) { $1 }
    }
    (setup.input, setup.lock, setup.errors) = (.bytes(input), lock, showsErrors ? .inherited : .kept)
    return try Child(always + arguments, setup)
  }

  /// Runs git and reads the object that it names.
  func object(_ arguments: [String], index: String? = nil) throws(Refusal) -> ObjectID {
    let line = String(decoding: try git(arguments, index: index).prefix { $0 > 0x20 }, as: UTF8.self)
    guard let id = ObjectID(hex: line) else {
      throw Refusal(.software, "git \(arguments.first ?? "") named no object")
    }
    return id
  }

  // MARK: The index's content

  /// The tree of the index.
  func tree(index: String? = nil) throws(Refusal) -> ObjectID { try object(["write-tree"], index: index) }

  /// Puts the worktree's content of these paths into the index; a path that is gone is removed.
  func take(_ paths: [[UInt8]], index: String? = nil) throws(Refusal) {
    guard !paths.isEmpty else { return }
    try git(
      ["update-index", "--add", "--remove", "--replace", "-z", "--stdin"], index: index,
      input: Array(paths.map { $0 + [0] }.joined()))
  }

  /// Removes these paths from the index, whatever the worktree has there.
  func leaveOut(_ paths: [[UInt8]]) throws(Refusal) {
    guard !paths.isEmpty else { return }
    let line = removal
    try git(["update-index", "-z", "--index-info"], input: Array(paths.map { line + $0 + [0] }.joined()))
  }

  /// Removes the state file from the index, or sets its blob.
  func setState(_ blob: ObjectID?) throws(Refusal) {
    if let blob {
      try git(["update-index", "--add", "--cacheinfo", "100644,\(blob),\(StatePath.name)"])
    } else {
      try git(["update-index", "--force-remove", StatePath.name])
    }
  }

  /// A tree with other entries at its top: nil for one that is left out. Only a dry run makes it so, with git, which writes
  /// it where it is told to.
  func tree(_ tree: ObjectID, replacing changes: [String: TreeEntry?]) throws(Refusal) -> ObjectID {
    let tab = UInt8(ascii: "\t")
    let lines = try git(["ls-tree", "-z", tree.description]).split(separator: 0)
    var rest = lines.filter { line in
      !changes.keys.contains { line.drop { $0 != tab }.dropFirst().elementsEqual($0.utf8) }
    }.map(Array.init)
    for case (let name, .some(let entry)) in changes {
      let kind = entry.isTree ? "tree" : "blob"
      rest.append(Array("\(String(entry.mode, radix: 8)) \(kind) \(entry.id)\t\(name)".utf8))
    }
    if Set(rest) == Set(lines.map(Array.init)) { return tree }
    let made = try git(["mktree", "-z", "--missing"], input: Array(rest.map { $0 + [0] }.joined()))
    guard let id = ObjectID(hex: String(decoding: made.prefix { $0 > 0x20 }, as: UTF8.self)) else {
      throw Refusal(.software, "git mktree named no tree")
    }
    return id
  }

  // MARK: Files

  /// Makes the directory, and begins with the repository's index as it is.
  ///
  /// A hard link, because a copy would have a later time, by which git would take a file that was changed
  /// in the same second for an unchanged one. git never writes into an index, it replaces it.
  func begin(keepingBefore: Bool) throws(Refusal) {
    guard dry == nil else { return }
    try Files.makeDirectory(gitDirectory + Layout.name)
    try Files.makeDirectory(home)
    Files.remove(own)
    Files.remove(own + ".lock")
    guard Files.exists(index) else { return }
    guard Files.linkOrCopy(index, own) else { throw failure("keep the index as \(own)") }
    guard keepingBefore else { return }
    Files.remove(before)
    guard Files.linkOrCopy(index, before) else { throw failure("keep the index as \(before)") }
  }

  /// Removes the rollback's own files.
  func end() {
    guard dry == nil else { return }
    releaseIndex()
    // The usual ones by name too: in a directory that cannot be listed they would look like a killed rollback.
    for name in ["index", "index-before", "lock"] + Files.names(in: home) { Files.remove(home + name) }
    Files.removeDirectory(home)
  }

  // MARK: index.lock

  /// Whether git, and not a killed rollback of ours, holds the index.
  var isHeldByGit: Bool { dry == nil && Files.exists(index + ".lock") && !isHeldByUs }

  /// Our lock is a hard link to a file of our own: the inode tells it from git's, also after a kill. Where there are no
  /// hard links it is a copy, which is no index of git's.
  private var isHeldByUs: Bool {
    Files.isSame(home + "lock", index + ".lock")
  }

  /// Takes git's own lock of the index, under which no git command changes index or worktree.
  ///
  /// - Throws: `Refusal` (75) when git has it.
  func holdIndex() throws(Refusal) {
    if isHeldByUs { return }
    try Files.overwrite(home + "lock", with: Array("llmos-hook rollback\n".utf8))
    guard Files.linkOrCopy(home + "lock", index + ".lock") else {
      guard System.failedAsExisting else { throw failure("lock the index") }
      throw Refusal(
        .tryAgain, "another git process holds index.lock",
        why: "llmos-hook never removes another process's lock",
        remedy: "run the same command again when it has ended")
    }
  }

  func releaseIndex() {
    if isHeldByUs { Files.remove(index + ".lock") }
  }

  /// Whether the repository's index has not changed since the rollback began.
  var isUnchanged: Bool { Files.exists(index) ? Files.isSame(index, before) : !Files.exists(before) }

  /// Makes one of our files the repository's index.
  func replaceIndex(with file: String) throws(Refusal) {
    guard Files.rename(file, index) else { throw failure("replace the index") }
    // Two names of one file stay two names (rename(2)).
    Files.remove(file)
  }

  func failure(_ what: String) -> Refusal {
    let failure = SystemFailure.last
    return Refusal(.cannotCreate, "cannot \(what): \(failure.words)", remedy: failure.remedy(at: home))
  }
}

/// Where a dry run has its index, and what git makes for it: outside the repository, in which it writes nothing.
struct DryPlace {
  /// A directory of its own, with a trailing slash; nil where nothing can be written. Then a worktree without changes can be
  /// compared all the same, by the repository's own index.
  let path: String?
  /// What git is told, so that objects are written there and found in the repository too (git(1)).
  let environment: [String: String?]

  /// Makes it, with a copy of the index, where there is room for it: below `TMPDIR`, or where the system has such a place.
  ///
  /// - Parameters:
  ///   - objects: the repository's own objects.
  ///   - index: its index.
  init(besides objects: String, _ index: String) {
    var made: String?
    for place in Files.temporary("llmos-dry-") where made == nil { made = Self.made(in: place, index) }
    path = made
    guard let path = made else {
      environment = ["GIT_OPTIONAL_LOCKS": "0"]
      return
    }
    // A path in quotes may have a colon in it (git(1)).
    let quoted = objects.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    let others = ["\"\(quoted)\"", System.environment("GIT_ALTERNATE_OBJECT_DIRECTORIES")]
    environment = [
      "GIT_OPTIONAL_LOCKS": "0", "GIT_OBJECT_DIRECTORY": path + "objects",
      "GIT_ALTERNATE_OBJECT_DIRECTORIES": others.compactMap { $0 }.joined(separator: ":"),
    ]
  }

  /// The directory in a place; nil where it cannot be made, or the index does not fit into it.
  private static func made(in place: String, _ index: String) -> String? {
    guard let path = try? Files.makeNewDirectory(place) else { return nil }
    let isMade =
      (try? Files.makeDirectory(path + "objects")) != nil
      && (!Files.exists(index) || Files.copy(index, path + "index"))
    if isMade { return path }
    Files.removeTree(path)
    return nil
  }

  /// - Throws: `Refusal` (73) where something has to be written, and nothing can be.
  func requireFor(_ arguments: [String]) throws(Refusal) {
    guard path == nil, ["update-index", "write-tree", "mktree"].contains(arguments.first) else { return }
    throw Refusal(
      .cannotCreate, "there is no directory in which what is not committed can be compared",
      why: "nothing was changed",
      remedy: "set TMPDIR to a directory that has room, then run the same command again")
  }

  /// Removes it.
  func remove() {
    if let path { Files.removeTree(path) }
  }
}

/// What `git status --porcelain=v2` tells (git-status(1)).
struct RollbackStatus {
  /// Tracked paths whose file differs from the index.
  var changed: [[UInt8]] = []
  /// Tracked paths without a file.
  var removed: [[UInt8]] = []
  /// Tracked paths that differ from HEAD or the index: what is not committed.
  var dirty: [[UInt8]] = []
  /// Files that are neither tracked nor ignored; a repository of its own ends in a slash.
  var untracked: [[UInt8]] = []
  /// Whether the index differs from HEAD.
  var isStaged = false
  /// Whether the index has conflict stages.
  var isUnmerged = false

  /// Reads the output of `-z`.
  ///
  /// - Throws: `Refusal` (70) for a line of an unknown form.
  init(_ output: [UInt8]) throws(Refusal) {
    let space = UInt8(ascii: " ")
    for line in output.split(separator: 0) {
      let kind = line[line.startIndex]
      if kind == UInt8(ascii: "?") {
        untracked.append(Array(line.dropFirst(2)))
        continue
      }
      let fields = kind == UInt8(ascii: "u") ? 10 : 8
      let parts = line.split(separator: space, maxSplits: fields, omittingEmptySubsequences: false)
      guard kind == UInt8(ascii: "1") || kind == UInt8(ascii: "u"), parts.count == fields + 1,
        parts[1].count == 2, let x = parts[1].first, let y = parts[1].last
      else { throw Refusal(.software, "git status printed a line of an unknown form") }
      let path = Array(parts[fields])
      let isUnmerged = kind == UInt8(ascii: "u")
      self.isUnmerged = self.isUnmerged || isUnmerged
      isStaged = isStaged || x != UInt8(ascii: ".")
      if isUnmerged ? parts[6].elementsEqual("000000".utf8) : y == UInt8(ascii: "D") {
        removed.append(path)
      } else if y != UInt8(ascii: ".") || isUnmerged {
        changed.append(path)
      }
      dirty.append(path)
    }
  }
}
