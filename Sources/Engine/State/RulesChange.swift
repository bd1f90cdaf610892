import Core
import Git
import Ledger
import Platform
import Verify

/// Rules, or signers, that HEAD has and no entry has sealed, and that no owner's landing brought: they wait for the owner's
/// yes, and the sealed ones hold on.
public struct RulesChange: Sendable {
  /// A file of `scenarios/` or `.llmos/` in which HEAD differs from what is sealed.
  public struct File: Hashable, Sendable {
    /// From the worktree's root.
    public let path: String
    /// `added`, `changed` or `deleted`.
    public let kind: String
  }

  /// The files, sorted.
  public let files: [File]
  /// The commits that brought the change and are not proved, newest first.
  public let commits: [JudgedCommit]

  /// For people, a file a line, then the commits.
  public var lines: [String] {
    let doubts = commits.prefix(3).map { "\($0.commit.short) (\($0.judgement.rawValue))" }
    let more = commits.count > 3 ? ", …" : ""
    return files.map { "\($0.path) is \($0.kind)" } + ["by " + doubts.joined(separator: ", ") + more]
  }

  /// The fact in one line.
  public var fact: String {
    let names = files.prefix(3).map(\.path).joined(separator: ", ") + (files.count > 3 ? ", …" : "")
    let commit = commits.first.map { "; \($0.commit.short) is \($0.judgement.rawValue)" } ?? ""
    return "rules that no owner's commit brought wait for the owner: \(names)\(commit)"
  }

  /// The owner's ways out.
  public static let remedy =
    "llmos-hook sync; or read them (git log -p -- .llmos scenarios), and add --accept-rules"
}

extension Repository {
  /// The rules of HEAD that wait for the owner's yes; nil when HEAD has the sealed ones, or an owner brought the change.
  ///
  /// Who brought it is told by the commits that made HEAD's rules differ from those at the sealed HEAD. A commit that is good
  /// is an owner's: what only the owner changes, nobody else's commit may.
  ///
  /// - Parameter accepted: commits that the owner is just accepting.
  public func waitingRules(
    since seal: Seal, at head: Head, accepting accepted: Set<ObjectID> = []
  ) throws -> RulesChange? {
    let now = try rulesVersion(at: head)
    guard now != seal.record.rules, let commit = head.commit else { return nil }
    let brought = try commits(bringingRulesTo: commit, beyond: seal.head)
    // HEAD was brought back to rules of before, or to a branch that never had any: the gate tells agents.
    guard !brought.isEmpty else { return nil }
    if try isOwners(brought, since: seal) { return nil }
    let doubts = try Verification(self).judge(brought, in: self).filter {
      !$0.judgement.isGood && !accepted.contains($0.commit)
    }
    guard !doubts.isEmpty else { return nil }
    return RulesChange(files: try files(from: seal.record.rules, to: now), commits: doubts)
  }

  /// Whether the log of this worktree alone tells that the owner made all of these since the newest entry: then no ledger
  /// has to be read, at each call of a hook until the next entry.
  private func isOwners(_ commits: [ObjectID], since seal: Seal) throws -> Bool {
    let wanted = Set(commits)
    let landings = try LandingLog(self, ledger: seal.reference).content().landings
    let made = landings.filter { $0.kind == .made && !wanted.isDisjoint(with: $0.commits) }
    guard wanted.isSubset(of: made.flatMap(\.commits)),
      made.allSatisfy({ $0.entry == seal.entry && Actor(text: $0.actor) == .owner })
    else { return false }
    let tip = Tip(name: seal.reference, id: seal.entry)
    let judged = try Verification.judge(commits.map { try commit($0) }, by: [tip], sinceLogOf: .max, in: self)
    return judged?.allSatisfy(\.judgement.isGood) ?? false
  }

  /// What git lists is not bent by replacements, grafts, the commit-graph file or settings of pathspecs.
  ///
  /// - Throws: `Refusal`: 69 when git is not there, 74 when it cannot list them: unlooked at, nothing comes into force.
  private func commits(bringingRulesTo commit: ObjectID, beyond sealed: ObjectID?) throws -> [ObjectID] {
    var setup = Child.Setup()
    setup.environment = Child.environmentOfPlainPaths
    setup.errors = .kept
    let list = { (range: [String]) throws -> [ObjectID] in
      let ending = try Child.run(
        Child.gitOfPlainPaths + ["rev-list", "--ignore-missing"] + range + ["--", "scenarios", ".llmos"],
        setup)
      guard ending.code == 0 else {
        throw GitProcess.failure(
          "git could not list the commits that brought the rules", ending.errors, remedy: "git fsck")
      }
      return ending.text.split(separator: "\n").compactMap { ObjectID(hex: $0) }
    }
    let brought = try list([commit.description] + (sealed.map { ["^\($0)"] } ?? []))
    return try brought.isEmpty ? list(["-n", "1", commit.description]) : brought
  }

  private func files(from old: RulesVersion, to new: RulesVersion) throws -> [RulesChange.File] {
    let trees = [
      ("scenarios/", old.scenarios, new.scenarios), (".llmos/", old.configuration, new.configuration),
    ]
    var files: [RulesChange.File] = []
    for (prefix, before, after) in trees where before != after {
      // Where the directory is gone, all that it had is deleted.
      guard let to = (after ?? before).flatMap({ ObjectID(hex: $0) }) else { continue }
      let from = after == nil ? nil : before.flatMap { ObjectID(hex: $0) }
      files += try changes(from: from, to: to).map { change in
        let isGone = after == nil || change.new == nil
        return RulesChange.File(
          path: prefix + change.path, kind: isGone ? "deleted" : change.old == nil ? "added" : "changed")
      }
    }
    return files.sorted { $0.path < $1.path }
  }
}
