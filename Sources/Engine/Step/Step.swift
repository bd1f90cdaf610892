import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// What `step.sh` does: asks the gate, stages, commits through git with the hooks on.
public struct Step: Sendable {
  /// What changed; nil takes a UTC time.
  public var text: String?
  /// Replaces the last commit.
  public var amend = false
  /// Pushes afterwards.
  public var push = false
  /// What to commit; empty takes what is staged, or everything.
  public var paths: [String] = []

  /// A plain step.
  public init(text: String? = nil, amend: Bool = false, push: Bool = false, paths: [String] = []) {
    self.text = text
    self.amend = amend
    self.push = push
    self.paths = paths
  }

  /// `[ROLE] SCENARIO:PHASE TEXT`.
  public static func message(_ record: GateRecord, role: String?, text: String) -> String {
    "[\(role ?? record.role)] \(record.place) \(text)"
  }

  /// Runs the step.
  ///
  /// - Returns: 0, 1 for a commit that the hooks refused or that had nothing in it, 74 when git could not make
  ///   or push it, 130 when it was interrupted.
  /// - Throws: `Refusal`.
  public func run(_ engine: borrowing Engine) throws -> Int32 {
    let standing = try engine.standing()
    let facts = try engine.facts(standing)
    let role = engine.identity.actor.role
    if var refusal = gate(.action(Action.commit, role: role, paths: []), facts) {
      if let quarantine = try engine.quarantine(standing) { throw quarantine.refusal }
      refusal.what = "commit refused: " + refusal.what
      throw refusal
    }
    // Before anything is made: pre-push would say it when the commit has landed.
    if push, engine.identity.actor.isAgent, var refusal = try refusalOfPush(engine, facts) {
      refusal.remedy = "leave --push out; the owner pushes it"
      throw refusal
    }
    let here = workingDirectory
    try stage(engine, standing, in: here)
    let tree = try tree(engine, in: here)
    let isLimited = engine.identity.actor.isAgent || !standing.seal.record.paths.isEmpty
    let changed = isLimited ? try changes(engine, tree, in: here) : []
    if var refusal = gate(.action(Action.commit, role: role, paths: changed), facts) {
      refusal.what = "commit refused: " + refusal.what
      let path = changed.first { refusal.what.contains($0) } ?? "PATH"
      refusal.remedy = "git restore --staged \(path)"
      throw refusal
    }
    try StepTicket.write(tree: tree, in: engine.repository)
    defer { StepTicket.remove(in: engine.repository) }
    // git handles Ctrl-C; we stay to remove the ticket.
    Interrupts.watch()
    let record = standing.seal.record
    let subject = Self.message(record, role: role, text: text ?? Timestamp.text(System.now))
    let code = try GitProcess.passThrough(
      ["commit", "-m", subject] + (amend ? ["--amend"] : [])
        + (paths.isEmpty ? [] : ["--only", "--"] + paths), in: here, environment: Child.callersPathspecs)
    // What an amend left behind, where git held its lock while the hook was asked.
    try engine.repository.keepWrittenDown()
    guard code == 0 else { return Self.ended(code) }
    if let session = AgentSessions.ownSession, let commit = try engine.repository.head().commit {
      AgentSessions(engine.repository).remember(session, made: commit)
    }
    guard push else { return 0 }
    if let remote = try engine.repository.configuration(Sync.remoteKey) {
      var sync = try Sync(engine, remote: remote)
      try sync.run(engine)
    }
    return Self.ended(try GitProcess.passThrough(["push"], in: here))
  }

  /// Whether the branch that is checked out may be pushed by an agent.
  private func refusalOfPush(_ engine: borrowing Engine, _ facts: Snapshot) throws -> Refusal? {
    guard let branch = try engine.repository.head().branch?.shortBranch else { return nil }
    let remote = try engine.repository.configuration("branch.\(branch).remote") ?? "origin"
    return facts.push.refusal(
      of: [PushPolicy.Move(from: String(branch), to: String(branch))],
      PushPolicy.Facts(
        branch: String(branch), defaultBranch: engine.repository.defaultBranch(ofRemote: remote)))
  }

  /// Our exit code for git's, which has printed why.
  private static func ended(_ code: Int32) -> Int32 {
    switch code {
    case 0, 1: code
    case 130: ExitCode.interrupted.rawValue
    default: ExitCode.io.rawValue
    }
  }

