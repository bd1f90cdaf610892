import Core

extension Refusal {
  /// A refusal of the gate's as git's user is told it when a commit is made.
  ///
  /// The remedy has to work where git was called; hooks run at the top of the worktree.
  ///
  /// - Parameters:
  ///   - hasScript: whether `./step.sh` can be run at the top.
  ///   - isBelowTop: whether git was called further down.
  func ofCommit(hasScript: Bool, isBelowTop: Bool) -> Refusal {
    var refusal = self
    refusal.what = "commit refused: " + what
    let script = "./step.sh "
    if let remedy, remedy.hasPrefix(script), !hasScript || isBelowTop {
      refusal.remedy = "llmos-hook step -m " + remedy.dropFirst(script.utf8.count)
    }
    return refusal
  }

  /// A refusal of the gate's as git's user is told it when references move.
  func ofTransaction(isCommit: Bool) -> Refusal {
    var refusal = self
    refusal.what = (isCommit ? "commit" : "branch update") + " refused: " + what
    return refusal
  }

  /// A refusal with one fact more.
  func because(_ fact: String) -> Refusal {
    var refusal = self
    refusal.why = (why.map { $0 + "; " } ?? "") + fact
    return refusal
  }
}

/// Whether a git command line makes a commit, as far as its words tell. Any other that brings commits has moved files
/// before it asks, as a fast-forward merge has; so has `cherry-pick --ff`.
func makesCommit(_ commandLine: [String]) -> Bool {
  !commandLine.contains("--ff")
    && ["commit", "commit-tree", "cherry-pick"].contains { commandLine.contains($0) }
}
