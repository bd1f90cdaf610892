import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// Puts the gate into a repository, and takes it out again.
///
/// What was put in is written down first (`$GIT_COMMON_DIR/llmos/install`), each step can be repeated,
/// and a hook file is only ever replaced by rename: a repository is never without the hook that it had.
public struct Install: Sendable {
  /// What was done, a line each.
  public internal(set) var report: [String] = []
  let worktree: String
  let common: String
  let gitDirectory: String
  var manifest: Manifest
  /// The compiled form of a hook; nil where none was built.
  private var launcher: [UInt8]?

  /// For the repository of an engine's worktree.
  public init(_ engine: borrowing Engine) {
    self.init(engine.repository, worktree: engine.worktree)
  }

  /// For a server's repository, bare mostly.
  public init(server repository: borrowing Repository) {
    self.init(repository, worktree: repository.commonDirectory)
  }

  private init(_ repository: borrowing Repository, worktree: String) {
    self.worktree = worktree
    common = repository.commonDirectory
    gitDirectory = repository.gitDirectory
    manifest = Manifest(read: common + "llmos/install")
  }

  var home: String { common + "llmos/" }
  private var gate: String { home + "bin/llmos-gate" }

  // MARK: Installing

  /// Installs hooks, scripts, state and configuration.
  ///
  /// - Parameter scripts: whether `step.sh`, `llmos` and `scripts/scenario_engine.sh` are put in.
  /// - Throws: `Refusal`.
  public mutating func install(_ engine: borrowing Engine, scripts: Bool) throws {
    let hooks = try hooksDirectory()
    try Files.makeDirectory(home)
    let lock = try StateLock(engine.repository)
    defer { lock.release() }
    StaleLock.remove(of: [Notes.reference], engine.repository, values: nil)
    let plan = try plan(engine, hooks)
    try Files.makeDirectory(home + "bin")
    try installPrograms()
    try installHooks(HookNames.installed.filter { !plan.tracked.contains($0) }, in: hooks)
    if !plan.tracked.isEmpty {
      let names = plan.tracked.joined(separator: ", ")
      report.append("tracked by git, so not replaced: \(names); the other hooks still check commits")
    }
    if scripts { try installScripts() }
    try configure(engine)
    try sealState(engine, plan.genesis)
  }

  /// Installs what judges a push: pre-receive and update.
  ///
  /// - Throws: `Refusal`.
  public mutating func installServer(_ repository: borrowing Repository) throws {
    let hooks = try hooksDirectory()
    try Files.makeDirectory(home)
    let lock = try StateLock(repository)
    defer { lock.release() }
    try Files.makeDirectory(home + "bin")
    try installPrograms()
    try makeDirectories(hooks)
    try installHooks(HookNames.server, in: hooks)
    let ledgers = try repository.references(matching: Ledger.prefix + "*").count
    report.append(
      "pushes are checked against \(ledgers) ledger\(ledgers == 1 ? "" : "s"); llmos-hook sync adds more")
  }

  /// What must be known, and can be refused, before the first thing is changed.
  private struct Plan {
    /// Hooks that git tracks: they stay, and the others decide.
    var tracked: [String] = []
    /// The state to seal when none is: with the bytes of a file that is there.
    var genesis: (state: State, bytes: [UInt8]?)?
  }

