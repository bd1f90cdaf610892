import Gate
import Git
import Glibc
import Scenario
import StateFile

/// Puts the gate into a repository, and takes it out again.
///
/// What was put in is written down first (`$GIT_COMMON_DIR/llmos/install`), each step can be repeated,
/// and a hook file is only ever replaced by rename: a repository is never without the hook that it had.
public struct Install: Sendable {
  /// What was done, a line each.
  public private(set) var report: [String] = []
  private let worktree: String
  private let common: String
  private let gitDirectory: String
  private var manifest: Manifest

  /// For the repository of an engine's worktree.
  public init(_ engine: borrowing Engine) {
    worktree = engine.worktree
    common = engine.repository.commonDirectory
    gitDirectory = engine.repository.gitDirectory
    manifest = Manifest(read: common + "llmos/install")
  }

  private var home: String { common + "llmos/" }
  private var gate: String { home + "bin/llmos-gate" }

  // MARK: Installing

  /// Installs hooks, scripts, state and configuration.
  ///
  /// - Parameter scripts: whether `step.sh`, `llmos` and `scripts/scenario_engine.sh` are put in.
  /// - Throws: `Refusal`.
  public mutating func install(_ engine: borrowing Engine, scripts: Bool) async throws {
    let hooks = try await hooksDirectory()
    try System.makeDirectory(home)
    try System.makeDirectory(home + "bin")
    try installPrograms()
    try await installHooks(in: hooks)
    if scripts { try installScripts() }
    try await configure()
    try await sealState(engine)
  }

  /// Where git looks for hooks, with a trailing slash.
  ///
  /// - Throws: `Refusal` when `core.hooksPath` comes from outside this repository: hooks put there
  ///   would govern every repository of the user.
  private func hooksDirectory() async throws -> String {
    let found = try await GitProcess.run(
      ["config", "--show-scope", "--get", "core.hooksPath"], in: worktree)
    if found.code == 0, let scope = found.output.split(separator: "\t").first,
      scope != "local", scope != "worktree"
    {
      throw Refusal(
        "core.hooksPath is set outside this repository (\(found.output.replacing("\t", with: ": ")))",
        why: "hooks put there would govern all your repositories",
        remedy: "git config core.hooksPath .git/hooks, then llmos-hook install")
    }
    return try await GitProcess.output(
      ["rev-parse", "--path-format=absolute", "--git-path", "hooks"], in: worktree) + "/"
  }

  /// The gate's executable, by hard link when the file system allows it, and the way to llmos-hook.
  private mutating func installPrograms() throws {
    guard let own = Program.own else { throw Refusal(.unavailable, "cannot find our own executable") }
    let beside = own.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/llmos-gate"
    let source = access(beside, X_OK) == 0 ? beside : own
    if !Files.same(source, gate) { try Files.link(source, to: gate, orCopy: true) }
    let program = home + "bin/llmos-hook"
    if Files.target(ofLink: program) != own {
      unlink(program)
      guard symlink(own, program) == 0 else { throw Files.failure("create", program) }
    }
  }

  private mutating func installHooks(in directory: String) async throws {
    try Files.makeDirectories(directory)
    let isInWorktree = directory.hasPrefix(worktree) && !directory.hasPrefix(common)
    var kept: [String] = []
    var tracked: [String] = []
    var changed = false
    for name in HookCall.committing {
      let path = directory + name
      if isInWorktree, try await isTracked(path) {
        tracked.append(name)
        continue
      }
      manifest.add("hook", relative(path))
      try manifest.write()
      if Files.exists(path), !isOurs(path) {
        try Files.keep(path, as: path + KeptHook.suffix)
        kept.append(name)
      }
      changed = try put(hook: path, asScript: isInWorktree) || changed
    }
    guard !tracked.contains("prepare-commit-msg") else {
      throw Refusal(
        "\(directory)prepare-commit-msg is tracked by git, so nothing can be put in its place",
        remedy: "move the hooks out of version control, or git config --unset core.hooksPath")
    }
    if isInWorktree {
      let relative = directory.dropFirst(worktree.count)
      let lines = HookCall.committing.filter { !tracked.contains($0) }
        .flatMap { ["/\(relative)\($0)", "/\(relative)\($0)\(KeptHook.suffix)"] }
      try exclude(lines)
    }
    report.append("hooks \(changed ? "installed" : "are current") in \(directory)")
    if !kept.isEmpty { report.append("kept and still run: \(kept.joined(separator: ", "))") }
    if !tracked.isEmpty {
      report.append("tracked by git and left alone: \(tracked.joined(separator: ", ")); the others decide")
    }
  }

