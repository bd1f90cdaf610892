/// The version that a git says it has.
public struct GitVersion: Comparable, Sendable, CustomStringConvertible {
  /// The first number.
  public let major: Int
  /// The second one; what comes behind makes no difference to us.
  public let minor: Int

  /// The oldest that does all that we ask of it: `rev-parse --path-format` came with it.
  public static let oldest = GitVersion(major: 2, minor: 31)

  /// The first that merges without a worktree (`merge-tree --write-tree` with all that we ask of it).
  public static let mergingTrees = GitVersion(major: 2, minor: 39)

  /// A version of these.
  public init(major: Int, minor: Int) {
    (self.major, self.minor) = (major, minor)
  }

  /// Reads what `git --version` prints (`git version 2.39.5`, and what a vendor adds); nil for what is none.
  public init?(_ words: String) {
    guard words.hasPrefix("git version ") else { return nil }
    let numbers = words.dropFirst(12).prefix { $0.isNumber || $0 == "." }.split(separator: ".")
    guard numbers.count > 1, let major = Int(numbers[0]), let minor = Int(numbers[1]) else { return nil }
    self.init(major: major, minor: minor)
  }

  /// As it is written.
  public var description: String { "\(major).\(minor)" }

  /// By the numbers.
  public static func < (one: GitVersion, other: GitVersion) -> Bool {
    (one.major, one.minor) < (other.major, other.minor)
  }

  /// Why nothing can be done with it; nil where it is not too old.
  public var refusal: Refusal? {
    guard self < Self.oldest else { return nil }
    return Refusal(
      .unavailable, "git \(self) is too old: llmos-hook needs \(Self.oldest) or newer",
      remedy: "put a newer git first on PATH, then run the same command again")
  }
}
