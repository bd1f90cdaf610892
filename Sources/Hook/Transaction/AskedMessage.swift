import Core
import Git
import Platform

/// That git has just asked the gate about a message: the process that did so is written down in
/// `$GIT_DIR/llmos/asked`, and the next move of a reference by the same process is the commit of that message.
///
/// A commit and a fast-forward look alike to reference-transaction. This tells them apart without a look at any
/// other reference.
enum AskedMessage {
  private static func path(_ repository: borrowing Repository) -> String {
    repository.gitDirectory + Layout.asked.path
  }

  /// Writes down the git process that asks now.
  ///
  /// - Throws: `Refusal` (73, 74).
  static func remember(_ repository: borrowing Repository) throws(Refusal) {
    guard let caller = System.callerIdentity else { return }
    try Files.makeDirectory(repository.gitDirectory + Layout.name)
    try Files.overwrite(path(repository), with: Array(caller.utf8))
  }

  /// Whether the git process that calls now has asked; good for one move.
  static func useUp(_ repository: borrowing Repository) -> Bool {
    let path = path(repository)
    guard let asked = Files.read(path, limit: 100).text else { return false }
    guard asked == System.callerIdentity else { return false }
    Files.remove(path)
    return true
  }
}
