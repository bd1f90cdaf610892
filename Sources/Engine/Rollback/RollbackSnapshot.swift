import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// Worktree and index at one moment, as trees. The rollback's own index then has every file that a
/// move could touch, with its times, so that git refuses to overwrite one that changes from here on.
struct RollbackSnapshot {
  /// The index; of a conflict, our side.
  let indexTree: ObjectID
  /// The tracked files, and those in the way, as they are in the worktree.
  let tree: ObjectID
  /// Uncommitted paths, the state file left out.
  let dirty: [[UInt8]]
  /// Untracked files in the way.
  let inTheWay: [[UInt8]]
  /// Untracked files, not ignored, that are not in the way.
  let untracked: [[UInt8]]
  /// The conflict stages (git-update-index(1), `--index-info`); nil when there are none.
  let stages: [UInt8]?
  /// A nested repository in the way; nil when there is none.
  let foreignRepository: String?
  /// Paths that differ between the worktree and the first destination.
  let files: Int

  /// Where the first destination needs room, and what stood there: tracked, or taken into the tree.
  private let room: [Difference]
  private let known: Set<[UInt8]>

  /// Whether anything would be replaced.
  var isDirty: Bool { !dirty.isEmpty || !inTheWay.isEmpty }

  /// Looks at everything once.
  ///
  /// - Parameters:
  ///   - destinations: trees to which the worktree may have to go.
  ///   - head: HEAD's tree.
  init(
    _ index: RollbackIndex, _ repository: borrowing Repository, head: ObjectID, destinations: [ObjectID]
  ) throws {
    // Both at once, since the worktree is most often that of HEAD.
    let ahead = try index.start(Self.comparison(head, destinations[0]))
    // -uall: files, not directories. A submodule's own changes are never touched.
    let printed = Result { () throws(Refusal) in
      try index.git([
        "status", "--porcelain=v2", "-z", "--untracked-files=all", "--no-renames",
        "--ignore-submodules=dirty", "--no-ahead-behind",
      ])
    }
    let fromHead = ahead.finish()
    let status = try RollbackStatus(printed.get())
    let state = Array(StatePath.name.utf8)
    stages = status.isUnmerged ? try index.git(["ls-files", "-u", "-z", "--full-name"]) : nil
    if let stages {
      indexTree = try Self.resolved(stages, index)
    } else {
      indexTree = status.isStaged ? try index.tree() : head
    }
    try index.leaveOut(status.removed)
    try index.take(status.changed)
    var tree = status.changed.isEmpty && status.removed.isEmpty ? indexTree : try index.tree()
    var needs = Needs()
    for (position, destination) in destinations.enumerated() {
      let comparison = Self.comparison(tree, destination)
      needs.add(
        try position == 0 && tree == head ? index.output(of: fromHead, comparison) : index.git(comparison),
        in: index.worktree, isFirst: position == 0)
    }
    foreignRepository = needs.foreignRepository
    inTheWay = needs.paths.sorted { $0.lexicographicallyPrecedes($1) }
    if !inTheWay.isEmpty, foreignRepository == nil {
      try index.take(inTheWay)
      tree = try index.tree()
    }
    self.tree = tree
    (files, room, known) = (needs.files, needs.room, needs.known)
    dirty = status.dirty.filter { $0 != state }
    let displaced = needs.paths
    untracked = status.untracked.filter { !displaced.contains($0) && $0.last != UInt8(ascii: "/") }
  }

  /// What the destinations need of the worktree.
  private struct Needs {
    /// Untracked files in the way of any destination.
    var paths: Set<[UInt8]> = []
    var foreignRepository: String?
    /// Paths that differ from the first destination.
    var files = 0
    /// Where the first destination needs room, and what stands there.
    var room: [Difference] = []
    var known: Set<[UInt8]> = []

    /// Takes what `git diff-tree` printed of one destination.
    mutating func add(_ output: [UInt8], in worktree: String, isFirst: Bool) {
      let (count, differences) = RollbackSnapshot.differences(output)
      let state = Array(StatePath.name.utf8)
      let needy = differences.filter { $0.needsRoom && $0.path != state }
      var found = InTheWay(worktree: worktree)
      for difference in needy { found.look(for: difference.path, isGitlink: difference.isGitlink) }
      if isFirst { (files, room, known) = (count, needy, found.paths) }
      // git itself removes what it tracks there.
      if !found.paths.isEmpty { found.paths.subtract(differences.filter(\.isRemoved).map(\.path)) }
      paths.formUnion(found.paths)
      foreignRepository = foreignRepository ?? found.foreignRepository
    }
  }

