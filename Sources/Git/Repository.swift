import CLibgit2
import Core
import Platform

/// An open repository. The handle never leaves this module: what comes out are values.
///
/// libgit2 is started once a process; see `git_libgit2_init` and `git_repository_open_ext`.
public struct Repository: ~Copyable {
  /// libgit2's; nil where git's plumbing is the way.
  let handle: OpaquePointer?
  /// The other way, where the linked libgit2 does not open the repository's form (docs/adr/0013-any-repository.md).
  let plumbing: Plumbing?

  /// `$GIT_DIR`, with a trailing slash: of a linked worktree its own (`.git/worktrees/<id>/`).
  public let gitDirectory: String
  /// `$GIT_COMMON_DIR`, with a trailing slash.
  public let commonDirectory: String
  /// The worktree's root, with a trailing slash; nil in a bare repository.
  public let workDirectory: String?

  private static let started: Int32 = {
    let status = git_libgit2_init()
    _ = llmos_git_allow_extensions(0)
    _ = llmos_git_strict_objects(0)
    // A ledger is walked once; by default libgit2 would keep 256 MB of it, and it looks through much of what it keeps for
    // what to drop.
    _ = llmos_git_limit_cache(1 << 20)
    return status
  }()

  /// Opens the repository that a git command started in `directory` would use.
  ///
  /// - Parameters:
  ///   - directory: where the search upwards begins.
  ///   - gitDir: the value of `GIT_DIR`, with which nothing is searched.
  ///   - workTree: the value of `GIT_WORK_TREE`.
  ///   - isTrusted: whether git itself has already judged whose repository this is.
  /// - Throws: `GitError`: `.notFound` outside a repository, `.owner` for another user's, otherwise what cannot be
  ///   opened, in libgit2's words.
  public init(
    discovering directory: String, gitDir: String? = nil, workTree: String? = nil, isTrusted: Bool = false
  ) throws(GitError) {
    try check(Self.started, "start libgit2")
    _ = llmos_git_validate_owner(isTrusted ? 0 : 1)
    let opened: OpaquePointer?
    do {
      opened = try Self.opened(gitDir ?? directory, isSearched: gitDir == nil)
    } catch {
      guard !error.isOfAnotherUser,
        let found = Discovery(discovering: directory, gitDir: gitDir, workTree: workTree),
        found.format.hasExtensions
      else { throw error }
      guard isTrusted || found.isOwn else { throw .anotherUsers(found.gitDirectory) }
      (handle, plumbing) = (nil, Plumbing(found))
      gitDirectory = found.gitDirectory
      commonDirectory = found.commonDirectory
      workDirectory = found.workDirectory
      return
    }
    // What a commit's parents are, the commit says. libgit2 would sum up the whole commit-graph file before it reads one
    // of them: 15 ms where there are 100,000 commits, at each call of a hook.
    let status = llmos_git_forget_commit_graph(opened)
    if status < 0 {
      defer { git_repository_free(opened) }
      try check(status, "open the object database")
    }
    var root = workTree
    if root == nil { root = try Self.implied(opened, gitDir, directory) }
    // git takes a linked worktree for where it has found it; libgit2 goes where the git directory points, which is
    // somewhere else when the worktree was moved or copied by hand.
    if root == nil, gitDir == nil, git_repository_is_worktree(opened) == 1 {
      root = Discovery(discovering: directory, gitDir: nil, workTree: nil)?.workDirectory
    }
    if let root {
      let status = root.withRawCString { git_repository_set_workdir(opened, $0, 0) }
      if status < 0 {
        defer { git_repository_free(opened) }
        try check(status, "use the worktree \(root)")
      }
    }
    let place = String(rawCString: git_repository_path(opened))
    let workDirectory = git_repository_workdir(opened).map { String(rawCString: $0) }
    if llmos_git_asks_for_owner() == 0, !isTrusted,
      !([place, workDirectory].compactMap { $0 }).allSatisfy(Files.isOwn)
    {
      git_repository_free(opened)
      throw .anotherUsers(place)
    }
    (handle, plumbing) = (opened, nil)
    gitDirectory = place
    commonDirectory = String(rawCString: git_repository_commondir(opened))
    self.workDirectory = workDirectory
  }

  deinit {
    git_repository_free(handle)
  }

  /// libgit2's way to open a repository. Where an extension says what is so anyway (`refStorage=files`), it is named to it.
  private static func opened(_ place: String, isSearched: Bool) throws(GitError) -> OpaquePointer? {
    var opened: OpaquePointer?
    let flags = isSearched ? 0 : GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue
    // Where git stops to look for a repository further up (git(1)).
    let ceilings = isSearched ? System.environment("GIT_CEILING_DIRECTORIES") : nil
    let open = {
      place.withRawCString { place in
        guard let ceilings else { return git_repository_open_ext(&opened, place, flags, nil) }
        return ceilings.withRawCString { git_repository_open_ext(&opened, place, flags, $0) }
      }
    }
    do {
      try check(open(), "open \(place)")
    } catch {
      if isSearched, error.code == .notFound, let root = Discovery.root(from: place) {
        return try Self.opened(root, isSearched: false)
      }
      guard error.message.lowercased().contains("refstorage"),
        let found = Discovery(
          discovering: place, gitDir: isSearched ? nil : place, workTree: nil),
        found.format.references == .files
      else { throw error }
      _ = llmos_git_allow_extensions(1)
      defer { _ = llmos_git_allow_extensions(0) }
      try check(open(), "open \(place)")
    }
    return opened
  }

