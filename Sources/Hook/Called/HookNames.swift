/// git's hooks by their names (githooks(5)), as far as we stand in them.
public enum HookNames {
  /// The hooks that ask the gate for leave to commit.
  public static let committing = [
    "pre-commit", "prepare-commit-msg", "commit-msg", "pre-merge-commit", "applypatch-msg",
    "pre-applypatch",
  ]

  /// The hook that is asked before references move.
  static let referenceTransaction = "reference-transaction"

  /// The hook that is asked before a push leaves.
  static let prePush = "pre-push"

  /// Every hook that `install` puts in.
  public static let installed = committing + [referenceTransaction, prePush]

  /// The hooks that `install --server` puts in.
  public static let server = ["pre-receive", "update"]

  /// Hooks that earlier versions put in: they let pass. (A rebase can bring nothing; what it brings, the
  /// others see, and one refused in its middle is aborted as any.)
  public static let retired = ["pre-rebase"]
}
