/// What a repository's `.llmos/config.yml` sets; the defaults where it sets nothing.
public struct Configuration: Hashable, Sendable {
  /// Its path in HEAD's tree.
  public static let path = ".llmos/config.yml"

  /// A command line for `/bin/sh -c`, run at the worktree's root.
  public struct Command: Hashable, Sendable {
    /// The command line.
    public var run: String
    /// Seconds after which it is killed.
    public var timeout: Int

    /// The time limit when none is given, in seconds.
    public static let defaultTimeout = 3600

    /// A command line with its time limit.
    public init(run: String, timeout: Int = defaultTimeout) {
      self.run = run
      self.timeout = timeout
    }
  }

  /// `commits.through`.
  public var through = CommitPath.step
  /// `commits.trailers`.
  public var trailers = TrailerPolicy.all
  /// `commits.message`: a POSIX extended regular expression (regex(7)) that a message must match.
  public var message: String?
  /// `commits.paths`: by phase (`SCENARIO:PHASE`), globs of the paths that a commit may touch.
  public var paths: [String: [String]] = [:]
  /// `checkpoint.paths`: by phase (`SCENARIO:PHASE`), globs of the paths that its checkpoint takes.
  public var checkpointPaths: [String: [String]] = [:]
  /// `commits.lock`: scenarios in which the branch is locked.
  public var lock: [String] = []
  /// `protected_paths`: what only an owner changes, besides the standard ones.
  public var protectedPaths: [String] = []
  /// `agent_policy.push`: what an agent may push.
  public var push = PushPolicy.feature
  /// `scenarios.missing_scripts`.
  public var missingScripts = MissingScripts.refuse
  /// `requires`: by phase, paths that must exist before the phase is complete.
  public var requires: [String: [String]] = [:]
  /// `actions`: what `run` runs for an action.
  public var actions: [String: Command] = [:]
  /// `agents`: what `run` runs for a role.
  public var agents: [String: Command] = [:]
  /// `rollback.verify`: a command that says whether a rollback worked.
  public var rollbackVerify: String?
  /// `rollback.stable_tags`: a glob of the tags that mark a stable state.
  public var stableTags: String?
  /// `environments`: the values that `target_environment` may have.
  public var environments = ["dev", "staging", "production"]
  /// `deployment.environment`: where a deployment goes when it is not told; nil when it must be.
  public var deploymentEnvironment: String?
  /// `context_keys`: context keys of the repository's own.
  public var contextKeys: [String] = []
  /// `agent_policy.attempts`: how often an agent is run in a phase whose actions fail.
  public var attempts = 2
  /// `branches`: globs of the branches that are enforced; empty means all.
  public var branches: [String] = []

  /// `agent_policy.names`: what roles the names of subagents stand for.
  public var agentNames: [String: String] = [:]

  /// The defaults.
  public init() {}
}

/// Whether a path leads out of the repository.
public func isOutside(_ path: String) -> Bool {
  path.hasPrefix("/") || path.split(separator: "/").contains("..")
}

/// What `run` does about a script of a phase that is not there.
public enum MissingScripts: String, Sendable, CaseIterable {
  case refuse
  /// Goes on without it, and says so.
  case skip
}

/// Something that must exist before a phase is complete.
public enum Requirement: Hashable, Sendable {
  /// A non-empty file or directory at a repository-relative path.
  case path(String)
  /// A feature's brief at such a path.
  case brief(String)
  /// A context key that a path needs and that has no value.
  case context(String)
}

extension Phase {
  /// What the phase requires, with the context's values in its paths.
  ///
  /// - Parameter more: paths that the configuration adds.
  /// - Throws: `Refusal` (65) for a path outside the repository.
  public func requirements(_ state: State, more: [String] = []) throws(Refusal) -> [Requirement] {
    var result = needs.filter { state.contextValue($0)?.isEmpty ?? true }.map(Requirement.context)
    for template in requires + more {
      var path = template
      var missing: [String] = []
      for key in contextKeys(in: template) {
        if let value = state.contextValue(key), !value.isEmpty {
          path = path.split(separator: "{\(key)}", omittingEmptySubsequences: false).joined(separator: value)
        } else {
          missing.append(key)
        }
      }
      if !missing.isEmpty {
        result += missing.map(Requirement.context).filter { !result.contains($0) }
      } else if isOutside(path) {
        throw Refusal(.data, "the requirement \(path) of \(name) is outside the repository")
      } else {
        result.append(template == FeatureBrief.path ? .brief(path) : .path(path))
      }
    }
    return result
  }
}
