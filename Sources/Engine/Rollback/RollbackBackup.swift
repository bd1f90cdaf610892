import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// What a rollback replaced: `refs/llmos/backup/<id>`, in the form of a stash (git-stash(1)), so that plain
/// git reads and restores it.
///
/// The commit's tree is the worktree: tracked files, and those that were in the way. Its parents are HEAD,
/// the index, the untracked files that stayed (when there were any, or conflicts), and the conflict stages
/// (when there were any; a directory each: `base`, `ours`, `theirs`).
public struct RollbackBackup: Sendable {
  /// How the reference of a backup begins.
  public static let prefix = Layout.backup.text

  /// The kind of a backup that was made before an agent's command.
  static let agentKind = "agent"

  /// The last part of the reference's name: the time, and a number when that was taken.
  public let id: String
  /// The commit.
  public let commit: Commit
  /// `rollback`, `undo`, `restore` of a backup, or `interrupted`: the state when one was continued or aborted; `agent`: what
  /// a command of an agent was about to lose.
  public let kind: String
  /// The rollback's target.
  public let target: RollbackTarget
  /// How the branch moved.
  public let mode: RollbackMode
  /// The branch; nil when HEAD was detached.
  public let branch: String?
  /// The ledger entry at that time.
  public let entry: ObjectID
  /// The first line of its message.
  private var subject = ""

  /// What it was made for, in a few words.
  public var about: String {
    switch kind {
    case "restore": target.name
    case Self.agentKind: subject
    default: "\(target.text), \(mode.rawValue)"
    }
  }

  /// HEAD at that time.
  public var head: ObjectID? { commit.parents.first }
  /// The tree of the index.
  var indexCommit: ObjectID? { commit.parents.count > 1 ? commit.parents[1] : nil }
  /// The untracked files that stayed; nil when there were none, and no conflicts.
  var untracked: ObjectID? { commit.parents.count > 2 ? commit.parents[2] : nil }
  /// The conflict stages.
  var stages: ObjectID? { commit.parents.count > 3 ? commit.parents[3] : nil }

  /// Reads one.
  ///
  /// - Throws: `Refusal` (65) when the reference leads to something else.
  init(_ reference: String, _ repository: borrowing Repository) throws {
    let malformed = Refusal(
      .data, "\(reference) is not a backup by llmos-hook", remedy: "git show \(reference)")
    guard let tip = try repository.target(of: reference) else { throw malformed }
    var fields: [Substring: String] = [:]
    let lines = try repository.message(of: tip).split(separator: "\n")
    subject = lines.first.map(String.init) ?? ""
    for line in lines {
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts.count == 2 { fields[parts[0]] = String(parts[1].dropFirst()) }
    }
    guard let kind = fields["Kind"], let target = fields["Target"].flatMap(ObjectID.init(hex:)),
      let name = fields["Name"],
      let mode = fields["Mode"].flatMap(RollbackMode.init(rawValue:)),
      let entry = fields["Entry"].flatMap(ObjectID.init(hex:))
    else { throw malformed }
    id = String(reference.dropFirst(Self.prefix.count))
    commit = try repository.commit(tip)
    self.kind = kind
    self.target = RollbackTarget(name: name, commit: target)
    self.mode = mode
    branch = fields["Branch"]
    self.entry = entry
  }

  /// Whether HEAD's commit is the result of the rollback that made it.
  func ledTo(_ commit: Commit, _ message: String, on branch: String?) -> Bool {
    guard kind == "rollback", branch?.rawBytes == self.branch?.rawBytes else { return false }
    return mode == .reset
      ? target.commit == commit.id
      : commit.parents.first == head && message.contains(Self.prefix + id + "\n")
  }

