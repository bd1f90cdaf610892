import Core

/// What an agent's harness is about to do for it.
public enum ToolCall: Hashable, Sendable {
  /// Reads, searches, plans: changes nothing in the repository.
  case reads
  /// Creates, changes or removes files: absolute paths, or relative ones to the directory.
  case edits([String])
  /// Runs a shell command line.
  case shell(String)
  /// Something that is not understood, in words.
  case unknown(String)

  /// Whether it is known what it does.
  public var isUnderstood: Bool { if case .unknown = self { false } else { true } }
}
