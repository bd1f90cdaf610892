/// `commits.through`: who must commit through step.sh.
public enum CommitPath: String, Sendable, CaseIterable {
  /// Agents must, people need not.
  case step
  case stepAlways = "step-always"
  case any
}