  /// All backups, newest first; references of another form are left out.
  public static func all(_ repository: borrowing Repository) throws -> [RollbackBackup] {
    var found: [RollbackBackup] = []
    for name in try repository.references(matching: prefix + "*") {
      if let backup = try? RollbackBackup(name, repository) { found.append(backup) }
    }
    return found.sorted { ($0.commit.time, $0.id.count, $0.id) > ($1.commit.time, $1.id.count, $1.id) }
  }

  /// Writes a backup and its reference.
  ///
  /// - Parameters:
  ///   - subject: what it was made before; nil says that of a rollback.
  ///   - reusing: whether the newest backup that holds the same is taken instead of a new one.
  /// - Returns: the id and the commit.
  static func write(
    _ snapshot: RollbackSnapshot, _ index: RollbackIndex, _ engine: borrowing Engine, kind: String,
    head: Head,
    target: RollbackTarget, mode: RollbackMode, entry: ObjectID, stem: String? = nil, subject: String? = nil,
    reusing: Bool = false
  ) throws -> (id: String, commit: ObjectID, isNew: Bool) {
    let seconds = System.now
    let author =
      try engine.author(seconds)
      ?? Signature.engine(at: seconds)
    let before = [head.commit].compactMap { $0 }
    var parents = before + [try commit(snapshot.indexTree, before, "The index\n", author, engine)]
    if !snapshot.untracked.isEmpty || snapshot.stages != nil {
      parents.append(
        try commit(try untrackedTree(snapshot.untracked, index), [], "Untracked files\n", author, engine))
    }
    if let stages = snapshot.stages {
      parents.append(try commit(try Self.tree(of: stages, index), [], "Conflict stages\n", author, engine))
    }
    let usual =
      switch kind {
      case "undo": "Before undoing the rollback to \(target.text)"
      case "restore": "Before restoring \(target.name)"
      default: "Before rolling back to \(target.text)"
      }
    if reusing, let same = try newest(of: kind, engine.repository), same.commit.tree == snapshot.tree,
      try trees(of: same.commit.parents, engine.repository) == trees(of: parents, engine.repository)
    {
      return (same.id, same.commit.id, false)
    }
    let message = message(
      subject ?? usual, kind: kind, target: target, mode: mode, branch: head.branch, entry: entry)
    let backup = try commit(snapshot.tree, parents, message, author, engine)
    return (try publish(backup, engine, at: seconds, stem: stem), backup, true)
  }

  /// Writes a stash once more as a backup, which it has the form of.
  ///
  /// - Returns: the id.
  static func write(
    stash id: ObjectID, _ engine: borrowing Engine, entry: ObjectID
  ) throws -> (id: String, isNew: Bool) {
    let stash = try engine.repository.commit(id)
    for name in try engine.repository.references(matching: prefix + "*") {
      if let tip = try engine.repository.target(of: name), let backup = try? engine.repository.commit(tip),
        backup.tree == stash.tree, backup.parents == stash.parents
      {
        return (String(name.dropFirst(prefix.count)), false)
      }
    }
    let seconds = System.now
    let author = try engine.author(seconds) ?? Signature.engine(at: seconds)
    let message = message(
      "A stash, before an agent's command", kind: agentKind,
      target: RollbackTarget(name: "HEAD", commit: stash.parents.first ?? id), mode: .reset, branch: nil,
      entry: entry)
    let backup = try commit(stash.tree, stash.parents, message, author, engine)
    return (try publish(backup, engine, at: seconds, stem: nil), true)
  }

  /// The newest backup of a kind, by its name.
  private static func newest(of kind: String, _ repository: borrowing Repository) throws -> RollbackBackup? {
    for name in try repository.references(matching: prefix + "*").sorted().reversed().prefix(20) {
      if let backup = try? RollbackBackup(name, repository), backup.kind == kind { return backup }
    }
    return nil
  }

  private static func trees(of commits: [ObjectID], _ repository: borrowing Repository) throws -> [ObjectID] {
    try commits.map { try repository.commit($0).tree }
  }