  /// Puts our hook at a path.
  ///
  /// - Returns: whether anything changed.
  private func put(hook path: String, asScript: Bool) throws -> Bool {
    if !asScript {
      if Files.same(path, gate) { return false }
      if (try? Files.link(gate, to: path, orCopy: false)) != nil { return true }
    }
    if Files.content(path, limit: 1 << 16) == PackageResources.hook_sh, access(path, X_OK) == 0 {
      return false
    }
    try System.replace(path, with: PackageResources.hook_sh, scratch: home, mode: 0o755)
    return true
  }

  /// A hook is ours when it is the gate's executable, of this or of an earlier version, or its script.
  private func isOurs(_ path: String) -> Bool {
    if Files.same(path, gate) || Files.target(ofLink: path) == gate { return true }
    guard let start = Files.content(path, limit: 256 << 20) else { return false }
    let mark = Array("llmos-hook: this git hook asks the gate".utf8)
    if start.starts(with: Array("#!/bin/sh\n# ".utf8) + mark) { return true }
    return start.starts(with: [0x7F, 0x45, 0x4C, 0x46]) && manifest.has("hook", relative(path))
      && start.contains(Array("llmos-gate runs as a git hook".utf8))
  }

  /// A path as the manifest has it: below the git directory without it, so that a repository can move.
  private func relative(_ path: String) -> String {
    path.hasPrefix(common) ? String(path.dropFirst(common.count)) : path
  }

