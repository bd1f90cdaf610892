import Core
import Git
import Hook
import Ledger
import Platform

/// `feature start`: a worktree and a branch of its own for a feature, at the first phase of FEATURE_DEVELOPMENT.
///
/// Each step can be made again: a start that was killed goes on where it stood.
public struct FeatureStart: Sendable {
  /// The feature's name.
  public let slug: FeatureSlug
  /// What the branch begins at; nil for the main branch.
  public var base: String?
  /// Where the worktree shall be; nil for beside the repository.
  public var directory: String?

  /// A start of a feature.
  public init(_ slug: FeatureSlug, base: String? = nil, directory: String? = nil) {
    self.slug = slug
    self.base = base
    self.directory = directory
  }

  /// What was started.
  public struct Started: Sendable {
    /// The worktree's root, without a trailing slash.
    public let worktree: String
    /// The branch, by its short name.
    public let branch: String
    /// The state that it begins with.
    public let seal: Seal
    /// What people should know, a line each.
    public let remarks: [String]
  }

  /// Starts it.
  ///
  /// - Throws: `Refusal`: 1 for an agent, and where the branch, the directory or the feature is there already, 64 for a base
  ///   that is none, 66 where nothing is sealed.
  public func run(_ engine: borrowing Engine) throws -> Started {
    try engine.requireOwnersHand(on: "feature start")
    _ = try engine.standing()
    let path = try path(engine)
    if let worktree = try engine.repository.worktrees().first(where: { $0.path == Files.resolved(path) }) {
      return try goOn(in: worktree, engine)
    }
    try requireFree(path, engine)
    let start = try base ?? engine.repository.mainBranch() ?? "HEAD"
    let result = try GitProcess.run(
      ["worktree", "add", "--quiet", "--no-track", "-b", slug.branch, "--end-of-options", path, start],
      in: engine.worktree)
    guard result.code == 0 else {
      let words = result.errors.split(separator: "\n").map(String.init)
      let fact = words.first { $0.hasPrefix("fatal: ") }.map { String($0.dropFirst(7)) } ?? words.first ?? ""
      if let error = GitError.ofGitItself(words.joined(separator: "\n")) { throw error }
      // git does not say why it cannot make a reference's directory.
      if !Files.isWritableDirectory(engine.repository.commonDirectory) {
        throw Files.failure("create a worktree of", engine.repository.commonDirectory)
      }
      throw Refusal(
        fact.contains("invalid reference") || fact.lowercased().contains("not a valid object name")
          ? .usage : .io,
        "git could not add the worktree: \(fact)",
        remedy: "llmos-hook feature start \(slug.text) --from BRANCH --dir DIR")
    }
    guard
      let worktree = try engine.repository.worktrees().first(where: { $0.path == Files.resolved(path) })
    else { throw Refusal(.software, "git made no worktree in \(path)") }
    return try begin(in: worktree, engine)
  }

  // MARK: Where

  private func path(_ engine: borrowing Engine) throws -> String {
    if let directory {
      return directory.hasPrefix("/") ? directory : Files.resolved(".") + "/" + directory
    }
    let root = try engine.repository.worktrees().first?.path ?? engine.worktree.withoutSlash
    return root + "-" + slug.text
  }