  private static func message(
    _ subject: String, kind: String, target: RollbackTarget, mode: RollbackMode, branch: String?,
    entry: ObjectID
  ) -> String {
    var message = subject + "\n\n"
    message += "Kind: \(kind)\nTarget: \(target.commit)\nName: \(target.name)\nMode: \(mode.rawValue)\n"
    if let branch { message += "Branch: \(branch)\n" }
    return message + "Entry: \(entry)\n"
  }

  /// Gives a backup its reference.
  private static func publish(
    _ backup: ObjectID, _ engine: borrowing Engine, at seconds: Int64, stem: String?
  ) throws -> String {
    let stem = stem ?? Timestamp.text(seconds).filter { $0 != "-" && $0 != ":" }
    for number in 1...9999 {
      let id = number == 1 ? stem : "\(stem)-\(number)"
      if try engine.repository.target(of: prefix + id) != nil { continue }
      try engine.repository.moveOurs(prefix + id, to: backup, expecting: nil, message: "backup")
      return id
    }
    throw Refusal(.cannotCreate, "too many backups within one second")
  }

  private static func commit(
    _ tree: ObjectID, _ parents: [ObjectID], _ message: String, _ author: Signature,
    _ engine: borrowing Engine
  ) throws -> ObjectID {
    try engine.repository.write(
      commitOf: tree, parents: parents, author: author, committer: author, message: message)
  }

  private static func untrackedTree(_ paths: [[UInt8]], _ index: RollbackIndex) throws(Refusal) -> ObjectID {
    let file = index.home + "index-untracked"
    Files.remove(file)
    defer { Files.remove(file) }
    try index.take(paths, index: file)
    return try index.tree(index: file)
  }

  private static let directories = ["base", "ours", "theirs"]

  /// `ls-files -u -z` as a tree of three directories.
  private static func tree(of stages: [UInt8], _ index: RollbackIndex) throws(Refusal) -> ObjectID {
    let file = index.home + "index-stages"
    Files.remove(file)
    defer { Files.remove(file) }
    var input: [UInt8] = []
    for line in stages.split(separator: 0) {
      guard let end = line.firstIndex(of: UInt8(ascii: "\t")) else { continue }
      let stage = Int(line[end - 1]) - 49
      guard directories.indices.contains(stage) else { continue }
      input += Array(line[..<(end - 2)]) + Array("\t\(directories[stage])/".utf8)
      input += Array(line[(end + 1)...]) + [0]
    }
    try index.git(["update-index", "-z", "--index-info"], index: file, input: input)
    return try index.tree(index: file)
  }

  /// The stages that such a tree holds, in the form of `--index-info`.
  static func stages(in commit: ObjectID, _ index: RollbackIndex) throws(Refusal) -> [UInt8] {
    let tab = UInt8(ascii: "\t")
    var removals: [UInt8] = []
    var lines: [UInt8] = []
    for line in try index.git(["ls-tree", "-r", "-z", commit.description]).split(separator: 0) {
      guard let end = line.firstIndex(of: tab),
        let slash = line[end...].firstIndex(of: UInt8(ascii: "/")),
        let stage = directories.firstIndex(of: String(raw: line[(end + 1)..<slash]))
      else { continue }
      let path = Array(line[(slash + 1)...])
      let words = line[..<end].split(separator: UInt8(ascii: " "))
      removals += index.removal + path + [0]
      lines += Array(words[0]) + [32] + Array(words[2]) + Array(" \(stage + 1)\t".utf8) + path + [0]
    }
    return removals + lines
  }

  /// Deletes all backups but the newest `keep`; those of a pending rollback stay.
  ///
  /// - Returns: how many.
  static func prune(_ repository: borrowing Repository, keep: Int, pending: String?) throws -> Int {
    let old = try all(repository).dropFirst(max(0, keep)).filter { $0.id != pending }
    for backup in old { try repository.delete(prefix + backup.id, expecting: backup.commit.id) }
    return old.count
  }
}
