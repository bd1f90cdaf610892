import Core
import Git
import Ledger
import Platform

/// Something that was displaced and kept: by a rollback or an agent's command under `refs/llmos/backup/`, by a forced move
/// of an agent's under `refs/llmos/dropped/`.
public struct Backup: Sendable {
  /// The last part of the reference's name: it begins with the time.
  public let id: String
  /// The full name.
  public let reference: String
  /// What the reference names.
  public let commit: ObjectID
  /// `dropped`, or the kind of `RollbackBackup`; `unreadable` for what is not of our form.
  public let kind: String
  /// When it was kept: seconds since 1970.
  public let seconds: Int64
  /// HEAD at that time; of a dropped commit its parent.
  public let head: ObjectID?
  /// The branch that HEAD was on; nil where it is not known.
  public let branch: String?
  /// What it was made for: a rollback's target, a dropped commit's subject.
  public let about: String
  /// The untracked files that stayed; nil when there were none.
  let untracked: ObjectID?

  /// Days after which `prune` deletes one.
  public static let days: Int64 = 30

  /// All, newest first.
  public static func all(_ repository: borrowing Repository) throws -> [Backup] {
    try repository.keepWrittenDown()
    var found: [Backup] = []
    for tip in try repository.tips(matching: Layout.backup.text + "*") {
      found.append(try Backup(kept: tip, repository))
    }
    for tip in try repository.tips(matching: Layout.dropped.text + "*") {
      found.append(try Backup(dropped: tip, repository))
    }
    return found.sorted { ($0.seconds, $0.id.utf8.count, $0.id) > ($1.seconds, $1.id.utf8.count, $1.id) }
  }

  /// One by its id, or by its reference.
  ///
  /// - Throws: `Refusal` (64) when there is none.
  public static func find(_ name: String, _ repository: borrowing Repository) throws -> Backup {
    let all = try all(repository)
    if let found = all.first(where: { $0.id == name || $0.reference == name }) { return found }
    let like = all.filter { $0.id.hasPrefix(name) && !name.isEmpty }
    if like.count == 1 { return like[0] }
    throw Refusal(
      .usage, like.isEmpty ? "there is no backup \(name)" : "\(like.count) backups begin with \(name)",
      why: all.first.map { "the newest is \($0.id)" }, remedy: "llmos-hook backups list")
  }

  private init(kept tip: Repository.Tip, _ repository: borrowing Repository) throws {
    id = String(tip.name.dropFirst(Layout.backup.text.count))
    (reference, commit) = (tip.name, tip.id)
    do {
      let backup = try RollbackBackup(tip.name, repository)
      (kind, head, branch) = (backup.kind, backup.head, backup.branch)
      about = backup.about
      untracked = backup.untracked
      seconds = Self.time(in: id) ?? backup.commit.time
    } catch let refusal as Refusal where refusal.code == .data {
      (kind, head, branch, untracked) = ("unreadable", nil, nil, nil)
      about = refusal.what
      seconds = Self.time(in: id) ?? System.now
    }
  }

  private init(dropped tip: Repository.Tip, _ repository: borrowing Repository) throws {
    id = String(tip.name.dropFirst(Layout.dropped.text.count))
    (reference, commit, kind, branch, untracked) = (tip.name, tip.id, "dropped", nil, nil)
    let made = try repository.commit(tip.id)
    head = made.parents.first
    about = try repository.message(of: tip.id).split(separator: "\n").first.map(String.init) ?? ""
    seconds = Self.time(in: id) ?? made.time
  }

  /// The time with which an id begins (`20251227T171852Z`); nil for any other.
  static func time(in id: String) -> Int64? {
    let text = Array(id.utf8.prefix(16)).map { Character(UnicodeScalar($0)) }
    guard text.count == 16 else { return nil }
    let form =
      String(text[0..<4]) + "-" + String(text[4..<6]) + "-" + String(text[6..<11]) + ":"
      + String(text[11..<13]) + ":" + String(text[13..<16])
    return Timestamp.seconds(form)
  }

  // MARK: What is in it

  /// A path that it has otherwise than its HEAD.
  public struct Change: Sendable {
    /// `added`, `changed`, `deleted` or `untracked`.
    public let kind: String
    /// From the worktree's root.
    public let path: String
  }

  /// The paths in which it differs from its HEAD, sorted; of a dropped commit those that it changes.
  public func changes(_ repository: borrowing Repository) throws -> [Change] {
    guard kind != "unreadable" else { return [] }
    let base = try head.map { try repository.commit($0).tree }
    var changes = try repository.changes(from: base, to: repository.commit(commit).tree).map { change in
      Change(
        kind: change.old == nil ? "added" : change.new == nil ? "deleted" : "changed", path: change.path)
    }
    if let untracked {
      changes += try repository.changes(from: nil, to: repository.commit(untracked).tree)
        .map { Change(kind: "untracked", path: $0.path) }
    }
    return changes.filter { $0.path != StatePath.name }.sorted { ($0.path, $0.kind) < ($1.path, $1.kind) }
  }

  // MARK: Deleting

  /// Deletes what is old when another command has done its work, which that does not undo.
  ///
  /// - Returns: what to say of it.
  static func pruneByTheWay(_ repository: borrowing Repository) -> [String] {
    do {
      let count = try prune(repository, isAutomatic: true).count
      return count == 0
        ? [] : ["deleted \(count) backup\(count == 1 ? "" : "s") older than \(days) days"]
    } catch {
      return ["old backups could not be deleted: \(Refusal(error).what)"]
    }
  }

  /// Deletes what is older than `days`.
  ///
  /// - Parameter isAutomatic: whether a command does it by the way. A rollback's backups then stay: only a person
  ///   deletes those.
  /// - Returns: what was deleted.
  public static func prune(
    _ repository: borrowing Repository, isAutomatic: Bool, now: Int64 = System.now
  ) throws -> [Backup] {
    let pending = try Set(
      repository.gitDirectories.compactMap {
        try Rollback.pending(at: $0).map { RollbackBackup.prefix + $0.id }
      })
    let kept: Set<String> = isAutomatic ? ["rollback", "undo", "interrupted", "restore", "unreadable"] : []
    let old = try all(repository).filter { backup in
      backup.seconds < now - days * 86_400 && !kept.contains(backup.kind)
        && !pending.contains(backup.reference)
    }
    for backup in old { try repository.delete(backup.reference, expecting: backup.commit) }
    return old
  }
}
