import Core
import Git
import Hook
import Ledger
import Platform

extension Install {
  /// Removes what `install` added. The ledger, the notes and the backups stay: they are a record.
  ///
  /// Each step is safe to repeat, and the list of what was added goes last: the next call finishes a killed one.
  ///
  /// - Throws: `Refusal`: 1 for an agent and during a rollback, 66 when nothing is installed, 73 when the worktree
  ///   cannot be written, 75 while a rollback or another command is at work.
  public mutating func uninstall(_ engine: borrowing Engine) throws {
    try requireOwner(engine.identity.actor)
    guard !manifest.entries.isEmpty else { return try removeLeftovers(engine) }
    guard Files.isWritableDirectory(worktree) else {
      throw Refusal(
        .cannotCreate, "cannot remove files from \(worktree): \(System.reason)",
        why: "nothing was removed", remedy: "make the directory writable, then run the same command again")
    }
    // Worktrees share an installation: it may have been made from another one. Asked first: a git that does not open the
    // repository ends this before anything is gone.
    let listed = try GitProcess.output(["worktree", "list", "--porcelain"], in: worktree)
      .split(separator: "\n").filter { $0.hasPrefix("worktree ") }.map { $0.dropFirst(9) + "/" }
    try finishInterrupted(engine)
    try removeHooks()
    do {
      try engine.sealAllLogs(trigger: "uninstall")
    } catch {
      // A ledger that cannot be read or written must not stop an uninstall.
      report.append("not sealed: what landed since the last entry: \(Refusal(error).what)")
    }
    try BranchLock.releaseAll(engine.repository)
    for root in [worktree] + listed.map(String.init) where Files.exists(root) {
      try removeFiles(in: root)
      try removeAgents(in: root)
    }
    try removeConfiguration()
    StaleLock.remove(
      of: [Notes.reference, engine.repository.ledgerReference], engine.repository, values: nil)
    try engine.repository.delete(Notes.reference, expecting: Notes.root(in: engine.repository))
    removePrograms(engine.repository.gitDirectories)
    report.append("removed; the ledger and the notes stay under refs/llmos and refs/notes/llmos")
  }

  /// Removes what `installServer` added.
  ///
  /// - Throws: `Refusal`: 1 for an agent, 66 when nothing is installed.
  public mutating func uninstallServer(_ actor: Actor) throws {
    try requireOwner(actor)
    guard !manifest.entries.isEmpty else {
      throw Refusal(.noInput, "llmos-hook is not installed here", remedy: "llmos-hook install --server")
    }
    try removeHooks()
    removePrograms([])
    report.append("removed; the ledgers and the notes stay under refs/llmos and refs/notes/llmos")
  }

  private func requireOwner(_ actor: Actor) throws {
    guard !actor.isAgent else {
      throw Refusal("an agent cannot uninstall the gate", remedy: "leave it to the owner")
    }
  }

  /// Removes what is left of an install that was killed before it wrote anything down, or of an uninstall that was
  /// killed after it removed the list.
  private mutating func removeLeftovers(_ engine: borrowing Engine) throws {
    let directories = engine.repository.gitDirectories
    let isLeft = directories.contains { PrivateFiles.areLeft(in: $0 + Layout.directory, besides: ["bin"]) }
    // If our hooks are there, somebody lost the list: without the programs every commit would be blocked.
    let hasHooks = HookNames.installed.contains { HookFile.isOurs(common + "hooks/" + $0) }
    guard isLeft, !hasHooks else {
      throw Refusal(.noInput, "llmos-hook is not installed here", remedy: "llmos-hook install")
    }
    try finishInterrupted(engine)
    try BranchLock.releaseAll(engine.repository)
    removePrograms(directories)
    report.append("removed an interrupted install's leftovers")
  }

  private mutating func removeHooks() throws {
    let hooks = manifest.values(of: "hook").map { $0.hasPrefix("/") ? $0 : common + $0 }
    let directories = Swift.Set(hooks.map(Files.directory(of:))).sorted()
    for directory in directories where Files.isDirectory(directory) {
      guard Files.isWritableDirectory(directory) else {
        let failure = SystemFailure.last
        throw Refusal(
          .cannotCreate, "cannot remove hooks from \(directory): \(failure.words)",
          why: "nothing was removed", remedy: failure.remedy(at: directory + "pre-commit"))
      }
    }
    for hook in hooks { try remove(hook: hook) }
    for directory in directories {
      for place in [KeptHook.directory(of: directory), KeptHook.oldDirectory(of: directory)] {
        let kept = KeptFiles(of: directory, in: place)
        for hook in try kept.bringBackRest() {
          report.append("another hook stands where ours replaced this one, which is now \(hook)")
        }
        kept.removeDirectory()
      }
    }
  }