  private func requireFree(_ path: String, _ engine: borrowing Engine) throws {
    if Files.exists(path), !Files.isDirectory(path) || !Files.names(in: path).isEmpty {
      throw Refusal(
        .refused, "\(path) exists already",
        remedy: "llmos-hook feature start \(slug.text) --dir DIR, or another name")
    }
    let branch = "refs/heads/" + slug.branch
    if try engine.repository.target(of: branch) != nil {
      guard
        let holder = engine.repository.worktree(
          holding: branch, among: try engine.repository.worktrees())
      else {
        throw Refusal(
          .refused, "the branch \(slug.branch) exists already",
          why: "to go on with it: git worktree add \(shellWord(path)) \(slug.branch), then run this again",
          remedy: "another name, or git branch -d \(slug.branch) when it is merged")
      }
      throw Refusal(
        .refused, "the branch \(slug.branch) exists already: it is checked out in \(holder.path)",
        remedy: holder.isThere
          ? "another name, or cd \(shellWord(holder.path))"
          : "bring that directory back, or git worktree prune; then run the same command again")
    }
    let parent = "refs/heads/feature"
    if try engine.repository.target(of: parent) != nil {
      throw Refusal(
        .refused, "the branch feature exists, so that \(slug.branch) cannot",
        remedy: "git branch -m feature OTHER-NAME, then run the same command again")
    }
  }

  // MARK: The worktree's beginning

  /// A start that was interrupted goes on; one that was not is not made twice.
  private func goOn(in worktree: Worktree, _ engine: borrowing Engine) throws -> Started {
    guard worktree.isThere else {
      throw Refusal(
        .refused, "\(worktree.path) is gone, but git still has its worktree",
        remedy: "git worktree prune, then run the same command again")
    }
    let there = try engine.engine(of: worktree)
    guard try there.repository.head().branch?.rawBytes == ("refs/heads/" + slug.branch).rawBytes else {
      throw Refusal(
        .refused, "\(worktree.path) exists already, with another branch",
        remedy: "llmos-hook feature start \(slug.text) --dir DIR, or another name")
    }
    if there.repository.hasBegunLedger,
      let seal = try there.repository.seal(under: there.repository.ledgerReference), !seal.record.isAdopted
    {
      throw Refusal(
        .refused, "the feature \(slug.text) is there already: \(seal.record.place)",
        remedy: "cd \(shellWord(worktree.path))")
    }
    return try begin(in: worktree, engine)
  }

  private func begin(in worktree: Worktree, _ engine: borrowing Engine) throws -> Started {
    let there = try engine.engine(of: worktree)
    var remarks: [String] = []
    try copyScripts(from: engine, to: there.worktree)
    let seal = try there.beginFeature(slug, &remarks)
    return Started(worktree: worktree.path, branch: slug.branch, seal: seal, remarks: remarks)
  }

  /// The scripts that agents work through, where the branch does not have them: those of the main worktree.
  private func copyScripts(from engine: borrowing Engine, to worktree: String) throws {
    guard let main = try engine.repository.worktrees().first, main.path + "/" != worktree else { return }
    for (path, _) in Install.scripts where !Files.exists(worktree + path) {
      guard let content = Files.content(main.path + "/" + path, limit: 1 << 20) else { continue }
      try Files.makeDirectories(Files.directory(of: worktree + path).withoutSlash)
      try Files.replace(
        worktree + path, with: content, scratch: Files.directory(of: worktree + path), mode: 0o755)
    }
  }
}

extension Engine {
  /// Begins the feature of a worktree that is new: not what the main one had in progress, which it took over.
  fileprivate func beginFeature(_ slug: FeatureSlug, _ remarks: inout [String]) throws -> Seal {
    let lock = try StateLock(repository)
    defer { lock.release() }
    var taken: [String] = []
    let standing = try adoptStanding(&taken)
    let place = try standing.rules.catalog.place("FEATURE_DEVELOPMENT", nil)
    let seconds = System.now
    var state = State(place: place, at: Timestamp.text(seconds))
    state.setContext("feature_slug", slug.text)
    state.transitions = [
      TransitionRecord(
        from: standing.seal.record.place.scenario, to: place.scenario, phase: place.phase,
        timestamp: Timestamp.text(seconds), trigger: "feature-start")
    ]
    let seal = try seal(
      state, kind: .transition, trigger: "feature-start", previous: standing.seal, head: standing.head,
      rules: standing.rules, seconds: seconds, &remarks)
    if let remark = try layOutBrief(state, standing.rules) { remarks.append(remark) }
    return seal
  }
}
