import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// The hooks that `install` adds, and the programs that they run.
extension Install {
  /// Installs the gate, as a copy, and a symlink to llmos-hook.
  mutating func installPrograms() throws {
    guard let own = Program.own else { throw Refusal(.unavailable, "cannot find our own executable") }
    let beside = Files.directory(of: own)
    let source = Files.isExecutable(beside + "llmos-gate") ? beside + "llmos-gate" : own
    guard let bytes = Files.content(source, limit: 1 << 30) else { throw Files.failure("read", source) }
    if Files.content(gate, limit: 1 << 30) != bytes || !Files.isExecutable(gate) {
      try Files.replace(gate, with: bytes, scratch: home, mode: 0o555)
    }
    launcher = Files.content(beside + "llmos-launcher", limit: 1 << 16)
    if Files.target(ofLink: program) != own {
      Files.remove(program)
      guard Files.symlink(own, program) else { throw Files.failure("create", program) }
    }
  }

  mutating func installHooks(_ names: [String], in hooks: HooksDirectory) throws {
    let directory = hooks.path
    try makeDirectories(directory)
    for name in names where Files.isDirectory(directory + name) {
      throw Refusal(
        "\(directory + name) is a directory, which is no hook", why: "git would fail there with each commit",
        remedy: "mv \(shellWord(directory + name)) \(shellWord(directory + name + ".not-a-hook"))"
          + " && llmos-hook install")
    }
    let isGits = Files.resolved(directory) == Files.resolved(common) + "/hooks"
    let keptHooks = hooks.kept(worktree, common)
    try KeptFiles(of: directory, in: keptHooks).takeOver()
    var kept: [String] = []
    var changed = false
    for name in names {
      let path = directory + name
      manifest.add("hook", relative(path))
      try manifest.write()
      if Files.exists(path), !HookFile.isOurs(path) {
        try putBackAside(path, isLast: false)
        if let older = try KeptFiles(of: directory, in: keptHooks).keep(name) {
          report.append("\(name) was written over: the one kept before is now \(older), and runs no more")
        }
        kept.append(name)
      } else if case let lines = HookFile.linesBehind(path), !lines.isEmpty {
        if let place = try KeptFiles(of: directory, in: keptHooks).keep(lines, as: name) {
          report.append("lines behind ours in \(name) are now \(place), and do not run")
        } else {
          kept.append(name)
        }
      }
      changed = try put(hook: path, asScript: !isGits) || changed
    }
    if isInWorktree(directory) {
      let lines = names.map { directory + $0 } + [keptHooks]
      try exclude(lines.map { "/" + $0.dropFirst(worktree.count) })
    }
    report.append("hooks \(changed ? "installed" : "are current") in \(directory)")
    if !kept.isEmpty { report.append("kept, and still run: \(kept.joined(separator: ", "))") }
  }

  /// Installs our hook at a path: the launcher where the gate is at `../llmos/bin` of the hooks, else the
  /// shell form. Each is a file of its own (docs/adr/0002-hook-files.md).
  ///
  /// - Returns: whether anything changed.
  private func put(hook path: String, asScript: Bool) throws -> Bool {
    let bytes = asScript ? PackageResources.hook_sh : launcher ?? PackageResources.hook_sh
    if Files.content(path, limit: 1 << 16) == bytes, Files.isExecutable(path) { return false }
    try Files.replace(path, with: bytes, scratch: home, mode: 0o755)
    return true
  }

  /// Where git looks for hooks.
  ///
  /// - Throws: as `HooksDirectory.init`.
  mutating func hooksDirectory() throws -> HooksDirectory {
    let found = try HooksDirectory(of: worktree, common: common)
    try found.requireExecutable()
    if let remark = found.remark { report.append(remark) }
    return found
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