  private func isTracked(_ path: String) async throws -> Bool {
    try await GitProcess.run(
      ["ls-files", "--error-unmatch", "--", path], in: worktree
    ).code == 0
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
          report.append("\(path) is there with other content: left as it is")
          continue
        }
      } else if path.contains("/"), !Files.exists(worktree + "scripts") {
        manifest.add("directory", "scripts")
      }
      manifest.add("script", path, try Repository.blobID(of: content).description)
      try manifest.write()
      try Files.makeDirectories(worktree + path.split(separator: "/").dropLast().joined(separator: "/"))
      try System.replace(target, with: content, scratch: gitDirectory, mode: 0o755)
      report.append("\(path) put in")
    }
  }

  /// The notes' configuration and the merge driver that lets the sealed bytes win.
  private mutating func configure() async throws {
    let driver = "\"$(git rev-parse --path-format=absolute --git-common-dir)/llmos/bin/llmos-gate\""
    let wanted = [
      ("notes.rewriteRef", "refs/notes/llmos"),
      ("merge.llmos-state.name", "the sealed state wins"),
      ("merge.llmos-state.driver", driver + " merge-state %A"),
    ]
    for (key, value) in wanted {
      let found = try await GitProcess.run(["config", "--local", "--get-all", key], in: worktree)
      if found.output.split(separator: "\n").contains(Substring(value)) { continue }
      manifest.add("config", key, value)
      try manifest.write()
      _ = try await GitProcess.output(["config", "--local", "--add", key, value], in: worktree)
    }
    try block(["/\(StatePath.name) -text merge=llmos-state"], in: "info/attributes")
  }

  private mutating func sealState(_ engine: borrowing Engine) async throws {
    let lock = try StateLock(engine.repository)
    defer { lock.release() }
    let head = try engine.repository.head()
    let rules = try Rules(engine.repository, at: head)
    let path = worktree + StatePath.name
    let own = engine.repository.ledgerReference
    let main = Ledger.reference(linkedWorktree: nil)
    if try engine.repository.target(of: own) != nil
      || (engine.repository.target(of: main) != nil && own != main)
    {
      let seal = try engine.repository.currentSeal(at: head)
      switch try engine.repository.fileCondition(seal) {
      case .sealed: report.append("sealed at \(seal.record.place)")
      case .missing, .older:
        try engine.repository.restoreStateFile(seal)
        report.append("\(StatePath.name) written again from the ledger: \(seal.record.place)")
      default: report.append("\(StatePath.name) differs from its seal: llmos-hook restore brings it back")
      }
    } else {
      let state: State
      var bytes: [UInt8]?
      switch System.read(path, limit: StatePath.limit) {
      case .bytes(let found):
        state = try StateFile.decode(found, catalog: rules.catalog)
        bytes = found
      case .unusable(let fact): throw Refusal(.data, "\(StatePath.name) cannot be sealed: \(fact)")
      case .missing:
        state = State(
          place: Place("PROJECT_BOOTSTRAP", "INITIALIZATION"), at: Timestamp.text(System.now))
        manifest.add("created", StatePath.name)
        try manifest.write()
      }
      _ = try engine.seal(
        state, bytes: bytes, kind: "genesis", trigger: "install", previous: nil, head: head, rules: rules,
        seconds: System.now)
      report.append("sealed at \(state.place)")
    }
    if try await !isTracked(path) { try exclude(["/\(StatePath.name)"]) }
  }

  private mutating func exclude(_ lines: [String]) throws {
    try block(lines, in: "info/exclude")
  }

  /// Adds lines to a file of git's, between marks by which they are found again.
  private mutating func block(_ lines: [String], in name: String) throws {
    let path = common + name
    let before = Files.content(path, limit: 16 << 20)
    var text = String(decoding: before ?? [], as: UTF8.self)
    let missing = lines.filter { line in !text.split(separator: "\n").contains(Substring(line)) }
    guard !missing.isEmpty else { return }
    if before == nil {
      manifest.add("created", name)
      try manifest.write()
      try Files.makeDirectories(common + "info")
    }
    let joined = !text.isEmpty && !text.hasSuffix("\n")
    text += (joined ? "\n" : "") + (joined ? Self.joinedMark : Self.mark) + "\n"
    text += missing.joined(separator: "\n") + "\n" + Self.endMark + "\n"
    try System.replace(path, with: Array(text.utf8), scratch: common)
  }

  private static let mark = "# llmos-hook put this in:"
  private static let joinedMark = "# llmos-hook put this in, after a line without an end:"
  private static let endMark = "# llmos-hook: end"

  private static func withoutBlocks(_ text: String) -> String {
    var kept = ""
    var isInside = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line == mark || line == joinedMark {
        isInside = true
        if line == joinedMark, kept.hasSuffix("\n") { kept.removeLast() }
      } else if isInside {
        isInside = line != endMark
      } else {
        kept += line + "\n"
      }
    }
    // What split() made of the text's last newline.
    kept.removeLast()
    return kept
  }

  // MARK: Uninstalling

  /// Takes out what `install` put in. The ledger, the notes and the backups stay: they are a record.
  ///
  /// - Throws: `Refusal`: 1 for an agent, 66 when nothing is installed.
  public mutating func uninstall(by actor: Actor) async throws {
    guard !actor.isAgent else {
      throw Refusal("an agent does not uninstall the gate", remedy: "leave it to the owner")
    }
    guard !manifest.entries.isEmpty else {
      throw Refusal(.noInput, "llmos-hook is not installed here", remedy: "llmos-hook install")
    }
    for entry in manifest.values(of: "hook") {
      let path = entry.hasPrefix("/") ? entry : common + entry
      guard Files.exists(path), isOurs(path) else { continue }
      if Files.exists(path + KeptHook.suffix) {
        guard rename(path + KeptHook.suffix, path) == 0 else { throw Files.failure("put back", path) }
      } else {
        unlink(path)
      }
    }
    for entry in manifest.entries where entry.kind == "script" {
      if Files.digest(worktree + entry.path) == entry.value, try await !isTracked(worktree + entry.path) {
        unlink(worktree + entry.path)
      }
    }
    for path in manifest.values(of: "directory") { rmdir(worktree + path) }
    for entry in manifest.entries where entry.kind == "config" {
      _ = try await GitProcess.run(
        ["config", "--local", "--fixed-value", "--unset", entry.path, entry.value], in: worktree)
    }
    for name in ["info/exclude", "info/attributes"] {
      guard let bytes = Files.content(common + name, limit: 16 << 20) else { continue }
      let text = Self.withoutBlocks(String(decoding: bytes, as: UTF8.self))
      if text.isEmpty, manifest.has("created", name) {
        unlink(common + name)
      } else if Array(text.utf8) != bytes {
        try System.replace(common + name, with: Array(text.utf8), scratch: common)
      }
    }
    if manifest.has("created", StatePath.name), try await !isTracked(worktree + StatePath.name) {
      unlink(worktree + StatePath.name)
    }
    for name in ["bin/llmos-gate", "bin/llmos-hook", "install"] { unlink(home + name) }
    for name in ["bin", "lock", "step"] { remove(home + name) }
    rmdir(home)
    report.append("taken out; the ledger and the notes stay under refs/llmos and refs/notes/llmos")
  }
}

extension Refusal {
  fileprivate init(_ what: String, why: String? = nil, remedy: String? = nil) {
    self.init(.refused, what, why: why, remedy: remedy)
  }
}
