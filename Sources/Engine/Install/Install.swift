import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import ToolGate
import Verify

/// Installs the gate in a repository, and removes it.
///
/// What is added is written down first (`$GIT_COMMON_DIR/llmos/install`), each step is safe to repeat,
/// and a hook file is replaced by rename only: a repository is never without a hook that it had.
public struct Install: Sendable {
  /// What was done, a line each.
  public internal(set) var report: [String] = []
  let worktree: String
  let common: String
  let gitDirectory: String
  var manifest: Manifest
  /// The compiled form of a hook; nil where none was built.
  var launcher: [UInt8]?

  /// For the repository of an engine's worktree.
  public init(_ engine: borrowing Engine) {
    self.init(engine.repository, worktree: engine.worktree)
  }

  /// For a server's repository, which is usually bare.
  public init(server repository: borrowing Repository) {
    self.init(repository, worktree: repository.commonDirectory)
  }

  private init(_ repository: borrowing Repository, worktree: String) {
    self.worktree = worktree
    common = repository.commonDirectory
    gitDirectory = repository.gitDirectory
    manifest = Manifest(read: common + Layout.installed.path)
  }

  var home: String { common + Layout.directory }
  var gate: String { common + Layout.gate.path }
  var program: String { common + Layout.program.path }
  var programs: String { common + Layout.programs }

  // MARK: Installing

  /// Installs hooks, scripts, state and configuration.
  ///
  /// - Parameters:
  ///   - scripts: whether `step.sh`, `llmos` and `scripts/scenario_engine.sh` are added.
  ///   - agents: the harnesses whose settings are to ask us.
  /// - Throws: `Refusal`.
  public mutating func install(
    _ engine: borrowing Engine, scripts: Bool, agents: [Harness] = []
  ) throws {
    try install(engine, scripts: scripts, isArming: false) { install in
      try install.installAgents(agents, engine)
    }
  }

  /// Installs in a fresh clone of a governed repository. It begins where nothing lands, whatever state file an agent
  /// finds there; settings that ask us already are protected.
  ///
  /// - Throws: `Refusal`.
  mutating func arm(_ engine: borrowing Engine) throws {
    let harnesses = Self.agentsThatAsk(in: worktree)
    try install(engine, scripts: true, isArming: true) { install in
      try engine.protectSettings(of: harnesses, &install.report)
    }
  }

  private mutating func install(
    _ engine: borrowing Engine, scripts: Bool, isArming: Bool, last: (inout Install) throws -> Void
  ) throws {
    let hooks = try hooksDirectory()
    try Files.makeDirectory(home)
    let lock = try StateLock(engine.repository)
    defer { lock.release() }
    StaleLock.remove(of: [Notes.reference], engine.repository, values: nil)
    let plan = try plan(engine, hooks, isArming: isArming)
    try Files.makeDirectory(programs)
    try installPrograms()
    try installHooks(HookNames.installed.filter { !plan.tracked.contains($0) }, in: hooks)
    if !plan.tracked.isEmpty {
      let names = plan.tracked.joined(separator: ", ")
      report.append("tracked by git, so not replaced: \(names); the other hooks still check commits")
    }
    if scripts { try installScripts() }
    try configure(engine)
    try sealState(engine, plan.genesis)
    try last(&self)
  }

  /// Installs what judges a push: pre-receive and update.
  ///
  /// - Throws: `Refusal`.
  public mutating func installServer(_ repository: borrowing Repository) throws {
    let hooks = try hooksDirectory()
    try Files.makeDirectory(home)
    let lock = try StateLock(repository)
    defer { lock.release() }
    try Files.makeDirectory(programs)
    try installPrograms()
    try installHooks(HookNames.server, in: hooks)
    let ledgers = try repository.references(matching: Ledger.prefix + "*").count
    report.append(
      "pushes are checked against \(ledgers) ledger\(ledgers == 1 ? "" : "s"); llmos-hook sync adds more")
  }

  /// What is decided, and may be refused, before anything changes.
  private struct Plan {
    /// Hooks that git tracks. They stay; the other hooks check commits.
    var tracked: [String] = []
    /// The state to seal when there is no ledger yet, with the bytes of the state file if there is one.
    var genesis: (state: State, bytes: [UInt8]?)?
  }

  private func plan(_ engine: borrowing Engine, _ found: HooksDirectory, isArming: Bool) throws -> Plan {
    let hooks = found.path
    var plan = Plan()
    if isInWorktree(hooks) {
      for name in HookNames.installed where try Self.isTracked(hooks + name, in: worktree) {
        plan.tracked.append(name)
      }
    }
    guard !plan.tracked.contains("prepare-commit-msg") else {
      throw Refusal(
        "\(hooks)prepare-commit-msg is tracked by git, so it cannot be replaced",
        remedy: Self.remedyOfTracked)
    }
    guard try engine.repository.localLedgers().isEmpty else { return plan }
    let head = try engine.repository.head()
    let first = State(
      place: Place("PROJECT_BOOTSTRAP", "INITIALIZATION"), at: Timestamp.text(System.now))
    switch Files.read(worktree + StatePath.name, limit: StatePath.limit) {
    case .missing: plan.genesis = (first, nil)
    case .unusable(let fact):
      throw Refusal(
        .data, "\(StatePath.name) cannot be sealed: \(fact)",
        remedy: "move it away, then llmos-hook install")
    case .bytes(let found):
      let state: State
      do {
        state = try StateFile.decode(found, catalog: Rules(engine.repository, at: head).catalog)
      } catch {
        var refusal = Refusal(error)
        refusal.remedy = "fix it or move it away, then llmos-hook install"
        throw refusal
      }
      // An agent may have written it: it is not sealed because the agent asks. What git has, git gives back.
      if isArming, engine.identity.actor.isAgent, state.place != first.place,
        try isCommitted(found, as: StatePath.name, engine, at: head)
      {
        plan.genesis = (first, nil)
        return plan
      }
      guard !engine.identity.actor.isAgent || state.place == first.place else {
        throw Refusal(
          "an agent cannot seal a state at \(state.place)", remedy: "the owner runs llmos-hook install"
        )
      }
      plan.genesis = (state, found)
    }
    return plan
  }

  /// Whether HEAD has these bytes at a path.
  private func isCommitted(
    _ bytes: [UInt8], as path: String, _ engine: borrowing Engine, at head: Head
  ) throws -> Bool {
    guard let commit = head.commit,
      let entry = try engine.repository.entry(at: path, inTree: engine.repository.commit(commit).tree)
    else { return false }
    return try entry.id == Repository.blobID(of: bytes)
  }

  /// A path as the manifest has it: relative to the git directory if it is below it, so that a repository can be
  /// moved.
  func relative(_ path: String) -> String {
    path.hasPrefix(common) ? String(path.dropFirst(common.count)) : path
  }

  /// Makes a directory and its parents, and writes down which of them are new.
  mutating func makeDirectories(_ path: String) throws {
    let path = path.hasSuffix("/") ? String(path.dropLast()) : path
    guard !path.isEmpty, !Files.exists(path) else { return }
    try makeDirectories(Files.directory(of: path))
    manifest.add("directory", relative(path))
    try manifest.write()
    try Files.makeDirectory(path)
  }
}

extension Refusal {
  init(_ what: String, why: String? = nil, remedy: String? = nil) {
    self.init(.refused, what, why: why, remedy: remedy)
  }
}
