import Core

/// What an agent's harness is about to do for it.
public enum ToolCall: Hashable, Sendable {
  /// Reads, searches, plans: changes nothing in the repository.
  case reads
  /// Creates, changes or removes files: absolute paths, or relative ones to the directory.
  case edits([String])
  /// Runs a shell command line.
  case shell(String)
  /// Something that is not understood, in words.
  case unknown(String)
}

/// Where a tool call happens.
public struct ToolPlace: Sendable {
  /// The worktree's root, without a trailing slash.
  public var root: String
  /// The directory in which a command starts: absolute, without a trailing slash.
  public var directory: String
  /// Directories of git's own: absolute, without a trailing slash.
  public var gitDirectories: [String]
  /// What the engine runs and an agent does not: repository-relative paths.
  public var scripts: [String]

  /// A place of these parts.
  public init(root: String, directory: String, gitDirectories: [String] = [], scripts: [String] = []) {
    self.root = root
    self.directory = directory
    self.gitDirectories = gitDirectories
    self.scripts = scripts
  }

  /// A path from the worktree's root, with `.` and `..` resolved without reading the disk; nil outside of it. The
  /// root itself is the empty path.
  func relative(_ path: String, from directory: String? = nil) -> String? {
    let full = path.hasPrefix("/") ? path : (directory ?? self.directory) + "/" + path
    let parts = Self.normal(full)
    let base = Self.normal(root)
    return parts.starts(with: base) ? parts.dropFirst(base.count).joined(separator: "/") : nil
  }

  static func normal(_ path: String) -> [Substring] {
    path.split(separator: "/").reduce(into: []) { parts, part in
      if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(part) }
    }
  }
}

/// Decides whether an agent's tool call may go on: advice in front of the gate, which decides the commit.
///
/// - Parameters:
///   - facts: of the repository in which it happens. Whoever calls counts as an agent: it is a harness
///     that asks.
/// - Returns: nil when it may.
public func toolGate(_ call: ToolCall, _ facts: Snapshot, at place: ToolPlace) -> Refusal? {
  var facts = facts
  facts.identity = Identity(
    actor: .agent(role: facts.identity.actor.role), claimed: facts.identity.claimed,
    detected: facts.identity.detected)
  switch call {
  case .reads: return nil
  case .unknown(let words):
    return Refusal(
      .refused, "cannot understand this tool call: \(words)",
      remedy: "use the harness's own tools to read, edit and run commands")
  case .edits(let paths):
    guard !paths.isEmpty else {
      return Refusal(.refused, "this edit does not name a file", remedy: "name the file that is edited")
    }
    return editRefusal(paths, facts, place)
  case .shell(let line):
    var rules = ShellRules(facts: facts, place: place)
    return rules.refusal(of: line)
  }
}

/// What lies below `.git`, beside `ProtectedPaths`.
func isProtected(_ path: String, _ record: GateRecord) -> Bool {
  path == ".git" || path.hasPrefix(".git/")
    || ProtectedPaths.covering(path, more: record.ownersPaths) != nil
}

/// Says that a path is the owner's; the empty one is the root.
func protectedRefusal(_ path: String) -> Refusal {
  Refusal(
    .refused, "\(path.isEmpty ? "the whole repository" : path) is protected: only the owner can change it",
    remedy: "leave it as it is; llmos-hook status shows what is allowed")
}

/// Only the owner edits protected files; others may be edited by whoever the phase allows.
func editRefusal(_ paths: [String], _ facts: Snapshot, _ place: ToolPlace) -> Refusal? {
  if let path = paths.first(where: { isGitFile($0, nil, place) }) { return protectedRefusal(path) }
  let own = paths.compactMap { place.relative($0) }
  guard !own.isEmpty else { return nil }
  if let path = own.first(where: { isProtected($0, facts.record) }) { return protectedRefusal(path) }
  guard let action = facts.record.actions.first(where: Action.edits) else {
    return Refusal(
      .refused, "\(facts.record.place) does not allow editing",
      why: "allowed now, for \(facts.record.role): "
        + (facts.record.actions.isEmpty ? "nothing" : facts.record.actions.joined(separator: ", ")),
      remedy: "report what should change; the owner or ./llmos run continues")
  }
  return gate(.action(action, role: nil, paths: []), facts)
}

/// Whether a path lies in a directory of git's own.
func isGitFile(_ path: String, _ directory: String?, _ place: ToolPlace) -> Bool {
  let full = ToolPlace.normal(path.hasPrefix("/") ? path : (directory ?? place.directory) + "/" + path)
  return place.gitDirectories.contains { full.starts(with: ToolPlace.normal($0)) }
}

/// The form in which models write changes of files (`*** Update File: PATH`).
public enum PatchText {
  /// The files that a patch touches.
  public static func paths(in text: String) -> [String] {
    let heads = ["*** Add File: ", "*** Update File: ", "*** Delete File: ", "*** Move to: "]
    return text.split(whereSeparator: \.isNewline).compactMap { line in
      heads.first { line.hasPrefix($0) }.map { head in
        var path = line.dropFirst(head.count)
        while let last = path.last, last == " " || last == "\r" || last == "\t" { path.removeLast() }
        return String(path)
      }
    }
  }
}
