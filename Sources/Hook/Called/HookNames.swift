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

  /// Every hook in whose place we stand, or have stood.
  public static let all = Set(installed + server + retired)

  /// A hook's name from the longer one that a manager has given it, moving it aside (`pre-commit.legacy`,
  /// `pre-commit.replaced.githook`, `commit-msg-old`); any other name as it is. `.sample` is git's.
  public static func plain(_ name: String) -> String {
    let bytes = name.utf8
    guard !name.hasSuffix(".sample") else { return name }
    return all.first { hook in
      let rest = bytes.dropFirst(hook.utf8.count)
      return bytes.starts(with: hook.utf8) && rest.first.map { ".-_~".utf8.contains($0) } ?? false
    } ?? name
  }
}
