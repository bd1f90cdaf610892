import Core
import Platform

extension Refusal {
  /// A refusal of the gate's as git's user is told it when a commit is made: its remedy works where git was called.
  ///
  /// - Parameter scripts: what is at hand where git was called.
  func ofCommit(_ scripts: ScriptWords) -> Refusal {
    var refusal = scripts.adapted(self)
    refusal.what = "commit refused: " + what
    return refusal
  }

  /// A refusal of the gate's as git's user is told it when references move.
  func ofTransaction(isCommit: Bool, _ scripts: ScriptWords) -> Refusal {
    var refusal = scripts.adapted(self)
    refusal.what = (isCommit ? "commit" : "branch update") + " refused: " + what
    return refusal
  }

  /// A refusal of what is not proved. What is known elsewhere needs no other phase, but its ledger, where there is one.
  ///
  /// - Parameter isMerging: whether git has written down a merge, which `git commit` concludes.
  func because(_ unproved: Unproved, isMerging: Bool) -> Refusal {
    var refusal = self
    guard unproved.isIncoming else {
      refusal.why = (why.map { $0 + "; " } ?? "") + unproved.fact
      return refusal
    }
    refusal.why = unproved.fact
    refusal.remedy =
      Unproved.remedy + (isMerging ? "git commit" : "run the same command again")
      + (remedy.map { "; if it is refused again, \($0)" } ?? "")
    return refusal
  }
}

extension ScriptWords {
  /// What is at hand where git was called: hooks run at the top of the worktree.
  static var whereGitWasCalled: ScriptWords {
    System.environment("GIT_PREFIX")?.isEmpty == false
      ? ScriptWords(hasStep: false, hasLlmos: false) : ScriptWords(at: "./")
  }
}

/// Whether a git command line makes a commit, as far as its words tell. Any other that brings commits has moved files
/// before it asks, as a fast-forward merge has; so has `cherry-pick --ff`.
func makesCommit(_ commandLine: [String]) -> Bool {
  !commandLine.contains("--ff")
    && ["commit", "commit-tree", "cherry-pick"].contains { commandLine.contains($0) }
}
