/// The places that hold the rules themselves: only an owner changes them.
public enum ProtectedPaths {
  /// Files, and directories with a trailing slash.
  public static let standard = [
    StatePath.name, "scenarios/", ".llmos/", "step.sh", "llmos", "scripts/scenario_engine.sh",
  ]

  /// The settings of an agents' harness, by the name that `install --agent` takes: protected from the entry on that seals
  /// the harness's name. A harness that a newer version knows has none here.
  public static func settings(of harness: String) -> [String] {
    switch harness {
    case "claude-code": [".claude/settings.json", ".claude/settings.local.json"]
    case "codex": [".codex/"]
    case "gemini": [".gemini/settings.json"]
    case "cursor": [".cursor/hooks.json"]
    case "copilot": [".github/hooks/"]
    default: []
    }
  }

  /// The entry of `standard` that covers a repository-relative path; nil when none does.
  public static func covering(_ path: String, more: [String] = []) -> String? {
    standard.first { $0.hasSuffix("/") ? path.utf8.starts(with: $0.utf8) || path + "/" == $0 : path == $0 }
      ?? more.first { Glob.matches($0, path) }
  }
}