  /// A file that has appeared since where the first destination needs room; nil when there is none.
  ///
  /// To be called right before the move: git itself removes an ignored file without a word.
  func arrival(_ index: RollbackIndex) -> String? {
    var found = InTheWay(worktree: index.worktree)
    for difference in room { found.look(for: difference.path, isGitlink: difference.isGitlink) }
    if let path = found.foreignRepository, path != foreignRepository { return path }
    return found.paths.first { !known.contains($0) }.map { String(raw: $0) }
  }

  /// One line of `git diff-tree` (gitdiffcore's raw format).
  private struct Difference {
    let path: [UInt8]
    /// Whether the destination has something where the worktree's tracked files have nothing, or a thing
    /// of another type.
    let needsRoom: Bool
    let isGitlink: Bool
    /// Whether the destination has nothing there.
    let isRemoved: Bool
  }

  private static func comparison(_ from: ObjectID, _ to: ObjectID) -> [String] {
    ["diff-tree", "-r", "-z", "--no-renames", from.description, to.description]
  }

  private static func differences(_ output: [UInt8]) -> (count: Int, notable: [Difference]) {
    var count = 0
    var found: [Difference] = []
    // Tens of thousands of lines, of which nearly all are plain changes: those are only counted.
    output.withUnsafeBufferPointer { bytes in
      var start = 0
      while let end = bytes[start...].firstIndex(of: 0), let next = bytes[(end + 1)...].firstIndex(of: 0) {
        let path = bytes[(end + 1)..<next]
        if !path.elementsEqual(StatePath.name.utf8) { count += 1 }
        let kind = bytes[end - 1]
        if kind != UInt8(ascii: "M") {
          found.append(
            Difference(
              path: Array(path), needsRoom: kind == UInt8(ascii: "A") || kind == UInt8(ascii: "T"),
              isGitlink: bytes[(start + 8)..<end].starts(with: "160000".utf8),
              isRemoved: kind == UInt8(ascii: "D")))
        }
        start = next + 1
      }
    }
    return (count, found)
  }

  /// The tree of an index with conflicts, each resolved as ours, else theirs, else the base.
  private static func resolved(_ stages: [UInt8], _ index: RollbackIndex) throws(Refusal) -> ObjectID {
    let tab = UInt8(ascii: "\t")
    var best: [[UInt8]: (rank: Int, line: ArraySlice<UInt8>)] = [:]
    for line in stages.split(separator: 0) {
      guard let end = line.firstIndex(of: tab), end - line.startIndex == 9 + 2 * index.objectWidth else {
        continue
      }
      let rank = [0, 1, 3, 2][Int(line[end - 1]) & 3]
      let path = Array(line[(end + 1)...])
      if rank >= best[path]?.rank ?? -1 { best[path] = (rank, line[..<(end - 2)]) }
    }
    let copy = index.home + "index-resolved"
    Files.remove(copy)
    guard Files.linkOrCopy(index.own, copy) else { throw index.failure("copy the index") }
    defer { Files.remove(copy) }
    var input: [UInt8] = []
    for (path, choice) in best {
      input += index.removal + path + [0]
      input += Array(choice.line) + [tab] + path + [0]
    }
    try index.git(["update-index", "-z", "--index-info"], index: copy, input: input)
    return try index.tree(index: copy)
  }
}

/// The files that are where a destination has files, symlinks or directories of its own.
private struct InTheWay {
  let worktree: String
  var paths: Set<[UInt8]> = []
  var foreignRepository: String?
  /// Directories that are known to exist, or not to.
  private var passable: Set<[UInt8]> = []
  private var absent: Set<[UInt8]> = []

  init(worktree: String) {
    self.worktree = worktree
  }

  mutating func look(for path: [UInt8], isGitlink: Bool) {
    let slash = UInt8(ascii: "/")
    for end in path.indices where path[end] == slash {
      let parent = Array(path[..<end])
      if passable.contains(parent) { continue }
      if absent.contains(parent) { return }
      switch kind(parent) {
      case nil:
        absent.insert(parent)
        return
      case .directory: passable.insert(parent)
      case .other:
        // A file or a symlink, where a directory will be.
        paths.insert(parent)
        return
      }
    }
    switch kind(path) {
    case nil: return
    case .directory: if !isGitlink { collect(path) }
    case .other: paths.insert(path)
    }
  }

  /// All files below a directory.
  private mutating func collect(_ directory: [UInt8]) {
    let names = Files.byteNames(in: worktree.rawBytes + directory)
    if names.contains(Array(".git".utf8)) {
      foreignRepository = String(raw: directory)
      return
    }
    for name in names {
      let path = directory + [UInt8(ascii: "/")] + name
      if kind(path) == .directory { collect(path) } else { paths.insert(path) }
    }
  }

  private func kind(_ path: [UInt8]) -> Files.Kind? { Files.kind(worktree.rawBytes + path) }
}
