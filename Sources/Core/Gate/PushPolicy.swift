/// `agent_policy.push`: what an agent may push. A person's pushes are his own.
public enum PushPolicy: String, Sendable, CaseIterable {
  /// The branch that is checked out, unless it is the remote's default one; never by force, never a deletion.
  case feature
  case never
  case any

  /// A branch that is pushed: its short name here and there.
  public struct Move: Hashable, Sendable {
    /// What is pushed.
    public var from: String
    /// The remote's reference.
    public var to: String

    /// A push of a branch.
    public init(from: String, to: String) {
      self.from = from
      self.to = to
    }
  }

  /// What a push is judged by.
  public struct Facts: Hashable, Sendable {
    /// The branch that is checked out, in short; nil where there is none.
    public var branch: String?
    /// The remote's default branch, in short; nil where nobody knows.
    public var defaultBranch: String?

    /// Facts about a push.
    public init(branch: String?, defaultBranch: String?) {
      self.branch = branch
      self.defaultBranch = defaultBranch
    }

    /// Whether a branch is the default one; where nobody knows which is, by its usual names.
    func isDefault(_ name: String) -> Bool {
      defaultBranch.map { $0 == name } ?? ["main", "master", "trunk", "develop"].contains(name)
    }
  }

  /// Judges an agent's push, which is neither forced nor a deletion.
  ///
  /// - Returns: nil when it may be.
  public func refusal(of moves: [Move], _ facts: Facts) -> Refusal? {
    switch self {
    case .any: return nil
    case .never: return refusal("an agent cannot push", why: "agent_policy.push is never")
    case .feature: break
    }
    for move in moves {
      if facts.isDefault(move.to) {
        return refusal(
          "an agent cannot push to \(move.to)",
          why: "it is the remote's default branch (agent_policy.push: feature)")
      }
      guard let branch = facts.branch, move.from == branch, move.to == branch else {
        return refusal(
          "an agent pushes only the branch that is checked out, under its own name",
          why: "\(move.from == move.to ? move.from : move.from + " to " + move.to) is another one",
          remedy: facts.branch.map {
            facts.isDefault($0) ? "report what is ready; the owner pushes it" : "git push origin \($0)"
          })
      }
    }
    return nil
  }

  /// Says that nothing is pushed by force.
  public var refusalOfForce: Refusal? {
    self == .any ? nil : refusal("an agent cannot push by force", why: "it would lose what the remote has")
  }

  /// Says that nothing is deleted on a remote.
  public var refusalOfDeletion: Refusal? {
    self == .any
      ? nil : refusal("an agent cannot delete on a remote", why: "what is there may be somebody else's")
  }

  private func refusal(_ what: String, why: String, remedy: String? = nil) -> Refusal {
    Refusal(.refused, what, why: why, remedy: remedy ?? "report what is ready; the owner pushes it")
  }
}