  /// The named paths; else what is staged; else everything that is not ignored. An agent's step leaves
  /// out what only the owner changes.
  private func stage(_ engine: borrowing Engine, _ standing: Engine.Standing, in here: String) throws {
    // One by one: git does not add what was removed from the index and the disk, or is staged though ignored,
    // but commits it.
    for path in paths {
      _ = try GitProcess.run(["add", "-A", "--", path], in: here, environment: Child.callersPathspecs)
    }
    guard paths.isEmpty else { return }
    let staged = try GitProcess.run(["diff", "--cached", "--quiet"], in: here)
    guard staged.code == 0 else { return }
    // A worktree of this repository is no submodule of it. Its path is no glob, unlike the owner's.
    let root = Files.resolved(engine.worktree) + "/"
    var left = try engine.repository.worktrees().map { Files.resolved($0.path) + "/" }
      .filter { $0.hasPrefix(root) && $0 != root }
      .map { $0.dropFirst(root.count).reduce(into: "") { $0 += "*?[\\".contains($1) ? "\\\($1)" : "\($1)" } }
    if engine.identity.actor.isAgent {
      left += ProtectedPaths.standard + standing.seal.record.ownersPaths
      // What install put in is for the owner to commit; from then on it is a file like others.
      let known = try GitProcess.output(
        ["ls-files", "-z", "--full-name", "--"] + Install.documents.map { ":/" + $0 }, in: here)
      left += Install.documents.filter { !known.split(separator: "\0").contains(Substring($0)) }
    }
    let excluded = left.map(Self.exclusion(of:))
    _ = try GitProcess.output(["add", "-A", "--", ":/"] + excluded, in: here)
  }

  /// A pathspec that leaves a path out (gitglossary(7), "pathspec"). It is a glob from its first letter on, even
  /// for a plain file, because git refuses to add when a literal path, or its directory, is ignored.
  static func exclusion(of path: String) -> String {
    let isLetter = { (byte: UInt8) in (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) }
    let isGlob = { (byte: UInt8) in "*?[\\".utf8.contains(byte) }
    var glob = Array(path.utf8)
    if let first = glob.firstIndex(where: { isLetter($0) || isGlob($0) }), isLetter(glob[first]) {
      glob.replaceSubrange(first...first, with: [UInt8(ascii: "["), glob[first], UInt8(ascii: "]")])
    }
    return ":(top,exclude,glob)" + String(decoding: glob, as: UTF8.self) + (path.last == "/" ? "**" : "")
  }

  /// The tree that git is about to commit. With paths named, git commits HEAD and those paths from an
  /// index of its own, so that the same is built here.
  private func tree(_ engine: borrowing Engine, in here: String) throws -> String {
    if paths.isEmpty { return try GitProcess.output(["write-tree"], in: here) }
    let index = engine.repository.gitDirectory + Layout.stepIndex.path
    // A worktree that git has just made has no directory of ours yet.
    try Files.makeDirectory(engine.repository.gitDirectory + Layout.name)
    defer { Files.remove(index) }
    Files.remove(index)
    let environment = ["GIT_INDEX_FILE": index]
    let head = try engine.repository.head().commit
    // As git does for --only (git-ls-files(1), `--with-tree`): what was removed is named by a pattern, too.
    let named = try GitProcess.output(
      ["ls-files", "-z", "--full-name"] + (head.map { ["--with-tree=\($0)"] } ?? []) + ["--"] + paths,
      in: here, environment: Child.callersPathspecs)
    _ = try GitProcess.output(
      ["read-tree", head?.description ?? "--empty"], in: here, environment: environment)
    _ = try GitProcess.output(
      ["update-index", "--add", "--remove", "-z", "--stdin"], in: engine.worktree,
      environment: environment, input: named.rawBytes)
    return try GitProcess.output(["write-tree"], in: here, environment: environment)
  }

  /// The paths in which a tree differs from HEAD's.
  private func changes(_ engine: borrowing Engine, _ tree: String, in here: String) throws -> [String] {
    let head = try engine.repository.head().commit
    let command =
      head.map { ["diff-tree", "-r", "-z", "--no-renames", "--name-only", $0.description, tree] }
      ?? ["ls-tree", "-r", "-z", "--full-tree", "--name-only", tree]
    return try GitProcess.output(command, in: here).split(separator: "\0").map(String.init)
  }

  private var workingDirectory: String {
    System.directory ?? "."
  }
}