  private func plan(_ engine: borrowing Engine, _ hooks: String) throws -> Plan {
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
      // What an agent could have written is not sealed on its word.
      guard !engine.identity.actor.isAgent || state.place == first.place else {
        throw Refusal(
          "an agent cannot seal a state at \(state.place)", remedy: "the owner runs llmos-hook install"
        )
      }
      plan.genesis = (state, found)
    }
    return plan
  }

  /// Where git looks for hooks, with a trailing slash.
  ///
  /// - Throws: `Refusal` when `core.hooksPath` comes from outside this repository: hooks put there
  ///   would govern every repository of the user.
  private mutating func hooksDirectory() throws -> String {
    let found = try GitProcess.run(
      ["config", "--show-scope", "--get", "core.hooksPath"], in: worktree)
    let parts = found.text.split(separator: "\t", maxSplits: 1).map(String.init)
    if found.code == 0, parts.count == 2 {
      guard parts[0] == "local" || parts[0] == "worktree" else {
        throw Refusal(
          "core.hooksPath is set outside this repository (\(parts[0]): \(parts[1]))",
          why: "hooks put there would govern all your repositories",
          remedy: "git config core.hooksPath \"\(common)hooks\" && llmos-hook install")
      }
      if !parts[1].hasPrefix("/"), !parts[1].hasPrefix("~") {
        report.append(
          "core.hooksPath is relative (\(parts[1])): git looks for it in each worktree, so install in each")
      }
    }
    return try GitProcess.output(
      ["rev-parse", "--path-format=absolute", "--git-path", "hooks"], in: worktree) + "/"
  }

  private func isInWorktree(_ directory: String) -> Bool {
    directory.hasPrefix(worktree) && !directory.hasPrefix(common)
  }

  /// The gate's executable, a copy of this repository's own, and the way to llmos-hook.
  private mutating func installPrograms() throws {
    guard let own = Program.own else { throw Refusal(.unavailable, "cannot find our own executable") }
    let beside = Files.directory(of: own)
    let source = Files.isExecutable(beside + "llmos-gate") ? beside + "llmos-gate" : own
    guard let bytes = Files.content(source, limit: 1 << 30) else { throw Files.failure("read", source) }
    if Files.content(gate, limit: 1 << 30) != bytes || !Files.isExecutable(gate) {
      try Files.replace(gate, with: bytes, scratch: home, mode: 0o555)
    }
    launcher = Files.content(beside + "llmos-launcher", limit: 1 << 16)
    let program = home + "bin/llmos-hook"
    if Files.target(ofLink: program) != own {
      Files.remove(program)
      guard Files.symlink(own, program) else { throw Files.failure("create", program) }
    }
  }

  private mutating func installHooks(_ names: [String], in directory: String) throws {
    try makeDirectories(directory)
    let isGits = Files.resolved(directory) == Files.resolved(common) + "/hooks"
    var kept: [String] = []
    var changed = false
    for name in names {
      let path = directory + name
      manifest.add("hook", relative(path))
      try manifest.write()
      if Files.exists(path), !Self.isOurs(path) {
        try keep(name, in: directory)
        kept.append(name)
      }
      changed = try put(hook: path, asScript: !isGits) || changed
    }
    if isInWorktree(directory) {
      let relative = directory.dropFirst(worktree.count)
      try exclude((names + [KeptHook.directory + "/"]).map { "/\(relative)\($0)" })
    }
    report.append("hooks \(changed ? "installed" : "are current") in \(directory)")
    if !kept.isEmpty { report.append("kept, and still run: \(kept.joined(separator: ", "))") }
  }

  /// Keeps a hook that is there under its own name, with its neighbours within reach.
  private func keep(_ name: String, in directory: String) throws {
    let place = directory + KeptHook.directory
    try Files.makeDirectory(place)
    for other in Files.names(in: directory)
    where !(HookNames.installed + HookNames.server).contains(other) && !other.hasPrefix(".")
      && !other.hasSuffix(".sample")
    {
      Files.symlink("../" + other, place + "/" + other)
    }
    try Files.keep(directory + name, as: place + "/" + name)
  }

  /// Puts our hook at a path: the launcher where the gate is at `../llmos/bin` of the hooks, else the
  /// shell form. Each is a file of its own (docs/adr/0002-hook-files.md).
  ///
  /// - Returns: whether anything changed.
  private func put(hook path: String, asScript: Bool) throws -> Bool {
    let bytes = asScript ? PackageResources.hook_sh : launcher ?? PackageResources.hook_sh
    if Files.content(path, limit: 1 << 16) == bytes, Files.isExecutable(path) { return false }
    try Files.replace(path, with: bytes, scratch: home, mode: 0o755)
    return true
  }

  /// A hook is ours when it is the launcher or the shell form, of this or of an earlier version.
  static func isOurs(_ path: String) -> Bool {
    guard let content = Files.content(path, limit: 1 << 16) else { return false }
    return content.contains(Array("llmos-hook: this git hook asks the gate".utf8))
      || content.contains(Array("llmos-hook: refused: the gate of this repository is gone".utf8))
  }

  /// A path as the manifest has it: below the git directory without it, so that a repository can move.
  private func relative(_ path: String) -> String {
    path.hasPrefix(common) ? String(path.dropFirst(common.count)) : path
  }

  static let remedyOfTracked =
    "move the hooks out of version control, or git config --unset core.hooksPath; then llmos-hook install"

  /// Whether git tracks a file of a worktree.
  static func isTracked(_ path: String, in worktree: String) throws -> Bool {
    try GitProcess.run(["ls-files", "--error-unmatch", "--", path], in: worktree).code != 1
  }

  private static let scripts: [(path: String, content: [UInt8])] = [
    ("step.sh", PackageResources.step_sh), ("llmos", PackageResources.llmos),
    ("scripts/scenario_engine.sh", PackageResources.scenario_engine_sh),
  ]

  private mutating func installScripts() throws {
    for (path, content) in Self.scripts {
      let target = worktree + path
      if Files.exists(target) {
        if Files.content(target, limit: 1 << 20) == content { continue }
        guard manifest.has("script", path, Files.digest(target)) else {
          report.append("\(path) exists with other content: not changed")
          continue
        }
      }
      manifest.add("script", path, try Repository.blobID(of: content).description)
      try manifest.write()
      try makeDirectories(Files.directory(of: target))
      try Files.replace(target, with: content, scratch: gitDirectory, mode: 0o755)
      report.append("added \(path)")
    }
  }

  /// The notes' configuration and the merge driver that lets the sealed bytes win.
  private mutating func configure(_ engine: borrowing Engine) throws {
    let driver = "\"$(git rev-parse --path-format=absolute --git-common-dir)/llmos/bin/llmos-gate\""
    let clone = try engine.repository.configuration(Ledger.cloneKey) ?? Sync.newCloneName()
    let wanted = [
      (Ledger.cloneKey, clone), ("notes.rewriteRef", "refs/notes/llmos"),
      ("merge.llmos-state.name", "the sealed state wins"),
      ("merge.llmos-state.driver", driver + " merge-state %A"),
    ]
    for (key, value) in wanted {
      let found = try GitProcess.run(["config", "--local", "--get-all", key], in: worktree)
      if found.text.split(separator: "\n").contains(Substring(value)) { continue }
      manifest.add("config", key, value)
      try manifest.write()
      try GitProcess.configure(["--add", key, value], in: worktree, common: common)
    }
    try block(["/\(StatePath.name) -text merge=llmos-state"], in: "info/attributes")
    // git warns at every amend of a rewriteRef that is not there.
    if try engine.repository.target(of: Notes.reference) == nil {
      try engine.repository.moveOurs(
        Notes.reference, to: try Notes.root(in: engine.repository), expecting: nil,
        message: "llmos-hook: begin")
    }
  }

  private mutating func sealState(
    _ engine: borrowing Engine, _ genesis: (state: State, bytes: [UInt8]?)?
  ) throws {
    let head = try engine.repository.head()
    let isThere = Files.exists(worktree + StatePath.name)
    let isTracked = try Self.isTracked(worktree + StatePath.name, in: worktree)
    if !isThere, !isTracked {
      manifest.add("created", StatePath.name)
      try manifest.write()
    }
    if let genesis {
      _ = try engine.seal(
        genesis.state, bytes: genesis.bytes, kind: "genesis", trigger: "install", previous: nil, head: head,
        rules: try Rules(engine.repository, at: head), seconds: System.now)
      report.append("sealed at \(genesis.state.place)")
    } else {
      let seal = try engine.repository.currentSeal(at: head)
      switch try engine.repository.fileCondition(seal) {
      case .sealed: report.append("sealed at \(seal.record.place)")
      case .missing, .older:
        try engine.repository.restoreStateFile(seal)
        report.append("restored \(StatePath.name) from the ledger: \(seal.record.place)")
      default: report.append("\(StatePath.name) differs from the sealed one: run llmos-hook restore")
      }
    }
    if !isTracked { try exclude(["/\(StatePath.name)"]) }
  }

  /// Makes a directory and its parents, and writes down which of them were not there.
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
