/// A difference between HEAD and the worktree, as git-status(1) sees it.
public struct WorktreeChange: Hashable, Sendable {
  /// Repository-relative: a name need not be UTF-8.
  public let path: [UInt8]
  /// Whether HEAD does not have it.
  public var isNew = false
  /// Whether the worktree no longer has it.
  public var isGone = false
  /// Whether git is still waiting for somebody to merge it.
  public var isUnmerged = false
  /// Whether it is a submodule that is at another commit.
  public var isSubmodule = false
  /// Whether it is a repository of its own that is no submodule: git would commit a reference to it, without its files.
  public var isRepository: Bool { path.last == UInt8(ascii: "/") }

  /// A change of a path.
  public init(path: [UInt8], isNew: Bool = false, isGone: Bool = false, isUnmerged: Bool = false) {
    (self.path, self.isNew, self.isGone, self.isUnmerged) = (path, isNew, isGone, isUnmerged)
  }

  /// The path as text, for globs.
  public var name: String { String(decoding: path, as: UTF8.self) }
  /// The path for people, on one line.
  public var shown: String { name.onOneLine }

  /// Reads what `git status --porcelain=v2 -z` prints; what is not of that form is left out.
  public static func all(in bytes: [UInt8]) -> [WorktreeChange] {
    let space = UInt8(ascii: " ")
    return bytes.split(separator: 0).compactMap { line in
      switch line.first {
      case UInt8(ascii: "?"): return WorktreeChange(path: Array(line.dropFirst(2)), isNew: true)
      case UInt8(ascii: "1"):
        // 1 XY SUB MODE-HEAD MODE-INDEX MODE-WORKTREE ID-HEAD ID-INDEX PATH
        let fields = line.split(separator: space, maxSplits: 8, omittingEmptySubsequences: false)
        guard fields.count == 9 else { return nil }
        let isNothing = { (mode: ArraySlice<UInt8>) in mode.elementsEqual("000000".utf8) }
        var change = WorktreeChange(
          path: Array(fields[8]), isNew: isNothing(fields[3]), isGone: isNothing(fields[5]))
        change.isSubmodule = fields[2].first == UInt8(ascii: "S")
        return change
      case UInt8(ascii: "u"):
        // u XY SUB MODE-1 MODE-2 MODE-3 MODE-WORKTREE ID-1 ID-2 ID-3 PATH
        let fields = line.split(separator: space, maxSplits: 10, omittingEmptySubsequences: false)
        guard fields.count == 11 else { return nil }
        return WorktreeChange(path: Array(fields[10]), isUnmerged: true)
      default: return nil
      }
    }
  }
}

/// What the checkpoint of a phase commits: it follows from what the phase allows, unless `checkpoint.paths` says
/// otherwise.
public struct CheckpointRule: Sendable {
  private let takesAnything: Bool
  private let takesNew: Bool
  private let takesDocuments: Bool
  /// `checkpoint.paths` of the phase; nil when it says nothing of it.
  private let paths: [String]?
  /// What the phase requires is what it leaves.
  private let required: [String]

  /// The rule of a phase.
  ///
  /// - Parameters:
  ///   - paths: `checkpoint.paths` of the phase; nil when there is none.
  ///   - required: the paths that the phase requires.
  public init(actions: [String], paths: [String]? = nil, required: [String] = []) {
    let has = { (names: Set<String>) in actions.contains { names.contains($0) } }
    takesAnything = has([Action.commit, "update_code", "update_dependencies", "cleanup_artifacts"])
    takesNew = has(["create_artifacts"])
    takesDocuments = has(["create_artifacts", "create_feature_brief", "update_docs"])
    self.paths = paths
    self.required = required
  }

  /// Whether the phase requires a path, or something below it.
  public func requires(_ path: String) -> Bool {
    required.contains { path == $0 || path.hasPrefix($0.hasSuffix("/") ? $0 : $0 + "/") }
  }

  /// Whether no change belongs to the phase.
  public var takesNothing: Bool {
    required.isEmpty && (paths.map(\.isEmpty) ?? !(takesAnything || takesNew || takesDocuments))
  }

  /// Whether a change belongs to the phase.
  public func takes(_ change: WorktreeChange) -> Bool {
    guard !change.isRepository, !change.isUnmerged else { return false }
    let name = change.name
    if requires(name) { return true }
    if let paths { return paths.contains { Glob.matches($0, name) } }
    return takesAnything || (takesNew && change.isNew) || (takesDocuments && Self.isDocument(name))
  }

  private static func isDocument(_ path: String) -> Bool { path.hasPrefix("docs/") || path.hasSuffix(".md") }
}

/// What a checkpoint does with the changes of a worktree.
public struct CheckpointPlan: Sendable {
  /// What is committed.
  public private(set) var taken: [WorktreeChange] = []
  /// What lay about when the phase began, and stays as it is.
  public private(set) var left: [WorktreeChange] = []
  /// What was changed in the phase and does not belong to it.
  public private(set) var foreign: [WorktreeChange] = []

  /// Sorts the changes.
  ///
  /// What `install` and the engine put there is the owner's to commit, and says nothing about the phase.
  ///
  /// - Parameters:
  ///   - protected: `protected_paths` of the configuration.
  ///   - isOwner: whether an owner makes the checkpoint.
  ///   - layThere: whether a change was there when the phase began, and is as it was.
  public init(
    _ changes: [WorktreeChange], _ rule: CheckpointRule, protected: [String], isOwner: Bool,
    layThere: (WorktreeChange) -> Bool
  ) {
    for change in changes {
      let name = change.name
      let isOurs = ProtectedPaths.standard.contains(name)
      let mayChange = isOwner || ProtectedPaths.covering(name, more: protected) == nil
      if layThere(change), !rule.requires(name) {
        if !isOurs { left.append(change) }
      } else if mayChange, rule.takes(change) {
        taken.append(change)
      } else if !isOurs {
        foreign.append(change)
      }
    }
  }

  /// Why there is no checkpoint; nil when there can be one.
  public func refusal(at place: Place) -> Refusal? {
    guard let first = foreign.first else { return nil }
    if let unmerged = foreign.first(where: \.isUnmerged) {
      return Refusal(
        .refused, "no checkpoint: \(unmerged.shown) has conflicts",
        remedy: "solve them and git add \(unmerged.shown); then run the same command again")
    }
    if foreign.allSatisfy(\.isRepository) {
      return Refusal(
        .refused,
        "no checkpoint: \(first.shown) is a git repository of its own, so its files cannot be committed",
        why: foreign.count == 1 ? nil : Self.names(foreign),
        remedy: "git submodule add, move it away, or name it in .gitignore; then run the same command again")
    }
    let ways = "llmos-hook allow --once --reason WHY and git commit, or checkpoint.paths in .llmos/config.yml"
    if foreign.allSatisfy(\.isSubmodule) {
      return Refusal(
        .refused,
        "no checkpoint: the submodule \(first.shown) is at another commit, which does not belong to \(place)",
        why: foreign.count == 1 ? nil : Self.names(foreign), remedy: "git submodule update, or " + ways)
    }
    let count = foreign.count == 1 ? "a change does" : "\(foreign.count) changes do"
    return Refusal(
      .refused, "no checkpoint: \(count) not belong to \(place)", why: Self.names(foreign),
      remedy: "git stash -u, or " + ways)
  }

  /// The first names, for one line.
  public static func names(_ changes: [WorktreeChange]) -> String {
    changes.prefix(10).map(\.shown).joined(separator: ", ")
      + (changes.count > 10 ? " and \(changes.count - 10) more" : "")
  }
}
