import Core
import Git
import Platform

/// The merges that git makes by itself, as anybody gets them: `git merge-tree --write-tree` in a throw-away bare
/// repository that borrows the objects (gitrepository-layout(5), "alternates"), with fixed settings and without any
/// configuration or attributes from outside the trees.
struct AutomaticMerges: ~Copyable {
  private let directory: String
  /// The throw-away repository: what it writes is gone with it.
  private let scratch: Repository

  /// - Throws: `Refusal` (73) where it cannot be made.
  init(borrowingFrom repository: borrowing Repository) throws {
    let directory = try Self.directory(borrowingFrom: repository)
    do {
      scratch = try Repository(discovering: directory, gitDir: directory, isTrusted: true)
    } catch {
      Files.removeTree(directory)
      throw error
    }
    self.directory = directory
  }

  /// Makes the repository's files: below ours, or, where that cannot be written or is full, for a moment elsewhere. What
  /// only reads needs no room there.
  private static func directory(borrowingFrom repository: borrowing Repository) throws(Refusal) -> String {
    let objects = (Repository.objectsElsewhere + [repository.commonDirectory + "objects"]).map(Files.resolved)
    let files = [
      ("HEAD", "ref: refs/heads/none\n"), ("config", settings(repository.objectWidth)),
      ("objects/info/alternates", objects.map { $0 + "\n" }.joined()),
    ]
    let own = repository.commonDirectory + Layout.merges.path
    var failure: Refusal?
    for place in [own] + Files.temporary("llmos-merges-") {
      do {
        if place == own { try Files.makeDirectory(repository.commonDirectory + Layout.name) }
        return try Self.made(in: Files.makeNewDirectory(place), files)
      } catch {
        failure = failure ?? error
      }
    }
    throw failure ?? Refusal(.cannotCreate, "there is no directory in which git can merge")
  }

  private static func made(in directory: String, _ files: [(name: String, text: String)]) throws(Refusal)
    -> String
  {
    do {
      for name in ["objects", "objects/info", "refs"] { try Files.makeDirectory(directory + name) }
      for (name, text) in files {
        try Files.replace(directory + name, with: Array(text.utf8), scratch: directory)
      }
    } catch {
      Files.removeTree(directory)
      throw error
    }
    return directory
  }

  deinit { Files.removeTree(directory) }

  private static func settings(_ objectWidth: Int) -> String {
    objectWidth == 20
      ? "[core]\n\trepositoryformatversion = 0\n" + settings
      : "[extensions]\n\tobjectFormat = sha256\n[core]\n\trepositoryformatversion = 1\n" + settings
  }

  private static let settings = """
    \tbare = true
    \tautocrlf = false
    \tattributesFile = /dev/null
    [merge]
    \trenames = true
    \trenameLimit = 7000
    \tdirectoryRenames = conflict
    \tconflictStyle = merge
    [diff]
    \trenames = true

    """

  /// Two commits to be merged.
  struct Pair: Hashable {
    let ours: ObjectID
    let theirs: ObjectID
  }

  /// The trees of merges, in order; nil where a merge has conflicts, or a commit of it is not there. Where the state file
  /// would be in conflict, both sides are merged without it: which of its bytes hold is the ledger's to say.
  ///
  /// - Throws: `Refusal`: 69 where git is older than 2.38, which cannot tell.
  func trees(of pairs: [Pair]) throws -> [ObjectID?] {
    var results = try merged(pairs)
    let again = results.indices.filter { results[$0].isStateInConflict }
    let plain = try again.map { index in
      Pair(ours: try withoutState(of: pairs[index].ours), theirs: try withoutState(of: pairs[index].theirs))
    }
    for (index, result) in zip(again, try merged(plain)) { results[index] = result }
    return results.map(\.tree)
  }

  /// What `git merge-tree --stdin` says of a merge.
  private struct Merged {
    /// nil where it has conflicts, or a commit of it is not there.
    var tree: ObjectID?
    /// Whether the state file is among the paths in conflict.
    var isStateInConflict = false
  }

  private func merged(_ pairs: [Pair]) throws -> [Merged] {
    var found = [Merged](repeating: Merged(), count: pairs.count)
    // git ends at the first name that it does not find.
    let asked = try pairs.indices.filter {
      try scratch.contains(pairs[$0].ours) && scratch.contains(pairs[$0].theirs)
    }
    guard !asked.isEmpty else { return found }
    var setup = Child.Setup()
    setup.environment = Self.environment
    setup.input = .bytes(Array(asked.map { "\(pairs[$0].ours) \(pairs[$0].theirs)\n" }.joined().utf8))
    setup.errors = .kept
    let ending = try Child.run(
      [
        "git", "--git-dir=" + directory, "merge-tree", "--write-tree", "--stdin", "--no-messages",
        "--allow-unrelated-histories",
      ], setup)
    let results = Self.results(in: ending.output)
    guard results.count == asked.count else {
      throw Self.isTooOld(ending)
    }
    for (index, result) in zip(asked, results) { found[index] = result }
    return found
  }

  /// A commit on top of another that takes the state file out.
  private func withoutState(of commit: ObjectID) throws -> ObjectID {
    try self.commit(withoutState(scratch.commit(commit).tree), [commit])
  }

