import Git
import Scenario

/// The notes of the process, under `refs/notes/llmos`.
public enum Notes {
  /// The notes reference.
  public static let reference = "refs/notes/llmos"

  /// The empty notes commit from which every repository's notes begin: the same everywhere, so that two
  /// clones' notes have an ancestor in common.
  static func root(in repository: borrowing Repository) throws -> ObjectID {
    let engine = Signature(name: "llmos-hook", email: "llmos-hook@localhost", time: 0)
    return try repository.write(
      commitOf: try repository.write(tree: []), parents: [], author: engine, committer: engine,
      message: "Notes of llmos-hook\n")
  }
}
