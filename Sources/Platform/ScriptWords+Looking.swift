import Core

extension ScriptWords {
  /// Looks which of ours are in a directory: another program of the same name is somebody else's.
  ///
  /// - Parameter directory: with a trailing slash; `./` where the user stands.
  public init(at directory: String) {
    self.init(
      hasStep: Self.isOurs(directory + "step.sh"), hasLlmos: Self.isOurs(directory + "llmos"))
  }

  private static let mark = Array("llmos-hook".utf8)

  /// Whether a script can be run and is ours, or leads to us.
  public static func isOurs(_ path: String) -> Bool {
    guard Files.isExecutable(path), let bytes = Files.content(path, limit: 1 << 16) else { return false }
    return bytes.indices.contains { bytes[$0] == mark[0] && bytes[$0...].starts(with: mark) }
  }
}
