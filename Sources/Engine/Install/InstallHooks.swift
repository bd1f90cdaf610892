import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// The hooks that `install` puts in, and the programs that they run.
extension Install {
  /// The gate's executable, a copy of this repository's own, and the way to llmos-hook.
  mutating func installPrograms() throws {
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

  mutating func installHooks(_ names: [String], in directory: String) throws {
    try makeDirectories(directory)
    let isGits = Files.resolved(directory) == Files.resolved(common) + "/hooks"
    var kept: [String] = []
    var changed = false
    for name in names {
      let path = directory + name
      manifest.add("hook", relative(path))
      try manifest.write()
      if Files.exists(path), !HookFile.isOurs(path) {
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
    let kept = directory + KeptHook.directory
    try Files.makeDirectory(kept)
    for other in Files.names(in: directory)
    where !(HookNames.installed + HookNames.server).contains(other) && !other.hasPrefix(".")
      && !other.hasSuffix(".sample")
    {
      Files.symlink("../" + other, kept + "/" + other)
    }
    try Files.keep(directory + name, as: kept + "/" + name)
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

  /// Where git looks for hooks, with a trailing slash.
  ///
  /// - Throws: `Refusal` when `core.hooksPath` comes from outside this repository: hooks put there
  ///   would govern every repository of the user.
  mutating func hooksDirectory() throws -> String {
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

  func isInWorktree(_ directory: String) -> Bool {
    directory.hasPrefix(worktree) && !directory.hasPrefix(common)
  }

  static let remedyOfTracked =
    "move the hooks out of version control, or git config --unset core.hooksPath; then llmos-hook install"

  /// Whether git tracks a file of a worktree.
  static func isTracked(_ path: String, in worktree: String) throws -> Bool {
    try GitProcess.run(["ls-files", "--error-unmatch", "--", path], in: worktree).code != 1
  }
}
