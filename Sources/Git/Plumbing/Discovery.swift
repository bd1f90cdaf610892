import CLibgit2
import Core
import Platform

/// Where a repository lies and of what form it is, found as git finds it (git(1), "GIT_DIR"; gitrepository-layout(5)),
/// without opening it: for the forms that the linked libgit2 does not open.
struct Discovery {
  let gitDirectory: String
  let commonDirectory: String
  let workDirectory: String?
  let format: Format

  /// What the configuration says of the form (git-config(1), `extensions.*`).
  struct Format: Hashable {
    /// Bytes of an object's name: 20 or 32.
    var width = 20
    var references = References.files
    /// Whether the names of the extensions say anything at all.
    var hasExtensions = false
    /// Whether we know what they say: that objects lie where they always did. Else git is asked for each.
    var isKnown = false

    enum References: Hashable {
      case files
      case reftable
      /// To be asked of git.
      case other
    }
  }

  /// Finds the repository that a git command started in `directory` would use; nil when there is none.
  ///
  /// - Parameters: as `Repository.init` has them.
  init?(discovering directory: String, gitDir: String?, workTree: String?) {
    var found: String
    var root: String?
    if let named = gitDir.flatMap(Self.real) {
      found = named
      // receive-pack runs its hooks inside the git directory.
      root = Self.real(directory).flatMap { $0.hasPrefix(named) ? nil : $0 }
    } else {
      guard let place = Self.search(from: directory) else { return nil }
      (found, root) = place
    }
    gitDirectory = found
    commonDirectory =
      Files.line(found + "commondir").flatMap { Self.real(Self.absolute($0, in: found)) } ?? found
    var settings = Settings(commonDirectory + "config")
    if settings["extensions.worktreeconfig"].map(Self.isTrue) ?? false {
      settings.add(found + "config.worktree", GIT_CONFIG_LEVEL_APP)
    }
    format = Format(settings)
    workDirectory = Self.root(of: found, settings, root, workTree)
  }

  /// Whether it is the caller's own, as git asks for (git-config(1), `safe.directory`).
  var isOwn: Bool { ([gitDirectory] + [workDirectory].compactMap { $0 }).allSatisfy(Files.isOwn) }

  /// What git wants to see in `safe.directory` for the repository that is found from a directory.
  static func safeDirectory(from directory: String) -> String? {
    let found = Discovery(
      discovering: directory, gitDir: System.environment("GIT_DIR"),
      workTree: System.environment("GIT_WORK_TREE"))
    return found.map { String(Substring(($0.workDirectory ?? $0.gitDirectory).utf8.dropLast())) }
  }

  /// What hides whether there is a repository above a directory: the first path that we may not look at.
  static func hidden(from directory: String) -> String? {
    guard var path = real(directory) else { return directory }
    while true {
      for name in [".git", ".git/HEAD", ".git/objects", ".git/refs"]
      where SystemFailure(hiding: path + name) != nil {
        return path + name
      }
      guard path != "/" else { return nil }
      path = Files.directory(of: path)
    }
  }

  /// The worktree's root; nil in a bare repository.
  ///
  /// - Parameter here: the directory that has `.git`, be it a file that names another place, or a link to it; with `GIT_DIR`
  ///   the current one.
  private static func root(
    of gitDirectory: String, _ settings: borrowing Settings, _ here: String?, _ workTree: String?
  ) -> String? {
    if let workTree { return real(workTree) }
    // Of a linked worktree nothing counts but where it was found, as for git: it may have been moved by hand, and what the
    // configuration says is the main one's.
    if let file = Files.line(gitDirectory + "gitdir") {
      return here ?? real(Files.directory(of: absolute(file, in: gitDirectory)))
    }
    if let configured = settings["core.worktree"] { return real(absolute(configured, in: gitDirectory)) }
    guard settings["core.bare"].map(isTrue) != true else { return nil }
    let name = "/.git/".utf8
    let isPlain = gitDirectory.utf8.suffix(name.count).elementsEqual(name)
    return here ?? (isPlain ? String(Substring(gitDirectory.utf8.dropLast(name.count - 1))) : nil)
  }

