import Core
import Git
import Platform

/// What a refused fast-forward or reset left: it has moved index and worktree before it asked, and the next commit
/// would swallow what it brought. So the refusal is remembered in `$GIT_DIR/llmos/refused`, and a commit that brings
/// those files from where HEAD still stands is refused, until they are gone from the index.
enum RefusedArrival {
  private static func path(_ repository: borrowing Repository) -> String {
    repository.gitDirectory + Layout.refused.path
  }

  /// Writes down which commit was refused, and where HEAD stood.
  static func rememberRefusal(of commit: String, at head: ObjectID, _ repository: borrowing Repository) throws
  {
    let home = repository.gitDirectory + Layout.name
    try Files.makeDirectory(home)
    try Files.replace(path(repository), with: Array("\(head) \(commit)".utf8), scratch: home + "/")
  }

  /// Refuses a commit that has files of the last refused one.
  ///
  /// - Throws: `Refusal` (1).
  static func requireNotSwallowed(
    by tip: ObjectID, at head: Head, _ record: GateRecord, _ repository: borrowing Repository
  ) throws {
    guard let words = Files.read(path(repository), limit: 200).text?.split(separator: " "), words.count == 2,
      let refused = ObjectID(hex: String(words[1])), let now = head.commit, words[0] == now.description,
      refused != tip, record.override == nil
    else { return }
    let base = try repository.commit(now).tree
    let brought = try repository.changes(from: base, to: repository.commit(refused).tree)
    let carried = Set(try repository.changes(from: base, to: repository.commit(tip).tree))
    guard let change = brought.first(where: { carried.contains($0) }) else { return }
    throw Refusal(
      .refused, "this commit would include what a refused merge or reset left in the worktree",
      why: change.path, remedy: "git restore --source=HEAD --staged --worktree -- \(change.path)")
  }
}
