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
  /// What to do next, a line each.
  public internal(set) var next: [String] = []
  /// Files of the worktree whose lines ended in another way than ours do.
  var respelled: [String] = []
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
  ///   - scripts: whether `step.sh`, `llmos`, `scripts/scenario_engine.sh` and the documents are added.
  ///   - agents: the harnesses whose settings are to ask us.
  ///   - start: where the state begins, `SCENARIO:PHASE`; nil for the first phase of PROJECT_BOOTSTRAP, or what the
  ///     state file says.
  /// - Throws: `Refusal`.
  public mutating func install(
    _ engine: borrowing Engine, scripts: Bool, agents: [Harness] = [], at start: String? = nil
  ) throws {
    try install(engine, scripts: scripts, start, isArming: false) { install, genesis in
      try install.installAgents(agents, engine)
      try install.tellNext(engine, genesis)
    }
  }

  /// Installs in a fresh clone of a governed repository. It begins where nothing lands, whatever state file an agent
  /// finds there; settings that ask us already are protected.
  ///
  /// - Throws: `Refusal`.
  mutating func arm(_ engine: borrowing Engine) throws {
    let harnesses = Self.agentsThatAsk(in: worktree)
    try install(engine, scripts: true, nil, isArming: true) { install, _ in
      try engine.protectSettings(of: harnesses, &install.report)
    }
  }

  private mutating func install(
    _ engine: borrowing Engine, scripts: Bool, _ start: String?, isArming: Bool,
    last: (inout Install, Genesis?) throws -> Void
  ) throws {
    try GitProcess.requireVersion()
    let hooks = try hooksDirectory()
    try Files.makeDirectory(home)
    let lock = try StateLock(engine.repository)
    defer { lock.release() }
    StaleLock.remove(of: [Notes.reference], engine.repository, values: nil)
    let plan = try plan(engine, hooks, start, isArming: isArming)
    try Files.makeDirectory(programs)
    try installPrograms()
    try installHooks(HookNames.installed.filter { !plan.tracked.contains($0) }, in: hooks)
    if !plan.tracked.isEmpty {
      let names = plan.tracked.joined(separator: ", ")
      report.append("tracked by git, so not replaced: \(names); the other hooks still check commits")
    }
    if scripts {
      try installScripts()
      // An agent's session adds no pages of its own.
      if !isArming { try installDocuments(engine) }
    }
    reportForeignScripts()
    try configure(engine)
    try sealState(engine, plan.genesis)
    try refreshIndex(engine)
    try last(&self, plan.genesis)
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
    var genesis: Genesis?
  }

  private mutating func plan(
    _ engine: borrowing Engine, _ found: HooksDirectory, _ start: String?, isArming: Bool
  ) throws -> Plan {
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
    plan.genesis = try genesis(engine, start, isArming: isArming)
    return plan
  }

  /// A path as the manifest has it: relative to the git directory if it is below it, so that a repository can be
  /// moved.
  func relative(_ path: String) -> String {
    path.hasPrefix(common) ? String(path.dropFirst(common.count)) : path
  }

  /// Makes a directory and its parents, and writes down which of them are new.
  mutating func makeDirectories(_ path: String) throws {
    let path = path.withoutSlash
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
