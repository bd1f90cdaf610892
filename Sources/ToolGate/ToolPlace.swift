import Core
import Shell

/// Where a tool call happens.
public struct ToolPlace {
  /// The worktree's root, without a trailing slash.
  public var root: String
  /// The directory in which a command starts: absolute, without a trailing slash.
  public var directory: String
  /// Directories of git's own: absolute, without a trailing slash.
  public var gitDirectories: [String]
  /// What is asked of the worktree, where a decision needs it.
  public var facts: WorktreeFacts

  /// A place of these parts.
  public init(
    root: String, directory: String, gitDirectories: [String] = [], facts: WorktreeFacts = WorktreeFacts()
  ) {
    self.root = root
    self.directory = directory
    self.gitDirectories = gitDirectories
    self.facts = facts
  }

  /// A path from the worktree's root, with `.` and `..` resolved without reading the disk; nil outside of it. The
  /// root itself is the empty path.
  func relative(_ path: String, from directory: String? = nil) -> String? {
    ShellPath.relative(ShellPath.normal(path, in: directory ?? self.directory), to: root)
  }

  /// Whether the call happens outside of this worktree.
  var isElsewhere: Bool { !ShellPath.isInside(directory, root) }

  /// Whether an absolute path lies in a directory of git's own.
  func isGitFile(_ path: String) -> Bool { gitDirectories.contains { ShellPath.isInside(path, $0) } }
}

/// What a decision may have to know of the worktree, asked only where it has to. Paths are relative to the root where
/// nothing else is said. Nothing is changed.
public struct WorktreeFacts {
  /// What lies at an absolute path.
  public enum Kind: Sendable {
    case file, directory
  }

  /// Whether git ignores a path, and does not track it.
  public var isIgnored: (String) -> Bool = { _ in false }
  /// Whether HEAD has a file at a path, or below it.
  public var isTracked: (String) -> Bool = { _ in true }
  /// What lies at an absolute path; nil where nothing does.
  public var kind: (String) -> Kind? = { _ in nil }
  /// An absolute path with its symlinks followed, as far as it exists.
  public var real: (String) -> String = { $0 }
  /// The absolute paths that a pattern stands for; nil where that cannot be told.
  public var names: (String) -> [String]? = { _ in nil }
  /// The first file below a directory whose name matches a pattern and that git does not ignore. Both absolute and as
  /// the shell has them; nil where there is none.
  public var firstFile: (_ below: String, _ pattern: String) -> String? = { _, _ in nil }
  /// The text of a small file at an absolute path.
  public var text: (String) -> String? = { _ in nil }
  /// Whether a revision is the commit that HEAD has.
  public var isHead: (String) -> Bool = { ["HEAD", "@"].contains($0) }
  /// The paths in which a revision differs from HEAD, as far as pathspecs take them; nil where that cannot be told.
  /// The pathspecs are as git takes them in a directory.
  public var changed: (_ revision: String, _ pathspecs: [String], _ directory: String) -> [String]? = {
    _, _, _ in
    nil
  }
  /// Whether only the engine runs a script.
  public var isScript: (String) -> Bool = { _ in false }
  /// The branch that is checked out, in short; nil where there is none.
  public var branch: () -> String? = { nil }
  /// A remote's default branch, in short.
  public var defaultBranch: (_ remote: String) -> String? = { _ in nil }
  /// The root of the repository in which an absolute path lies; nil where there is none.
  public var root: (String) -> String? = { _ in nil }

  /// Facts of which none is known.
  public init() {}
}

/// What a tool call would lose that was never committed.
public enum Loss: Hashable, Sendable {
  /// Changes of tracked files, all over the worktree.
  case changes
  /// Files that git does not track.
  case untracked
  /// Changes and untracked files at these absolute paths.
  case paths([String])
  /// Stashes, by their numbers; all of them where there is none.
  case stashes([Int])
}

/// What becomes of a tool call.
public struct ToolDecision: Sendable {
  /// Why it may not go on; nil when it may.
  public var refusal: Refusal?
  /// What has to be kept before it does.
  public var losses: [Loss] = []

  /// A decision.
  public init(_ refusal: Refusal? = nil, losses: [Loss] = []) {
    self.refusal = refusal
    self.losses = losses
  }
}
