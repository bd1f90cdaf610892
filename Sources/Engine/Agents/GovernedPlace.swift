import Core
import Git
import Ledger
import Platform
import Shell
import ToolGate

/// A governed worktree, as the decision about a tool call asks about it. What it asks for is looked up then, and once.
final class GovernedPlace {
  let engine: Engine
  private var scripts: Set<String>?
  private var roots: [String: String?] = [:]
  private var headCommit: ObjectID??

  init(_ engine: consuming Engine) {
    self.engine = engine
  }

  /// The place of a call in this worktree.
  ///
  /// - Parameter directory: where it happens.
  func place(_ directory: String) -> ToolPlace {
    let gitDirectories = Set([engine.repository.gitDirectory, engine.repository.commonDirectory])
    return ToolPlace(
      root: root, directory: directory, gitDirectories: gitDirectories.map(\.withoutSlash).sorted(),
      facts: facts)
  }

  /// The root without its slash.
  var root: String { engine.worktree.withoutSlash }

  private var facts: WorktreeFacts {
    var facts = WorktreeFacts()
    facts.isIgnored = { self.isIgnored($0) }
    facts.isTracked = { self.isTracked($0) }
    facts.kind = { path in
      Files.isDirectory(path) ? .directory : Files.exists(path) ? .file : nil
    }
    facts.real = Self.real
    facts.names = { DiskNames.matching($0) }
    facts.firstFile = { base, pattern in
      let start = ShellPath.relative(base, to: self.root) ?? ""
      return DiskNames.first(below: start, of: self.root, pattern) { self.isIgnored($0) }
    }
    facts.text = { Files.read($0, limit: 1 << 20).text }
    facts.isHead = { self.isHead($0) }
    facts.changed = { self.changed($0, $1, $2) }
    facts.isScript = { self.isScript($0) }
    facts.branch = { self.branch }
    facts.defaultBranch = { self.engine.repository.defaultBranch(ofRemote: $0) }
    facts.root = { self.repositoryRoot($0) }
    return facts
  }

  /// What a command line may ask for before it is judged.
  func world(_ directory: String) -> ShellWorld {
    var world = ShellWorld(
      directory: directory, environment: System.environment, names: { DiskNames.matching($0) },
      root: { self.repositoryRoot($0) }, isDirectory: { Files.isDirectory($0) }, branch: { self.branch },
      gitAlias: { name in self.asked { try self.engine.repository.configuration("alias." + name) } ?? nil })
    world.real = Self.real
    return world
  }

  /// What cannot be looked up is as if it were not there: the gate looks again.
  private func asked<Value>(_ body: () throws -> Value) -> Value? {
    do {
      return try body()
    } catch {
      return nil
    }
  }

  private var head: ObjectID? {
    if let headCommit { return headCommit }
    let found = asked { try engine.repository.head().commit } ?? nil
    headCommit = .some(found)
    return found
  }

  private var branch: String? {
    asked { try engine.repository.head().branch?.shortBranch } ?? nil
  }

  private func isIgnored(_ path: String) -> Bool {
    // `dist/` in a .gitignore is for a directory, which need not be there yet.
    let isIgnored = asked {
      try engine.repository.isIgnored(path) || engine.repository.isIgnored(path + "/")
    }
    return isIgnored == true && !isTracked(path)
  }

  private func isTracked(_ path: String) -> Bool {
    guard let head else { return false }
    return asked { try engine.repository.has(path, inCommit: head) } ?? true
  }

  private func isHead(_ revision: String) -> Bool {
    if ["HEAD", "@"].contains(revision) { return true }
    guard let head, case .commit(let id)? = asked({ try engine.repository.resolve(revision) }) else {
      return false
    }
    return id == head
  }

  private func changed(_ revision: String, _ pathspecs: [String], _ directory: String) -> [String]? {
    guard !revision.hasPrefix("-"), let head else { return nil }
    let printed = asked {
      try GitProcess.run(
        ["diff-tree", "-r", "-z", "--name-only", "--no-renames", head.description, revision, "--"]
          + pathspecs,
        in: directory)
    }
    guard let printed, printed.code == 0 else { return nil }
    return printed.text.split(separator: "\0").map(String.init)
  }

  /// The scripts of scenarios that the repository defines: none of the canonical ones has any.
  private func isScript(_ path: String) -> Bool {
    if let scripts { return scripts.contains(path) }
    let found = asked { () throws -> Set<String> in
      guard try engine.repository.rulesVersion(at: engine.repository.head()).scenarios != nil else {
        return []
      }
      return Set(try engine.rules().catalog.scenarios.flatMap { $0.phases.flatMap(\.scripts) })
    }
    scripts = found ?? []
    return scripts?.contains(path) == true
  }

  private func repositoryRoot(_ directory: String) -> String? {
    if let known = roots[directory] { return known }
    var path = Self.real(directory)
    while !Files.isReachable(path + (path == "/" ? ".git" : "/.git")) {
      if path == "/" {
        roots[directory] = .some(nil)
        return nil
      }
      path = ShellPath.parent(path)
    }
    roots[directory] = path
    return path
  }

  /// A path with its symlinks followed as far as it exists.
  static func real(_ path: String) -> String {
    var rest: [String] = []
    var parts = path.pathParts
    while true {
      if let base = Files.real("/" + parts.joined(separator: "/")) {
        let tail = rest.joined(separator: "/")
        return tail.isEmpty ? base : base == "/" ? "/" + tail : base + "/" + tail
      }
      guard let last = parts.popLast() else { return path }
      rest.insert(last, at: 0)
    }
  }
}

/// Names on the disk, for patterns of a command line.
enum DiskNames {
  /// The most entries that are looked at.
  private static let limit = 20_000

  /// The absolute paths that a pattern stands for; nil where there are too many to look at.
  static func matching(_ pattern: String) -> [String]? {
    var found = [""]
    var looked = 0
    for part in pattern.pathParts {
      guard part.contains(where: { "*?[".contains($0) }) else {
        found = found.map { $0 + "/" + part }
        continue
      }
      var next: [String] = []
      for directory in found {
        for name in Files.names(in: directory.isEmpty ? "/" : directory) {
          looked += 1
          if looked > limit { return nil }
          if name.hasPrefix(".") && !part.hasPrefix(".") || name == "." || name == ".." { continue }
          if ShellPath.matches(part, name) { next.append(directory + "/" + name) }
        }
      }
      found = next
    }
    return found.filter { Files.exists($0) }
  }

  /// The first file or directory below a directory of the worktree whose name matches and that is not left out.
  static func first(
    below start: String, of root: String, _ pattern: String, isIgnored: (String) -> Bool
  ) -> String? {
    var waiting = [start]
    var looked = 0
    while let directory = waiting.popLast() {
      for name in Files.names(in: directory.isEmpty ? root : root + "/" + directory).sorted() {
        if name == "." || name == ".." || name == ".git" { continue }
        looked += 1
        // Nobody knows then: the gate decides.
        if looked > limit { return nil }
        let path = directory.isEmpty ? name : directory + "/" + name
        let isMatch = ShellPath.finds(
          pattern, start.isEmpty ? path : String(path.dropFirst(start.count + 1)))
        let isDirectory =
          Files.isDirectory(root + "/" + path) && Files.target(ofLink: root + "/" + path) == nil
        guard isMatch || isDirectory, !isIgnored(path) else { continue }
        if isMatch { return path }
        waiting.append(path)
      }
    }
    return nil
  }
}
