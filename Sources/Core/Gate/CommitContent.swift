/// What the rules of content look at in a commit: its paths and its message.
public struct CommitContent: Hashable, Sendable {
  /// The paths in which it differs from each of its parents: what a merge took from one of them was judged where it
  /// was made.
  public let paths: [String]
  /// Whether its message is of the form that `commits.message` asks for.
  public let isMessageGood: Bool

  /// The content of a commit.
  public init(paths: [String], isMessageGood: Bool = true) {
    self.paths = paths
    self.isMessageGood = isMessageGood
  }
}

/// What has to be known of a commit before the rules of content can be held against it.
public struct ContentQuestion: Hashable, Sendable {
  /// Which of its paths matter.
  public enum Scope: Hashable, Sendable {
    case none
    /// Those of `ProtectedPaths.standard`.
    case standard
    case all
  }

  /// The commit.
  public let commit: ObjectID
  /// Which of its paths matter.
  public let paths: Scope
  /// `commits.message`, where the message matters.
  public let message: String?

  /// What has to be known; nil where no rule can be broken.
  ///
  /// - Parameters:
  ///   - actor: nil where nobody knows who made it.
  ///   - isLetThrough: whether the owner let it pass.
  public init?(_ commit: ObjectID, by actor: Actor?, under record: GateRecord, isLetThrough: Bool = false) {
    let isProtected = actor != .owner
    if !isLetThrough, !record.paths.isEmpty {
      paths = .all
    } else if isProtected {
      paths = record.ownersPaths.isEmpty ? .standard : .all
    } else {
      paths = .none
    }
    message = isLetThrough || actor == .system ? nil : record.message
    guard paths != .none || message != nil else { return nil }
    self.commit = commit
  }
}

extension GateRecord {
  /// The first of these paths that only the owner changes; nil when none is.
  func firstProtected(of paths: [String]) -> String? {
    let more = ownersPaths
    return paths.first { ProtectedPaths.covering($0, more: more) != nil }
  }

  /// The first of these paths that `commits.paths` does not name; nil when it names all.
  func firstOutside(of paths: [String]) -> String? {
    guard !self.paths.isEmpty else { return nil }
    return paths.first { path in !self.paths.contains { Glob.matches($0, path) } }
  }

  /// Which rule of content a commit breaks that landed under this record, in a few words; nil when it keeps all.
  ///
  /// - Parameters:
  ///   - actor: nil where nobody knows who made it.
  ///   - isLetThrough: whether the owner let it pass: what he protects, he still changes himself.
  public func breach(
    in content: CommitContent, by actor: Actor?, isLetThrough: Bool = false
  ) -> String? {
    if !isLetThrough, let agents = actor?.role, agents != role {
      return "is \(agents)'s, in \(role)'s phase"
    }
    if actor != .owner, let path = firstProtected(of: content.paths) {
      return "changes \(path), which only the owner can"
    }
    guard !isLetThrough else { return nil }
    if let path = firstOutside(of: content.paths) {
      return "changes \(path), which commits.paths does not allow"
    }
    return content.isMessageGood ? nil : "has a message that does not match commits.message"
  }
}