  /// With `GIT_DIR` set and nothing that names a worktree, the current directory is its root (git(1),
  /// "GIT_WORK_TREE"); libgit2 would take the directory above the git directory.
  private static func implied(
    _ opened: OpaquePointer?, _ gitDir: String?, _ directory: String
  ) throws(GitError) -> String? {
    guard gitDir != nil, git_repository_is_bare(opened) == 0, let here = Files.real(directory) else {
      return nil
    }
    // receive-pack runs its hooks inside the git directory.
    if (here + "/").hasPrefix(String(rawCString: git_repository_path(opened))) { return nil }
    var config: OpaquePointer?
    try check(git_repository_config_snapshot(&config, opened), "read the configuration")
    defer { git_config_free(config) }
    var value: UnsafePointer<CChar>?
    return git_config_get_string(&value, config, "core.worktree") == 0 ? nil : directory
  }

  /// Asks the git that is at hand whether it opens the repository, too.
  ///
  /// - Throws: `GitError`: `.unknownFormat`, `.noGit`.
  public func requireOpenedByGit() throws(GitError) {
    let place = plumbing == nil ? Discovery(discovering: ".", gitDir: gitDirectory, workTree: nil) : nil
    let git = plumbing ?? place.map { Plumbing($0) }
    _ = try git?.run(["rev-parse", "--git-dir"], "open \(gitDirectory)")
  }

  /// Bytes of an object's name: 20 of SHA-1, 32 of SHA-256.
  public var objectWidth: Int { plumbing?.width ?? Int(llmos_git_repository_width(handle)) }

  /// Lets objects be found in another directory too: where a server keeps those of a push that it has not
  /// accepted yet (git-receive-pack(1), "QUARANTINE ENVIRONMENT").
  public func addObjects(in directory: String) throws(GitError) {
    // git tells its children by itself (git(1), `GIT_OBJECT_DIRECTORY`).
    guard plumbing == nil else { return }
    var odb: OpaquePointer?
    try check(git_repository_odb(&odb, handle), "open the object database")
    defer { git_odb_free(odb) }
    try check(
      directory.withRawCString { git_odb_add_disk_alternate(odb, $0) }, "read the objects in \(directory)")
  }

  /// The id of a linked worktree (the last part of `.git/worktrees/<id>`); nil in the main one.
  public var linkedWorktree: String? {
    guard plumbing == nil ? git_repository_is_worktree(handle) == 1 : gitDirectory != commonDirectory else {
      return nil
    }
    return gitDirectory.pathParts.last
  }

  /// A merge, rebase, cherry-pick, revert, am or bisect that git has begun and not ended; nil when none.
  public var operationInProgress: String? {
    if let plumbing { return plumbing.operationInProgress }
    return switch git_repository_state_t(rawValue: UInt32(bitPattern: git_repository_state(handle))) {
    case GIT_REPOSITORY_STATE_NONE: nil
    case GIT_REPOSITORY_STATE_MERGE: "merge"
    case GIT_REPOSITORY_STATE_REVERT, GIT_REPOSITORY_STATE_REVERT_SEQUENCE: "revert"
    case GIT_REPOSITORY_STATE_CHERRYPICK, GIT_REPOSITORY_STATE_CHERRYPICK_SEQUENCE: "cherry-pick"
    case GIT_REPOSITORY_STATE_BISECT: "bisect"
    case GIT_REPOSITORY_STATE_APPLY_MAILBOX: "am"
    default: "rebase"
    }
  }

  /// The names of the configured remotes.
  public func remotes() throws(GitError) -> [String] {
    if let plumbing { return try plumbing.remotes() }
    var names = git_strarray()
    try check(git_remote_list(&names, handle), "list the remotes")
    defer { git_strarray_dispose(&names) }
    return (0..<names.count).compactMap { names.strings[$0].map { String(rawCString: $0) } }
  }

  /// A configuration value as git reads it (system, global, local); nil when it is not set.
  public func configuration(_ key: String) throws(GitError) -> String? {
    if let plumbing { return try plumbing.configuration(key) }
    var config: OpaquePointer?
    try check(git_repository_config_snapshot(&config, handle), "read the configuration")
    defer { git_config_free(config) }
    var value: UnsafePointer<CChar>?
    let status = key.withRawCString { git_config_get_string(&value, config, $0) }
    if status == GIT_ENOTFOUND.rawValue { return nil }
    try check(status, "read \(key)")
    return value.map { String(rawCString: $0) }
  }

  /// A boolean of the configuration (git-config(1), "Values"); nil when it is not set.
  ///
  /// - Throws: `GitError` for a value that is none.
  public func flag(_ key: String) throws(GitError) -> Bool? {
    if let plumbing { return try plumbing.flag(key) }
    var config: OpaquePointer?
    try check(git_repository_config_snapshot(&config, handle), "read the configuration")
    defer { git_config_free(config) }
    var value: Int32 = 0
    let status = key.withRawCString { git_config_get_bool(&value, config, $0) }
    if status == GIT_ENOTFOUND.rawValue { return nil }
    try check(status, "read \(key) as true or false")
    return value != 0
  }
}
