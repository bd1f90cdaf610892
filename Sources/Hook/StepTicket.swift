import Core
import Git

/// The proof that a commit came through step.sh: a file in the git directory, bound to the tree that
/// is being committed, good for a limited time and removed when step.sh ends.
public enum StepTicket {
  /// Seconds for which a proof is good: as long as slow hooks before the commit may take.
  public static let lifetime: Int64 = 600

  /// Where it lies, below `$GIT_DIR`.
  public static func path(in repository: borrowing Repository) -> String {
    repository.gitDirectory + "llmos/step"
  }

  /// The file's text.
  public static func text(tree: String, now: Int64) -> String {
    "tree \(tree)\nexpires \(String(now + lifetime))\n"
  }

  /// Compares a proof with what is about to be committed.
  ///
  /// - Parameters:
  ///   - tree: tells the tree of the index, as 40 hexadecimal digits; only asked when there is a proof.
  public static func condition(_ text: String, now: Int64, tree: () -> String?) -> StepProof {
    let lines = text.utf8.split(separator: UInt8(ascii: "\n")).map { String(Substring($0)) }
    guard lines.count == 2, lines[0].hasPrefix("tree "), lines[1].hasPrefix("expires "),
      let expires = Int64(lines[1].dropFirst(8))
    else { return .none }
    guard now <= expires, expires <= now + lifetime else { return .expired }
    return tree() == String(lines[0].dropFirst(5)) ? .valid : .otherTree
  }
}