  /// The repository of the file system's root, where the search from a directory ends there: from further down libgit2
  /// does not look into it.
  static func root(from directory: String) -> String? {
    let found = search(from: directory)?.found
    return found == "/.git/" ? found : nil
  }

  /// The git directory, and the directory that has it as its `.git`, if one has.
  private static func search(from directory: String) -> (found: String, root: String?)? {
    guard var path = real(directory) else { return nil }
    let ceilings = Set(
      (System.environment("GIT_CEILING_DIRECTORIES") ?? "").split(separator: ":").compactMap {
        real(String($0))
      })
    while true {
      let own = path + ".git"
      if isGitDirectory(own + "/") { return real(own).map { ($0, path) } }
      if let named = Files.line(own), named.hasPrefix("gitdir: ") {
        return real(absolute(String(named.dropFirst(8)), in: path)).map { ($0, path) }
      }
      if isGitDirectory(path) { return (path, nil) }
      guard path != "/" else { return nil }
      path = Files.directory(of: path)
      if ceilings.contains(path) { return nil }
    }
  }

  private static func isGitDirectory(_ path: String) -> Bool {
    Files.exists(path + "HEAD")
      && (Files.exists(path + "commondir")
        || Files.isDirectory(path + "objects") && Files.isDirectory(path + "refs"))
  }

  private static func absolute(_ path: String, in directory: String) -> String {
    path.hasPrefix("/") ? path : directory + path
  }

  private static func real(_ path: String) -> String? {
    Files.real(path).map { $0.hasSuffix("/") ? $0 : $0 + "/" }
  }

  static func isTrue(_ value: String) -> Bool { ["true", "yes", "on", "1", ""].contains(value.lowercased()) }
}

extension Discovery.Format {
  /// git-config(1), `extensions.*`.
  private static let known: Set<String> = [
    "compatobjectformat", "noop", "noop-v1", "objectformat", "partialclone", "preciousobjects", "refstorage",
    "relativeworktrees", "submodulepathconfig", "worktreeconfig",
  ]

  fileprivate init(_ settings: borrowing Settings) {
    if settings["extensions.objectformat"]?.lowercased() == "sha256" { width = 32 }
    let extensions = settings.extensions
    hasExtensions = !extensions.isEmpty
    isKnown =
      Self.known.isSuperset(of: extensions)
      && ["0", "1"].contains(settings["core.repositoryformatversion"] ?? "0")
    switch settings["extensions.refstorage"] {
    case nil, "files": references = .files
    case "reftable": references = .reftable
    default: references = .other
    }
  }
}

/// One repository's own configuration, read by libgit2's reader.
private struct Settings: ~Copyable {
  private var config: OpaquePointer?

  init(_ path: String) {
    git_config_new(&config)
    add(path, GIT_CONFIG_LEVEL_LOCAL)
  }

  deinit { git_config_free(config) }

  /// A level is one file.
  mutating func add(_ path: String, _ level: git_config_level_t) {
    _ = path.withRawCString { git_config_add_file_ondisk(config, $0, level, nil, 1) }
  }

  subscript(key: String) -> String? {
    var value = git_buf()
    guard git_config_get_string_buf(&value, config, key) == 0 else { return nil }
    defer { git_buf_dispose(&value) }
    return value.ptr.map { String(rawCString: $0) }
  }

  /// What stands below `extensions.`, in lower case.
  var extensions: [String] {
    var iterator: OpaquePointer?
    guard git_config_iterator_glob_new(&iterator, config, "^extensions\\.") == 0 else { return [] }
    defer { git_config_iterator_free(iterator) }
    var entry: UnsafeMutablePointer<git_config_entry>?
    var names: [String] = []
    while git_config_next(&entry, iterator) == 0, let name = entry?.pointee.name {
      names.append(String(rawCString: name).dropFirst(11).lowercased())
    }
    return names
  }
}
