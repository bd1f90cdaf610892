import Core
import Git
import Platform

/// What hooks of the configuration (git-hook(1), git 2.54 and newer) have staged before ours was asked.
extension Repository {
  /// Binds step.sh's proof to what is staged now, where a hook of the configuration runs before ours and only files differ
  /// that step.sh has looked at: a formatter staged what it changed.
  ///
  /// - Returns: whether it did; false where the proof stays what it was.
  func renewProof(at head: Head) throws -> Bool {
    let configured = Child.output(of: [
      "git", "config", "--get-regexp", #"^hook\..*\.event$"#, "^pre-commit$",
    ])
    guard configured?.isEmpty == false, let checked = StepTicket.tree(in: self),
      let text = Child.output(of: ["git", "write-tree"]), let staged = ObjectID(hex: text),
      try contains(checked)
    else { return false }
    let before = try head.commit.map { id throws(GitError) in try commit(id).tree }
    let known = try Set(changes(from: before, to: checked).map(\.path))
    guard try changes(from: checked, to: staged).allSatisfy({ known.contains($0.path) }) else { return false }
    try StepTicket.write(tree: text, in: self)
    return true
  }
}