  /// Removes the scripts, if they are unchanged, and the state file. What git tracks stays.
  private func removeFiles(in worktree: String) throws {
    for entry in manifest.entries {
      let path = worktree + entry.path
      let isOurs =
        ["script", "document"].contains(entry.kind)
        ? Files.digest(path) == entry.value : entry.kind == "created" && entry.path == StatePath.name
      if isOurs, try !Self.isTracked(path, in: worktree) { Files.remove(path) }
    }
  }

  /// Removes the configuration, and our lines from git's own files.
  private func removeConfiguration() throws {
    for entry in manifest.entries where entry.kind == "config" {
      let words = ["--fixed-value", "--get-all", entry.path, entry.value]
      guard try GitProcess.run(["config", "--local"] + words, in: worktree).code == 0 else { continue }
      try GitProcess.configure(
        ["--fixed-value", "--unset-all", entry.path, entry.value], in: worktree, common: common)
    }
    for name in ["info/exclude", "info/attributes"] {
      let path = Files.resolved(common + name)
      guard let bytes = Files.content(path, limit: 16 << 20) else { continue }
      let rest = Self.withoutBlocks(bytes)
      if rest.isEmpty, manifest.has("created", name) {
        Files.remove(path)
      } else if rest != bytes {
        try Files.replace(path, with: rest, scratch: common, mode: Files.mode(path) ?? 0o644)
      }
    }
  }

  /// Removes the programs and the worktrees' private files, and last the list of what was added.
  private func removePrograms(_ gitDirectories: [String]) {
    for directory in gitDirectories + [common] { PrivateFiles.remove(in: directory) }
    for path in [gate, program] { Files.remove(path) }
    Files.removeDirectory(programs)
    Files.remove(common + Layout.installed.path)
    Files.removeDirectory(home)
    for path in manifest.values(of: "directory").reversed() {
      Files.removeDirectory(path.hasPrefix("/") ? path : common + path)
    }
  }

  /// Takes ours out of where a hook manager has moved it, and puts the hook there that it replaced, so that the manager can
  /// put that one back. If that is the manager's own, it is in place already.
  ///
  /// - Parameter isLast: whether ours goes where it replaced nothing, too; else it stays for a manager whose hook runs it
  ///   there.
  func putBackAside(_ path: String, isLast: Bool) throws {
    let directory = Files.directory(of: path)
    let name = String(path.dropFirst(directory.count))
    let places = [KeptHook.directory(of: directory), KeptHook.oldDirectory(of: directory)]
    for file in HookFile.aside(of: path) {
      let place = places.first { KeptFiles(of: directory, in: $0).has(name) }
      if let place, !HookFile.areSame(place + name, path) {
        try KeptFiles(of: directory, in: place).putBack(name, as: file)
      } else if isLast || !HookFile.names(path, file) {
        // A manager that goes on to find it there takes it for the user's own, and moves no other one aside (lefthook).
        Files.remove(file)
        if isLast, let place { KeptFiles(of: directory, in: place).forget(name) }
      }
    }
  }

  /// Removes one hook, also where a hook manager has moved it aside, and puts back the hook that it replaced.
  private func remove(hook path: String) throws {
    let directory = Files.directory(of: path)
    let name = String(path.dropFirst(directory.count))
    let places = [KeptHook.directory(of: directory), KeptHook.oldDirectory(of: directory)]
    let keeps = places.map { KeptFiles(of: directory, in: $0) }
    if HookFile.isOurs(path) {
      let lines = HookFile.linesBehind(path)
      if !lines.isEmpty { _ = try keeps[0].keep(lines, as: name) }
      if let kept = keeps.first(where: { $0.has(name) }) {
        try kept.putBack(name, as: path)
      } else {
        Files.remove(path)
        // Left without the programs, it would block every commit.
        guard !Files.exists(path) else { throw Files.failure("remove", path) }
      }
    }
    try putBackAside(path, isLast: true)
    for kept in keeps {
      // Kept by an install that was killed before it added ours.
      if !HookFile.isOurs(path), kept.has(name), kept.isStillInPlace(name) { kept.forget(name) }
    }
  }
}
