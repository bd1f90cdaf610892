/// The places that hold the rules themselves: only an owner changes them.
public enum ProtectedPaths {
  /// Files, and directories with a trailing slash.
  public static let standard = [
    StatePath.name, "scenarios/", ".llmos/", "step.sh", "llmos", "scripts/scenario_engine.sh",
  ]

  /// The entry of `standard` that covers a repository-relative path; nil when none does.
  public static func covering(_ path: String, more: [String] = []) -> String? {
    standard.first { $0.hasSuffix("/") ? path.hasPrefix($0) || path + "/" == $0 : path == $0 }
      ?? more.first { Glob.matches($0, path) }
  }
}
