import Core
import Git
import Hook
import Ledger
import Platform

/// How one worktree of a clone stands, for a line of `status --all`.
public struct WorktreeStanding: Sendable {
  /// Its root.
  public let path: String
  /// Whether it is the one that was asked from.
  public var isCurrent = false
  /// Whether its directory is there.
  public var isThere = true
  /// The branch, by its short name; nil when HEAD is detached.
  public var branch: String?
  /// The sealed state; nil where nothing is sealed, or it cannot be read.
  public var record: GateRecord?
  /// How many commits it has that the main branch has not; nil where that cannot be told.
  public var commits: Int?
  /// Seconds since its newest entry.
  public var age: Int64?
  /// Who has to do what next, in a few words.
  public var waitsFor = ""
  /// Commits that landed although the phase forbids them.
  public var quarantine: [ObjectID] = []
  /// The name of its ledger.
  public var ledger = ""

  /// The feature that it works on; nil for none.
  public var feature: String? {
    record?.context.first { $0.key == "feature_slug" }?.value
      ?? branch.flatMap {
        $0.hasPrefix(FeatureSlug.branchPrefix) ? String($0.dropFirst(FeatureSlug.branchPrefix.count)) : nil
      }
  }
}

extension Engine {
  /// The most commits of a worktree that are counted.
  public static let mostCounted = 999

  /// How every worktree of this clone stands, the main one first. Writes nothing.
  public func worktreeStandings() throws -> [WorktreeStanding] {
    let main = try repository.mainBranch().flatMap { try repository.target(of: "refs/heads/" + $0) }
    let shared = try repository.sharedBranches()
    var rules = RulesByVersion()
    let all = try repository.worktrees()
    return all.map { worktree in
      var standing = WorktreeStanding(path: worktree.path)
      standing.isCurrent = worktree.gitDirectory == repository.gitDirectory
      standing.isThere = worktree.isThere
      standing.ledger = String(Ledger.reference(linkedWorktree: worktree.id).dropFirst(Ledger.prefix.count))
      do {
        if standing.isThere {
          try engine(of: worktree).look(&standing, main, shared, &rules)
        } else {
          try look(fromAfar: worktree, &standing)
        }
      } catch {
        // One worktree that cannot be read hides no other.
        standing.waitsFor = Refusal(error).what
      }
      return standing
    }
  }

  /// What is known of a worktree whose directory is gone.
  private func look(fromAfar worktree: Worktree, _ standing: inout WorktreeStanding) throws {
    standing.record = try repository.seal(under: Ledger.reference(linkedWorktree: worktree.id))?.record
    let branch = repository.branch(checkedOutIn: worktree.gitDirectory)
    standing.branch = branch?.shortBranch
    standing.waitsFor = "the directory is gone: git worktree repair, or prune"
  }

  private func look(
    _ standing: inout WorktreeStanding, _ main: ObjectID?, _ shared: Repository.SharedBranches,
    _ rules: inout RulesByVersion
  ) throws {
    let head = try repository.head()
    standing.branch = head.branch?.shortBranch
    if let commit = head.commit, let main {
      standing.commits = try repository.commits(from: commit, hiding: [main], limit: Self.mostCounted).count
    }
    let seal = try repository.sealInForce()
    standing.record = seal.record
    standing.age = max(0, System.now - (try repository.commit(seal.entry).time))
    let inForce =
      try repository.waitingRules(since: seal, at: head) == nil
      ? rules.rules(at: head, repository) : self.rules(under: seal, at: head).rules
    let now = try self.standing(under: seal, at: head, inForce)
    standing.record = now.seal.record
    standing.quarantine = try quarantine(now, among: shared)?.commits ?? []
    standing.waitsFor = try nextStep(now, isQuarantined: !standing.quarantine.isEmpty).short
  }
}

/// Rules that were read already: most worktrees have the same.
private struct RulesByVersion {
  private var known: [RulesVersion: Rules] = [:]

  mutating func rules(at head: Head, _ repository: borrowing Repository) throws -> Rules {
    let version = try repository.rulesVersion(at: head)
    if let rules = known[version] { return rules }
    let rules = try Rules(repository, at: head)
    known[version] = rules
    return rules
  }
}
