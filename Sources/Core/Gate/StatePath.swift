/// The state file's place.
public enum StatePath {
  /// At the worktree's root.
  public static let name = "SCENARIO_STATE.yml"
  /// The most bytes that are read.
  public static let limit = 1 << 20
}
