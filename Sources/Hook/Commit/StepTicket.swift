import Core
import Git
import Platform

/// The proof that a commit came through step.sh: a file in the git directory, bound to the tree that
/// is being committed, good for a limited time and removed when step.sh ends.
public enum StepTicket {
  /// Seconds for which a proof is good: as long as slow hooks before the commit may take.
  public static let lifetime: Int64 = 600

  private static func path(in repository: borrowing Repository) -> String {
    repository.gitDirectory + Layout.step.path
  }

  /// Writes the proof of a tree; nobody else reads it.
  ///
  /// - Throws: `Refusal` (73, 74).
  public static func write(tree: String, in repository: borrowing Repository) throws(Refusal) {
    try Files.makeDirectory(repository.gitDirectory + Layout.name)
    try Files.replace(
      path(in: repository), with: Array(text(tree: tree, now: System.now).utf8),
      scratch: repository.gitDirectory + Layout.directory, mode: 0o600)
  }

  /// Removes the proof.
  public static func remove(in repository: borrowing Repository) { Files.remove(path(in: repository)) }

  /// Compares the proof that is there, or that there is none, with what is about to be committed.
  ///
  /// - Parameter tree: as `condition(_:now:tree:)` asks for it.
  static func condition(in repository: borrowing Repository, tree: () -> String?) -> StepProof {
    Files.read(path(in: repository), limit: 200).text.map {
      condition($0, now: System.now, tree: tree)
    } ?? .none
  }

  /// The tree that the proof is of, while it is good; nil where there is none.
  static func tree(in repository: borrowing Repository) -> ObjectID? {
    guard let text = Files.read(path(in: repository), limit: 200).text else { return nil }
    let tree = text.utf8.split(separator: UInt8(ascii: "\n")).first.map { String(Substring($0.dropFirst(5))) }
    guard let tree, condition(text, now: System.now, tree: { tree }) == .valid else { return nil }
    return ObjectID(hex: tree)
  }

  /// The file's text.
  static func text(tree: String, now: Int64) -> String {
    "tree \(tree)\nexpires \(String(now + lifetime))\n"
  }

  /// Compares a proof with what is about to be committed.
  ///
  /// - Parameters:
  ///   - tree: tells the tree of the index, in hexadecimal digits; only asked when there is a proof.
  static func condition(_ text: String, now: Int64, tree: () -> String?) -> StepProof {
    let lines = text.utf8.split(separator: UInt8(ascii: "\n")).map { String(Substring($0)) }
    guard lines.count == 2, lines[0].hasPrefix("tree "), lines[1].hasPrefix("expires "),
      let expires = Int64(lines[1].dropFirst(8))
    else { return .none }
    guard now <= expires, expires <= now + lifetime else { return .expired }
    return tree() == String(lines[0].dropFirst(5)) ? .valid : .otherTree
  }
}