  /// A merge as git leaves it by itself: where it has conflicts, both sides stand in the files, between marks.
  struct Left {
    let tree: ObjectID
    /// The paths in conflict.
    let conflicts: [String]
  }

  /// What a merge leaves; nil where a commit of it is not there.
  ///
  /// - Throws: `Refusal`: 69 where git is older than 2.38, which cannot tell.
  func left(by pair: Pair) throws -> Left? {
    guard try scratch.contains(pair.ours), try scratch.contains(pair.theirs) else { return nil }
    let ending = try run([
      "merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", "--allow-unrelated-histories",
      pair.ours.description, pair.theirs.description,
    ])
    let fields = ending.output.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    // git-merge-tree(1), "EXIT STATUS": 1 with conflicts.
    guard [0, 1].contains(ending.code), let tree = fields.first.flatMap({ ObjectID(hex: $0) }) else {
      throw Self.isTooOld(ending)
    }
    return Left(tree: tree, conflicts: Array(fields.dropFirst()))
  }

  /// How two trees differ, as a patch, but for the state file.
  ///
  /// - Parameter color: whether it gets colours for a terminal.
  func difference(from old: ObjectID, to new: ObjectID, color: Bool) throws -> [UInt8] {
    let ending = try run([
      "diff-tree", "-r", "-p", "--find-renames", "--no-ext-diff", "--no-textconv",
      color ? "--color=always" : "--no-color", old.description, new.description, "--", ".",
      ":(exclude,top,literal)" + StatePath.name,
    ])
    guard ending.code == 0 else {
      throw Refusal(
        .io, "git cannot compare two trees: " + (ending.errors.split(separator: "\n").first ?? ""))
    }
    return ending.output
  }

  private func run(_ words: [String]) throws -> Child.Ending {
    var setup = Child.Setup()
    (setup.environment, setup.errors) = (Self.environment, .kept)
    return try Child.run(["git", "--git-dir=" + directory] + words, setup)
  }

  private static func isTooOld(_ ending: Child.Ending) -> Refusal {
    // What an older git answers is how it wants to be called.
    let words = ending.errors.split(separator: "\n").first.flatMap {
      $0.hasPrefix("usage: ") ? nil : ": " + $0
    }
    return Refusal(
      .unavailable, "git cannot merge trees by itself" + (words ?? ""),
      why: "git merge-tree --write-tree --stdin is needed", remedy: "install git 2.39 or newer")
  }

  /// A change that is to be made again elsewhere: what leads from one tree to another, on top of a third.
  struct Replay: Hashable {
    let base: ObjectID
    let theirs: ObjectID
    let ours: ObjectID
  }

  /// The trees of replayed changes, in order; nil where one has conflicts.
  ///
  /// Commits of the throw-away repository give each merge the base that is wanted; `--merge-base` came with git 2.40.
  func trees(of replays: [Replay]) throws -> [ObjectID?] {
    try trees(
      of: replays.map { replay in
        let base = try commit(replay.base, [])
        return Pair(ours: try commit(replay.ours, [base]), theirs: try commit(replay.theirs, [base]))
      })
  }

  /// A tree without the state file, whose bytes are the ledger's to say.
  func withoutState(_ tree: ObjectID) throws -> ObjectID {
    try scratch.tree(tree, replacing: [StatePath.name: nil])
  }

  private func commit(_ tree: ObjectID, _ parents: [ObjectID]) throws -> ObjectID {
    let nobody = Signature.engine(at: 0)
    return try scratch.write(
      commitOf: tree, parents: parents, author: nobody, committer: nobody, message: "scratch\n")
  }

  /// Nothing of the caller's decides how git merges.
  private static let environment: [String: String?] = {
    var changes: [String: String?] = [
      "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_ATTR_NOSYSTEM": "1", "LC_ALL": "C",
      "GIT_NO_REPLACE_OBJECTS": "1", "GIT_GRAFT_FILE": "/dev/null",
    ]
    for name in System.environment.keys
    where name.hasPrefix("GIT_") && changes[name] == nil && !["GIT_EXEC_PATH", "GIT_TRACE"].contains(name) {
      changes[name] = .some(nil)
    }
    return changes
  }()

  /// Reads what `--stdin` prints: for each merge 1 or 0, the tree, where there were conflicts what is in conflict, and an
  /// empty field.
  private static func results(in output: [UInt8]) -> [Merged] {
    var results: [Merged] = []
    var fields = output.split(separator: 0, omittingEmptySubsequences: false)[...]
    while fields.count >= 3 {
      let isClean = fields.popFirst()?.elementsEqual("1".utf8) == true
      let tree = fields.popFirst().flatMap { ObjectID(hex: String(decoding: $0, as: UTF8.self)) }
      var result = Merged(tree: isClean ? tree : nil)
      while let field = fields.popFirst(), !field.isEmpty {
        // `MODE ID STAGE TAB PATH` (git-merge-tree(1), "Conflicted file info").
        let path = field.drop { $0 != UInt8(ascii: "\t") }.dropFirst()
        if path.elementsEqual(StatePath.name.utf8) { result.isStateInConflict = true }
      }
      results.append(result)
    }
    return results
  }
}
